/* deploy.h: what the actions that change releases work with: install, upgrade, rollback, uninstall, test.
 *
 * A bk_deploy is one command's view of the world: the cluster, the store of records, the guard, and those who are told things. Actions take it, their own
 * options, and hand back a release.
 *
 * With the driver `memory` there is a store and no place for objects, as in Helm: they are neither built nor sent (`nowhere`). A dry run of the client has neither.
 *
 * While an action is at work, the newest record of its release carries a lease of ours (release/store.h). It is renewed between steps and by every wait; once it
 * is lost, or the person at the terminal interrupts, the action fails as it would for any other reason. */
#ifndef BK_ACTION_DEPLOY_H
#define BK_ACTION_DEPLOY_H

#include "action/cluster.h"
#include "kube/apply.h"
#include "kube/wait.h"
#include "release/store.h"

typedef enum bk_dry_run { BK_DRY_RUN_NONE, BK_DRY_RUN_CLIENT, BK_DRY_RUN_SERVER } bk_dry_run;

/* Those who are told things; every function may be NULL. Texts are escaped by whoever shows them. */
typedef struct bk_deploy_ears {
    void *self;
    /* A line of the log: "WARN", `msg="…" key=value`. */
    void (*log)(void *self, const char *level, bk_str text);
    /* What hooks said, and why objects are not ready. */
    void (*say)(void *self, bk_str text);
    /* Before and after a wait: somebody may want to watch. */
    void (*wait_begins)(void *self, bk_kube_wait_options *options);
    void (*wait_ends)(void *self);
    /* Somebody pressed Ctrl-C. */
    bool (*interrupted)(void *self);
} bk_deploy_ears;

typedef struct bk_deploy {
    bk_arena *arena;
    bk_cluster cluster; /* kube is NULL without one */
    bk_store *store;
    bk_guard *guard;
    bk_sandbox_limits limits;
    bk_str namespace_;
    bool nowhere;
    bk_deploy_ears ears;
    bk_release *working; /* whose lease is ours; NULL: none */
} bk_deploy;

/* What several actions know as flags. */
typedef struct bk_deploy_options {
    bk_dry_run dry_run;
    bool no_hooks;
    bk_kube_strategy wait;
    bool wait_for_jobs;
    int64_t timeout_ms;
    bool force_replace, force_conflicts, take_ownership;
    bool skip_validation; /* --disable-openapi-validation */
    bool rollback_on_failure, cleanup_on_fail;
    bool recover; /* take over what another program left pending */
    bk_str description;
} bk_deploy_options;

/* ---- telling ---- */

/* "key", value pairs, ended by NULL, behind msg="…", quoted where needed. */
void bk_deploy_log(bk_deploy *d, const char *level, const char *message, ...);
void bk_deploy_say(bk_deploy *d, bk_str text);

/* ---- the cluster ---- */

/* Whether there is one to work with: asks for its version and kinds, once. Nothing to do without a place for objects. `recall`: what was kept will do, and whether
 * anybody is there shows with the next request: bk_deploy_lost, when that fails. */
bk_status bk_deploy_reach(bk_deploy *d, bool recall, bk_err *err);
/* After an error: true when it was that nobody answers; it is then in those words. */
bool bk_deploy_lost(bk_deploy *d, bk_err *err);
/* The objects of a manifest, none when there is no place for them. Kinds that are not known are looked for once more. */
bk_status bk_deploy_build(bk_deploy *d, bk_str manifest, bool validate, bk_kube_objects *ret, bk_err *err);
/* The same for what bk_objects_read has answered already. */
bk_status bk_deploy_build_read(bk_deploy *d, bk_value read, bool validate, bk_kube_objects *ret, bk_err *err);
bk_status bk_deploy_create(bk_deploy *d, bk_kube_objects *objects, bool server_side, bool force_conflicts, bool *ret_exists, bk_err *err);

/* Until the objects of a release are ready, by the options. Says why they are not when they are not. */
bk_status bk_deploy_wait(bk_deploy *d, const bk_deploy_options *o, const bk_kube_objects *objects, bk_err *err);
typedef bk_status (*bk_deploy_waiter)(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects,
                                      size_t count, bk_err *err);
bk_status bk_deploy_wait_with(bk_deploy *d, bk_deploy_waiter waiter, bk_kube_strategy strategy, bool jobs, int64_t timeout_ms,
                              const bk_kube_objects *objects, bk_err *err);

/* Between two steps: fails when somebody interrupted, renews the lease. */
bk_status bk_deploy_step(bk_deploy *d, bk_err *err);

/* ---- records ---- */

/* `server_side` of an upgrade or rollback: "true", "false", or "auto" by what the record says. */
bk_status bk_deploy_apply_method(bk_str option, bk_str recorded, bool *ret_server_side, bk_err *err);
/* Updates a record; a failure is only logged, as in Helm. */
void bk_deploy_record(bk_deploy *d, bk_release *release, bool keep_lease);
/* Updates two records at once, the second for good: what comes of the first is only logged. */
bk_status bk_deploy_record_both(bk_deploy *d, bk_release *old, bk_release *release, bk_err *err);
/* "name", "owner", … are the store's own. */
bk_status bk_deploy_check_labels(const bk_map *labels, bk_err *err);

/* ---- what an interrupted command left (deploy_recover.c) ---- */

/* The newest record is pending: whether we may go on. *ret_recovered: nobody is at work on it any more, and its record now says that it failed; its objects
 * count as the release's. Errors: that another operation is in progress. Does nothing for other states. */
bk_status bk_deploy_recover(bk_deploy *d, const bk_deploy_options *o, bk_release *last, bool *ret_recovered, bk_err *err);
/* The error that another operation is in progress; a line of the log says who is at work on the newest record (`ours`: by its lease), and for how long. */
bk_status bk_deploy_refuse(bk_deploy *d, const bk_release *last, bool ours, int64_t age, bk_err *err);
/* After bk_deploy_recover: objects of the deployed revision, which the interrupted one (`current`) was to replace, are added to those that the release has. */
bk_status bk_deploy_add_deployed(bk_deploy *d, const bk_history *history, const bk_release *current, bk_kube_objects *objects, bk_err *err);

/* ---- --cleanup-on-fail ---- */

/* Deletes what was created. When that fails too, err becomes "<words>: [<what was in err>: ]unable to cleanup resources: …". Returns the code of err. */
bk_status bk_deploy_clean_up(bk_deploy *d, bk_kube_objects *created, const char *words, bool keep_first, bk_err *err);

#endif
