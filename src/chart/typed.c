#include "chart/typed.h"

#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "data/json.h"
#include "data/yaml.h"
#include "text/gotime.h"
#include "value/gofmt.h"

/* The field that is being decoded, for errors: Go names the innermost struct and all fields on the way. */
typedef struct at {
    const struct at *up;
    const char *owner; /* the struct's name */
    const char *field; /* its JSON name */
} at;

typedef struct decoder {
    const bk_typed *t;
    bk_err *first; /* the first value of a wrong kind */
    bk_err *err;   /* what ends the decoding */
    bool embedded; /* below a field of an embedded struct: the library that makes texts of YAML's scalars does not look in there */
} decoder;

static bk_status no_memory(decoder *d) { return bk_arena_fail(d->t->arena, d->err); }

/* ---- errors ---- */

static void put_fields(bk_buf *out, const at *a, unsigned budget) {
    if (!a || budget == 0) return;
    put_fields(out, a->up, budget - 1);
    if (a->up) bk_buf_byte(out, '.');
    bk_buf_c(out, a->field);
}

/* A value of the wrong kind. `type` is Go's, a "%" in it stands for the package. */
static void mismatch(decoder *d, bk_value v, const at *a, const char *type) {
    if (d->first->code != BK_OK) return;
    bk_buf out;
    bk_buf_init(&out, d->t->arena, BK_LIMIT_ERR);
    bk_buf_c(&out, "json: cannot unmarshal ");
    bk_buf_c(&out, bk_json_kind(v));
    if (a) {
        bk_buf_c(&out, " into Go struct field ");
        bk_buf_c(&out, a->owner);
        bk_buf_byte(&out, '.');
        put_fields(&out, a, BK_LIMIT_DEPTH);
        bk_buf_c(&out, " of type ");
    } else {
        bk_buf_c(&out, " into Go value of type ");
    }
    for (; *type; type++) {
        if (*type == '%') bk_buf_c(&out, d->t->package);
        else bk_buf_byte(&out, *type);
    }
    bk_err_set_str(d->first, BK_ERR, bk_buf_view(&out));
}

/* A struct's type, in a buffer that is big enough for all of ours: "v2.Metadata", "[]*v2.Dependency". */
static const char *struct_type(char buf[64], const char *before, const char *name) {
    snprintf(buf, 64, "%s%%.%s", before, name);
    return buf;
}

/* ---- scalars ---- */

/* What JSON makes of a text: bytes that are no UTF-8 (from !!binary) become U+FFFD. */
static bk_status clean_text(decoder *d, bk_str s, bk_str *ret) {
    *ret = s;
    if (bk_utf8_valid(s)) return BK_OK;
    bk_buf out;
    bk_buf_init(&out, d->t->arena, 0);
    for (size_t i = 0, width; i < s.n; i += width) bk_buf_rune(&out, bk_utf8_decode(bk_str_from(s, i), &width));
    BK_TRY(bk_buf_check(&out, d->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

static bk_status decode_string(decoder *d, const at *a, bk_value v, bk_str *ret) {
    if (bk_is_nil(v)) return BK_OK;
    if (!d->t->json && !d->embedded && !bk_yaml_coerce_string(d->t->arena, v, &v)) return no_memory(d);
    if (bk_is_string(v)) return clean_text(d, bk_value_str(v), ret);
    mismatch(d, v, a, "string");
    return BK_OK;
}

static bk_status check_finite(decoder *d, double f) {
    if (isfinite(f)) return BK_OK;
    return bk_err_set(d->err, BK_ERR, "error converting YAML to JSON: json: unsupported value: %s",
                      isnan(f) ? "NaN"
                      : f > 0  ? "+Inf"
                               : "-Inf");
}

/* Any value, as JSON gives it: all numbers float64. Changes maps in place: they are ours. */
static bk_status decode_any(decoder *d, bk_value *v, unsigned budget) {
    if (budget == 0) return bk_err_limit(d->err, "nesting of YAML", BK_LIMIT_DEPTH);
    bk_str text;
    switch (v->kind) {
    case BK_INT: *v = bk_float((double)v->i); return BK_OK;
    case BK_UINT: *v = bk_float((double)v->u); return BK_OK;
    case BK_FLOAT: return check_finite(d, v->f);
    case BK_STRING:
        BK_TRY(clean_text(d, bk_value_str(*v), &text));
        *v = bk_string(text);
        return BK_OK;
    case BK_MAP:
        v->type = BK_T_MAP;
        for (size_t i = 0; i < bk_map_len(v->map); i++) BK_TRY(decode_any(d, &v->map->entries[i].value, budget - 1));
        return BK_OK;
    case BK_LIST: {
        bk_value *items = BK_NEW_ARRAY(d->t->arena, bk_value, v->len ? v->len : 1);
        if (!items) return no_memory(d);
        for (size_t i = 0; i < v->len; i++) {
            items[i] = v->items[i];
            BK_TRY(decode_any(d, &items[i], budget - 1));
        }
        *v = bk_list(items, v->len);
        return BK_OK;
    }
    default: return BK_OK;
    }
}

/* ---- lists and maps ---- */

void *bk_list_grow(bk_arena *arena, bk_list_of *list, size_t item) {
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 4, n;
        if (cap > BK_LIMIT_LIST || __builtin_mul_overflow(cap, item, &n)) return NULL;
        void *p = bk_arena_grow(arena, list->p, list->cap * item, n);
        if (!p) return NULL;
        list->p = p;
        list->cap = cap;
    }
    void *slot = (char *)list->p + list->n * item;
    if (list->n == list->seen) {
        memset(slot, 0, item);
        list->seen++;
    }
    list->n++;
    return slot;
}

static bk_status decode_struct(decoder *d, const bk_shape *shape, const at *up, bk_value v, void *target, unsigned budget);

static bk_status decode_item(decoder *d, const bk_field *f, const at *a, bk_value v, void *slot, unsigned budget) {
    if (f->kind == BK_FIELD_STRINGS) return decode_string(d, a, v, slot);
    void **item = (void **)slot;
    if (bk_is_nil(v)) {
        *item = NULL;
        return BK_OK;
    }
    if (!*item) {
        *item = bk_arena_array(d->t->arena, 1, f->shape->size);
        if (!*item) return no_memory(d);
    }
    return decode_struct(d, f->shape, a, v, *item, budget);
}

static bk_status decode_list(decoder *d, const bk_field *f, const at *a, bk_value v, bk_list_of *list, unsigned budget) {
    char type[64];
    if (bk_is_nil(v)) {
        *list = (bk_list_of){0};
        return BK_OK;
    }
    if (v.kind != BK_LIST) {
        mismatch(d, v, a, f->kind == BK_FIELD_STRINGS ? f->type : struct_type(type, "[]*", f->type));
        return BK_OK;
    }
    size_t item = f->kind == BK_FIELD_STRINGS ? sizeof(bk_str) : sizeof(void *);
    list->n = 0;
    for (size_t i = 0; i < v.len; i++) {
        void *slot = bk_list_grow(d->t->arena, list, item);
        if (!slot) return no_memory(d);
        BK_TRY(decode_item(d, f, a, v.items[i], slot, budget));
    }
    if (v.len) return BK_OK;
    *list = (bk_list_of){.p = bk_arena_alloc(d->t->arena, item), .cap = 1}; /* empty, and not nil */
    return list->p ? BK_OK : no_memory(d);
}

static bk_status decode_map(decoder *d, const at *a, bk_value v, bk_map **map) {
    if (bk_is_nil(v)) {
        *map = NULL;
        return BK_OK;
    }
    if (v.kind != BK_MAP) {
        mismatch(d, v, a, "map[string]string");
        return BK_OK;
    }
    if (!*map) *map = bk_map_new(d->t->arena, bk_map_len(v.map));
    if (!*map) return no_memory(d);
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        bk_str text = BK_S("");
        BK_TRY(decode_string(d, a, e->value, &text));
        if (!bk_map_set(*map, e->key, bk_string(text))) return no_memory(d);
    }
    return BK_OK;
}

static bk_status decode_anys(decoder *d, const bk_field *f, const at *a, bk_value v, bk_value *list) {
    if (bk_is_nil(v)) {
        *list = bk_list_typed(BK_T_LIST, NULL, 0);
        return BK_OK;
    }
    if (v.kind != BK_LIST) {
        mismatch(d, v, a, f->type);
        return BK_OK;
    }
    BK_TRY(decode_any(d, &v, BK_LIMIT_DEPTH));
    *list = v;
    return BK_OK;
}

/* ---- structs ---- */

static bk_status parse_time(decoder *d, bk_str text, bk_str *ret) {
    bk_buf out;
    bk_time t;
    bk_buf_init(&out, d->t->arena, 0);
    bk_json_encode_string(&out, text, BK_JSON_HTML); /* Go parses the JSON text as it stands */
    bk_str json = bk_buf_view(&out);
    BK_TRY(bk_buf_check(&out, d->err));
    BK_TRY(bk_time_parse(d->t->arena, BK_TIME_RFC3339, bk_str_sub(json, 1, json.n - 1), NULL, &t, d->err));
    bk_buf_init(&out, d->t->arena, 0);
    bk_time_format(&out, t, BK_TIME_RFC3339_NANO);
    BK_TRY(bk_buf_check(&out, d->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* time.Time reads its JSON itself, and what it refuses ends the decoding. */
static bk_status decode_time(decoder *d, bk_value v, bk_str *ret) {
    if (bk_is_nil(v)) return BK_OK;
    bk_status status = bk_is_string(v) ? parse_time(d, bk_value_str(v), ret)
                                       : bk_err_set(d->err, BK_ERR, "Time.UnmarshalJSON: input is not a JSON string");
    return status == BK_OK ? BK_OK : bk_err_wrap(d->err, "error unmarshaling JSON: while decoding JSON");
}

static bk_status decode_field(decoder *d, const bk_field *f, const at *a, bk_value v, void *target, unsigned budget) {
    void *member = (char *)target + f->offset;
    switch ((bk_field_kind)f->kind) {
    case BK_FIELD_STRING: return decode_string(d, a, v, member);
    case BK_FIELD_BOOL:
        if (v.kind == BK_BOOL) *(bool *)member = v.b;
        else if (v.kind == BK_FLOAT && check_finite(d, v.f) != BK_OK) return d->err->code;
        else if (!bk_is_nil(v)) mismatch(d, v, a, "bool");
        return BK_OK;
    case BK_FIELD_STRINGS:
    case BK_FIELD_STRUCTS: return decode_list(d, f, a, v, member, budget);
    case BK_FIELD_STRING_MAP: return decode_map(d, a, v, (bk_map **)member);
    case BK_FIELD_ANYS: return decode_anys(d, f, a, v, member);
    case BK_FIELD_TIME: return decode_time(d, v, member);
    }
    return BK_OK;
}

/* encoding/json folds the long s and the Kelvin sign, too. */
static bool same_folded(bk_str key, bk_str name) {
    size_t i = 0, j = 0;
    while (i < key.n && j < name.n) {
        char c = key.p[i];
        size_t width = 1;
        if ((uint8_t)c >= 0x80) {
            uint32_t rune = bk_utf8_decode(bk_str_from(key, i), &width);
            if (rune != 0x17F && rune != 0x212A) return false;
            c = rune == 0x17F ? 's' : 'k';
        }
        if (!bk_str_eq_fold(bk_str_of(&c, 1), bk_str_of(&name.p[j], 1))) return false;
        i += width;
        j++;
    }
    return i == key.n && j == name.n;
}

static const bk_field *find_field(const bk_shape *shape, bk_str key) {
    for (size_t i = 0; i < shape->n; i++)
        if (bk_str_eq(bk_str_c(shape->fields[i].json), key)) return &shape->fields[i];
    for (size_t i = 0; i < shape->n; i++)
        if (same_folded(key, bk_str_c(shape->fields[i].json))) return &shape->fields[i];
    return NULL;
}

static void unknown_field(decoder *d, bk_str key) {
    if (d->first->code != BK_OK) return;
    bk_buf out;
    bk_buf_init(&out, d->t->arena, BK_LIMIT_ERR);
    bk_buf_c(&out, "json: unknown field ");
    bk_fmt_quote(&out, key);
    bk_err_set_str(d->first, BK_ERR, bk_buf_view(&out));
}

static bk_status decode_struct(decoder *d, const bk_shape *shape, const at *up, bk_value v, void *target, unsigned budget) {
    char type[64];
    if (budget == 0) return bk_err_limit(d->err, "nesting of YAML", BK_LIMIT_DEPTH);
    if (v.kind != BK_MAP) {
        mismatch(d, v, up, struct_type(type, "", shape->name));
        return BK_OK;
    }
    if (!bk_map_sort(v.map)) return no_memory(d);
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        bk_map_entry *e = &v.map->entries[i];
        const bk_field *f = find_field(shape, e->key);
        if (f) {
            at outer = {up, shape->name, f->embedded}, here = {f->embedded ? &outer : up, shape->name, f->json};
            bool before = d->embedded;
            d->embedded = before || f->embedded;
            bk_status s = decode_field(d, f, &here, e->value, target, budget - 1);
            d->embedded = before;
            BK_TRY(s);
            continue;
        }
        BK_TRY(decode_any(d, &e->value, BK_LIMIT_DEPTH)); /* for numbers that JSON does not have */
        if (d->t->strict) unknown_field(d, e->key);
    }
    return BK_OK;
}

bk_status bk_typed_decode(const bk_typed *t, bk_str text, const bk_shape *shape, void *target, bool *ret_null, bk_err *err) {
    bk_value v;
    unsigned flags = BK_YAML_NUMBERS | (t->strict ? BK_YAML_STRICT : 0);
    if (bk_yaml_read(t->arena, text, flags, &v, err) != BK_OK) return bk_err_wrap(err, "error converting YAML to JSON");
    *ret_null = bk_is_nil(v);
    if (*ret_null) return BK_OK;
    bk_err first = BK_ERR_INIT;
    decoder d = {.t = t, .first = &first, .err = err};
    bk_status status = decode_struct(&d, shape, NULL, v, target, BK_LIMIT_DEPTH);
    if (status == BK_OK && first.code != BK_OK) {
        bk_err_move(err, &first);
        return bk_err_wrap(err, "error unmarshaling JSON: while decoding JSON");
    }
    bk_err_release(&first);
    return status;
}

bk_status bk_typed_decode_value(const bk_typed *t, bk_value v, const bk_shape *shape, const char *path, void *target, bk_err *first,
                                bk_err *err) {
    decoder d = {.t = t, .first = first, .err = err};
    const at here = {NULL, "", path};
    return decode_struct(&d, shape, path ? &here : NULL, v, target, BK_LIMIT_DEPTH);
}

/* ---- back ---- */

typedef enum naming { BY_JSON, BY_GO } naming;

static bk_status write_struct(bk_arena *arena, const bk_shape *shape, const void *source, naming by, bk_value *ret, bk_err *err);

static bk_status write_list(bk_arena *arena, const bk_field *f, const bk_list_of *list, naming by, bk_value *ret, bk_err *err) {
    if (!list->p && by == BY_JSON) {
        *ret = bk_nil();
        return BK_OK;
    }
    bk_items items;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < list->n; i++) {
        bk_value v = bk_nil();
        if (f->kind == BK_FIELD_STRINGS) v = bk_string(bk_list_str(list, i));
        else if (bk_list_ptr(list, i)) BK_TRY(write_struct(arena, f->shape, bk_list_ptr(list, i), by, &v, err));
        bk_items_add(&items, v);
    }
    return bk_items_list(&items, BK_T_LIST, ret, err);
}

/* The field's value; *ret_empty: json's omitempty leaves it out. */
static bk_status write_field(bk_arena *arena, const bk_field *f, const void *source, naming by, bk_value *ret, bool *ret_empty,
                             bk_err *err) {
    const void *member = (const char *)source + f->offset;
    switch ((bk_field_kind)f->kind) {
    case BK_FIELD_STRING:
    case BK_FIELD_TIME: *ret = bk_string(*(const bk_str *)member); break;
    case BK_FIELD_BOOL: *ret = bk_bool(*(const bool *)member); break;
    case BK_FIELD_STRINGS:
    case BK_FIELD_STRUCTS: BK_TRY(write_list(arena, f, member, by, ret, err)); break;
    case BK_FIELD_STRING_MAP: *ret = bk_map_typed(BK_T_STRING_MAP, *(bk_map *const *)member); break;
    case BK_FIELD_ANYS:
        *ret = *(const bk_value *)member;
        if (bk_value_len(*ret) == 0 && (by == BY_GO || bk_is_nil(*ret)))
            *ret = bk_list_typed(BK_T_LIST, by == BY_GO ? bk_no_items : NULL, 0);
        break;
    }
    *ret_empty = !bk_truth(*ret);
    return BK_OK;
}

static bk_status write_struct(bk_arena *arena, const bk_shape *shape, const void *source, naming by, bk_value *ret, bk_err *err) {
    bk_map *map = bk_map_new(arena, shape->n);
    if (!map) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < shape->n; i++) {
        const bk_field *f = &shape->fields[i];
        bk_value v;
        bool empty;
        BK_TRY(write_field(arena, f, source, by, &v, &empty, err));
        if (by == BY_JSON && empty && !f->always) continue;
        if (!bk_map_set(map, bk_str_c(by == BY_GO ? f->go : f->json), v)) return bk_arena_fail(arena, err);
    }
    *ret = bk_map_value(map);
    return BK_OK;
}

bk_status bk_typed_json(bk_arena *arena, const bk_shape *shape, const void *source, bk_value *ret, bk_err *err) {
    return write_struct(arena, shape, source, BY_JSON, ret, err);
}

static bk_status text_struct(bk_buf *out, bk_arena *arena, const bk_shape *shape, const void *source, unsigned budget, bk_err *err);

static bk_status text_field(bk_buf *out, bk_arena *arena, const bk_field *f, const void *source, bk_value v, unsigned budget, bk_err *err) {
    const bk_list_of *list = (const void *)((const char *)source + f->offset);
    if (f->kind != BK_FIELD_STRUCTS || !list->p) return bk_json_encode(out, arena, v, BK_JSON_HTML, err);
    bk_buf_byte(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i) bk_buf_byte(out, ',');
        if (bk_list_ptr(list, i)) BK_TRY(text_struct(out, arena, f->shape, bk_list_ptr(list, i), budget, err));
        else bk_buf_c(out, "null");
    }
    bk_buf_byte(out, ']');
    return BK_OK;
}

static bk_status text_struct(bk_buf *out, bk_arena *arena, const bk_shape *shape, const void *source, unsigned budget, bk_err *err) {
    const char *before = "{";
    if (budget == 0) return bk_err_limit(err, "nesting of structs", 8);
    for (size_t i = 0; i < shape->n; i++) {
        const bk_field *f = &shape->fields[i];
        bk_value v;
        bool empty;
        BK_TRY(write_field(arena, f, source, BY_JSON, &v, &empty, err));
        if (empty && !f->always) continue;
        bk_buf_printf(out, "%s\"%s\":", before, f->json);
        BK_TRY(text_field(out, arena, f, source, v, budget - 1, err));
        before = ",";
    }
    bk_buf_c(out, before[0] == '{' ? "{}" : "}");
    return bk_buf_check(out, err);
}

bk_status bk_typed_text(bk_buf *out, bk_arena *arena, const bk_shape *shape, const void *source, bk_err *err) {
    return text_struct(out, arena, shape, source, 8, err);
}

bk_status bk_typed_fields(bk_arena *arena, const bk_shape *shape, const void *source, bk_value *ret, bk_err *err) {
    return write_struct(arena, shape, source, BY_GO, ret, err);
}
