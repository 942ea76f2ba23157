#include "data/yaml_show.h"

#include "base/limits.h"
#include "base/num.h"
#include "base/sort.h"
#include "value/gofmt.h"
#include "value/map.h"

bk_yaml_key_class bk_yaml_key_class_of(bk_value key) {
    switch ((bk_kind)key.kind) {
    case BK_STRING: return BK_YK_STRING;
    case BK_UINT: return BK_YK_UINT;
    case BK_INT: return BK_YK_INT;
    case BK_FLOAT: return BK_YK_FLOAT;
    case BK_BOOL: return BK_YK_BOOL;
    default: return BK_YK_NIL;
    }
}

/* The key that such a text stands for. */
static bk_value key_of(bk_str text) {
    bk_str rest = bk_str_from(text, 1);
    int64_t i = 0;
    uint64_t u = 0;
    double f = 0;
    switch ((bk_yaml_key_class)text.p[0]) {
    case BK_YK_NIL: return bk_nil();
    case BK_YK_STRING: return bk_string(rest);
    case BK_YK_UINT: (void)bk_parse_uint(rest, 10, &u); return bk_uint_typed(BK_T_UINT64, u);
    case BK_YK_INT: (void)bk_parse_int(rest, 10, &i); return bk_int(i);
    case BK_YK_FLOAT:
        if (bk_str_starts(rest, BK_S("."))) rest = bk_str_from(rest, 1);
        if (bk_str_eq(rest, BK_S("-.inf"))) return bk_float(-__builtin_inf());
        (void)bk_parse_float(rest, &f);
        return bk_float(f);
    case BK_YK_BOOL: return bk_bool(bk_str_eq(rest, BK_S("true")));
    }
    return bk_nil();
}

static int compare(const void *a, const void *b, void *arg) {
    bk_str x = ((const bk_map_entry *)a)->key, y = ((const bk_map_entry *)b)->key;
    (void)arg;
    bk_value v = key_of(x), w = key_of(y);
    if (x.p[0] != y.p[0]) return x.p[0] < y.p[0] ? -1 : 1;
    if (v.kind == BK_INT) return v.i < w.i ? -1 : v.i > w.i;
    if (v.kind == BK_UINT) return v.u < w.u ? -1 : v.u > w.u;
    if (v.kind == BK_FLOAT) return v.f < w.f ? -1 : v.f > w.f;
    return bk_str_cmp(x, y);
}

static bk_status show(bk_buf *out, bk_arena *arena, bk_value v, unsigned budget, bk_err *err);

/* What stands in a list or a map: nil shows its static type. */
static bk_status show_inner(bk_buf *out, bk_arena *arena, bk_value v, unsigned budget, bk_err *err) {
    if (!bk_is_nil(v)) return show(out, arena, v, budget, err);
    bk_buf_c(out, "interface {}(nil)");
    return BK_OK;
}

static bk_status show_map(bk_buf *out, bk_arena *arena, bk_map *map, unsigned budget, bk_err *err) {
    size_t n = bk_map_len(map);
    bk_map_entry *entries = BK_NEW_ARRAY(arena, bk_map_entry, n + 1);
    if (!entries) return bk_arena_fail(arena, err);
    if (n) memcpy(entries, map->entries, n * sizeof *entries);
    if (!bk_sort(arena, entries, n, sizeof *entries, compare, NULL)) return bk_arena_fail(arena, err);
    bk_buf_c(out, "map[interface {}]interface {}{");
    for (size_t i = 0; i < n; i++) {
        if (i) bk_buf_c(out, ", ");
        BK_TRY(show_inner(out, arena, key_of(entries[i].key), budget, err));
        bk_buf_byte(out, ':');
        BK_TRY(show_inner(out, arena, entries[i].value, budget, err));
    }
    bk_buf_byte(out, '}');
    return BK_OK;
}

static bk_status show(bk_buf *out, bk_arena *arena, bk_value v, unsigned budget, bk_err *err) {
    if (budget == 0) return bk_err_limit(err, "nesting of a value", BK_LIMIT_DEPTH);
    if (v.kind == BK_MAP) return show_map(out, arena, v.map, budget - 1, err);
    if (v.kind != BK_LIST) return bk_fmt_sprintf(out, BK_S("%#v"), &v, 1, err);
    bk_buf_c(out, "[]interface {}{");
    for (uint32_t i = 0; i < v.len; i++) {
        if (i) bk_buf_c(out, ", ");
        BK_TRY(show_inner(out, arena, v.items[i], budget - 1, err));
    }
    bk_buf_byte(out, '}');
    return BK_OK;
}

bk_status bk_yaml_show(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err) { return show(out, arena, v, BK_LIMIT_DEPTH, err); }
