/* template.h: the action behind `template`: values, chart, guard, and what is printed. */
#ifndef BK_ACTION_TEMPLATE_H
#define BK_ACTION_TEMPLATE_H

#include "action/cluster.h"
#include "action/dependency.h"
#include "action/render.h"
#include "registry/source.h"
#include "release/release.h"

typedef struct bk_template_options {
    bk_render_options render; /* values are filled in here */
    bk_value_source *sources;
    size_t source_count;
    bk_str output_dir; /* empty: the text goes to `out` */
    bk_str sought; /* with output_dir: a template that --show-only names. Helm looks for it in what is not in files, in vain; empty: none */
    bool use_release_name;
    bk_registry_world *world;
    bk_chart_source_options source; /* where the chart comes from */
    bool dependency_update;         /* bring charts/ in line with Chart.yaml when something is missing there */
    bk_dependency_options dependency;
    /* --dry-run=server: what is rendered is what this cluster would get. NULL: none. */
    bk_cluster *cluster;
    bool skip_crds, take_ownership;
    bool unchecked; /* --disable-openapi-validation */
    /* The release's last recorded revision, for lookups (action/cluster_lookup.h). */
    bk_status (*load)(void *self, bk_arena *arena, bk_release *ret, bool *ret_found, bk_err *err);
    void *load_self;
    /* The process gives up what this command does not need before the chart is read (guard.h); and what came of that, for people. */
    bool confine;
    const char *confined;
} bk_template_options;

typedef struct bk_template_result {
    bk_rendered rendered;
} bk_template_result;

/* Takes text that is complete. */
typedef struct bk_template_sink {
    bk_status (*write)(void *self, bk_str text, bk_err *err);
    void *self;
} bk_template_sink;

/* Appends to `out` what standard output gets, but for the manifests of a good run without --show-only and --output-dir: those are bk_template_print's.
 * With an output folder: "wrote …" lines; nothing is written before the whole chart has been rendered. */
bk_status bk_action_template(bk_arena *arena, bk_template_options *options, bk_buf *out, bk_template_result *result, bk_err *err);

/* Appends what bk_action_template left, through the sink whenever much has come together: the text of a large chart is never put together as a whole. */
bk_status bk_template_print(const bk_template_options *options, const bk_rendered *rendered, bk_buf *out, const bk_template_sink *sink,
                            bk_err *err);

/* Renders; with dependency_update once more when charts/ had to be filled first. */
bk_status bk_template_render(bk_arena *arena, const bk_template_options *options, bk_buf *out, bk_rendered *ret, bk_err *err);

#endif
