/* One run of a foreign module: its thread, its clock, its imports. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "sandbox/call.h"
#include "sandbox/config.h"
#include "sandbox/foreign_state.h"
#include "sandbox/runtime.h"

/* The guest's share is bounded by the configuration; the rest is for imports, which run on top of it. */
#define THREAD_STACK (BK_SANDBOX_WASM_STACK + ((size_t)16 << 20))
/* When the time is over the epoch is bumped again and again, in case the guest had not yet started to listen. While it waits, the clock is
 * looked at as often. */
#define BUMP_NS 5000000u
#define LOOK_NS 20000000u
/* Bounded, so that no number of them matters: 8 tables of 200,000 elements are 12 MiB. */
#define TABLES 8
#define TABLE_ELEMENTS 200000

typedef struct slot {
    bk_foreign_fn fn;
    void *self;
    uint8_t params;               /* how many */
    bool wide[BK_FOREIGN_PARAMS]; /* i64 */
    bool result, result_wide;
} slot;

struct bk_foreign_run {
    bk_foreign *module;
    const bk_foreign_plan *plan;
    wasmtime_context_t *context;
    wasmtime_instance_t instance;
    bool started;
    slot *slots; /* one per import */
    wasmtime_memory_t memory;
    bool has_memory;

    /* The clock, read by both threads. */
    uint64_t begin;
    uint64_t outer;                    /* the deadline of the run that this one serves: absolute, UINT64_MAX for none */
    _Atomic uint64_t waited, terminal; /* ns: no guest time; no wall time either */
    _Atomic uint64_t wait_since;       /* 0: not waiting */
    atomic_bool wait_terminal;
    atomic_bool late;

    bk_foreign_end end; /* RETURNED until an import or the clock stops it */
    uint32_t exit_code;
    bk_err stop_err;

    bk_err *err;
    bk_status status;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
};

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- the clock ---- */

/* Nanoseconds left of a limit when `used` are gone. */
static uint64_t left_of(uint64_t limit_ms, uint64_t used) {
    if (!limit_ms) return UINT64_MAX;
    uint64_t limit;
    if (__builtin_mul_overflow(limit_ms, (uint64_t)1000000u, &limit)) return UINT64_MAX;
    return limit > used ? limit - used : 0;
}

static uint64_t ns_left(const bk_foreign_run *run, uint64_t now, bool waiting) {
    uint64_t gone = now - run->begin;
    uint64_t since = atomic_load(&run->wait_since);
    uint64_t current = since && now > since ? now - since : 0;
    uint64_t terminal = atomic_load(&run->terminal) + (atomic_load(&run->wait_terminal) ? current : 0);
    uint64_t wall = left_of(run->plan->limits.wall_ms, gone > terminal ? gone - terminal : 0);
    uint64_t outer = run->outer == UINT64_MAX ? UINT64_MAX : run->outer > now ? run->outer - now : 0;
    if (outer < wall) wall = outer;
    if (waiting) return wall;
    uint64_t waited = atomic_load(&run->waited) + current;
    uint64_t guest = left_of(run->plan->limits.guest_ms, gone > waited ? gone - waited : 0);
    return guest < wall ? guest : wall;
}

static bool is_over(bk_foreign_run *run) {
    if (ns_left(run, now_ns(), false) > 0) return false;
    run->end = BK_FOREIGN_TIMEOUT;
    return true;
}

uint32_t bk_foreign_time_left(const bk_foreign_run *run, bool waiting) {
    uint64_t ns = ns_left(run, now_ns(), waiting);
    if (ns == UINT64_MAX) return UINT32_MAX;
    uint64_t ms = ns / 1000000u;
    return ms >= UINT32_MAX ? UINT32_MAX - 1 : (uint32_t)ms;
}

uint64_t bk_foreign_elapsed(const bk_foreign_run *run) { return now_ns() - run->begin; }

/* What a callback calls in turn inherits the deadline. */
static void lend_deadline(uint64_t now, uint64_t left) { bk_sandbox_thread_deadline = left == UINT64_MAX ? UINT64_MAX : now + left; }

void bk_foreign_work_begin(const bk_foreign_run *run) {
    uint64_t now = now_ns();
    lend_deadline(now, ns_left(run, now, false));
}

void bk_foreign_wait_begin(bk_foreign_run *run, bool terminal) {
    uint64_t now = now_ns();
    lend_deadline(now, terminal ? UINT64_MAX : ns_left(run, now, true));
    atomic_store(&run->wait_terminal, terminal);
    atomic_store(&run->wait_since, now);
}

void bk_foreign_wait_end(bk_foreign_run *run) {
    uint64_t since = atomic_load(&run->wait_since), gone = now_ns() - since;
    if (!since) return;
    atomic_fetch_add(&run->waited, gone);
    if (atomic_load(&run->wait_terminal)) atomic_fetch_add(&run->terminal, gone);
    atomic_store(&run->wait_since, 0);
}

/* ---- imports ---- */

bool bk_foreign_stop(bk_foreign_run *run, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    bk_err_release(&run->stop_err);
    bk_err_setv(&run->stop_err, BK_ERR_TRAP, fmt, args);
    va_end(args);
    run->end = BK_FOREIGN_STOPPED;
    return false;
}

bool bk_foreign_stop_err(bk_foreign_run *run, bk_err *err) {
    bk_err_release(&run->stop_err);
    bk_err_move(&run->stop_err, err);
    run->end = BK_FOREIGN_STOPPED;
    return false;
}

bool bk_foreign_stop_exit(bk_foreign_run *run, uint32_t code) {
    run->exit_code = code;
    run->end = BK_FOREIGN_EXITED;
    return false;
}

uint8_t *bk_foreign_range(bk_foreign_run *run, uint64_t at, uint64_t n) {
    if (!run->has_memory) return NULL;
    size_t size = wasmtime_memory_data_size(run->context, &run->memory);
    if (at > size || n > size - at) return NULL;
    return wasmtime_memory_data(run->context, &run->memory) + at;
}

/* During the start section the instance is not known yet, but the caller's exports are. */
static void learn_memory(bk_foreign_run *run, wasmtime_caller_t *caller) {
    wasmtime_extern_t found;
    if (run->has_memory || !wasmtime_caller_export_get(caller, "memory", 6, &found)) return;
    if (found.kind != WASMTIME_EXTERN_MEMORY) return;
    run->memory = found.of.memory;
    run->has_memory = true;
}

static wasm_trap_t *on_import(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *raw, size_t count) {
    (void)count;
    const slot *s = env;
    wasmtime_context_t *context = wasmtime_caller_context(caller);
    bk_foreign_run *run = wasmtime_context_get_data(context);
    if (BK_UNLIKELY(!run->has_memory)) learn_memory(run, caller);
    uint64_t args[BK_FOREIGN_PARAMS];
    args[0] = 0;
    for (size_t i = 0; i < s->params; i++) args[i] = s->wide[i] ? (uint64_t)raw[i].i64 : (uint32_t)raw[i].i32;
    bool good = s->fn(run, s->self, args);
    /* Epochs do not interrupt the host: whoever comes back late goes no further. */
    if (BK_UNLIKELY(!good || (atomic_load_explicit(&run->late, memory_order_relaxed) && is_over(run))))
        return wasmtime_trap_new("stopped", 7);
    if (s->result && s->result_wide) raw[0].i64 = (int64_t)args[0];
    if (s->result && !s->result_wide) raw[0].i32 = (int32_t)(uint32_t)args[0];
    return NULL;
}

/* Reads a signature of i32 and i64 into the slot. False: another type, or too many. */
static bool parse_type(bk_str type, slot *s) {
    bk_str params, results;
    bk_str_cut(type, BK_S("_"), &params, &results);
    while (bk_str_starts(params, BK_S("i32")) || bk_str_starts(params, BK_S("i64"))) {
        if (s->params == BK_FOREIGN_PARAMS) return false;
        s->wide[s->params++] = params.p[1] == '6';
        params = bk_str_from(params, 3);
    }
    s->result = results.n == 3;
    s->result_wide = s->result && results.p[1] == '6';
    return (!params.n || (!s->params && bk_str_eq(params, BK_S("v")))) &&
           (bk_str_eq(results, BK_S("v")) || bk_str_eq(results, BK_S("i32")) || bk_str_eq(results, BK_S("i64")));
}

static bk_status definition_of(const bk_foreign_extern *import, const bk_foreign_plan *plan, bk_foreign_import_def *ret, bk_err *err) {
    if (!plan->resolve(plan->self, import, ret, err)) return err->code;
    if (!bk_str_eq(import->kind, BK_S("func")))
        return bk_err_set(err, BK_ERR, "import %.*s[%.*s.%.*s]: a plugin may import functions only", BK_FMT(import->kind),
                          BK_FMT(import->module), BK_FMT(import->name));
    if (!bk_str_eq(import->type, bk_str_c(ret->type)))
        return bk_err_set(err, BK_ERR, "import func[%.*s.%.*s]: signature mismatch: %.*s != %s", BK_FMT(import->module),
                          BK_FMT(import->name), BK_FMT(import->type), ret->type);
    return BK_OK;
}

bk_status bk_foreign_check_imports(const bk_foreign *module, const bk_foreign_plan *plan, bk_err *err) {
    bk_foreign_import_def def;
    for (size_t i = 0; i < module->import_types.size; i++) BK_TRY(definition_of(&module->imports[i], plan, &def, err));
    return BK_OK;
}

static bk_status resolve_all(bk_foreign_run *run, bk_err *err) {
    size_t n = run->module->import_types.size;
    run->slots = calloc(n + 1, sizeof *run->slots);
    if (!run->slots) return bk_err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        bk_foreign_import_def def = {0};
        BK_TRY(definition_of(&run->module->imports[i], run->plan, &def, err));
        run->slots[i].fn = def.fn;
        run->slots[i].self = def.self;
        if (!parse_type(run->module->imports[i].type, &run->slots[i])) return bk_err_internal(err, "an import of an unsupported type");
    }
    return BK_OK;
}

/* ---- what ended it ---- */

/* As Helm's runtime words them. */
static const char *trap_name(wasmtime_trap_code_t code) {
    switch (code) {
    case WASMTIME_TRAP_CODE_STACK_OVERFLOW: return "stack overflow";
    case WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS: return "wasm error: out of bounds memory access";
    case WASMTIME_TRAP_CODE_HEAP_MISALIGNED: return "wasm error: unaligned atomic";
    case WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS:
    case WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL: return "wasm error: invalid table access";
    case WASMTIME_TRAP_CODE_BAD_SIGNATURE: return "wasm error: indirect call type mismatch";
    case WASMTIME_TRAP_CODE_INTEGER_OVERFLOW: return "wasm error: integer overflow";
    case WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO: return "wasm error: integer divide by zero";
    case WASMTIME_TRAP_CODE_BAD_CONVERSION_TO_INTEGER: return "wasm error: invalid conversion to integer";
    case WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED: return "wasm error: unreachable";
    case WASMTIME_TRAP_CODE_NULL_REFERENCE: return "wasm error: null reference";
    default: return "wasm error: a trap of an unknown kind";
    }
}

static bk_foreign_end on_timeout(bk_foreign_run *run, bk_err *err) {
    const bk_foreign_limits *l = &run->plan->limits;
    bool wall = ns_left(run, now_ns(), true) == 0;
    uint64_t ms = wall ? l->wall_ms : l->guest_ms;
    bk_err_set(err, BK_ERR_TIMEOUT, "module closed with context deadline exceeded (limit: %llu.%03llu s %s)",
               (unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000), wall ? "by the wall" : "of guest time");
    return BK_FOREIGN_TIMEOUT;
}

/* Wasmtime answers with an error *or* a trap; here both are told apart from our own stops and freed. */
static bk_foreign_end outcome(bk_foreign_run *run, wasmtime_error_t *error, wasm_trap_t *trap, uint32_t *ret_code, bk_err *err) {
    /* What comes after the deadline comes too late, though the watchdog was not quick enough to say so. */
    if (!error && !trap) return is_over(run) ? on_timeout(run, err) : BK_FOREIGN_RETURNED;
    wasmtime_trap_code_t code = 0xFF;
    bool coded = trap && wasmtime_trap_code(trap, &code);
    if (trap) wasm_trap_delete(trap);
    if (run->end != BK_FOREIGN_RETURNED && error) {
        wasmtime_error_delete(error);
        error = NULL;
    }
    switch (run->end) {
    case BK_FOREIGN_EXITED: *ret_code = run->exit_code; return run->end;
    case BK_FOREIGN_STOPPED: bk_err_move(err, &run->stop_err); return run->end;
    case BK_FOREIGN_TIMEOUT: return on_timeout(run, err);
    default: break;
    }
    if (error) {
        bk_sandbox_error(error, "the runtime refuses it", err);
        err->code = BK_ERR_LIMIT;
        return BK_FOREIGN_FAILED;
    }
    bk_err_set(err, BK_ERR_TRAP, "%s", coded ? trap_name(code) : "wasm error: a trap of an unknown kind");
    return BK_FOREIGN_TRAPPED;
}

/* ---- what the body calls ---- */

bk_foreign_end bk_foreign_start(bk_foreign_run *run, uint32_t *ret_code, bk_err *err) {
    size_t n = run->module->import_types.size;
    wasmtime_extern_t *externs = calloc(n + 1, sizeof *externs);
    if (!externs) {
        bk_err_nomem(err);
        return BK_FOREIGN_FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        const wasm_externtype_t *type = wasm_importtype_type(run->module->import_types.data[i]);
        externs[i].kind = WASMTIME_EXTERN_FUNC;
        wasmtime_func_new_unchecked(run->context, wasm_externtype_as_functype_const(type), on_import, &run->slots[i], NULL,
                                    &externs[i].of.func);
    }
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = wasmtime_instance_new(run->context, run->module->code, externs, n, &run->instance, &trap);
    free(externs);
    bk_foreign_end end = outcome(run, error, trap, ret_code, err);
    run->started = end == BK_FOREIGN_RETURNED;
    wasmtime_extern_t found;
    if (run->started && wasmtime_instance_export_get(run->context, &run->instance, "memory", 6, &found) &&
        found.kind == WASMTIME_EXTERN_MEMORY) {
        run->memory = found.of.memory;
        run->has_memory = true;
    }
    return end;
}

static uint32_t code_of(const wasmtime_val_t *v) {
    switch (v->kind) {
    case WASMTIME_I32: return (uint32_t)v->of.i32;
    case WASMTIME_I64: return (uint32_t)v->of.i64;
    default: return 0;
    }
}

bk_foreign_end bk_foreign_call(bk_foreign_run *run, bk_str name, uint32_t *ret_code, bk_err *err) {
    wasmtime_extern_t found;
    if (!run->started || !wasmtime_instance_export_get(run->context, &run->instance, name.p, name.n, &found) ||
        found.kind != WASMTIME_EXTERN_FUNC) {
        bk_err_set(err, BK_ERR, "unknown function: %.*s", BK_FMT(name));
        return BK_FOREIGN_FAILED;
    }
    /* First by the words of it: not every type has a kind that may be asked for (foreign_module.c). */
    const bk_foreign_extern *e = bk_foreign_find_export(run->module, name);
    if (!e || bk_str_contains(e->type, BK_S("v128")) || bk_str_contains(e->type, BK_S("ref"))) {
        bk_err_set(err, BK_ERR, "function %.*s has a type that cannot be called", BK_FMT(name));
        return BK_FOREIGN_FAILED;
    }
    wasm_functype_t *type = wasmtime_func_type(run->context, &found.of.func);
    const wasm_valtype_vec_t *params = wasm_functype_params(type);
    size_t results = wasm_functype_results(type)->size;
    wasmtime_val_t args[BK_FOREIGN_PARAMS] = {0}, result[1] = {0};
    bool fits = params->size <= BK_FOREIGN_PARAMS && results <= 1;
    for (size_t i = 0; fits && i < params->size; i++) {
        args[i].kind = wasm_valtype_kind(params->data[i]);
        fits = args[i].kind == WASMTIME_I32 || args[i].kind == WASMTIME_I64;
    }
    size_t count = params->size;
    wasm_functype_delete(type);
    if (!fits) {
        bk_err_set(err, BK_ERR, "function %.*s has a type that cannot be called", BK_FMT(name));
        return BK_FOREIGN_FAILED;
    }
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = wasmtime_func_call(run->context, &found.of.func, args, count, result, results, &trap);
    bk_foreign_end end = outcome(run, error, trap, ret_code, err);
    if (end == BK_FOREIGN_RETURNED) *ret_code = results ? code_of(&result[0]) : 0;
    return end;
}

/* ---- the compartment's thread ---- */

static wasmtime_error_t *on_epoch(wasmtime_context_t *context, void *data, uint64_t *delta, wasmtime_update_deadline_kind_t *kind) {
    (void)context;
    if (is_over(data)) return wasmtime_error_new("deadline");
    *delta = 1; /* somebody else's deadline */
    *kind = WASMTIME_UPDATE_DEADLINE_CONTINUE;
    return NULL;
}

static bk_status run_body(bk_foreign_run *run) {
    wasmtime_store_t *store = wasmtime_store_new(run->module->engine, run, NULL);
    if (!store) return bk_err_nomem(run->err);
    run->context = wasmtime_store_context(store);
    uint64_t memory = run->plan->limits.memory;
    if (!memory || memory > (uint64_t)4 << 30) memory = (uint64_t)4 << 30;
    /* The limit counts for each memory, so their number is bounded too. */
    wasmtime_store_limiter(store, (int64_t)memory, TABLE_ELEMENTS, 1, TABLES, 1);
    wasmtime_store_epoch_deadline_callback(store, on_epoch, run, NULL);
    wasmtime_context_set_epoch_deadline(run->context, 1);
    bk_status status = run->plan->body(run->plan->self, run, run->err);
    wasmtime_store_delete(store);
    return status;
}

static void *thread_main(void *arg) {
    bk_foreign_run *run = arg;
    run->status = run_body(run);
    pthread_mutex_lock(&run->lock);
    run->done = true;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* ---- the caller's thread ---- */

static struct timespec timespec_of(uint64_t ns) { return (struct timespec){(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)}; }

/* Waits for the compartment. The deadline moves when the host waits for something, so it is asked for anew each time. */
static void watch(bk_foreign_run *run) {
    pthread_mutex_lock(&run->lock);
    while (!run->done) {
        uint64_t now = now_ns(), left = ns_left(run, now, false);
        if (left == UINT64_MAX) {
            pthread_cond_wait(&run->changed, &run->lock);
            continue;
        }
        if (left == 0) {
            atomic_store(&run->late, true);
            wasmtime_engine_increment_epoch(run->module->engine);
            left = BUMP_NS;
        } else if (atomic_load(&run->wait_since) && left < LOOK_NS) {
            left = LOOK_NS;
        }
        uint64_t until;
        if (__builtin_add_overflow(now, left, &until)) until = UINT64_MAX / 2;
        struct timespec at = timespec_of(until);
        pthread_cond_timedwait(&run->changed, &run->lock, &at);
    }
    pthread_mutex_unlock(&run->lock);
}

/* Starts the thread with every signal blocked that is not about its own instructions. */
static int start_thread(bk_foreign_run *run, pthread_t *ret) {
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
        failed = pthread_create(ret, &attr, thread_main, run);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    pthread_attr_destroy(&attr);
    return failed;
}

static bk_status run_and_watch(bk_foreign_run *run) {
    pthread_condattr_t attr;
    pthread_t thread;
    pthread_mutex_init(&run->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&run->changed, &attr);
    pthread_condattr_destroy(&attr);
    int failed = start_thread(run, &thread);
    if (failed) {
        run->status = bk_err_set(run->err, BK_ERR_IO, "cannot start a thread for the compartment: %s", strerror(failed));
    } else {
        watch(run);
        pthread_join(thread, NULL);
    }
    pthread_cond_destroy(&run->changed);
    pthread_mutex_destroy(&run->lock);
    return run->status;
}

bk_status bk_foreign_run_plan(bk_foreign *module, const bk_foreign_plan *plan, bk_err *err) {
    bk_foreign_run run = {.module = module, .plan = plan, .begin = now_ns(), .outer = bk_sandbox_thread_deadline, .err = err};
    bk_status status = resolve_all(&run, err);
    if (status == BK_OK) status = run_and_watch(&run);
    free(run.slots);
    bk_err_release(&run.stop_err);
    return status;
}
