/* What every compartment shares: the engines, and the deadline of the thread. A file of its own, so that what runs foreign modules links without
 * what runs ours. */
#include "sandbox/runtime.h"

#include <pthread.h>
#include <sys/resource.h>

#include "sandbox/config.h"

static pthread_once_t once[] = {[BK_SANDBOX_OWN] = PTHREAD_ONCE_INIT, [BK_SANDBOX_FOREIGN] = PTHREAD_ONCE_INIT};
static wasm_engine_t *engines[BK_COUNT(once)];

_Thread_local uint64_t bk_sandbox_thread_deadline = UINT64_MAX;

static void engine_make(bk_sandbox_kind kind) { engines[kind] = wasm_engine_new_with_config(bk_sandbox_config_new(kind)); }
static void make_own(void) { engine_make(BK_SANDBOX_OWN); }
static void make_foreign(void) { engine_make(BK_SANDBOX_FOREIGN); }

wasm_engine_t *bk_sandbox_runtime(bk_sandbox_kind kind) {
    pthread_once(&once[kind], kind == BK_SANDBOX_OWN ? make_own : make_foreign);
    return engines[kind];
}

bk_status bk_sandbox_error(wasmtime_error_t *error, const char *what, bk_err *err) {
    wasm_byte_vec_t text;
    wasmtime_error_message(error, &text);
    bk_str rest = {text.data, text.size}, line;
    if (!bk_str_line(&rest, &line)) line = BK_S("no reason given");
    /* A compartment reserves address space for all that a guest could address, and `ulimit -v` counts it. */
    struct rlimit limit;
    bool tight = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    bk_err_set(err, BK_ERR_INTERNAL, "%s: %.*s%s", what, BK_FMT(line),
               tight ? " (the address space is limited, see ulimit -v: a compartment reserves 4 GiB)" : "");
    wasm_byte_vec_delete(&text);
    wasmtime_error_delete(error);
    return err->code;
}
