/* render.h: a chart and its values to manifests, in a compartment.
 *
 * The operator's own bytes (values files, --set arguments, name templates) are read by an instance that never sees a chart
 * (bk_operator_values, bk_engine_template); the chart by an instance of its own (bk_render), whose effects pass the guard. */
#ifndef BK_ACTION_RENDER_H
#define BK_ACTION_RENDER_H

#include "action/inputs.h"
#include "guard/guard.h"
#include "release/release.h"
#include "sandbox/cache.h"
#include "sandbox/call.h"
#include "value/value.h"

/* One -f, --set, … in the order of the command line; Helm's fixed order of kinds is the engine's business. */
typedef struct bk_value_source {
    const char *kind;                /* "file", "set", "set-string", "set-json", "set-literal", "set-file" */
    bk_str text;                     /* a path or a URL for "file" */
    const bk_input_fetcher *fetcher; /* of URLs, in "file" and "set-file"; NULL: paths only. The first source's counts for all */
} bk_value_source;

/* The operator's values as one map; an empty one without sources (no compartment is made then). */
bk_status bk_operator_values(bk_arena *arena, bk_guard *guard, const bk_value_source *sources, size_t count,
                             const bk_sandbox_limits *limits, bk_value *ret, bk_err *err);
/* The name that a --name-template makes, with Sprig's functions alone (sprig/plain.h). env and expandenv see `environment`; a text that
 * names neither takes none of it into the compartment. */
bk_status bk_engine_release_name(bk_arena *arena, bk_str text, char *const *environment, bk_str *ret, bk_err *err);
/* Executes a template of the operator's: version --template, tag templates. `functions`: Sprig's are known. `type`: the data is a struct of that Go
 * type (else empty). */
bk_status bk_engine_template(bk_arena *arena, bk_str name, bk_str text, bk_value data, bk_str type, bool functions, bk_str *ret,
                             bk_err *err);
/* Whether a text is a version of Kubernetes. */
bk_status bk_engine_check_kube_version(bk_arena *arena, bk_str text, bk_err *err);
/* The operator's YAML as a value. */
bk_status bk_engine_yaml(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err);
/* The same as nodes with their lines (data/yaml.h, bk_yaml_tree_one), for files whose mistakes are to be pointed at. With a cache, or NULL: what is kept there needs no compartment (sandbox/ask.h). Not for secrets. */
bk_status bk_engine_yaml_tree(bk_arena *arena, bk_str text, const bk_sandbox_cache *answers, bk_value *ret, bk_err *err);

typedef enum bk_manifest_kind {
    BK_MANIFEST_CRD,      /* a file of crds/ */
    BK_MANIFEST_RESOURCE, /* an object of the release */
    BK_MANIFEST_HOOK,
    BK_MANIFEST_RAW,   /* a rendered file, shown because it is no YAML */
    BK_MANIFEST_SHOWN, /* a piece that show_only picked, its own "# Source" line included */
} bk_manifest_kind;

typedef struct bk_manifest {
    bk_manifest_kind kind;
    bk_str path; /* "chart/templates/x.yaml" */
    bk_str body;
    bk_str object_kind, api_version;
    bool test;           /* a hook of the event test */
    const bk_hook *hook; /* of a hook, with the option record: its manifest and path are those of this */
} bk_manifest;

typedef struct bk_log_line {
    bk_str level; /* "INFO", "WARN", "ERROR" */
    bk_str text;  /* msg="…" and attributes, as Helm's log prints them */
} bk_log_line;

typedef struct bk_rendered {
    bk_manifest *manifests;
    size_t count;
    bk_log_line *logs;
    size_t log_count;
    bk_str notes;
    bk_str chart;      /* with the option record: the chart's JSON, and */
    bk_value metadata; /* its Chart.yaml by JSON names; else nil */
    bool rendering;    /* the error came from rendering the templates, not from the chart's files or the values */
    bool
        asks_capabilities; /* templates looked at .Capabilities; of load_only: they may, or look objects up, or a chart asks for a version of Kubernetes */
    bool
        v3; /* of load_only for an upgrade: the chart's version of the API is one that nothing installs yet; all others refuse it themselves */
    bool partial; /* manifests holds text that may be shown although an error came (RAW, SHOWN) */
} bk_rendered;

/* What stands between rendering and sorting (action/postrender.h). */
typedef struct bk_post_renderer {
    void *self;
    /* *ret lives as long as the arena. An answer without content is for this function to refuse, in Helm's words. */
    bk_status (*run)(void *self, bk_arena *arena, bk_str manifests, bk_str *ret, bk_err *err);
} bk_post_renderer;

typedef struct bk_render_options {
    bk_str chart;   /* a directory or an archive */
    bk_str archive; /* bytes of an archive in place of `chart`, when set; not with a post-renderer */
    bk_str release, namespace_;
    bk_value values;
    bk_str kube_version;           /* empty: the default */
    bool cluster;                  /* version and API versions are a cluster's: to the letter, and no others */
    bk_str kube_major, kube_minor; /* with that */
    const bk_str *api_versions;
    size_t api_version_count;
    const bk_str *show_only; /* patterns of template paths; the manifests are then cut from the whole text, as Helm does */
    size_t show_only_count;
    bool is_upgrade, include_crds, skip_schema_validation, enable_dns, skip_hooks, skip_tests, sub_notes;
    bool upgrade;                          /* for `upgrade`: checks that only `install` makes are left out */
    bool load_only;                        /* no rendering: the chart is read and checked, its CRDs come back */
    int64_t revision;                      /* 0: 1 */
    bk_value chart_values;                 /* a map in place of the chart's values.yaml; nil: none */
    bool record;                           /* hand out what a release record keeps: the chart, hooks in full */
    bool debug;                            /* on a YAML error, hand out the rendered files (RAW) */
    const bk_post_renderer *post_renderer; /* NULL: none */
    bool auditing;                         /* for an audit (capabilities.h): no statement is looked at */
    bk_sandbox_limits limits;
    bk_guard *guard;
} bk_render_options;

/* On failure *ret may hold log lines and, when partial is set, the rendered files. */
bk_status bk_render(bk_arena *arena, const bk_render_options *options, bk_rendered *ret, bk_err *err);

/* A call on a chart (CHART, LINT, PACKAGE, DEPENDENCY), with these options: *ret is the answer, *ret_logs gets the log lines. A log says nothing that
 * the answer does not. Without a chart (LOCK) the path is empty. */
bk_status bk_chart_call(bk_arena *arena, bk_call_op op, bk_str chart, bk_map *options, bk_value values, bk_guard *guard,
                        const bk_sandbox_limits *limits, bk_rendered *ret_logs, bk_value *ret, bk_err *err);

/* The same for a chart that lies in the folder of another (inputs.h, bk_inputs_add_part). */
bk_status bk_chart_call_in(bk_arena *arena, bk_call_op op, bk_str folder, bk_str chart, bk_map *options, bk_value values, bk_guard *guard,
                           const bk_sandbox_limits *limits, bk_rendered *ret_logs, bk_value *ret, bk_err *err);

/* Adds the lines of `more` to those of `logs`, and returns `status`; only when that is BK_OK it can fail. */
bk_status bk_logs_add(bk_arena *arena, bk_rendered *logs, const bk_rendered *more, bk_status status, bk_err *err);

#endif
