/* hash.h: bk_str_hash inline, for where very many short names are hashed. */
#ifndef BK_BASE_HASH_H
#define BK_BASE_HASH_H

#include "base/str.h"

/* Up to eight bytes as a word: together with the length it says all of them. */
static inline uint64_t bk_hash_few(const char *p, size_t n) {
    if (n >= 4) {
        uint32_t head, tail;
        memcpy(&head, p, 4);
        memcpy(&tail, p + n - 4, 4);
        return head | (uint64_t)tail << 32;
    }
    return n == 0 ? 0 : (unsigned char)p[0] | (uint32_t)(unsigned char)p[n / 2] << 8 | (uint32_t)(unsigned char)p[n - 1] << 16;
}

static inline uint64_t bk_hash_mix(uint64_t h, uint64_t w) {
    h = (h ^ w) * 0xff51afd7ed558ccdu;
    return h ^ h >> 32;
}

/* What bk_str_hash gives. */
static inline uint32_t bk_str_hash_inline(bk_str s) {
    uint64_t h = 0x9e3779b97f4a7c15u ^ s.n, w;
    if (s.n > 8) {
        const char *p = s.p, *last = s.p + s.n - 8; /* some of the last word for the second time */
        for (; p < last; p += 8) {
            memcpy(&w, p, 8);
            h = bk_hash_mix(h, w);
        }
        memcpy(&w, last, 8);
    } else {
        w = bk_hash_few(s.p, s.n);
    }
    return (uint32_t)(bk_hash_mix(h, w) * 0xc4ceb9fe1a85ec53u >> 32);
}

#endif
