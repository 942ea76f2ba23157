/* decimal.h: exact decimal arithmetic, for addf and its kin.
 *
 * A number is sign, integer and power of ten; the integer is in limbs of nine digits, least significant first, without leading zero
 * limbs (zero has none). Numbers are immutable and lie in an arena. Sums and products are exact; quotients are rounded to 16
 * digits after the point, half away from zero. */
#ifndef BK_SPRIG_DECIMAL_H
#define BK_SPRIG_DECIMAL_H

#include "base/arena.h"
#include "base/err.h"

typedef struct bk_decimal {
    const uint32_t *limbs;
    size_t n;
    int64_t exp;
    bool neg;
} bk_decimal;

/* Limbs of one number, at most: a hostile chain of products ends here. */
#define BK_DECIMAL_LIMBS 20000u

/* The shortest decimal that reads back as v, which is finite. */
bk_status bk_decimal_of(bk_arena *arena, double v, bk_decimal *ret, bk_err *err);
bk_status bk_decimal_add(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err);
bk_status bk_decimal_sub(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err);
bk_status bk_decimal_mul(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err);
/* b = 0 is the error "decimal division by 0". */
bk_status bk_decimal_div(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err);
/* The nearest double; too large is infinite. */
bk_status bk_decimal_float(bk_arena *arena, bk_decimal d, double *ret, bk_err *err);

#endif
