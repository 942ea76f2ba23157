#include "base/limits.h"
#include "base/num.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "data/json.h"
#include "value/map.h"

/* An object or array that is not closed yet; what it holds so far lies on the stack of items from `base` on. */
typedef struct open {
    uint32_t base;
    bool object;
} open;

typedef struct reader {
    bk_arena *arena;
    const char *p;
    size_t at, n;
    unsigned flags;
    bool first;          /* json.Decoder: stop after one value */
    bk_map_entry *items; /* finished values, in an object with their keys */
    size_t items_n, items_cap;
    open *opens;
    size_t opens_n, opens_cap;
    bool no_memory; /* for that error's text */
    bk_str saved;   /* the first error of conversion, reported after the syntax has proved right */
    bk_err *err;
} reader;

static bk_status fail_nomem(reader *r) { return bk_arena_fail(r->arena, r->err); }

/* ---- errors of syntax ---- */

/* strconv.Quote of the character that one byte makes (Latin-1), between single quotes. */
static void quote_byte(char out[16], unsigned char c) {
    static const char escapes[] = "abtnvfr"; /* 7 to 13 */
    size_t n = 0;
    out[n++] = '\'';
    if (c == '\'' || c == '\\') {
        out[n++] = '\\';
        out[n++] = (char)c;
    } else if (c >= 7 && c <= 13) {
        out[n++] = '\\';
        out[n++] = escapes[c - 7];
    } else if (bk_rune_is_print(c)) {
        n += bk_utf8_encode(c, out + n);
    } else {
        static const char hex[] = "0123456789abcdef";
        out[n++] = '\\';
        out[n++] = c < 0x80 ? 'x' : 'u';
        if (c >= 0x80) {
            out[n++] = '0';
            out[n++] = '0';
        }
        out[n++] = hex[c >> 4];
        out[n++] = hex[c & 15];
    }
    out[n++] = '\'';
    out[n] = 0;
}

/* The text ended: a decoder of streams says so plainly, else the missing byte counts as a space, as Go's scanner sees it. */
static bk_status fail_end(reader *r) {
    if (!r->first) return bk_err_set(r->err, BK_ERR, "unexpected end of JSON input");
    return bk_err_set(r->err, BK_ERR, bk_str_trim((bk_str){r->p, r->n}).n ? "unexpected EOF" : "EOF");
}

static bk_status fail_char(reader *r, const char *context) {
    char quoted[16];
    if (r->at >= r->n && r->first) return fail_end(r);
    quote_byte(quoted, r->at < r->n ? (unsigned char)r->p[r->at] : ' ');
    return bk_err_set(r->err, BK_ERR, "invalid character %s %s", quoted, context);
}

static void save_error(reader *r, bk_str what, const char *type) {
    if (r->saved.n || r->no_memory) return;
    if (!bk_arena_printf(r->arena, &r->saved, "json: cannot unmarshal %.*s into Go value of type %s", BK_FMT(what), type))
        r->no_memory = true;
}

/* ---- stacks ---- */

static bool push_item(reader *r, bk_str key) {
    if (r->items_n == r->items_cap) {
        size_t cap = r->items_cap ? r->items_cap * 2 : 32;
        if (cap > BK_LIMIT_LIST) {
            r->arena->hit_cap = true;
            return false;
        }
        bk_map_entry *p = bk_arena_grow(r->arena, r->items, r->items_cap * sizeof *p, cap * sizeof *p);
        if (!p) return false;
        r->items = p;
        r->items_cap = cap;
    }
    bk_map_entry *e = &r->items[r->items_n++];
    e->key = key;
    if (key.p) e->hash = bk_str_hash(key);
    return true;
}

static bk_status push_open(reader *r, bool object) {
    if (r->opens_n >= BK_JSON_DEPTH) return fail_char(r, "exceeded max depth");
    if (r->opens_n == r->opens_cap) {
        size_t cap = r->opens_cap ? r->opens_cap * 2 : 16;
        open *p = bk_arena_grow(r->arena, r->opens, r->opens_cap * sizeof *p, cap * sizeof *p);
        if (!p) return fail_nomem(r);
        r->opens = p;
        r->opens_cap = cap;
    }
    r->opens[r->opens_n++] = (open){(uint32_t)r->items_n, object};
    return BK_OK;
}

/* An object could not be made: once more, to tell why. A large map without an index has too many keys that lie at one place of it, and no innocent text has those. */
static bk_status fail_object(reader *r, const bk_map_entry *from, size_t n) {
    bk_map *m = bk_map_new(r->arena, n);
    for (size_t i = 0; m && i < n; i++) {
        if (bk_map_set(m, from[i].key, from[i].value)) continue;
        if (m->len < 100 || m->index) break;
        return bk_err_set(r->err, BK_ERR_LIMIT, "an object has keys that were chosen to collide");
    }
    return fail_nomem(r);
}

/* Makes the value of the innermost container and takes its items from the stack. */
static bk_status close_top(reader *r, bk_value *ret) {
    open top = r->opens[--r->opens_n];
    size_t n = r->items_n - top.base;
    bk_map_entry *from = n ? r->items + top.base : NULL;
    r->items_n = top.base;
    if (top.object) {
        bk_map *m = bk_map_of(r->arena, from, n);
        if (!m) return fail_object(r, from, n);
        *ret = bk_map_value(m);
        return BK_OK;
    }
    bk_value *list = n ? bk_arena_alloc(r->arena, n * sizeof *list) : NULL;
    if (n && !list) return fail_nomem(r);
    for (size_t i = 0; i < n; i++) list[i] = from[i].value;
    *ret = bk_list(list, n);
    return BK_OK;
}

/* ---- strings ---- */

/* The number behind "\u" at p, which has at least 6 bytes left; -1 if it is none. */
static int32_t hex4(const char *p, size_t left) {
    if (left < 6 || p[0] != '\\' || p[1] != 'u') return -1;
    int32_t v = 0;
    for (int i = 2; i < 6; i++) {
        int d = bk_hex_digit(p[i]);
        if (d < 0) return -1;
        v = v << 4 | d;
    }
    return v;
}

/* Appends what the escape at p stands for; returns its length. The syntax has been checked. */
static size_t unescape(bk_buf *out, const char *p, size_t left) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    if (p[1] != 'u') {
        const char *hit = strchr(from, p[1]);
        bk_buf_byte(out, hit ? to[hit - from] : p[1]);
        return 2;
    }
    uint32_t rune = (uint32_t)hex4(p, left);
    if (rune >= 0xD800 && rune < 0xDC00) {
        int32_t low = hex4(p + 6, left - 6);
        if (low >= 0xDC00 && low < 0xE000) {
            bk_buf_rune(out, 0x10000 + ((rune - 0xD800) << 10) + ((uint32_t)low - 0xDC00));
            return 12;
        }
    }
    bk_buf_rune(out, rune); /* a lone surrogate becomes U+FFFD */
    return 6;
}

/* The string between the quotes, with escapes and invalid UTF-8 replaced. */
static bk_status unquote(reader *r, bk_str raw, bk_str *ret) {
    bk_buf out;
    bk_buf_init(&out, r->arena, 0);
    for (size_t i = 0; i < raw.n;) {
        size_t run = i, width;
        while (run < raw.n && raw.p[run] != '\\' && (unsigned char)raw.p[run] < 0x80) run++;
        bk_buf_bytes(&out, raw.p + i, run - i);
        i = run;
        if (i >= raw.n) break;
        if (raw.p[i] == '\\') {
            i += unescape(&out, raw.p + i, raw.n - i);
        } else {
            bk_buf_rune(&out, bk_utf8_decode(bk_str_from(raw, i), &width));
            i += width;
        }
    }
    BK_TRY(bk_buf_check(&out, r->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* Checks the escape whose backslash is at r->at, and moves behind it. */
static bk_status skip_escape(reader *r) {
    r->at++;
    if (r->at >= r->n || !strchr("bfnrt\\/\"u", r->p[r->at]) || r->p[r->at] == 0) return fail_char(r, "in string escape code");
    if (r->p[r->at++] != 'u') return BK_OK;
    for (int i = 0; i < 4; i++, r->at++)
        if (r->at >= r->n || bk_hex_digit(r->p[r->at]) < 0) return fail_char(r, "in \\u hexadecimal character escape");
    return BK_OK;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Where the next byte is that is no plain character of a string, or nearly there: sixteen or eight at a time. */
static inline size_t skip_plain(const char *p, size_t at, size_t n) {
#ifdef BK_VEC_MARKS
    for (; n - at >= 16; at += 16) {
        bk_vec_signed v = (bk_vec_signed)bk_vec_load(p + at); /* what is not ASCII is below zero */
        unsigned marks = bk_vec_marks((bk_vec)((v < 0x20) | (v == '"') | (v == '\\')));
        if (marks) return at + (unsigned)__builtin_ctz(marks);
    }
#endif
    for (; n - at >= 8; at += 8) {
        uint64_t w, quote, slash;
        memcpy(&w, p + at, 8);
        quote = w ^ EACH('"');
        slash = w ^ EACH('\\');
        /* A byte below its subtrahend borrows into its highest bit; carries make more of them, never fewer. */
        if (((w | (w - EACH(0x20)) | (quote - EACH(1)) | (slash - EACH(1))) & EACH(0x80)) != 0) break;
    }
    return at;
}

/* The string whose opening quote is at r->at. */
static bk_status read_string(reader *r, bk_str *ret) {
    size_t start = ++r->at;
    bool plain = true;
    for (;;) {
        r->at = skip_plain(r->p, r->at, r->n);
        while (r->at < r->n && (unsigned char)r->p[r->at] >= 0x20 && (unsigned char)r->p[r->at] < 0x80 && r->p[r->at] != '"' &&
               r->p[r->at] != '\\')
            r->at++;
        if (r->at >= r->n) return fail_end(r);
        unsigned char c = (unsigned char)r->p[r->at];
        if (c == '"') break;
        if (c < 0x20) return fail_char(r, "in string literal");
        if (c == '\\') {
            plain = false;
            BK_TRY(skip_escape(r));
        } else {
            size_t width;
            uint32_t rune = bk_utf8_decode((bk_str){r->p + r->at, r->n - r->at}, &width);
            if (rune == BK_RUNE_ERROR && width == 1) plain = false;
            r->at += width;
        }
    }
    bk_str raw = {r->p + start, r->at - start};
    r->at++;
    if (plain) return *ret = raw, BK_OK;
    return unquote(r, raw, ret);
}

/* ---- numbers and words ---- */

static bool is_digit(const reader *r) { return r->at < r->n && r->p[r->at] >= '0' && r->p[r->at] <= '9'; }

static void skip_digits(reader *r) {
    while (is_digit(r)) r->at++;
}

static bk_status scan_number(reader *r, bool *ret_integral) {
    *ret_integral = true;
    if (r->p[r->at] == '-') {
        r->at++;
        if (!is_digit(r)) return fail_char(r, "in numeric literal");
    }
    if (r->p[r->at] == '0') r->at++;
    else skip_digits(r);
    if (r->at < r->n && r->p[r->at] == '.') {
        *ret_integral = false;
        r->at++;
        if (!is_digit(r)) return fail_char(r, "after decimal point in numeric literal");
        skip_digits(r);
    }
    if (r->at < r->n && (r->p[r->at] | 0x20) == 'e') {
        *ret_integral = false;
        r->at++;
        if (r->at < r->n && (r->p[r->at] == '+' || r->p[r->at] == '-')) r->at++;
        if (!is_digit(r)) return fail_char(r, "in exponent of numeric literal");
        skip_digits(r);
    }
    return BK_OK;
}

static bk_status read_number(reader *r, bk_value *ret) {
    size_t start = r->at;
    bool integral;
    int64_t i;
    double f;
    BK_TRY(scan_number(r, &integral));
    bk_str literal = {r->p + start, r->at - start};
    if (r->flags & BK_JSON_NUMBER) {
        *ret = bk_json_number(literal);
    } else if ((r->flags & BK_JSON_INT64) && integral && bk_parse_int(literal, 10, &i) == BK_NUM_OK) {
        *ret = bk_int64(i);
    } else if (bk_parse_float(literal, &f) == BK_NUM_OK) {
        *ret = bk_float(f);
    } else {
        bk_str what;
        if (!bk_arena_cat(r->arena, BK_S("number "), literal, &what)) return fail_nomem(r);
        save_error(r, what, "float64");
        *ret = bk_nil();
    }
    return BK_OK;
}

static bk_status read_word(reader *r, const char *word, bk_value value, bk_value *ret) {
    for (size_t i = 1; word[i]; i++) {
        if (r->at + 1 < r->n && r->p[r->at + 1] == word[i]) {
            r->at++;
            continue;
        }
        char context[48] = "in literal ";
        r->at++;
        memcpy(context + 11, word, strlen(word) + 1);
        size_t n = strlen(context);
        memcpy(context + n, " (expecting 'x')", 17);
        context[n + 13] = word[i];
        return fail_char(r, context);
    }
    r->at++;
    *ret = value;
    return BK_OK;
}

/* ---- structure ---- */

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

static inline void skip_space(reader *r) {
    size_t at = r->at;
    while (at < r->n && is_space(r->p[at])) {
        at++;
        /* mostly the indentation of a line */
        for (uint64_t word; r->n - at >= sizeof word; at += sizeof word) {
            memcpy(&word, r->p + at, sizeof word);
            word ^= EACH(' ');
            if (!word) continue;
            at += (unsigned)__builtin_ctzll(word) / 8;
            break;
        }
    }
    r->at = at;
}

/* The next key and its colon; pushes the item that the value will fill. */
static bk_status read_key(reader *r) {
    bk_str key;
    skip_space(r);
    if (r->at >= r->n) return fail_end(r);
    if (r->p[r->at] != '"') return fail_char(r, "looking for beginning of object key string");
    BK_TRY(read_string(r, &key));
    skip_space(r);
    if (r->at >= r->n) return fail_end(r);
    if (r->p[r->at] != ':') return fail_char(r, "after object key");
    r->at++;
    return push_item(r, key) ? BK_OK : fail_nomem(r);
}

/* A scalar, or the start of a container: *ret_opened tells. An empty container is a finished value. */
static bk_status read_value(reader *r, bk_value *ret, bool *ret_opened) {
    *ret_opened = false;
    skip_space(r);
    if (r->at >= r->n) return fail_end(r);
    bk_str s;
    switch (r->p[r->at]) {
    case '{':
    case '[': {
        bool object = r->p[r->at] == '{';
        BK_TRY(push_open(r, object));
        r->at++;
        skip_space(r);
        if (r->at < r->n && r->p[r->at] == (object ? '}' : ']')) {
            r->at++;
            return close_top(r, ret);
        }
        *ret_opened = true;
        if (object) return read_key(r);
        return push_item(r, (bk_str){0}) ? BK_OK : fail_nomem(r);
    }
    case '"':
        BK_TRY(read_string(r, &s));
        *ret = bk_string(s);
        return BK_OK;
    case 't': return read_word(r, "true", bk_bool(true), ret);
    case 'f': return read_word(r, "false", bk_bool(false), ret);
    case 'n': return read_word(r, "null", bk_nil(), ret);
    default:
        if (r->p[r->at] != '-' && !is_digit(r)) return fail_char(r, "looking for beginning of value");
        return read_number(r, ret);
    }
}

/* After a value: closes what ends here. *ret_more: another value follows in the innermost container. */
static bk_status after_value(reader *r, bk_value *v, bool *ret_more) {
    *ret_more = false;
    while (r->opens_n) {
        r->items[r->items_n - 1].value = *v;
        bool object = r->opens[r->opens_n - 1].object;
        skip_space(r);
        if (r->at >= r->n) return fail_end(r);
        char c = r->p[r->at];
        if (c == ',') {
            r->at++;
            *ret_more = true;
            if (object) return read_key(r);
            return push_item(r, (bk_str){0}) ? BK_OK : fail_nomem(r);
        }
        if (c != (object ? '}' : ']')) return fail_char(r, object ? "after object key:value pair" : "after array element");
        r->at++;
        BK_TRY(close_top(r, v));
    }
    return BK_OK;
}

static bk_status read_top(reader *r, bk_value *ret) {
    bk_value v = bk_nil();
    for (bool more = true, opened; more;) {
        BK_TRY(read_value(r, &v, &opened));
        if (!opened) BK_TRY(after_value(r, &v, &more));
    }
    if (!r->first) {
        skip_space(r);
        if (r->at < r->n) return fail_char(r, "after top-level value");
    }
    *ret = v;
    return BK_OK;
}

/* ---- the target ---- */

const char *bk_json_kind(bk_value v) {
    if (bk_json_is_number(v)) return "number";
    switch ((bk_kind)v.kind) {
    case BK_BOOL: return "bool";
    case BK_STRING: return "string";
    case BK_LIST: return "array";
    case BK_MAP: return "object";
    default: return "number";
    }
}

/* Replaces a value that does not suit the target by an empty one of the target's type; null makes the nil one. */
static bk_status suit(reader *r, bk_type target, bk_value *v) {
    if (target == BK_T_NIL || v->type == target) return BK_OK;
    bk_value empty = target == BK_T_MAP ? bk_map_value(NULL) : bk_list_typed(target, NULL, 0);
    bool beyond = bk_is_nil(*v) && r->saved.n; /* a number that float64 does not hold, not null */
    if (!bk_is_nil(*v) || beyond) {
        r->saved.n = 0;
        save_error(r, bk_str_c(beyond ? "number" : bk_json_kind(*v)), bk_type_name(empty));
        if (target == BK_T_MAP) empty.map = bk_map_new(r->arena, 0);
        else empty.items = bk_no_items;
        if (target == BK_T_MAP && !empty.map) return fail_nomem(r);
    }
    *v = empty;
    return BK_OK;
}

static bk_status decode(reader *r, bk_type target, bk_value *ret) {
    bk_value v;
    BK_TRY(read_top(r, &v));
    BK_TRY(suit(r, target, &v));
    *ret = v;
    if (r->no_memory) return bk_arena_fail(r->arena, r->err);
    return r->saved.n ? bk_err_set_str(r->err, BK_ERR, r->saved) : BK_OK;
}

bk_status bk_json_decode(bk_arena *arena, bk_str text, unsigned flags, bk_type target, bk_value *ret, bk_err *err) {
    reader r = {.arena = arena, .p = text.p, .n = text.n, .flags = flags, .err = err};
    return decode(&r, target, ret);
}

bk_status bk_json_decode_first(bk_arena *arena, bk_str text, unsigned flags, bk_type target, bk_value *ret, size_t *ret_used, bk_err *err) {
    reader r = {.arena = arena, .p = text.p, .n = text.n, .flags = flags, .first = true, .err = err};
    bk_status status = decode(&r, target, ret);
    *ret_used = r.at;
    return status;
}
