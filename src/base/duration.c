#include "base/duration.h"

#include "base/num.h"
#include "base/utf8.h"

static const struct {
    bk_str name;
    uint64_t ns;
} units[] = {
    {{"ns", 2}, 1},       {{"us", 2}, 1000},      {{"\xC2\xB5s", 3}, 1000}, {{"\xCE\xBCs", 3}, 1000},
    {{"ms", 2}, 1000000}, {{"s", 1}, 1000000000}, {{"m", 1}, 60000000000},  {{"h", 1}, 3600000000000},
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

void bk_duration_quote(bk_buf *out, bk_str s) {
    static const char hex[] = "0123456789abcdef";
    bk_buf_byte(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c >= 0x80) {
            const char escape[4] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
            bk_buf_bytes(out, escape, sizeof escape);
            continue;
        }
        if (c == '"' || c == '\\') bk_buf_byte(out, '\\');
        bk_buf_byte(out, (char)c);
    }
    bk_buf_byte(out, '"');
}

static bk_status fail(bk_str s, const char *what, bk_str unit, bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, NULL, 0);
    bk_buf_c(&text, "time: ");
    bk_buf_c(&text, what);
    bk_buf_byte(&text, ' ');
    if (unit.n) {
        bk_duration_quote(&text, unit);
        bk_buf_c(&text, " in duration ");
    }
    bk_duration_quote(&text, s);
    bk_status status = bk_err_set_str(err, BK_ERR, bk_buf_view(&text));
    bk_buf_release(&text);
    return status;
}

/* Leading digits of *s as a number; false on overflow beyond 2^63. */
static bool leading_int(bk_str *s, uint64_t *ret) {
    uint64_t v = 0;
    size_t i = 0;
    for (; i < s->n && is_digit(s->p[i]); i++) {
        if (v > (1ull << 63) / 10) return false;
        v = v * 10 + (uint64_t)(s->p[i] - '0');
        if (v > 1ull << 63) return false;
    }
    *s = bk_str_from(*s, i);
    *ret = v;
    return true;
}

/* Digits behind the point: value and scale; more digits than fit are dropped. */
static void leading_fraction(bk_str *s, uint64_t *ret, double *scale) {
    uint64_t v = 0;
    bool full = false;
    size_t i = 0;
    *scale = 1;
    for (; i < s->n && is_digit(s->p[i]); i++) {
        if (full) continue;
        if (v > ((1ull << 63) - 1) / 10) {
            full = true;
            continue;
        }
        uint64_t next = v * 10 + (uint64_t)(s->p[i] - '0');
        if (next > 1ull << 63) {
            full = true;
            continue;
        }
        v = next;
        *scale *= 10;
    }
    *s = bk_str_from(*s, i);
    *ret = v;
}

/* One "12.5h"; adds it to *total. */
static bk_status one_part(bk_str whole, bk_str *s, uint64_t *total, bk_err *err) {
    const bk_str none = {NULL, 0};
    uint64_t v = 0, f = 0, unit = 0;
    double scale = 1;
    if (!(s->p[0] == '.' || is_digit(s->p[0]))) return fail(whole, "invalid duration", none, err);
    size_t before = s->n;
    if (!leading_int(s, &v)) return fail(whole, "invalid duration", none, err);
    bool digits = before != s->n;
    if (s->n && s->p[0] == '.') {
        *s = bk_str_from(*s, 1);
        before = s->n;
        leading_fraction(s, &f, &scale);
        digits = digits || before != s->n;
    }
    if (!digits) return fail(whole, "invalid duration", none, err);
    size_t i = 0;
    while (i < s->n && s->p[i] != '.' && !is_digit(s->p[i])) i++;
    if (i == 0) return fail(whole, "missing unit in duration", none, err);
    bk_str name = bk_str_sub(*s, 0, i);
    *s = bk_str_from(*s, i);
    for (size_t u = 0; u < BK_COUNT(units); u++)
        if (bk_str_eq(units[u].name, name)) unit = units[u].ns;
    if (unit == 0) return fail(whole, "unknown unit", name, err);
    if (v > (1ull << 63) / unit) return fail(whole, "invalid duration", none, err);
    v *= unit;
    if (f) {
        v += (uint64_t)((double)f * ((double)unit / scale));
        if (v > 1ull << 63) return fail(whole, "invalid duration", none, err);
    }
    *total += v;
    if (*total > 1ull << 63) return fail(whole, "invalid duration", none, err);
    return BK_OK;
}

bk_status bk_duration_parse(bk_str whole, int64_t *ret, bk_err *err) {
    const bk_str none = {NULL, 0};
    bk_str s = whole;
    bool neg = s.n && s.p[0] == '-';
    if (s.n && (neg || s.p[0] == '+')) s = bk_str_from(s, 1);
    if (bk_str_eq(s, BK_S("0"))) {
        *ret = 0;
        return BK_OK;
    }
    if (s.n == 0) return fail(whole, "invalid duration", none, err);
    uint64_t total = 0;
    while (s.n) BK_TRY(one_part(whole, &s, &total, err));
    if (!neg && total > INT64_MAX) return fail(whole, "invalid duration", none, err);
    *ret = neg ? (int64_t)(0 - total) : (int64_t)total;
    return BK_OK;
}

/* v / 10^digits with trailing zeros of the fraction dropped. */
static size_t put_fraction(char *out, uint64_t v, unsigned digits) {
    uint64_t power = 1;
    for (unsigned i = 0; i < digits; i++) power *= 10;
    size_t n = bk_format_uint(v / power, out);
    uint64_t f = v % power;
    if (f == 0) return n;
    out[n++] = '.';
    for (power /= 10; f; power /= 10) {
        out[n++] = (char)('0' + f / power);
        f %= power;
    }
    return n;
}

size_t bk_duration_format(int64_t ns, char out[BK_DURATION_TEXT]) {
    uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    size_t n = 0;
    if (ns < 0) out[n++] = '-';
    if (u < 1000000000) {
        if (u == 0) return memcpy(out, "0s", 2), 2;
        unsigned digits = u < 1000 ? 0 : u < 1000000 ? 3 : 6;
        n += put_fraction(out + n, u, digits);
        bk_str unit = digits == 0 ? BK_S("ns") : digits == 3 ? BK_S("\xC2\xB5s") : BK_S("ms");
        memcpy(out + n, unit.p, unit.n);
        return n + unit.n;
    }
    uint64_t seconds = u / 1000000000, hours = seconds / 3600, minutes = seconds / 60 % 60;
    if (hours) {
        n += bk_format_uint(hours, out + n);
        out[n++] = 'h';
    }
    if (hours || minutes) {
        n += bk_format_uint(minutes, out + n);
        out[n++] = 'm';
    }
    n += put_fraction(out + n, u % 60000000000, 9);
    out[n++] = 's';
    return n;
}
