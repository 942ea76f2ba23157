#include "chart/values.h"

static bool is_table(bk_value v) { return v.type == BK_T_MAP || v.type == BK_T_VALUES; }

bool bk_values_table(bk_map *values, bk_str path, bk_map **ret, bk_str *ret_missing) {
    bk_str part, rest = path;
    for (bool more = true; more;) {
        more = bk_str_cut(rest, BK_S("."), &part, &rest);
        bk_value *v = bk_map_get(values, part);
        if (!v || !is_table(*v)) {
            *ret_missing = part;
            return false;
        }
        values = v->map;
    }
    *ret = values;
    return true;
}

bool bk_values_path(bk_map *values, bk_str path, bk_value *ret, bk_str *ret_missing) {
    size_t dot = bk_str_rfind_byte(path, '.');
    bk_str key = dot == BK_NPOS ? path : bk_str_from(path, dot + 1), ignored;
    *ret_missing = key;
    if (dot != BK_NPOS && !bk_values_table(values, bk_str_sub(path, 0, dot), &values, &ignored)) return false;
    bk_value *v = bk_map_get(values, key);
    if (!v || v->type == BK_T_MAP) return false;
    *ret = *v;
    return true;
}
