/* status.h: what state an object is in, by what the server says of it. No requests are made here.
 *
 * Two sets of rules, both Helm's. The first is that of the strategy `watcher` (kstatus): every object is Current, InProgress, Failed or Terminating, with a
 * message; kinds that are not known go by their generation and their conditions (Reconciling, Stalled, Ready), and are Current without any. A Job is
 * Current as soon as it has begun, a Pod also when it has failed: hooks and --wait-for-jobs want more, and have rules of their own.
 *
 * The second is that of the strategy `legacy`: ready or not, for built-in kinds; everything else is ready.
 *
 * Objects are maps as the server answers them. Their fields are a stranger's: missing and misshapen ones are the rules' business. */
#ifndef BK_KUBE_STATUS_H
#define BK_KUBE_STATUS_H

#include "value/map.h"

typedef enum bk_kube_state {
    BK_KUBE_UNKNOWN, /* nobody has said anything yet, or it cannot be told */
    BK_KUBE_IN_PROGRESS,
    BK_KUBE_FAILED,
    BK_KUBE_CURRENT,
    BK_KUBE_TERMINATING,
    BK_KUBE_NOT_FOUND,
} bk_kube_state;

/* "Unknown", "InProgress", … */
const char *bk_kube_state_name(bk_kube_state state);

typedef struct bk_kube_verdict {
    bk_kube_state state;
    bk_str message; /* "Available: 0/1"; lies in the arena or is a view of the object's */
} bk_kube_verdict;

/* `now` is in seconds since 1970: a Pod may go unscheduled for BK_KUBE_SCHEDULE_S after its creation. An object that the rules cannot read is an error, as in
 * Helm, which counts it as Unknown. */
#define BK_KUBE_SCHEDULE_S 15
bk_status bk_kube_status(bk_arena *arena, bk_value object, int64_t now, bk_kube_verdict *ret, bk_err *err);
/* A Job that has to complete / a Pod that has to succeed. */
bk_status bk_kube_status_job(bk_arena *arena, bk_value object, bk_kube_verdict *ret, bk_err *err);
bk_status bk_kube_status_pod(bk_arena *arena, bk_value object, bk_kube_verdict *ret, bk_err *err);
/* What a controller in progress (ReplicaSet, StatefulSet) makes of its pods: Failed when some have failed for good. */
bk_status bk_kube_status_pods(bk_arena *arena, bk_value pods, int64_t now, bk_kube_verdict *io, bk_err *err);
/* A Pod that nobody has found a node for. */
bool bk_kube_is_unschedulable(bk_value pod);

/* ---- legacy ---- */

/* What the legacy rules want to see besides the object. */
typedef enum bk_kube_need {
    BK_KUBE_NEED_NOTHING,
    BK_KUBE_NEED_OBJECT,       /* the object itself, as it is now */
    BK_KUBE_NEED_REPLICA_SETS, /* and the ReplicaSets that its selector picks */
    BK_KUBE_NEED_PODS,         /* and the Pods that its selector picks */
} bk_kube_need;

/* By group, version and kind: group "apps", version "v1", kind "Deployment". */
bk_kube_need bk_kube_legacy_need(bk_str api_version, bk_str kind, bool jobs);
/* `others`: a list of what bk_kube_legacy_need named. A Job that has failed for good is an error. */
bk_status bk_kube_legacy_ready(bk_arena *arena, bk_value object, bk_value others, bool *ret, bk_err *err);

/* A selector's text for a query: of spec.selector, a map of labels or {matchLabels, matchExpressions}. Without one: an error, as in Helm. */
bk_status bk_kube_selector(bk_arena *arena, bk_value object, bk_str *ret, bk_err *err);

/* ---- reading objects ---- */

/* The value below these keys, NULL-terminated; nil when there is none. */
bk_value bk_kube_field(bk_value object, const char *const *path);
#define BK_KUBE_FIELD(object, ...) bk_kube_field((object), (const char *const[]){__VA_ARGS__, NULL})
/* The same as a text or number, or the fallback. */
#define BK_KUBE_TEXT(object, ...) bk_kube_text(BK_KUBE_FIELD(object, __VA_ARGS__))
#define BK_KUBE_INT(object, fallback, ...) bk_kube_int(BK_KUBE_FIELD(object, __VA_ARGS__), (fallback))
static inline bk_str bk_kube_text(bk_value v) { return v.kind == BK_STRING ? bk_value_str(v) : BK_S(""); }
static inline int64_t bk_kube_int(bk_value v, int64_t fallback) { return v.kind == BK_INT ? v.i : fallback; }

#endif
