/* template.h: the action behind `template`: values, chart, guard, and what is printed. */
#ifndef BK_ACTION_TEMPLATE_H
#define BK_ACTION_TEMPLATE_H

#include "action/render.h"

typedef struct bk_template_options {
    bk_render_options render; /* values are filled in here */
    bk_value_source *sources;
    size_t source_count;
    bk_str output_dir; /* empty: the text goes to `out` */
    bool use_release_name;
    bool dependency_update;   /* bring charts/ in line with Chart.yaml when something is missing there */
    bk_str repository_config; /* for that, and the time that archives get */
    bool stamped;
    int64_t stamp;
} bk_template_options;

typedef struct bk_template_result {
    bk_rendered rendered;
} bk_template_result;

/* Appends to `out` what standard output gets. With an output folder: "wrote …" lines; nothing is written before the whole chart has been rendered. */
bk_status bk_action_template(bk_arena *arena, bk_template_options *options, bk_buf *out, bk_template_result *result, bk_err *err);

/* Where a chart is: a path that exists, as Helm looks for it; fails with Helm's words for what is none. */
bk_status bk_chart_locate(bk_arena *arena, bk_str chart, bk_str *ret_path, bk_err *err);

#endif
