/* wait_state.h: the inside of a wait. Internal to src/kube. */
#ifndef BK_KUBE_WAIT_STATE_H
#define BK_KUBE_WAIT_STATE_H

#include "kube/wait.h"
#include "kube/watch.h"

typedef enum bk_kube_wait_for { BK_KUBE_FOR_READY, BK_KUBE_FOR_HOOKS, BK_KUBE_FOR_HOOKS_LEGACY, BK_KUBE_FOR_GONE } bk_kube_wait_for;

/* A clock and the callbacks of one wait. */
typedef struct bk_kube_waiter {
    bk_kube *kube;
    bk_arena *arena;
    const bk_kube_wait_options *options;
    bk_kube_awaited *objects;
    size_t count;
    uint64_t began, deadline; /* monotonic, ms; deadline 0: none */
    uint64_t ticked, shown;   /* when last */
    bool changed;             /* since it was shown */
} bk_kube_waiter;

/* A time-out of 0: `fallback_ms`, where 0 means for ever. */
void bk_kube_waiter_init(bk_kube_waiter *w, bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects,
                         size_t count, int64_t fallback_ms);
/* Progress and tick, when it is time for them. */
bk_status bk_kube_waiter_turn(bk_kube_waiter *w, bk_err *err);
/* Shows the end. */
void bk_kube_waiter_show(bk_kube_waiter *w);
bool bk_kube_waiter_late(const bk_kube_waiter *w);
/* Milliseconds until something is due, at most `most`. */
uint32_t bk_kube_waiter_room(const bk_kube_waiter *w, uint32_t most);
/* Keeps a verdict: texts are copied when they are new. */
bk_status bk_kube_waiter_set(bk_kube_waiter *w, bk_kube_awaited *a, bk_kube_verdict verdict, bk_err *err);

/* "context deadline exceeded" */
bk_status bk_kube_waiter_expired(bk_err *err);

/* wait_legacy.c */
bk_status bk_kube_wait_legacy(bk_kube_waiter *w, bk_err *err);
bk_status bk_kube_wait_gone_legacy(bk_kube_waiter *w, bk_err *err);

/* wait_events.c: the events of the namespaces, for people who look on. NULL: nobody does, or it cannot be had. */
typedef struct bk_kube_onlooker bk_kube_onlooker;
void bk_kube_onlooker_new(bk_kube_waiter *w, bk_kube_onlooker **ret);
void bk_kube_onlooker_move(bk_kube_onlooker *o);
void bk_kube_onlooker_free(bk_kube_onlooker *o);
/* When an event was last seen: seconds since 1970, 0 where it does not tell. */
int64_t bk_kube_event_time(bk_value event);

#endif
