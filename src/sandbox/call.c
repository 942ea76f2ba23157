#define _GNU_SOURCE
#include "sandbox/call.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <time.h>
#include <unistd.h>

#include "base/boundary.h"
#include "base/limits.h"
#include "base/num.h"
#include "sandbox/config.h"
#include "sandbox/deadline.h"
#include "sandbox/memory.h"
#include "sandbox/output.h"
#include "sandbox/runtime.h"

/* The guest's share is bounded by the configuration; the rest is for the handlers of effects, which run on top of it. */
#define THREAD_STACK (BK_SANDBOX_WASM_STACK + ((size_t)16 << 20))
/* A buffer of answers that is larger is given back when the answer was taken. */
#define KEPT_ANSWER ((size_t)64 << 10)
/* Pages of new memory that are written at once are asked for in one call from so many bytes on. */
#define MANY_PAGES ((size_t)64 << 10)

/* Why a compartment was stopped, other than by a trap of its own. */
typedef enum stop {
    STOP_NONE,
    STOP_RULE,
    STOP_TIME,
    STOP_OUTPUT,
    STOP_NOMEM, /* the host's memory */
} stop;

typedef struct call {
    bk_sandbox_module *module;
    uint32_t op;
    bk_str request;
    bk_sandbox_limits limits;
    const bk_sandbox_host *host;
    bk_buf *output;
    size_t output_max; /* what output->n may come to */
    bk_err *err;
    bk_status status;

    wasmtime_memory_t memory;
    bool has_memory;        /* it is known yet */
    bk_stoppable stoppable; /* the limits of time */
    bk_str pending;         /* what take copies: the request of the call, later a view of `answer` */
    bool has_pending;
    bk_buf copy;   /* the request of an effect */
    bk_buf answer; /* status and payload */
    stop stop;
    const char *rule; /* STOP_RULE: which */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
} call;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint32_t bk_sandbox_time_left(void) {
    if (bk_sandbox_thread_deadline == UINT64_MAX) return UINT32_MAX;
    uint64_t now = now_ns();
    if (now >= bk_sandbox_thread_deadline) return 0;
    uint64_t ms = (bk_sandbox_thread_deadline - now) / 1000000u;
    return ms >= UINT32_MAX ? UINT32_MAX - 1 : (uint32_t)ms;
}

/* ---- the imports ---- */

static wasm_trap_t *halt(call *c, stop why, const char *rule) {
    c->stop = why;
    c->rule = rule;
    return wasmtime_trap_new("stopped", 7);
}

static call *call_of(wasmtime_caller_t *caller) { return wasmtime_context_get_data(wasmtime_caller_context(caller)); }

/* Base of [at, at + n) in the guest's memory, whose base and size are asked for anew each time, because growth moves them. NULL: beyond it. */
static uint8_t *range(call *c, wasmtime_caller_t *caller, uint32_t at, uint32_t n) {
    wasmtime_context_t *context = wasmtime_caller_context(caller);
    if (!c->has_memory) return NULL;
    size_t size = wasmtime_memory_data_size(context, &c->memory);
    if (at > size || n > size - at) return NULL;
    return wasmtime_memory_data(context, &c->memory) + at;
}

static const char beyond[] = "an address beyond its memory";

/* Runs the handler on the host's copy of the request and leaves status and payload pending. */
static wasm_trap_t *perform(call *c, uint32_t op) {
    bk_err err = BK_ERR_INIT;
    size_t cap = bk_effect_caps_of((bk_effect)op).answer;
    c->answer.max = cap + 1;
    bk_buf_byte(&c->answer, BK_OK);
    bk_status status = c->host->effect(c->host->self, op, bk_buf_view(&c->copy), &c->answer, &err);
    /* The size is looked at again: a buffer that was larger once takes more than its cap without noticing. */
    if (status == BK_OK && (c->answer.status == BK_ERR_LIMIT || c->answer.n > cap + 1))
        status = bk_err_set(&err, BK_ERR_LIMIT, "quota of the effect %s: an answer of more than %zu bytes", bk_effect_name(op), cap);
    if (status != BK_OK) {
        bk_buf_reset(&c->answer);
        c->answer.max = BK_LIMIT_ERR + 1;
        bk_buf_byte(&c->answer, (char)status);
        bk_buf_str(&c->answer, bk_err_message(&err));
    }
    bk_err_release(&err);
    if (!bk_buf_ok(&c->answer)) return halt(c, STOP_NOMEM, NULL);
    c->pending = bk_buf_view(&c->answer);
    c->has_pending = true;
    return NULL;
}

wasm_trap_t *bk_sandbox_import_effect(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *args, size_t count) {
    (void)env;
    (void)count;
    call *c = call_of(caller);
    uint32_t op = (uint32_t)args[0].i32, at = (uint32_t)args[1].i32, n = (uint32_t)args[2].i32;
    if (op >= BK_EFFECT_COUNT) return halt(c, STOP_RULE, "an unknown effect");
    if (n > bk_effect_caps_of((bk_effect)op).request) return halt(c, STOP_RULE, "a request beyond the effect's limit");
    const uint8_t *from = range(c, caller, at, n);
    if (!from) return halt(c, STOP_RULE, beyond);
    c->has_pending = false;
    bk_buf_reset(&c->answer);
    bk_buf_reset(&c->copy);
    bk_buf_bytes(&c->copy, (const char *)from, n);
    if (!bk_buf_ok(&c->copy)) return halt(c, STOP_NOMEM, NULL);
    /* Nothing interrupts the host, so the clock is read on both sides of it. */
    if (bk_stoppable_is_late(&c->stoppable)) return halt(c, STOP_TIME, NULL);
    wasm_trap_t *trap = perform(c, op);
    if (!trap && bk_stoppable_is_late(&c->stoppable)) return halt(c, STOP_TIME, NULL);
    args[0].i32 = (int32_t)c->pending.n;
    return trap;
}

wasm_trap_t *bk_sandbox_import_take(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *args, size_t count) {
    (void)env;
    (void)count;
    call *c = call_of(caller);
    uint32_t at = (uint32_t)args[0].i32, n = (uint32_t)args[1].i32;
    if (!c->has_pending) return halt(c, STOP_RULE, "a take with nothing pending");
    if (atomic_load(&c->stoppable.late)) return halt(c, STOP_TIME, NULL);
    if (n != c->pending.n) return halt(c, STOP_RULE, "a take of another length than what is pending");
    uint8_t *to = range(c, caller, at, n);
    if (!to) return halt(c, STOP_RULE, beyond);
    bk_sandbox_memory_expect(to - at, n);
    if (n) memcpy(to, c->pending.p, n);
    c->has_pending = false;
    /* An archive, say: one copy of it is enough. */
    if (c->answer.cap > KEPT_ANSWER) bk_buf_release(&c->answer);
    return NULL;
}

/* Asks for the pages of memory that is about to be written for the first time. */
static void populate(void *p, size_t n) {
#ifdef MADV_POPULATE_WRITE
    const size_t before = (uintptr_t)p % (size_t)sysconf(_SC_PAGESIZE);
    madvise((char *)p - before, n + before, MADV_POPULATE_WRITE); /* a wish */
#else
    (void)p;
    (void)n;
#endif
}

wasm_trap_t *bk_sandbox_import_emit(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *args, size_t count) {
    (void)env;
    (void)count;
    call *c = call_of(caller);
    uint32_t at = (uint32_t)args[0].i32, n = (uint32_t)args[1].i32;
    const uint8_t *from = range(c, caller, at, n);
    if (!from) return halt(c, STOP_RULE, beyond);
    if (atomic_load(&c->stoppable.late)) return halt(c, STOP_TIME, NULL);
    if (n > c->output_max - c->output->n) return halt(c, STOP_OUTPUT, NULL);
    char *to = bk_buf_reserve(c->output, n);
    if (to && n >= MANY_PAGES) populate(to, n);
    bk_buf_bytes(c->output, (const char *)from, n);
    return bk_buf_ok(c->output) ? NULL : halt(c, STOP_NOMEM, NULL);
}

/* ---- what ended it ---- */

static const char *trap_name(wasmtime_trap_code_t code) {
    switch (code) {
    case WASMTIME_TRAP_CODE_STACK_OVERFLOW: return "stack overflow";
    case WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS: return "out-of-bounds memory access";
    case WASMTIME_TRAP_CODE_HEAP_MISALIGNED: return "misaligned memory access";
    case WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS: return "out-of-bounds table access";
    case WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL: return "indirect call to null";
    case WASMTIME_TRAP_CODE_BAD_SIGNATURE: return "indirect call with a wrong signature";
    case WASMTIME_TRAP_CODE_INTEGER_OVERFLOW: return "integer overflow";
    case WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO: return "integer division by zero";
    case WASMTIME_TRAP_CODE_BAD_CONVERSION_TO_INTEGER: return "bad conversion to integer";
    case WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED: return "unreachable code reached";
    case WASMTIME_TRAP_CODE_NULL_REFERENCE: return "null reference";
    default: return "trap of an unknown kind";
    }
}

static bk_status stopped(call *c) {
    const char *who = c->limits.who;
    switch (c->stop) {
    case STOP_RULE: return bk_err_set(c->err, BK_ERR_TRAP, "%s compartment stopped: broke the rules of the boundary: %s", who, c->rule);
    case STOP_TIME:
        if (c->limits.wall_ms > c->limits.time_ms && now_ns() >= c->stoppable.deadline)
            return bk_err_set(c->err, BK_ERR_TIMEOUT, "%s compartment stopped: took longer than %u.%03u s by the wall", who,
                              c->limits.wall_ms / 1000, c->limits.wall_ms % 1000);
        return bk_err_set(c->err, BK_ERR_TIMEOUT, "%s compartment stopped: ran longer than its time limit of %u.%03u s", who,
                          c->limits.time_ms / 1000, c->limits.time_ms % 1000);
    case STOP_OUTPUT:
        return bk_err_set(c->err, BK_ERR_LIMIT, "%s compartment stopped: more output than the limit of %zu bytes", who, c->limits.output);
    case STOP_NOMEM: return bk_err_set(c->err, BK_ERR_NOMEM, "%s compartment stopped: out of memory in the host", who);
    case STOP_NONE: break;
    }
    return BK_OK;
}

/* Wasmtime answers with an error *or* a trap; here both are told apart from our own stops and freed. */
static bk_status outcome(call *c, wasmtime_error_t *error, wasm_trap_t *trap) {
    if (!error && !trap) return BK_OK;
    wasmtime_trap_code_t code = 0xFF;
    bool coded = trap && wasmtime_trap_code(trap, &code);
    if (trap) wasm_trap_delete(trap);
    if (atomic_load(&c->stoppable.stopped)) c->stop = STOP_TIME;
    if (c->stop != STOP_NONE) {
        if (error) wasmtime_error_delete(error);
        return stopped(c);
    }
    if (error) {
        bk_sandbox_error(error, "stopped", c->err);
        return bk_err_wrap(c->err, "%s compartment", c->limits.who);
    }
    return bk_err_set(c->err, BK_ERR_TRAP, "%s compartment stopped: %s (trap)", c->limits.who,
                      coded ? trap_name(code) : "trap of an unknown kind");
}

/* ---- the call itself ---- */

static wasmtime_error_t *on_epoch(wasmtime_context_t *context, void *data, uint64_t *delta, wasmtime_update_deadline_kind_t *kind) {
    (void)context;
    call *c = data;
    if (bk_stoppable_is_late(&c->stoppable)) {
        c->stop = STOP_TIME;
        return wasmtime_error_new("deadline");
    }
    *delta = 1; /* somebody else's deadline */
    *kind = WASMTIME_UPDATE_DEADLINE_CONTINUE;
    return NULL;
}

static bool export_of(wasmtime_context_t *context, wasmtime_instance_t *instance, const char *name, wasmtime_extern_kind_t kind,
                      wasmtime_extern_t *ret) {
    return wasmtime_instance_export_get(context, instance, name, strlen(name), ret) && ret->kind == kind;
}

static bk_status invoke(call *c, wasmtime_context_t *context, wasmtime_instance_t *instance) {
    wasmtime_extern_t found;
    wasm_trap_t *trap = NULL;
    if (!export_of(context, instance, "memory", WASMTIME_EXTERN_MEMORY, &found)) return bk_err_internal(c->err, "a module without memory");
    c->memory = found.of.memory;
    c->has_memory = true;
    /* Static constructors. They have no business with the host yet: nothing is pending, but they may emit, and so be checked, like the rest. */
    if (export_of(context, instance, "_initialize", WASMTIME_EXTERN_FUNC, &found)) {
        wasmtime_error_t *error = wasmtime_func_call(context, &found.of.func, NULL, 0, NULL, 0, &trap);
        BK_TRY(outcome(c, error, trap));
    }
    if (!export_of(context, instance, BK_GUEST_RUN, WASMTIME_EXTERN_FUNC, &found))
        return bk_err_internal(c->err, "a module without " BK_GUEST_RUN);
    c->pending = c->request;
    c->has_pending = true;
    wasmtime_val_t args[2] = {{.kind = WASMTIME_I32, .of.i32 = (int32_t)c->op}, {.kind = WASMTIME_I32, .of.i32 = (int32_t)c->request.n}};
    wasmtime_val_t result;
    wasmtime_error_t *error = wasmtime_func_call(context, &found.of.func, args, 2, &result, 1, &trap);
    return outcome(c, error, trap);
}

static bk_status run(call *c) {
    wasmtime_store_t *store = wasmtime_store_new(c->module->engine, c, NULL);
    if (!store) return bk_err_nomem(c->err);
    wasmtime_context_t *context = wasmtime_store_context(store);
    /* The limit counts for each memory, so their number is bounded too: one instance, one memory, one table. */
    wasmtime_store_limiter(store, (int64_t)c->limits.memory, 100000, 1, 1, 1);
    if (!BK_SANDBOX_SIGNALS) {
        wasmtime_store_epoch_deadline_callback(store, on_epoch, c, NULL);
        wasmtime_context_set_epoch_deadline(context, 1);
    }
    wasmtime_instance_t instance;
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = wasmtime_instance_pre_instantiate(c->module->linked, context, &instance, &trap);
    bk_status status = outcome(c, error, trap);
    if (status == BK_OK) status = invoke(c, context, &instance);
    wasmtime_store_delete(store);
    return status;
}

static void run_here(call *c) {
    bk_sandbox_thread_deadline = c->stoppable.deadline;
    bk_stoppable_begin(&c->stoppable);
    bk_stoppable_enter(&c->stoppable);
    c->status = run(c);
    bk_stoppable_enter(NULL);
    bk_sandbox_thread_deadline = UINT64_MAX;
}

/* ---- on a thread of its own ---- */

static void *thread_main(void *arg) {
    call *c = arg;
    run_here(c);
    pthread_mutex_lock(&c->lock);
    c->done = true;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static struct timespec timespec_of(uint64_t ns) { return (struct timespec){(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)}; }

/* Waits for the compartment, and when it is late tells it to stop: by the signal, or by an epoch that all running compartments notice and only the late ones
 * obey. */
static void watch(call *c, pthread_t thread) {
    uint64_t until = c->stoppable.soon;
    pthread_mutex_lock(&c->lock);
    while (!c->done) {
        struct timespec at = timespec_of(until);
        clockid_t clock;
        if (pthread_cond_timedwait(&c->changed, &c->lock, &at) != ETIMEDOUT) continue;
        until = pthread_getcpuclockid(thread, &clock) == 0 ? bk_stoppable_next(&c->stoppable, clock) : 0;
        if (until) continue;
        if (BK_SANDBOX_SIGNALS) bk_stoppable_signal(thread);
        else wasmtime_engine_increment_epoch(c->module->engine);
        until = now_ns() + BK_STOPPABLE_AGAIN_NS;
    }
    pthread_mutex_unlock(&c->lock);
}

/* Starts the thread with every signal blocked that is not about its own instructions: those are how the runtime notices traps, the others belong to
 * the program's threads. */
static int start(call *c, pthread_t *ret) {
    pthread_attr_t attr;
    int failed = pthread_attr_init(&attr);
    if (failed) return failed;
    sigset_t block, old;
    sigfillset(&block);
    static const int own[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
    for (size_t i = 0; i < BK_COUNT(own); i++) sigdelset(&block, own[i]);
    failed = pthread_attr_setstacksize(&attr, THREAD_STACK);
    if (!failed) failed = pthread_sigmask(SIG_SETMASK, &block, &old);
    if (!failed) {
        failed = pthread_create(ret, &attr, thread_main, c);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    pthread_attr_destroy(&attr);
    return failed;
}

static void run_beside(call *c) {
    pthread_condattr_t attr;
    pthread_t thread;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &attr);
    pthread_condattr_destroy(&attr);
    int failed = start(c, &thread);
    if (failed) {
        c->status = bk_err_set(c->err, BK_ERR_IO, "cannot start a thread for the %s compartment: %s", c->limits.who, strerror(failed));
    } else {
        watch(c, thread);
        pthread_join(thread, NULL);
    }
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
}

/* ---- on the program's first thread ---- */

#if BK_SANDBOX_SIGNALS && defined(MAP_FIXED_NOREPLACE)

/* What may lie above the place where this runs: arguments, environment and callers. */
#define STACK_ABOVE ((size_t)8 << 20)
/* What is the stack's already, at most, below that place. */
#define STACK_TOUCHED ((size_t)2 << 20)

/* Whether the first thread's stack, which grows as far as a limit tells, can become as large as that of a compartment's thread: nothing lies in its way, and the
 * memory would be there. The limit is raised; *before gets what it was. */
static bool stack_raise(struct rlimit *before) {
    const size_t needed = STACK_ABOVE + THREAD_STACK;
    if (getrlimit(RLIMIT_STACK, before) != 0 || (before->rlim_max != RLIM_INFINITY && before->rlim_max < needed)) return false;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)0xFFFF;
    if (here < needed) return false;
    char *low = (char *)(here - needed); /* never used as memory of ours */
    const size_t size = needed - STACK_TOUCHED;
    char *free_there = mmap(low, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_FIXED_NOREPLACE, -1, 0);
    if (free_there == MAP_FAILED) return false;
    munmap(free_there, size);
    if (free_there != low) return false;
    if (before->rlim_cur == RLIM_INFINITY || before->rlim_cur >= needed) return true;
    return setrlimit(RLIMIT_STACK, &(struct rlimit){needed, before->rlim_max}) == 0;
}

/* Runs the call on this thread, with a timer for its deadline: without a second thread a small chart costs a tenth less. False: it has to be a thread of its own,
 * because this one is not the first, or inside a call already, or has too little stack. */
static bool run_on_first(call *c) {
    struct rlimit before;
    const pid_t thread = (pid_t)syscall(SYS_gettid);
    if (bk_sandbox_thread_deadline != UINT64_MAX || thread != getpid() || !stack_raise(&before)) return false;
    bool timed = bk_stoppable_timer_start(&c->stoppable, thread);
    if (timed) {
        run_here(c);
        bk_stoppable_timer_end(&c->stoppable);
    }
    setrlimit(RLIMIT_STACK, &before);
    return timed;
}

#else

static bool run_on_first(call *c) {
    (void)c;
    return false;
}

#endif

/* The output is complete: what does it say? */
static bk_status conclude(call *c, bk_str emitted) {
    bk_status status = bk_sandbox_output_check(emitted, c->err);
    if (status == BK_ERR_TRAP) bk_err_wrap(c->err, "%s compartment stopped", c->limits.who);
    if (status == BK_ERR_NOMEM) bk_err_wrap(c->err, "%s compartment (memory limit %zu MiB)", c->limits.who, c->limits.memory >> 20);
    return status;
}

static void set_time(call *c) {
    bk_sandbox_limits *limits = &c->limits;
    bk_stoppable *s = &c->stoppable;
    if (!limits->wall_ms) limits->wall_ms = limits->time_ms ? limits->time_ms : BK_SANDBOX_WALL_MS;
    if (!limits->time_ms) limits->time_ms = BK_SANDBOX_TIME_MS;
    if (limits->time_ms > limits->wall_ms) limits->time_ms = limits->wall_ms;
    uint64_t now = now_ns();
    s->most = (uint64_t)limits->time_ms * 1000000u;
    s->soon = now + s->most;
    s->deadline = now + (uint64_t)limits->wall_ms * 1000000u;
    if (s->deadline > bk_sandbox_thread_deadline) s->deadline = bk_sandbox_thread_deadline;
    if (s->soon > s->deadline) s->soon = s->deadline;
}

bk_status bk_sandbox_call(bk_sandbox_module *module, uint32_t op, bk_str request, const bk_sandbox_limits *limits,
                          const bk_sandbox_host *host, bk_buf *output, bk_err *err) {
    call c = {.module = module, .op = op, .request = request, .limits = *limits, .host = host, .output = output, .err = err};
    if (!c.limits.who) c.limits.who = "guest";
    if (!c.limits.memory) c.limits.memory = BK_SANDBOX_MEMORY;
    if (!c.limits.output) c.limits.output = BK_SANDBOX_OUTPUT;
    if (request.n > BK_SANDBOX_MEMORY) return bk_err_limit(err, "request of a compartment", BK_SANDBOX_MEMORY);
    c.stoppable = (bk_stoppable){.begin = module->bodies, .end = module->bodies_end, .trap = module->trap};
    set_time(&c);
    size_t begin = output->n;
    if (!bk_add(begin, c.limits.output, &c.output_max)) return bk_err_limit(err, "output of a compartment", c.limits.output);
    if (output->max < c.output_max) output->max = c.output_max;
    bk_buf_init(&c.copy, NULL, 0);
    bk_buf_init(&c.answer, NULL, 0);
    if (!run_on_first(&c)) run_beside(&c);
    bk_status status = c.status;
    bk_buf_release(&c.copy);
    bk_buf_release(&c.answer);
    if (status != BK_OK) return status;
    return conclude(&c, bk_str_from(bk_buf_view(output), begin));
}
