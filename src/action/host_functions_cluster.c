/* host_functions_cluster.c: the host functions that ask a cluster: other releases, and objects. */
#include "action/host_functions.h"
#include "kube/lookup.h"
#include "release/store.h"

#define REQUEST_MS 30000u

static bk_status no_cluster(bk_host_function function, const char **ret_code, bk_err *err) {
    *ret_code = "no-cluster";
    return bk_err_set(err, BK_ERR, "%s asks for what a cluster keeps, and this command contacts none", bk_host_function_name(function));
}

static bk_status bad(const char **ret_code, bk_err *err, const char *text) {
    *ret_code = "bad-request";
    return bk_err_set(err, BK_ERR, "%s", text);
}

static bool put(bk_map *m, const char *key, bk_str text) { return bk_map_set(m, bk_str_c(key), bk_string(text)); }

/* ---- releases ---- */

static bk_status open_store(const bk_host_functions *h, bk_map *request, bk_arena *arena, bk_store **ret, bk_err *err) {
    const bk_host_cluster *c = h->cluster;
    bk_str cache;
    bk_store_options options = {
        .driver = c->driver, .memory_data = c->memory_data, .namespace_ = bk_map_str(request, "namespace", h->namespace_)};
    if (!bk_str_eq(c->driver, BK_S("memory"))) BK_TRY(c->open(c->self, &options.kube, &cache, err));
    return bk_store_open(arena, &options, ret, err);
}

static bk_status load(const bk_host_functions *h, bk_map *request, bk_arena *arena, unsigned flags, bk_release *ret, const char **ret_code,
                      bk_err *err) {
    const bk_value *revision = bk_map_get(request, BK_S("revision"));
    bk_str name = bk_map_str(request, "release", h->release ? h->release->release : BK_S(""));
    const bk_record_options options = {.flags = flags};
    int64_t version = 0;
    bk_store *store;
    if (!bk_release_name_valid(name)) return bad(ret_code, err, "release is no name of a release");
    if (revision && !bk_is_nil(*revision)) {
        bool whole = revision->kind == BK_INT || (revision->kind == BK_FLOAT && revision->f >= 0 && revision->f <= INT32_MAX);
        if (!whole) return bad(ret_code, err, "revision is no number");
        version = revision->kind == BK_INT ? revision->i : (int64_t)revision->f;
    }
    BK_TRY(open_store(h, request, arena, &store, err));
    return bk_store_get(store, name, version, &options, ret, err);
}

static bk_status get_values(const bk_host_functions *h, bk_map *request, bk_arena *arena, bk_map *ret, const char **ret_code, bk_err *err) {
    bool all = bk_map_bool(request, "all", false);
    bk_release r = {0};
    BK_TRY(load(h, request, arena, all ? BK_RECORD_COMPUTED : 0, &r, ret_code, err));
    bk_value v = all ? r.computed : r.config;
    if (v.kind != BK_MAP || !v.map) v = bk_map_value(bk_map_new(arena, 0));
    return v.map && bk_map_set(ret, BK_S("values"), v) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status get_manifest(const bk_host_functions *h, bk_map *request, bk_arena *arena, bk_map *ret, const char **ret_code,
                              bk_err *err) {
    bk_release r = {0};
    BK_TRY(load(h, request, arena, 0, &r, ret_code, err));
    return put(ret, "manifest", r.manifest) ? BK_OK : bk_arena_fail(arena, err);
}

/* What is told of a release. */
static bk_status put_release(bk_arena *arena, const bk_release *r, bk_map *to, bk_err *err) {
    bool ok = put(to, "name", r->name) && put(to, "namespace", r->namespace_) && bk_map_set(to, BK_S("revision"), bk_int64(r->version)) &&
              put(to, "status", r->status) && put(to, "description", r->description) && put(to, "firstDeployed", r->first_deployed.text) &&
              put(to, "lastDeployed", r->last_deployed.text) && put(to, "chart", bk_release_metadata(r, "name")) &&
              put(to, "chartVersion", bk_release_metadata(r, "version")) && put(to, "appVersion", bk_release_app_version(r));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status get_release(const bk_host_functions *h, bk_map *request, bk_arena *arena, bk_map *ret, const char **ret_code,
                             bk_err *err) {
    bk_release r = {0};
    BK_TRY(load(h, request, arena, 0, &r, ret_code, err));
    return put_release(arena, &r, ret, err);
}

static bk_status list_releases(const bk_host_functions *h, bk_map *request, bk_arena *arena, bk_map *ret, bk_err *err) {
    const bk_record_options options = {.flags = BK_RECORD_SUMMARY | BK_RECORD_NO_NOTES, .filter = bk_map_str(request, "filter", BK_S(""))};
    bk_releases found = {0};
    bk_store *store;
    bk_items items;
    bk_value list;
    BK_TRY(open_store(h, request, arena, &store, err));
    BK_TRY(bk_store_list(store, true, &options, &found, err));
    bk_items_init(&items, arena);
    for (size_t i = 0; i < found.n; i++) {
        bk_map *m = bk_map_new(arena, 12);
        if (!m) return bk_arena_fail(arena, err);
        BK_TRY(put_release(arena, &found.p[i], m, err));
        bk_items_add(&items, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    return bk_map_set(ret, BK_S("releases"), list) ? BK_OK : bk_arena_fail(arena, err);
}

/* ---- objects ---- */

static bk_status open_lookup(const bk_host_functions *h, bk_arena *arena, bk_kube_lookup **ret, bk_err *err) {
    bk_kube_lookup_options options = {.namespace_ = h->namespace_};
    BK_TRY(h->cluster->open(h->cluster->self, &options.kube, &options.cache, err));
    return bk_kube_lookup_new(arena, &options, ret, err);
}

typedef struct wanted {
    bk_str version, kind, namespace_, name;
} wanted;

/* Without a namespace: the one that the command works in; an empty one means all of them. */
static bk_status read_wanted(const bk_host_functions *h, bk_map *request, wanted *ret, const char **ret_code, bk_err *err) {
    *ret = (wanted){bk_map_str(request, "apiVersion", BK_S("")), bk_map_str(request, "kind", BK_S("")),
                    bk_map_str(request, "namespace", h->namespace_), bk_map_str(request, "name", BK_S(""))};
    return ret->version.n && ret->kind.n ? BK_OK : bad(ret_code, err, "apiVersion and kind say what is looked for");
}

bk_status bk_host_functions_target(const bk_host_functions *h, bk_map *request, bk_arena *arena, bool *ret_list, bk_str *ret_target,
                                   const char **ret_code, bk_err *err) {
    bk_kube_lookup *lookup;
    wanted w;
    if (!h->cluster) return no_cluster(BK_HF_LOOKUP, ret_code, err);
    BK_TRY(read_wanted(h, request, &w, ret_code, err));
    BK_TRY(open_lookup(h, arena, &lookup, err));
    *ret_list = w.name.n == 0;
    return bk_kube_lookup_target(lookup, arena, w.version, w.kind, w.namespace_, w.name, ret_target, err);
}

static bk_status look_up(const bk_host_functions *h, bk_map *request, uint32_t timeout_ms, bk_arena *arena, bk_map *ret,
                         const char **ret_code, bk_err *err) {
    bk_kube_lookup *lookup;
    bk_value v;
    wanted w;
    BK_TRY(read_wanted(h, request, &w, ret_code, err));
    BK_TRY(open_lookup(h, arena, &lookup, err));
    BK_TRY(bk_kube_lookup_get(lookup, arena, w.version, w.kind, w.namespace_, w.name, timeout_ms < REQUEST_MS ? timeout_ms : REQUEST_MS, &v,
                              err));
    return bk_map_set(ret, BK_S("object"), v) ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_host_functions_ask(const bk_host_functions *h, bk_host_function function, bk_map *request, uint32_t timeout_ms,
                                bk_arena *arena, bk_map *ret, const char **ret_code, bk_err *err) {
    if (!h->cluster) return no_cluster(function, ret_code, err);
    switch (function) {
    case BK_HF_GET_VALUES: return get_values(h, request, arena, ret, ret_code, err);
    case BK_HF_GET_MANIFEST: return get_manifest(h, request, arena, ret, ret_code, err);
    case BK_HF_GET_RELEASE: return get_release(h, request, arena, ret, ret_code, err);
    case BK_HF_LIST_RELEASES: return list_releases(h, request, arena, ret, err);
    case BK_HF_LOOKUP: return look_up(h, request, timeout_ms, arena, ret, ret_code, err);
    case BK_HF_RENDER:
    case BK_HF_LOG:
    case BK_HF_COUNT: break;
    }
    return bk_err_internal(err, "a host function that needs no cluster");
}
