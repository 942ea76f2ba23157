/* runtime.h: what module.c and call.c share of Wasmtime; of no concern to other folders. */
#ifndef BK_SANDBOX_RUNTIME_H
#define BK_SANDBOX_RUNTIME_H

#include <wasm.h>
#include <wasmtime.h>

#include "sandbox/config.h"
#include "sandbox/module.h"

struct bk_sandbox_module {
    wasm_engine_t *engine; /* borrowed */
    wasmtime_module_t *code;
    wasmtime_instance_pre_t *linked;    /* the imports are resolved: what is left is to make an instance */
    uintptr_t bodies, bodies_end, trap; /* where a thread can be stopped, and an instruction that stops it (deadline.h) */
};

/* The process's engine for modules of a kind, made at the first call; NULL when it cannot be. */
wasm_engine_t *bk_sandbox_runtime(bk_sandbox_kind kind);

/* The deadline (monotonic, ns) of the compartment whose thread this is, which what it calls in turn inherits; UINT64_MAX elsewhere. */
extern _Thread_local uint64_t bk_sandbox_thread_deadline;

/* The three imports (call.c). The store's data is the running call. */
wasm_trap_t *bk_sandbox_import_effect(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *args, size_t count);
wasm_trap_t *bk_sandbox_import_take(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *args, size_t count);
wasm_trap_t *bk_sandbox_import_emit(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *args, size_t count);

/* Moves Wasmtime's words into err as "<what>: <words>", cut to their first line, and frees the error. */
bk_status bk_sandbox_error(wasmtime_error_t *error, const char *what, bk_err *err);

#endif
