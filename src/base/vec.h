/* vec.h: sixteen bytes at a time, for walks over long texts.
 *
 * bk_vec holds unsigned bytes; comparing two gives 0xFF in each byte for which it is true. Marks, a bit for each such byte, come cheap only in the module
 * (BK_VEC_MARKS is defined there): who wants them has a loop over bytes beside it. */
#ifndef BK_BASE_VEC_H
#define BK_BASE_VEC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char bk_vec __attribute__((vector_size(16)));
typedef signed char bk_vec_signed __attribute__((vector_size(16)));

static inline bk_vec bk_vec_load(const void *p) {
    bk_vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

#ifdef __wasm_simd128__
#define BK_VEC_MARKS
/* Bit i: byte i is true. */
static inline unsigned bk_vec_marks(bk_vec truth) { return (unsigned)__builtin_wasm_bitmask_i8x16((bk_vec_signed)truth); }
#endif

/* Whether any byte is true. */
static inline bool bk_vec_any(bk_vec truth) {
#ifdef BK_VEC_MARKS
    return bk_vec_marks(truth) != 0;
#else
    uint64_t half[2];
    memcpy(half, &truth, sizeof half);
    return (half[0] | half[1]) != 0;
#endif
}

/* The bytes that are no printable ASCII. */
static inline bk_vec bk_vec_unprintable(bk_vec v) { return (bk_vec)((bk_vec_signed)(v + 1) < 0x21); }

#endif
