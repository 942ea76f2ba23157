#include "action/host_functions.h"

#include "base/base64.h"

/* ---- helm_render ---- */

static bk_map *map_of(bk_map *m, const char *key) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_MAP ? v->map : NULL;
}

static bk_status bad(const char **ret_code, bk_err *err, const char *text) {
    *ret_code = "bad-request";
    return bk_err_set(err, BK_ERR, "%s", text);
}

static bk_status chart_of(bk_arena *arena, bk_map *request, bk_str *ret, const char **ret_code, bk_err *err) {
    bk_map *files = map_of(request, "files");
    bk_str archive = bk_map_str(request, "archive", BK_S(""));
    if ((files != NULL) == (archive.n != 0)) return bad(ret_code, err, "a chart is either files or archive");
    *ret_code = "bad-request";
    if (files) BK_TRY(bk_host_functions_pack(arena, files, ret, err));
    else BK_TRY(bk_base64_decode(arena, archive, ret, err));
    *ret_code = "failed";
    return BK_OK;
}

static bk_status versions_of(bk_arena *arena, bk_map *request, bk_render_options *o, const char **ret_code, bk_err *err) {
    bk_value *list = bk_map_get(request, BK_S("apiVersions"));
    if (!list || bk_is_nil(*list)) return BK_OK;
    if (list->kind != BK_LIST) return bad(ret_code, err, "apiVersions is no list");
    bk_str *items = BK_NEW_ARRAY(arena, bk_str, (size_t)list->len + 1);
    if (!items) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < list->len; i++) {
        if (!bk_is_string(list->items[i])) return bad(ret_code, err, "apiVersions holds something else than texts");
        items[i] = bk_value_str(list->items[i]);
    }
    o->api_versions = items;
    o->api_version_count = list->len;
    return BK_OK;
}

static const char *class_of(bk_manifest_kind kind) {
    return kind == BK_MANIFEST_CRD ? "crd" : kind == BK_MANIFEST_HOOK ? "hook" : "manifest";
}

static bk_status put_manifests(bk_arena *arena, const bk_rendered *rendered, bk_map *ret, bk_err *err) {
    bk_items items;
    bk_value list;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < rendered->count; i++) {
        const bk_manifest *m = &rendered->manifests[i];
        bk_map *one = bk_map_new(arena, 6);
        bool ok = one && bk_map_set(one, BK_S("path"), bk_string(m->path)) &&
                  bk_map_set(one, BK_S("class"), bk_string(bk_str_c(class_of(m->kind)))) &&
                  bk_map_set(one, BK_S("kind"), bk_string(m->object_kind)) &&
                  bk_map_set(one, BK_S("apiVersion"), bk_string(m->api_version)) && bk_map_set(one, BK_S("content"), bk_string(m->body));
        if (!ok) return bk_arena_fail(arena, err);
        bk_items_add(&items, bk_map_value(one));
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    bool ok = bk_map_set(ret, BK_S("manifests"), list) && bk_map_set(ret, BK_S("notes"), bk_string(rendered->notes));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status render(const bk_host_functions *h, bk_map *request, uint32_t timeout_ms, bk_arena *arena, bk_map *ret,
                        const char **ret_code, bk_err *err) {
    bk_map *values = map_of(request, "values");
    bk_rendered rendered = {0};
    bk_render_options o = {.release = bk_map_str(request, "release", BK_S("release-name")),
                           .namespace_ = bk_map_str(request, "namespace", h->namespace_),
                           .kube_version = bk_map_str(request, "kubeVersion", BK_S("")),
                           .is_upgrade = bk_map_bool(request, "isUpgrade", false),
                           .include_crds = bk_map_bool(request, "includeCRDs", false),
                           .limits = h->limits,
                           .guard = h->guard};
    if (!values) values = bk_map_new(arena, 0);
    if (!values) return bk_arena_fail(arena, err);
    o.values = bk_map_value(values);
    o.limits.who = "chart";
    if (!o.limits.wall_ms) o.limits.wall_ms = o.limits.time_ms ? o.limits.time_ms : BK_SANDBOX_WALL_MS;
    if (!o.limits.time_ms) o.limits.time_ms = BK_SANDBOX_TIME_MS;
    if (timeout_ms < o.limits.wall_ms) o.limits.wall_ms = timeout_ms ? timeout_ms : 1;
    BK_TRY(versions_of(arena, request, &o, ret_code, err));
    BK_TRY(chart_of(arena, request, &o.archive, ret_code, err));
    BK_TRY(bk_render(arena, &o, &rendered, err));
    return put_manifests(arena, &rendered, ret, err);
}

/* ---- the release at hand ---- */

/* The request speaks of the release that is being worked on. */
static bool is_ours(const bk_host_functions *h, bk_map *request) {
    if (!h->release) return false;
    bk_str name = bk_map_str(request, "release", h->release->release), ns = bk_map_str(request, "namespace", h->release->namespace_);
    return bk_str_eq(name, h->release->release) && bk_str_eq(ns, h->release->namespace_) && !bk_map_get(request, BK_S("revision"));
}

static bk_status get_values(const bk_host_functions *h, bk_map *request, bk_arena *arena, bk_map *ret, const char **ret_code, bk_err *err) {
    bk_value v = bk_nil();
    if (bk_map_bool(request, "all", false)) {
        *ret_code = "unavailable";
        return bk_err_set(err, BK_ERR, "the chart's own values are not known here: leave \"all\" out");
    }
    BK_TRY(bk_deep_copy(arena, h->release->values, &v, err));
    if (bk_is_nil(v)) v = bk_map_value(bk_map_new(arena, 0));
    return bk_map_set(ret, BK_S("values"), v) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status get_release(const bk_host_functions *h, bk_arena *arena, bk_map *ret, bk_err *err) {
    const bk_render_options *r = h->release;
    bool ok = bk_map_set(ret, BK_S("name"), bk_string(r->release)) && bk_map_set(ret, BK_S("namespace"), bk_string(r->namespace_)) &&
              bk_map_set(ret, BK_S("status"), bk_string(BK_S("rendering"))) && bk_map_set(ret, BK_S("isUpgrade"), bk_bool(r->is_upgrade));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status serve(void *self, bk_host_function function, bk_map *request, uint32_t timeout_ms, bk_arena *arena, bk_map *ret,
                       const char **ret_code, bk_err *err) {
    const bk_host_functions *h = self;
    if (function == BK_HF_RENDER) return render(h, request, timeout_ms, arena, ret, ret_code, err);
    if (function == BK_HF_GET_VALUES && is_ours(h, request)) return get_values(h, request, arena, ret, ret_code, err);
    if (function == BK_HF_GET_RELEASE && is_ours(h, request)) return get_release(h, arena, ret, err);
    return bk_host_functions_ask(h, function, request, timeout_ms, arena, ret, ret_code, err);
}

static bk_status target(void *self, bk_map *request, bk_arena *arena, bool *ret_list, bk_str *ret_target, const char **ret_code,
                        bk_err *err) {
    return bk_host_functions_target(self, request, arena, ret_list, ret_target, ret_code, err);
}

bk_plugin_services bk_host_functions_services(bk_host_functions *functions) { return (bk_plugin_services){functions, serve, target}; }
