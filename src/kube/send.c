/* send.c: requests on their way, several at once, and again where that is safe. */
#include <time.h>

#include "base/num.h"
#include "kube/client_state.h"

#define BROKEN_TRIES 5u
#define PAUSE_MAX_MS 30000u

/* An item under way. */
typedef struct job {
    bk_kube_item *item;
    bk_net_call *call;
    uint64_t ready; /* not before */
    unsigned tries, broken;
    bool renewed;    /* its credentials, after a 401 */
    bool leaderless; /* it was told so once */
    bool done;
} job;

typedef struct batch {
    bk_kube *kube;
    bk_arena *arena;
    job *jobs;
    size_t count, open, in_flight;
    bool changes;      /* one of them does not only read */
    bool cleaning;     /* somebody interrupted before */
    uint64_t patience; /* somebody interrupted: until then answers are awaited; 0: nobody has */
} batch;

/* ---- answers ---- */

static bool is_get(const bk_kube_request *r) { return r->method.n == 0 || bk_str_eq(r->method, BK_S("GET")); }

/* Seconds of Retry-After; -1: there is none. */
static int64_t retry_after(const bk_net_answer *a) {
    uint64_t n;
    bk_str s = bk_net_answer_header(a, "retry-after");
    return s.n && bk_parse_uint(s, 10, &n) == BK_NUM_OK ? (int64_t)(n > 3600 ? 3600 : n) : -1;
}

/* The body may be large, and moves. */
static bk_status keep(bk_arena *arena, bk_net_call *call, const bk_net_answer *from, bk_kube_answer *to, bk_err *err) {
    to->status = from->status;
    bool ok = bk_net_call_take_body(call, arena, &to->body) && bk_arena_dup(arena, bk_net_answer_header(from, "content-type"), &to->type) &&
              bk_arena_dup(arena, bk_net_answer_header(from, "etag"), &to->etag) &&
              bk_arena_dup(arena, bk_net_answer_header(from, "date"), &to->date);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static void again(job *j, uint64_t wait_ms) { j->ready = bk_kube_now() + (wait_ms > PAUSE_MAX_MS ? PAUSE_MAX_MS : wait_ms); }

/* True: the job is tried again. */
static bool retry_answer(batch *b, job *j, const bk_net_answer *a) {
    int64_t after = retry_after(a);
    if (a->status == 401 && !j->renewed && bk_kube_can_renew(b->kube)) {
        bk_err err = BK_ERR_INIT;
        j->renewed = true;
        bool renewed = bk_kube_credentials(b->kube, true, &err) == BK_OK;
        bk_err_release(&err);
        if (renewed) again(j, 0);
        return renewed;
    }
    /* The store had no leader for a moment: nothing has happened. */
    bool leaderless =
        a->status >= 500 && !j->leaderless &&
        (bk_str_contains(a->body, BK_S("etcdserver: leader changed\"")) || bk_str_contains(a->body, BK_S("raft proposal dropped\"")));
    if (leaderless) {
        j->leaderless = true;
        again(j, 0);
        return true;
    }
    bool later = a->status == 429 || (a->status >= 500 && after >= 0);
    if (!later || j->tries > BK_KUBE_RETRIES) return false;
    again(j, after >= 0 ? (uint64_t)after * 1000u : 1000u);
    return true;
}

static bool retry_fault(const job *j, bk_net_fault fault) {
    if (fault != BK_NET_FAULT_BROKEN || j->broken >= BROKEN_TRIES) return false;
    return !bk_net_call_sent(j->call) || is_get(&j->item->request) || j->item->request.repeatable;
}

static void close_job(batch *b, job *j) {
    bk_net_call_free(j->call);
    j->call = NULL;
    b->in_flight--;
}

static void finish(batch *b, job *j) {
    j->done = true;
    b->open--;
}

static void take(batch *b, job *j) {
    bk_kube_item *item = j->item;
    bk_net_answer a;
    bk_err err = BK_ERR_INIT;
    bk_status s = bk_net_call_result(j->call, &a, &err);
    bk_net_fault fault = bk_net_call_fault(j->call);
    item->answer.tries = j->tries;
    if (s != BK_OK && retry_fault(j, fault)) {
        again(j, 100u << j->broken++);
        bk_err_release(&err);
        close_job(b, j);
        return;
    }
    if (s == BK_OK && retry_answer(b, j, &a)) {
        close_job(b, j);
        return;
    }
    if (s != BK_OK && bk_str_eq(bk_err_message(&err), BK_S("unexpected EOF")))
        s = bk_err_wrap(&err, "unexpected error when reading response body. Please retry. Original error");
    if (s == BK_OK) {
        bk_kube_warnings(b->kube, &a);
        s = keep(b->arena, j->call, &a, &item->answer, &err);
        if (s == BK_OK && a.status >= 300 && a.status != 304) s = bk_kube_refused(b->arena, &item->request, &item->answer, &err);
    }
    if (s != BK_OK) bk_err_move(&item->err, &err);
    close_job(b, j);
    finish(b, j);
}

/* ---- sending ---- */

/* `Get "https://…": `, as errors of the network begin. */
static bk_status name_request(const batch *b, const bk_kube_request *r, bk_err *err) {
    char method[16];
    size_t n = 0;
    bk_str name = r->method.n ? r->method : BK_S("GET");
    for (; n < name.n && n < sizeof method; n++) method[n] = (char)(n ? name.p[n] | 0x20 : name.p[n]);
    return bk_err_wrap(err, "%.*s \"%.*s%.*s%s%.*s\"", (int)n, method, BK_FMT(bk_kube_config_of(b->kube)->server), BK_FMT(r->path),
                       r->query.n ? "?" : "", BK_FMT(r->query));
}

static void launch(batch *b, job *j) {
    bk_net_request r;
    bk_err err = BK_ERR_INIT;
    bk_status s = bk_kube_credentials(b->kube, false, &err);
    if (s != BK_OK) s = name_request(b, &j->item->request, &err);
    if (s == BK_OK) s = bk_kube_net_request(b->kube, b->arena, &j->item->request, &r, &err);
    if (s == BK_OK) s = bk_net_start(b->kube->net, &r, &j->call, &err);
    j->tries++;
    if (s == BK_OK) {
        b->in_flight++;
        return;
    }
    bk_err_move(&j->item->err, &err);
    finish(b, j);
}

/* Starts what is ready; *ret_wait is lowered to when the next may be. */
static void launch_ready(batch *b, uint32_t *ret_wait) {
    for (size_t i = 0; i < b->count && b->in_flight < BK_KUBE_AT_ONCE; i++) {
        job *j = &b->jobs[i];
        uint64_t now = bk_kube_now();
        if (j->done || j->call) continue;
        if (j->ready > now) {
            if (j->ready - now < *ret_wait) *ret_wait = (uint32_t)(j->ready - now);
            continue;
        }
        uint32_t turn = bk_kube_take_turn(b->kube);
        if (turn) {
            if (turn < *ret_wait) *ret_wait = turn;
            return;
        }
        launch(b, j);
    }
}

static void pause_ms(uint32_t ms) {
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

static bk_status turn(batch *b, bk_err *err) {
    uint32_t wait = 60000;
    launch_ready(b, &wait);
    if (b->open == 0) return BK_OK;
    if (b->in_flight == 0) {
        pause_ms(wait);
        return BK_OK;
    }
    BK_TRY(bk_net_pump(b->kube->net, wait, err));
    for (size_t i = 0; i < b->count; i++)
        if (b->jobs[i].call && bk_net_call_done(b->jobs[i].call)) take(b, &b->jobs[i]);
    return BK_OK;
}

/* ---- interrupts ---- */

static bool interrupted(const batch *b) {
    const bk_kube_client_options *o = &b->kube->options;
    return o->interrupted && o->interrupted(o->self);
}

/* Somebody wants it to end, and what is not answered yet is given up. */
static bool given_up(batch *b) {
    if (b->cleaning || !interrupted(b)) return false;
    uint64_t now = bk_kube_now();
    if (!b->patience) b->patience = now + (b->changes ? BK_KUBE_GRACE_MS : 0);
    return now >= b->patience;
}

static void begin(batch *b) {
    const bk_kube_client_options *o = &b->kube->options;
    b->cleaning = interrupted(b);
    for (size_t i = 0; i < b->count && !b->changes; i++) b->changes = !is_get(&b->jobs[i].item->request);
    if (b->changes && o->changes) o->changes(o->self);
}

bk_status bk_kube_all(bk_kube *kube, bk_arena *arena, bk_kube_item *items, size_t count, bk_err *err) {
    batch b = {.kube = kube, .arena = arena, .jobs = BK_NEW_ARRAY(arena, job, count + 1), .count = count, .open = count};
    if (!b.jobs) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < count; i++) {
        b.jobs[i].item = &items[i];
        items[i].answer = (bk_kube_answer){.details = bk_nil()};
    }
    bk_status s = BK_OK;
    begin(&b);
    while (s == BK_OK && b.open > 0) s = given_up(&b) ? bk_err_set(err, BK_ERR, "context canceled") : turn(&b, err);
    for (size_t i = 0; i < count; i++) bk_net_call_free(b.jobs[i].call);
    return s;
}

bk_status bk_kube_do(bk_kube *kube, bk_arena *arena, const bk_kube_request *request, bk_kube_answer *ret, bk_err *err) {
    bk_kube_item item = {.request = *request, .err = BK_ERR_INIT};
    bk_status s = bk_kube_all(kube, arena, &item, 1, err);
    *ret = item.answer;
    if (s == BK_OK && item.err.code != BK_OK) {
        s = item.err.code;
        bk_err_move(err, &item.err);
    }
    bk_err_release(&item.err);
    return s;
}

/* ---- streams ---- */

bk_status bk_kube_stream(bk_kube *kube, const bk_kube_request *request, const bk_net_sink *sink, bk_net_call **ret, bk_err *err) {
    bk_arena arena;
    bk_net_request r;
    for (uint32_t wait; (wait = bk_kube_take_turn(kube)) != 0;) pause_ms(wait);
    bk_arena_init(&arena, (size_t)1 << 20);
    bk_status s = bk_kube_credentials(kube, false, err);
    if (s == BK_OK) s = bk_kube_net_request(kube, &arena, request, &r, err);
    if (s == BK_OK) {
        r.sink = sink;
        r.idle_bytes = 0;
        if (!request->cap) r.cap = SIZE_MAX;
        if (!request->time_ms) r.total_ms = BK_NET_FOREVER;
        if (!request->idle_ms) r.idle_ms = BK_NET_FOREVER;
        s = bk_net_start(kube->net, &r, ret, err);
    }
    bk_arena_release(&arena);
    return s;
}

bk_status bk_kube_pump(bk_kube *kube, uint32_t wait_ms, bk_err *err) { return bk_net_pump(kube->net, wait_ms, err); }

bk_status bk_kube_stream_result(bk_kube *kube, bk_net_call *call, bk_err *err) {
    bk_net_answer a;
    bk_arena arena;
    bk_kube_answer answer = {.details = bk_nil()};
    const bk_kube_request request = {0};
    BK_TRY(bk_net_call_result(call, &a, err));
    bk_kube_warnings(kube, &a);
    if (a.status < 300) return BK_OK;
    bk_arena_init(&arena, (size_t)1 << 20);
    bk_status s = keep(&arena, call, &a, &answer, err);
    if (s == BK_OK) s = bk_kube_refused(&arena, &request, &answer, err);
    bk_arena_release(&arena);
    return s;
}
