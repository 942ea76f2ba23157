/* Nodes of a YAML tree into typed fields, with go-yaml v3's rules and words. */
#include "base/limits.h"
#include "base/num.h"
#include "data/yaml.h"
#include "engine/call_plugin.h"
#include "value/gofmt.h"

enum { ERRORS_MAX = 64 << 10 }; /* bytes of collected mistakes; more help nobody */

typedef struct decoder {
    bk_arena *arena;
    bk_buf errors; /* "line 3: …", joined by "\n  " */
    bk_pf_unknown unknown;
    bk_items *unknown_paths;
    bk_str path; /* of the struct that is being read: "memory." */
    bk_err *err;
    bk_status status; /* what ends the reading at once */
} decoder;

/* ---- nodes ---- */

typedef struct node {
    bk_str tag;
    int64_t line;
    bk_value content; /* a string, or a list of nodes */
} node;

static node node_of(bk_value v) { return (node){bk_value_str(v.items[0]), v.items[1].i, v.items[2]}; }
static bool is_tag(const node *n, const char *tag) { return bk_str_eq(n->tag, bk_str_c(tag)); }
static bool is_scalar(const node *n) { return n->content.kind == BK_STRING; }
static bool is_seq(const node *n) { return !is_scalar(n) && is_tag(n, "!!seq"); }
static bool is_map(const node *n) { return !is_scalar(n) && !is_tag(n, "!!seq"); }
static bool is_merge(const node *n) { return is_scalar(n) && is_tag(n, "!!merge"); }
static bool is_null(const node *n) { return is_scalar(n) && is_tag(n, "!!null"); }

/* ---- mistakes ---- */

static bool fatal(decoder *d, bk_status status) {
    if (d->status == BK_OK) d->status = status;
    return false;
}

/* Begins a mistake; false when there are enough. */
static bool mistake(decoder *d, int64_t line) {
    if (d->errors.n > ERRORS_MAX) return false;
    if (d->errors.n) bk_buf_c(&d->errors, "\n  ");
    bk_buf_c(&d->errors, "line ");
    bk_buf_int(&d->errors, line);
    bk_buf_c(&d->errors, ": ");
    return true;
}

static bool wrong_type(decoder *d, const node *n, const char *type) {
    if (!mistake(d, n->line)) return false;
    bk_buf_printf(&d->errors, "cannot unmarshal %.*s", BK_FMT(n->tag));
    if (is_scalar(n)) {
        bk_str text = bk_value_str(n->content);
        bk_buf_c(&d->errors, " `");
        bk_buf_str(&d->errors, bk_str_sub(text, 0, text.n > 10 ? 7 : text.n));
        bk_buf_c(&d->errors, text.n > 10 ? "...`" : "`");
    }
    bk_buf_printf(&d->errors, " into %s", type);
    return false;
}

/* ---- scalars ---- */

/* What the scalar means: nil, bool, int, uint, float or the text. A tag that the text does not suit ends the reading. */
static bool resolve(decoder *d, const node *n, bk_value *ret) {
    bk_status s = bk_yaml_tree_scalar(d->arena, n->tag, bk_value_str(n->content), ret, d->err);
    return s == BK_OK || fatal(d, s);
}

static bool decode_bool(decoder *d, const node *n, bk_value *out) {
    static const char *const yes[] = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"};
    static const char *const no[] = {"n", "N", "no", "No", "NO", "off", "Off", "OFF"};
    bk_value v;
    if (!resolve(d, n, &v)) return false;
    if (v.kind == BK_BOOL) {
        *out = v;
        return true;
    }
    for (size_t i = 0; v.kind == BK_STRING && i < BK_COUNT(yes); i++) {
        bool is_yes = bk_str_eq(bk_value_str(v), bk_str_c(yes[i]));
        if (!is_yes && !bk_str_eq(bk_value_str(v), bk_str_c(no[i]))) continue;
        *out = bk_bool(is_yes);
        return true;
    }
    return wrong_type(d, n, "bool");
}

/* Integers, and floats cut to integers, within the field's range. */
static bool decode_number(decoder *d, const node *n, bk_pf_kind kind, bk_value *out) {
    const char *type = kind == BK_PF_INT64 ? "int64" : kind == BK_PF_UINT32 ? "uint32" : "uint64";
    bk_value v;
    if (!resolve(d, n, &v)) return false;
    bool ok = false;
    uint64_t u = 0;
    int64_t i = 0;
    if (v.kind == BK_INT) {
        i = v.i;
        u = (uint64_t)v.i;
        ok = kind == BK_PF_INT64 || v.i >= 0;
    } else if (v.kind == BK_UINT) {
        u = v.u;
        i = (int64_t)v.u;
        ok = kind == BK_PF_UINT64 || v.u <= INT64_MAX;
    } else if (v.kind == BK_FLOAT && kind == BK_PF_INT64) {
        ok = v.f >= -9223372036854775808.0 && v.f < 9223372036854775808.0;
        if (ok) i = (int64_t)v.f;
    } else if (v.kind == BK_FLOAT) {
        ok = v.f >= 0 && v.f < 18446744073709551616.0;
        if (ok) u = (uint64_t)v.f;
    }
    if (kind == BK_PF_UINT32 && u > UINT32_MAX) ok = false;
    if (!ok) return wrong_type(d, n, type);
    *out = kind == BK_PF_INT64 ? bk_int64(i) : bk_uint_typed(BK_T_UINT64, u);
    return true;
}

static bool decode_scalar(decoder *d, const node *n, const bk_pf_field *field, bk_value *out) {
    if (is_null(n)) return false;
    switch (field->kind) {
    case BK_PF_STRING: {
        bk_value v;
        if (!resolve(d, n, &v)) return false;
        *out = is_tag(n, "!!binary") ? v : bk_string(bk_value_str(n->content));
        return true;
    }
    case BK_PF_BOOL: return decode_bool(d, n, out);
    case BK_PF_INT64:
    case BK_PF_UINT32:
    case BK_PF_UINT64: return decode_number(d, n, field->kind, out);
    default: break;
    }
    bk_value checked;
    if (!resolve(d, n, &checked)) return false;
    return wrong_type(d, n, field->go_type);
}

/* ---- keys that stand twice ---- */

/* True when every key of the map is there once. Keys are compared by their text, collections among each other by nothing. */
static bool keys_differ(decoder *d, const node *n) {
    uint32_t pairs = n->content.len / 2;
    size_t before = d->errors.n;
    uint32_t *next = BK_NEW_ARRAY(d->arena, uint32_t, (size_t)pairs + 1);
    bk_map *first = bk_map_new(d->arena, pairs);
    if (!next || !first) return fatal(d, bk_arena_fail(d->arena, d->err));
    for (uint32_t i = pairs; i-- > 0;) {
        node key = node_of(n->content.items[(size_t)2 * i]);
        bk_str text = is_scalar(&key) ? bk_value_str(key.content) : BK_S(""), full;
        if (!bk_arena_cat(d->arena, is_scalar(&key) ? BK_S("s") : is_seq(&key) ? BK_S("l") : BK_S("m"), text, &full))
            return fatal(d, bk_arena_fail(d->arena, d->err));
        bk_value *other = bk_map_get(first, full);
        next[i] = other ? (uint32_t)other->i : UINT32_MAX;
        if (!bk_map_set(first, full, bk_int64(i))) return fatal(d, bk_arena_fail(d->arena, d->err));
    }
    for (uint32_t i = 0; i < pairs && d->errors.n <= ERRORS_MAX; i++) {
        node key = node_of(n->content.items[(size_t)2 * i]);
        for (uint32_t k = next[i]; k != UINT32_MAX; k = next[k]) {
            node again = node_of(n->content.items[(size_t)2 * k]);
            if (!mistake(d, again.line)) break;
            bk_buf_c(&d->errors, "mapping key ");
            bk_fmt_quote(&d->errors, is_scalar(&again) ? bk_value_str(again.content) : BK_S(""));
            bk_buf_c(&d->errors, " already defined at line ");
            bk_buf_int(&d->errors, key.line);
        }
    }
    return d->errors.n == before;
}

/* ---- collections ---- */

static bool decode(decoder *d, bk_value v, const bk_pf_field *field, unsigned budget, bk_value *out);
static bool decode_any(decoder *d, bk_value v, unsigned budget, bk_value *out);

static const bk_pf_field a_string = {.kind = BK_PF_STRING};

/* Reads one map into `to`. The reader of values is by what the map is: a struct (shape), or a map of `element`s; neither: any. `merged` holds the keys that
 * were there before, when this map comes in by "<<". */
typedef struct target {
    bk_map *to;
    const bk_pf_shape *shape;
    const bk_pf_field *element;
    bool typed_keys; /* keys are strings */
} target;

static bool put(decoder *d, bk_map *map, bk_str key, bk_value v) {
    return bk_map_set(map, key, v) || fatal(d, bk_arena_fail(d->arena, d->err));
}

static bool unknown_field(decoder *d, const node *key, bk_str name, const bk_pf_shape *shape) {
    bk_str path;
    if (d->unknown == BK_PF_REFUSE && mistake(d, key->line)) {
        bk_buf_c(&d->errors, "field ");
        bk_buf_str(&d->errors, name);
        bk_buf_printf(&d->errors, " not found in type %s", shape->go_type);
    }
    if (d->unknown != BK_PF_COLLECT) return true;
    if (!bk_arena_cat(d->arena, d->path, name, &path)) return fatal(d, bk_arena_fail(d->arena, d->err));
    bk_items_add(d->unknown_paths, bk_string(path));
    return true;
}

static bool put_field(decoder *d, const target *t, const node *key, bk_str name, bk_value value, unsigned budget) {
    const bk_pf_field *f = t->shape->fields;
    while (f->name && !bk_str_eq(name, bk_str_c(f->name))) f++;
    if (!f->name) return unknown_field(d, key, name, t->shape);
    bk_str outer = d->path;
    bk_value v = bk_nil();
    if (d->unknown == BK_PF_COLLECT && !bk_arena_printf(d->arena, &d->path, "%.*s%s.", BK_FMT(outer), f->name))
        return fatal(d, bk_arena_fail(d->arena, d->err));
    bool good = decode(d, value, f, budget, &v);
    d->path = outer;
    return d->status == BK_OK && (!good || put(d, t->to, bk_str_c(f->name), v));
}

/* The text of a key that need not be a string; false for one that Go has no entry for. */
static bool key_text(decoder *d, const node *key, bool typed, bk_str *ret) {
    bk_value v;
    bk_buf text;
    if (!is_scalar(key) && typed) return wrong_type(d, key, "string");
    if (!is_scalar(key))
        return fatal(d, bk_err_set(d->err, BK_ERR, "yaml: invalid map key: a list or map at line %lld", (long long)key->line));
    if (!resolve(d, key, &v)) return false;
    *ret = bk_value_str(key->content);
    if (typed || v.kind == BK_STRING) return !is_null(key);
    bk_buf_init(&text, d->arena, 0);
    if (bk_is_nil(v)) bk_buf_c(&text, "null");
    else if (bk_fmt_value(&text, v, d->err) != BK_OK) return fatal(d, d->err->code);
    *ret = bk_buf_take(&text);
    return true;
}

static bool put_entry(decoder *d, const target *t, const node *key, bk_str name, bk_value value, unsigned budget) {
    if (t->shape) return put_field(d, t, key, name, value, budget);
    bk_value v = bk_nil();
    node n = node_of(value);
    bool good = t->element ? decode(d, value, t->element, budget, &v) : decode_any(d, value, budget, &v);
    if (d->status != BK_OK) return false;
    if (!good && !is_null(&n)) return true;
    if (!good && t->element->kind == BK_PF_STRING) v = bk_string(BK_S(""));
    if (!good && t->element->kind == BK_PF_STRUCTS) v = bk_list(NULL, 0);
    return put(d, t->to, name, v);
}

static bool read_map(decoder *d, bk_value v, const target *t, bk_map *merged, unsigned budget);

static bool merge_one(decoder *d, bk_value v, const target *t, bk_map *merged, unsigned budget) {
    node n = node_of(v);
    if (!is_map(&n)) return fatal(d, bk_err_set(d->err, BK_ERR, "yaml: map merge requires map or sequence of maps as the value"));
    return read_map(d, v, t, merged, budget);
}

static bool merge(decoder *d, const node *parent, bk_value v, const target *t, bk_map *merged, unsigned budget) {
    node n = node_of(v);
    if (!merged) {
        merged = bk_map_new(d->arena, 8);
        if (!merged) return fatal(d, bk_arena_fail(d->arena, d->err));
        for (uint32_t i = 0; i + 1 < parent->content.len; i += 2) {
            node key = node_of(parent->content.items[i]);
            if (is_scalar(&key) && !put(d, merged, bk_value_str(key.content), bk_bool(true))) return false;
        }
    }
    if (!is_seq(&n)) return merge_one(d, v, t, merged, budget);
    for (uint32_t i = 0; i < n.content.len; i++)
        if (!merge_one(d, n.content.items[i], t, merged, budget) && d->status != BK_OK) return false;
    return true;
}

static bool read_map(decoder *d, bk_value v, const target *t, bk_map *merged, unsigned budget) {
    node n = node_of(v);
    const bk_value *merge_node = NULL;
    if (budget == 0) return fatal(d, bk_err_limit(d->err, "nesting of a YAML text", BK_LIMIT_DEPTH));
    if (!keys_differ(d, &n)) return false;
    for (uint32_t i = 0; i + 1 < n.content.len; i += 2) {
        node key = node_of(n.content.items[i]);
        bk_str name;
        if (is_merge(&key)) {
            merge_node = &n.content.items[i + 1];
            continue;
        }
        if (!key_text(d, &key, t->typed_keys, &name)) {
            if (d->status != BK_OK) return false;
            continue;
        }
        if (merged && bk_map_get(merged, name)) continue;
        if (merged && !put(d, merged, name, bk_bool(true))) return false;
        if (!put_entry(d, t, &key, name, n.content.items[i + 1], budget - 1)) return false;
    }
    if (merge_node && !merge(d, &n, *merge_node, t, merged, budget - 1)) return d->status == BK_OK;
    return true;
}

static bool new_map(decoder *d, bk_map **ret) {
    *ret = bk_map_new(d->arena, 8);
    return *ret || fatal(d, bk_arena_fail(d->arena, d->err));
}

static bool decode_any(decoder *d, bk_value v, unsigned budget, bk_value *out) {
    node n = node_of(v);
    if (budget == 0) return fatal(d, bk_err_limit(d->err, "nesting of a YAML text", BK_LIMIT_DEPTH));
    if (is_scalar(&n)) return resolve(d, &n, out);
    if (is_map(&n)) {
        target t = {0};
        if (!new_map(d, &t.to)) return false;
        *out = bk_map_value(t.to);
        return read_map(d, v, &t, NULL, budget - 1);
    }
    bk_items items;
    bk_items_init(&items, d->arena);
    for (uint32_t i = 0; i < n.content.len; i++) {
        bk_value item = bk_nil();
        bool good = decode_any(d, n.content.items[i], budget - 1, &item);
        if (d->status != BK_OK) return false;
        if (good) bk_items_add(&items, item);
    }
    return bk_items_list(&items, BK_T_LIST, out, d->err) == BK_OK || fatal(d, d->err->code);
}

static bool decode_list(decoder *d, const node *n, const bk_pf_field *field, unsigned budget, bk_value *out) {
    const bk_pf_field element = {.kind = field->kind == BK_PF_STRINGS ? BK_PF_STRING : BK_PF_STRUCT, .shape = field->shape};
    bk_items items;
    bk_items_init(&items, d->arena);
    for (uint32_t i = 0; i < n->content.len; i++) {
        bk_value item = bk_nil();
        bool good = decode(d, n->content.items[i], &element, budget - 1, &item);
        if (d->status != BK_OK) return false;
        if (good) bk_items_add(&items, item);
    }
    return bk_items_list(&items, BK_T_LIST, out, d->err) == BK_OK || fatal(d, d->err->code);
}

static bool decode_map(decoder *d, bk_value v, const bk_pf_field *field, unsigned budget, bk_value *out) {
    const bk_pf_field list = {.kind = BK_PF_STRUCTS, .go_type = "[]plugin.PlatformCommand", .shape = field->shape};
    target t = {.typed_keys = true};
    if (field->kind == BK_PF_STRUCT) t.shape = field->shape;
    else if (field->kind == BK_PF_STRING_MAP) t.element = &a_string;
    else if (field->kind == BK_PF_STRUCTS_MAP) t.element = &list;
    if (!new_map(d, &t.to)) return false;
    *out = bk_map_value(t.to);
    return read_map(d, v, &t, NULL, budget - 1);
}

static const char *type_name(const bk_pf_field *field) {
    switch (field->kind) {
    case BK_PF_STRING: return "string";
    case BK_PF_BOOL: return "bool";
    case BK_PF_INT64: return "int64";
    case BK_PF_UINT32: return "uint32";
    case BK_PF_UINT64: return "uint64";
    case BK_PF_STRINGS: return "[]string";
    case BK_PF_STRUCT: return field->shape->go_type;
    case BK_PF_ANY_MAP: return "map[string]interface {}";
    default: return field->go_type ? field->go_type : "map[string]string";
    }
}

/* Like d.unmarshal: false when nothing was set, with or without a mistake. */
static bool decode(decoder *d, bk_value v, const bk_pf_field *field, unsigned budget, bk_value *out) {
    bk_pf_field named = *field;
    node n = node_of(v);
    named.go_type = type_name(field);
    if (budget == 0) return fatal(d, bk_err_limit(d->err, "nesting of a YAML text", BK_LIMIT_DEPTH));
    bool list = named.kind == BK_PF_STRINGS || named.kind == BK_PF_STRUCTS;
    bool map = named.kind == BK_PF_STRING_MAP || named.kind >= BK_PF_STRUCT;
    if (named.kind == BK_PF_STRUCTS) map = false;
    if (is_scalar(&n)) return decode_scalar(d, &n, &named, out);
    if (is_seq(&n)) return list ? decode_list(d, &n, &named, budget, out) : wrong_type(d, &n, named.go_type);
    if (map) return decode_map(d, v, &named, budget, out);
    return keys_differ(d, &n) && wrong_type(d, &n, named.go_type);
}

static bk_status finish(decoder *d) {
    bk_buf text;
    if (d->status != BK_OK) return d->status;
    BK_TRY(bk_buf_check(&d->errors, d->err));
    if (d->errors.n == 0) return BK_OK;
    bk_buf_init(&text, d->arena, 0);
    bk_buf_c(&text, "yaml: unmarshal errors:\n  ");
    bk_buf_str(&text, bk_buf_view(&d->errors));
    return bk_err_set_str(d->err, BK_ERR, bk_buf_view(&text));
}

bk_status bk_pf_decode(bk_arena *arena, bk_value tree, const bk_pf_shape *shape, bk_pf_unknown unknown, bk_map **ret, bk_items *ret_unknown,
                       bk_err *err) {
    decoder d = {.arena = arena, .unknown = unknown, .unknown_paths = ret_unknown, .path = BK_S(""), .err = err};
    const bk_pf_field root = {.kind = BK_PF_STRUCT, .shape = shape};
    bk_value v = bk_nil();
    bk_buf_init(&d.errors, arena, (size_t)2 * ERRORS_MAX);
    decode(&d, tree, &root, BK_LIMIT_DEPTH, &v);
    BK_TRY(finish(&d));
    *ret = v.kind == BK_MAP ? v.map : bk_map_new(arena, 0);
    return *ret ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_pf_decode_again(bk_arena *arena, bk_map *map, const bk_pf_shape *shape, bk_pf_unknown unknown, bk_map **ret,
                             bk_items *ret_unknown, bk_err *err) {
    bk_buf text;
    bk_value tree;
    bk_map *source = map ? map : bk_map_new(arena, 0);
    if (!source) return bk_arena_fail(arena, err);
    bk_buf_init(&text, arena, 0);
    BK_TRY(bk_yaml_encode_pretty(&text, arena, bk_map_value(source), err));
    BK_TRY(bk_yaml_tree(arena, bk_buf_view(&text), &tree, err));
    return bk_pf_decode(arena, tree, shape, unknown, ret, ret_unknown, err);
}
