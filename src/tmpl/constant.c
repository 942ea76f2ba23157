#include "tmpl/constant.h"

#include "base/num.h"
#include "base/utf8.h"
#include "value/gofmt.h"

static bk_constant_result bad(bk_str *ret_message, const char *message) {
    *ret_message = bk_str_c(message);
    return BK_CONSTANT_BAD;
}

static bk_constant_result bad_text(bk_arena *arena, bk_str *ret_message, const char *message, bk_str text, bool quote) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_buf_c(&b, message);
    if (quote) bk_fmt_quote(&b, text);
    else bk_buf_str(&b, text);
    if (!bk_buf_ok(&b)) return BK_CONSTANT_NOMEM;
    *ret_message = bk_buf_take(&b);
    return BK_CONSTANT_BAD;
}

/* ---- quotes ---- */

/* n digits of the base at s[at]; false when one is none. */
static bool digits(bk_str s, size_t at, size_t n, unsigned base, uint32_t *ret) {
    if (at > s.n || s.n - at < n) return false;
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        int d = bk_hex_digit(s.p[at + i]);
        if (d < 0 || (unsigned)d >= base) return false;
        v = v * base + (unsigned)d;
    }
    if (v > BK_RUNE_MAX) return false;
    *ret = (uint32_t)v;
    return true;
}

/* The escape at the start of s (s.p[0] is the backslash): its value, its length, and whether it is a byte and not a rune. */
static bool unescape(bk_str s, char quote, uint32_t *ret, size_t *ret_len, bool *ret_byte) {
    static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    if (s.n < 2) return false;
    char c = s.p[1];
    *ret_byte = true;
    *ret_len = 2;
    const char *p = c ? strchr(names, c) : NULL;
    if (p) {
        *ret = (unsigned char)values[p - names];
        return true;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        size_t n = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        *ret_len = 2 + n;
        *ret_byte = c == 'x';
        if (!digits(s, 2, n, 16, ret)) return false;
        return c == 'x' || *ret < 0xD800 || *ret > 0xDFFF;
    }
    if (c >= '0' && c <= '7') {
        *ret_len = 4;
        return digits(s, 1, 3, 8, ret) && *ret <= 255;
    }
    *ret = (unsigned char)c;
    return c == quote && (c == '\'' || c == '"');
}

static bk_constant_result unquote_raw(bk_arena *arena, bk_str in, bk_str *ret) {
    *ret = in;
    if (bk_str_find_byte(in, '\r') == BK_NPOS) return BK_CONSTANT_OK;
    char *p = bk_arena_alloc(arena, in.n);
    if (!p) return BK_CONSTANT_NOMEM;
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++)
        if (in.p[i] != '\r') p[n++] = in.p[i];
    *ret = bk_str_of(p, n);
    return BK_CONSTANT_OK;
}

bk_constant_result bk_constant_string(bk_arena *arena, bk_str quoted, bk_str *ret, bk_str *ret_message) {
    bk_str in = bk_str_sub(quoted, 1, quoted.n - 1);
    if (quoted.p[0] == '`') return unquote_raw(arena, in, ret);
    *ret = in;
    if (bk_str_find_byte(in, '\\') == BK_NPOS && bk_utf8_valid(in)) return BK_CONSTANT_OK;
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    for (size_t at = 0, width; at < in.n; at += width) {
        uint32_t rune;
        bool byte = false;
        bk_str rest = bk_str_from(in, at);
        if (rest.p[0] == '\\') {
            if (!unescape(rest, '"', &rune, &width, &byte)) return bad(ret_message, "invalid syntax");
        } else {
            rune = bk_utf8_decode(rest, &width);
        }
        if (byte) bk_buf_byte(&b, (char)rune);
        else bk_buf_rune(&b, rune);
    }
    if (!bk_buf_ok(&b)) return BK_CONSTANT_NOMEM;
    *ret = bk_buf_take(&b);
    return BK_CONSTANT_OK;
}

/* ---- numbers ---- */

/* Which integer types hold f as it is. */
static void ints_of_float(bk_node_number *node) {
    double f = node->f;
    if (!(node->head.flag & BK_NUM_INT) && f >= -0x1p63 && f < 0x1p63 && (double)(int64_t)f == f) {
        node->head.flag |= BK_NUM_INT;
        node->i = (int64_t)f;
    }
    if (!(node->head.flag & BK_NUM_UINT) && f > -1 && f < 0x1p64 && (double)(uint64_t)f == f) {
        node->head.flag |= BK_NUM_UINT;
        node->u = (uint64_t)f;
    }
}

BK_COLD static bk_constant_result char_constant(bk_arena *arena, bk_str text, bk_node_number *node, bk_str *ret_message) {
    bk_str s = bk_str_from(text, 1);
    uint32_t rune;
    size_t width;
    bool byte;
    if (s.p[0] == '\'') return bad(ret_message, "invalid syntax");
    if (s.p[0] != '\\') rune = bk_utf8_decode(s, &width);
    else if (!unescape(s, '\'', &rune, &width, &byte)) return bad(ret_message, "invalid syntax");
    if (s.n - width != 1) return bad_text(arena, ret_message, "malformed character constant: ", text, false);
    node->i = rune;
    node->u = rune;
    node->f = rune;
    node->head.flag = BK_NUM_INT | BK_NUM_UINT | BK_NUM_FLOAT;
    return BK_CONSTANT_OK;
}

/* An imaginary part; only when it is zero is the number of other types too. */
static void set_complex(bk_node_number *node, double re, double im) {
    node->head.flag = BK_NUM_COMPLEX;
    if (im != 0) return;
    node->head.flag |= BK_NUM_FLOAT;
    node->f = re;
    ints_of_float(node);
}

BK_COLD static bool complex_constant(bk_str text, bk_node_number *node) {
    size_t sign = text.n - 1;
    while (sign > 0 && !((text.p[sign] == '+' || text.p[sign] == '-') && !strchr("eEpP", text.p[sign - 1]))) sign--;
    double re, im;
    if (sign == 0 || bk_parse_float(bk_str_sub(text, 0, sign), &re) != BK_NUM_OK) return false;
    if (bk_parse_float(bk_str_sub(text, sign, text.n - 1), &im) != BK_NUM_OK) return false;
    set_complex(node, re, im);
    return true;
}

static bool contains_any(bk_str s, const char *set) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr(set, s.p[i])) return true;
    return false;
}

/* Digits, few enough for every type, that do not begin with a zero. */
static bool few_digits(bk_str text, uint64_t *ret) {
    if (text.n == 0 || text.n > 15 || (text.p[0] == '0' && text.n > 1)) return false;
    uint64_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        v = v * 10 + (unsigned)(text.p[i] - '0');
    }
    *ret = v;
    return true;
}

BK_COLD static bk_constant_result plain_number(bk_arena *arena, bk_str text, bk_node_number *node, bk_str *ret_message) {
    double f;
    if (text.n && text.p[text.n - 1] == 'i' && bk_parse_float(bk_str_sub(text, 0, text.n - 1), &f) == BK_NUM_OK) {
        set_complex(node, 0, f);
        return BK_CONSTANT_OK;
    }
    node->u = 0;
    uint64_t u;
    int64_t i;
    if (bk_parse_uint(text, 0, &u) == BK_NUM_OK) {
        node->head.flag |= BK_NUM_UINT;
        node->u = u;
    }
    if (bk_parse_int(text, 0, &i) == BK_NUM_OK) {
        node->head.flag |= BK_NUM_INT;
        node->i = i;
        if (i == 0) node->head.flag |= BK_NUM_UINT; /* -0 */
    }
    if (node->head.flag) {
        node->f = node->head.flag & BK_NUM_INT ? (double)node->i : (double)node->u;
        node->head.flag |= BK_NUM_FLOAT;
        return BK_CONSTANT_OK;
    }
    if (bk_parse_float(text, &f) != BK_NUM_OK) return bad_text(arena, ret_message, "illegal number syntax: ", text, true);
    if (!contains_any(text, ".eEpP")) return bad_text(arena, ret_message, "integer overflow: ", text, true);
    node->f = f;
    node->head.flag = BK_NUM_FLOAT;
    ints_of_float(node);
    return BK_CONSTANT_OK;
}

/* The value where the context leaves the type open: the way it is written decides. */
static void set_open_value(bk_node_number *node) {
    bk_str t = node->text;
    uint8_t flag = node->head.flag;
    bool rune = t.n && t.p[0] == '\'';
    bool hex = t.n > 2 && t.p[0] == '0' && (t.p[1] == 'x' || t.p[1] == 'X') && !contains_any(t, "pP");
    if (flag & BK_NUM_COMPLEX) return;
    if ((flag & BK_NUM_FLOAT) && !hex && !rune && contains_any(t, ".eEpP")) node->value = bk_float(node->f);
    else if (flag & BK_NUM_INT) node->value = bk_int(node->i);
    else if (flag & BK_NUM_UINT) node->head.flag |= BK_NUM_OVERFLOW;
}

bk_constant_result bk_constant_number(bk_arena *arena, const bk_tok *tok, bk_node_number *node, bk_str *ret_message) {
    bk_constant_result result = BK_CONSTANT_OK;
    node->text = tok->val;
    node->head.flag = 0;
    node->value = bk_nil();
    if (tok->kind == BK_TOK_CHAR_CONST) {
        result = char_constant(arena, tok->val, node, ret_message);
    } else if (tok->kind == BK_TOK_COMPLEX) {
        if (!complex_constant(tok->val, node)) result = bad(ret_message, "syntax error scanning complex number");
    } else if (few_digits(tok->val, &node->u)) {
        node->i = (int64_t)node->u;
        node->f = (double)node->i;
        node->head.flag = BK_NUM_INT | BK_NUM_UINT | BK_NUM_FLOAT;
        node->value = bk_int(node->i);
    } else {
        result = plain_number(arena, tok->val, node, ret_message);
    }
    if (result == BK_CONSTANT_OK && node->value.kind == BK_NIL) set_open_value(node);
    return result;
}
