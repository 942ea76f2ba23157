/* num.h: checked arithmetic, and numbers from and to text without a locale.
 *
 * Parsers take the whole view or fail; none skips white space; none needs a terminating NUL. Rules follow Go's strconv where a
 * name says so, because that is what Helm's users meet. */
#ifndef BK_BASE_NUM_H
#define BK_BASE_NUM_H

#include "base/str.h"

/* True and the result, or false on overflow. */
static inline bool bk_add(size_t a, size_t b, size_t *ret) { return !__builtin_add_overflow(a, b, ret); }
static inline bool bk_mul(size_t a, size_t b, size_t *ret) { return !__builtin_mul_overflow(a, b, ret); }

/* What a hexadecimal digit of either case is worth; -1: it is none. Takes characters and code points. */
static inline int bk_hex_digit(uint32_t c) {
    if (c - '0' < 10u) return (int)(c - '0');
    c |= 0x20;
    return c - 'a' < 6u ? (int)(c - 'a' + 10) : -1;
}

typedef enum bk_num_result {
    BK_NUM_OK,
    BK_NUM_SYNTAX, /* not a number */
    BK_NUM_RANGE,  /* a number that does not fit; the result is the nearest that does, as in Go */
} bk_num_result;

/* strconv.ParseInt(s, base, 64) and ParseUint: base 0 takes 0x, 0o, 0b, a leading 0 and underscores between digits. */
bk_num_result bk_parse_int(bk_str s, int base, int64_t *ret);
bk_num_result bk_parse_uint(bk_str s, int base, uint64_t *ret);
/* strconv.ParseFloat(s, 64): decimal and hexadecimal, inf, infinity, nan in any case, underscores between digits as in Go's literals. Correctly
 * rounded. */
bk_num_result bk_parse_float(bk_str s, double *ret);

/* Longest results, with a NUL. */
#define BK_INT_TEXT 24
#define BK_FLOAT_TEXT 400

/* Decimal text; returns its length. */
size_t bk_format_int(int64_t v, char out[BK_INT_TEXT]);
size_t bk_format_uint(uint64_t v, char out[BK_INT_TEXT]);
/* strconv.FormatFloat(v, fmt, prec, bits): fmt is one of e E f g G, prec -1 asks for the shortest text that reads back as the same
 * number of `bits` (32 or 64). prec is capped at 300; %f of 1e308 fits BK_FLOAT_TEXT only with prec <= 80, else the text is cut: callers that
 * take a precision from a chart use bk_fmt (src/value/gofmt.h), which has no such bound. Returns the length. */
size_t bk_format_float(double v, char fmt, int prec, int bits, char out[BK_FLOAT_TEXT]);

#endif
