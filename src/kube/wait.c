/* wait.c: waiting by watches: the strategy `watcher`, and hooks. */
#include "kube/wait.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "kube/client_state.h"
#include "kube/wait_state.h"

#define TICK_MS 1000u

bool bk_kube_strategy_find(bk_str text, bk_kube_strategy *ret) {
    static const struct {
        const char *text;
        bk_kube_strategy strategy;
    } known[] = {{"watcher", BK_KUBE_WATCHER},
                 {"true", BK_KUBE_WATCHER},
                 {"legacy", BK_KUBE_LEGACY},
                 {"hookOnly", BK_KUBE_HOOK_ONLY},
                 {"false", BK_KUBE_HOOK_ONLY}};
    for (size_t i = 0; i < BK_COUNT(known); i++) {
        if (!bk_str_eq(text, bk_str_c(known[i].text))) continue;
        *ret = known[i].strategy;
        return true;
    }
    return false;
}

/* ---- the clock and the callbacks ---- */

void bk_kube_waiter_init(bk_kube_waiter *w, bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects,
                         size_t count, int64_t fallback_ms) {
    int64_t ms = options->timeout_ms > 0 ? options->timeout_ms : fallback_ms;
    *w = (bk_kube_waiter){.kube = kube, .arena = arena, .options = options, .objects = objects, .count = count, .changed = true};
    w->began = bk_kube_now();
    w->deadline = ms > 0 ? w->began + (uint64_t)ms : 0;
}

bool bk_kube_waiter_late(const bk_kube_waiter *w) { return w->deadline && bk_kube_now() >= w->deadline; }

uint32_t bk_kube_waiter_room(const bk_kube_waiter *w, uint32_t most) {
    uint64_t now = bk_kube_now(), until = w->ticked + TICK_MS;
    if (w->deadline && w->deadline < until) until = w->deadline;
    uint64_t room = until > now ? until - now : 0;
    return room < most ? (uint32_t)room : most;
}

void bk_kube_waiter_show(bk_kube_waiter *w) {
    w->shown = bk_kube_now();
    w->changed = false;
    if (w->options->progress) w->options->progress(w->options->self, w->objects, w->count, w->shown - w->began);
}

bk_status bk_kube_waiter_turn(bk_kube_waiter *w, bk_err *err) {
    uint64_t now = bk_kube_now();
    bool first = w->ticked == 0;
    if (w->changed || now - w->shown >= TICK_MS) bk_kube_waiter_show(w);
    if (!first && now - w->ticked < TICK_MS) return BK_OK;
    w->ticked = now;
    return w->options->tick ? w->options->tick(w->options->self, err) : BK_OK;
}

bk_status bk_kube_waiter_expired(bk_err *err) { return bk_err_set(err, BK_ERR, "context deadline exceeded"); }

bk_status bk_kube_waiter_set(bk_kube_waiter *w, bk_kube_awaited *a, bk_kube_verdict verdict, bk_err *err) {
    if (a->verdict.state == verdict.state && bk_str_eq(a->verdict.message, verdict.message)) return BK_OK;
    if (bk_str_eq(a->verdict.message, verdict.message)) verdict.message = a->verdict.message;
    else if (!bk_arena_dup(w->arena, bk_str_sub(verdict.message, 0, BK_LIMIT_ERR), &verdict.message)) return bk_arena_fail(w->arena, err);
    a->verdict = verdict;
    a->failed = verdict.state == BK_KUBE_FAILED;
    w->changed = true;
    return BK_OK;
}

/* ---- groups: one watch for all objects of a kind in a namespace ---- */

typedef struct watching watching;

typedef struct group {
    watching *all;
    const bk_kube_resource *resource;
    bk_str namespace_;
    bk_kube_watch *watch; /* NULL: it has ended, or there is none */
    size_t size;
    bk_kube_awaited *only; /* the object, when there is one */
    uint32_t round;        /* how often everything was told */
    bool synced;
} group;

/* What a wait by watches knows of an object besides the verdict. */
typedef struct known {
    group *group; /* NULL: it need not be watched */
    uint32_t round;
    bk_str selector; /* of its pods, which have to be looked at */
    bool look;       /* now */
    uint64_t again;  /* when it has to be asked for once more; 0: never */
} known;

struct watching {
    bk_kube_waiter w;
    bk_kube_wait_for what;
    bool jobs;
    group *groups;
    size_t group_count;
    known *known;
    bk_status fatal; /* of a hook that failed under legacy */
    bk_err failure;
    bk_kube_onlooker *onlooker;
};

static known *known_of(watching *x, const bk_kube_awaited *a) { return &x->known[a - x->w.objects]; }

static bool is_kind(const bk_kube_awaited *a, const char *g, const char *kind) {
    return bk_str_eq(a->ref.resource->group, bk_str_c(g)) && bk_str_eq(a->ref.resource->kind, bk_str_c(kind));
}

static bool is_job(const bk_kube_awaited *a) { return is_kind(a, "batch", "Job"); }
static bool is_pod(const bk_kube_awaited *a) { return is_kind(a, "", "Pod"); }
/* Kinds whose pods say more than they do. */
static bool has_pods(const bk_kube_awaited *a) { return is_kind(a, "apps", "StatefulSet") || is_kind(a, "apps", "ReplicaSet"); }

/* Built-in kinds that are done when they are there: nothing in them says otherwise. */
static bool is_plain(const bk_kube_awaited *a) {
    static const struct {
        const char *group, *kind; /* NULL: every kind */
    } plain[] = {{"", "ConfigMap"},
                 {"", "Secret"},
                 {"", "ServiceAccount"},
                 {"batch", "CronJob"},
                 {"rbac.authorization.k8s.io", NULL},
                 {"networking.k8s.io", "Ingress"},
                 {"networking.k8s.io", "IngressClass"},
                 {"networking.k8s.io", "NetworkPolicy"},
                 {"storage.k8s.io", "StorageClass"},
                 {"scheduling.k8s.io", "PriorityClass"},
                 {"node.k8s.io", "RuntimeClass"},
                 {"admissionregistration.k8s.io", NULL}};
    for (size_t i = 0; i < BK_COUNT(plain); i++)
        if (bk_str_eq(a->ref.resource->group, bk_str_c(plain[i].group)) &&
            (!plain[i].kind || bk_str_eq(a->ref.resource->kind, bk_str_c(plain[i].kind))))
            return true;
    return false;
}

/* The server has answered this object just now. */
static bool is_live(const bk_kube_awaited *a) {
    return BK_KUBE_TEXT(a->object, "metadata", "uid").n && !BK_KUBE_TEXT(a->object, "metadata", "deletionTimestamp").n;
}

static void note_created(bk_kube_awaited *a, bk_value object) {
    int64_t created;
    if (bk_kube_time(BK_KUBE_TEXT(object, "metadata", "creationTimestamp"), &created)) a->created = created;
}

/* ---- verdicts ---- */

static bk_status job_failed(bk_value object, bk_err *err) {
    bk_value list = BK_KUBE_FIELD(object, "status", "conditions");
    bk_str reason = BK_S("");
    for (uint32_t i = 0; list.kind == BK_LIST && i < list.len; i++)
        if (bk_str_eq(BK_KUBE_TEXT(list.items[i], "type"), BK_S("Failed"))) reason = BK_KUBE_TEXT(list.items[i], "reason");
    return bk_err_set(err, BK_ERR, "job %.*s failed: %.*s", BK_FMT(BK_KUBE_TEXT(object, "metadata", "name")), BK_FMT(reason));
}

/* Under legacy the first hook that fails is the error. */
static void note_failure(watching *x, const bk_kube_awaited *a, bk_value object, const bk_kube_verdict *v) {
    if (x->what != BK_KUBE_FOR_HOOKS_LEGACY || v->state != BK_KUBE_FAILED || x->fatal != BK_OK) return;
    if (is_job(a)) x->fatal = job_failed(object, &x->failure);
    else x->fatal = bk_err_set_str(&x->failure, BK_ERR, v->message);
}

static bk_status judge(watching *x, bk_kube_awaited *a, bk_arena *arena, bk_value object, bk_kube_verdict *ret) {
    bk_err ignored = BK_ERR_INIT;
    bool hooks = x->what == BK_KUBE_FOR_HOOKS || x->what == BK_KUBE_FOR_HOOKS_LEGACY;
    bk_status s = BK_OK;
    if (is_job(a) && (hooks || (x->what == BK_KUBE_FOR_READY && x->jobs))) s = bk_kube_status_job(arena, object, ret, &ignored);
    else if (is_pod(a) && hooks) s = bk_kube_status_pod(arena, object, ret, &ignored);
    else if (hooks) *ret = (bk_kube_verdict){BK_KUBE_CURRENT, BK_S("Resource is current")};
    else s = bk_kube_status(arena, object, (int64_t)time(NULL), ret, &ignored);
    bk_err_release(&ignored);
    if (s == BK_OK || s == BK_ERR_NOMEM || s == BK_ERR_LIMIT) return s;
    *ret = (bk_kube_verdict){BK_KUBE_UNKNOWN, BK_S("")}; /* as Helm has it */
    return BK_OK;
}

/* The server has told of an object. */
static bk_status take(watching *x, bk_kube_awaited *a, bk_value object, bk_err *err) {
    known *k = known_of(x, a);
    bk_kube_verdict v = {0};
    bk_arena arena;
    bk_arena_init(&arena, (size_t)16 << 20);
    bk_status s = judge(x, a, &arena, object, &v);
    if (s != BK_OK) bk_err_set(err, s, "no memory for the state of an object");
    a->seen = true;
    note_created(a, object);
    note_failure(x, a, object, &v);
    k->look = false;
    k->again = 0;
    if (s == BK_OK && x->what == BK_KUBE_FOR_READY && v.state == BK_KUBE_IN_PROGRESS) {
        bk_err ignored = BK_ERR_INIT;
        bk_str selector;
        if (has_pods(a) && bk_kube_selector(&arena, object, &selector, &ignored) == BK_OK) {
            k->look = true;
            if (!bk_str_eq(selector, k->selector) && !bk_arena_dup(x->w.arena, selector, &k->selector)) s = bk_arena_fail(x->w.arena, err);
        }
        bk_err_release(&ignored);
        /* Nothing happens to a pod without a node when its time is up. */
        if (is_pod(a) && bk_kube_is_unschedulable(object)) k->again = bk_kube_now() + BK_KUBE_SCHEDULE_S * 1000;
    }
    if (s == BK_OK) s = bk_kube_waiter_set(&x->w, a, v, err);
    bk_arena_release(&arena);
    return s;
}

static bk_status take_away(watching *x, bk_kube_awaited *a, bk_err *err) {
    known *k = known_of(x, a);
    k->look = false;
    k->again = 0;
    a->seen = true;
    if (x->what == BK_KUBE_FOR_HOOKS_LEGACY) return bk_kube_waiter_set(&x->w, a, (bk_kube_verdict){BK_KUBE_CURRENT, BK_S("deleted")}, err);
    return bk_kube_waiter_set(&x->w, a, (bk_kube_verdict){BK_KUBE_NOT_FOUND, BK_S("Resource not found")}, err);
}

/* ---- events of a watch ---- */

static bk_kube_awaited *find(group *g, bk_value object) {
    bk_str name = BK_KUBE_TEXT(object, "metadata", "name"), space = BK_KUBE_TEXT(object, "metadata", "namespace");
    watching *x = g->all;
    if (g->only) return bk_str_eq(g->only->ref.name, name) ? g->only : NULL;
    for (size_t i = 0; i < x->w.count; i++) {
        bk_kube_awaited *a = &x->w.objects[i];
        if (x->known[i].group == g && bk_str_eq(a->ref.name, name) && (!g->resource->namespaced || bk_str_eq(g->namespace_, space)))
            return a;
    }
    return NULL;
}

/* Everything has been told: what was not is not there. */
static bk_status on_synced(group *g, bk_err *err) {
    watching *x = g->all;
    g->synced = true;
    for (size_t i = 0; i < x->w.count; i++) {
        bk_kube_awaited *a = &x->w.objects[i];
        if (x->known[i].group != g || x->known[i].round == g->round) continue;
        if (a->seen || x->what == BK_KUBE_FOR_GONE) BK_TRY(take_away(x, a, err));
    }
    return BK_OK;
}

static bk_status on_event(void *self, bk_kube_event event, bk_value object, bk_err *err) {
    group *g = self;
    if (event == BK_KUBE_SYNCED) return on_synced(g, err);
    if (event == BK_KUBE_RESTART) {
        g->round++;
        g->synced = false;
        return BK_OK;
    }
    bk_kube_awaited *a = find(g, object);
    if (!a) return BK_OK;
    known_of(g->all, a)->round = g->round;
    return event == BK_KUBE_DELETED ? take_away(g->all, a, err) : take(g->all, a, object, err);
}

/* ---- watches ---- */

static group *group_for(watching *x, bk_kube_awaited *a) {
    bk_str space = a->ref.resource->namespaced ? a->ref.namespace_ : BK_S("");
    for (size_t i = 0; i < x->group_count; i++)
        if (x->groups[i].resource == a->ref.resource && bk_str_eq(x->groups[i].namespace_, space)) return &x->groups[i];
    group *g = &x->groups[x->group_count++];
    *g = (group){.all = x, .resource = a->ref.resource, .namespace_ = space, .round = 1};
    return g;
}

static bk_status begin(watching *x, group *g, bk_err *err) {
    bk_buf path, query, field;
    bk_buf_init(&path, x->w.arena, 16 << 10);
    bk_buf_init(&query, x->w.arena, 4096);
    BK_TRY(bk_kube_resource_path(&path, g->resource, g->namespace_, BK_S(""), err));
    if (g->only) {
        bk_buf_init(&field, x->w.arena, 4096);
        bk_buf_c(&field, "metadata.name=");
        bk_buf_str(&field, g->only->ref.name);
        BK_TRY(bk_buf_check(&field, err));
        bk_kube_query(&query, "fieldSelector", bk_buf_view(&field));
    }
    BK_TRY(bk_buf_check(&path, err));
    BK_TRY(bk_buf_check(&query, err));
    const bk_kube_watch_options options = {.path = bk_buf_view(&path), .query = bk_buf_view(&query), .self = g, .event = on_event};
    return bk_kube_watch_new(x->w.kube, &options, &g->watch, err);
}

/* What is known without asking. *ret: nothing has to be asked. */
static bk_status settle(watching *x, bk_kube_awaited *a, bool *ret, bk_err *err) {
    bool legacy = x->what == BK_KUBE_FOR_HOOKS_LEGACY;
    bk_value paused = BK_KUBE_FIELD(a->object, "spec", "paused");
    bool ready = x->what != BK_KUBE_FOR_GONE, hook = x->what == BK_KUBE_FOR_HOOKS && !is_job(a) && !is_pod(a);
    note_created(a, a->object);
    *ret = true;
    if (ready && !legacy && is_kind(a, "apps", "Deployment") && paused.kind == BK_BOOL && paused.b) {
        a->skipped = true;
        return BK_OK;
    }
    if ((legacy && !is_job(a) && !is_pod(a)) || (ready && is_live(a) && (hook || is_plain(a)))) {
        a->seen = true;
        return bk_kube_waiter_set(&x->w, a, (bk_kube_verdict){BK_KUBE_CURRENT, BK_S("Resource is current")}, err);
    }
    *ret = false;
    return BK_OK;
}

static bk_status prepare(watching *x, bk_err *err) {
    x->groups = BK_NEW_ARRAY(x->w.arena, group, x->w.count + 1);
    x->known = BK_NEW_ARRAY(x->w.arena, known, x->w.count + 1);
    if (!x->groups || !x->known) return bk_arena_fail(x->w.arena, err);
    for (size_t i = 0; i < x->w.count; i++) {
        bool settled;
        bk_kube_awaited *a = &x->w.objects[i];
        a->verdict = (bk_kube_verdict){0};
        a->seen = a->skipped = a->failed = false;
        BK_TRY(settle(x, a, &settled, err));
        if (settled) continue;
        group *g = x->known[i].group = group_for(x, a);
        g->only = g->size++ ? NULL : a;
    }
    for (size_t i = 0; i < x->group_count; i++) BK_TRY(begin(x, &x->groups[i], err));
    return BK_OK;
}

/* The server refuses the watch. A kind that it does not have (any more) tells nothing; anything else is an error. */
static bk_status refused(group *g, bk_status status, bk_err *err) {
    bool absent = bk_kube_watch_refused(g->watch) == 404;
    bk_kube_watch_free(g->watch);
    g->watch = NULL;
    if (!absent) return status;
    bk_err_release(err);
    return g->all->what == BK_KUBE_FOR_GONE ? on_synced(g, err) : BK_OK;
}

static bk_status move(watching *x, bk_err *err) {
    for (size_t i = 0; i < x->group_count; i++) {
        group *g = &x->groups[i];
        if (!g->watch) continue;
        bk_status s = bk_kube_watch_move(g->watch, err);
        if (s != BK_OK) BK_TRY(refused(g, s, err));
    }
    if (x->onlooker) bk_kube_onlooker_move(x->onlooker);
    return BK_OK;
}

/* ---- what events do not tell ---- */

static bk_status look_at_pods(watching *x, bk_kube_awaited *a, known *k, bk_err *err) {
    static const bk_kube_resource pods = {.version = BK_S("v1"), .kind = BK_S("Pod"), .plural = BK_S("pods"), .namespaced = true};
    const bk_kube_ref ref = {.resource = &pods, .namespace_ = a->ref.namespace_};
    const bk_kube_selection selection = {.labels = k->selector};
    bk_arena arena;
    bk_value list = bk_nil();
    bk_err ignored = BK_ERR_INIT;
    k->look = false;
    bk_arena_init(&arena, (size_t)1 << 30);
    bk_status listed = bk_kube_list(x->w.kube, &arena, &ref, &selection, &list, &ignored), s = BK_OK;
    /* Meanwhile the watch may have told of the object: that is newer than what its pods were, and there may be no further event. */
    bk_kube_verdict v = a->verdict;
    bool overtaken = k->look || v.state != BK_KUBE_IN_PROGRESS;
    if (!overtaken && listed == BK_OK) s = bk_kube_status_pods(&arena, list, (int64_t)time(NULL), &v, err);
    else if (!overtaken) v = (bk_kube_verdict){BK_KUBE_UNKNOWN, BK_S("")}; /* as Helm has it */
    if (s == BK_OK) s = bk_kube_waiter_set(&x->w, a, v, err);
    bk_err_release(&ignored);
    bk_arena_release(&arena);
    return s;
}

static bk_status ask_again(watching *x, bk_kube_awaited *a, bk_err *err) {
    bk_arena arena;
    bk_kube_request request;
    bk_kube_answer answer;
    bk_value v = bk_nil();
    bk_err ignored = BK_ERR_INIT;
    bk_arena_init(&arena, (size_t)1 << 30);
    known_of(x, a)->again = 0;
    bk_status s = bk_kube_get_request(&arena, &a->ref, &request, &ignored);
    if (s == BK_OK) s = bk_kube_do(x->w.kube, &arena, &request, &answer, &ignored);
    if (s == BK_OK) s = bk_kube_json(&arena, &answer, &v, &ignored);
    s = s == BK_OK ? take(x, a, v, err) : BK_OK; /* else the watch will tell */
    bk_err_release(&ignored);
    bk_arena_release(&arena);
    return s;
}

static bk_status ask_more(watching *x, bk_err *err) {
    uint64_t now = bk_kube_now();
    for (size_t i = 0; i < x->w.count; i++) {
        known *k = &x->known[i];
        if (k->look) BK_TRY(look_at_pods(x, &x->w.objects[i], k, err));
        if (k->again && k->again <= now) BK_TRY(ask_again(x, &x->w.objects[i], err));
    }
    return BK_OK;
}

/* ---- the wait ---- */

static bool is_done(const watching *x) {
    for (size_t i = 0; i < x->w.count; i++) {
        const bk_kube_awaited *a = &x->w.objects[i];
        bk_kube_state s = a->verdict.state;
        if (a->skipped || x->known[i].look) {
            if (a->skipped) continue;
            return false;
        }
        if (x->what == BK_KUBE_FOR_GONE ? s != BK_KUBE_NOT_FOUND : s != BK_KUBE_CURRENT && s != BK_KUBE_FAILED) return false;
    }
    return true;
}

static bk_status watch_on(watching *x, bk_err *err) {
    for (;;) {
        BK_TRY(ask_more(x, err));
        if (x->fatal != BK_OK || is_done(x)) return BK_OK;
        BK_TRY(bk_kube_waiter_turn(&x->w, err));
        if (bk_kube_waiter_late(&x->w)) return BK_OK;
        BK_TRY(bk_kube_pump(x->w.kube, bk_kube_waiter_room(&x->w, TICK_MS), err));
        BK_TRY(move(x, err));
    }
}

/* A line for each that is not as wanted, and the time. */
static bk_status verdicts(watching *x, bk_err *err) {
    bool gone = x->what == BK_KUBE_FOR_GONE;
    bk_buf text;
    bk_buf_init(&text, NULL, BK_LIMIT_ERR);
    for (size_t i = 0; i < x->w.count; i++) {
        const bk_kube_awaited *a = &x->w.objects[i];
        bk_kube_state s = a->verdict.state;
        if (a->skipped || s == (gone ? BK_KUBE_NOT_FOUND : BK_KUBE_CURRENT) || (gone && s == BK_KUBE_UNKNOWN)) continue;
        if (text.n) bk_buf_byte(&text, '\n');
        bk_buf_printf(&text, "resource %.*s/%.*s/%.*s %s. status: %s, message: ", BK_FMT(a->ref.resource->kind),
                      BK_FMT(a->ref.resource->namespaced ? a->ref.namespace_ : BK_S("")), BK_FMT(a->ref.name),
                      gone ? "still exists" : "not ready", bk_kube_state_name(s));
        bk_buf_str(&text, a->verdict.message);
    }
    if (bk_kube_waiter_late(&x->w) && !is_done(x)) bk_buf_c(&text, text.n ? "\ncontext deadline exceeded" : "context deadline exceeded");
    bk_status s = text.n ? bk_err_set_str(err, BK_ERR, bk_buf_view(&text)) : BK_OK;
    bk_buf_release(&text);
    return s;
}

static bk_status outcome(watching *x, bk_err *err) {
    if (x->what != BK_KUBE_FOR_HOOKS_LEGACY) return verdicts(x, err);
    if (x->fatal != BK_OK) {
        bk_err_move(err, &x->failure);
        return x->fatal;
    }
    return is_done(x) ? BK_OK : bk_err_set(err, BK_ERR, "timed out waiting for the condition");
}

static bk_status wait_by_watches(watching *x, bk_err *err) {
    x->failure = BK_ERR_INIT;
    bk_status s = prepare(x, err);
    if (s == BK_OK) bk_kube_onlooker_new(&x->w, &x->onlooker);
    if (s == BK_OK) s = watch_on(x, err);
    if (s == BK_OK) bk_kube_waiter_show(&x->w);
    if (s == BK_OK) s = outcome(x, err);
    bk_kube_onlooker_free(x->onlooker);
    for (size_t i = 0; i < x->group_count; i++) bk_kube_watch_free(x->groups[i].watch);
    bk_err_release(&x->failure);
    return s;
}

static bk_status run(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects, size_t count,
                     bk_kube_wait_for what, int64_t fallback_ms, bk_err *err) {
    watching x = {.what = what, .jobs = options->jobs};
    if (count == 0) return BK_OK;
    bk_kube_waiter_init(&x.w, kube, arena, options, objects, count, fallback_ms);
    return wait_by_watches(&x, err);
}

bk_status bk_kube_wait(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects, size_t count,
                       bk_err *err) {
    if (options->strategy == BK_KUBE_HOOK_ONLY) return BK_OK;
    if (options->strategy == BK_KUBE_WATCHER)
        return run(kube, arena, options, objects, count, BK_KUBE_FOR_READY, BK_KUBE_WAIT_DEFAULT_MS, err);
    bk_kube_waiter w;
    bk_kube_waiter_init(&w, kube, arena, options, objects, count, 0);
    return bk_kube_wait_legacy(&w, err);
}

bk_status bk_kube_wait_hooks(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects, size_t count,
                             bk_err *err) {
    bool legacy = options->strategy == BK_KUBE_LEGACY;
    return run(kube, arena, options, objects, count, legacy ? BK_KUBE_FOR_HOOKS_LEGACY : BK_KUBE_FOR_HOOKS,
               legacy ? 0 : BK_KUBE_WAIT_DEFAULT_MS, err);
}

bk_status bk_kube_wait_gone(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects, size_t count,
                            bk_err *err) {
    if (options->strategy == BK_KUBE_HOOK_ONLY) return BK_OK;
    if (options->strategy == BK_KUBE_WATCHER)
        return run(kube, arena, options, objects, count, BK_KUBE_FOR_GONE, BK_KUBE_WAIT_DEFAULT_MS, err);
    bk_kube_waiter w;
    bk_kube_waiter_init(&w, kube, arena, options, objects, count, 0);
    return bk_kube_wait_gone_legacy(&w, err);
}

bk_status bk_kube_wait_established(bk_kube *kube, bk_arena *arena, const bk_kube_wait_options *options, bk_kube_awaited *objects,
                                   size_t count, bk_err *err) {
    bk_kube_waiter w;
    if (options->strategy != BK_KUBE_LEGACY) return run(kube, arena, options, objects, count, BK_KUBE_FOR_READY, BK_KUBE_ESTABLISH_MS, err);
    bk_kube_waiter_init(&w, kube, arena, options, objects, count, BK_KUBE_ESTABLISH_MS);
    return bk_kube_wait_legacy(&w, err);
}
