/* schema_number.h: numbers of schemas and of values, compared exactly.
 *
 * Every number at hand is a decimal text (a literal of the schema, or the shortest text of a float64), so decimals with any count of digits are
 * exact where float64 is not: 0.3 is a multiple of 0.1. As in Go's big.Rat, an exponent beyond a million makes no number.
 *
 * Printing follows the English number format of the library whose messages Helm shows: 1,234.5 and 1.5×10³⁰⁰. */
#ifndef BK_CHART_SCHEMA_NUMBER_H
#define BK_CHART_SCHEMA_NUMBER_H

#include "base/buf.h"
#include "value/value.h"

/* ±0.d1d2…dn × 10^exp, without zeros at either end of the digits; zero has none. */
typedef struct bk_number {
    const char *digits;
    uint32_t n;
    bool neg;
    int64_t exp;
    char small[24]; /* digits of short numbers: then `digits` points here, and the struct is not copied */
} bk_number;

/* The decimal of a number value: int, uint, float64 or a JSON literal. False when it is none (exponent too big, not finite) or without memory:
 * then *ret_nomem is set. */
bool bk_number_of(bk_arena *arena, bk_value v, bk_number *ret, bool *ret_nomem);
/* <0, 0, >0 */
int bk_number_cmp(const bk_number *a, const bk_number *b);
bool bk_number_is_int(const bk_number *d);
/* The low 64 bits of an integer, in two's complement. */
int64_t bk_decimal_low64(const bk_number *d);

/* A number to divide by: p^t × rest, with p 2 or 5. */
typedef struct bk_divisor {
    uint64_t rest[2]; /* low, high; only when fits */
    bool fits, zero;
    uint32_t p, t;
    int64_t last; /* power of ten of the last digit */
} bk_divisor;

enum { BK_DIVISOR_DIGITS = 1024 };
/* False for more than BK_DIVISOR_DIGITS digits. */
bool bk_divisor_of(const bk_number *d, bk_divisor *ret);
/* Whether d is an integral multiple. d has at most 38 digits (what is not from a schema has 20), else the answer is false. */
bool bk_number_divides(const bk_divisor *by, const bk_number *d);

/* Appends a float64 / an integer with groups of digits. */
void bk_number_print(bk_buf *out, double v);
void bk_number_print_int(bk_buf *out, int64_t v);
/* A number value as fmt's %v has it. */
void bk_number_text(bk_buf *out, bk_value v);

#endif
