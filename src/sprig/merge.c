/* merge.c: merge, mergeOverwrite and their must variants.
 *
 * What counts is what the library behind Sprig does, quirks included, since charts have come to rely on it:
 *   - nil in the source is skipped; with overwrite it replaces;
 *   - without overwrite a value of the destination stays unless it is empty (0, "", false, an empty list or map);
 *   - with overwrite every other value of the source replaces, empty ones too;
 *   - two maps are merged in place, so that aliases of the destination's see it; into an empty map they are merged and then the source's map
 *     itself takes its place;
 *   - nothing is copied: maps of the source end up in the destination as they are. */
#include "sprig/fn.h"

#define DIFFERENT_TYPES "src and dst must be of same type"

typedef struct merging {
    bk_call *call;
    bool overwrite;
} merging;

/* Empty by the library's rules: structs and pointers to them never are. */
static bool is_empty(const bk_value *v) { return !v || (v->kind != BK_OBJECT && fn_empty(*v)); }

/* Go's static element types decide whether a map takes a value at all. */
static bk_status put(merging *m, bk_value dst, bk_type src_type, bk_str key, bk_value v) {
    const char *want = bk_elem_type_name((bk_type)dst.type), *got = bk_elem_type_name(src_type);
    if (strcmp(want, "interface {}") != 0 && strcmp(want, got) != 0)
        return bk_call_fail(m->call, "reflect.Value.SetMapIndex: value of type %s is not assignable to type %s", got, want);
    return bk_map_set(dst.map, key, v) ? BK_OK : bk_call_nomem(m->call);
}

static bk_status merge_maps(merging *m, bk_value dst, bk_value src, unsigned budget);

/* Goes down where both sides are maps. Other pairs are left to the caller; a pointer cannot take something else. */
static bk_status descend(merging *m, const bk_value *old, bk_value v, unsigned budget) {
    if (!old) return BK_OK;
    if (old->type == BK_T_POINTER && v.type != BK_T_POINTER && !m->overwrite) return bk_call_fail(m->call, DIFFERENT_TYPES);
    if (old->type == BK_T_STRUCT && old->object->class->names && v.kind == BK_MAP)
        return bk_call_fail(m->call, "reflect: call of reflect.Value.Field on map Value");
    if (old->kind != BK_MAP || v.kind != BK_MAP || !old->map) return BK_OK;
    return merge_maps(m, *old, v, budget);
}

static bk_status merge_entry(merging *m, bk_value dst, bk_value src, bk_str key, bk_value v, unsigned budget) {
    const bk_value *found = bk_map_get(dst.map, key);
    bk_value old_value = found ? *found : bk_nil();
    const bk_value *old = found ? &old_value : NULL;
    if (bk_is_nil(v)) return m->overwrite ? put(m, dst, (bk_type)src.type, key, v) : BK_OK;
    bool is_list = v.kind == BK_LIST || v.type == BK_T_BYTES;
    if (is_list) {
        if (m->overwrite) BK_TRY(put(m, dst, (bk_type)src.type, key, v));
    } else if (v.kind == BK_MAP || v.kind == BK_OBJECT) {
        BK_TRY(descend(m, old, v, budget));
    }
    if (!is_empty(old) && (is_list || (v.kind == BK_MAP && old->kind == BK_MAP))) return BK_OK;
    if (m->overwrite || is_empty(old)) return put(m, dst, (bk_type)src.type, key, v);
    return BK_OK;
}

static bk_status merge_maps(merging *m, bk_value dst, bk_value src, unsigned budget) {
    if (budget == 0) return bk_err_limit(m->call->err, "nesting of a value", BK_LIMIT_DEPTH);
    /* The destination may be the source, or lie in it: entries are read anew each time, new ones at the end are not visited. */
    size_t n = bk_map_len(src.map);
    for (size_t i = 0; i < n && i < bk_map_len(src.map); i++) {
        const bk_map_entry *e = bk_map_at(src.map, i);
        BK_TRY(merge_entry(m, dst, src, e->key, e->value, budget - 1));
    }
    return BK_OK;
}

static bk_status merge_all(bk_call *call, bool overwrite, const bk_value *args, size_t argc, bk_value *ret) {
    merging m = {call, overwrite};
    bk_value dst = bk_map_value(args[0].map);
    for (size_t i = 1; i < argc; i++) {
        if (!args[i].map) continue;
        if (!dst.map) dst.map = bk_map_new(call->arena, bk_map_len(args[i].map));
        if (!dst.map) return bk_call_nomem(call);
        BK_TRY(merge_maps(&m, dst, bk_map_value(args[i].map), BK_LIMIT_DEPTH));
    }
    *ret = dst;
    return BK_OK;
}

/* Only the library's own error is hidden; a panic shows, as in Sprig. */
static bk_status hide_error(bk_call *call, bk_status status, bk_value *ret) {
    if (status != BK_ERR || !bk_str_eq(bk_err_message(call->err), BK_S(DIFFERENT_TYPES))) return status;
    bk_err_release(call->err);
    return fn_ret_str(ret, BK_S(""));
}

BK_FN(merge) { return hide_error(call, merge_all(call, false, args, argc, ret), ret); }
BK_FN(mergeOverwrite) { return hide_error(call, merge_all(call, true, args, argc, ret), ret); }
BK_FN(mustMerge) { return merge_all(call, false, args, argc, ret); }
BK_FN(mustMergeOverwrite) { return merge_all(call, true, args, argc, ret); }
