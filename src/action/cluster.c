#include "action/cluster.h"

bk_status bk_cluster_know(bk_cluster *c, bk_arena *arena, bk_err *err) {
    if (c->known) return BK_OK;
    BK_TRY(bk_kube_version_get(c->kube, arena, &c->version, err));
    return bk_cluster_renew(c, arena, err);
}

bk_status bk_cluster_renew(bk_cluster *c, bk_arena *arena, bk_err *err) {
    if (bk_kube_discover(c->kube, arena, c->cache, &c->discovery, err) != BK_OK)
        return bk_err_wrap(err, "could not get apiVersions from Kubernetes");
    c->known = true;
    return BK_OK;
}

/* Adds what is not there yet. */
static bool add(bk_map *seen, bk_str *list, size_t *count, bk_str text) {
    if (bk_map_get(seen, text)) return true;
    if (!bk_map_set(seen, text, bk_bool(true))) return false;
    list[(*count)++] = text;
    return true;
}

bk_status bk_cluster_capabilities(const bk_cluster *c, bk_arena *arena, bk_render_options *o, bk_err *err) {
    const bk_kube_discovery *d = &c->discovery;
    size_t count = 0;
    bk_map *seen = bk_map_new(arena, d->version_count + d->count);
    bk_str *list = BK_NEW_ARRAY(arena, bk_str, d->version_count + d->count + 1);
    if (!seen || !list) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < d->version_count; i++)
        if (!add(seen, list, &count, d->versions[i])) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < d->count; i++) {
        const bk_kube_resource *r = &d->items[i];
        bk_str id;
        bool ok =
            bk_arena_printf(arena, &id, "%.*s%s%.*s/%.*s", BK_FMT(r->group), r->group.n ? "/" : "", BK_FMT(r->version), BK_FMT(r->kind));
        if (!ok || !add(seen, list, &count, id)) return bk_arena_fail(arena, err);
    }
    o->cluster = true;
    o->kube_version = c->version.git_version;
    o->kube_major = c->version.major;
    o->kube_minor = c->version.minor;
    o->api_versions = list;
    o->api_version_count = count;
    return BK_OK;
}
