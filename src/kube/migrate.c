#include "kube/migrate.h"

#include "base/limits.h"
#include "data/json.h"

static bk_map *map_of(bk_value v) { return v.kind == BK_MAP ? v.map : NULL; }

static bk_value member(bk_map *m, const char *key) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v ? *v : bk_nil();
}

static bool is_entry(bk_value v, bk_str manager, const char *operation) {
    bk_map *m = map_of(v);
    return m && bk_str_eq(bk_map_str(m, "manager", BK_S("")), manager) &&
           bk_str_eq(bk_map_str(m, "operation", BK_S("")), bk_str_c(operation)) && bk_map_str(m, "subresource", BK_S("")).n == 0;
}

static size_t find(bk_value entries, bk_str manager, const char *operation) {
    size_t i = 0;
    while (i < entries.len && !is_entry(entries.items[i], manager, operation)) i++;
    return i;
}

/* Sets of fields are trees: a leaf is in the set; of the other nodes those that have the child ".". */
static bk_status unite(bk_arena *arena, bk_map *to, bk_map *from, unsigned budget, bk_err *err) {
    if (budget == 0) return bk_err_limit(err, "nested managed fields", BK_LIMIT_DEPTH);
    bool own_leaf = bk_map_len(to) == 0, other_leaf = bk_map_len(from) == 0;
    if (own_leaf != other_leaf) {
        bk_map *none = bk_map_new(arena, 0);
        if (!none || !bk_map_set(to, BK_S("."), bk_map_value(none))) return bk_arena_fail(arena, err);
    }
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        bk_value *there = bk_map_get(to, e->key);
        if (!there || there->kind != BK_MAP) {
            if (!bk_map_set(to, e->key, e->value)) return bk_arena_fail(arena, err);
        } else if (e->value.kind == BK_MAP) {
            BK_TRY(unite(arena, there->map, e->value.map, budget - 1, err));
        }
    }
    return BK_OK;
}

/* The fields of the entry by update join those of the entry by apply. */
static bk_status join(bk_arena *arena, bk_map *apply, bk_value entries, bk_str manager, bk_err *err) {
    bk_str version = bk_map_str(apply, "apiVersion", BK_S(""));
    for (uint32_t i = 0; i < entries.len; i++) {
        bk_map *m = map_of(entries.items[i]);
        if (!is_entry(entries.items[i], manager, "Update") || !bk_str_eq(bk_map_str(m, "apiVersion", BK_S("")), version)) continue;
        bk_map *to = map_of(member(apply, "fieldsV1")), *from = map_of(member(m, "fieldsV1"));
        if (to && from) return unite(arena, to, from, BK_LIMIT_DEPTH, err);
        if (from && !bk_map_set(apply, BK_S("fieldsV1"), bk_map_value(from))) return bk_arena_fail(arena, err);
        return BK_OK; /* further entries of that version are dropped */
    }
    return BK_OK;
}

static bk_status step(bk_arena *arena, bk_items *steps, const char *path, bk_value v, bk_err *err) {
    bk_map *m = bk_map_new(arena, 3);
    bool ok = m && bk_map_set(m, BK_S("op"), bk_string(BK_S("replace"))) && bk_map_set(m, BK_S("path"), bk_string(bk_str_c(path))) &&
              bk_map_set(m, BK_S("value"), v);
    if (ok) bk_items_add(steps, bk_map_value(m));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status write_patch(bk_arena *arena, bk_value entries, bk_str version, bk_str *ret, bk_err *err) {
    bk_items steps;
    bk_value list;
    bk_buf out;
    bk_items_init(&steps, arena);
    BK_TRY(step(arena, &steps, "/metadata/managedFields", entries, err));
    /* No "test": that one the server would call invalid, and this one a conflict. */
    BK_TRY(step(arena, &steps, "/metadata/resourceVersion", bk_string(version), err));
    BK_TRY(bk_items_list(&steps, BK_T_LIST, &list, err));
    bk_buf_init(&out, arena, 0);
    BK_TRY(bk_json_encode(&out, arena, list, 0, err));
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

bk_status bk_kube_migration(bk_arena *arena, bk_map *live, bk_str manager, bk_str *ret, bk_err *err) {
    bk_map *metadata = map_of(member(live, "metadata"));
    bk_value copy, entries = member(metadata, "managedFields");
    bk_items kept;
    *ret = BK_S("");
    if (entries.kind != BK_LIST || find(entries, manager, "Update") == entries.len) return BK_OK;
    BK_TRY(bk_deep_copy(arena, entries, &copy, err));
    size_t apply = find(copy, manager, "Apply"), update = find(copy, manager, "Update");
    if (apply == copy.len) {
        apply = update;
        if (!bk_map_set(copy.items[apply].map, BK_S("operation"), bk_string(BK_S("Apply")))) return bk_arena_fail(arena, err);
    }
    BK_TRY(join(arena, copy.items[apply].map, copy, manager, err));
    bk_items_init(&kept, arena);
    for (uint32_t i = 0; i < copy.len; i++)
        if (!is_entry(copy.items[i], manager, "Update")) bk_items_add(&kept, copy.items[i]);
    BK_TRY(bk_items_list(&kept, BK_T_LIST, &entries, err));
    return write_patch(arena, entries, bk_map_str(metadata, "resourceVersion", BK_S("")), ret, err);
}
