/* hooks.h: the hooks of a release for one event, one after the other.
 *
 *     bk_hook_run run = {.deploy = d, .release = release, .event = "pre-install", .options = o, .server_side = true};
 *     BK_TRY(bk_hooks_run(&run, err));
 *
 * or in halves, with something to do between the hooks' end and the deletion of what they leave:
 *
 *     bk_status s = bk_hooks_begin(&run, err);
 *     …                                                  logs of tests are read
 *     s = bk_hooks_end(&run, s, err);
 *
 * Hooks run by weight, then by name. Each is deleted as its policy says (before it is made, when all have succeeded, when it failed), waited for, and its
 * last run noted in the release; the record is updated before each. Errors are Helm's. */
#ifndef BK_ACTION_HOOKS_H
#define BK_ACTION_HOOKS_H

#include "action/deploy.h"

typedef struct bk_hook_run {
    bk_deploy *deploy;
    bk_release *release;
    const char *event;
    const bk_deploy_options *options;
    bool server_side;
    size_t first; /* hooks of the release before this one are left out */
    /* Its own. */
    bk_hook **hooks; /* of the event, in order */
    size_t count, succeeded;
    bool failed; /* the one behind those that succeeded ran, and failed */
} bk_hook_run;

bk_status bk_hooks_begin(bk_hook_run *run, bk_err *err);
/* `status` is what has come of it so far, with its error in err; returns that, or the error of a deletion in its place. */
bk_status bk_hooks_end(bk_hook_run *run, bk_status status, bk_err *err);
/* Both. */
bk_status bk_hooks_run(bk_hook_run *run, bk_err *err);

/* Stable by weight, then by name. */
void bk_hooks_sort(bk_hook **hooks, size_t count);

#endif
