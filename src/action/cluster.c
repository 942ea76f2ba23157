#include "action/cluster.h"

#define RECALL_S 300

bool bk_cluster_recall(bk_cluster *c, bk_arena *arena) {
    bk_err ignored = BK_ERR_INIT;
    if (c->known || !c->kube || c->exact) return c->known;
    c->known = bk_kube_version_kept(c->kube, arena, c->cache, RECALL_S, &c->version) &&
               bk_kube_discover_kept(c->kube, arena, c->cache, RECALL_S, &c->discovery);
    if (!c->known) c->known = c->assumed = bk_kube_discover_stable(arena, &c->discovery, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return c->known;
}

bk_status bk_cluster_know(bk_cluster *c, bk_arena *arena, bk_err *err) { return bk_cluster_know_and(c, arena, NULL, err); }

bk_status bk_cluster_know_and(bk_cluster *c, bk_arena *arena, bk_kube_item *more, bk_err *err) {
    bk_kube_item items[4];
    bk_kube_discovering *d;
    if (c->known && c->fresh) return BK_OK;
    if (!c->kube) return bk_err_set(err, BK_ERR, "kubernetes cluster unreachable%s%.*s", c->why.n ? ": " : "", BK_FMT(c->why));
    items[2] = (bk_kube_item){.request = bk_kube_version_request(), .err = BK_ERR_INIT};
    BK_TRY(bk_kube_discover_begin(c->kube, arena, c->cache, items, &d, err));
    if (more) items[3] = *more;
    BK_TRY(bk_kube_all(c->kube, arena, items, more ? 4 : 3, err));
    if (more) *more = items[3];
    bk_status s = bk_kube_version_read(arena, &items[2], &c->version, err);
    if (s == BK_OK && bk_kube_discover_end(d, items, &c->discovery, err) != BK_OK)
        s = bk_err_wrap(err, "could not get apiVersions from Kubernetes");
    for (size_t i = 0; i < 3; i++) bk_err_release(&items[i].err);
    c->known = c->fresh = s == BK_OK;
    if (s == BK_OK) c->assumed = false;
    if (s == BK_OK) bk_kube_version_keep(c->kube, arena, c->cache, &c->version);
    return s;
}

bk_status bk_cluster_renew(bk_cluster *c, bk_arena *arena, bk_err *err) {
    if (bk_kube_discover(c->kube, arena, c->cache, &c->discovery, err) != BK_OK)
        return bk_err_wrap(err, "could not get apiVersions from Kubernetes");
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
    bk_str *list = BK_NEW_ARRAY(arena, bk_str, d->version_count + d->count + d->part_count + 1);
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
    for (size_t i = 0; i < d->part_count; i++)
        if (!add(seen, list, &count, d->parts[i])) return bk_arena_fail(arena, err);
    o->cluster = true;
    o->kube_version = c->version.git_version;
    o->kube_major = c->version.major;
    o->kube_minor = c->version.minor;
    o->api_versions = list;
    o->api_version_count = count;
    return BK_OK;
}
