#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/shortest.h"

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 99;
}

/* Go's rule: underscores stand between digits, or between the base prefix and a digit, never elsewhere. */
static bool underscores_ok(bk_str s) {
    char last = '^';
    size_t i = 0;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) i = 1;
    bool hex = false;
    if (s.n - i >= 2 && s.p[i] == '0') {
        char c = (char)(s.p[i + 1] | 0x20);
        if (c == 'b' || c == 'o' || c == 'x') {
            i += 2;
            last = '0';
            hex = c == 'x';
        }
    }
    for (; i < s.n; i++) {
        char c = s.p[i];
        if ((c >= '0' && c <= '9') || (hex && digit_of(c) < 16)) {
            last = '0';
        } else if (c == '_') {
            if (last != '0') return false;
            last = '_';
        } else {
            if (last == '_') return false;
            last = '!';
        }
    }
    return last != '_';
}

/* Takes the base prefix off for base 0. */
static int detect_base(bk_str *s) {
    if (s->n == 0 || s->p[0] != '0') return 10;
    if (s->n >= 3) {
        char c = (char)(s->p[1] | 0x20);
        int base = c == 'b' ? 2 : c == 'o' ? 8 : c == 'x' ? 16 : 0;
        if (base) {
            *s = bk_str_from(*s, 2);
            return base;
        }
    }
    *s = bk_str_from(*s, 1);
    return 8;
}

bk_num_result bk_parse_uint(bk_str s, int base, uint64_t *ret) {
    *ret = 0;
    if (s.n == 0) return BK_NUM_SYNTAX;
    bk_str whole = s;
    bool base0 = base == 0, saw_underscore = false;
    if (base0) base = detect_base(&s);
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '_' && base0) {
            saw_underscore = true;
            continue;
        }
        int d = digit_of(s.p[i]);
        if (d >= base) return BK_NUM_SYNTAX;
        if (__builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v)) {
            *ret = UINT64_MAX; /* what follows is not looked at, as in Go */
            return BK_NUM_RANGE;
        }
    }
    if (saw_underscore && !underscores_ok(whole)) return BK_NUM_SYNTAX;
    *ret = v;
    return BK_NUM_OK;
}

bk_num_result bk_parse_int(bk_str s, int base, int64_t *ret) {
    *ret = 0;
    bool neg = s.n && s.p[0] == '-';
    bk_str digits = s.n && (neg || s.p[0] == '+') ? bk_str_from(s, 1) : s;
    uint64_t u;
    bk_num_result r = bk_parse_uint(digits, base, &u);
    if (r == BK_NUM_SYNTAX) return r;
    uint64_t most = (uint64_t)INT64_MAX + (neg ? 1 : 0);
    if (r == BK_NUM_RANGE || u > most) {
        *ret = neg ? INT64_MIN : INT64_MAX;
        return BK_NUM_RANGE;
    }
    *ret = neg ? (int64_t)(0 - u) : (int64_t)u;
    return BK_NUM_OK;
}

static bool parse_special(bk_str s, double *ret) {
    bool neg = s.n && s.p[0] == '-', sign = s.n && (neg || s.p[0] == '+');
    bk_str t = bk_str_from(s, sign ? 1 : 0);
    if (bk_str_eq_fold(t, BK_S("inf")) || bk_str_eq_fold(t, BK_S("infinity"))) {
        *ret = neg ? -INFINITY : INFINITY;
        return true;
    }
    if (!sign && bk_str_eq_fold(t, BK_S("nan"))) {
        *ret = NAN;
        return true;
    }
    return false;
}

/* What a scan of the literal found. */
typedef struct float_scan {
    bool neg, hex, underscores, exponent;
    uint64_t mantissa; /* the digits, when there are at most 19 */
    unsigned digits;   /* significant digits seen */
    long scale;        /* mantissa * 10^scale */
} float_scan;

static bool scan_float(bk_str s, float_scan *f) {
    size_t i = 0;
    bool any = false, dot = false;
    *f = (float_scan){0};
    if (i < s.n && (s.p[i] == '-' || s.p[i] == '+')) f->neg = s.p[i++] == '-';
    if (s.n - i >= 2 && s.p[i] == '0' && (s.p[i + 1] | 0x20) == 'x') {
        f->hex = true;
        i += 2;
    }
    for (; i < s.n; i++) {
        char c = s.p[i];
        if (c == '_') {
            f->underscores = true;
        } else if (c == '.') {
            if (dot) return false;
            dot = true;
        } else if ((c >= '0' && c <= '9') || (f->hex && digit_of(c) < 16)) {
            any = true;
            if (c != '0' || f->digits) {
                if (f->digits++ < 19) f->mantissa = f->mantissa * 10 + (uint64_t)(digit_of(c) & 15);
            }
            if (dot) f->scale--;
        } else {
            break;
        }
    }
    if (!any) return false;
    if (i < s.n && (s.p[i] | 0x20) == (f->hex ? 'p' : 'e')) {
        f->exponent = true;
        i++;
        bool neg = false;
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+')) neg = s.p[i++] == '-';
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9') return false;
        long e = 0;
        for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_'); i++) {
            if (s.p[i] == '_') f->underscores = true;
            else if (e < 10000) e = e * 10 + (s.p[i] - '0');
        }
        f->scale += neg ? -e : e;
    } else if (f->hex) {
        return false; /* Go wants the exponent in hexadecimal */
    }
    return i == s.n;
}

/* strtod on a copy without underscores. */
static bk_num_result parse_float_slow(bk_str s, double *ret) {
    char small[128], *text = s.n < sizeof small ? small : malloc(s.n + 1);
    if (!text) return BK_NUM_SYNTAX;
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '_') text[n++] = s.p[i];
    text[n] = 0;
    double v = strtod(text, NULL);
    if (text != small) free(text);
    *ret = v;
    return isinf(v) ? BK_NUM_RANGE : BK_NUM_OK;
}

bk_num_result bk_parse_float(bk_str s, double *ret) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    *ret = 0;
    if (parse_special(s, ret)) return BK_NUM_OK;
    float_scan f;
    if (!scan_float(s, &f)) return BK_NUM_SYNTAX;
    if (f.underscores && !underscores_ok(s)) return BK_NUM_SYNTAX;
    /* A mantissa below 2^53 and a power of ten that is exact: one correctly rounded operation. */
    if (!f.hex && f.digits <= 19 && f.mantissa < (1ull << 53) && f.scale >= -22 && f.scale <= 22) {
        double m = (double)f.mantissa;
        m = f.scale < 0 ? m / powers[-f.scale] : m * powers[f.scale];
        *ret = f.neg ? -m : m;
        return BK_NUM_OK;
    }
    return parse_float_slow(s, ret);
}

size_t bk_format_uint(uint64_t v, char out[BK_INT_TEXT]) {
    char tmp[BK_INT_TEXT];
    size_t n = 0;
    do {
        tmp[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    for (size_t i = 0; i < n; i++) out[i] = tmp[n - 1 - i];
    out[n] = 0;
    return n;
}

size_t bk_format_int(int64_t v, char out[BK_INT_TEXT]) {
    if (v >= 0) return bk_format_uint((uint64_t)v, out);
    out[0] = '-';
    return bk_format_uint(0 - (uint64_t)v, out + 1) + 1;
}

/* Digits and decimal exponent of the shortest text: value = 0.DIGITS * 10^point. */
typedef struct decimal {
    char digits[BK_SHORTEST_DIGITS];
    int n, point;
} decimal;

static size_t put_exponent(char *out, char fmt, int exp) {
    size_t n = 0;
    out[n++] = fmt;
    out[n++] = exp < 0 ? '-' : '+';
    if (exp < 0) exp = -exp;
    if (exp < 10) out[n++] = '0';
    return n + bk_format_uint((uint64_t)exp, out + n);
}

static size_t put_e(char *out, const decimal *d, char fmt) {
    size_t n = 0;
    out[n++] = d->digits[0];
    if (d->n > 1) {
        out[n++] = '.';
        for (int i = 1; i < d->n; i++) out[n++] = d->digits[i];
    }
    return n + put_exponent(out + n, fmt, d->point - 1);
}

static size_t put_f(char *out, const decimal *d) {
    size_t n = 0;
    for (int i = 0; i < d->point || i == 0; i++) {
        if (d->point <= 0) {
            out[n++] = '0';
            break;
        }
        out[n++] = i < d->n ? d->digits[i] : '0';
    }
    if (d->n > d->point) {
        out[n++] = '.';
        for (int i = d->point; i < d->n; i++) out[n++] = i < 0 ? '0' : d->digits[i];
    }
    return n;
}

/* For %g Go decides by six digits when it is asked for the shortest text. */
static size_t format_shortest(double v, char fmt, int bits, char *out) {
    decimal d;
    d.n = (int)bk_shortest(v, bits, d.digits, &d.point);
    if (fmt == 'e' || fmt == 'E') return put_e(out, &d, fmt);
    if (fmt == 'f' || fmt == 'F') return put_f(out, &d);
    int exp = d.point - 1;
    if (exp < -4 || exp >= 6) return put_e(out, &d, fmt == 'g' ? 'e' : 'E');
    return put_f(out, &d);
}

/* C's %e writes at least two exponent digits, as Go does; %g differs only in what it trims, which C's does as well. */
static size_t format_precise(double v, char fmt, int prec, char *out) {
    char spec[] = {'%', '.', '*', fmt, 0};
    if (prec > 300) prec = 300;
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
    int n = snprintf(out, BK_FLOAT_TEXT, spec, prec, v);
#pragma clang diagnostic pop
    if (n < 0) return 0;
    return (size_t)n < BK_FLOAT_TEXT ? (size_t)n : BK_FLOAT_TEXT - 1;
}

size_t bk_format_float(double v, char fmt, int prec, int bits, char out[BK_FLOAT_TEXT]) {
    if (isnan(v)) return memcpy(out, "NaN", 4), 3;
    if (isinf(bits == 32 ? (float)v : v)) return memcpy(out, v < 0 ? "-Inf" : "+Inf", 5), 4;
    if (prec >= 0) return format_precise(v, fmt, prec, out);
    size_t n = 0;
    if (signbit(v)) {
        out[n++] = '-';
        v = -v;
    }
    n += format_shortest(v, fmt, bits, out + n);
    out[n] = 0;
    return n;
}
