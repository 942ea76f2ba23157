#include "value/value.h"

#include "base/limits.h"
#include "base/num.h"
#include "value/map.h"

const bk_value bk_no_items[1];

typedef struct type_info {
    const char *name, *kind;
} type_info;

static const type_info types[BK_TYPE_COUNT] = {
#define BK_TYPE(id, name, kind, shape) {name, kind},
#include "value/types.def"
#undef BK_TYPE
};

const char *bk_type_name(bk_value v) {
    if (v.kind == BK_OBJECT && v.object && v.type != BK_T_FUNC) return v.object->class->name;
    return v.type < BK_TYPE_COUNT ? types[v.type].name : "?";
}

const char *bk_kind_name(bk_value v) { return v.type < BK_TYPE_COUNT ? types[v.type].kind : "?"; }

const char *bk_elem_type_name(bk_type type) {
    switch (type) {
    case BK_T_BYTES: return "uint8";
    case BK_T_STRINGS:
    case BK_T_VERSION_SET:
    case BK_T_STRING_MAP: return "string";
    case BK_T_STRINGS2: return "[]string";
    case BK_T_LISTS: return "[]interface {}";
    case BK_T_INTS: return "int";
    case BK_T_INT64S: return "int64";
    case BK_T_FLOATS: return "float64";
    case BK_T_MAPS: return "map[string]interface {}";
    case BK_T_BOOL_MAP: return "bool";
    case BK_T_FILES: return "[]uint8";
    default: return "interface {}";
    }
}

bool bk_truth(bk_value v) {
    switch ((bk_kind)v.kind) {
    case BK_NIL: return false;
    case BK_BOOL: return v.b;
    case BK_INT: return v.i != 0;
    case BK_UINT: return v.u != 0;
    case BK_FLOAT: return v.f != 0;
    case BK_STRING:
    case BK_LIST: return v.len != 0;
    case BK_MAP: return bk_map_len(v.map) != 0;
    case BK_OBJECT: return v.object != NULL;
    }
    return false;
}

size_t bk_value_len(bk_value v) {
    if (v.kind == BK_STRING || v.kind == BK_LIST) return v.len;
    return v.kind == BK_MAP ? bk_map_len(v.map) : 0;
}

static bool equal(bk_value a, bk_value b, unsigned budget);

static bool equal_objects(const bk_object *a, const bk_object *b) {
    if (a == b) return true;
    return a && b && a->class == b->class && a->class->equal && a->class->equal(a, b);
}

static bool equal_maps(bk_map *a, bk_map *b, unsigned budget) {
    if ((a == NULL) != (b == NULL) || bk_map_len(a) != bk_map_len(b)) return false;
    if (a == b) return true;
    for (size_t i = 0; i < bk_map_len(a); i++) {
        const bk_map_entry *e = bk_map_at(a, i);
        bk_value *other = bk_map_get_hashed(b, e->key, e->hash);
        if (!other || !equal(e->value, *other, budget)) return false;
    }
    return true;
}

static bool equal_lists(bk_value a, bk_value b, unsigned budget) {
    if (a.len != b.len || (a.items == NULL) != (b.items == NULL)) return false;
    if (a.items == b.items) return true;
    for (uint32_t i = 0; i < a.len; i++)
        if (!equal(a.items[i], b.items[i], budget)) return false;
    return true;
}

static bool equal(bk_value a, bk_value b, unsigned budget) {
    if (a.type != b.type || budget == 0) return false;
    switch ((bk_kind)a.kind) {
    case BK_NIL: return true;
    case BK_BOOL: return a.b == b.b;
    case BK_INT: return a.i == b.i;
    case BK_UINT: return a.u == b.u;
    case BK_FLOAT: return a.f == b.f;
    case BK_STRING: return bk_str_eq(bk_value_str(a), bk_value_str(b));
    case BK_LIST: return equal_lists(a, b, budget - 1);
    case BK_MAP: return equal_maps(a.map, b.map, budget - 1);
    case BK_OBJECT: return equal_objects(a.object, b.object);
    }
    return false;
}

bool bk_deep_equal(bk_value a, bk_value b) { return equal(a, b, BK_LIMIT_DEPTH); }

static bk_status copy(bk_arena *arena, bk_value v, unsigned budget, bk_value *ret, bk_err *err);

static bk_status copy_list(bk_arena *arena, bk_value v, unsigned budget, bk_value *ret, bk_err *err) {
    bk_value *items = NULL;
    for (uint32_t i = 0; i < v.len; i++) {
        if (v.items[i].kind != BK_MAP && v.items[i].kind != BK_LIST) continue;
        if (!items) {
            items = BK_NEW_ARRAY(arena, bk_value, v.len);
            if (!items) return bk_arena_fail(arena, err);
            memcpy(items, v.items, v.len * sizeof *items);
        }
        BK_TRY(copy(arena, v.items[i], budget, &items[i], err));
    }
    *ret = v;
    if (items) ret->items = items;
    return BK_OK;
}

static bk_status copy(bk_arena *arena, bk_value v, unsigned budget, bk_value *ret, bk_err *err) {
    if (budget == 0) return bk_err_limit(err, "nesting of a value", BK_LIMIT_DEPTH);
    if (v.kind == BK_LIST) return copy_list(arena, v, budget - 1, ret, err);
    *ret = v;
    if (v.kind != BK_MAP || !v.map) return BK_OK;
    bk_map *m = bk_map_copy(arena, v.map);
    if (!m) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < m->len; i++) BK_TRY(copy(arena, v.map->entries[i].value, budget - 1, &m->entries[i].value, err));
    ret->map = m;
    return BK_OK;
}

bk_status bk_deep_copy(bk_arena *arena, bk_value v, bk_value *ret, bk_err *err) { return copy(arena, v, BK_LIMIT_DEPTH, ret, err); }

void bk_items_init(bk_items *items, bk_arena *arena) { *items = (bk_items){.arena = arena}; }

void bk_items_add(bk_items *items, bk_value v) {
    if (items->failed) return;
    if (items->n == items->cap) {
        size_t cap = items->cap ? items->cap * 2 : 4, bytes;
        if (cap > BK_LIMIT_LIST || !bk_mul(cap, sizeof v, &bytes)) {
            items->arena->hit_cap = true;
            items->failed = true;
            return;
        }
        void *p = bk_arena_grow(items->arena, items->p, items->cap * sizeof v, bytes);
        if (!p) {
            items->failed = true;
            return;
        }
        items->p = p;
        items->cap = cap;
    }
    items->p[items->n++] = v;
}

bk_status bk_items_list(bk_items *items, bk_type type, bk_value *ret, bk_err *err) {
    if (items->failed) return bk_arena_fail(items->arena, err);
    *ret = bk_list_typed(type, items->n ? items->p : bk_no_items, items->n);
    return BK_OK;
}
