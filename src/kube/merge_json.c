/* JSON merge patches (RFC 7386), for kinds whose lists nobody knows. */
#include "base/limits.h"
#include "kube/merge.h"

/* What turns `from` into `to`. `changes`: with what is set; `deletions`: with the nulls. */
static bk_status diff(bk_arena *arena, bk_map *from, bk_map *to, bool changes, bool deletions, unsigned budget, bk_map **ret, bk_err *err) {
    bk_map *patch = bk_map_new(arena, 4), *inner;
    bool ok = patch != NULL;
    if (budget == 0) return bk_err_limit(err, "nesting of an object", BK_LIMIT_DEPTH);
    for (size_t i = 0; ok && i < bk_map_len(to); i++) {
        const bk_map_entry *e = bk_map_at(to, i);
        bk_value *old = bk_map_get(from, e->key);
        if (old && old->kind == BK_MAP && e->value.kind == BK_MAP) {
            BK_TRY(diff(arena, old->map, e->value.map, changes, deletions, budget - 1, &inner, err));
            if (bk_map_len(inner)) ok = bk_map_set(patch, e->key, bk_map_value(inner));
        } else if (old && bk_deep_equal(*old, e->value)) {
            continue;
        } else if (bk_is_nil(e->value) ? deletions : changes) {
            ok = bk_map_set(patch, e->key, e->value);
        }
    }
    for (size_t i = 0; ok && deletions && i < bk_map_len(from); i++)
        if (!bk_map_get(to, bk_map_at(from, i)->key)) ok = bk_map_set(patch, bk_map_at(from, i)->key, bk_nil());
    *ret = patch;
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

/* What is set joins what is taken away; no key can be in both. */
static bk_status join(bk_arena *arena, bk_map *to, bk_map *from, unsigned budget, bk_err *err) {
    if (budget == 0) return bk_err_limit(err, "nesting of an object", BK_LIMIT_DEPTH);
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        bk_value *there = bk_map_get(to, e->key);
        if (there && there->kind == BK_MAP && e->value.kind == BK_MAP) BK_TRY(join(arena, there->map, e->value.map, budget - 1, err));
        else if (!bk_map_set(to, e->key, e->value)) return bk_arena_fail(arena, err);
    }
    return BK_OK;
}

static bk_value *name_in(bk_map *patch) {
    bk_value *m = bk_map_get(patch, BK_S("metadata"));
    return m && m->kind == BK_MAP ? bk_map_get(m->map, BK_S("name")) : NULL;
}

bk_status bk_kube_merge_json(bk_arena *arena, bk_map *original, bk_map *modified, bk_map *live, bk_map **ret, bk_err *err) {
    bk_map *changes, *deletions;
    if (!live) return diff(arena, original, modified, true, true, BK_LIMIT_DEPTH, ret, err);
    BK_TRY(diff(arena, live, modified, true, false, BK_LIMIT_DEPTH, &changes, err));
    BK_TRY(diff(arena, original, modified, false, true, BK_LIMIT_DEPTH, &deletions, err));
    BK_TRY(join(arena, deletions, changes, BK_LIMIT_DEPTH, err));
    if (bk_map_get(deletions, BK_S("apiVersion")) || bk_map_get(deletions, BK_S("kind")) || name_in(deletions))
        return bk_err_set(err, BK_ERR, "at least one field was changed: apiVersion, kind or name");
    *ret = deletions;
    return BK_OK;
}
