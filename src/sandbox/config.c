#include "sandbox/config.h"

#include <bulkhead_wasmtime.h>

#include "sandbox/memory.h"

wasm_config_t *bk_sandbox_config_new(bk_sandbox_kind kind) {
    wasm_config_t *config = wasm_config_new();
    /* Deadlines. Part of the compiled code. */
    wasmtime_config_epoch_interruption_set(config, kind == BK_SANDBOX_FOREIGN || !BK_SANDBOX_SIGNALS);
    /* The runtime refuses a stack larger than that of its asynchronous calls, which we never make. */
    wasmtime_config_async_stack_size_set(config, BK_SANDBOX_WASM_STACK);
    wasmtime_config_max_wasm_stack_set(config, BK_SANDBOX_WASM_STACK);
    if (kind == BK_SANDBOX_OWN) {
        bk_sandbox_memory_use(config);
        /* Copies and fills by the runtime, out of reach of deadline.h; such a module is refused. The others need it. */
        wasmtime_config_wasm_bulk_memory_set(config, false);
    } else {
        wasmtime_config_memory_init_cow_set(config, true);
    }
    /* What guests have no use for stays off: less runtime that hostile code can reach. */
    wasmtime_config_wasm_memory64_set(config, false);
    wasmtime_config_wasm_tail_call_set(config, false);
    wasmtime_config_wasm_multi_memory_set(config, false);
    wasmtime_config_wasm_relaxed_simd_set(config, false);
    /* Only profilers and debuggers read it, and registering it costs time at every start. */
    wasmtime_config_native_unwind_info_set(config, false);
    bk_wasmtime_config_address_map_set(config, false);
    /* Our own modules are used where they lie in the executable. */
    bk_wasmtime_config_in_place_set(config);
    return config;
}
