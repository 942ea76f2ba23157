/* shortest.c: see shortest.h. The digits of v are brought forth one by one, as of a fraction, until they stand for no other number: for nothing that is
 * as far from v as half the way to a neighbour (Steele and White; Burger and Dybvig). */
#include "base/shortest.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ---- whole numbers of any size ---- */

/* The largest here is a number's 53 bits, four more, and 2^1074 or 10^324, which is 2^1076. */
enum { WORDS = 37 };

typedef struct big {
    unsigned n; /* words that count: the last one is not 0 */
    uint32_t w[WORDS];
} big;

static void set(big *b, uint64_t v) {
    b->n = 0;
    for (; v; v >>= 32) b->w[b->n++] = (uint32_t)v;
}

static void multiply(big *b, uint32_t by) {
    uint64_t carry = 0;
    for (unsigned i = 0; i < b->n; i++) {
        carry += (uint64_t)b->w[i] * by;
        b->w[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (!carry) return;
    assert(b->n < WORDS);
    b->w[b->n++] = (uint32_t)carry;
}

static void multiply_ten_to(big *b, unsigned power) {
    for (; power >= 9; power -= 9) multiply(b, 1000000000);
    for (; power; power--) multiply(b, 10);
}

static void shift(big *b, unsigned bits) {
    unsigned words = bits / 32;
    if (b->n == 0) return;
    if (words) {
        memmove(b->w + words, b->w, b->n * sizeof *b->w);
        memset(b->w, 0, words * sizeof *b->w);
        b->n += words;
    }
    multiply(b, 1u << bits % 32);
}

static int compare(const big *a, const big *b) {
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (unsigned i = a->n; i-- > 0;)
        if (a->w[i] != b->w[i]) return a->w[i] < b->w[i] ? -1 : 1;
    return 0;
}

/* a + b beside c. */
static int compare_sum(const big *a, const big *b, const big *c) {
    const big *wide = a->n >= b->n ? a : b, *narrow = a->n >= b->n ? b : a;
    big sum = {.n = wide->n};
    uint64_t carry = 0;
    for (unsigned i = 0; i < wide->n; i++) {
        carry += (uint64_t)wide->w[i] + (i < narrow->n ? narrow->w[i] : 0);
        sum.w[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) sum.w[sum.n++] = (uint32_t)carry;
    return compare(&sum, c);
}

/* a -= b, which is not larger. */
static void subtract(big *a, const big *b) {
    uint64_t borrow = 0;
    for (unsigned i = 0; i < a->n; i++) {
        uint64_t less = (i < b->n ? b->w[i] : 0) + borrow;
        borrow = a->w[i] < less;
        a->w[i] = (uint32_t)(a->w[i] - less);
    }
    while (a->n && !a->w[a->n - 1]) a->n--;
}

/* ---- numbers ---- */

/* rest / unit is the part of v that is not written yet, less / unit and more / unit half the way to the neighbours. */
typedef struct fraction {
    big rest, unit, less, more;
    bool even; /* then what is just half the way off reads as v, too */
} fraction;

/* Begins with v = mantissa * 2^exponent; nearer: the number below is only half as far away as the one above. */
static void begin(fraction *f, uint64_t mantissa, int exponent, bool nearer) {
    unsigned up = exponent > 0 ? (unsigned)exponent : 0, down = exponent < 0 ? (unsigned)-exponent : 0;
    f->even = !(mantissa & 1);
    set(&f->rest, mantissa);
    set(&f->unit, 1);
    set(&f->less, 1);
    set(&f->more, 1);
    shift(&f->rest, up + 1 + nearer);
    shift(&f->unit, down + 1 + nearer);
    shift(&f->less, up);
    shift(&f->more, up + nearer);
}

/* Whether what would be read as v reaches the unit. */
static bool is_over(const fraction *f) {
    int c = compare_sum(&f->rest, &f->more, &f->unit);
    return f->even ? c >= 0 : c > 0;
}

static void times_ten(fraction *f) {
    multiply(&f->rest, 10);
    multiply(&f->less, 10);
    multiply(&f->more, 10);
}

/* Scales v to less than 1 and at least 1/10; returns the power of ten that was divided by. `log2` is that of v, rounded down. */
static int scale(fraction *f, int log2) {
    int point = (int)(((int64_t)log2 * 315653) >> 20); /* log10(2): at most one too large, at most two too small */
    if (point > 0) {
        multiply_ten_to(&f->unit, (unsigned)point);
    } else {
        multiply_ten_to(&f->rest, (unsigned)-point);
        multiply_ten_to(&f->less, (unsigned)-point);
        multiply_ten_to(&f->more, (unsigned)-point);
    }
    for (; is_over(f); point++) multiply(&f->unit, 10);
    for (;; point--) {
        fraction ten = *f;
        times_ten(&ten);
        if (is_over(&ten)) return point;
        *f = ten;
    }
}

static size_t write_digits(fraction *f, char *digits) {
    for (size_t n = 0;;) {
        times_ten(f);
        int digit = 0;
        for (; compare(&f->rest, &f->unit) >= 0; digit++) subtract(&f->rest, &f->unit);
        int c = compare(&f->rest, &f->less);
        bool low = f->even ? c <= 0 : c < 0, high = is_over(f);
        if (low && high) {
            c = compare_sum(&f->rest, &f->rest, &f->unit);
            low = c < 0 || (c == 0 && digit % 2 == 0);
            high = !low;
        }
        digits[n++] = (char)('0' + digit + high);
        if (low || high) return n;
    }
}

/* The same for a whole number below 2^53. */
static size_t write_whole(uint64_t v, char *digits, int *ret_point) {
    char text[BK_SHORTEST_DIGITS];
    size_t n = 0, from = BK_SHORTEST_DIGITS;
    do text[--from] = (char)('0' + v % 10);
    while (v /= 10);
    n = BK_SHORTEST_DIGITS - from;
    *ret_point = (int)n;
    memcpy(digits, text + from, n);
    while (n > 1 && digits[n - 1] == '0') n--;
    return n;
}

size_t bk_shortest(double v, int bits, char digits[BK_SHORTEST_DIGITS], int *ret_point) {
    const double exact = bits == 32 ? 0x1p24 : 0x1p53; /* below it there is every whole number */
    uint64_t mantissa;
    int exponent, least, stored;
    if (v < exact && v == (double)(uint64_t)v) return write_whole((uint64_t)v, digits, ret_point);
    if (bits == 32) {
        float narrow = (float)v;
        uint32_t image;
        memcpy(&image, &narrow, sizeof image);
        stored = 23, least = -149;
        mantissa = image & 0x7FFFFF, exponent = (int)(image >> 23 & 0xFF);
    } else {
        memcpy(&mantissa, &v, sizeof mantissa);
        stored = 52, least = -1074;
        exponent = (int)(mantissa >> 52 & 0x7FF), mantissa &= (UINT64_C(1) << 52) - 1;
    }
    bool nearer = mantissa == 0 && exponent > 1;
    if (exponent) mantissa |= UINT64_C(1) << stored;
    exponent = least + (exponent ? exponent - 1 : 0);
    if (!mantissa) return write_whole(0, digits, ret_point); /* too small for 32 bits */
    fraction f;
    begin(&f, mantissa, exponent, nearer);
    *ret_point = scale(&f, exponent + 63 - __builtin_clzll(mantissa));
    return write_digits(&f, digits);
}
