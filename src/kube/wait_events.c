/* wait_events.c: the last event about each object that is waited for, while somebody looks on. */
#include <stdlib.h>
#include <time.h>

#include "kube/exec.h"
#include "kube/wait_state.h"

#define NAMESPACES 4u
#define TEXT_MAX 200u
#define KEPT_MAX ((size_t)1 << 20)
#define EARLIER_S 60 /* older events are of another day */

struct bk_kube_onlooker {
    bk_kube_waiter *w;
    int64_t began; /* seconds since 1970 */
    bk_arena arena;
    bk_str namespaces[NAMESPACES];
    bk_kube_watch *watches[NAMESPACES];
    size_t count;
};

/* Kinds that have pods made, whose names begin with theirs. */
static bool makes_pods(bk_str kind) {
    static const char *const kinds[] = {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController"};
    for (size_t i = 0; i < BK_COUNT(kinds); i++)
        if (bk_str_eq(kind, bk_str_c(kinds[i]))) return true;
    return false;
}

/* The event's object is this one, or one that was made for it: web-6d4b75cb6d, web-0. */
static bool is_about(const bk_kube_awaited *a, bk_str kind, bk_str name, bk_str space) {
    bk_str own = a->ref.resource->kind;
    if (!bk_str_eq(space, a->ref.namespace_) || !bk_str_starts(name, a->ref.name)) return false;
    if (name.n == a->ref.name.n) return bk_str_eq(kind, own);
    if (!makes_pods(own) || name.p[a->ref.name.n] != '-') return false;
    return bk_str_eq(kind, BK_S("Pod")) || bk_str_eq(kind, BK_S("ReplicaSet")) || bk_str_eq(kind, BK_S("Job"));
}

int64_t bk_kube_event_time(bk_value event) {
    static const char *const fields[] = {"lastTimestamp", "eventTime", "firstTimestamp"};
    int64_t t = 0;
    for (size_t i = 0; i < BK_COUNT(fields); i++)
        if (bk_kube_time(BK_KUBE_TEXT(event, fields[i]), &t)) return t;
    return 0;
}

static bk_status on_event(void *self, bk_kube_event event, bk_value object, bk_err *err) {
    bk_kube_onlooker *o = self;
    bk_str kind = BK_KUBE_TEXT(object, "involvedObject", "kind"), name = BK_KUBE_TEXT(object, "involvedObject", "name");
    bk_str space = BK_KUBE_TEXT(object, "involvedObject", "namespace"), text;
    (void)err;
    if ((event != BK_KUBE_ADDED && event != BK_KUBE_MODIFIED) || bk_kube_event_time(object) < o->began - EARLIER_S) return BK_OK;
    for (size_t i = 0; i < o->w->count; i++) {
        bk_kube_awaited *a = &o->w->objects[i];
        if (!is_about(a, kind, name, space)) continue;
        bk_str reason = bk_str_sub(BK_KUBE_TEXT(object, "reason"), 0, TEXT_MAX);
        bk_str message = bk_str_sub(BK_KUBE_TEXT(object, "message"), 0, TEXT_MAX);
        if (!bk_arena_printf(&o->arena, &text, "%.*s: %.*s", BK_FMT(reason), BK_FMT(message))) return BK_OK;
        a->event = text;
        o->w->changed = true;
    }
    return BK_OK;
}

static bool knows(const bk_kube_onlooker *o, bk_str space) {
    for (size_t i = 0; i < o->count; i++)
        if (bk_str_eq(o->namespaces[i], space)) return true;
    return false;
}

static void look(bk_kube_onlooker *o, bk_str space, bk_err *ignored) {
    bk_buf path;
    bk_buf_init(&path, &o->arena, 4096);
    bk_buf_c(&path, "/api/v1/namespaces");
    if (bk_kube_path(&path, space, ignored) != BK_OK) return;
    bk_buf_c(&path, "/events");
    const bk_kube_watch_options options = {.path = bk_buf_view(&path), .self = o, .event = on_event};
    if (!bk_buf_ok(&path) || bk_kube_watch_new(o->w->kube, &options, &o->watches[o->count], ignored) != BK_OK) return;
    o->namespaces[o->count++] = space;
}

void bk_kube_onlooker_new(bk_kube_waiter *w, bk_kube_onlooker **ret) {
    bk_err ignored = BK_ERR_INIT;
    bk_kube_onlooker *o = w->options->events ? calloc(1, sizeof *o) : NULL;
    *ret = o;
    if (!o) return;
    o->w = w;
    o->began = (int64_t)time(NULL);
    bk_arena_init(&o->arena, KEPT_MAX);
    for (size_t i = 0; i < w->count && o->count < NAMESPACES; i++) {
        bk_str space = w->objects[i].ref.namespace_;
        if (space.n && !knows(o, space)) look(o, space, &ignored);
        bk_err_release(&ignored);
    }
}

/* A watch that the server refuses ends: nobody needs it. */
void bk_kube_onlooker_move(bk_kube_onlooker *o) {
    bk_err ignored = BK_ERR_INIT;
    for (size_t i = 0; i < o->count; i++) {
        if (!o->watches[i] || bk_kube_watch_move(o->watches[i], &ignored) == BK_OK) continue;
        bk_kube_watch_free(o->watches[i]);
        o->watches[i] = NULL;
        bk_err_release(&ignored);
    }
}

void bk_kube_onlooker_free(bk_kube_onlooker *o) {
    if (!o) return;
    for (size_t i = 0; i < o->count; i++) bk_kube_watch_free(o->watches[i]);
    for (size_t i = 0; i < o->w->count; i++) o->w->objects[i].event = BK_S("");
    bk_arena_release(&o->arena);
    free(o);
}
