/* sha256.c: see sha256.h. The checksum of a configuration in an annotation is in half of all charts; the library's own takes twice the instructions, for it
 * moves eight words in each round. */
#include "sprig/sha256.h"

enum { BLOCK = 64, ROUNDS = 64, LENGTH_AT = 56 };

static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t turn(uint32_t x, unsigned by) { return x >> by | x << (32 - by); }

static inline uint32_t load(const uint8_t *p) {
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return __builtin_bswap32(x);
}

static inline void store(uint8_t *p, uint32_t x) {
    x = __builtin_bswap32(x);
    memcpy(p, &x, sizeof x);
}

/* One round. The words do not move: the next round takes them by other names. Turns one in the other instead of three beside each other: two copies less. */
#define ROUND(a, b, c, d, e, f, g, h, i) \
    do { \
        h += turn(turn(turn(e, 14) ^ e, 5) ^ e, 6) + (g ^ (e & (f ^ g))) + k[i] + w[i]; \
        d += h; \
        h += turn(turn(turn(a, 9) ^ a, 11) ^ a, 2) + (((a ^ b) & (b ^ c)) ^ b); \
    } while (0)

#define EIGHT_ROUNDS(i) \
    do { \
        ROUND(a, b, c, d, e, f, g, h, (i)); \
        ROUND(h, a, b, c, d, e, f, g, (i) + 1); \
        ROUND(g, h, a, b, c, d, e, f, (i) + 2); \
        ROUND(f, g, h, a, b, c, d, e, (i) + 3); \
        ROUND(e, f, g, h, a, b, c, d, (i) + 4); \
        ROUND(d, e, f, g, h, a, b, c, (i) + 5); \
        ROUND(c, d, e, f, g, h, a, b, (i) + 6); \
        ROUND(b, c, d, e, f, g, h, a, (i) + 7); \
    } while (0)

/* The next sixteen words of the schedule, in place of the last. */
static inline void extend(uint32_t w[16]) {
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < 16; i++) {
        uint32_t x = w[(i + 1) & 15], y = w[(i + 14) & 15];
        w[i] += (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + w[(i + 9) & 15] + (turn(y, 17) ^ turn(y, 19) ^ y >> 10);
    }
}

static void compress(uint32_t state[8], const uint8_t *p, size_t blocks) {
    for (; blocks; blocks--, p += BLOCK) {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7], w[16];
        for (unsigned i = 0; i < 16; i++) w[i] = load(p + (size_t)i * 4);
        for (const uint32_t *k = constants;; k += 16) {
            EIGHT_ROUNDS(0);
            EIGHT_ROUNDS(8);
            if (k == constants + ROUNDS - 16) break;
            extend(w);
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}

void bk_sha256(bk_str a, bk_str b, uint8_t ret[32]) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t rest[BLOCK * 2] = {0}; /* what makes no block yet, then the end's mark and length */
    size_t n = a.n % BLOCK, end;
    uint64_t bits = ((uint64_t)a.n + b.n) * 8;
    compress(state, (const uint8_t *)a.p, a.n / BLOCK);
    if (n) memcpy(rest, a.p + a.n - n, n);
    if (n && b.n) {
        size_t more = b.n < BLOCK - n ? b.n : BLOCK - n;
        memcpy(rest + n, b.p, more);
        b = bk_str_from(b, more);
        n += more;
        if (n == BLOCK) {
            compress(state, rest, 1);
            memset(rest, 0, sizeof rest);
            n = 0;
        }
    }
    if (b.n) { /* then nothing is left of a */
        compress(state, (const uint8_t *)b.p, b.n / BLOCK);
        n = b.n % BLOCK;
        if (n) memcpy(rest, b.p + b.n - n, n);
    }
    rest[n] = 0x80;
    end = n < LENGTH_AT ? BLOCK : BLOCK * 2;
    store(rest + end - 8, (uint32_t)(bits >> 32));
    store(rest + end - 4, (uint32_t)bits);
    compress(state, rest, end / BLOCK);
    for (unsigned i = 0; i < 8; i++) store(ret + (size_t)i * 4, state[i]);
}
