/* toml_encode.c: values to TOML text. */
#include <math.h>

#include "base/limits.h"
#include "base/num.h"
#include "data/json.h"
#include "data/toml.h"
#include "data/toml_lex.h"
#include "data/toml_time.h"
#include "text/gotime.h"
#include "value/gofmt.h"
#include "value/map.h"

/* ---- keys and strings ---- */

void bk_toml_put_quoted(bk_buf *out, bk_str s) {
    static const char codes[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    size_t run = 0;
    bk_buf_byte(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) continue;
        bk_buf_bytes(out, s.p + run, i - run);
        run = i + 1;
        if (c == '"' || c == '\\') bk_buf_printf(out, "\\%c", c);
        else if (c < sizeof codes && codes[c]) bk_buf_printf(out, "\\%c", codes[c]);
        else bk_buf_printf(out, "\\u%04x", c);
    }
    bk_buf_bytes(out, s.n ? s.p + run : NULL, s.n - run);
    bk_buf_byte(out, '"');
}

void bk_toml_put_part(bk_buf *out, bk_str part) {
    size_t bare = 0;
    while (bare < part.n && bk_toml_bare((unsigned char)part.p[bare])) bare++;
    if (bare && bare == part.n) bk_buf_str(out, part);
    else bk_toml_put_quoted(out, part);
}

void bk_toml_put_key(bk_buf *out, const bk_str *parts, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i) bk_buf_byte(out, '.');
        bk_toml_put_part(out, parts[i]);
    }
}

/* ---- the writer ---- */

typedef struct writer {
    bk_buf *out;
    size_t begin; /* where the text starts in out */
    bk_arena *arena;
    bk_str path[BK_LIMIT_DEPTH]; /* the key of the current table */
    size_t depth;
    bk_err *err;
} writer;

/* What TOML makes of a value. */
typedef enum shape { NOTHING, PLAIN, TABLE, TABLES } shape;

static bk_status put_entry(writer *w, bk_str name, bk_value v);
static bk_status put_element(writer *w, bk_value v, unsigned budget);

/* A time: TOML's own, or one that a template made. */
static bool is_time(bk_value v) {
    bk_time t;
    if (v.kind != BK_OBJECT || !v.object || v.type == BK_T_FUNC) return false;
    return v.object->class == &bk_toml_time_class || bk_value_time(v, &t);
}

static void put_time(bk_buf *out, bk_value v) {
    bk_time t;
    if (v.object->class == &bk_toml_time_class) bk_toml_time_format(out, v.object->data);
    else if (bk_value_time(v, &t)) bk_time_format(out, t, BK_TIME_RFC3339_NANO);
}

/* A struct: a table that keeps the order of its fields. */
static bk_status fields_of(writer *w, bk_value *v) {
    bk_map *fields = bk_map_of_struct(w->arena, v->object);
    *v = bk_map_typed(BK_T_STRUCT, fields);
    return fields ? BK_OK : bk_arena_fail(w->arena, w->err);
}

/* An object other than a time becomes the table of its fields, or what JSON makes of it. */
static bk_status resolve(writer *w, bk_value *v) {
    for (int i = 0; v->kind == BK_OBJECT && v->type != BK_T_FUNC && !is_time(*v); i++) {
        if (!v->object) return *v = bk_nil(), BK_OK;
        if (v->object->class->names) return fields_of(w, v);
        if (!v->object->class->json || i == 4) {
            bk_map *nothing = bk_map_new(w->arena, 0);
            if (!nothing) return bk_arena_fail(w->arena, w->err);
            *v = bk_map_value(nothing);
            return BK_OK;
        }
        BK_TRY(v->object->class->json(v->object, w->arena, v, w->err));
    }
    return BK_OK;
}

static bool is_nothing(bk_value v) { return v.kind == BK_NIL || (v.kind == BK_LIST && !v.items) || (v.kind == BK_MAP && !v.map); }

static bk_status too_deep(writer *w) { return bk_err_limit(w->err, "nesting of a value", BK_LIMIT_DEPTH); }

/* The shape; arrays are looked through to the bottom, because a nil anywhere in them is an error. */
static bk_status shape_of(writer *w, bk_value v, unsigned budget, shape *ret) {
    if (budget == 0) return too_deep(w);
    BK_TRY(resolve(w, &v));
    *ret = is_nothing(v) ? NOTHING : v.kind == BK_MAP ? TABLE : PLAIN;
    if (v.kind == BK_OBJECT && v.type == BK_T_FUNC) return bk_err_set(w->err, BK_ERR, "unsupported type: func");
    if (v.kind != BK_LIST || v.len == 0) return BK_OK;
    bool tables = true;
    for (uint32_t i = 0; i < v.len; i++) {
        shape item;
        BK_TRY(shape_of(w, v.items[i], budget - 1, &item));
        if (item == NOTHING) return bk_err_set(w->err, BK_ERR, "toml: cannot encode array with nil element");
        if (item != TABLE) tables = false;
    }
    if (v.items && tables) *ret = TABLES;
    return BK_OK;
}

/* A line feed, unless nothing has been written yet. */
static void put_newline(writer *w) {
    if (w->out->n > w->begin) bk_buf_byte(w->out, '\n');
}

static void put_float(writer *w, double f, int bits) {
    char text[BK_FLOAT_TEXT];
    if (isnan(f) || isinf(f)) {
        bk_buf_c(w->out, signbit(f) ? "-" : "");
        bk_buf_c(w->out, isnan(f) ? "nan" : "inf");
        return;
    }
    size_t n = bk_format_float(f, 'g', -1, bits, text);
    bk_buf_bytes(w->out, text, n);
    if (!memchr(text, '.', n) && !memchr(text, 'e', n)) bk_buf_c(w->out, ".0");
}

static bk_status put_number(writer *w, bk_str literal) {
    int64_t i;
    double f;
    if (literal.n == 0) bk_buf_byte(w->out, '0');
    else if (bk_parse_int(literal, 10, &i) == BK_NUM_OK) bk_buf_int(w->out, i);
    else if (bk_parse_float(literal, &f) == BK_NUM_OK) put_float(w, f, 64);
    else return bk_err_set(w->err, BK_ERR, "unable to convert \"%.*s\" to int64 or float64", BK_FMT(literal));
    return BK_OK;
}

static bk_status put_bytes(writer *w, bk_str s) {
    bk_buf_byte(w->out, '[');
    for (size_t i = 0; i < s.n; i++) {
        if (i) bk_buf_c(w->out, ", ");
        bk_buf_uint(w->out, (unsigned char)s.p[i]);
    }
    bk_buf_byte(w->out, ']');
    return BK_OK;
}

static bk_status put_array(writer *w, bk_value v, unsigned budget) {
    bk_buf_byte(w->out, '[');
    for (uint32_t i = 0; i < v.len; i++) {
        if (i) bk_buf_c(w->out, ", ");
        BK_TRY(put_element(w, v.items[i], budget));
    }
    bk_buf_byte(w->out, ']');
    return BK_OK;
}

/* Entries of a map: *ret_plain of them first, then the tables, both in order of their keys, or of a struct's fields. */
static bk_status split_map(writer *w, bk_value v, const bk_map_entry ***ret, size_t *ret_plain) {
    bk_map *map = v.map;
    size_t n = bk_map_len(map), plain = 0, tables = 0;
    if (v.type != BK_T_STRUCT && !bk_map_sort(map)) return bk_arena_fail(w->arena, w->err);
    const bk_map_entry **list = BK_NEW_ARRAY(w->arena, const bk_map_entry *, n * 2 + 1);
    if (!list) return bk_arena_fail(w->arena, w->err);
    for (size_t i = 0; i < n; i++) {
        shape s;
        BK_TRY(shape_of(w, bk_map_at(map, i)->value, BK_LIMIT_DEPTH, &s));
        if (s == TABLE || s == TABLES) list[n + tables++] = bk_map_at(map, i);
        else list[plain++] = bk_map_at(map, i);
    }
    for (size_t i = 0; i < tables; i++) list[plain + i] = list[n + i];
    *ret = list;
    *ret_plain = plain;
    return BK_OK;
}

static bk_status check_keys(writer *w, bk_value v) {
    if (v.type == BK_T_YAML_MAP) return bk_err_set(w->err, BK_ERR, "toml: cannot encode a map with non-string key type");
    return BK_OK;
}

static bk_status put_inline_table(writer *w, bk_value v, unsigned budget) {
    const bk_map_entry **entries;
    size_t plain, n = bk_map_len(v.map);
    BK_TRY(check_keys(w, v));
    BK_TRY(split_map(w, v, &entries, &plain));
    bk_buf_byte(w->out, '{');
    for (size_t i = 0; i < n; i++) {
        bk_value value = entries[i]->value;
        BK_TRY(resolve(w, &value));
        if (is_nothing(value)) continue;
        bk_toml_put_part(w->out, entries[i]->key);
        bk_buf_c(w->out, " = ");
        BK_TRY(put_element(w, value, budget));
        if (i + 1 < n) bk_buf_c(w->out, ", ");
    }
    bk_buf_byte(w->out, '}');
    return BK_OK;
}

/* A value behind "=" or in an array. */
static bk_status put_element(writer *w, bk_value v, unsigned budget) {
    if (budget == 0) return too_deep(w);
    BK_TRY(resolve(w, &v));
    switch ((bk_kind)v.kind) {
    case BK_NIL: return BK_OK;
    case BK_BOOL: bk_buf_c(w->out, v.b ? "true" : "false"); return BK_OK;
    case BK_INT:
        if (v.type == BK_T_DURATION) {
            bk_buf_byte(w->out, '"');
            bk_fmt_duration(w->out, v.i);
            bk_buf_byte(w->out, '"');
        } else {
            bk_buf_int(w->out, v.i);
        }
        return BK_OK;
    case BK_UINT: bk_buf_uint(w->out, v.u); return BK_OK;
    case BK_FLOAT: put_float(w, v.f, v.type == BK_T_FLOAT32 ? 32 : 64); return BK_OK;
    case BK_STRING:
        if (v.type == BK_T_BYTES) return put_bytes(w, bk_value_str(v));
        if (bk_json_is_number(v)) return put_number(w, bk_value_str(v));
        bk_toml_put_quoted(w->out, bk_value_str(v));
        return BK_OK;
    case BK_LIST: return put_array(w, v, budget - 1);
    case BK_MAP: return put_inline_table(w, v, budget - 1);
    case BK_OBJECT:
        if (v.type == BK_T_FUNC) return bk_err_set(w->err, BK_ERR, "unexpected type: %s", bk_type_name(v));
        put_time(w->out, v);
        return BK_OK;
    }
    return bk_err_internal(w->err, "a value of no kind");
}

static bk_status put_table_body(writer *w, bk_value v) {
    const bk_map_entry **entries;
    size_t plain, n = bk_map_len(v.map);
    BK_TRY(check_keys(w, v));
    BK_TRY(split_map(w, v, &entries, &plain));
    for (size_t i = 0; i < n; i++) BK_TRY(put_entry(w, entries[i]->key, entries[i]->value));
    return BK_OK;
}

static void put_indent(writer *w) { bk_buf_fill(w->out, ' ', 2 * (w->depth - 1)); }

static void put_header(writer *w, const char *open, const char *close) {
    put_indent(w);
    bk_buf_c(w->out, open);
    bk_toml_put_key(w->out, w->path, w->depth);
    bk_buf_c(w->out, close);
    put_newline(w);
}

/* A value under the key w->path. */
static bk_status put_keyed(writer *w, bk_value v, shape s) {
    if (s == TABLE) {
        if (w->depth == 1) put_newline(w);
        put_header(w, "[", "]");
        return put_table_body(w, v);
    }
    if (s == TABLES) {
        for (uint32_t i = 0; i < v.len; i++) {
            bk_value table = v.items[i];
            BK_TRY(resolve(w, &table));
            put_newline(w);
            put_header(w, "[[", "]]");
            BK_TRY(put_table_body(w, table));
        }
        return BK_OK;
    }
    put_indent(w);
    bk_toml_put_part(w->out, w->path[w->depth - 1]);
    bk_buf_c(w->out, " = ");
    BK_TRY(put_element(w, v, BK_LIMIT_DEPTH));
    put_newline(w);
    return BK_OK;
}

static bk_status put_entry(writer *w, bk_str name, bk_value v) {
    shape s;
    BK_TRY(resolve(w, &v));
    if (is_nothing(v)) return BK_OK;
    if (w->depth >= BK_LIMIT_DEPTH) return too_deep(w);
    BK_TRY(shape_of(w, v, BK_LIMIT_DEPTH, &s));
    w->path[w->depth++] = name;
    BK_TRY(put_keyed(w, v, s));
    w->depth--;
    return BK_OK;
}

bk_status bk_toml_encode(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err) {
    writer *w = BK_NEW(arena, writer);
    shape s;
    if (!w) return bk_arena_fail(arena, err);
    *w = (writer){.out = out, .begin = out->n, .arena = arena, .err = err};
    if (bk_is_nil(v)) return bk_err_set(err, BK_ERR, BK_TOML_NIL_PANIC);
    BK_TRY(resolve(w, &v));
    if (v.kind == BK_MAP && !v.map) return BK_OK;
    BK_TRY(shape_of(w, v, BK_LIMIT_DEPTH, &s));
    if (s == TABLES) return bk_err_set(err, BK_ERR, "toml: top-level values must be Go maps or structs");
    BK_TRY(s == TABLE ? put_table_body(w, v) : put_element(w, v, BK_LIMIT_DEPTH));
    return bk_buf_check(out, err);
}
