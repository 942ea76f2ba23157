/* yaml_encode.c: values to YAML text. */
#include <math.h>

#include "base/limits.h"
#include "base/num.h"
#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_emit.h"
#include "data/yaml_order.h"
#include "data/yaml_resolve.h"
#include "value/gofmt.h"
#include "value/map.h"

/* Where a node stands. */
typedef enum place { ROOT, ITEM, VALUE } place;

static bk_status put_node(bk_yaml_emitter *e, bk_value v, place where);

static bk_status deeper(bk_yaml_emitter *e) {
    e->depth++;
    if (e->by_json) {
        if (e->depth > BK_LIMIT_DEPTH) e->bail = true; /* perhaps a cycle: the way through JSON tells */
        return BK_OK;
    }
    unsigned most = e->pretty ? BK_LIMIT_DEPTH : BK_JSON_DEPTH;
    return e->depth > most ? bk_err_limit(e->err, "nesting of a value", most) : BK_OK;
}

static bk_status put_list(bk_yaml_emitter *e, bk_value v, place where) {
    if (v.len == 0) {
        bk_yaml_put_indicator(e, BK_S("["), true, true, false);
        bk_yaml_put_indicator(e, BK_S("]"), false, false, false);
        return BK_OK;
    }
    int indent = e->indent;
    bool indentless = !e->pretty && where == VALUE && !e->indention;
    BK_TRY(deeper(e));
    if (indent < 0) e->indent = 0;
    else if (!indentless) e->indent += 2;
    for (uint32_t i = 0; i < v.len && !e->bail; i++) {
        bk_yaml_put_indent(e);
        bk_yaml_put_indicator(e, BK_S("-"), true, false, true);
        BK_TRY(put_node(e, v.items[i], ITEM));
    }
    e->indent = indent;
    e->depth--;
    return BK_OK;
}

static bk_status put_pair(bk_yaml_emitter *e, bk_str key, bk_value value) {
    bool simple;
    bk_yaml_put_indent(e);
    bk_yaml_put_simple_key(e, key, &simple);
    if (e->bail) return BK_OK;
    if (simple) {
        bk_yaml_put_indicator(e, BK_S(":"), false, false, false);
    } else {
        bk_yaml_put_indicator(e, BK_S("?"), true, false, true);
        bk_yaml_put_string(e, key, false);
        bk_yaml_put_indent(e);
        bk_yaml_put_indicator(e, BK_S(":"), true, false, true);
    }
    return put_node(e, value, VALUE);
}

static bk_status put_map(bk_yaml_emitter *e, bk_value v) {
    size_t n = bk_map_len(v.map);
    if (v.type == BK_T_YAML_MAP && e->by_json) {
        e->bail = true; /* JSON words the error */
        return BK_OK;
    }
    if (n == 0) {
        bk_yaml_put_indicator(e, BK_S("{"), true, true, false);
        bk_yaml_put_indicator(e, BK_S("}"), false, false, false);
        return BK_OK;
    }
    int indent = e->indent;
    BK_TRY(deeper(e));
    const bk_map_entry *entries = e->as_is ? v.map->entries : bk_yaml_order(e->arena, v.map, e->pretty);
    e->as_is = false;
    if (!entries) return bk_arena_fail(e->arena, e->err);
    e->indent = indent < 0 ? 0 : indent + 2;
    for (size_t i = 0; i < n && !e->bail; i++) BK_TRY(put_pair(e, entries[i].key, entries[i].value));
    e->indent = indent;
    e->depth--;
    return BK_OK;
}

/* Without JSON in between: as strconv's 'g' formats it. */
static void put_float(bk_yaml_emitter *e, double f, int bits) {
    char text[BK_FLOAT_TEXT];
    if (isnan(f)) bk_yaml_put_word(e, BK_S(".nan"));
    else if (isinf(f)) bk_yaml_put_word(e, f < 0 ? BK_S("-.inf") : BK_S(".inf"));
    else bk_yaml_put_word(e, bk_str_of(text, bk_format_float(f, 'g', -1, bits, text)));
}

/* A JSON number as go-yaml reads it: mostly it is written as it stands. */
static void put_literal_number(bk_yaml_emitter *e, bk_str text) {
    bk_value v;
    if (bk_yaml_guess(text, &v) == BK_YAML_TAG_FLOAT) put_float(e, v.f, 64);
    else if (v.kind == BK_INT && v.i == 0) bk_yaml_put_word(e, BK_S("0"));
    else bk_yaml_put_word(e, text);
}

static void put_json_float(bk_yaml_emitter *e, double f, int bits) {
    char text[BK_FLOAT_TEXT];
    if (fabs(f) < 9007199254740992.0 && f == (double)(int64_t)f) {
        bk_yaml_put_word(e, bk_str_of(text, bk_format_int((int64_t)f, text)));
        return;
    }
    bk_buf buf = {.p = text, .cap = sizeof text, .max = sizeof text};
    if (!isfinite(f)) {
        e->bail = true; /* JSON words the error */
        return;
    }
    bk_json_encode_float(&buf, f, bits);
    put_literal_number(e, bk_buf_view(&buf));
}

static bk_status put_bytes(bk_yaml_emitter *e, bk_value v) {
    if (e->pretty) { /* a list of numbers */
        bk_value *items = v.len ? BK_NEW_ARRAY(e->arena, bk_value, v.len) : NULL;
        if (v.len && !items) return bk_arena_fail(e->arena, e->err);
        for (uint32_t i = 0; i < v.len; i++) items[i] = bk_uint_typed(BK_T_UINT8, (unsigned char)v.s[i]);
        return put_list(e, bk_list(items, v.len), VALUE);
    }
    if (!v.s) return bk_yaml_put_word(e, BK_S("null")), BK_OK;
    bk_buf text;
    bk_buf_init(&text, e->arena, 0);
    BK_TRY(bk_json_encode(&text, e->arena, v, 0, e->err));
    bk_yaml_put_string(e, bk_str_sub(bk_buf_view(&text), 1, text.n - 1), false);
    return BK_OK;
}

/* The map with its keys in lower case: what go-yaml does with the names of a struct's fields. */
static bk_status lower_keys(bk_yaml_emitter *e, bk_value *v) {
    bk_map *m = bk_map_new(e->arena, bk_map_len(v->map));
    if (!m) return bk_arena_fail(e->arena, e->err);
    for (size_t i = 0; i < bk_map_len(v->map); i++) {
        const bk_map_entry *entry = bk_map_at(v->map, i);
        char *key = bk_arena_alloc(e->arena, entry->key.n);
        if (!key) return bk_arena_fail(e->arena, e->err);
        for (size_t k = 0; k < entry->key.n; k++) {
            char c = entry->key.p[k];
            key[k] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
        if (!bk_map_set(m, bk_str_of(key, entry->key.n), entry->value)) return bk_arena_fail(e->arena, e->err);
    }
    v->map = m;
    return BK_OK;
}

static bk_status put_object(bk_yaml_emitter *e, bk_value v, place where) {
    bk_value made;
    if (v.type == BK_T_FUNC) {
        if (e->pretty) return bk_err_set(e->err, BK_ERR, "cannot marshal type: %s", bk_type_name(v));
        e->bail = true;
        return BK_OK;
    }
    if (!v.object) return bk_yaml_put_word(e, BK_S("null")), BK_OK;
    if (!v.object->class->json) return put_map(e, bk_map_value(NULL));
    BK_TRY(deeper(e));
    if (e->bail) return BK_OK;
    if (e->pretty && v.object->class->names) {
        bk_map *fields = bk_map_of_struct(e->arena, v.object);
        if (!fields) return bk_arena_fail(e->arena, e->err);
        made = bk_map_value(fields);
    } else {
        BK_TRY(v.object->class->json(v.object, e->arena, &made, e->err));
    }
    if (e->pretty && made.kind == BK_MAP && made.map) {
        BK_TRY(lower_keys(e, &made));
        e->as_is = bk_map_len(made.map) > 0; /* the fields of a struct stay in their order */
    }
    bool time = e->pretty && bk_is_string(made) && strcmp(v.object->class->name, "time.Time") == 0;
    if (time) bk_yaml_put_word(e, bk_value_str(made)); /* a timestamp needs no quotes */
    else BK_TRY(put_node(e, made, where));
    e->depth--;
    return BK_OK;
}

static bk_status put_string(bk_yaml_emitter *e, bk_value v) {
    if (v.type == BK_T_BYTES) return put_bytes(e, v);
    if (bk_json_is_number(v)) put_literal_number(e, bk_value_str(v));
    else bk_yaml_put_string(e, bk_value_str(v), false);
    return BK_OK;
}

static bk_status put_int(bk_yaml_emitter *e, bk_value v) {
    char text[BK_INT_TEXT];
    bk_buf duration;
    if (!e->pretty || v.type != BK_T_DURATION) {
        bk_yaml_put_word(e, bk_str_of(text, bk_format_int(v.i, text)));
        return BK_OK;
    }
    bk_buf_init(&duration, e->arena, 0);
    bk_fmt_duration(&duration, v.i);
    bk_yaml_put_string(e, bk_buf_view(&duration), false);
    return BK_OK;
}

static bk_status put_node(bk_yaml_emitter *e, bk_value v, place where) {
    char text[BK_INT_TEXT];
    switch ((bk_kind)v.kind) {
    case BK_NIL: bk_yaml_put_word(e, BK_S("null")); return BK_OK;
    case BK_BOOL: bk_yaml_put_word(e, v.b ? BK_S("true") : BK_S("false")); return BK_OK;
    case BK_INT: return put_int(e, v);
    case BK_UINT: bk_yaml_put_word(e, bk_str_of(text, bk_format_uint(v.u, text))); return BK_OK;
    case BK_FLOAT:
        if (e->by_json) put_json_float(e, v.f, v.type == BK_T_FLOAT32 ? 32 : 64);
        else put_float(e, v.f, v.type == BK_T_FLOAT32 ? 32 : 64);
        return BK_OK;
    case BK_STRING: return put_string(e, v);
    case BK_LIST:
        if (!e->pretty && !v.items) return bk_yaml_put_word(e, BK_S("null")), BK_OK;
        return put_list(e, v, where);
    case BK_MAP:
        if (!e->pretty && !v.map) return bk_yaml_put_word(e, BK_S("null")), BK_OK;
        return put_map(e, v);
    case BK_OBJECT: return put_object(e, v, where);
    }
    return bk_err_internal(e->err, "a value of no kind");
}

/* Writes the whole document; on failure, and on a bail-out, `out` is as before. */
static bk_status put_document(bk_yaml_emitter *e, bk_value v) {
    size_t before = e->out->n;
    e->indent = -1;
    e->whitespace = e->indention = true;
    e->width = e->pretty ? SIZE_MAX / 2 : 80;
    bk_status status = put_node(e, v, ROOT);
    bk_yaml_put_indent(e);
    if (status == BK_OK && !e->bail) status = bk_buf_check(e->out, e->err);
    if (status != BK_OK || e->bail) bk_buf_cut(e->out, before);
    return status;
}

bk_status bk_yaml_from_json(bk_buf *out, bk_arena *arena, bk_str json, bk_err *err) {
    bk_value v;
    bk_yaml_emitter e = {.out = out, .arena = arena, .err = err};
    BK_TRY(bk_yaml_read(arena, json, BK_YAML_NUMBERS, &v, err));
    return put_document(&e, v);
}

/* The way that Helm's libraries go: it meets all that they would stumble over. */
static bk_status encode_by_json(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err) {
    bk_buf json;
    bk_buf_init(&json, arena, 0);
    bk_status status = bk_json_encode(&json, arena, v, BK_JSON_HTML, err);
    if (status != BK_OK) return bk_err_wrap(err, "error marshaling into JSON");
    return bk_yaml_from_json(out, arena, bk_buf_view(&json), err);
}

bk_status bk_yaml_encode(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err) {
    bk_yaml_emitter e = {.out = out, .arena = arena, .by_json = true, .err = err};
    BK_TRY(put_document(&e, v));
    return e.bail ? encode_by_json(out, arena, v, err) : BK_OK;
}

bk_status bk_yaml_encode_pretty(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err) {
    bk_yaml_emitter e = {.out = out, .arena = arena, .pretty = true, .err = err};
    return put_document(&e, v);
}
