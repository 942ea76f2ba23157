/* lookup.c: the effect lookup: what is asked for, asking, and the check of the answer. lookup_judge.c has the rules. */
#include "kube/lookup.h"

#include "guard/handlers.h"
#include "kube/lookup_state.h"
#include "kube/status.h"
#include "value/codec.h"

#define REQUEST_MS 30000u
#define ANSWER_MAX ((size_t)64 << 20)

bk_status bk_kube_lookup_new(bk_arena *arena, const bk_kube_lookup_options *options, bk_kube_lookup **ret, bk_err *err) {
    bk_kube_lookup *l = BK_NEW(arena, bk_kube_lookup);
    if (!l) return bk_arena_fail(arena, err);
    l->options = *options;
    l->arena = arena;
    *ret = l;
    return BK_OK;
}

/* ---- what is asked for ---- */

static bk_status discovery_of(bk_kube_lookup *l, const bk_kube_discovery **ret, bk_err *err) {
    if (l->options.discovery) {
        *ret = l->options.discovery;
        return BK_OK;
    }
    if (!l->discovered) {
        BK_TRY(bk_kube_discover(l->options.kube, l->arena, l->options.cache, &l->discovery, err));
        l->discovered = true;
    }
    *ret = &l->discovery;
    return BK_OK;
}

static bool has_version(const bk_kube_discovery *d, bk_str version) {
    for (size_t i = 0; i < d->version_count; i++)
        if (bk_str_eq(d->versions[i], version)) return true;
    return false;
}

/* Group and version as the client library reads them; both empty for what is none. */
static void split(bk_str api_version, bk_str *group, bk_str *version) {
    *group = BK_S("");
    *version = api_version;
    if (!bk_str_cut(api_version, BK_S("/"), group, version)) {
        *group = BK_S("");
        *version = api_version;
    } else if (bk_str_contains(*version, BK_S("/"))) {
        *group = *version = BK_S("");
    }
}

bk_status bk_kube_wanted_resolve(bk_kube_lookup *l, bk_kube_wanted *w, bk_err *err) {
    const bk_kube_discovery *d;
    bk_str version;
    split(w->api_version, &w->group, &version);
    BK_TRY(discovery_of(l, &d, err));
    w->resource = bk_kube_find_object(d, w->api_version, w->kind);
    w->unknown = !w->resource && !has_version(d, w->api_version);
    if (w->resource && !w->resource->namespaced) w->namespace_ = BK_S("");
    return BK_OK;
}

static bk_status target_of(const bk_kube_wanted *w, bk_arena *arena, bk_str *ret, bk_err *err) {
    bool spaced = !w->resource || w->resource->namespaced;
    bool ok = bk_arena_printf(arena, ret, "%.*s/%.*s%s%.*s%s%.*s", BK_FMT(w->api_version), BK_FMT(w->kind), spaced ? "/" : "",
                              BK_FMT(spaced ? w->namespace_ : BK_S("")), w->name.n ? "/" : "", BK_FMT(w->name));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status read_ask(const bk_ask *ask, bk_kube_wanted *w, bk_err *err) {
    *w = (bk_kube_wanted){0};
    bool ok = bk_arg_text(ask, "apiVersion", &w->api_version) && bk_arg_text(ask, "kind", &w->kind) &&
              bk_arg_text(ask, "namespace", &w->namespace_) && bk_arg_text(ask, "name", &w->name);
    return ok ? BK_OK : bk_arg_fail(ask, err);
}

static bk_status target(void *self, const bk_ask *ask, bk_str *ret, bk_err *err) {
    bk_kube_lookup *l = self;
    l->fetched = false;
    BK_TRY(read_ask(ask, &l->wanted, err));
    BK_TRY(bk_kube_wanted_resolve(l, &l->wanted, err));
    return target_of(&l->wanted, ask->arena, ret, err);
}

/* ---- asking ---- */

static bk_status request_of(bk_arena *arena, const bk_kube_wanted *w, bk_kube_request *ret, bk_err *err) {
    const bk_kube_ref ref = {.resource = w->resource, .namespace_ = w->namespace_, .name = w->name};
    bk_buf path;
    if (w->name.n) return bk_kube_get_request(arena, &ref, ret, err);
    bk_buf_init(&path, arena, 16 << 10);
    BK_TRY(bk_kube_resource_path(&path, w->resource, w->namespace_, BK_S(""), err));
    BK_TRY(bk_buf_check(&path, err));
    *ret = (bk_kube_request){.path = bk_buf_view(&path)};
    return BK_OK;
}

static bk_status other_object(bk_err *err) { return bk_err_set(err, BK_ERR, "the server answered with another object than was asked for"); }

static bool is_from(const bk_kube_wanted *w, bk_value object) {
    return !w->namespace_.n || bk_str_eq(BK_KUBE_TEXT(object, "metadata", "namespace"), w->namespace_);
}

static bool is_wanted(const bk_kube_wanted *w, bk_value object) {
    return bk_str_eq(BK_KUBE_TEXT(object, "kind"), w->kind) && bk_str_eq(BK_KUBE_TEXT(object, "apiVersion"), w->api_version) &&
           bk_str_eq(BK_KUBE_TEXT(object, "metadata", "name"), w->name) && is_from(w, object);
}

/* A list's items do not say what they are; templates see it. */
static bk_status check_list(const bk_kube_wanted *w, bk_value list, bk_err *err) {
    bk_value items = BK_KUBE_FIELD(list, "items");
    if (!bk_str_ends(BK_KUBE_TEXT(list, "kind"), BK_S("List")) || (items.kind != BK_LIST && !bk_is_nil(items))) return other_object(err);
    for (uint32_t i = 0; items.kind == BK_LIST && i < items.len; i++) {
        bk_value o = items.items[i];
        if (o.kind != BK_MAP || !is_from(w, o)) return other_object(err);
        if (bk_map_get(o.map, BK_S("kind")) || bk_map_get(o.map, BK_S("apiVersion"))) continue;
        if (!bk_map_set(o.map, BK_S("kind"), bk_string(w->kind)) || !bk_map_set(o.map, BK_S("apiVersion"), bk_string(w->api_version)))
            return bk_err_nomem(err);
    }
    return BK_OK;
}

static bk_status unknown_kind(const bk_kube_wanted *w, bk_err *err) {
    bk_str group, version;
    split(w->api_version, &group, &version);
    return bk_err_set(err, BK_ERR,
                      "unable to get apiresource from unstructured: %.*s/%.*s, Kind=%.*s: the server could not find the requested resource",
                      BK_FMT(group), BK_FMT(version), BK_FMT(w->kind));
}

static bk_status empty(bk_arena *arena, bk_value *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 0);
    if (!m) return bk_arena_fail(arena, err);
    *ret = bk_map_value(m);
    return BK_OK;
}

bk_status bk_kube_wanted_fetch(bk_kube_lookup *l, bk_arena *arena, const bk_kube_wanted *w, uint32_t time_ms, bk_kube_found *ret,
                               bk_err *err) {
    bk_kube_request request;
    bk_kube_answer answer = {0};
    *ret = (bk_kube_found){.absent = true};
    BK_TRY(empty(arena, &ret->value, err));
    if (w->unknown) return unknown_kind(w, err);
    /* A kind that this version does not have, or an object in no namespace of one that needs one: there is none. */
    if (!w->resource || (w->name.n && w->resource->namespaced && !w->namespace_.n)) return BK_OK;
    BK_TRY(request_of(arena, w, &request, err));
    request.cap = ANSWER_MAX;
    request.time_ms = time_ms < REQUEST_MS ? time_ms : REQUEST_MS;
    bk_status s = bk_kube_do(l->options.kube, arena, &request, &answer, err);
    if (s != BK_OK && answer.status == 404) {
        bk_err_release(err);
        return BK_OK;
    }
    ret->absent = false;
    BK_TRY(s);
    BK_TRY(bk_kube_json(arena, &answer, &ret->value, err));
    if (!w->name.n) return check_list(w, ret->value, err);
    return is_wanted(w, ret->value) ? BK_OK : other_object(err);
}

static uint32_t time_left(void) {
    uint32_t ms = bk_sandbox_time_left();
    return ms ? ms : 1;
}

static bk_verdict judge(void *self, const bk_ask *ask, const char **ret_rule) {
    bk_kube_lookup *l = self;
    return bk_kube_lookup_judge(l, ask, &l->wanted, time_left(), ret_rule);
}

/* The guard has decided. What the decision itself had to find out is not asked for twice. */
static bk_status perform(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    bk_kube_lookup *l = self;
    bk_kube_found found = {0};
    if (l->fetched) {
        l->fetched = false;
        if (l->failed != BK_OK) return bk_err_set_str(err, l->failed, l->failure);
        found.value = l->value;
    } else {
        BK_TRY(bk_kube_wanted_fetch(l, ask->arena, &l->wanted, time_left(), &found, err));
    }
    return bk_codec_encode(answer, found.value, err);
}

void bk_kube_lookup_register(bk_kube_lookup *lookup, bk_guard *guard) {
    const bk_handler handler = {.self = lookup, .target = target, .judge = judge, .perform = perform};
    bk_guard_register(guard, BK_FX_LOOKUP, &handler);
}

/* ---- from elsewhere ---- */

static bk_kube_wanted wanted_of(bk_str api_version, bk_str kind, bk_str namespace_, bk_str name) {
    return (bk_kube_wanted){.api_version = api_version, .kind = kind, .namespace_ = namespace_, .name = name};
}

bk_status bk_kube_lookup_target(bk_kube_lookup *lookup, bk_arena *arena, bk_str api_version, bk_str kind, bk_str namespace_, bk_str name,
                                bk_str *ret, bk_err *err) {
    bk_kube_wanted w = wanted_of(api_version, kind, namespace_, name);
    BK_TRY(bk_kube_wanted_resolve(lookup, &w, err));
    return target_of(&w, arena, ret, err);
}

bk_status bk_kube_lookup_get(bk_kube_lookup *lookup, bk_arena *arena, bk_str api_version, bk_str kind, bk_str namespace_, bk_str name,
                             uint32_t time_ms, bk_value *ret, bk_err *err) {
    bk_kube_wanted w = wanted_of(api_version, kind, namespace_, name);
    bk_kube_found found = {0};
    BK_TRY(bk_kube_wanted_resolve(lookup, &w, err));
    BK_TRY(bk_kube_wanted_fetch(lookup, arena, &w, time_ms, &found, err));
    *ret = found.value;
    return BK_OK;
}
