/* The call VERSIONS: which tags of a registry are versions, and which of them a range of the operator's means. */
#include "engine/calls.h"
#include "text/semver.h"

static bool is_version(bk_str text) {
    bk_semver v;
    bk_err ignored = BK_ERR_INIT;
    bool ok = bk_semver_parse(text, &v, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return ok;
}

/* A tag has "_" where a version has "+". What is no version to the letter is something else's tag. */
static bk_status collect(bk_call_state *call, const bk_value *tags, bk_semver **ret, size_t *ret_count) {
    uint32_t n = tags && tags->kind == BK_LIST ? tags->len : 0;
    bk_semver *list = BK_NEW_ARRAY(call->arena, bk_semver, (size_t)n + 1);
    *ret_count = 0;
    if (!list) return bk_arena_fail(call->arena, call->err);
    for (uint32_t i = 0; i < n; i++) {
        bk_err ignored = BK_ERR_INIT;
        bk_str text;
        if (!bk_is_string(tags->items[i])) continue;
        if (!bk_arena_dup(call->arena, bk_value_str(tags->items[i]), &text)) return bk_arena_fail(call->arena, call->err);
        for (char *p = (char *)(uintptr_t)text.p; p < text.p + text.n; p++)
            if (*p == '_') *p = '+';
        if (bk_semver_parse_strict(text, &list[*ret_count], &ignored) == BK_OK) (*ret_count)++;
        bk_err_release(&ignored);
    }
    *ret = list;
    return bk_semver_sort_newest(call->arena, list, *ret_count) ? BK_OK : bk_arena_fail(call->arena, call->err);
}

/* One that is written the same; else the highest that the range takes. */
static bk_status match(bk_call_state *call, const bk_semver *list, size_t n, bk_str range, bk_str *ret) {
    bk_constraints c;
    *ret = BK_S("");
    for (size_t i = 0; range.n && i < n; i++)
        if (bk_str_eq(list[i].original, range)) {
            *ret = list[i].original;
            return BK_OK;
        }
    BK_TRY(bk_constraints_parse(call->arena, range.n ? range : BK_S("*"), &c, call->err));
    for (size_t i = 0; i < n; i++)
        if (bk_constraints_check(&c, &list[i])) {
            *ret = list[i].original;
            break;
        }
    return BK_OK;
}

bk_status bk_call_versions(bk_call_state *call) {
    bk_str range = bk_map_str(call->options, "range", BK_S("")), found = BK_S("");
    const bk_value *tags = bk_map_get(call->options, BK_S("tags"));
    bk_map *m = bk_map_new(call->arena, 3);
    bk_semver *list = NULL;
    size_t n = 0;
    bk_items items;
    bk_value versions = bk_nil();
    if (!m) return bk_arena_fail(call->arena, call->err);
    BK_TRY(collect(call, tags, &list, &n));
    if (tags && n) BK_TRY(match(call, list, n, range, &found));
    bk_items_init(&items, call->arena);
    for (size_t i = 0; i < n; i++) bk_items_add(&items, bk_string(list[i].original));
    BK_TRY(bk_items_list(&items, BK_T_LIST, &versions, call->err));
    bool ok = bk_map_set(m, BK_S("exact"), bk_bool(is_version(range))) && bk_map_set(m, BK_S("versions"), versions) &&
              bk_map_set(m, BK_S("match"), bk_string(found));
    return ok ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(m)) : bk_arena_fail(call->arena, call->err);
}
