/* WASI without files: arguments, environment, clocks, random numbers, waiting, the end. */
#include "plugin/wasi.h"

#include <stdlib.h>
#include <time.h>

#include "guard/handlers.h"
#include "plugin/wasi_state.h"

/* In one call; a guest that wants more asks again. */
#define RANDOM_MAX ((uint64_t)1 << 20)
#define SUBSCRIPTIONS 256u
#define STRINGS_MAX ((uint64_t)16 << 20) /* of arguments or environment */

enum { CLOCK_REAL, CLOCK_MONO };

/* ---- the guest's memory ---- */

void bk_wasi_put16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

void bk_wasi_put32(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (8 * i));
}

void bk_wasi_put64(uint8_t *p, uint64_t v) {
    for (unsigned i = 0; i < 8; i++) p[i] = (uint8_t)(v >> (8 * i));
}

uint32_t bk_wasi_get32(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

uint64_t bk_wasi_get64(const uint8_t *p) { return bk_wasi_get32(p) | (uint64_t)bk_wasi_get32(p + 4) << 32; }

bk_wasi_errno bk_wasi_store32(bk_foreign_run *run, uint64_t at, uint32_t v) {
    uint8_t *p = bk_foreign_range(run, at, 4);
    if (!p) return BK_WASI_EFAULT;
    bk_wasi_put32(p, v);
    return BK_WASI_OK;
}

bk_wasi_errno bk_wasi_store64(bk_foreign_run *run, uint64_t at, uint64_t v) {
    uint8_t *p = bk_foreign_range(run, at, 8);
    if (!p) return BK_WASI_EFAULT;
    bk_wasi_put64(p, v);
    return BK_WASI_OK;
}

/* ---- life ---- */

static uint64_t realtime(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bk_status bk_wasi_new(const bk_wasi_world *world, const bk_wasi_limits *limits, bk_wasi **ret, bk_err *err) {
    bk_wasi *w = calloc(1, sizeof *w);
    if (!w) return bk_err_nomem(err);
    w->world = world;
    w->limits = *limits;
    w->fds[0] = (bk_wasi_fd){.kind = BK_WASI_STDIN, .can_read = true};
    w->fds[1] = (bk_wasi_fd){.kind = BK_WASI_STDOUT, .can_write = true};
    w->fds[2] = (bk_wasi_fd){.kind = BK_WASI_STDERR, .can_write = true};
    if (world->tempdir) {
        bk_status status = bk_wasi_tape_files(w, world->clock_fixed ? world->clock_ns : realtime(), err);
        if (status == BK_OK) w->has_tree = bk_tree_init(&w->tree, limits->tree_bytes, (size_t)limits->tree_nodes, w->files_ns);
        if (!w->has_tree) {
            free(w);
            return status != BK_OK ? status : bk_err_nomem(err);
        }
        bk_tree_hold(w->tree.root);
        w->fds[BK_WASI_TMP] = (bk_wasi_fd){.kind = BK_WASI_DIR, .node = w->tree.root, .can_read = true, .can_write = true};
    }
    *ret = w;
    return BK_OK;
}

void bk_wasi_free(bk_wasi *wasi) {
    if (!wasi) return;
    for (size_t i = 0; i < BK_WASI_FDS; i++)
        if (wasi->fds[i].kind != BK_WASI_CLOSED) bk_wasi_drop(wasi, &wasi->fds[i]);
    if (wasi->has_tree) bk_tree_release(&wasi->tree);
    free(wasi);
}

static const struct {
    const char *name, *type;
    bk_foreign_fn fn;
} functions[] = {
#define BK_WASI(name, type) {#name, type, bk_wasi_##name},
#include "plugin/wasi.def"
#undef BK_WASI
};

bool bk_wasi_import(bk_wasi *wasi, bk_str name, bk_foreign_import_def *ret) {
    for (size_t i = 0; i < BK_COUNT(functions); i++) {
        if (!bk_str_eq(name, bk_str_c(functions[i].name))) continue;
        *ret = (bk_foreign_import_def){functions[i].fn, wasi, functions[i].type};
        return true;
    }
    return false;
}

/* ---- arguments and environment ---- */

/* The two sizes of a list of strings: how many, and their bytes with the NULs. */
static bool sizes(bk_foreign_run *run, const bk_str *list, size_t n, uint64_t *args) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < n; i++) bytes += list[i].n + 1;
    if (n > UINT32_MAX / 8 || bytes > STRINGS_MAX) return bk_wasi_answer(args, BK_WASI_ENOMEM);
    bk_wasi_errno e = bk_wasi_store32(run, args[0], (uint32_t)n);
    if (e == BK_WASI_OK) e = bk_wasi_store32(run, args[1], (uint32_t)bytes);
    return bk_wasi_answer(args, e);
}

/* Pointers at args[0], the strings themselves from args[1] on. */
static bool strings(bk_foreign_run *run, const bk_str *list, size_t n, uint64_t *args) {
    uint64_t pointers = args[0], at = args[1];
    for (size_t i = 0; i < n; i++) {
        uint8_t *to = bk_foreign_range(run, at, list[i].n + 1);
        if (!to || bk_wasi_store32(run, pointers + 4 * i, (uint32_t)at) != BK_WASI_OK) return bk_wasi_answer(args, BK_WASI_EFAULT);
        if (list[i].n) memcpy(to, list[i].p, list[i].n);
        to[list[i].n] = 0;
        at += list[i].n + 1;
    }
    return bk_wasi_answer(args, BK_WASI_OK);
}

bool bk_wasi_args_sizes_get(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_wasi_world *w = ((bk_wasi *)self)->world;
    return sizes(run, w->args, w->arg_count, args);
}

bool bk_wasi_args_get(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_wasi_world *w = ((bk_wasi *)self)->world;
    return strings(run, w->args, w->arg_count, args);
}

bool bk_wasi_environ_sizes_get(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_wasi_world *w = ((bk_wasi *)self)->world;
    return sizes(run, w->env, w->env_count, args);
}

bool bk_wasi_environ_get(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_wasi_world *w = ((bk_wasi *)self)->world;
    return strings(run, w->env, w->env_count, args);
}

/* ---- clocks ---- */

/* False: the run is to end. */
static bool sense(bk_wasi *wasi, bk_foreign_run *run, bool random) {
    bool *allowed = random ? &wasi->random_allowed : &wasi->clock_allowed;
    bk_err err = BK_ERR_INIT;
    if (*allowed || !wasi->world->sense) return true;
    if (wasi->world->sense(wasi->world->sense_self, random, &err) != BK_OK) return bk_foreign_stop_err(run, &err);
    *allowed = true;
    return true;
}

static uint64_t real_now(const bk_wasi *wasi, const bk_foreign_run *run) {
    return wasi->world->clock_fixed ? wasi->world->clock_ns + bk_foreign_elapsed(run) : realtime();
}

uint64_t bk_wasi_realtime(bk_wasi *wasi, const bk_foreign_run *run) {
    return wasi->world->tape ? wasi->files_ns += 1000 : real_now(wasi, run);
}

/* The monotonic clock begins with the run, not with the machine; never at 0, which some runtimes take for a broken clock. */
static bool clock_now(const bk_wasi *wasi, const bk_foreign_run *run, uint64_t id, uint64_t *ret) {
    if (id == CLOCK_REAL) *ret = real_now(wasi, run);
    else if (id == CLOCK_MONO) *ret = bk_foreign_elapsed(run) + 1000000000u;
    else return false;
    return true;
}

bool bk_wasi_clock_res_get(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)self;
    if (args[0] != CLOCK_REAL && args[0] != CLOCK_MONO) return bk_wasi_answer(args, BK_WASI_EINVAL);
    return bk_wasi_answer(args, bk_wasi_store64(run, args[1], args[0] == CLOCK_REAL ? 1000 : 1));
}

bool bk_wasi_clock_time_get(bk_foreign_run *run, void *self, uint64_t *args) {
    static const char what[] = "the time";
    const bk_str id = bk_str_of(args[0] == CLOCK_REAL ? "real" : "mono", 4);
    uint64_t now;
    uint8_t bytes[8];
    bool given;
    bk_str kept;
    bk_err err = BK_ERR_INIT;
    if (!sense(self, run, false)) return false;
    if (!clock_now(self, run, args[0], &now)) return bk_wasi_answer(args, BK_WASI_EINVAL);
    if (!bk_wasi_tape_ask(self, run, what, id, &given, &kept)) return false;
    if (given && kept.n == sizeof bytes) now = bk_wasi_get64((const uint8_t *)kept.p);
    bk_wasi_put64(bytes, now);
    if (!given && !bk_wasi_tape_keep(self, run, what, id, BK_OK, bk_str_of((const char *)bytes, sizeof bytes), &err)) return false;
    return bk_wasi_answer(args, bk_wasi_store64(run, args[2], now));
}

/* ---- random numbers ---- */

bool bk_wasi_random_get(bk_foreign_run *run, void *self, uint64_t *args) {
    if (!sense(self, run, true)) return false;
    if (args[1] > RANDOM_MAX) return bk_wasi_answer(args, BK_WASI_EINVAL);
    uint8_t *to = bk_foreign_range(run, args[0], args[1]);
    if (!to) return bk_wasi_answer(args, BK_WASI_EFAULT);
    static const char what[] = "random numbers";
    uint8_t size[4];
    bool given;
    bk_str kept;
    bk_err err = BK_ERR_INIT;
    bk_wasi_put32(size, (uint32_t)args[1]);
    const bk_str request = bk_str_of((const char *)size, sizeof size);
    if (!bk_wasi_tape_ask(self, run, what, request, &given, &kept)) return false;
    if (given && kept.n == args[1]) {
        if (kept.n) memcpy(to, kept.p, kept.n);
        return bk_wasi_answer(args, BK_WASI_OK);
    }
    bk_status status = bk_entropy(to, (size_t)args[1], &err);
    if (!bk_wasi_tape_keep(self, run, what, request, status, bk_str_of((const char *)to, (size_t)args[1]), &err)) return false;
    return bk_wasi_answer(args, BK_WASI_OK);
}

/* ---- waiting ---- */

/* A subscription: 48 bytes in, 32 bytes of event out. */
enum { SUB_SIZE = 48, EVENT_SIZE = 32, SUB_CLOCK = 0, SUB_READ = 1, SUB_WRITE = 2, SUB_ABSTIME = 1 };

typedef struct waiting {
    uint64_t shortest; /* ns until the first clock, UINT64_MAX: none */
    bool immediate;    /* something is ready already, or in error */
    bool stdin_;       /* waits for standard input */
} waiting;

static uint64_t clock_left(const bk_wasi *wasi, const bk_foreign_run *run, const uint8_t *sub, bool *ret_bad) {
    uint64_t now, timeout = bk_wasi_get64(sub + 24);
    *ret_bad = !clock_now(wasi, run, bk_wasi_get32(sub + 16), &now);
    if (*ret_bad) return 0;
    if (!(sub[40] & SUB_ABSTIME)) return timeout;
    return timeout > now ? timeout - now : 0;
}

/* The state of one descriptor: BADF, or ready unless it is standard input that can be waited for. */
static bk_wasi_errno fd_state(bk_wasi *wasi, const uint8_t *sub, bool *ret_stdin) {
    const bk_wasi_fd *fd = bk_wasi_fd_get(wasi, bk_wasi_get32(sub + 16));
    *ret_stdin = fd && sub[8] == SUB_READ && fd->kind == BK_WASI_STDIN && wasi->world->in.wait;
    return fd ? BK_WASI_OK : BK_WASI_EBADF;
}

static void survey(bk_wasi *wasi, bk_foreign_run *run, const uint8_t *subs, size_t n, waiting *w) {
    *w = (waiting){.shortest = UINT64_MAX};
    for (size_t i = 0; i < n; i++) {
        const uint8_t *sub = subs + i * SUB_SIZE;
        bool bad = false, on_stdin = false;
        if (sub[8] == SUB_CLOCK) {
            uint64_t left = clock_left(wasi, run, sub, &bad);
            if (!bad && left < w->shortest) w->shortest = left;
            w->immediate |= bad;
        } else {
            fd_state(wasi, sub, &on_stdin);
            w->stdin_ |= on_stdin;
            w->immediate |= !on_stdin;
        }
    }
}

/* Sleeps, but not beyond the deadline: then the watchdog has the word. */
static void sleep_for(const bk_foreign_run *run, uint64_t ns) {
    uint32_t left = bk_foreign_time_left(run, false);
    uint64_t most = left == UINT32_MAX ? UINT64_MAX : ((uint64_t)left + 2) * 1000000u;
    if (ns > most) ns = most;
    if (ns > (uint64_t)3600 * 1000000000u) ns = (uint64_t)3600 * 1000000000u;
    struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    nanosleep(&t, NULL);
}

static bk_status wait_stdin(const bk_wasi *wasi, bk_foreign_run *run, uint64_t ns, bool *ret_ready, bk_err *err) {
    const bk_wasi_stream *in = &wasi->world->in;
    uint32_t left = in->terminal ? UINT32_MAX : bk_foreign_time_left(run, true);
    uint64_t ms = ns == UINT64_MAX ? UINT64_MAX : ns / 1000000u + 1;
    if (ms < left) left = (uint32_t)ms;
    bk_foreign_wait_begin(run, in->terminal);
    bk_status status = in->wait(in->self, left, ret_ready, err);
    bk_foreign_wait_end(run);
    return status;
}

static uint32_t report(bk_wasi *wasi, const uint8_t *subs, size_t n, const waiting *w, bool input, uint8_t *events) {
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *sub = subs + i * SUB_SIZE;
        bk_wasi_errno e = BK_WASI_OK;
        bool ready, on_stdin = false;
        if (sub[8] == SUB_CLOCK) {
            uint32_t id = bk_wasi_get32(sub + 16);
            if (id != CLOCK_REAL && id != CLOCK_MONO) e = BK_WASI_EINVAL;
            /* All clocks of the same, earliest time; the others are asked for again. */
            ready = e != BK_WASI_OK || (!w->immediate && !input && ((sub[40] & SUB_ABSTIME) || bk_wasi_get64(sub + 24) <= w->shortest));
        } else {
            e = fd_state(wasi, sub, &on_stdin);
            ready = !on_stdin || input;
        }
        if (!ready) continue;
        uint8_t *event = events + (size_t)count++ * EVENT_SIZE;
        memset(event, 0, EVENT_SIZE);
        memcpy(event, sub, 8);
        bk_wasi_put16(event + 8, (uint16_t)e);
        event[10] = sub[8];
        if (sub[8] != SUB_CLOCK) bk_wasi_put64(event + 16, 1);
    }
    return count;
}

static bk_status wait_for(bk_wasi *wasi, bk_foreign_run *run, const uint8_t *subs, size_t n, uint8_t *events, uint32_t *ret_count,
                          bk_err *err) {
    waiting w;
    bool input = false;
    survey(wasi, run, subs, n, &w);
    if (w.stdin_) {
        bk_status status = wait_stdin(wasi, run, w.immediate ? 0 : w.shortest, &input, err);
        if (status == BK_ERR_TIMEOUT) bk_err_release(err);
        else if (status != BK_OK) return status;
    } else if (!w.immediate) {
        sleep_for(run, w.shortest);
    }
    *ret_count = report(wasi, subs, n, &w, input, events);
    return BK_OK;
}

bool bk_wasi_poll_oneoff(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi *wasi = self;
    uint64_t n = args[2];
    if (n == 0 || n > SUBSCRIPTIONS) return bk_wasi_answer(args, BK_WASI_EINVAL);
    const uint8_t *from = bk_foreign_range(run, args[0], n * SUB_SIZE);
    uint8_t *events = bk_foreign_range(run, args[1], n * EVENT_SIZE);
    if (!from || !events || !bk_foreign_range(run, args[3], 4)) return bk_wasi_answer(args, BK_WASI_EFAULT);
    /* Events may be written over subscriptions, so those are copied first. */
    uint8_t subs[SUBSCRIPTIONS * SUB_SIZE];
    memcpy(subs, from, (size_t)n * SUB_SIZE);
    for (size_t i = 0; i < n; i++)
        if (subs[i * SUB_SIZE + 8] > SUB_WRITE) return bk_wasi_answer(args, BK_WASI_EINVAL);
    /* An absolute time tells what time it is. */
    for (size_t i = 0; i < n; i++)
        if (subs[i * SUB_SIZE + 8] == SUB_CLOCK && (subs[i * SUB_SIZE + 40] & SUB_ABSTIME) && !sense(wasi, run, false)) return false;
    static const char what[] = "a wait";
    const bk_str request = bk_str_of((const char *)subs, (size_t)n * SUB_SIZE);
    uint32_t count = 0;
    bool given;
    bk_str kept;
    bk_err err = BK_ERR_INIT;
    if (!bk_wasi_tape_ask(wasi, run, what, request, &given, &kept)) return false;
    if (given && kept.n <= n * EVENT_SIZE) {
        count = (uint32_t)(kept.n / EVENT_SIZE);
        if (count) memcpy(events, kept.p, (size_t)count * EVENT_SIZE);
    } else {
        bk_status status = wait_for(wasi, run, subs, (size_t)n, events, &count, &err);
        if (!bk_wasi_tape_keep(wasi, run, what, request, status, bk_str_of((const char *)events, (size_t)count * EVENT_SIZE), &err))
            return false;
    }
    return bk_wasi_answer(args, bk_wasi_store32(run, args[3], count));
}

bool bk_wasi_sched_yield(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)run;
    (void)self;
    return bk_wasi_answer(args, BK_WASI_OK);
}

/* ---- the end, and what there is not ---- */

bool bk_wasi_proc_exit(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)self;
    return bk_foreign_stop_exit(run, (uint32_t)args[0]);
}

#define REFUSED(name, errno_) \
    bool bk_wasi_##name(bk_foreign_run *run, void *self, uint64_t *args) { \
        (void)run; \
        (void)self; \
        return bk_wasi_answer(args, errno_); \
    }

REFUSED(proc_raise, BK_WASI_ENOTSUP)
REFUSED(sock_accept, BK_WASI_ENOTSUP)
REFUSED(sock_recv, BK_WASI_ENOTSUP)
REFUSED(sock_send, BK_WASI_ENOTSUP)
REFUSED(sock_shutdown, BK_WASI_ENOTSUP)
/* Links would be names for the same thing, and there is nothing they are needed for. */
REFUSED(path_link, BK_WASI_ENOTSUP)
REFUSED(path_symlink, BK_WASI_ENOTSUP)
REFUSED(path_readlink, BK_WASI_EINVAL)
