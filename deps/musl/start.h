/* start.h: what the static program's first instructions (start.c) and the relocation that comes later (late.c) share. */
#ifndef BK_MUSL_START_H
#define BK_MUSL_START_H

#include <elf.h>
#include <stddef.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; older ones say no, and each page has its fault */
#endif

#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#endif

extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
extern Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

/* The tables that are relocated late (late.ld). OpenSSL writes to those from bk_late_writable on. */
extern char bk_late_begin[] __attribute__((visibility("hidden"))), bk_late_writable[] __attribute__((visibility("hidden"))),
    bk_late_end[] __attribute__((visibility("hidden")));

/* Whole pages. */
typedef struct {
    size_t from, to;
} bk_range;

/* So many of the 63 words from `at` on lie before `end`. */
static inline unsigned bk_words_before(size_t at, size_t end) {
    size_t n = end <= at ? 0 : (end - at) / sizeof(size_t);
    return n < 63 ? (unsigned)n : 63;
}

/* Adds `base` to the pointers that a packed table (RELR) of n entries names: those in `late`, or all others. An entry is an address, or 63 bits for the words behind
 * the last. */
static inline void bk_relocate_table(const size_t *at, size_t n, size_t base, bk_range late, int inside) {
    size_t next = 0;
    for (; n; n--, at++) {
        if (!(*at & 1)) {
            size_t p = base + *at;
            if ((p >= late.from && p < late.to) == inside) *(size_t *)p += base;
            next = p + sizeof(size_t);
            continue;
        }
        const size_t one = 1, of_late = (one << bk_words_before(next, late.to)) - (one << bk_words_before(next, late.from));
        size_t *words = (size_t *)next;
        for (size_t bits = *at >> 1 & (inside ? of_late : ~of_late); bits; bits &= bits - 1) words[__builtin_ctzll(bits)] += base;
        next += 63 * sizeof(size_t);
    }
}

/* The same with the program's own table. Called before anything is relocated, too: it takes no address but through the program counter. */
static inline void bk_relocate(bk_range late, int inside) {
    const size_t base = (size_t)&__ehdr_start;
    size_t at = 0, n = 0;
    for (const Elf64_Dyn *d = _DYNAMIC; d->d_tag; d++) {
        if (d->d_tag == DT_RELR) at = base + d->d_un.d_ptr;
        if (d->d_tag == DT_RELRSZ) n = d->d_un.d_val / sizeof(size_t);
    }
    bk_relocate_table((const size_t *)at, n, base, late, inside);
}

#endif
