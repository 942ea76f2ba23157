/* lint.h: the action behind `lint`: charts against Helm's rules, each chart in a compartment of its own. */
#ifndef BK_ACTION_LINT_H
#define BK_ACTION_LINT_H

#include "action/render.h"

typedef struct bk_lint_options {
    const bk_str *paths; /* folders and archives */
    size_t count;
    bk_value_source *sources;
    size_t source_count;
    bk_str namespace_, kube_version;
    bool strict, with_subcharts, quiet, skip_schema_validation;
    bool confine; /* the process gives up what this command does not need (guard.h) */
    bk_sandbox_limits limits;
    bk_guard *guard;
} bk_lint_options;

/* Appends the report to `out`. Fails with "N chart(s) linted, M chart(s) failed" when a chart failed; the report is good then. *ret_reported: there is
 * one. Log lines of all charts go to *ret_logs. */
bk_status bk_action_lint(bk_arena *arena, const bk_lint_options *options, bk_buf *out, bool *ret_reported, bk_rendered *ret_logs,
                         bk_err *err);

#endif
