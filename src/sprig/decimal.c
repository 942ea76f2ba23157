#include "sprig/decimal.h"

#include "base/buf.h"
#include "base/num.h"

enum { LIMB_DIGITS = 9, QUOTIENT_DIGITS = 16, FLOAT_DIGITS = 800 };
#define BASE 1000000000u

static const uint32_t powers[LIMB_DIGITS] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

typedef struct work {
    bk_arena *arena;
    bk_err *err;
} work;

/* n zeroed limbs; NULL: the error is set. */
static uint32_t *limbs_new(work *w, size_t n) {
    if (n > BK_DECIMAL_LIMBS) {
        bk_err_limit(w->err, "digits of a decimal number", (size_t)BK_DECIMAL_LIMBS * LIMB_DIGITS);
        return NULL;
    }
    uint32_t *limbs = BK_NEW_ARRAY(w->arena, uint32_t, n ? n : 1);
    if (!limbs) bk_arena_fail(w->arena, w->err);
    return limbs;
}

static bk_status failure(const work *w) { return w->err->code == BK_ERR_LIMIT ? BK_ERR_LIMIT : BK_ERR_NOMEM; }

static size_t trimmed(const uint32_t *limbs, size_t n) {
    while (n && limbs[n - 1] == 0) n--;
    return n;
}

static int compare(const uint32_t *a, size_t an, const uint32_t *b, size_t bn) {
    if (an != bn) return an < bn ? -1 : 1;
    for (size_t i = an; i > 0; i--)
        if (a[i - 1] != b[i - 1]) return a[i - 1] < b[i - 1] ? -1 : 1;
    return 0;
}

bk_status bk_decimal_of(bk_arena *arena, double v, bk_decimal *ret, bk_err *err) {
    work w = {arena, err};
    char text[BK_FLOAT_TEXT];
    size_t n = bk_format_float(v, 'e', -1, 64, text);
    uint64_t mantissa = 0;
    int64_t exp = 0;
    bool point = false, neg = n && text[0] == '-';
    size_t i = neg;
    for (; i < n && text[i] != 'e'; i++) {
        if (text[i] == '.') point = true;
        else mantissa = mantissa * 10 + (uint64_t)(text[i] - '0');
        if (point && text[i] != '.') exp--;
    }
    int64_t e = 0;
    if (i < n) (void)bk_parse_int(bk_str_of(text + i + 1, n - i - 1), 10, &e);
    uint32_t *limbs = limbs_new(&w, 3);
    if (!limbs) return failure(&w);
    for (size_t k = 0; k < 3; k++, mantissa /= BASE) limbs[k] = (uint32_t)(mantissa % BASE);
    size_t used = trimmed(limbs, 3);
    *ret = (bk_decimal){.limbs = limbs, .n = used, .exp = exp + e, .neg = neg && used};
    return BK_OK;
}

/* limbs *= factor; returns the carry. */
static uint32_t scale(uint32_t *limbs, size_t n, uint32_t factor) {
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        carry += (uint64_t)limbs[i] * factor;
        limbs[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    return (uint32_t)carry;
}

/* The integer of d times 10^shift. */
static bk_status shifted(work *w, bk_decimal d, uint64_t shift, uint32_t **ret, size_t *ret_n) {
    size_t whole = shift / LIMB_DIGITS > BK_DECIMAL_LIMBS ? BK_DECIMAL_LIMBS : (size_t)(shift / LIMB_DIGITS);
    uint32_t *limbs = limbs_new(w, d.n + whole + 1);
    if (!limbs) return failure(w);
    if (d.n) memcpy(limbs + whole, d.limbs, d.n * sizeof *limbs);
    limbs[whole + d.n] = scale(limbs + whole, d.n, powers[shift % LIMB_DIGITS]);
    *ret = limbs;
    *ret_n = trimmed(limbs, d.n + whole + 1);
    return BK_OK;
}

/* |a| + |b|, or |a| - |b| with |a| >= |b|. */
static bk_status add_limbs(work *w, const uint32_t *a, size_t an, const uint32_t *b, size_t bn, bool minus, uint32_t **ret, size_t *ret_n) {
    size_t n = (an > bn ? an : bn) + 1;
    uint32_t *sum = limbs_new(w, n);
    if (!sum) return failure(w);
    int64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t x = i < an ? a[i] : 0, y = i < bn ? b[i] : 0;
        carry += minus ? x - y : x + y;
        bool borrow = carry < 0;
        if (borrow) carry += BASE;
        sum[i] = (uint32_t)(carry % BASE);
        carry = borrow ? -1 : carry / BASE;
    }
    *ret = sum;
    *ret_n = trimmed(sum, n);
    return BK_OK;
}

bk_status bk_decimal_add(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err) {
    work w = {arena, err};
    int64_t exp = a.exp < b.exp ? a.exp : b.exp;
    uint32_t *x = NULL, *y = NULL, *sum = NULL;
    size_t xn = 0, yn = 0, n = 0;
    BK_TRY(shifted(&w, a, (uint64_t)(a.exp - exp), &x, &xn));
    BK_TRY(shifted(&w, b, (uint64_t)(b.exp - exp), &y, &yn));
    bool neg = a.neg;
    if (a.neg == b.neg) {
        BK_TRY(add_limbs(&w, x, xn, y, yn, false, &sum, &n));
    } else if (compare(x, xn, y, yn) >= 0) {
        BK_TRY(add_limbs(&w, x, xn, y, yn, true, &sum, &n));
    } else {
        BK_TRY(add_limbs(&w, y, yn, x, xn, true, &sum, &n));
        neg = b.neg;
    }
    *ret = (bk_decimal){.limbs = sum, .n = n, .exp = exp, .neg = neg && n};
    return BK_OK;
}

bk_status bk_decimal_sub(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err) {
    b.neg = !b.neg;
    return bk_decimal_add(arena, a, b, ret, err);
}

bk_status bk_decimal_mul(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err) {
    work w = {arena, err};
    uint32_t *product = limbs_new(&w, a.n + b.n);
    if (!product) return failure(&w);
    for (size_t i = 0; i < a.n; i++) {
        uint64_t carry = 0;
        for (size_t k = 0; k < b.n; k++) {
            carry += product[i + k] + (uint64_t)a.limbs[i] * b.limbs[k];
            product[i + k] = (uint32_t)(carry % BASE);
            carry /= BASE;
        }
        product[i + b.n] = (uint32_t)carry;
    }
    size_t n = trimmed(product, a.n + b.n);
    *ret = (bk_decimal){.limbs = product, .n = n, .exp = a.exp + b.exp, .neg = n && a.neg != b.neg};
    return BK_OK;
}

/* rest -= q * b; true when that went below zero. */
static bool subtract_product(uint32_t *rest, const uint32_t *b, size_t bn, uint64_t q) {
    uint64_t carry = 0;
    int64_t borrow = 0;
    for (size_t i = 0; i <= bn; i++) {
        carry += i < bn ? b[i] * q : 0;
        int64_t d = (int64_t)rest[i] - (int64_t)(carry % BASE) + borrow;
        carry /= BASE;
        borrow = d < 0 ? -1 : 0;
        rest[i] = (uint32_t)(d < 0 ? d + BASE : d);
    }
    return borrow != 0;
}

static void add_back(uint32_t *rest, const uint32_t *b, size_t bn) {
    uint64_t carry = 0;
    for (size_t i = 0; i <= bn; i++) {
        carry += (uint64_t)rest[i] + (i < bn ? b[i] : 0);
        rest[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
}

/* Long division: rest (an + 1 limbs, holding a) becomes the remainder. Remainder and b both come out scaled by the same factor, which
 * comparing them does not mind. */
static void divide(uint32_t *rest, size_t an, uint32_t *b, size_t bn, uint32_t *quotient) {
    uint32_t factor = (uint32_t)(BASE / ((uint64_t)b[bn - 1] + 1));
    rest[an] = scale(rest, an, factor);
    (void)scale(b, bn, factor); /* nothing is carried: b keeps its length */
    for (size_t i = an - bn + 1; i > 0; i--) {
        uint32_t *part = rest + i - 1;
        uint64_t top = (uint64_t)part[bn] * BASE + part[bn - 1], q = top / b[bn - 1], r = top % b[bn - 1];
        while (q >= BASE || (bn > 1 && q * b[bn - 2] > r * BASE + part[bn - 2])) {
            q--;
            r += b[bn - 1];
            if (r >= BASE) break;
        }
        if (subtract_product(part, b, bn, q)) {
            q--;
            add_back(part, b, bn);
        }
        quotient[i - 1] = (uint32_t)q;
    }
}

/* Whether twice the remainder reaches the divisor. */
static bool rounds_up(const uint32_t *rest, size_t rn, const uint32_t *b, size_t bn) {
    if (rn + 1 < bn) return false;
    uint32_t carry = 0;
    int order = 0; /* of 2 * rest against b, decided by the highest limb that differs */
    for (size_t i = 0; i < rn || i < bn; i++) {
        uint32_t twice = (i < rn ? rest[i] * 2 : 0) + carry, other = i < bn ? b[i] : 0;
        carry = twice >= BASE;
        if (carry) twice -= BASE;
        if (twice != other) order = twice < other ? -1 : 1;
    }
    return carry || order >= 0;
}

bk_status bk_decimal_div(bk_arena *arena, bk_decimal a, bk_decimal b, bk_decimal *ret, bk_err *err) {
    work w = {arena, err};
    if (b.n == 0) return bk_err_set(err, BK_ERR, "decimal division by 0");
    int64_t e = a.exp - b.exp + QUOTIENT_DIGITS;
    uint32_t *x = NULL, *y = NULL, *sum = NULL;
    size_t xn = 0, yn = 0, n = 0;
    BK_TRY(shifted(&w, a, e > 0 ? (uint64_t)e : 0, &x, &xn));
    BK_TRY(shifted(&w, b, e < 0 ? (uint64_t)-e : 0, &y, &yn));
    size_t qn = xn >= yn ? xn - yn + 1 : 0;
    uint32_t *quotient = limbs_new(&w, qn);
    if (!quotient) return failure(&w);
    bool up = false;
    if (qn) {
        uint32_t *rest = limbs_new(&w, xn + 1);
        if (!rest) return failure(&w);
        memcpy(rest, x, xn * sizeof *rest);
        divide(rest, xn, y, yn, quotient);
        up = rounds_up(rest, trimmed(rest, xn + 1), y, yn);
    } else {
        up = rounds_up(x, xn, y, yn);
    }
    qn = trimmed(quotient, qn);
    const uint32_t one = 1;
    BK_TRY(add_limbs(&w, quotient, qn, &one, up ? 1 : 0, false, &sum, &n));
    *ret = (bk_decimal){.limbs = sum, .n = n, .exp = -QUOTIENT_DIGITS, .neg = n && a.neg != b.neg};
    return BK_OK;
}

bk_status bk_decimal_float(bk_arena *arena, bk_decimal d, double *ret, bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, arena, 0);
    if (d.neg) bk_buf_byte(&text, '-');
    size_t digits = 0;
    int64_t exp = d.exp;
    bool more = false; /* digits behind those that matter, not all of them 0 */
    for (size_t i = d.n; i > 0; i--) {
        if (digits >= FLOAT_DIGITS) {
            more |= d.limbs[i - 1] != 0;
            exp += LIMB_DIGITS;
            continue;
        }
        bk_buf_printf(&text, i == d.n ? "%u" : "%09u", d.limbs[i - 1]);
        digits += LIMB_DIGITS;
    }
    if (d.n == 0) bk_buf_byte(&text, '0');
    if (more) {
        bk_buf_byte(&text, '1');
        exp--;
    }
    bk_buf_byte(&text, 'e');
    bk_buf_int(&text, exp);
    BK_TRY(bk_buf_check(&text, err));
    (void)bk_parse_float(bk_buf_view(&text), ret);
    return BK_OK;
}
