#include "chart/crc32.h"

#include <libdeflate.h>

/* The multiple's exponents, counted down from its degree: how far behind a word its shares go. */
enum { DEGREE = 300, A = DEGREE - 155, B = DEGREE - 117, C = DEGREE - 89 };
/* Words folded in one go; every share goes further than that. */
enum { STEP = 8 };
/* Words folded between two moves of the history, and from how many bytes on folding pays. */
enum { ROUND = 2048, WORD = 8, LEAST = 2 * DEGREE * WORD };

typedef uint64_t pair __attribute__((vector_size(16), aligned(8), may_alias));

static inline pair load(const uint64_t *p) { return *(const pair *)(const void *)p; }

static inline pair load_bytes(const char *p) {
    pair v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* v[i] is word i of the message with the shares of the words before it; the DEGREE words in front of v are those before it. All places are told from one moving
 * pointer, which the compiler is kept from taking apart: in the compartment a load adds a distance that is known for nothing, and any other costs an instruction. */
__attribute__((noinline)) static void fold(uint64_t *v, const char *p, size_t words) {
    uint64_t *old = v - DEGREE;
    for (size_t n = words / STEP; n; n--, old += STEP, p += STEP * WORD) {
        __asm__("" : "+r"(old), "+r"(p));
        for (size_t k = 0; k < STEP; k += 2)
            *(pair *)(void *)(old + DEGREE + k) = load_bytes(p + k * WORD) ^ load(old + DEGREE - A + k) ^ load(old + DEGREE - B + k) ^
                                                  load(old + DEGREE - C + k) ^ load(old + k);
    }
}

/* Adds the shares of the `places` words from v on, whose places begin at rest. */
static void share(uint64_t *rest, const uint64_t *v, size_t places) {
    for (size_t i = 0; i < places; i++) rest[i] ^= v[i];
}

/* The words that follow the last one that was taken out, with all its shares. None of them is taken out itself, so no share comes from them. */
static void settle(uint64_t *rest, const uint64_t *v, const char *p) {
    memcpy(rest, p, (size_t)DEGREE * WORD);
    share(rest, v - A, A);
    share(rest, v - B, B);
    share(rest, v - C, C);
    share(rest, v - DEGREE, DEGREE);
}

/* The first words, with the register of what was checked before in them. */
static void begin(uint64_t *v, const char *p, uint32_t crc) {
    char first[STEP * WORD];
    memcpy(first, p, sizeof first);
    for (unsigned i = 0; i < 4; i++) first[i] = (char)((unsigned char)first[i] ^ (unsigned char)(~crc >> (8 * i)));
    fold(v, first, STEP);
}

uint32_t bk_crc32(uint32_t crc, bk_str s) {
    uint64_t words[DEGREE + ROUND], rest[DEGREE], *v = words + DEGREE;
    if (s.n < LEAST) return libdeflate_crc32(crc, s.p, s.n);
    const char *p = s.p;
    size_t left = (s.n / WORD - DEGREE) & ~(size_t)(STEP - 1); /* words to take out */
    size_t n = left < ROUND ? left : ROUND;
    memset(words, 0, DEGREE * sizeof *words);
    begin(v, p, crc);
    fold(v + STEP, p + (size_t)STEP * WORD, n - STEP);
    for (p += n * WORD, left -= n; left; p += n * WORD, left -= n) {
        memmove(words, v + n - DEGREE, DEGREE * sizeof *words);
        n = left < ROUND ? left : ROUND;
        fold(v, p, n);
    }
    settle(rest, v + n, p);
    p += (size_t)DEGREE * WORD;
    return libdeflate_crc32(libdeflate_crc32(0xFFFFFFFFu, rest, sizeof rest), p, (size_t)(s.p + s.n - p));
}
