/* Floating-point numbers of gofmt: strconv.FormatFloat without a bound on the precision, and fmt's flags on top. */
#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "value/gofmt_print.h"

/* A double has at most 1,074 digits behind the point and 767 significant ones: beyond, zeros follow. */
#define EXACT_PREC 1100
#define EXACT_TEXT (EXACT_PREC + 330)

/* Mantissa and exponent: value = mant * 2^exp / 2^mantbits, as strconv takes numbers apart. */
typedef struct parts {
    uint64_t mant;
    int exp, mantbits;
} parts;

static parts parts_of(double v, int bits) {
    parts r;
    int expbits, bias;
    uint64_t pattern = 0;
    if (bits == 32) {
        float f = (float)v;
        uint32_t small;
        memcpy(&small, &f, sizeof small);
        pattern = small;
        r.mantbits = 23;
        expbits = 8;
        bias = -127;
    } else {
        memcpy(&pattern, &v, sizeof pattern);
        r.mantbits = 52;
        expbits = 11;
        bias = -1023;
    }
    r.exp = (int)(pattern >> r.mantbits) & ((1 << expbits) - 1);
    r.mant = pattern & ((1ull << r.mantbits) - 1);
    if (r.exp == 0) r.exp++;
    else r.mant |= 1ull << r.mantbits;
    r.exp += bias;
    return r;
}

/* %b: 4503599627370496p-52 */
static void put_binary(bk_buf *out, double v, int bits) {
    parts f = parts_of(v, bits);
    bk_buf_uint(out, f.mant);
    bk_buf_byte(out, 'p');
    int exp = f.exp - f.mantbits;
    if (exp >= 0) bk_buf_byte(out, '+');
    bk_buf_int(out, exp);
}

/* To prec hexadecimal digits behind the leading one, which is bit 60; ties go to even. */
static void round_hex(parts *f, int prec) {
    unsigned shift = (unsigned)prec * 4;
    uint64_t extra = (f->mant << shift) & ((1ull << 60) - 1);
    f->mant >>= 60 - shift;
    if ((extra | (f->mant & 1)) > 1ull << 59) f->mant++;
    f->mant <<= 60 - shift;
    if (f->mant & 1ull << 61) {
        f->mant >>= 1;
        f->exp++;
    }
}

/* %x: 0x1.8p+01 */
static void put_hexadecimal(bk_buf *out, double v, char fmt, int prec, int bits) {
    const char *digits = fmt == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    parts f = parts_of(v, bits);
    if (f.mant == 0) f.exp = 0;
    f.mant <<= 60 - f.mantbits;
    while (f.mant && !(f.mant & 1ull << 60)) {
        f.mant <<= 1;
        f.exp--;
    }
    if (prec >= 0 && prec < 15) round_hex(&f, prec);
    bk_buf_byte(out, '0');
    bk_buf_byte(out, fmt);
    bk_buf_byte(out, (char)('0' + (f.mant >> 60 & 1)));
    f.mant <<= 4;
    if (prec > 0 || (prec < 0 && f.mant)) bk_buf_byte(out, '.');
    int n = 0;
    for (; f.mant && (prec < 0 || n < prec); n++, f.mant <<= 4) bk_buf_byte(out, digits[f.mant >> 60 & 15]);
    if (n < prec) bk_buf_fill(out, '0', (size_t)(prec - n));
    bk_buf_byte(out, fmt == 'X' ? 'P' : 'p');
    bk_buf_byte(out, f.exp < 0 ? '-' : '+');
    int exp = f.exp < 0 ? -f.exp : f.exp;
    if (exp < 10) bk_buf_byte(out, '0');
    bk_buf_int(out, exp);
}

/* A precision beyond what a double can fill: its digits in full, then zeros (before the exponent, if there is one). */
static void put_exact(bk_buf *out, double v, char fmt, int prec) {
    char text[EXACT_TEXT];
    char spec[] = {'%', '.', '*', fmt, 0};
    int cut = prec > EXACT_PREC ? EXACT_PREC : prec;
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
    int written = snprintf(text, sizeof text, spec, cut, v);
#pragma clang diagnostic pop
    size_t n = written < 0 ? 0 : (size_t)written, zeros = (size_t)(prec - cut);
    if (n >= sizeof text) n = sizeof text - 1;
    if (fmt == 'g' || fmt == 'G') zeros = 0; /* trims trailing zeros anyway */
    size_t tail = n;
    if (fmt == 'e' || fmt == 'E')
        while (tail > 0 && text[tail - 1] != fmt) tail--;
    if (tail > 0 && tail < n) tail--; /* in front of the e */
    bk_buf_bytes(out, text, tail);
    if (zeros) bk_buf_fill(out, '0', zeros);
    bk_buf_bytes(out, text + tail, n - tail);
}

/* v is finite and its sign bit is clear. */
static void put_magnitude(bk_buf *out, double v, char fmt, int prec, int bits) {
    if (fmt == 'b') {
        put_binary(out, v, bits);
    } else if (fmt == 'x' || fmt == 'X') {
        put_hexadecimal(out, v, fmt, prec, bits);
    } else if (prec < 0) {
        char text[BK_FLOAT_TEXT];
        bk_buf_bytes(out, text, bk_format_float(v, fmt, -1, bits, text));
    } else {
        put_exact(out, v, fmt, prec);
    }
}

void bk_fmt_float(bk_buf *out, double v, char fmt, int prec, int bits) {
    if (isnan(v)) {
        bk_buf_c(out, "NaN");
        return;
    }
    if (isinf(v)) {
        bk_buf_c(out, v < 0 ? "-Inf" : "+Inf");
        return;
    }
    if (signbit(v)) bk_buf_byte(out, '-');
    put_magnitude(out, fabs(v), fmt == 'F' ? 'f' : fmt, prec, bits);
}

/* An infinity always has a sign, NaN only when one is asked for; neither is padded with zeros. */
static void put_special(bk_fmt_printer *p, double v) {
    size_t start = p->out->n;
    char sign = v < 0 ? '-' : p->space && !p->plus ? ' ' : '+';
    if (!isnan(v) || p->plus || p->space) bk_buf_byte(p->out, sign);
    bk_buf_c(p->out, isnan(v) ? "NaN" : "Inf");
    bool zero = p->zero;
    p->zero = false;
    bk_fmt_pad(p, start);
    p->zero = zero;
}

/* %#g and friends: a decimal point always, and the zeros that %g trims. `start` is where the digits start. */
static void restore_zeros(bk_fmt_printer *p, size_t start, char fmt, int prec) {
    int digits = fmt == 'g' || fmt == 'G' || fmt == 'x' ? (prec < 0 ? 6 : prec) : 0;
    bool hex = fmt == 'x' || fmt == 'X', point = false, nonzero = false;
    char tail[8];
    size_t end = p->out->n, at = start;
    for (; at < end; at++) {
        char c = p->out->p[at];
        if (c == 'p' || c == 'P' || (!hex && (c == 'e' || c == 'E'))) break;
        if (c == '.') {
            point = true;
            continue;
        }
        if (c != '0') nonzero = true;
        if (nonzero) digits--;
    }
    size_t tail_n = end - at;
    if (tail_n > sizeof tail) return;
    memcpy(tail, p->out->p + at, tail_n);
    bk_buf_cut(p->out, at);
    if (!point) {
        if (at - start == 1 && p->out->p[start] == '0') digits--;
        bk_buf_byte(p->out, '.');
    }
    if (digits > 0) bk_buf_fill(p->out, '0', (size_t)digits);
    bk_buf_bytes(p->out, tail, tail_n);
}

void bk_fmt_put_float(bk_fmt_printer *p, double v, int bits, char fmt, int prec) {
    if (p->has_prec) prec = p->prec;
    if (isnan(v) || isinf(v)) {
        put_special(p, v);
        return;
    }
    size_t start = p->out->n;
    char sign = signbit(v) ? '-' : p->plus ? '+' : p->space ? ' ' : 0;
    if (sign) bk_buf_byte(p->out, sign);
    size_t digits = p->out->n;
    put_magnitude(p->out, fabs(v), fmt, prec, bits);
    if (!bk_buf_ok(p->out)) return;
    if (p->sharp && fmt != 'b') restore_zeros(p, digits, fmt, prec);
    /* Zeros go between the sign and the digits. */
    size_t n = p->out->n - start;
    if (sign && p->zero && !p->minus && p->has_wid && (size_t)p->wid > n) {
        p->wid--;
        bk_fmt_pad(p, digits);
        p->wid++;
    } else {
        bk_fmt_pad(p, start);
    }
}
