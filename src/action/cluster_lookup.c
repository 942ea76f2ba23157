#include "action/cluster_lookup.h"

#include "action/objects.h"
#include "data/json.h"
#include "kube/status.h"

#define LIST_DEPTH 8u
#define EARLIER_MAX 20u /* revisions that are read for the hooks that ran in them */

typedef struct context {
    bk_arena *arena;
    bk_cluster_lookup_options options;
    bk_kube_owned *owned;
    size_t count, cap;
    bk_release *earlier; /* revisions before the last, newest first; NULL: not read yet */
    size_t earlier_count;
} context;

/* ---- the objects of a revision ---- */

static bk_status add(context *c, bk_str path, bk_value object, bk_err *err) {
    if (c->count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 64;
        c->owned = bk_arena_grow(c->arena, c->owned, c->cap * sizeof *c->owned, cap * sizeof *c->owned);
        if (!c->owned) return bk_arena_fail(c->arena, err);
        c->cap = cap;
    }
    c->owned[c->count++] = (bk_kube_owned){.api_version = BK_KUBE_TEXT(object, "apiVersion"),
                                           .kind = BK_KUBE_TEXT(object, "kind"),
                                           .name = BK_KUBE_TEXT(object, "metadata", "name"),
                                           .namespace_ = BK_KUBE_TEXT(object, "metadata", "namespace"),
                                           .path = path};
    return BK_OK;
}

static bk_status add_all(context *c, bk_str path, bk_value object, unsigned budget, bk_err *err) {
    bk_value items = BK_KUBE_FIELD(object, "items");
    if (budget == 0) return BK_OK;
    if (items.kind != BK_LIST) return add(c, path, object, err);
    for (uint32_t i = 0; i < items.len; i++) BK_TRY(add_all(c, path, items.items[i], budget - 1, err));
    return BK_OK;
}

/* `path`: of a hook; empty where each object says its own. */
static bk_status read_manifest(context *c, bk_str manifest, bk_str path, bk_err *err) {
    bk_value list = bk_nil(), object = bk_nil();
    if (!bk_str_trim(manifest).n) return BK_OK;
    BK_TRY(bk_objects_read(c->arena, manifest, BK_OBJECTS_INSTALL, &c->options.limits, &list, err));
    for (uint32_t i = 0; list.kind == BK_LIST && i < list.len; i++) {
        bk_str json = BK_KUBE_TEXT(list.items[i], "json"), own = path.n ? path : BK_KUBE_TEXT(list.items[i], "path");
        if (!json.n) continue;
        BK_TRY(bk_json_decode(c->arena, json, BK_JSON_INT64, BK_T_MAP, &object, err));
        BK_TRY(add_all(c, own, object, LIST_DEPTH, err));
    }
    return BK_OK;
}

/* The chart of a record is JSON; its values are the root's own values.yaml. What cannot be read names nothing. */
static bk_value defaults_of(context *c, const bk_release *last) {
    bk_err ignored = BK_ERR_INIT;
    bk_value chart = bk_nil();
    bool ok = last && last->chart.n && bk_json_decode(c->arena, last->chart, BK_JSON_INT64, BK_T_MAP, &chart, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return ok ? BK_KUBE_FIELD(chart, "values") : bk_nil();
}

/* ---- hooks ---- */

/* The hook made its object and let it be. One that was only rendered proves nothing: whatever has that name may be anybody's. */
static bool has_left_it(const bk_hook *h) {
    return bk_str_eq(h->phase, BK_S("Succeeded")) && !bk_words_have(h->delete_policies, "hook-succeeded");
}

static bool left_it_in(const bk_release *r, const bk_hook *like) {
    for (size_t i = 0; i < r->hook_count; i++) {
        const bk_hook *h = &r->hooks[i];
        if (bk_str_eq(h->name, like->name) && bk_str_eq(h->kind, like->kind) && bk_str_eq(h->path, like->path) && has_left_it(h))
            return true;
    }
    return false;
}

/* What cannot be read has left nothing. */
static bk_status load_earlier(context *c, const bk_release *last, bk_err *err) {
    const bk_history *h = c->options.history;
    if (c->earlier || !h) return BK_OK;
    c->earlier = BK_NEW_ARRAY(c->arena, bk_release, h->n + 1);
    if (!c->earlier) return bk_arena_fail(c->arena, err);
    for (size_t i = h->n; i > 0 && c->earlier_count < EARLIER_MAX; i--) {
        bk_err ignored = BK_ERR_INIT;
        if (h->p[i - 1].version == last->version) continue;
        if (bk_history_load(h, &h->p[i - 1], &c->earlier[c->earlier_count], &ignored) == BK_OK) c->earlier_count++;
        bk_err_release(&ignored);
    }
    return BK_OK;
}

static bk_status read_hook(context *c, const bk_release *last, const bk_hook *h, bk_err *err) {
    bool left = has_left_it(h);
    if (!left) BK_TRY(load_earlier(c, last, err));
    for (size_t i = 0; i < c->earlier_count && !left; i++) left = left_it_in(&c->earlier[i], h);
    return left ? read_manifest(c, h->manifest, h->path, err) : BK_OK;
}

static bk_status recorded(void *self, const bk_kube_owned **ret, size_t *ret_count, bk_value *ret_defaults, bk_err *err) {
    context *c = self;
    bk_release loaded = {0};
    const bk_release *last = c->options.last;
    bool found = false;
    if (!last && c->options.load) BK_TRY(c->options.load(c->options.self, c->arena, &loaded, &found, err));
    if (found) last = &loaded;
    if (last) BK_TRY(read_manifest(c, last->manifest, BK_S(""), err));
    for (size_t i = 0; last && i < last->hook_count; i++) BK_TRY(read_hook(c, last, &last->hooks[i], err));
    *ret = c->owned;
    *ret_count = c->count;
    *ret_defaults = defaults_of(c, last);
    return BK_OK;
}

/* ---- texts of the operator's ---- */

static bk_status expand(void *self, bk_arena *arena, bk_str text, bk_value data, bk_str *ret, bk_err *err) {
    (void)self;
    return bk_engine_template(arena, BK_S("values"), text, data, BK_S(""), true, ret, err);
}

bk_status bk_cluster_lookup(bk_arena *arena, const bk_cluster_lookup_options *o, bk_kube_lookup **ret, bk_err *err) {
    bk_kube_lookup *lookup;
    context *c = BK_NEW(arena, context);
    if (!c) return bk_arena_fail(arena, err);
    *c = (context){.arena = arena, .options = *o};
    const bk_kube_lookup_options options = {.kube = o->kube,
                                            .discovery = o->discovery,
                                            .cache = o->cache,
                                            .release = o->release,
                                            .namespace_ = o->namespace_,
                                            .values = o->values,
                                            .recorded = recorded,
                                            .expand = expand,
                                            .self = c};
    BK_TRY(bk_kube_lookup_new(arena, &options, &lookup, err));
    bk_kube_lookup_register(lookup, o->guard);
    if (ret) *ret = lookup;
    return BK_OK;
}
