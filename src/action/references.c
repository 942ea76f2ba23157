#include "action/references.h"

#include "action/output.h"
#include "action/request.h"

static bool is_used(const bk_render_options *o, const bk_manifest *m) {
    if (m->kind == BK_MANIFEST_CRD || m->kind == BK_MANIFEST_RAW) return false;
    return m->kind != BK_MANIFEST_HOOK || (!o->skip_hooks && !(o->skip_tests && m->test));
}

static bk_status put_manifests(bk_request *r, const bk_render_options *o, const bk_rendered *rendered, bk_err *err) {
    bk_items items;
    bk_value list;
    bk_items_init(&items, r->arena);
    for (size_t i = 0; i < rendered->count; i++) {
        const bk_manifest *m = &rendered->manifests[i];
        if (!is_used(o, m)) continue;
        bk_map *v = bk_map_new(r->arena, 3);
        bool ok = v && bk_map_set(v, BK_S("path"), bk_string(m->path)) && bk_map_set(v, BK_S("body"), bk_string(m->body));
        if (ok && m->kind != BK_MANIFEST_SHOWN) ok = bk_map_set(v, BK_S("hook"), bk_bool(m->kind == BK_MANIFEST_HOOK));
        if (!ok) return bk_arena_fail(r->arena, err);
        bk_items_add(&items, bk_map_value(v));
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    bk_request_put(r, "manifests", list);
    bk_request_put(r, "namespace", bk_string(o->namespace_));
    return BK_OK;
}

/* With a guard that keeps nothing: the manifests are the render's, and stand in its record and ledger already. */
static bk_status find(bk_arena *arena, const bk_render_options *o, const bk_rendered *rendered, bk_value *ret, bk_err *err) {
    static const bk_guard_options none;
    bk_request r;
    bk_guard *guard;
    bk_str output;
    BK_TRY(bk_request_open(&r, arena, err));
    BK_TRY(put_manifests(&r, o, rendered, err));
    BK_TRY(bk_guard_new(&none, &guard, err));
    bk_status s = bk_guard_close(guard, bk_request_send(&r, BK_CALL_REFERENCES, guard, &o->limits, &output, err), err);
    bk_guard_free(guard);
    return s == BK_OK ? bk_output_read(arena, output, NULL, ret, err) : s;
}

static bk_status broken(bk_err *err) { return bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: findings that are none"); }

bk_status bk_references_check(bk_arena *arena, const bk_render_options *o, const bk_rendered *rendered, bk_err *err) {
    static const char *const effects[] = {"hook-image", "hook-kind", "reference"};
    bk_value found = bk_nil();
    if (!bk_guard_wants_manifests(o->guard)) return BK_OK;
    BK_TRY(find(arena, o, rendered, &found, err));
    if (found.kind != BK_LIST) return broken(err);
    for (uint32_t i = 0; i < found.len; i++) {
        bk_map *m = found.items[i].kind == BK_MAP ? found.items[i].map : NULL;
        bk_manifest_ask ask = {.target = bk_map_str(m, "target", BK_S("")),
                               .path = bk_map_str(m, "path", BK_S("")),
                               .kind = bk_map_str(m, "kind", BK_S("")),
                               .name = bk_map_str(m, "name", BK_S(""))};
        for (size_t k = 0; k < BK_COUNT(effects); k++)
            if (bk_str_eq(bk_map_str(m, "effect", BK_S("")), bk_str_c(effects[k]))) ask.effect = effects[k];
        if (!ask.effect || !ask.target.n || !ask.path.n) return broken(err);
        BK_TRY(bk_guard_manifest(o->guard, &ask, err));
    }
    return BK_OK;
}
