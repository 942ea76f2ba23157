/* fuzz.h: what the targets share: an arena with a small cap, made and freed for each input. */
#ifndef BK_FUZZ_FUZZ_H
#define BK_FUZZ_FUZZ_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_ARENA ((size_t)256 << 20)

/* FUZZ(text) { … } : the body sees `text`, `arena` and `err`, and leaves them to be cleaned up. */
#define FUZZ(text) \
    static void fuzz_body(bk_str text, bk_arena *arena, bk_err *err); \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { \
        bk_arena fuzz_arena; \
        bk_err fuzz_err = BK_ERR_INIT; \
        bk_arena_init(&fuzz_arena, FUZZ_ARENA); \
        fuzz_body(bk_str_of((const char *)data, size), &fuzz_arena, &fuzz_err); \
        bk_err_release(&fuzz_err); \
        bk_arena_release(&fuzz_arena); \
        return 0; \
    } \
    static void fuzz_body(bk_str text, BK_UNUSED bk_arena *arena, BK_UNUSED bk_err *err)

/* A property that must hold. */
#define FUZZ_CHECK(cond) \
    do { \
        if (!(cond)) __builtin_trap(); \
    } while (0)

#endif
