/* Escapes and character classes of regular expressions. */
#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"
#include "text/regex_parse.h"
#include "text/regex_re2.h"

bk_status bk_regex_refuse(bk_regex_parser *p, const char *what, size_t from, size_t to) {
    bk_str expr = bk_str_sub(p->pattern, from, to);
    return bk_err_set(p->err, BK_ERR, "error parsing regexp: %s: `%.*s`", what, BK_FMT(expr));
}

bk_status bk_regex_rune(bk_regex_parser *p, uint32_t *ret) {
    *ret = BK_RUNE_ERROR;
    if (p->at >= p->pattern.n) return BK_OK;
    size_t width;
    *ret = bk_utf8_decode(bk_str_from(p->pattern, p->at), &width);
    if (*ret == BK_RUNE_ERROR && width == 1) return bk_regex_refuse(p, "invalid UTF-8", p->at, p->pattern.n);
    p->at += width;
    return BK_OK;
}

static bool is_alnum(uint32_t c) { return c - '0' < 10u || (c | 0x20) - 'a' < 26u; }

static char peek(const bk_regex_parser *p, size_t ahead) { return ahead < p->pattern.n - p->at ? p->pattern.p[p->at + ahead] : 0; }

/* ---- escapes ---- */

static uint32_t hex_value(uint32_t c) { return (uint32_t)bk_hex_digit(c); } /* no digit: more than 15 */

/* Behind "\x". ret_ok is false when the escape is no good. */
static bk_status hex_escape(bk_regex_parser *p, uint32_t *ret, bool *ret_ok) {
    uint32_t c, d;
    *ret_ok = false;
    if (p->at >= p->pattern.n) return BK_OK;
    BK_TRY(bk_regex_rune(p, &c));
    if (c != '{') {
        BK_TRY(bk_regex_rune(p, &d));
        *ret = hex_value(c) * 16 + hex_value(d);
        *ret_ok = hex_value(c) < 16 && hex_value(d) < 16;
        return BK_OK;
    }
    uint32_t v = 0;
    for (bool any = false; p->at < p->pattern.n; any = true) {
        BK_TRY(bk_regex_rune(p, &c));
        if (c == '}') {
            *ret = v;
            *ret_ok = any;
            return BK_OK;
        }
        if (hex_value(c) > 15) return BK_OK;
        v = v * 16 + hex_value(c);
        if (v > BK_RUNE_MAX) return BK_OK;
    }
    return BK_OK;
}

bk_status bk_regex_escape(bk_regex_parser *p, uint32_t *ret) {
    static const char letters[] = "aftnrv", values[] = "\a\f\t\n\r\v";
    size_t start = p->at++;
    uint32_t c;
    if (p->at >= p->pattern.n) return bk_regex_refuse(p, "trailing backslash at end of expression", 0, 0);
    BK_TRY(bk_regex_rune(p, &c));
    if (c < 0x80 && !is_alnum(c)) {
        *ret = c;
        return BK_OK;
    }
    const char *letter = c < 0x80 ? strchr(letters, (int)c) : NULL;
    bool octal = c - '0' < 8u && (c == '0' || (peek(p, 0) >= '0' && peek(p, 0) <= '7')), ok = false;
    if (letter) {
        *ret = (unsigned char)values[letter - letters];
        return BK_OK;
    }
    if (octal) {
        *ret = c - '0';
        for (int i = 1; i < 3 && peek(p, 0) >= '0' && peek(p, 0) <= '7'; i++) *ret = *ret * 8 + (uint32_t)(p->pattern.p[p->at++] - '0');
        return BK_OK;
    }
    if (c == 'x') BK_TRY(hex_escape(p, ret, &ok));
    return ok ? BK_OK : bk_regex_refuse(p, "invalid escape sequence", start, p->at);
}

static void put_code(bk_buf *out, uint32_t rune) { bk_buf_printf(out, "\\x{%x}", (unsigned)rune); }

void bk_regex_put_rune(bk_regex_parser *p, uint32_t rune, bool in_class) {
    if (is_alnum(rune)) {
        bk_buf_byte(p->out, (char)rune);
    } else if (!in_class && rune > ' ' && rune < 0x7F) {
        bk_buf_byte(p->out, '\\');
        bk_buf_byte(p->out, (char)rune);
    } else {
        put_code(p->out, rune);
    }
}

bool bk_regex_perl_class(bk_regex_parser *p) {
    char c = peek(p, 1);
    if (peek(p, 0) != '\\' || c == 0 || !strchr("dDsSwW", c)) return false;
    bk_buf_bytes(p->out, p->pattern.p + p->at, 2);
    p->at += 2;
    return true;
}

/* ---- Unicode classes ---- */

static const struct {
    const char *alias, *name;
} aliases[] = {
    {"Closepunctuation", "Pe"},
    {"Combiningmark", "M"},
    {"Connectorpunctuation", "Pc"},
    {"Control", "Cc"},
    {"Currencysymbol", "Sc"},
    {"Dashpunctuation", "Pd"},
    {"Decimalnumber", "Nd"},
    {"Enclosingmark", "Me"},
    {"Finalpunctuation", "Pf"},
    {"Format", "Cf"},
    {"Initialpunctuation", "Pi"},
    {"Letter", "L"},
    {"Letternumber", "Nl"},
    {"Lineseparator", "Zl"},
    {"Lowercaseletter", "Ll"},
    {"Mark", "M"},
    {"Mathsymbol", "Sm"},
    {"Modifierletter", "Lm"},
    {"Modifiersymbol", "Sk"},
    {"Nonspacingmark", "Mn"},
    {"Number", "N"},
    {"Openpunctuation", "Ps"},
    {"Other", "C"},
    {"Otherletter", "Lo"},
    {"Othernumber", "No"},
    {"Otherpunctuation", "Po"},
    {"Othersymbol", "So"},
    {"Paragraphseparator", "Zp"},
    {"Privateuse", "Co"},
    {"Punctuation", "P"},
    {"Separator", "Z"},
    {"Spaceseparator", "Zs"},
    {"Spacingmark", "Mc"},
    {"Surrogate", "Cs"},
    {"Symbol", "S"},
    {"Titlecaseletter", "Lt"},
    {"Unassigned", "Cn"},
    {"Uppercaseletter", "Lu"},
    {"Cntrl", "Cc"},
    {"Digit", "Nd"},
    {"Punct", "P"},
    {"Casedletter", "Lc"},
};

/* Classes that RE2 does not have, or has differently: the union of some that it has, or what is outside of it. */
static const struct {
    const char *name, *parts;
    bool outside;
} special[] = {
    {"C", "L M N P S Z", true},
    {"Cn", "L M N P S Z Cc Cf Co Cs", true},
    {"Assigned", "L M N P S Z Cc Cf Co Cs", false},
    {"Lc", "Lu Ll Lt", false},
};

enum { NAME_MAX_BYTES = 64, POINTS = 0x110000 };

/* Upper case first, lower case after, without separators. Longer names than any class has are cut: they match none. */
static size_t canonical_name(bk_str name, char out[NAME_MAX_BYTES]) {
    size_t n = 0;
    for (size_t i = 0; i < name.n && n < NAME_MAX_BYTES; i++) {
        char c = name.p[i];
        if (c == '_' || c == '-' || c == ' ') continue;
        if (n == 0 && c >= 'a' && c <= 'z') c = (char)(c - 0x20);
        if (n > 0 && c >= 'A' && c <= 'Z') c = (char)(c + 0x20);
        out[n++] = c;
    }
    return n;
}

static void mark_range(void *arg, uint32_t lo, uint32_t hi) {
    unsigned char *bits = arg;
    for (uint32_t c = lo; c <= hi && c < POINTS; c++) bits[c / 8] |= (unsigned char)(1u << c % 8);
}

/* Appends the ranges of marked, or else unmarked, code points. */
static void put_ranges(bk_buf *out, const unsigned char *bits, bool marked) {
    for (uint32_t c = 0; c < POINTS;) {
        bool in = (bits[c / 8] >> c % 8 & 1) == marked;
        uint32_t start = c;
        while (c < POINTS && ((bits[c / 8] >> c % 8 & 1) == marked) == in) c++;
        if (!in) continue;
        put_code(out, start);
        bk_buf_byte(out, '-');
        put_code(out, c - 1);
    }
}

static bk_status put_special(bk_regex_parser *p, size_t which, bool negated) {
    bk_buf bits;
    bk_buf_init(&bits, NULL, POINTS / 8);
    bk_buf_fill(&bits, 0, POINTS / 8);
    bk_str parts = bk_str_c(special[which].parts), part;
    while (bk_buf_ok(&bits) && parts.n) {
        bk_str_cut(parts, BK_S(" "), &part, &parts);
        bk_re2_group(part.p, part.n, mark_range, bits.p);
    }
    if (bk_buf_ok(&bits)) put_ranges(p->out, (const unsigned char *)bits.p, negated == special[which].outside);
    bk_status status = bk_buf_check(&bits, p->err);
    bk_buf_release(&bits);
    return status;
}

/* \p{ASCII}. Without regard to case ASCII holds the long s and the Kelvin sign, so they are not in its negation. */
static void put_ascii(bk_regex_parser *p, bool negated) {
    if (!negated) bk_buf_c(p->out, "\\x{0}-\\x{7f}");
    else if (!p->fold) bk_buf_c(p->out, "\\x{80}-\\x{10ffff}");
    else bk_buf_c(p->out, "\\x{80}-\\x{17e}\\x{180}-\\x{2129}\\x{212b}-\\x{10ffff}");
}

/* Ranges, to stand in a class. ret_known is false for a name that Go does not know. */
static bk_status put_named(bk_regex_parser *p, bk_str given, bool negated, bool *ret_known) {
    char text[NAME_MAX_BYTES];
    bk_str name = {text, canonical_name(given, text)};
    *ret_known = true;
    for (size_t i = 0; i < BK_COUNT(aliases); i++)
        if (bk_str_eq(name, bk_str_c(aliases[i].alias))) name = bk_str_c(aliases[i].name);
    for (size_t i = 0; i < BK_COUNT(special); i++)
        if (bk_str_eq(name, bk_str_c(special[i].name))) return put_special(p, i, negated);
    if (bk_str_eq(name, BK_S("Ascii"))) {
        put_ascii(p, negated);
    } else if (bk_str_eq(name, BK_S("Any")) || bk_re2_group(name.p, name.n, NULL, NULL)) {
        bk_buf_c(p->out, negated ? "\\P{" : "\\p{");
        bk_buf_str(p->out, name);
        bk_buf_byte(p->out, '}');
    } else {
        *ret_known = false;
    }
    return BK_OK;
}

/* As in Go, the whole rest must be sound when the brace is not closed, and the name when it is. */
static bk_status check_utf8(bk_regex_parser *p, size_t from, size_t to) {
    size_t width;
    for (size_t at = from; at < to; at += width)
        if (bk_utf8_decode(bk_str_sub(p->pattern, at, to), &width) == BK_RUNE_ERROR && width == 1)
            return bk_err_set(p->err, BK_ERR, "error parsing regexp: invalid UTF-8: `%.*s`", BK_FMT(bk_str_sub(p->pattern, at, to)));
    return BK_OK;
}

bk_status bk_regex_unicode_class(bk_regex_parser *p, bool in_class) {
    size_t start = p->at;
    bool negated = peek(p, 1) == 'P', known;
    uint32_t c;
    p->at += 2;
    size_t from = p->at;
    BK_TRY(bk_regex_rune(p, &c));
    size_t to = p->at;
    if (c == '{') {
        size_t close = bk_str_find_byte(bk_str_from(p->pattern, start), '}');
        if (close == BK_NPOS) {
            BK_TRY(check_utf8(p, start, p->pattern.n));
            return bk_regex_refuse(p, "invalid character class range", start, p->pattern.n);
        }
        from = start + 3;
        to = start + close;
        p->at = to + 1;
        BK_TRY(check_utf8(p, from, to));
    }
    bk_str name = bk_str_sub(p->pattern, from, to);
    if (name.n && name.p[0] == '^') {
        negated = !negated;
        name = bk_str_from(name, 1);
    }
    if (!in_class) bk_buf_byte(p->out, '[');
    BK_TRY(put_named(p, name, negated, &known));
    if (!in_class) bk_buf_byte(p->out, ']');
    return known ? BK_OK : bk_regex_refuse(p, "invalid character class range", start, p->at);
}

/* ---- [...] ---- */

/* [:alpha:] at the bracket. ret_read is false when it is something else. */
static bk_status posix_class(bk_regex_parser *p, bool *ret_read) {
    static const char names[] = " alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit ";
    bk_str rest = bk_str_from(p->pattern, p->at + 2);
    size_t close = bk_str_find(rest, BK_S(":]"));
    *ret_read = close != BK_NPOS;
    if (close == BK_NPOS) return BK_OK;
    bk_str name = bk_str_sub(rest, 0, close);
    if (name.n && name.p[0] == '^') name = bk_str_from(name, 1);
    char text[10] = " ";
    bool known = name.n > 0 && name.n <= 6 && bk_str_find_byte(name, ' ') == BK_NPOS;
    if (known) {
        memcpy(text + 1, name.p, name.n);
        text[name.n + 1] = ' ';
        known = bk_str_contains(bk_str_c(names), bk_str_of(text, name.n + 2));
    }
    size_t end = p->at + 2 + close + 2;
    if (!known) return bk_regex_refuse(p, "invalid character class range", p->at, end);
    bk_buf_bytes(p->out, p->pattern.p + p->at, end - p->at);
    p->at = end;
    return BK_OK;
}

static bk_status class_rune(bk_regex_parser *p, size_t start, uint32_t *ret) {
    if (p->at >= p->pattern.n) return bk_regex_refuse(p, "missing closing ]", start, p->pattern.n);
    return peek(p, 0) == '\\' ? bk_regex_escape(p, ret) : bk_regex_rune(p, ret);
}

/* A rune or a range of runes. */
static bk_status class_range(bk_regex_parser *p, size_t start) {
    size_t from = p->at;
    uint32_t lo, hi;
    BK_TRY(class_rune(p, start, &lo));
    bk_regex_put_rune(p, lo, true);
    if (p->pattern.n - p->at < 2 || peek(p, 0) != '-' || peek(p, 1) == ']') return BK_OK;
    p->at++;
    BK_TRY(class_rune(p, start, &hi));
    if (hi < lo) return bk_regex_refuse(p, "invalid character class range", from, p->at);
    bk_buf_byte(p->out, '-');
    bk_regex_put_rune(p, hi, true);
    return BK_OK;
}

bk_status bk_regex_class(bk_regex_parser *p) {
    size_t start = p->at++;
    bk_buf_byte(p->out, '[');
    if (peek(p, 0) == '^') {
        bk_buf_byte(p->out, '^');
        p->at++;
    }
    for (bool first = true; p->at >= p->pattern.n || peek(p, 0) != ']' || first; first = false) {
        bool read = false;
        if (p->pattern.n - p->at > 2 && peek(p, 0) == '[' && peek(p, 1) == ':') BK_TRY(posix_class(p, &read));
        if (read) continue;
        if (peek(p, 0) == '\\' && (peek(p, 1) == 'p' || peek(p, 1) == 'P')) BK_TRY(bk_regex_unicode_class(p, true));
        else if (!bk_regex_perl_class(p)) BK_TRY(class_range(p, start));
    }
    p->at++;
    bk_buf_byte(p->out, ']');
    return BK_OK;
}
