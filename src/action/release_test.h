/* release_test.h: the action behind `test`: the test hooks of a release. */
#ifndef BK_ACTION_RELEASE_TEST_H
#define BK_ACTION_RELEASE_TEST_H

#include "action/hooks.h"

typedef struct bk_test_options {
    bk_deploy_options deploy; /* the time-out counts */
    /* Names of hooks: only these (when there are any), and not those. */
    const bk_str *names, *others;
    size_t name_count, other_count;
} bk_test_options;

typedef struct bk_test_run {
    bk_release release; /* with the outcome of its tests; without a name: there was none */
    bk_hook_run hooks;
    bk_hook *all; /* the release's own, those left out first, as Helm records them */
} bk_test_run;

/* Runs the tests and records the outcome. An error may come with a release. bk_action_test_end takes away what is to go, whatever came of it. */
bk_status bk_action_test(bk_deploy *d, bk_str name, const bk_test_options *o, bk_test_run *ret, bk_err *err);
/* Appends the logs of the tests' pods. */
bk_status bk_action_test_logs(bk_deploy *d, const bk_test_options *o, const bk_test_run *run, bk_buf *out, bk_err *err);
/* `status` and err: the outcome so far. */
bk_status bk_action_test_end(bk_test_run *run, bk_status status, bk_err *err);

#endif
