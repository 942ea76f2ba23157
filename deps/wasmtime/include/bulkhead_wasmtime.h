/* bulkhead_wasmtime.h: what our build of the runtime adds to its C API (src/lib.rs of the crate). */
#ifndef BULKHEAD_WASMTIME_H
#define BULKHEAD_WASMTIME_H

#include <wasm.h>
#include <wasmtime.h>

/* Lets modules of this configuration be loaded in place. */
void bk_wasmtime_config_in_place_set(wasm_config_t *config);

/* Like wasmtime_module_deserialize, without a copy: the bytes begin at a page of memory, and stay for as long as the module lives. Their text
 * becomes executable. */
wasmtime_error_t *bk_wasmtime_module_deserialize_in_place(wasm_engine_t *engine, const uint8_t *bytes, size_t size,
                                                          wasmtime_module_t **out);

/* Whether compiled modules carry a map back to their WebAssembly, an eighth of their size, which only backtraces read. */
void bk_wasmtime_config_address_map_set(wasm_config_t *config, bool enable);

#ifdef WASMTIME_FEATURE_COMPILER
/* Makes a serialized module of the fast compiler one that an engine of the usual configuration loads. False: unchanged. */
bool bk_wasmtime_serialized_unify(uint8_t *bytes, size_t size);

/* Takes out of the description of a serialized module that was compiled from `wasm` what nothing asks for at run time: functions that are only called by name,
 * and types. Loading it takes a third then. False: the module has what this does not know (references to functions, imports other than functions, ...), and
 * is unchanged. */
bool bk_wasmtime_serialized_shorten(const uint8_t *wasm, size_t wasm_size, uint8_t *bytes, size_t size);
#endif

#endif
