/* Copies, comparisons and searches sixteen bytes at a time, instead of musl's, which go by words or bytes. SSE2 is what every x86-64 has: nobody is asked. Reads stay
 * within the bytes named, or (for what ends at a byte) within the aligned sixteen that hold some of them, thus within a page. */
#include <emmintrin.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
int bcmp(const void *a, const void *b, size_t n);
void *memchr(const void *bytes, int byte, size_t n);
size_t strlen(const char *text);

typedef __attribute__((may_alias, aligned(1))) uint64_t word64;
typedef __attribute__((may_alias, aligned(1))) uint32_t word32;
typedef __attribute__((may_alias, aligned(1))) uint16_t word16;

static inline __m128i load(const unsigned char *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
static inline void store(unsigned char *p, __m128i v) { _mm_storeu_si128((__m128i *)(void *)p, v); }

/* At most 32 bytes, all read before any is written. */
static inline void copy_small(unsigned char *d, const unsigned char *s, size_t n) {
    if (n >= 16) {
        __m128i first = load(s), last = load(s + n - 16);
        store(d, first), store(d + n - 16, last);
    } else if (n >= 8) {
        uint64_t first = *(const word64 *)s, last = *(const word64 *)(s + n - 8);
        *(word64 *)d = first, *(word64 *)(d + n - 8) = last;
    } else if (n >= 4) {
        uint32_t first = *(const word32 *)s, last = *(const word32 *)(s + n - 4);
        *(word32 *)d = first, *(word32 *)(d + n - 4) = last;
    } else if (n >= 2) {
        uint16_t first = *(const word16 *)s, last = *(const word16 *)(s + n - 2);
        *(word16 *)d = first, *(word16 *)(d + n - 2) = last;
    } else if (n) {
        *d = *s;
    }
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    unsigned char *d = to;
    const unsigned char *s = from;
    if (n <= 32) return copy_small(d, s, n), to;
    __m128i before = load(s + n - 32), last = load(s + n - 16);
    unsigned char *end = d + n;
    if (n < 1024) {
        for (; d + 32 < end; d += 32, s += 32) {
            __m128i a = load(s), b = load(s + 16);
            store(d, a), store(d + 16, b);
        }
    } else {
        size_t words = (n - 32) / 8; /* the processor's own way pays from here on */
        __asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
        if (d < end - 32) store(d, load(s));
    }
    store(end - 32, before), store(end - 16, last);
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    unsigned char *d = to;
    const unsigned char *s = from;
    if (n <= 32) return copy_small(d, s, n), to;
    if ((uintptr_t)d - (uintptr_t)s >= n) { /* forwards: nothing is written that is still to be read */
        __m128i before = load(s + n - 32), last = load(s + n - 16);
        unsigned char *end = d + n;
        for (; d + 32 < end; d += 32, s += 32) {
            __m128i a = load(s), b = load(s + 16);
            store(d, a), store(d + 16, b);
        }
        store(end - 32, before), store(end - 16, last);
        return to;
    }
    __m128i first = load(s), second = load(s + 16);
    size_t left = n;
    for (; left > 32; left -= 32) {
        __m128i a = load(s + left - 32), b = load(s + left - 16);
        store(d + left - 32, a), store(d + left - 16, b);
    }
    store(d, first), store(d + 16, second);
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *p = a, *q = b;
    for (; n >= 16; p += 16, q += 16, n -= 16) {
        unsigned differ = 0xffffU ^ (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(load(p), load(q)));
        if (differ) {
            int at = __builtin_ctz(differ);
            return p[at] - q[at];
        }
    }
    for (; n && *p == *q; p++, q++) n--;
    return n ? *p - *q : 0;
}

int bcmp(const void *a, const void *b, size_t n) { return memcmp(a, b, n); }

/* Which of the sixteen bytes at p are this one. */
static inline unsigned matches(const unsigned char *p, __m128i byte) {
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128((const __m128i *)(const void *)p), byte));
}

void *memchr(const void *bytes, int byte, size_t n) {
    if (!n) return NULL;
    const unsigned char *start = bytes, *p = (const unsigned char *)((uintptr_t)start & ~(uintptr_t)15);
    __m128i wanted = _mm_set1_epi8((char)byte);
    size_t skip = (size_t)(start - p);
    unsigned found = matches(p, wanted) >> skip << skip;
    /* In terms of what is left, since a caller may say "as many as there are". */
    size_t left = n > SIZE_MAX - skip ? SIZE_MAX : n + skip;
    for (; !found && left > 16; left -= 16) p += 16, found = matches(p, wanted);
    if (!found || (size_t)__builtin_ctz(found) >= left) return NULL;
    return (void *)(uintptr_t)(p + __builtin_ctz(found));
}

size_t strlen(const char *text) {
    const unsigned char *start = (const unsigned char *)text, *p = (const unsigned char *)((uintptr_t)start & ~(uintptr_t)15);
    __m128i zero = _mm_setzero_si128();
    size_t skip = (size_t)(start - p);
    unsigned found = matches(p, zero) >> skip << skip;
    while (!found) p += 16, found = matches(p, zero);
    return (size_t)(p - start) + (size_t)__builtin_ctz(found);
}
