/* foreign_state.h: what foreign_module.c and foreign_run.c share; of no concern to other folders. */
#ifndef BK_SANDBOX_FOREIGN_STATE_H
#define BK_SANDBOX_FOREIGN_STATE_H

#include <wasm.h>
#include <wasmtime.h>

#include "sandbox/foreign.h"

#if defined(__x86_64__)
#define BK_ARCH "x86_64"
#elif defined(__aarch64__)
#define BK_ARCH "aarch64"
#else
#define BK_ARCH "other"
#endif

struct bk_foreign {
    wasm_engine_t *engine; /* borrowed */
    wasmtime_module_t *code;
    bk_sandbox_blob blob; /* the code lies in it */
    wasm_importtype_vec_t import_types;
    wasm_exporttype_vec_t export_types;
    bk_foreign_extern *imports, *exports;
    uint32_t pages; /* that the module declares */
    bk_arena arena;
};

#endif
