/* bulkhead-compile: one WebAssembly module from standard input, compiled, to standard output. See sandbox/compile.h for what is around it. A user who runs it
 * by hand gets a compiler that reads standard input; nothing else happens. */
#include <errno.h>
#include <unistd.h>

#include <bulkhead_wasmtime.h>

#include "base/num.h"
#include "sandbox/compile.h"
#include "sandbox/config.h"
#include "sandbox/foreign.h"
#include "sandbox/program/contain.h"

/* Arguments: milliseconds, memory, output, and whether to try the fast compiler. All of them checked: somebody may have typed them. */
static bool contain(char **argv, size_t *ret_output) {
    uint64_t ms, memory, output;
    if (bk_parse_uint(bk_str_c(argv[1]), 10, &ms) != BK_NUM_OK || bk_parse_uint(bk_str_c(argv[2]), 10, &memory) != BK_NUM_OK ||
        bk_parse_uint(bk_str_c(argv[3]), 10, &output) != BK_NUM_OK || output > SIZE_MAX)
        return false;
    *ret_output = (size_t)output;
    bk_compile_limit(ms, BK_COMPILE_THREADS_N, memory, output);
    return true;
}

static bool send_all(const char *p, size_t n) {
    for (size_t at = 0; at < n;) {
        ssize_t put = write(STDOUT_FILENO, p + at, n - at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        at += (size_t)put;
    }
    return true;
}

static int refuse(bk_str why) {
    char tag = BK_COMPILE_REFUSED;
    return send_all(&tag, 1) && send_all(why.p, why.n) ? 0 : 1;
}

static int refuse_error(wasmtime_error_t *error) {
    wasm_byte_vec_t text;
    wasmtime_error_message(error, &text);
    return refuse(bk_str_of(text.data, text.size));
}

static bool receive(bk_buf *to) {
    for (;;) {
        char *at = bk_buf_reserve(to, (size_t)1 << 16);
        if (!at) return false;
        ssize_t got = read(STDIN_FILENO, at, (size_t)1 << 16);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        to->n += (size_t)got;
    }
}

/* What differs from the engine's configuration changes how fast this compiles and how good its code is, never what the code does, so that one engine
 * runs the modules of both. BK_SANDBOX_FOREIGN_SETTINGS names the choice, and changes with it.
 *
 * A plugin runs for milliseconds and waits for its first call: what counts is the time to compile (docs/decisions.md has the figures). What the fast compiler
 * does not know (vectors, some of them) the other compiles, in its quickest way. */
static wasm_engine_t *engine_new(bool fast) {
    wasm_config_t *config = bk_sandbox_config_new(BK_SANDBOX_FOREIGN);
    if (fast) wasmtime_config_strategy_set(config, WASMTIME_STRATEGY_WINCH);
    /* Of the fast compiler's modules these make the entries from outside, of which there are thousands. */
    wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_NONE);
    wasmtime_config_cranelift_regalloc_algorithm_set(config, WASMTIME_REGALLOC_SINGLE_PASS);
    return wasm_engine_new_with_config(config);
}

/* False: not by this compiler. */
static bool compile_fast(wasm_engine_t *engine, const bk_buf *wasm, wasm_byte_vec_t *ret) {
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *error = engine ? wasmtime_module_new(engine, (const uint8_t *)wasm->p, wasm->n, &module) : NULL;
    if (error) wasmtime_error_delete(error);
    if (!module) return false;
    error = wasmtime_module_serialize(module, ret);
    if (error) wasmtime_error_delete(error);
    wasmtime_module_delete(module);
    return !error && bk_wasmtime_serialized_unify((uint8_t *)ret->data, ret->size);
}

static int run(int argc, char **argv) {
    size_t output;
    bk_buf wasm;
    if (argc != 5 || !contain(argv, &output)) return 1;
    wasm_engine_t *fast = *argv[4] == BK_COMPILE_FAST ? engine_new(true) : NULL, *engine = engine_new(false);
    if (!engine) return 1;
    /* Nothing of the module has been seen until here. */
    bk_compile_lock();
    bk_buf_init(&wasm, NULL, BK_FOREIGN_MODULE + ((size_t)1 << 17));
    if (!receive(&wasm)) return 1;
    wasm_byte_vec_t code;
    if (!compile_fast(fast, &wasm, &code)) {
        wasmtime_module_t *module = NULL;
        wasmtime_error_t *error = wasmtime_module_new(engine, (const uint8_t *)wasm.p, wasm.n, &module);
        if (!error) error = wasmtime_module_serialize(module, &code);
        if (error) return refuse_error(error);
    }
    if (code.size > output) return refuse(BK_S("the compiled module is too large"));
    char tag = BK_COMPILE_CODE;
    return send_all(&tag, 1) && send_all(code.data, code.size) ? 0 : 1;
}

/* Nothing is freed, and nobody's exit handlers run. */
int main(int argc, char **argv) { _exit(run(argc, argv)); }
