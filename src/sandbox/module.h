/* module.h: compiled modules, ready to be called.
 *
 * Wasmtime's engine for them is made at the first load and lives until the process ends; a program that loads no module never touches
 * Wasmtime. A module may be used by several threads at once.
 *
 * The bytes are native code, which the runtime does not validate: they come from inside our own binary, or later from a cache
 * that authenticates them. Never from a path, never from the network. */
#ifndef BK_SANDBOX_MODULE_H
#define BK_SANDBOX_MODULE_H

#include "base/err.h"
#include "base/str.h"

typedef struct bk_sandbox_module bk_sandbox_module;

/* Loads what tools/precompile wrote. Bytes that begin at a page of memory, as embedded ones do, are used in place: they stay unchanged for as long as
 * the module lives, and part of them becomes executable. Others are copied. */
bk_status bk_sandbox_module_load(const void *code, size_t n, bk_sandbox_module **ret, bk_err *err);
/* No call may be running. NULL is fine. */
void bk_sandbox_module_free(bk_sandbox_module *module);

/* The embedded engine: loaded once, shared, never freed. */
bk_status bk_sandbox_engine(bk_sandbox_module **ret, bk_err *err);
/* Which engine it is: the SHA-256 of its module in hexadecimal digits. */
bk_str bk_sandbox_engine_digest(void);

#endif
