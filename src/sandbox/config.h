/* config.h: the one maker of Wasmtime configurations.
 *
 * A precompiled module carries the settings that it was compiled with, and the runtime refuses it when they differ. So the
 * precompiler of the build (tools/precompile.c), the shipped program and the child that compiles plugins all start from here. */
#ifndef BK_SANDBOX_CONFIG_H
#define BK_SANDBOX_CONFIG_H

#include <wasm.h>

/* Native stack that guest code may use; a guest runs on a thread of our own with more than that. */
#define BK_SANDBOX_WASM_STACK ((size_t)64 << 20)

/* Owned by the caller, and consumed by wasm_engine_new_with_config. Never NULL. */
wasm_config_t *bk_sandbox_config_new(void);

/* The same, for the compiler of foreign modules: what differs changes how fast it compiles and how good its code is, never what the code does, so that
 * one engine runs the modules of both. BK_SANDBOX_FOREIGN_SETTINGS names the choice, and changes with it. */
#define BK_SANDBOX_FOREIGN_SETTINGS "1"
wasm_config_t *bk_sandbox_config_new_foreign(void);

#endif
