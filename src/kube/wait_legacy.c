/* wait_legacy.c: the strategy `legacy`: each object is asked for every two seconds, one after the other. */
#include <time.h>

#include "kube/client_state.h"
#include "kube/wait_state.h"

#define ROUND_MS 2000u
#define RETRIES 30u

/* What one look at an object told. */
typedef struct look {
    bool ready;
    unsigned status; /* of the answer; 0: none came */
} look;

static bk_status read(bk_kube_waiter *w, bk_arena *arena, const bk_kube_ref *ref, look *l, bk_value *ret, bk_err *err) {
    bk_kube_request request;
    bk_kube_answer answer = {0};
    BK_TRY(bk_kube_get_request(arena, ref, &request, err));
    bk_status s = bk_kube_do(w->kube, arena, &request, &answer, err);
    l->status = answer.status;
    return s == BK_OK ? bk_kube_json(arena, &answer, ret, err) : s;
}

static bk_status read_others(bk_kube_waiter *w, bk_arena *arena, const bk_kube_awaited *a, bk_kube_need need, bk_value object,
                             bk_value *ret, bk_err *err) {
    static const bk_kube_resource pods = {.version = BK_S("v1"), .kind = BK_S("Pod"), .plural = BK_S("pods"), .namespaced = true};
    static const bk_kube_resource sets = {
        .group = BK_S("apps"), .version = BK_S("v1"), .kind = BK_S("ReplicaSet"), .plural = BK_S("replicasets"), .namespaced = true};
    bk_kube_selection selection = {0};
    bk_kube_ref ref = {.resource = need == BK_KUBE_NEED_PODS ? &pods : &sets, .namespace_ = a->ref.namespace_};
    bk_value own = need == BK_KUBE_NEED_PODS && bk_is_nil(a->object) == false ? a->object : object;
    if (need != BK_KUBE_NEED_PODS && need != BK_KUBE_NEED_REPLICA_SETS) return BK_OK;
    BK_TRY(bk_kube_selector(arena, own, &selection.labels, err));
    return bk_kube_list(w->kube, arena, &ref, &selection, ret, err);
}

static bk_str version_of(const bk_kube_awaited *a, char *room, size_t n) {
    const bk_kube_resource *r = a->ref.resource;
    bk_buf text;
    bk_arena arena;
    bk_arena_init(&arena, 4096);
    bk_buf_init(&text, &arena, n);
    if (r->group.n) {
        bk_buf_str(&text, r->group);
        bk_buf_byte(&text, '/');
    }
    bk_buf_str(&text, r->version);
    size_t len = bk_buf_ok(&text) ? text.n : 0;
    if (len) memcpy(room, text.p, len);
    bk_arena_release(&arena);
    return bk_str_of(room, len);
}

static bk_status check(bk_kube_waiter *w, bk_arena *arena, bk_kube_awaited *a, look *l, bk_err *err) {
    char room[512];
    bool jobs = w->options->jobs;
    bk_kube_need need = bk_kube_legacy_need(version_of(a, room, sizeof room), a->ref.resource->kind, jobs);
    bk_value object = bk_nil(), others = bk_list(NULL, 0);
    l->ready = true;
    if (need == BK_KUBE_NEED_NOTHING) return BK_OK;
    l->ready = false;
    BK_TRY(read(w, arena, &a->ref, l, &object, err));
    a->seen = true;
    bk_kube_time(BK_KUBE_TEXT(object, "metadata", "creationTimestamp"), &a->created);
    BK_TRY(read_others(w, arena, a, need, object, &others, err));
    BK_TRY(bk_kube_legacy_ready(arena, object, others, &l->ready, err));
    /* For people: what the other rules say of it. */
    bk_kube_verdict v = {0};
    bk_err ignored = BK_ERR_INIT;
    bk_status s = bk_kube_status(arena, object, (int64_t)time(NULL), &v, &ignored);
    bk_err_release(&ignored);
    if (s != BK_OK || (!l->ready && v.state == BK_KUBE_CURRENT)) v = (bk_kube_verdict){BK_KUBE_IN_PROGRESS, BK_S("not ready yet")};
    return l->ready ? BK_OK : bk_kube_waiter_set(w, a, v, err);
}

/* Worth another try: no answer at all, too many requests, or the server's own trouble. A verdict on the object that is an error counts as one too. */
static bool may_retry(bk_status s, const look *l) {
    if (s == BK_OK || s == BK_ERR_NOMEM) return false;
    return l->status < 300 || l->status == 429 || (l->status >= 500 && l->status != 501);
}

/* Waits, with the callbacks in between. *ret_late: the time is up. */
static bk_status pause(bk_kube_waiter *w, bool *ret_late, bk_err *err) {
    uint64_t until = bk_kube_now() + ROUND_MS;
    *ret_late = false;
    for (;;) {
        BK_TRY(bk_kube_waiter_turn(w, err));
        uint64_t now = bk_kube_now();
        if (bk_kube_waiter_late(w)) {
            *ret_late = true;
            return BK_OK;
        }
        if (now >= until) return BK_OK;
        uint32_t ms = bk_kube_waiter_room(w, (uint32_t)(until - now));
        struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
        nanosleep(&t, NULL);
    }
}

/* One round: stops at the first that is not ready. `tries` counts failures of each in a row. */
static bk_status round_of(bk_kube_waiter *w, uint8_t *tries, bool *ret_ready, bk_err *err) {
    *ret_ready = false;
    for (size_t i = 0; i < w->count; i++) {
        bk_kube_awaited *a = &w->objects[i];
        look l = {0};
        bk_arena arena;
        bk_arena_init(&arena, (size_t)1 << 30);
        bk_status s = check(w, &arena, a, &l, err);
        bk_arena_release(&arena);
        if (may_retry(s, &l)) {
            if (++tries[i] > RETRIES) return s;
            bk_err_release(err);
            return BK_OK;
        }
        tries[i] = 0;
        BK_TRY(s);
        if (!l.ready) return BK_OK;
        BK_TRY(bk_kube_waiter_set(w, a, (bk_kube_verdict){BK_KUBE_CURRENT, BK_S("ready")}, err));
    }
    *ret_ready = true;
    return BK_OK;
}

bk_status bk_kube_wait_legacy(bk_kube_waiter *w, bk_err *err) {
    uint8_t *tries = BK_NEW_ARRAY(w->arena, uint8_t, w->count + 1);
    bool ready = false, late = false;
    if (!tries) return bk_arena_fail(w->arena, err);
    while (!ready) {
        BK_TRY(round_of(w, tries, &ready, err));
        if (!ready) BK_TRY(pause(w, &late, err));
        if (late) {
            bk_kube_waiter_show(w);
            return bk_kube_waiter_expired(err);
        }
    }
    bk_kube_waiter_show(w);
    return BK_OK;
}

/* *ret_gone: none is there any more. */
static bk_status gone_round(bk_kube_waiter *w, bool *ret_gone, bk_err *err) {
    for (size_t i = 0; i < w->count; i++) {
        bk_kube_awaited *a = &w->objects[i];
        look l = {0};
        bk_value object = bk_nil();
        bk_arena arena;
        *ret_gone = false;
        bk_arena_init(&arena, (size_t)1 << 30);
        bk_status s = read(w, &arena, &a->ref, &l, &object, err);
        bk_arena_release(&arena);
        if (s == BK_OK)
            return bk_kube_waiter_set(w, a, (bk_kube_verdict){BK_KUBE_TERMINATING, BK_S("Resource scheduled for deletion")}, err);
        if (l.status != 404) return s;
        bk_err_release(err);
        BK_TRY(bk_kube_waiter_set(w, a, (bk_kube_verdict){BK_KUBE_NOT_FOUND, BK_S("Resource not found")}, err));
    }
    *ret_gone = true;
    return BK_OK;
}

bk_status bk_kube_wait_gone_legacy(bk_kube_waiter *w, bk_err *err) {
    bool gone = w->count == 0, late = false;
    while (!gone) {
        BK_TRY(gone_round(w, &gone, err));
        if (!gone) BK_TRY(pause(w, &late, err));
        if (late) {
            bk_kube_waiter_show(w);
            return bk_kube_waiter_expired(err);
        }
    }
    bk_kube_waiter_show(w);
    return BK_OK;
}
