#include <math.h>

#include "base/base64.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "data/json.h"
#include "value/map.h"

/* Go looks for cycles beyond this depth, and so do we: the error then names the type that it would name. */
enum { CYCLES_FROM = 1000 };

typedef struct writer {
    bk_buf *out;
    bk_arena *arena;
    bk_str prefix, indent;
    unsigned flags;
    bool pretty;
    unsigned level;    /* containers around the current one; objects made of values count as well */
    unsigned lines;    /* indentation of the current line */
    const void **seen; /* containers on the path beyond CYCLES_FROM */
    bk_err *err;
} writer;

static const char hex_digits[] = "0123456789abcdef";

/* 0: copied as it is; 1: copied unless HTML is escaped. */
static const uint8_t odd[256] = {
    [0 ... 0x1F] = 2, ['"'] = 2, ['\\'] = 2, [0x80 ... 0xFF] = 2, ['&'] = 1, ['<'] = 1, ['>'] = 1,
};

static void put_escape(bk_buf *out, unsigned char c) {
    static const char shorts[] = "btn\0fr"; /* 8 to 13 */
    char text[6] = {'\\', (char)c, '0', '0', hex_digits[c >> 4], hex_digits[c & 15]};
    if (c == '\\' || c == '"') {
        bk_buf_bytes(out, text, 2);
    } else if (c >= 8 && c <= 13 && c != 11) {
        text[1] = shorts[c - 8];
        bk_buf_bytes(out, text, 2);
    } else {
        text[1] = 'u';
        bk_buf_bytes(out, text, 6);
    }
}

/* Where the next character is, from i on, that is not just copied. */
static inline size_t skip_safe(bk_str s, size_t i, bool html) {
#ifdef BK_VEC_MARKS
    for (; s.n - i >= 16; i += 16) {
        bk_vec v = bk_vec_load(s.p + i);
        bk_vec found = (bk_vec)((bk_vec_signed)v < 0x20) | (bk_vec)(v == '"') | (bk_vec)(v == '\\'); /* what is not ASCII is below zero */
        if (html) found |= (bk_vec)(v == '&') | (bk_vec)(v == '<') | (bk_vec)(v == '>');
        unsigned marks = bk_vec_marks(found);
        if (marks) return i + (size_t)__builtin_ctz(marks);
    }
#endif
    while (i < s.n && odd[(unsigned char)s.p[i]] <= !html) i++;
    return i;
}

void bk_json_encode_string(bk_buf *out, bk_str s, unsigned flags) {
    bool html = flags & BK_JSON_HTML;
    size_t start = 0, i = 0;
    bk_buf_byte(out, '"');
    while ((i = skip_safe(s, i, html)) < s.n) {
        unsigned char c = (unsigned char)s.p[i];
        size_t width = 1;
        if (c >= 0x80) {
            uint32_t rune = bk_utf8_decode(bk_str_from(s, i), &width);
            if (!(rune == BK_RUNE_ERROR && width == 1) && rune != 0x2028 && rune != 0x2029) {
                i += width;
                continue;
            }
            bk_buf_bytes(out, s.p + start, i - start);
            bk_buf_c(out, rune == 0x2028 ? "\\u2028" : rune == 0x2029 ? "\\u2029" : "\\ufffd");
        } else {
            bk_buf_bytes(out, s.p + start, i - start);
            put_escape(out, c);
        }
        i += width;
        start = i;
    }
    bk_buf_bytes(out, s.p ? s.p + start : NULL, s.n - start);
    bk_buf_byte(out, '"');
}

void bk_json_encode_float(bk_buf *out, double v, int bits) {
    char text[BK_FLOAT_TEXT];
    double abs = fabs(v);
    if (abs < 9007199254740992.0 && v == (double)(int64_t)v && (v != 0 || !signbit(v))) {
        bk_buf_int(out, (int64_t)v);
        return;
    }
    bool small = bits == 32 ? (float)abs < (float)1e-6 : abs < 1e-6;
    bool big = bits == 32 ? (float)abs >= (float)1e21 : abs >= 1e21;
    if (abs == 0 || (!small && !big)) {
        bk_buf_bytes(out, text, bk_format_float(v, 'f', -1, bits, text));
        return;
    }
    size_t n = bk_format_float(v, 'e', -1, bits, text);
    if (n >= 4 && text[n - 4] == 'e' && text[n - 3] == '-' && text[n - 2] == '0') {
        text[n - 2] = text[n - 1]; /* e-09 is written e-9 */
        n--;
    }
    bk_buf_bytes(out, text, n);
}

static bk_status put_float(writer *w, bk_value v) {
    int bits = v.type == BK_T_FLOAT32 ? 32 : 64;
    if (isnan(v.f)) return bk_err_set(w->err, BK_ERR, "json: unsupported value: NaN");
    if (isinf(v.f)) return bk_err_set(w->err, BK_ERR, "json: unsupported value: %s", v.f < 0 ? "-Inf" : "+Inf");
    bk_json_encode_float(w->out, v.f, bits);
    return BK_OK;
}

static void put_base64(bk_buf *out, bk_str s) {
    bk_buf_byte(out, '"');
    bk_base64_encode(out, s);
    bk_buf_byte(out, '"');
}

static void put_line(writer *w) {
    if (!w->pretty) return;
    bk_buf_byte(w->out, '\n');
    bk_buf_str(w->out, w->prefix);
    for (unsigned i = 0; i < w->lines; i++) bk_buf_str(w->out, w->indent);
}

/* Steps into a container that `identity` stands for. */
static bk_status enter(writer *w, const void *identity, bk_value v) {
    if (++w->level <= CYCLES_FROM) return BK_OK;
    unsigned depth = w->level - CYCLES_FROM - 1;
    if (w->level > BK_JSON_DEPTH) return bk_err_limit(w->err, "nesting of a value", BK_JSON_DEPTH);
    if (!w->seen) w->seen = BK_NEW_ARRAY(w->arena, const void *, BK_JSON_DEPTH - CYCLES_FROM);
    if (!w->seen) return bk_arena_fail(w->arena, w->err);
    for (unsigned i = 0; i < depth; i++)
        if (w->seen[i] == identity)
            return bk_err_set(w->err, BK_ERR, "json: unsupported value: encountered a cycle via %s", bk_type_name(v));
    w->seen[depth] = identity;
    return BK_OK;
}

static bk_status put_value(writer *w, bk_value v);

static bk_status put_list(writer *w, bk_value v) {
    if (!v.items) return bk_buf_c(w->out, "null"), BK_OK;
    if (v.len == 0) return bk_buf_c(w->out, "[]"), BK_OK;
    BK_TRY(enter(w, v.items, v));
    bk_buf_byte(w->out, '[');
    w->lines++;
    for (uint32_t i = 0; i < v.len; i++) {
        if (i) bk_buf_byte(w->out, ',');
        put_line(w);
        BK_TRY(put_value(w, v.items[i]));
    }
    w->lines--;
    put_line(w);
    bk_buf_byte(w->out, ']');
    w->level--;
    return BK_OK;
}

/* The keys of a map are sorted, the fields of a struct stay in their order. */
static bk_status put_entries(writer *w, bk_value v, bool sort) {
    if (v.type == BK_T_YAML_MAP) return bk_err_set(w->err, BK_ERR, "json: unsupported type: %s", bk_type_name(v));
    if (!v.map) return bk_buf_c(w->out, "null"), BK_OK;
    if (bk_map_len(v.map) == 0) return bk_buf_c(w->out, "{}"), BK_OK;
    BK_TRY(enter(w, v.map, v));
    if (sort && !bk_map_sort(v.map)) return bk_arena_fail(w->arena, w->err);
    bk_buf_byte(w->out, '{');
    w->lines++;
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        if (i) bk_buf_byte(w->out, ',');
        put_line(w);
        bk_json_encode_string(w->out, e->key, w->flags);
        bk_buf_bytes(w->out, ": ", w->pretty ? 2 : 1);
        BK_TRY(put_value(w, e->value));
    }
    w->lines--;
    put_line(w);
    bk_buf_byte(w->out, '}');
    w->level--;
    return BK_OK;
}

static bk_status put_object(writer *w, bk_value v) {
    if (v.type == BK_T_FUNC) return bk_err_set(w->err, BK_ERR, "json: unsupported type: %s", bk_type_name(v));
    if (!v.object) return bk_buf_c(w->out, "null"), BK_OK;
    if (!v.object->class->json) return bk_buf_c(w->out, "{}"), BK_OK;
    bk_value made;
    BK_TRY(enter(w, v.object, v));
    BK_TRY(v.object->class->json(v.object, w->arena, &made, w->err));
    BK_TRY(made.kind == BK_MAP ? put_entries(w, made, false) : put_value(w, made));
    w->level--;
    return BK_OK;
}

static bk_status put_value(writer *w, bk_value v) {
    switch ((bk_kind)v.kind) {
    case BK_NIL: bk_buf_c(w->out, "null"); return BK_OK;
    case BK_BOOL: bk_buf_c(w->out, v.b ? "true" : "false"); return BK_OK;
    case BK_INT: bk_buf_int(w->out, v.i); return BK_OK;
    case BK_UINT: bk_buf_uint(w->out, v.u); return BK_OK;
    case BK_FLOAT: return put_float(w, v);
    case BK_STRING:
        if (v.type == BK_T_BYTES && !v.s) bk_buf_c(w->out, "null");
        else if (v.type == BK_T_BYTES) put_base64(w->out, bk_value_str(v));
        else if (bk_json_is_number(v)) bk_buf_str(w->out, bk_value_str(v));
        else bk_json_encode_string(w->out, bk_value_str(v), w->flags);
        return BK_OK;
    case BK_LIST: return put_list(w, v);
    case BK_MAP: return put_entries(w, v, true);
    case BK_OBJECT: return put_object(w, v);
    }
    return bk_err_internal(w->err, "a value of no kind");
}

bk_status bk_json_encode(bk_buf *out, bk_arena *arena, bk_value v, unsigned flags, bk_err *err) {
    writer w = {.out = out, .arena = arena, .flags = flags, .err = err};
    BK_TRY(put_value(&w, v));
    return bk_buf_check(out, err);
}

bk_status bk_json_encode_indent(bk_buf *out, bk_arena *arena, bk_value v, bk_str prefix, bk_str indent, unsigned flags, bk_err *err) {
    writer w = {.out = out, .arena = arena, .flags = flags, .pretty = true, .prefix = prefix, .indent = indent, .err = err};
    BK_TRY(put_value(&w, v));
    return bk_buf_check(out, err);
}
