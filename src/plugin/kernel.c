#include "plugin/kernel.h"

#include <stdlib.h>

/* As in Extism's runtime, whose blocks begin behind a root of 65 bytes and a header of 12 each. */
#define FIRST 77u
#define HEADER 12u
#define PAGE 65536u
#define PAGES_AT_FIRST 16u
#define ROOT 64u
/* So that offsets cannot wrap: far beyond what can be allocated in a run. */
#define NEXT_MAX ((uint64_t)1 << 62)

void bk_kernel_init(bk_kernel *k, uint64_t most) { *k = (bk_kernel){.next = FIRST, .most = most}; }

void bk_kernel_reset(bk_kernel *k) {
    for (size_t i = 0; i < k->count; i++) free(k->blocks[i].p);
    bk_kernel_block *blocks = k->blocks;
    size_t cap = k->cap;
    bk_kernel_init(k, k->most);
    k->blocks = blocks;
    k->cap = cap;
}

void bk_kernel_release(bk_kernel *k) {
    bk_kernel_reset(k);
    free(k->blocks);
    *k = (bk_kernel){0};
}

/* ---- finding ---- */

/* The index of the last block that starts at or before the offset; count when there is none. */
static size_t index_of(const bk_kernel *k, uint64_t at) {
    size_t low = 0, high = k->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->blocks[middle].at <= at) low = middle + 1;
        else high = middle;
    }
    return low ? low - 1 : k->count;
}

/* The block that covers the offset, freed or not; NULL: none. */
static bk_kernel_block *covering(bk_kernel *k, uint64_t at) {
    if (BK_LIKELY(k->hint < k->count)) {
        bk_kernel_block *b = &k->blocks[k->hint];
        if (at >= b->at && at - b->at < b->n) return b->p ? b : NULL;
    }
    size_t i = index_of(k, at);
    if (i == k->count) return NULL;
    bk_kernel_block *b = &k->blocks[i];
    if (at - b->at >= b->n) return NULL;
    k->hint = i;
    return b->p ? b : NULL;
}

static bk_kernel_block *starting(bk_kernel *k, uint64_t at) {
    bk_kernel_block *b = covering(k, at);
    return b && b->at == at && !b->freed ? b : NULL;
}

static uint64_t pages(const bk_kernel *k) {
    uint64_t n = (k->next - HEADER + PAGE - 1) / PAGE;
    return n < PAGES_AT_FIRST ? PAGES_AT_FIRST : n;
}

static uint64_t extent(const bk_kernel *k) { return pages(k) * PAGE; }

static bool inside(const bk_kernel *k, uint64_t at, uint64_t n) { return at <= extent(k) && n <= extent(k) - at; }

/* What is beyond the extent loses its upper half, as addresses do in Extism's runtime. */
static uint64_t cut(const bk_kernel *k, uint64_t at) { return inside(k, at, 0) ? at : (uint32_t)at; }

/* ---- allocating ---- */

/* Entries of freed blocks are kept until they are as many as the others: then a sweep costs no more than the frees before it. */
static void sweep(bk_kernel *k) {
    if (k->dead < 64 || k->dead < k->count / 2) return;
    size_t to = 0;
    for (size_t i = 0; i < k->count; i++)
        if (k->blocks[i].p) k->blocks[to++] = k->blocks[i];
    k->count = to;
    k->dead = 0;
    k->hint = 0;
}

static bool grow(bk_kernel *k) {
    if (k->count < k->cap) return true;
    if (k->count >= BK_KERNEL_BLOCKS) return false;
    size_t cap = k->cap ? k->cap * 2 : 32;
    bk_kernel_block *blocks = realloc(k->blocks, cap * sizeof *blocks);
    if (!blocks) return false;
    k->blocks = blocks;
    k->cap = cap;
    return true;
}

uint64_t bk_kernel_alloc(bk_kernel *k, uint64_t n) {
    if (n == 0 || n > k->most - k->live || n > SIZE_MAX / 2 || k->next > NEXT_MAX - n || !grow(k)) return 0;
    unsigned char *p = calloc(1, (size_t)n);
    if (!p) return 0;
    uint64_t at = k->next;
    k->hint = k->count;
    k->blocks[k->count++] = (bk_kernel_block){at, n, p, false};
    k->live += n;
    k->next = at + n + HEADER;
    return at;
}

uint64_t bk_kernel_put(bk_kernel *k, bk_str bytes, bool *ret_failed) {
    uint64_t at = bk_kernel_alloc(k, bytes.n);
    *ret_failed = at == 0 && bytes.n > 0;
    if (at) memcpy(k->blocks[k->hint].p, bytes.p, bytes.n);
    return at;
}

static void drop(bk_kernel *k, bk_kernel_block *b) {
    free(b->p);
    b->p = NULL;
    k->live -= b->n;
    k->dead++;
}

void bk_kernel_free(bk_kernel *k, uint64_t at) {
    bk_kernel_block *b = starting(k, at);
    if (!b) return;
    if (at == k->input_at) k->input_n = 0;
    /* A plugin that frees what it has just set as output still means it. */
    if (k->output_n && k->output_at < b->at + b->n && b->at < k->output_at + k->output_n) {
        b->freed = true;
        k->kept++;
        return;
    }
    drop(k, b);
    sweep(k);
}

uint64_t bk_kernel_length(bk_kernel *k, uint64_t at) {
    const bk_kernel_block *b = starting(k, at);
    return b ? b->n : 0;
}

bool bk_kernel_view(bk_kernel *k, uint64_t at, bk_str *ret, bool *ret_inside) {
    const bk_kernel_block *b = starting(k, at);
    *ret = b ? bk_str_of((const char *)b->p, (size_t)b->n) : BK_S("");
    *ret_inside = b || inside(k, cut(k, at), 0);
    return b != NULL;
}

/* ---- bytes ---- */

uint8_t bk_kernel_load_u8(bk_kernel *k, uint64_t at) {
    const bk_kernel_block *b = covering(k, at);
    return b ? b->p[at - b->at] : 0;
}

void bk_kernel_store_u8(bk_kernel *k, uint64_t at, uint8_t v) {
    bk_kernel_block *b = covering(k, at);
    if (b) b->p[at - b->at] = v;
}

bool bk_kernel_load_u64(bk_kernel *k, uint64_t at, uint64_t *ret) {
    const bk_kernel_block *b = covering(k, at);
    uint64_t v = 0;
    if (BK_LIKELY(b && b->n - (at - b->at) >= 8)) {
        const unsigned char *p = b->p + (at - b->at);
        for (unsigned i = 0; i < 8; i++) v |= (uint64_t)p[i] << (8 * i);
    } else {
        at = cut(k, at);
        if (!inside(k, at, 8)) return false;
        for (unsigned i = 0; i < 8; i++) v |= (uint64_t)bk_kernel_load_u8(k, at + i) << (8 * i);
    }
    *ret = v;
    return true;
}

bool bk_kernel_store_u64(bk_kernel *k, uint64_t at, uint64_t v) {
    bk_kernel_block *b = covering(k, at);
    if (BK_LIKELY(b && b->n - (at - b->at) >= 8)) {
        unsigned char *p = b->p + (at - b->at);
        for (unsigned i = 0; i < 8; i++) p[i] = (unsigned char)(v >> (8 * i));
        return true;
    }
    at = cut(k, at);
    if (!inside(k, at, 8)) return false;
    for (unsigned i = 0; i < 8; i++) bk_kernel_store_u8(k, at + i, (uint8_t)(v >> (8 * i)));
    return true;
}

/* ---- input, output ---- */

void bk_kernel_input_set(bk_kernel *k, uint64_t at, uint64_t n) {
    if (!inside(k, at, n)) return;
    k->input_at = at;
    k->input_n = n;
}

/* Blocks that were kept for the old output only. */
static void drop_kept(bk_kernel *k) {
    for (size_t i = 0; i < k->count; i++)
        if (k->blocks[i].p && k->blocks[i].freed) drop(k, &k->blocks[i]);
    k->kept = 0;
    sweep(k);
}

void bk_kernel_output_set(bk_kernel *k, uint64_t at, uint64_t n) {
    if (!inside(k, at, n)) return;
    bool same = at == k->output_at && n == k->output_n;
    k->output_at = at;
    k->output_n = n;
    if (k->kept && !same) drop_kept(k);
}

void bk_kernel_read(bk_kernel *k, uint64_t at, uint64_t n, bk_buf *out) {
    if (!inside(k, at, n)) return;
    uint64_t end = at + n;
    while (at < end && bk_buf_ok(out)) {
        const bk_kernel_block *b = covering(k, at);
        uint64_t stop = end;
        if (b) {
            if (stop > b->at + b->n) stop = b->at + b->n;
            bk_buf_bytes(out, (const char *)b->p + (at - b->at), (size_t)(stop - at));
        } else {
            size_t i = index_of(k, at);
            size_t next = i == k->count ? 0 : i + 1;
            while (next < k->count && !k->blocks[next].p) next++;
            if (next < k->count && stop > k->blocks[next].at) stop = k->blocks[next].at;
            bk_buf_fill(out, 0, (size_t)(stop - at));
        }
        at = stop;
    }
}

uint64_t bk_kernel_memory_bytes(const bk_kernel *k) {
    /* What is managed begins with one page and grows by pages, the root excepted. */
    uint64_t n = (k->next - HEADER + ROOT + PAGE - 1) / PAGE;
    return (n ? n : 1) * PAGE - ROOT;
}
