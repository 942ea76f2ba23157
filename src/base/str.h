/* str.h: views of bytes.
 *
 * A bk_str is a pointer and a length. It owns nothing, may hold NUL and invalid UTF-8 (as a Go string may), and need not
 * be terminated. The empty view may have a NULL pointer. Whoever hands one out says how long the bytes live; in the engine that
 * is nearly always "as long as the arena". */
#ifndef BK_BASE_STR_H
#define BK_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

typedef struct bk_str {
    const char *p;
    size_t n;
} bk_str;

/* View of a literal. */
#define BK_S(literal) ((bk_str){("" literal), sizeof(literal) - 1})
/* Arguments for "%.*s". A view longer than INT_MAX is cut; messages are capped far below. The argument is evaluated more than once: a text that is made is made before. */
#define BK_FMT(s) (int)((s).n > 0x7fffffffu ? 0x7fffffffu : (s).n), ((s).p ? (s).p : "")

/* View of a C string; NULL gives the empty view. */
static inline bk_str bk_str_c(const char *c) { return (bk_str){c, c ? strlen(c) : 0}; }
static inline bk_str bk_str_of(const char *p, size_t n) { return (bk_str){p, n}; }

/* Both have n bytes. Inline, for texts that are short and nearly always the same; what overlaps is looked at twice. */
static inline bool bk_bytes_eq(const char *a, const char *b, size_t n) {
    if (n >= 8) {
        uint64_t v, w;
        for (size_t at = 0; at < n - 8; at += 8) {
            memcpy(&v, a + at, 8);
            memcpy(&w, b + at, 8);
            if (v != w) return false;
        }
        memcpy(&v, a + n - 8, 8);
        memcpy(&w, b + n - 8, 8);
        return v == w;
    }
    if (n >= 4) {
        uint32_t v[2], w[2];
        memcpy(&v[0], a, 4);
        memcpy(&w[0], b, 4);
        memcpy(&v[1], a + n - 4, 4);
        memcpy(&w[1], b + n - 4, 4);
        return v[0] == w[0] && v[1] == w[1];
    }
    return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

/* The same as a call. */
bool bk_bytes_equal(const char *a, const char *b, size_t n);

/* Against a literal that is short the comparison is a few instructions. */
#define BK_BYTES_EQ(a, b, n) (__builtin_constant_p(n) && (n) <= 24 ? bk_bytes_eq((a), (b), (n)) : bk_bytes_equal((a), (b), (n)))

static inline bool bk_str_eq(bk_str a, bk_str b) { return a.n == b.n && BK_BYTES_EQ(a.p, b.p, b.n); }
static inline bool bk_str_starts(bk_str s, bk_str prefix) { return s.n >= prefix.n && BK_BYTES_EQ(s.p, prefix.p, prefix.n); }
static inline bool bk_str_ends(bk_str s, bk_str suffix) {
    return s.n >= suffix.n && (suffix.n == 0 || BK_BYTES_EQ(s.p + s.n - suffix.n, suffix.p, suffix.n));
}
/* Bytes from `from` to the end / between from and to; positions beyond the end are clamped. */
static inline bk_str bk_str_from(bk_str s, size_t from) {
    if (from > s.n) from = s.n;
    return (bk_str){s.p ? s.p + from : NULL, s.n - from};
}
static inline bk_str bk_str_sub(bk_str s, size_t from, size_t to) {
    if (to > s.n) to = s.n;
    if (from > to) from = to;
    return (bk_str){s.p ? s.p + from : NULL, to - from};
}

#define BK_NPOS ((size_t)-1)

/* Order by bytes, then by length: <0, 0, >0. */
int bk_str_cmp(bk_str a, bk_str b);
/* Position of the first / last occurrence, or BK_NPOS. An empty needle is found at 0 / at the end. */
size_t bk_str_find(bk_str s, bk_str needle);
size_t bk_str_rfind(bk_str s, bk_str needle);
size_t bk_str_find_byte(bk_str s, char c);
size_t bk_str_rfind_byte(bk_str s, char c);
static inline bool bk_str_contains(bk_str s, bk_str needle) { return bk_str_find(s, needle) != BK_NPOS; }
/* Without ASCII white space (space, \t \n \v \f \r) at both ends, the right end, the left end. Unicode white space: base/unicode.h. */
bk_str bk_str_trim(bk_str s);
bk_str bk_str_trim_right(bk_str s);
bk_str bk_str_trim_left(bk_str s);
/* Equal but for ASCII case. */
bool bk_str_eq_fold(bk_str a, bk_str b);
/* Cuts at the first `sep`: *head gets what is before it, *tail what is after; false when there is none (head = s, tail empty). */
bool bk_str_cut(bk_str s, bk_str sep, bk_str *head, bk_str *tail);
/* The next line without its "\n"; moves *rest behind it. False at the end. */
bool bk_str_line(bk_str *rest, bk_str *ret_line);
/* Hash for tables whose keys come from charts: seeded by length, mixes 8 bytes at a time. */
uint32_t bk_str_hash(bk_str s);

/* Base name and directory of a slash path, as Go's path.Base and path.Dir without cleaning: views into s. */
bk_str bk_path_base(bk_str s);
bk_str bk_path_dir(bk_str s);

#endif
