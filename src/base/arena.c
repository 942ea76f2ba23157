#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/sort.h"

struct bk_arena_chunk {
    bk_arena_chunk *next;
    size_t size;
};

struct bk_arena_guest {
    struct bk_arena_guest *next;
    void *p;
};

enum { ALIGN = 8, FIRST_CHUNK = 64 << 10, LAST_CHUNK = 4 << 20, LAST_BELOW = 64 << 10 };
/* Blocks of arenas below others are freed early: that is to be seen. */
#ifdef BK_COLLECT_ALWAYS
#define LONE_BLOCKS true
#else
#define LONE_BLOCKS false
#endif
#define HEAD ((sizeof(bk_arena_chunk) + ALIGN - 1) & ~(size_t)(ALIGN - 1))

void bk_arena_init(bk_arena *arena, size_t cap) {
    *arena = (bk_arena){.cap = cap ? cap : BK_LIMIT_ARENA, .next_chunk = FIRST_CHUNK, .most_chunk = LAST_CHUNK};
}

void bk_arena_below(bk_arena *arena, bk_arena *child) {
    bk_arena_init(child, arena->cap);
    child->most_chunk = LAST_BELOW;
    child->debug = arena->debug || LONE_BLOCKS;
    child->fail_at = arena->fail_at;
    child->above = arena;
    child->below = arena->below;
    arena->below = child;
}

/* What the cap counts: an arena's bytes are its upper one's, too. */
static size_t in_use(const bk_arena *arena) { return arena->above ? arena->above->used : arena->used; }

static void count_on(bk_arena *arena, size_t size) {
    arena->used += size;
    if (arena->above) arena->above->used += size;
}

static void count_back(bk_arena *arena, size_t size) {
    arena->used -= size;
    if (arena->above) arena->above->used -= size;
}

void bk_arena_release(bk_arena *arena) {
    for (bk_arena *child = arena->below, *next; child; child = next) { /* they may lie in a chunk of this one */
        next = child->below;
        child->above = child->below = NULL;
        bk_arena_release(child);
    }
    for (bk_arena_chunk *c = arena->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    for (struct bk_arena_guest *g = arena->guests, *next; g; g = next) {
        next = g->next;
        free(g->p);
        free(g);
    }
    size_t cap = arena->cap;
    bool debug = arena->debug;
    bk_arena_init(arena, cap);
    arena->debug = debug;
}

bool bk_arena_adopt(bk_arena *arena, void *p) {
    struct bk_arena_guest *g = malloc(sizeof *g);
    if (!g) return false;
    *g = (struct bk_arena_guest){arena->guests, p};
    arena->guests = g;
    return true;
}

void bk_arena_back(bk_arena *arena, bk_arena_point point) {
    while (arena->chunks != point.chunks) {
        bk_arena_chunk *c = arena->chunks;
        arena->chunks = c->next;
        count_back(arena, c->size);
        free(c);
    }
    arena->at = point.at;
    arena->end = point.end;
}

/* Takes a chunk with room for n bytes from the system. */
static bk_arena_chunk *chunk_new(bk_arena *arena, size_t n) {
    size_t size, used = in_use(arena);
    if (!bk_add(n, HEAD, &size) || size > arena->cap || used > arena->cap - size) {
        arena->hit_cap = true;
        return NULL;
    }
    bk_arena_chunk *c = malloc(size);
    if (!c) return NULL;
    c->size = size;
    c->next = arena->chunks;
    arena->chunks = c;
    count_on(arena, size);
    return c;
}

static void *alloc_slow(bk_arena *arena, size_t n) {
    if (arena->debug) {
        bk_arena_chunk *c = chunk_new(arena, n);
        return c ? (char *)c + HEAD : NULL;
    }
    size_t want = arena->next_chunk;
    /* A large block gets a chunk of its own and leaves the current one in use. */
    if (n > want / 4) {
        bk_arena_chunk *c = chunk_new(arena, n);
        return c ? (char *)c + HEAD : NULL;
    }
    bk_arena_chunk *c = chunk_new(arena, want);
    if (!c) {
        want = n; /* near the cap: take just what is needed */
        c = chunk_new(arena, want);
        if (!c) return NULL;
    }
    if (arena->next_chunk < arena->most_chunk) arena->next_chunk *= 2;
    arena->at = (char *)c + HEAD + n;
    arena->end = (char *)c + HEAD + want;
    return (char *)c + HEAD;
}

/* For tests: whether this is the allocation that fails. */
static bool fails(bk_arena *arena) {
    bk_arena *counts = arena->above ? arena->above : arena;
    return ++counts->count == counts->fail_at;
}

BK_APART static void *alloc_rare(bk_arena *arena, size_t n) {
    arena->hit_cap = false;
    if (BK_UNLIKELY(arena->fail_at != 0) && fails(arena)) return NULL;
    if (arena->debug) return alloc_slow(arena, n);
    size_t rounded;
    if (!bk_add(n, ALIGN - 1, &rounded)) {
        arena->hit_cap = true;
        return NULL;
    }
    rounded &= ~(size_t)(ALIGN - 1);
    if ((size_t)(arena->end - arena->at) < rounded || !arena->at) return alloc_slow(arena, rounded);
    void *p = arena->at;
    arena->at += rounded;
    return p;
}

void *bk_arena_alloc(bk_arena *arena, size_t n) {
    /* The room is a multiple of ALIGN, and none where nothing was allocated yet or each block is one of malloc. */
    if (BK_UNLIKELY(n - 1 >= (size_t)(arena->end - arena->at) || arena->fail_at != 0)) return alloc_rare(arena, n);
    void *p = arena->at;
    arena->at += (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return p;
}

void *bk_arena_array(bk_arena *arena, size_t count, size_t size) {
    size_t n;
    if (!bk_mul(count, size, &n)) {
        arena->hit_cap = true;
        return NULL;
    }
    void *p = bk_arena_alloc(arena, n);
    if (p && n) memset(p, 0, n);
    return p;
}

static bool is_newest(const bk_arena *arena, const void *p, size_t old) {
    size_t rounded = (old + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return !arena->debug && p && old && arena->at && (const char *)p + rounded == arena->at;
}

/* The link to the chunk that a block of `old` bytes has for itself; NULL: it has none. */
static bk_arena_chunk **own_chunk(bk_arena *arena, const void *p, size_t old) {
    size_t size = ((old + ALIGN - 1) & ~(size_t)(ALIGN - 1)) + HEAD;
    if (!arena->moves || arena->debug || old < FIRST_CHUNK / 4) return NULL;
    for (bk_arena_chunk **link = &arena->chunks; *link; link = &(*link)->next)
        if ((char *)*link + HEAD == p) return (*link)->size == size ? link : NULL;
    return NULL;
}

/* Grows a chunk that holds one block. */
static void *grow_chunk(bk_arena *arena, bk_arena_chunk **link, size_t n) {
    size_t size, used = in_use(arena) - (*link)->size;
    if (!bk_add(n, HEAD + ALIGN - 1, &size) || size > arena->cap || used > arena->cap - size) {
        arena->hit_cap = true;
        return NULL;
    }
    size &= ~(size_t)(ALIGN - 1);
    if (arena->at == (char *)*link + (*link)->size) arena->at = arena->end = NULL; /* it was open, and full */
    bk_arena_chunk *c = realloc(*link, size);
    if (!c) return NULL;
    count_back(arena, c->size);
    count_on(arena, size);
    c->size = size;
    *link = c;
    return (char *)c + HEAD;
}

void *bk_arena_grow(bk_arena *arena, void *p, size_t old, size_t n) {
    assert(n >= old);
    if (is_newest(arena, p, old)) {
        size_t room = (size_t)(arena->end - (char *)p), rounded = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
        if (n <= room && rounded <= room) {
            arena->at = (char *)p + rounded;
            return p;
        }
    }
    bk_arena_chunk **own = own_chunk(arena, p, old);
    if (own) return grow_chunk(arena, own, n);
    void *q = bk_arena_alloc(arena, n);
    if (q && old) memcpy(q, p, old);
    return q;
}

void bk_arena_shrink(bk_arena *arena, void *p, size_t old, size_t n) {
    assert(n <= old);
    if (is_newest(arena, p, old)) arena->at = (char *)p + ((n + ALIGN - 1) & ~(size_t)(ALIGN - 1));
}

bool bk_arena_holds(const bk_arena *arena, bk_str s) {
    for (const bk_arena_chunk *c = arena->chunks; c; c = c->next)
        if ((uintptr_t)s.p - (uintptr_t)c < c->size) return true;
    return false;
}

/* ---- taking back ---- */

static int by_address(const void *a, const void *b, void *arg) {
    uintptr_t x = (uintptr_t)((const bk_arena_span *)a)->from, y = (uintptr_t)((const bk_arena_span *)b)->from;
    (void)arg;
    return x < y ? -1 : x > y;
}

bool bk_arena_sweep_begin(bk_arena_sweep *sweep, bk_arena *arena, bk_arena *scratch) {
    size_t n = 0;
    for (const bk_arena_chunk *c = arena->chunks; c; c = c->next) n++;
    *sweep = (bk_arena_sweep){.arena = arena, .spans = BK_NEW_ARRAY(scratch, bk_arena_span, n + 1)};
    if (!sweep->spans) return false;
    for (bk_arena_chunk *c = arena->chunks; c; c = c->next)
        sweep->spans[sweep->n++] = (bk_arena_span){.from = (char *)c + HEAD, .to = (char *)c + c->size, .chunk = c};
    return bk_sort(scratch, sweep->spans, n, sizeof *sweep->spans, by_address, NULL);
}

static bool within(const bk_arena_span *span, uintptr_t p, size_t n) {
    uintptr_t from = (uintptr_t)span->from, to = (uintptr_t)span->to;
    return p >= from && p <= to && n <= to - p;
}

bool bk_arena_sweep_mark(bk_arena_sweep *sweep, const void *p, size_t n) {
    uintptr_t at = (uintptr_t)p;
    if (sweep->n == 0) return false;
    if (!within(&sweep->spans[sweep->last], at, n)) {
        size_t low = 0, high = sweep->n; /* the last span that begins at or before p */
        while (high - low > 1) {
            size_t mid = low + (high - low) / 2;
            if ((uintptr_t)sweep->spans[mid].from <= at) low = mid;
            else high = mid;
        }
        if (!within(&sweep->spans[low], at, n)) return false;
        sweep->last = low;
    }
    return sweep->spans[sweep->last].marked = true;
}

void bk_arena_sweep_end(bk_arena_sweep *sweep) {
    bk_arena *arena = sweep->arena;
    arena->chunks = NULL;
    arena->at = arena->end = NULL;
    for (size_t i = 0; i < sweep->n; i++) {
        bk_arena_chunk *c = sweep->spans[i].chunk;
        if (sweep->spans[i].marked) {
            c->next = arena->chunks;
            arena->chunks = c;
        } else {
            count_back(arena, c->size);
            free(c);
        }
    }
}

bool bk_arena_cat(bk_arena *arena, bk_str a, bk_str b, bk_str *ret) {
    size_t n;
    arena->hit_cap = true;
    if (!bk_add(a.n, b.n, &n) || n >= BK_LIMIT_STRING) return false;
    char *p = bk_arena_alloc(arena, n + 1);
    if (!p) return false;
    if (a.n) memcpy(p, a.p, a.n);
    if (b.n) memcpy(p + a.n, b.p, b.n);
    p[n] = 0;
    *ret = (bk_str){p, n};
    return true;
}

bool bk_arena_dup(bk_arena *arena, bk_str s, bk_str *ret) { return bk_arena_cat(arena, s, (bk_str){NULL, 0}, ret); }

bool bk_arena_printf(bk_arena *arena, bk_str *ret, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    size_t n = bk_format(NULL, 0, fmt, args);
    va_end(args);
    char *p = bk_arena_alloc(arena, n + 1);
    if (p) {
        bk_format(p, n + 1, fmt, again);
        *ret = (bk_str){p, n};
    }
    va_end(again);
    return p != NULL;
}

bk_status bk_arena_fail(const bk_arena *arena, bk_err *err) {
    if (arena->hit_cap || (arena->above && arena->above->hit_cap))
        return bk_err_set(err, BK_ERR_LIMIT, "memory limit of %zu MiB reached", arena->cap >> 20);
    return bk_err_nomem(err);
}
