/* arena.h: memory of one engine call.
 *
 * Everything that a render makes lies in one arena and is freed with it, whole. Nothing is freed one by one.
 * An arena has a hard cap; hitting it, and the system's refusal, both show as NULL; bk_arena_fail tells them apart.
 * Blocks are aligned to 8 bytes. An arena is used by one thread.
 *
 * An arena may have another one below it, for what does not live as long: the two share a cap, and it goes when the upper one goes. Of such an arena what nobody refers to any
 * more can be taken back before (bk_arena_sweep).
 *
 * With `debug` set (the tests do) every block is a malloc of its own, so that the address sanitizer sees an overrun by
 * one byte; with `fail_at` = n the n-th allocation fails, for allocation-failure runs. */
#ifndef BK_BASE_ARENA_H
#define BK_BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

/* Taking back at every chance, each block below an arena alone: what the address sanitizer sees best. A build may ask for it, too. */
#if defined(BK_SANITIZED) && !defined(BK_COLLECT_ALWAYS)
#define BK_COLLECT_ALWAYS
#endif

typedef struct bk_arena_chunk bk_arena_chunk;

typedef struct bk_arena {
    char *at, *end; /* free room in the newest chunk */
    bk_arena_chunk *chunks;
    struct bk_arena_guest *guests; /* blocks of malloc that are freed with it */
    size_t used, cap;              /* bytes handed out by the system, and the most it may be */
    size_t next_chunk, most_chunk; /* size of the next chunk: grows up to the most, so that small calls stay small */
    struct bk_arena *above, *below;
    struct bk_map_log *log; /* which of its maps are written to, where somebody wants to know (value/map.h) */
    size_t fail_at, count;  /* tests: which allocation fails (0 = none), how many there were */
    bool debug;
    bool moves;   /* a large block that grows is reallocated, so it leaves nothing behind; for an arena that nobody takes points of */
    bool hit_cap; /* the last NULL was the cap's, not the system's */
} bk_arena;

/* cap 0 means BK_LIMIT_ARENA. Allocates nothing yet. */
void bk_arena_init(bk_arena *arena, size_t cap);
/* Frees everything. The arena may be used again. */
void bk_arena_release(bk_arena *arena);

/* Puts `child`, as yet untouched, below the arena. What it hands out counts as its parent's, too. */
void bk_arena_below(bk_arena *arena, bk_arena *child);

/* Uninitialised bytes; never NULL for n = 0 unless out of memory. */
void *bk_arena_alloc(bk_arena *arena, size_t n) BK_MUST;
/* Zeroed array of count items of the given size; NULL also when count * size overflows. */
void *bk_arena_array(bk_arena *arena, size_t count, size_t size) BK_MUST;
#define BK_NEW(arena, type) ((type *)bk_arena_array((arena), 1, sizeof(type)))
#define BK_NEW_ARRAY(arena, type, count) ((type *)bk_arena_array((arena), (count), sizeof(type)))
/* Grows a block from `old` to `n` bytes: in place when it is the newest and there is room, else by copy. p may be NULL with old = 0. */
void *bk_arena_grow(bk_arena *arena, void *p, size_t old, size_t n) BK_MUST;
/* Gives back the tail of the newest block: it keeps `n` of its `old` bytes. Does nothing for older blocks. */
void bk_arena_shrink(bk_arena *arena, void *p, size_t old, size_t n);

/* A point in the arena's life, to go back to: frees all blocks made since, and those that grew since must not be used any more. Only whoever knows
 * of every block made in between may go back. Points are given up newest first. */
typedef struct bk_arena_point {
    bk_arena_chunk *chunks;
    char *at, *end;
} bk_arena_point;
static inline bk_arena_point bk_arena_here(const bk_arena *arena) { return (bk_arena_point){arena->chunks, arena->at, arena->end}; }
void bk_arena_back(bk_arena *arena, bk_arena_point point);

/* Takes over a block of malloc, to be freed by bk_arena_release (bk_arena_back leaves it). False without memory: it is still the caller's. */
bool bk_arena_adopt(bk_arena *arena, void *p) BK_MUST;

/* ---- taking back ----
 *
 * Who knows all references into an arena marks what they lead to, and the chunks in which nothing was marked are freed. Blocks do not move, so a mark too many costs nothing but
 * memory. Nothing that was made before may be grown or shrunk afterwards. */
typedef struct bk_arena_span {
    const char *from, *to;
    bk_arena_chunk *chunk;
    bool marked;
} bk_arena_span;

typedef struct bk_arena_sweep {
    bk_arena *arena;
    bk_arena_span *spans; /* the chunks by address */
    size_t n, last;       /* last: the one that was marked last */
} bk_arena_sweep;

/* Begins; the table of chunks lies in `scratch`. False without memory. */
bool bk_arena_sweep_begin(bk_arena_sweep *sweep, bk_arena *arena, bk_arena *scratch) BK_MUST;
/* Marks the n bytes at p, which may lie within a block. False, and nothing happens, unless all of them lie in one chunk of the arena. */
bool bk_arena_sweep_mark(bk_arena_sweep *sweep, const void *p, size_t n);
/* Frees what was not marked. */
void bk_arena_sweep_end(bk_arena_sweep *sweep);

/* Whether those bytes lie in a chunk of the arena. */
bool bk_arena_holds(const bk_arena *arena, bk_str s);

/* Copies; false (and *ret unchanged) without memory. The copy is followed by a NUL that does not count. */
bool bk_arena_dup(bk_arena *arena, bk_str s, bk_str *ret) BK_MUST;
/* Copies of a and b, one after the other. */
bool bk_arena_cat(bk_arena *arena, bk_str a, bk_str b, bk_str *ret) BK_MUST;
bool bk_arena_printf(bk_arena *arena, bk_str *ret, const char *fmt, ...) BK_MUST BK_PRINTF(3, 4);

/* The error for the NULL just seen: BK_ERR_LIMIT for the cap, BK_ERR_NOMEM else. */
BK_COLD bk_status bk_arena_fail(const bk_arena *arena, bk_err *err);

#endif
