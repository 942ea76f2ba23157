/* wait.h: until objects are ready, gone or established.
 *
 *     bk_kube_awaited *objects = …;                      .ref and .object filled in
 *     const bk_kube_wait_options options = {.strategy = BK_KUBE_WATCHER, .timeout_ms = 300000, .self = …, .progress = …, .tick = …};
 *     status = bk_kube_wait(kube, arena, &options, objects, count, err);
 *     if (status != BK_OK) bk_kube_wait_explain(kube, objects, count, &text);      for people; err is Helm's
 *
 * Strategies are Helm's. `watcher` (--wait): a watch for each kind and namespace, and the rules of kstatus. `legacy`: asks for each object every two
 * seconds, and has rules of its own. `hookOnly` (without --wait): bk_kube_wait and bk_kube_wait_gone return at once; hooks are waited for as with watcher.
 *
 * Errors are Helm's, a line for each object and "context deadline exceeded" when the time ran out:
 *
 *     resource Deployment/prod/web not ready. status: InProgress, message: Available: 0/1
 *     context deadline exceeded
 *
 * Each object's last verdict stays in the list. All functions run on the caller's thread, and pump requests and watches of `kube`. */
#ifndef BK_KUBE_WAIT_H
#define BK_KUBE_WAIT_H

#include "kube/objects.h"
#include "kube/status.h"

#define BK_KUBE_WAIT_DEFAULT_MS 30000 /* for a time-out of 0, but with legacy: that waits for ever */
#define BK_KUBE_ESTABLISH_MS 60000    /* for CRDs, whatever the strategy */

typedef enum bk_kube_strategy { BK_KUBE_HOOK_ONLY, BK_KUBE_WATCHER, BK_KUBE_LEGACY } bk_kube_strategy;

/* "watcher", "legacy", "hookOnly", and "true", "false" as the flag --wait takes them; false for anything else. */
bool bk_kube_strategy_find(bk_str text, bk_kube_strategy *ret);

/* One that is waited for. */
typedef struct bk_kube_awaited {
    bk_kube_ref ref;
    bk_value object; /* as it was rendered or as the server answered; spec.paused of Deployments and the selector count. May be nil */
    /* What is known of it: */
    bk_kube_verdict verdict; /* its texts lie in `arena` */
    bool seen;               /* the server has told of it */
    bool skipped;            /* nobody waits for it: a paused Deployment */
    bool failed;             /* its verdict is final */
    int64_t created;         /* seconds since 1970; 0: not known */
    bk_str event;            /* the last event about it, when options.events is set: "Pulling: Pulling image …" */
} bk_kube_awaited;

typedef struct bk_kube_wait_options {
    bk_kube_strategy strategy;
    int64_t timeout_ms; /* negative: as 0 */
    bool jobs;          /* --wait-for-jobs */
    bool events;        /* watch the namespaces' events for `progress`: a terminal is looking. A refusal is no error */
    void *self;
    /* Called when a verdict has changed, and about each second; `waited_ms` since the beginning. May be NULL. */
    void (*progress)(void *self, const bk_kube_awaited *objects, size_t count, uint64_t waited_ms);
    /* Called about each second and before the first wait; anything but BK_OK ends the wait with that error (interrupts; a lease that is lost). It
     * may make requests. May be NULL. */
    bk_status (*tick)(void *self, bk_err *err);
} bk_kube_wait_options;

/* Until all are ready: --wait, --wait-for-jobs. */
bk_status bk_kube_wait(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects, size_t count,
                       bk_err *err);
/* Until hooks are done: a Job has completed, a Pod has succeeded, anything else exists. */
bk_status bk_kube_wait_hooks(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects, size_t count,
                             bk_err *err);
/* Until none exists any more. */
bk_status bk_kube_wait_gone(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects, size_t count,
                            bk_err *err);
/* Until CRDs are established, under every strategy (legacy by its own rules); a time-out of 0 means BK_KUBE_ESTABLISH_MS. */
bk_status bk_kube_wait_established(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects,
                                   size_t count, bk_err *err);

/* Why those that are not ready are not: for each its conditions, its last events, and of its pods that are not well the state of their containers and the last
 * lines of their logs; at most BK_KUBE_EXPLAIN_OBJECTS objects and BK_KUBE_EXPLAIN_MS. What cannot be learnt is left out. Texts of the server are escaped. */
#define BK_KUBE_EXPLAIN_OBJECTS 10u
#define BK_KUBE_EXPLAIN_MS 10000u
void bk_kube_wait_explain(bk_kube *kube, const bk_kube_awaited *objects, size_t count, bk_buf *out);

#endif
