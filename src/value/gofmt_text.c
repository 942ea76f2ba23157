/* Padding, strings, quoting and integers of gofmt. */
#include "base/num.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "value/gofmt_print.h"

static const char lower_digits[] = "0123456789abcdef";
static const char upper_digits[] = "0123456789ABCDEF";

/* ---- padding ---- */

void bk_fmt_clear(bk_fmt_printer *p) {
    p->has_wid = p->has_prec = false;
    p->minus = p->plus = p->sharp = p->space = p->zero = false;
    p->plus_v = p->sharp_v = false;
    p->wid = p->prec = 0;
}

void bk_fmt_padding(bk_fmt_printer *p, int n) {
    if (n > 0) bk_buf_fill(p->out, p->zero && !p->minus ? '0' : ' ', (size_t)n);
}

/* Moves what follows `at` n bytes on and fills the gap. */
static void insert_fill(bk_buf *out, size_t at, char c, size_t n) {
    size_t tail = out->n - at;
    bk_buf_fill(out, c, n);
    if (!bk_buf_ok(out)) return;
    memmove(out->p + at + n, out->p + at, tail);
    memset(out->p + at, c, n);
}

void bk_fmt_pad(bk_fmt_printer *p, size_t start) {
    if (!p->has_wid || p->wid == 0 || !bk_buf_ok(p->out)) return;
    size_t runes = p->out->n == start ? 0 : bk_utf8_count(bk_str_of(p->out->p + start, p->out->n - start));
    if (runes >= (size_t)p->wid) return;
    size_t n = (size_t)p->wid - runes;
    if (p->minus) bk_buf_fill(p->out, ' ', n);
    else insert_fill(p->out, start, p->zero ? '0' : ' ', n);
}

/* The same, never with zeros. */
static void pad_spaces(bk_fmt_printer *p, size_t start) {
    bool zero = p->zero;
    p->zero = false;
    bk_fmt_pad(p, start);
    p->zero = zero;
}

/* ---- strings ---- */

void bk_fmt_put_text(bk_fmt_printer *p, bk_str s) {
    size_t start = p->out->n;
    bk_buf_str(p->out, s);
    bk_fmt_pad(p, start);
}

/* The first `prec` runes. */
static bk_str truncate_runes(const bk_fmt_printer *p, bk_str s) {
    if (!p->has_prec || s.n <= (size_t)p->prec) return s;
    size_t at = 0, width;
    for (int n = 0; n < p->prec && at < s.n; n++) {
        bk_utf8_decode(bk_str_from(s, at), &width);
        at += width;
    }
    return bk_str_sub(s, 0, at);
}

void bk_fmt_put_string(bk_fmt_printer *p, bk_str s) { bk_fmt_put_text(p, truncate_runes(p, s)); }

void bk_fmt_put_hex(bk_fmt_printer *p, bk_str s, bool upper) {
    const char *digits = upper ? upper_digits : lower_digits;
    if (p->has_prec && (size_t)p->prec < s.n) s.n = (size_t)p->prec;
    if (s.n == 0) {
        if (p->has_wid) bk_fmt_padding(p, p->wid);
        return;
    }
    const char prefix[2] = {'0', upper ? 'X' : 'x'};
    size_t start = p->out->n;
    for (size_t i = 0; i < s.n && bk_buf_ok(p->out); i++) {
        if (p->space && i > 0) bk_buf_byte(p->out, ' ');
        if (p->sharp && (p->space || i == 0)) bk_buf_bytes(p->out, prefix, 2);
        unsigned char c = (unsigned char)s.p[i];
        const char pair[2] = {digits[c >> 4], digits[c & 15]};
        bk_buf_bytes(p->out, pair, 2);
    }
    bk_fmt_pad(p, start);
}

/* ---- quoting ---- */

static void put_unicode_escape(bk_buf *out, uint32_t rune) {
    bool wide = rune > 0xFFFF;
    bk_buf_c(out, wide ? "\\U" : "\\u");
    for (int shift = wide ? 28 : 12; shift >= 0; shift -= 4) bk_buf_byte(out, lower_digits[rune >> shift & 15]);
}

static void put_byte_escape(bk_buf *out, unsigned char c) {
    const char text[4] = {'\\', 'x', lower_digits[c >> 4], lower_digits[c & 15]};
    bk_buf_bytes(out, text, sizeof text);
}

static void put_escaped(bk_buf *out, uint32_t rune, char quote, bool ascii) {
    static const char letters[] = "abtnvfr"; /* of 0x07 … 0x0d */
    if (rune == (unsigned char)quote || rune == '\\') {
        bk_buf_byte(out, '\\');
        bk_buf_byte(out, (char)rune);
    } else if ((!ascii || rune < 0x80) && bk_rune_is_print(rune)) {
        bk_buf_rune(out, rune);
    } else if (rune >= 7 && rune <= 13) {
        bk_buf_byte(out, '\\');
        bk_buf_byte(out, letters[rune - 7]);
    } else if (rune < ' ' || rune == 0x7F) {
        put_byte_escape(out, (unsigned char)rune);
    } else {
        put_unicode_escape(out, rune);
    }
}

/* Bytes from the start that stand for themselves inside quotes. */
static size_t plain_prefix(bk_str s) {
    size_t n = 0;
    while (n < s.n && (unsigned char)(s.p[n] - ' ') < 0x5F && s.p[n] != '"' && s.p[n] != '\\') n++;
    return n;
}

/* A text that stands for itself; false: it does not. */
static bool quote_plain(bk_buf *out, bk_str s) {
    if (plain_prefix(s) < s.n) return false;
    char *p = bk_buf_reserve(out, s.n + 2);
    if (!p) return true; /* the buffer remembers */
    p[0] = '"';
    if (s.n) memcpy(p + 1, s.p, s.n);
    p[s.n + 1] = '"';
    out->n += s.n + 2;
    return true;
}

static void quote(bk_buf *out, bk_str s, bool ascii) {
    if (quote_plain(out, s)) return;
    bk_buf_byte(out, '"');
    while (s.n && bk_buf_ok(out)) {
        size_t n = plain_prefix(s);
        bk_buf_bytes(out, s.p, n);
        s = bk_str_from(s, n);
        if (s.n == 0) break;
        uint32_t rune = bk_utf8_decode(s, &n);
        if (rune == BK_RUNE_ERROR && n == 1) put_byte_escape(out, (unsigned char)s.p[0]);
        else put_escaped(out, rune, '"', ascii);
        s = bk_str_from(s, n);
    }
    bk_buf_byte(out, '"');
}

void bk_fmt_quote(bk_buf *out, bk_str s) { quote(out, s, false); }
void bk_fmt_quote_ascii(bk_buf *out, bk_str s) { quote(out, s, true); }

static void quote_rune(bk_buf *out, uint32_t rune, bool ascii) {
    if (rune > BK_RUNE_MAX || (rune >= 0xD800 && rune < 0xE000)) rune = BK_RUNE_ERROR;
    bk_buf_byte(out, '\'');
    put_escaped(out, rune, '\'', ascii);
    bk_buf_byte(out, '\'');
}

void bk_fmt_quote_rune(bk_buf *out, uint32_t rune) { quote_rune(out, rune, false); }

bool bk_fmt_can_backquote(bk_str s) {
    while (s.n) {
        size_t width;
        uint32_t rune = bk_utf8_decode(s, &width);
        s = bk_str_from(s, width);
        if (width > 1) {
            if (rune == 0xFEFF) return false; /* a byte order mark cannot be seen */
        } else if (rune == BK_RUNE_ERROR || (rune < ' ' && rune != '\t') || rune == '`' || rune == 0x7F) {
            return false;
        }
    }
    return true;
}

void bk_fmt_put_quoted(bk_fmt_printer *p, bk_str s) {
    s = truncate_runes(p, s);
    size_t start = p->out->n;
    if (p->sharp && bk_fmt_can_backquote(s)) {
        bk_buf_byte(p->out, '`');
        bk_buf_str(p->out, s);
        bk_buf_byte(p->out, '`');
    } else {
        quote(p->out, s, p->plus);
    }
    bk_fmt_pad(p, start);
}

/* ---- integers and runes ---- */

/* Digits of u in a base at the end of text; returns where they start. */
static size_t digits_of(uint64_t u, unsigned base, const char *digits, char text[64]) {
    size_t at = 64;
    do {
        text[--at] = digits[u % base];
        u /= base;
    } while (u);
    return at;
}

/* Zeros that a precision, or %08d, puts in front. */
static int wanted_digits(const bk_fmt_printer *p, bool negative) {
    if (p->has_prec) return p->prec;
    if (!p->zero || p->minus || !p->has_wid) return 0;
    return negative || p->plus || p->space ? p->wid - 1 : p->wid;
}

void bk_fmt_put_int(bk_fmt_printer *p, uint64_t u, unsigned base, bool is_signed, uint32_t verb, bool upper) {
    bool negative = is_signed && (int64_t)u < 0;
    if (negative) u = 0 - u;
    if (p->has_prec && p->prec == 0 && u == 0) { /* prints nothing but the padding, always of spaces */
        if (p->wid > 0) bk_buf_fill(p->out, ' ', (size_t)p->wid);
        return;
    }
    char text[64];
    size_t at = digits_of(u, base, upper ? upper_digits : lower_digits, text), n = sizeof text - at, start = p->out->n;
    int wanted = wanted_digits(p, negative);
    size_t zeros = wanted > 0 && (size_t)wanted > n ? (size_t)wanted - n : 0;

    if (negative) bk_buf_byte(p->out, '-');
    else if (p->plus) bk_buf_byte(p->out, '+');
    else if (p->space) bk_buf_byte(p->out, ' ');
    if (verb == 'O') bk_buf_c(p->out, "0o");
    if (p->sharp) {
        if (base == 2) bk_buf_c(p->out, "0b");
        else if (base == 8 && zeros == 0 && text[at] != '0') bk_buf_byte(p->out, '0');
        else if (base == 16) bk_buf_c(p->out, upper ? "0X" : "0x");
    }
    if (zeros) bk_buf_fill(p->out, '0', zeros);
    bk_buf_bytes(p->out, text + at, n);
    pad_spaces(p, start);
}

void bk_fmt_put_rune(bk_fmt_printer *p, uint64_t u) {
    size_t start = p->out->n;
    bk_buf_rune(p->out, u > BK_RUNE_MAX ? BK_RUNE_ERROR : (uint32_t)u);
    bk_fmt_pad(p, start);
}

void bk_fmt_put_quoted_rune(bk_fmt_printer *p, uint64_t u) {
    size_t start = p->out->n;
    quote_rune(p->out, u > BK_RUNE_MAX ? BK_RUNE_ERROR : (uint32_t)u, p->plus);
    bk_fmt_pad(p, start);
}

void bk_fmt_put_unicode(bk_fmt_printer *p, uint64_t u) {
    char text[64];
    size_t at = digits_of(u, 16, upper_digits, text), n = sizeof text - at, start = p->out->n;
    size_t wanted = p->has_prec && p->prec > 4 ? (size_t)p->prec : 4;
    bk_buf_c(p->out, "U+");
    if (wanted > n) bk_buf_fill(p->out, '0', wanted - n);
    bk_buf_bytes(p->out, text + at, n);
    if (p->sharp && u <= BK_RUNE_MAX && bk_rune_is_print((uint32_t)u)) {
        bk_buf_c(p->out, " '");
        bk_buf_rune(p->out, (uint32_t)u);
        bk_buf_byte(p->out, '\'');
    }
    pad_spaces(p, start);
}
