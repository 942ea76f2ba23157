#include "base/str.h"

#include "base/hash.h"
#include "base/vec.h"

int bk_str_cmp(bk_str a, bk_str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    if (n) { /* most differ at once */
        int c = (unsigned char)a.p[0] - (unsigned char)b.p[0];
        if (c == 0) c = memcmp(a.p, b.p, n);
        if (c != 0) return c;
    }
    return a.n < b.n ? -1 : a.n > b.n;
}

bool bk_bytes_equal(const char *a, const char *b, size_t n) { return bk_bytes_eq(a, b, n); }

size_t bk_str_find_byte(bk_str s, char c) {
    const char *f = s.n ? memchr(s.p, c, s.n) : NULL;
    return f ? (size_t)(f - s.p) : BK_NPOS;
}

size_t bk_str_rfind_byte(bk_str s, char c) {
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == c) return i - 1;
    return BK_NPOS;
}

/* memmem of both libcs is the two-way algorithm: linear, whatever a chart's author feeds it. */
extern void *memmem(const void *, size_t, const void *, size_t);

/* From `at` on, a place before `end` where a short needle may begin; NULL when there is none. */
static const char *next_place(const char *at, const char *end, bk_str needle) {
#ifdef BK_VEC_MARKS
    /* Two bytes of it stand together far more rarely than one stands anywhere. */
    for (; needle.n > 1 && end - at >= 16; at += 16) {
        unsigned marks = bk_vec_marks((bk_vec)(bk_vec_load(at) == (unsigned char)needle.p[0]) &
                                      (bk_vec)(bk_vec_load(at + 1) == (unsigned char)needle.p[1]));
        if (marks) return at + __builtin_ctz(marks);
    }
#endif
    return memchr(at, needle.p[0], (size_t)(end - at));
}

/* For short needles. At worst each byte of s is looked at so many times as the needle has bytes. */
enum { SHORT_NEEDLE = 16 };
static size_t find_short(bk_str s, bk_str needle) {
    const char *end = s.p + (s.n - needle.n) + 1; /* of the places where it can begin */
    for (const char *at = s.p; at < end; at++) {
        at = next_place(at, end, needle);
        if (!at) return BK_NPOS;
        if (memcmp(at + 1, needle.p + 1, needle.n - 1) == 0) return (size_t)(at - s.p);
    }
    return BK_NPOS;
}

size_t bk_str_find(bk_str s, bk_str needle) {
    if (needle.n == 0) return 0;
    if (needle.n > s.n) return BK_NPOS;
    if (needle.n <= SHORT_NEEDLE) return find_short(s, needle);
    const char *f = memmem(s.p, s.n, needle.p, needle.n);
    return f ? (size_t)(f - s.p) : BK_NPOS;
}

size_t bk_str_rfind(bk_str s, bk_str needle) {
    if (needle.n > s.n) return BK_NPOS;
    if (needle.n == 0) return s.n;
    size_t last = BK_NPOS;
    /* Walking forward keeps the linear bound that a backward comparison would lose on repetitive text. */
    for (size_t at = 0;;) {
        size_t f = bk_str_find(bk_str_from(s, at), needle);
        if (f == BK_NPOS) return last;
        last = at + f;
        at = last + 1;
    }
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bk_str bk_str_trim_left(bk_str s) {
    while (s.n && is_space(s.p[0])) s = bk_str_from(s, 1);
    return s;
}

bk_str bk_str_trim_right(bk_str s) {
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

bk_str bk_str_trim(bk_str s) { return bk_str_trim_left(bk_str_trim_right(s)); }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool bk_str_eq_fold(bk_str a, bk_str b) {
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

bool bk_str_cut(bk_str s, bk_str sep, bk_str *head, bk_str *tail) {
    size_t at = bk_str_find(s, sep);
    if (at == BK_NPOS) {
        *head = s;
        *tail = (bk_str){NULL, 0};
        return false;
    }
    *head = bk_str_sub(s, 0, at);
    *tail = bk_str_from(s, at + sep.n);
    return true;
}

bool bk_str_line(bk_str *rest, bk_str *ret_line) {
    if (rest->n == 0) return false;
    bk_str tail;
    bk_str_cut(*rest, BK_S("\n"), ret_line, &tail);
    *rest = tail;
    return true;
}

uint32_t bk_str_hash(bk_str s) { return bk_str_hash_inline(s); }

bk_str bk_path_base(bk_str s) {
    size_t at = bk_str_rfind_byte(s, '/');
    return at == BK_NPOS ? s : bk_str_from(s, at + 1);
}

bk_str bk_path_dir(bk_str s) {
    size_t at = bk_str_rfind_byte(s, '/');
    return at == BK_NPOS ? BK_S(".") : bk_str_sub(s, 0, at);
}
