/* show.h: the action behind `show`: the parts of a chart as text. */
#ifndef BK_ACTION_SHOW_H
#define BK_ACTION_SHOW_H

#include "action/render.h"
#include "registry/source.h"

typedef enum bk_show_part {
    BK_SHOW_ALL,
    BK_SHOW_CHART,
    BK_SHOW_CRDS,
    BK_SHOW_README,
    BK_SHOW_VALUES,
} bk_show_part;

typedef struct bk_show_options {
    bk_str chart;
    bk_show_part part;
    bk_str jsonpath; /* of the values, only what this template finds */
    bk_registry_world *world;
    bk_chart_source_options source; /* where the chart comes from */
    bk_sandbox_limits limits;
    bk_guard *guard;
    bool confine; /* the process gives up what this command does not need (guard.h) */
} bk_show_options;

/* Appends to `out` what standard output gets; log lines go to *ret_logs. */
bk_status bk_action_show(bk_arena *arena, const bk_show_options *options, bk_buf *out, bk_rendered *ret_logs, bk_err *err);

#endif
