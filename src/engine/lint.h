/* lint.h: what `lint` has to say of a chart. Internal to src/engine.
 *
 * Rules come in Helm's order: Chart.yaml, values, templates, dependencies, CRDs. A rule's finding is a message with a severity and the path it is
 * about; a rule function fails only where the whole run has to (limits, memory, denials). */
#ifndef BK_ENGINE_LINT_H
#define BK_ENGINE_LINT_H

#include "chart/chart.h"
#include "chart/log.h"
#include "engine/call.h"
#include "engine/subjects.h"

typedef enum bk_lint_severity {
    BK_LINT_INFO = 1,
    BK_LINT_WARNING,
    BK_LINT_ERROR,
} bk_lint_severity;

/* What stands at a path of the chart's folder. */
typedef struct bk_lint_entry {
    bool exists, dir;
    bk_str data; /* of a file */
    bk_str why;  /* it cannot be read */
} bk_lint_entry;

typedef struct bk_lint {
    bk_call_state *call;
    const bk_log *log;
    bk_items messages;
    bk_str dir; /* the chart's folder, as messages name it */
    bk_lint_entry chart_yaml, values, schema, templates, crds;
    bk_files files; /* as the loader gets them */
    bk_map *all;    /* the operator's values over values.yaml; NULL: there is none, or values_error says why not */
    bk_str values_error;
    bk_str load_error;  /* why the chart could not be loaded */
    bk_chart *chart;    /* NULL: it could not */
    bk_chart *rendered; /* the same after its dependencies were processed; NULL: that failed */
    bk_subjects subjects;
} bk_lint;

/* A message with that text. */
bk_status bk_lint_say(bk_lint *lint, bk_lint_severity severity, bk_str path, bk_str text);
bk_status bk_lint_sayf(bk_lint *lint, bk_lint_severity severity, bk_str path, const char *fmt, ...) BK_PRINTF(4, 5);
/* The call's error becomes a message, with `before` in front; one that is not the chart's fault is returned. */
bk_status bk_lint_say_error(bk_lint *lint, bk_lint_severity severity, bk_str path, const char *before);

/* Reads values.yaml and puts the operator's values over it, whose tables take over what was missing: so they go on to the templates. */
bk_status bk_lint_read_values(bk_lint *lint);

/* The rules. */
bk_status bk_lint_chart_yaml(bk_lint *lint);
bk_status bk_lint_values(bk_lint *lint);
bk_status bk_lint_templates(bk_lint *lint);
bk_status bk_lint_dependencies(bk_lint *lint);
bk_status bk_lint_crds(bk_lint *lint);

/* ---- parts of rules ---- */

/* The part of an object that rules look at. */
typedef struct bk_lint_object {
    bk_str api_version, kind, name;
} bk_lint_object;

/* Documents of a text, one after the other, as Kubernetes' decoder for YAML or JSON reads them. */
typedef struct bk_lint_stream {
    bk_call_state *call;
    bk_str rest;
    bool json;
    unsigned count;
    size_t consumed; /* bytes that were JSON */
} bk_lint_stream;

void bk_lint_stream_open(bk_lint_stream *stream, bk_call_state *call, bk_str text);
/* *ret_more: there was one; *ret_null: it was empty. */
bk_status bk_lint_stream_next(bk_lint_stream *stream, bk_lint_object *ret, bool *ret_more, bool *ret_null);

/* The name of an object against the rules of its kind; false: *ret_why says what is wrong. */
bk_status bk_lint_name(bk_arena *arena, const bk_lint_object *object, bool *ret_ok, bk_str *ret_why, bk_err *err);
/* Whether that version of Kubernetes calls the object's API deprecated, and Kubernetes' warning then. */
bk_status bk_lint_deprecated(bk_arena *arena, const bk_lint_object *object, bk_str major, bk_str minor, bk_str *ret_warning, bk_err *err);

/* lint_address.c: e-mail addresses and URLs as Helm's validator takes them. */
bool bk_lint_is_email(bk_str s);
bk_status bk_lint_is_url(bk_arena *arena, bk_str s, bool *ret, bk_err *err);
/* An absolute URL with a scheme. */
bk_status bk_lint_is_request_url(bk_arena *arena, bk_str s, bool *ret, bk_err *err);

#endif
