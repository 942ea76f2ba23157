/* wasm_bytes.c: for wasm only: the C library's copies, searches and comparisons of bytes, sixteen at a time.
 *
 * wasi-libc goes through memory byte by byte or by words of 32 bits; in a render that is a tenth of all instructions. Its copies leave the module
 * for the runtime, which takes longer than most of them, and a compartment at its deadline can be stopped only within the module
 * (sandbox/deadline.h). The names are the library's, so all code gets these, RE2's included. No load but strlen's and the one of a short memchr goes beyond the bytes
 * given, and those stay within a page of the memory.
 * Compiled without the compiler's own ideas of these functions, or they would call themselves. */
#ifdef __wasm__
#include <stddef.h>
#include <stdint.h>

typedef unsigned char byte;
typedef byte vec __attribute__((vector_size(16), aligned(1)));
typedef uint64_t word __attribute__((aligned(1), may_alias));
typedef uint32_t half __attribute__((aligned(1), may_alias));

static inline vec load(const byte *p) { return *(const vec *)p; }
static inline unsigned marks(vec equal) {
    return (unsigned)__builtin_wasm_bitmask_i8x16((__attribute__((vector_size(16))) signed char)equal);
}

static inline void store(byte *p, vec v) { *(vec *)p = v; }
static inline uint64_t load8(const byte *p) { return *(const word *)p; }
static inline uint32_t load4(const byte *p) { return *(const half *)p; }

/* At most sixteen bytes: all are read before one is written, so the two may overlap. */
static inline void move_few(byte *d, const byte *s, size_t n) {
    if (n >= 8) {
        uint64_t head = load8(s), tail = load8(s + n - 8);
        *(word *)d = head;
        *(word *)(d + n - 8) = tail;
    } else if (n >= 4) {
        uint32_t head = load4(s), tail = load4(s + n - 4);
        *(half *)d = head;
        *(half *)(d + n - 4) = tail;
    } else if (n) {
        byte first = s[0], middle = s[n / 2], last = s[n - 1];
        d[0] = first;
        d[n / 2] = middle;
        d[n - 1] = last;
    }
}

/* More than sixteen, from the front; the last sixteen are read before any is written. */
static inline void move_up(byte *d, const byte *s, size_t n) {
    vec tail = load(s + n - 16);
    byte *last = d + n - 16;
    for (; (size_t)(last - d) > 64; d += 64, s += 64) {
        vec a = load(s), b = load(s + 16), c = load(s + 32), e = load(s + 48);
        store(d, a);
        store(d + 16, b);
        store(d + 32, c);
        store(d + 48, e);
    }
    for (; d < last; d += 16, s += 16) store(d, load(s));
    store(last, tail);
}

/* The same from the back, for a destination behind the source. */
static inline void move_down(byte *d, const byte *s, size_t n) {
    vec head = load(s);
    for (; n > 16; n -= 16) store(d + n - 16, load(s + n - 16));
    store(d, head);
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    if (n <= 16) move_few(to, from, n);
    else move_up(to, from, n);
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    if (n <= 16) move_few(to, from, n);
    else if ((size_t)((byte *)to - (const byte *)from) >= n) move_up(to, from, n);
    else move_down(to, from, n);
    return to;
}

void *memset(void *to, int c, size_t n) {
    byte *d = to;
    if (n >= 16) {
        vec all = (vec){} + (byte)c;
        byte *last = d + n - 16;
        for (; d < last; d += 16) store(d, all);
        store(last, all);
        return to;
    }
    uint64_t eight = (byte)c * 0x0101010101010101u;
    if (n >= 8) {
        *(word *)d = eight;
        *(word *)(d + n - 8) = eight;
    } else if (n >= 4) {
        *(half *)d = (uint32_t)eight;
        *(half *)(d + n - 4) = (uint32_t)eight;
    } else if (n) {
        d[0] = d[n / 2] = d[n - 1] = (byte)c;
    }
    return to;
}

/* By aligned pieces, none of which ends outside the memory. */
size_t strlen(const char *s) {
    const byte *from = (const byte *)s, *p = (const byte *)((uintptr_t)s & ~(uintptr_t)15);
    unsigned found = marks((vec)(load(p) == (vec){})) >> (from - p);
    if (found) return (size_t)__builtin_ctz(found);
    do {
        p += 16;
        found = marks((vec)(load(p) == (vec){}));
    } while (!found);
    return (size_t)(p - from) + (size_t)__builtin_ctz(found);
}

void *memchr(const void *s, int c, size_t n) {
    const byte *p = s, *end = p + n;
    byte b = (byte)c;
    if (n >= 16) {
        vec all = (vec){} + b;
        for (; (size_t)(end - p) >= 16; p += 16) {
            unsigned found = marks((vec)(load(p) == all));
            if (found) return (void *)(p + __builtin_ctz(found));
        }
        if (p == end) return NULL;
        p = end - 16; /* some of them for the second time */
        unsigned found = marks((vec)(load(p) == all));
        return found ? (void *)(p + __builtin_ctz(found)) : NULL;
    }
    if (n && ((uintptr_t)p & 0xFFFF) <= 0x10000 - 16) { /* none of a page's sixteen lies outside the memory */
        unsigned found = marks((vec)(load(p) == (vec){} + b)) & ((1u << n) - 1);
        return found ? (void *)(p + __builtin_ctz(found)) : NULL;
    }
    for (; p < end; p++)
        if (*p == b) return (void *)p;
    return NULL;
}

static inline int order(uint64_t a, uint64_t b) {
    a = __builtin_bswap64(a);
    b = __builtin_bswap64(b);
    return a < b ? -1 : a > b;
}

int memcmp(const void *left, const void *right, size_t n) {
    const byte *a = left, *b = right;
    if (n >= 16) {
        const byte *last = a + n - 16;
        for (;;) {
            unsigned differ = marks((vec)(load(a) == load(b))) ^ 0xFFFF;
            if (differ) return a[__builtin_ctz(differ)] - b[__builtin_ctz(differ)];
            if (a == last) return 0;
            size_t step = (size_t)(last - a) < 16 ? (size_t)(last - a) : 16; /* the last piece reaches back */
            a += step;
            b += step;
        }
    }
    if (n >= 8) {
        uint64_t x = load8(a), y = load8(b);
        return x == y ? order(load8(a + n - 8), load8(b + n - 8)) : order(x, y);
    }
    if (n >= 4) {
        uint64_t x = (uint64_t)__builtin_bswap32(load4(a)) << 32 | __builtin_bswap32(load4(a + n - 4));
        uint64_t y = (uint64_t)__builtin_bswap32(load4(b)) << 32 | __builtin_bswap32(load4(b + n - 4));
        return x < y ? -1 : x > y;
    }
    for (; n; n--, a++, b++)
        if (*a != *b) return *a - *b;
    return 0;
}

int bcmp(const void *left, const void *right, size_t n) { return memcmp(left, right, n); }

#else
typedef int bk_wasm_bytes_unused;
#endif
