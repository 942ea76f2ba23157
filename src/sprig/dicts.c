/* dicts.c: functions on maps. Maps are references: set, unset and merge change what every alias sees, as in Sprig. */
#include "sprig/fn.h"

static bk_status set_key(bk_call *call, bk_map *map, bk_str key, bk_value v) {
    return bk_map_set(map, key, v) ? BK_OK : bk_call_nomem(call);
}

static bk_status new_map(bk_call *call, size_t hint, bk_map **ret) {
    *ret = bk_map_new(call->arena, hint);
    return *ret ? BK_OK : bk_call_nomem(call);
}

BK_FN(dict) {
    bk_map *map;
    BK_TRY(new_map(call, (argc + 1) / 2, &map));
    for (size_t i = 0; i < argc; i += 2) {
        bk_str key;
        BK_TRY(fn_text(call, args[i], &key));
        BK_TRY(set_key(call, map, key, i + 1 < argc ? args[i + 1] : bk_string(BK_S(""))));
    }
    *ret = bk_map_value(map);
    return BK_OK;
}

BK_FN(get) {
    bk_value *v = bk_map_get(args[0].map, fn_str(args, 1));
    *ret = v ? *v : bk_string(BK_S(""));
    return BK_OK;
}

BK_FN(set) {
    if (!args[0].map) return bk_call_fail(call, "assignment to entry in nil map");
    BK_TRY(set_key(call, args[0].map, fn_str(args, 1), args[2]));
    *ret = bk_map_value(args[0].map);
    return BK_OK;
}

BK_FN(unset) {
    if (args[0].map) bk_map_delete(args[0].map, fn_str(args, 1));
    *ret = bk_map_value(args[0].map);
    return BK_OK;
}

BK_FN(hasKey) { return fn_ret_bool(ret, bk_map_get(args[0].map, fn_str(args, 1)) != NULL); }

BK_FN(pluck) {
    bk_value *items;
    BK_TRY(fn_items(call, argc - 1, &items));
    bk_str key = fn_str(args, 0);
    uint32_t hash = bk_str_hash(key);
    size_t n = 0;
    for (size_t i = 1; i < argc; i++) {
        bk_value *v = bk_map_get_hashed(args[i].map, key, hash);
        if (v) items[n++] = *v;
    }
    *ret = bk_list(items, n);
    return BK_OK;
}

/* Go's order is random; ours is the keys' own, so that a render is repeatable. */
static bk_status sort_map(bk_call *call, bk_map *map) { return bk_map_sort(map) ? BK_OK : bk_call_nomem(call); }

BK_FN(keys) {
    size_t total = 0;
    for (size_t i = 0; i < argc; i++)
        if (!bk_add(total, bk_map_len(args[i].map), &total)) return bk_err_limit(call->err, "items of a list", BK_LIMIT_LIST);
    bk_value *items;
    BK_TRY(fn_items(call, total, &items));
    size_t n = 0;
    for (size_t i = 0; i < argc; i++) {
        BK_TRY(sort_map(call, args[i].map));
        for (size_t k = 0; k < bk_map_len(args[i].map); k++) items[n++] = bk_string(bk_map_at(args[i].map, k)->key);
    }
    *ret = bk_list_typed(BK_T_STRINGS, n ? items : bk_no_items, n);
    return BK_OK;
}

BK_FN(values) {
    size_t n = bk_map_len(args[0].map);
    bk_value *items;
    BK_TRY(fn_items(call, n, &items));
    BK_TRY(sort_map(call, args[0].map));
    for (size_t i = 0; i < n; i++) items[i] = bk_map_at(args[0].map, i)->value;
    *ret = bk_list(items, n);
    return BK_OK;
}

BK_FN(pick) {
    bk_map *map;
    BK_TRY(new_map(call, argc - 1, &map));
    for (size_t i = 1; i < argc; i++) {
        bk_value *v = bk_map_get(args[0].map, fn_str(args, i));
        if (v) BK_TRY(set_key(call, map, fn_str(args, i), *v));
    }
    *ret = bk_map_value(map);
    return BK_OK;
}

/* Whether the set of keys to leave out lacks this one. */
static bool is_wanted(const bk_map_entry *entry, void *arg) { return !bk_map_get_hashed(arg, entry->key, entry->hash); }

BK_FN(omit) {
    bk_map *map = bk_map_copy(call->arena, args[0].map), *unwanted;
    if (!map) return bk_call_nomem(call);
    BK_TRY(new_map(call, argc - 1, &unwanted));
    for (size_t i = 1; i < argc; i++) BK_TRY(set_key(call, unwanted, fn_str(args, i), bk_nil()));
    if (!bk_map_retain(map, is_wanted, unwanted)) return bk_call_nomem(call);
    *ret = bk_map_value(map);
    return BK_OK;
}

BK_FN(dig) {
    if (argc < 3) return bk_call_fail(call, "dig needs at least three arguments");
    bk_value at = args[argc - 1];
    if (at.type != BK_T_MAP) return fn_panic_conversion(call, at, "map[string]interface {}");
    for (size_t i = 0; i < argc - 2; i++)
        if (!bk_is_string(args[i])) return fn_panic_conversion(call, args[i], "string");
    for (size_t i = 0; i < argc - 2; i++) {
        if (at.type != BK_T_MAP) return fn_panic_conversion(call, at, "map[string]interface {}");
        bk_value *v = bk_map_get(at.map, fn_str(args, i));
        if (!v) {
            *ret = args[argc - 2];
            return BK_OK;
        }
        at = *v;
    }
    *ret = at;
    return BK_OK;
}

BK_FN(deepCopy) {
    if (bk_is_nil(args[0])) return bk_call_fail(call, "reflect: call of reflect.Value.Type on zero Value");
    return bk_deep_copy(call->arena, args[0], ret, call->err);
}
