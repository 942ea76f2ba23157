/* planted.c: an engine with faults planted on purpose: each op is something that a hostile chart might make of a bug.
 *
 * It stands in for src/engine in a module of its own; tests/unit/test_sandbox.c calls every op and expects one line of error, and a host that goes
 * on as if nothing had happened. */
#include "planted.h"

#include <stdlib.h>

#include "engine/engine.h"

#define IMPORT(id) __attribute__((import_module(BK_GUEST_MODULE), import_name(id)))
IMPORT("effect") uint32_t raw_effect(uint32_t op, uint32_t at, uint32_t len);
IMPORT("take") void raw_take(uint32_t at, uint32_t len);
IMPORT("emit") void raw_emit(uint32_t at, uint32_t len);

static uint32_t address(const void *p) { return (uint32_t)(uintptr_t)p; }

static volatile uint32_t sink;

__attribute__((noinline)) static uint32_t recurse(uint32_t n) {
    volatile char frame[64];
    frame[n % sizeof frame] = (char)n;
    if (n == sink) return 0; /* never; but the compiler must not know */
    uint32_t below = recurse(n + 1);
    return below + (uint32_t)frame[below % sizeof frame];
}

static void hog(void) {
    for (;;) {
        volatile char *p = malloc(1 << 20);
        if (!p) break;
        for (size_t i = 0; i < 1 << 20; i += 4096) p[i] = 1;
        sink = address((const void *)p);
    }
}

__attribute__((noinline)) static uint32_t branch(uint32_t n) { return n ? branch(n - 1) + branch(n - 1) + sink : 1; }

static char block[1 << 20];

/* Loops that spend their time elsewhere than in themselves. */
static bool loops(uint32_t op) {
    switch (op) {
    case PLANTED_LOOP_COPY:
        for (;;) memmove(block + (sink & 1), block, sizeof block - 1);
    case PLANTED_LOOP_GROW:
        for (;;) sink = (uint32_t)__builtin_wasm_memory_grow(0, 65535);
    case PLANTED_LOOP_EMIT:
        for (;;) raw_emit(0, 0);
    case PLANTED_LOOP_CALLS:
        for (;;) sink = branch(20);
    case PLANTED_LOOP_ROUND:
        for (volatile double d = 0.5;;) d = __builtin_floor(d + 1.5);
    default: return false;
    }
}

static void flood(void) {
    for (;;) raw_emit(address(block), sizeof block);
}

static void emit_words(const uint32_t *words, size_t count) { raw_emit(address(words), (uint32_t)(count * sizeof *words)); }
#define EMIT(...) emit_words((const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

typedef uint32_t (*two_args)(uint32_t, uint32_t);

/* Faults of the machine. */
static bool machine(uint32_t op) {
    switch (op) {
    case PLANTED_WRITE_BEYOND: *(volatile uint32_t *)0xFFFFFFF0u = 1; return true;
    case PLANTED_READ_BEYOND: sink = *(volatile uint32_t *)0xF0000000u; return true;
    case PLANTED_RECURSION:
        sink = 0;
        sink = recurse(op);
        return true;
    case PLANTED_UNREACHABLE: __builtin_trap();
    case PLANTED_DIVISION: {
        volatile uint32_t zero = 0;
        sink = op / zero;
        return true;
    }
    case PLANTED_BAD_CALL: {
        volatile uintptr_t nowhere = 0x7FFFFFF;
        sink = ((two_args)nowhere)(1, 2);
        return true;
    }
    case PLANTED_LOOP:
        for (;;) sink = sink + 1;
    default: return loops(op);
    }
}

/* Broken rules of the boundary. */
static bool rules(uint32_t op, bk_str request) {
    uint32_t memory = (uint32_t)__builtin_wasm_memory_size(0) * 65536u;
    switch (op) {
    case PLANTED_EMIT_BEYOND: raw_emit(memory - 4, 8); return true;
    case PLANTED_EMIT_WRAP: raw_emit(0xFFFFFFF0u, 0x20u); return true;
    case PLANTED_EFFECT_BEYOND: raw_effect(BK_FX_DNS, memory, 1); return true;
    case PLANTED_EFFECT_UNKNOWN: raw_effect(BK_EFFECT_COUNT, address(request.p), 0); return true;
    case PLANTED_EFFECT_NEGATIVE: raw_effect(0xFFFFFFFFu, address(request.p), 0); return true;
    case PLANTED_EFFECT_HUGE: raw_effect(BK_FX_SEED, 0, 1u << 20); return true;
    case PLANTED_TAKE_TWICE: raw_take(address(request.p), (uint32_t)request.n); return true;
    case PLANTED_TAKE_WRONG: {
        uint32_t n = raw_effect(BK_FX_SEED, address(request.p), (uint32_t)request.n);
        raw_take(1024, n + 1);
        return true;
    }
    case PLANTED_TAKE_BEYOND: {
        uint32_t n = raw_effect(BK_FX_SEED, address(request.p), (uint32_t)request.n);
        raw_take(memory - 1, n);
        return true;
    }
    default: return false;
    }
}

/* Outputs that lie. */
static bool outputs(uint32_t op) {
    switch (op) {
    case PLANTED_OUT_UNKNOWN: EMIT(99, 0); return true;
    case PLANTED_OUT_SHORT: EMIT(BK_TAG_LOG, 1000, 0); return true;
    case PLANTED_OUT_DONE_TWICE: EMIT(BK_TAG_DONE, 0); return true;
    case PLANTED_OUT_DONE_FULL: EMIT(BK_TAG_DONE, 4, 0); return true;
    case PLANTED_OUT_BODY_ALONE: EMIT(BK_TAG_BODY, 0); return true;
    case PLANTED_OUT_MANIFEST_ALONE: EMIT(BK_TAG_MANIFEST, 0); return true;
    case PLANTED_OUT_RESULT_TWICE: EMIT(BK_TAG_RESULT, 0, BK_TAG_RESULT, 0); return true;
    case PLANTED_OUT_ERROR_FIRST: EMIT(BK_TAG_ERROR, 4, BK_ERR, BK_TAG_LOG, 0); return true;
    case PLANTED_OUT_ERROR_BARE: EMIT(BK_TAG_ERROR, 0); return true;
    case PLANTED_OUT_ERROR_TRAP: EMIT(BK_TAG_ERROR, 4, BK_ERR_TRAP); return true;
    default: return false;
    }
}

/* Asks for the effect that the request begins with, with the rest as its frame, as often as the first word says; the last answer is the RESULT. */
static bk_status ask(bk_effects *effects, bk_str request, bk_err *err) {
    bk_arena arena;
    bk_arena_init(&arena, 0);
    uint32_t count = bk_read_u32(request), op = bk_read_u32(bk_str_from(request, 4));
    bk_str answer = {0};
    bk_status status = BK_OK;
    for (uint32_t i = 0; i < count && status == BK_OK; i++) {
        bk_arena_release(&arena);
        status = effects->ask(effects->self, (bk_effect)op, bk_str_from(request, 8), &arena, &answer, err);
    }
    if (status == BK_OK) {
        EMIT(BK_TAG_RESULT, (uint32_t)answer.n);
        raw_emit(address(answer.p), (uint32_t)answer.n);
    }
    bk_arena_release(&arena);
    return status;
}

/* A word in each page from `from` to `to`. Whether all were zero. */
static bool mark(uint32_t from, uint32_t to) {
    bool clean = true;
    for (uint32_t at = (from & ~4095u) + 1024; at < to; at += 4096) {
        volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)at;
        clean = clean && *word == 0;
        *word = at;
    }
    return clean;
}

/* Below the stack, and behind what the allocator has given out. */
static void remains(void) {
    const uint32_t room = 64 << 10;
    char here;
    char *last = malloc(1);
    bool stack = mark(room, address(&here) - room), heap = mark(address(last) + room, (uint32_t)__builtin_wasm_memory_size(0) * 65536u);
    const bk_str found = stack && heap ? BK_S("new") : BK_S("used");
    EMIT(BK_TAG_RESULT, (uint32_t)found.n);
    raw_emit(address(found.p), (uint32_t)found.n);
}

bk_status bk_engine_call(bk_effects *effects, uint32_t op, bk_str request, bk_err *err) {
    if (machine(op) || rules(op, request) || outputs(op)) return BK_OK;
    switch (op) {
    case PLANTED_ECHO: /* well-behaved */
        EMIT(BK_TAG_RESULT, (uint32_t)request.n);
        raw_emit(address(request.p), (uint32_t)request.n);
        return BK_OK;
    case PLANTED_ASK: return ask(effects, request, err);
    case PLANTED_ERROR: return bk_err_set_str(err, BK_ERR, request);
    case PLANTED_REMAINS: remains(); return BK_OK;
    case PLANTED_HOG: hog(); return bk_err_nomem(err);
    case PLANTED_FLOOD: flood(); return BK_OK;
    default: return bk_err_set(err, BK_ERR, "no such fault");
    }
}
