#include "chart/schema_number.h"

#include "base/num.h"
#include "data/json.h"
#include "value/gofmt.h"

enum { MAX_EXPONENT = 1000000 };

typedef unsigned __int128 u128;

/* ---- from text ---- */

/* The exponent behind e or E; false when it is far out of range. */
static bool read_exponent(bk_str s, int64_t *ret) {
    if (s.n == 0) {
        *ret = 0;
        return true;
    }
    s = bk_str_from(s, 1);
    return bk_parse_int(s, 10, ret) == BK_NUM_OK && *ret > -((int64_t)1 << 40) && *ret < (int64_t)1 << 40;
}

/* text is a JSON number, or what %v makes of a finite one. */
static bool decimal_read(bk_arena *arena, bk_str text, bk_number *ret, bool *ret_nomem) {
    size_t at = 0, end, whole = 0, n = 0;
    int64_t exponent;
    bool dot = false;
    ret->neg = text.n && text.p[0] == '-';
    if (ret->neg) text = bk_str_from(text, 1);
    for (end = 0; end < text.n && (text.p[end] | 0x20) != 'e'; end++) {}
    if (!read_exponent(bk_str_from(text, end), &exponent)) return false;
    char *digits = end <= sizeof ret->small ? ret->small : bk_arena_alloc(arena, end);
    if (!digits) {
        *ret_nomem = true;
        return false;
    }
    for (; at < end; at++) {
        char c = text.p[at];
        if (c == '.') {
            dot = true;
            whole = at;
        } else {
            if (c != '0' || n) digits[n++] = c;
        }
    }
    if (!dot) whole = end;
    int64_t fraction = dot ? (int64_t)(end - whole - 1) : 0;
    int64_t last = exponent - fraction; /* power of ten of the last digit written */
    size_t all = n;
    while (n && digits[n - 1] == '0') n--;
    ret->digits = digits;
    ret->n = (uint32_t)n;
    ret->exp = n ? last + (int64_t)all : 0;
    if (n == 0) ret->neg = false;
    return n == 0 || (last <= MAX_EXPONENT && last >= -MAX_EXPONENT);
}

bool bk_number_of(bk_arena *arena, bk_value v, bk_number *ret, bool *ret_nomem) {
    char text[BK_FLOAT_TEXT];
    if (bk_json_is_number(v)) return decimal_read(arena, bk_value_str(v), ret, ret_nomem);
    size_t n;
    if (v.kind == BK_INT) {
        n = bk_format_int(v.i, text);
    } else if (v.kind == BK_UINT) {
        n = bk_format_uint(v.u, text);
    } else if (v.kind == BK_FLOAT && v.f - v.f == 0) {
        n = bk_format_float(v.f, 'e', -1, v.type == BK_T_FLOAT32 ? 32 : 64, text);
    } else {
        return false;
    }
    return decimal_read(arena, bk_str_of(text, n), ret, ret_nomem);
}

/* ---- questions ---- */

static int cmp_magnitude(const bk_number *a, const bk_number *b) {
    if (a->n == 0 || b->n == 0) return (a->n != 0) - (b->n != 0);
    if (a->exp != b->exp) return a->exp < b->exp ? -1 : 1;
    size_t n = a->n < b->n ? a->n : b->n;
    int c = memcmp(a->digits, b->digits, n);
    return c ? c : (a->n > b->n) - (a->n < b->n);
}

int bk_number_cmp(const bk_number *a, const bk_number *b) {
    if (a->neg != b->neg) return a->neg ? -1 : 1;
    int c = cmp_magnitude(a, b);
    return a->neg ? -c : c;
}

bool bk_number_is_int(const bk_number *d) { return d->n == 0 || d->exp >= (int64_t)d->n; }

int64_t bk_decimal_low64(const bk_number *d) {
    uint64_t v = 0;
    for (uint32_t i = 0; i < d->n; i++) v = v * 10 + (uint64_t)(d->digits[i] - '0');
    int64_t zeros = d->exp - (int64_t)d->n;
    if (zeros >= 64) return 0; /* 10^64 is a multiple of 2^64 */
    for (; zeros > 0; zeros--) v *= 10;
    return (int64_t)(d->neg ? 0 - v : v);
}

/* ---- dividing ---- */

typedef struct natural {
    uint32_t limb[BK_DIVISOR_DIGITS / 9 + 2]; /* base 2^32, low first */
    size_t n;
} natural;

static void natural_of(const bk_number *d, natural *ret) {
    ret->n = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        uint64_t carry = (uint64_t)(d->digits[i] - '0');
        for (size_t k = 0; k < ret->n; k++) {
            uint64_t v = (uint64_t)ret->limb[k] * 10 + carry;
            ret->limb[k] = (uint32_t)v;
            carry = v >> 32;
        }
        if (carry) ret->limb[ret->n++] = (uint32_t)carry;
    }
}

/* Divides by p when that leaves no rest. */
static bool natural_divide(natural *v, uint32_t p) {
    natural q = {.n = v->n};
    uint64_t rest = 0;
    for (size_t k = v->n; k-- > 0;) {
        rest = rest << 32 | v->limb[k];
        q.limb[k] = (uint32_t)(rest / p);
        rest %= p;
    }
    if (rest) return false;
    while (q.n && q.limb[q.n - 1] == 0) q.n--;
    *v = q;
    return true;
}

bool bk_divisor_of(const bk_number *d, bk_divisor *ret) {
    *ret = (bk_divisor){.zero = d->n == 0, .last = d->exp - (int64_t)d->n, .p = 2};
    if (d->n > BK_DIVISOR_DIGITS) return false;
    if (d->n == 0) return true;
    natural v;
    natural_of(d, &v);
    if (natural_divide(&v, 5)) {
        ret->p = 5;
        ret->t = 1;
    }
    while (natural_divide(&v, ret->p)) ret->t++;
    ret->fits = v.n <= 4;
    for (size_t k = 0; ret->fits && k < v.n; k++) ret->rest[k / 2] |= (uint64_t)v.limb[k] << (k % 2 * 32);
    return true;
}

/* The digits of neither number end in 0: so a multiple ends no further right than its divisor, and with k more powers of ten
 * p^t divides it exactly when its own digits hold p at least t - k times. */
bool bk_number_divides(const bk_divisor *by, const bk_number *d) {
    if (d->n == 0) return true;
    int64_t k = d->exp - (int64_t)d->n - by->last;
    if (k < 0 || d->n > 38 || !by->fits || by->zero) return false;
    u128 v = 0, rest = (u128)by->rest[1] << 64 | by->rest[0];
    for (uint32_t i = 0; i < d->n; i++) v = v * 10 + (unsigned)(d->digits[i] - '0');
    if (v % rest) return false;
    v /= rest;
    for (int64_t need = (int64_t)by->t - k; need > 0; need--) {
        if (v % by->p) return false;
        v /= by->p;
    }
    return true;
}

/* ---- printing ---- */

/* The digits of a whole number, commas between groups of three; `zeros` more zeros follow. */
static void print_whole(bk_buf *out, bk_str digits, size_t zeros) {
    size_t all = digits.n + zeros;
    for (size_t i = 0; i < all; i++) {
        if (i && (all - i) % 3 == 0) bk_buf_byte(out, ',');
        bk_buf_byte(out, i < digits.n ? digits.p[i] : '0');
    }
}

void bk_number_print_int(bk_buf *out, int64_t v) {
    char text[BK_INT_TEXT];
    bk_str s = bk_str_of(text, bk_format_int(v, text));
    if (s.p[0] == '-') {
        bk_buf_byte(out, '-');
        s = bk_str_from(s, 1);
    }
    print_whole(out, s, 0);
}

static void print_exponent(bk_buf *out, int64_t e) {
    static const char *const super[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char text[BK_INT_TEXT];
    bk_buf_c(out, "×10");
    if (e < 0) {
        bk_buf_c(out, "⁻");
        e = -e;
    }
    if (e < 10) bk_buf_c(out, super[0]);
    size_t n = bk_format_int(e, text);
    for (size_t i = 0; i < n; i++) bk_buf_c(out, super[text[i] - '0']);
}

void bk_number_print(bk_buf *out, double v) {
    char text[BK_FLOAT_TEXT];
    bk_number d = {.digits = "", .n = 0};
    bool nomem = false;
    if (v < 0) bk_buf_byte(out, '-');
    if (v - v != 0) {
        bk_buf_c(out, v != v ? "NaN" : "∞");
        return;
    }
    /* at most 17 digits: no memory is needed */
    (void)decimal_read(NULL, bk_str_of(text, bk_format_float(v, 'e', -1, 64, text)), &d, &nomem);
    bk_str digits = bk_str_of(d.digits, d.n);
    if (d.n == 0) {
        bk_buf_byte(out, '0');
    } else if (d.exp <= -4 || d.exp > 6) {
        bk_buf_byte(out, digits.p[0]);
        if (d.n > 1) bk_buf_byte(out, '.');
        bk_buf_str(out, bk_str_from(digits, 1));
        print_exponent(out, d.exp - 1);
    } else if (d.exp <= 0) {
        bk_buf_c(out, "0.");
        bk_buf_fill(out, '0', (size_t)-d.exp);
        bk_buf_str(out, digits);
    } else {
        size_t whole = (size_t)d.exp;
        print_whole(out, bk_str_sub(digits, 0, whole), d.n < whole ? whole - d.n : 0);
        if (d.n > whole) bk_buf_byte(out, '.');
        bk_buf_str(out, bk_str_from(digits, whole));
    }
}

void bk_number_text(bk_buf *out, bk_value v) {
    if (bk_json_is_number(v)) {
        bk_buf_str(out, bk_value_str(v));
    } else {
        bk_err err = BK_ERR_INIT;
        (void)bk_fmt_value(out, v, &err); /* of a number: fails only as the buffer does, which remembers */
        bk_err_release(&err);
    }
}
