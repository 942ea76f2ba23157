/* wasm_bytes.c: for wasm only: the C library's searches and comparisons of bytes, sixteen at a time.
 *
 * wasi-libc goes through memory byte by byte or by words of 32 bits; in a render that is a tenth of all instructions. The names are the
 * library's, so all code gets these, RE2's included. No load goes beyond the bytes given. Compiled without the compiler's own ideas of these
 * functions, or they would call themselves. */
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
    if (n >= 8) {
        const byte *last = a + n - 8;
        for (; a < last; a += 8, b += 8)
            if (*(const word *)a != *(const word *)b) return order(*(const word *)a, *(const word *)b);
        b -= a - last;
        return order(*(const word *)last, *(const word *)b);
    }
    if (n >= 4) {
        uint64_t x = (uint64_t)__builtin_bswap32(*(const half *)a) << 32 | __builtin_bswap32(*(const half *)(a + n - 4));
        uint64_t y = (uint64_t)__builtin_bswap32(*(const half *)b) << 32 | __builtin_bswap32(*(const half *)(b + n - 4));
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
