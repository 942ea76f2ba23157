/* config.h: the one maker of Wasmtime configurations.
 *
 * A precompiled module carries the settings that it was compiled with, and the runtime refuses it when they differ. So the
 * precompiler of the build (tools/precompile.c), the shipped program and the one that compiles plugins all start from here. */
#ifndef BK_SANDBOX_CONFIG_H
#define BK_SANDBOX_CONFIG_H

#include <stdint.h>
#include <wasm.h>

/* Native stack that guest code may use; a guest runs on a thread of our own with more than that. */
#define BK_SANDBOX_WASM_STACK ((size_t)64 << 20)

/* Whether a late compartment of ours is stopped by a signal (deadline.h) instead of looking at the runtime's epoch at every call and every round of a
 * loop, which takes a fifth of its instructions. Foreign modules always look. */
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#define BK_SANDBOX_SIGNALS 1
#else
#define BK_SANDBOX_SIGNALS 0
#endif

typedef enum bk_sandbox_kind {
    BK_SANDBOX_OWN,     /* modules from inside the program */
    BK_SANDBOX_FOREIGN, /* modules that others wrote */
} bk_sandbox_kind;

/* What tools/precompile writes behind a module of our own: where a thread that runs it can be stopped (deadline.h), as places in the bytes before. */
#define BK_SANDBOX_MARKS "bk-marks"
typedef struct bk_sandbox_marks {
    char magic[8]; /* BK_SANDBOX_MARKS */
    uint64_t bodies, bodies_end, trap;
} bk_sandbox_marks;

/* Owned by the caller, and consumed by wasm_engine_new_with_config. Never NULL. */
wasm_config_t *bk_sandbox_config_new(bk_sandbox_kind kind);

/* What the compiler of foreign modules sets beyond this (program/compile.c) gets another number whenever it changes: compiled code is kept under it. */
#define BK_SANDBOX_FOREIGN_SETTINGS "3"

#endif
