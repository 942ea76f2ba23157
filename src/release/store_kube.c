/* Records in the cluster: Secrets and ConfigMaps. */
#include "base/base64.h"
#include "base/num.h"
#include "data/json.h"
#include "kube/proto.h"
#include "kube/version.h"
#include "release/store_state.h"

static const bk_str all_verbs[] = {{"create", 6}, {"delete", 6}, {"get", 3}, {"list", 4}, {"patch", 5}, {"update", 6}};
static const bk_kube_resource resources[] = {
    [BK_DRIVER_SECRET] = {.version = {"v1", 2},
                          .kind = {"Secret", 6},
                          .plural = {"secrets", 7},
                          .namespaced = true,
                          .preferred = true,
                          .verbs = all_verbs,
                          .verb_count = BK_COUNT(all_verbs)},
    [BK_DRIVER_CONFIGMAP] = {.version = {"v1", 2},
                             .kind = {"ConfigMap", 9},
                             .plural = {"configmaps", 10},
                             .namespaced = true,
                             .preferred = true,
                             .verbs = all_verbs,
                             .verb_count = BK_COUNT(all_verbs)},
};

const bk_kube_resource *bk_store_resource(const bk_store *store) {
    return &resources[store->driver == BK_DRIVER_CONFIGMAP ? BK_DRIVER_CONFIGMAP : BK_DRIVER_SECRET];
}

bk_status bk_store_key(bk_arena *arena, bk_str name, int64_t version, bk_str *ret, bk_err *err) {
    return bk_arena_printf(arena, ret, "sh.helm.release.v1.%.*s.v%lld", BK_FMT(name), (long long)version) ? BK_OK
                                                                                                          : bk_arena_fail(arena, err);
}

/* ---- objects ---- */

static bk_map *map_in(bk_map *m, const char *key) {
    const bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_MAP ? v->map : NULL;
}

bool bk_store_entry(const bk_store *store, bk_value object, bk_entry *ret) {
    if (object.kind != BK_MAP) return false;
    bk_map *meta = map_in(object.map, "metadata"), *annotations = map_in(meta, "annotations");
    const bk_value *text = bk_map_get(map_in(object.map, "data"), BK_S("release"));
    bk_str version;
    *ret = (bk_entry){.key = bk_map_str(meta, "name", BK_S("")),
                      .namespace_ = bk_map_str(meta, "namespace", BK_S("")),
                      .labels = map_in(meta, "labels"),
                      .uid = bk_map_str(meta, "uid", BK_S("")),
                      .resource_version = bk_map_str(meta, "resourceVersion", BK_S("")),
                      .created = bk_map_str(meta, "creationTimestamp", BK_S("")),
                      .type = bk_map_str(object.map, "type", BK_S("")),
                      .lease = {bk_map_str(annotations, BK_STORE_HOLDER, BK_S("")), bk_map_str(annotations, BK_STORE_LEASE, BK_S(""))},
                      .record = {.text = text && text->kind == BK_STRING ? bk_value_str(*text) : BK_S(""),
                                 .wrapped = store->driver == BK_DRIVER_SECRET && text && text->type == BK_T_STRING}};
    /* A chart's object that looks like a record is none: records carry no marks of a release. */
    if (bk_map_get(annotations, BK_S(BK_STORE_MARK))) return false;
    ret->name = bk_map_str(ret->labels, "name", BK_S(""));
    ret->status = bk_map_str(ret->labels, "status", BK_S(""));
    version = bk_map_str(ret->labels, "version", BK_S(""));
    if (bk_parse_int(version, 10, &ret->version) == BK_NUM_OK) return ret->key.n > 0;
    /* Without that label the name tells. */
    size_t at = bk_str_rfind(ret->key, BK_S(".v"));
    if (at == BK_NPOS || bk_parse_int(bk_str_from(ret->key, at + 2), 10, &ret->version) != BK_NUM_OK) ret->version = 0;
    return ret->key.n > 0;
}

static bool keep_labels(bk_arena *arena, bk_map **labels) {
    bk_map *copy = bk_map_new(arena, bk_map_len(*labels));
    bool ok = copy != NULL;
    for (size_t i = 0; ok && i < bk_map_len(*labels); i++) {
        const bk_map_entry *e = bk_map_at(*labels, i);
        bk_str key, value;
        if (!bk_is_string(e->value)) continue;
        ok = bk_arena_dup(arena, e->key, &key) && bk_arena_dup(arena, bk_value_str(e->value), &value) &&
             bk_map_set(copy, key, bk_string(value));
    }
    *labels = copy;
    return ok;
}

bk_status bk_store_entry_keep(bk_arena *arena, bk_entry *e, bk_err *err) {
    bk_str *texts[] = {&e->key,     &e->name, &e->namespace_,   &e->status,     &e->uid, &e->resource_version,
                       &e->created, &e->type, &e->lease.holder, &e->lease.until};
    bool ok = keep_labels(arena, &e->labels);
    for (size_t i = 0; ok && i < BK_COUNT(texts); i++) ok = bk_arena_dup(arena, *texts[i], texts[i]);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

void bk_store_entry_fill(const bk_entry *e, bk_release *ret) {
    ret->labels = e->labels;
    ret->uid = e->uid;
    ret->resource_version = e->resource_version;
    ret->created = e->created;
    ret->lease = e->lease;
    if (e->version) ret->version = e->version;
    if (e->namespace_.n) ret->namespace_ = e->namespace_;
}

/* ---- reading ---- */

bool bk_store_unreachable(bk_store *store, const bk_kube_answer *answer, bk_err *err) {
    bk_kube_version version;
    bk_err why = BK_ERR_INIT;
    bool refused = answer->status >= 400 && answer->details.kind == BK_MAP; /* by an API server, which says why */
    if (answer->status == 401) bk_err_replace(err, BK_S("the server has asked for the client to provide credentials"));
    bool ours = bk_str_contains(bk_err_message(err), BK_S(": getting credentials: ")); /* who would have to run once more */
    if (answer->status == 401 || (!answer->status && (ours || err->code == BK_ERR_TIMEOUT))) {
        bk_err_wrap(err, "kubernetes cluster unreachable");
        return true;
    }
    bool given_up = bk_str_eq(bk_err_message(err), BK_S("context canceled")); /* by ourselves */
    if (refused || given_up || err->code == BK_ERR_LIMIT || err->code == BK_ERR_NOMEM ||
        bk_kube_version_get(store->options.kube, store->arena, &version, &why) == BK_OK)
        return false;
    bk_err_release(err);
    bk_err_move(err, &why);
    return true;
}

static bk_status list_failed(bk_store *store, const bk_kube_answer *answer, bool by_name, bk_err *err) {
    if (bk_store_unreachable(store, answer, err)) return err->code;
    if (store->driver == BK_DRIVER_CONFIGMAP) return err->code;
    return bk_err_wrap(err, by_name ? "query: failed to query with labels" : "list: failed to list");
}

bk_status bk_store_page_request(bk_store *store, bk_arena *arena, const bk_store_page *page, bk_kube_request *ret, bk_err *err) {
    bk_buf path, query;
    char limit[BK_INT_TEXT];
    bk_buf_init(&path, arena, 16 << 10);
    bk_buf_init(&query, arena, 64 << 10);
    BK_TRY(bk_kube_resource_path(&path, bk_store_resource(store), store->options.namespace_, BK_S(""), err));
    bk_kube_query(&query, "labelSelector", page->selector);
    if (page->limit) bk_kube_query(&query, "limit", bk_str_of(limit, bk_format_uint(page->limit, limit)));
    if (page->next.n) bk_kube_query(&query, "continue", page->next);
    if (page->at.n) {
        bk_kube_query(&query, "resourceVersion", page->at);
        bk_kube_query(&query, "resourceVersionMatch", BK_S("Exact"));
    }
    BK_TRY(bk_buf_check(&query, err));
    *ret = (bk_kube_request){.path = bk_buf_view(&path),
                             .query = bk_buf_view(&query),
                             .idle_ms = BK_KUBE_REACH_MS,
                             .accept = page->metadata ? BK_S(BK_KUBE_ACCEPT_METADATA) : BK_S(BK_KUBE_ACCEPT_WHOLE)};
    return BK_OK;
}

bk_status bk_store_page_read(bk_store *store, bk_arena *arena, bk_store_page *page, bk_status s, const bk_kube_answer *answer,
                             bk_value *ret_items, bk_err *err) {
    bk_value v;
    page->restart = false;
    bk_store_heard(store, answer);
    if (s != BK_OK && answer->status == 410) {
        page->restart = true;
        return s;
    }
    if (s != BK_OK) return err->code == BK_ERR_LIMIT ? s : list_failed(store, answer, bk_str_starts(page->selector, BK_S("name=")), err);
    if (bk_kube_object_read(arena, answer, &v, err) != BK_OK) {
        bk_store_unreachable(store, answer, err);
        return err->code;
    }
    const bk_value *items = bk_map_get(v.map, BK_S("items"));
    bk_map *meta = map_in(v.map, "metadata");
    if (!bk_arena_dup(store->arena, bk_map_str(meta, "continue", BK_S("")), &page->next) ||
        !bk_arena_dup(store->arena, bk_map_str(meta, "resourceVersion", BK_S("")), &page->version))
        return bk_arena_fail(store->arena, err);
    *ret_items = items && items->kind == BK_LIST ? *items : bk_list(NULL, 0);
    return BK_OK;
}

bk_status bk_store_next_page(bk_store *store, bk_arena *arena, bk_store_page *page, bk_value *ret_items, bk_err *err) {
    bk_kube_answer answer = {0};
    bk_kube_request request;
    BK_TRY(bk_store_page_request(store, arena, page, &request, err));
    bk_status s = bk_kube_do(store->options.kube, arena, &request, &answer, err);
    return bk_store_page_read(store, arena, page, s, &answer, ret_items, err);
}

/* ---- writing ---- */

/* The labels that a record gets, with Helm's precedence. */
static bk_status put_labels(bk_store *store, const bk_release *r, bool create, bk_map **ret, bk_err *err) {
    bk_map *m = *ret = bk_map_new(store->arena, 8);
    bk_str now, version;
    bool ok = m && bk_arena_printf(store->arena, &now, "%lld", (long long)bk_store_server_now(store)) &&
              bk_arena_printf(store->arena, &version, "%lld", (long long)r->version) &&
              bk_map_set(m, create ? BK_S("createdAt") : BK_S("modifiedAt"), bk_string(now));
    for (size_t i = 0; ok && i < bk_map_len(r->labels); i++)
        ok = bk_map_set(m, bk_map_at(r->labels, i)->key, bk_map_at(r->labels, i)->value);
    ok = ok && bk_map_set(m, BK_S("name"), bk_string(r->name)) && bk_map_set(m, BK_S("owner"), bk_string(BK_S("helm"))) &&
         bk_map_set(m, BK_S("status"), bk_string(r->status)) && bk_map_set(m, BK_S("version"), bk_string(version));
    return ok ? BK_OK : bk_arena_fail(store->arena, err);
}

static bk_status put_lease(bk_store *store, bk_map *meta, bk_err *err) {
    bk_map *m = bk_map_new(store->arena, 2);
    bk_str until;
    bool ok = m && bk_store_time_text(store->arena, bk_store_server_now(store) + BK_STORE_LEASE_S, &until) &&
              bk_map_set(m, BK_S(BK_STORE_HOLDER), bk_string(store->holder)) && bk_map_set(m, BK_S(BK_STORE_LEASE), bk_string(until)) &&
              bk_map_set(meta, BK_S("annotations"), bk_map_value(m));
    return ok ? BK_OK : bk_arena_fail(store->arena, err);
}

static bk_status data_of(bk_store *store, bk_str text, bk_map *object, bk_err *err) {
    bk_map *data = bk_map_new(store->arena, 1);
    bk_buf b;
    if (store->driver == BK_DRIVER_SECRET) {
        bk_buf_init(&b, store->arena, 0);
        bk_base64_encode(&b, text);
        BK_TRY(bk_buf_check(&b, err));
        text = bk_buf_take(&b);
    }
    bool ok = data && bk_map_set(data, BK_S("release"), bk_string(text)) && bk_map_set(object, BK_S("data"), bk_map_value(data));
    return ok ? BK_OK : bk_arena_fail(store->arena, err);
}

static bk_status body_of(bk_store *store, const bk_release *r, bk_str key, bool create, bool lease, bk_str *ret, bk_err *err) {
    bk_map *object = bk_map_new(store->arena, 5), *meta = bk_map_new(store->arena, 5), *labels;
    bk_str text;
    bk_buf b;
    BK_TRY(bk_record_write(store->arena, r, create ? BK_RECORD_MAX - BK_RECORD_ROOM : BK_RECORD_MAX, &text, err));
    BK_TRY(put_labels(store, r, create, &labels, err));
    bool ok = object && meta && bk_map_set(object, BK_S("apiVersion"), bk_string(BK_S("v1"))) &&
              bk_map_set(object, BK_S("kind"), bk_string(bk_store_resource(store)->kind)) &&
              bk_map_set(object, BK_S("metadata"), bk_map_value(meta)) && bk_map_set(meta, BK_S("name"), bk_string(key)) &&
              bk_map_set(meta, BK_S("labels"), bk_map_value(labels));
    if (ok && !create && r->resource_version.n) ok = bk_map_set(meta, BK_S("resourceVersion"), bk_string(r->resource_version));
    if (ok && store->driver == BK_DRIVER_SECRET) ok = bk_map_set(object, BK_S("type"), bk_string(BK_S("helm.sh/release.v1")));
    if (!ok) return bk_arena_fail(store->arena, err);
    if (lease) BK_TRY(put_lease(store, meta, err));
    BK_TRY(data_of(store, text, object, err));
    bk_buf_init(&b, store->arena, 0);
    BK_TRY(bk_json_encode(&b, store->arena, bk_map_value(object), 0, err));
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

bk_status bk_store_write_request(bk_store *store, const bk_release *r, bool create, bool keep_lease, bk_kube_request *ret, bk_err *err) {
    bk_kube_ref ref = {.resource = bk_store_resource(store), .namespace_ = r->namespace_};
    bk_str body;
    bool lease = keep_lease || (create && bk_status_is_pending(r->status));
    if (!ref.namespace_.n) ref.namespace_ = store->options.namespace_;
    BK_TRY(bk_store_key(store->arena, r->name, r->version, &ref.name, err));
    if (body_of(store, r, ref.name, create, lease, &body, err) != BK_OK)
        return err->code == BK_ERR_LIMIT
                   ? err->code
                   : bk_err_wrap(err, "%s: failed to encode release \"%.*s\"", create ? "create" : "update", BK_FMT(r->name));
    if (lease) store->written_at = bk_store_ticks();
    return create ? bk_kube_create_request(store->arena, &ref, body, NULL, ret, err)
                  : bk_kube_replace_request(store->arena, &ref, body, NULL, ret, err);
}

/* What the server made of the object. */
static bk_status take_answer(bk_store *store, bk_release *release, const bk_kube_answer *answer, bk_err *err) {
    bk_value v;
    bk_entry e;
    BK_TRY(bk_kube_json(store->arena, answer, &v, err));
    if (!bk_store_entry(store, v, &e)) return bk_err_set(err, BK_ERR, "the server's answer has no name");
    release->uid = e.uid;
    release->resource_version = e.resource_version;
    release->created = e.created;
    release->lease = e.lease;
    return BK_OK;
}

bk_status bk_store_written(bk_store *store, bk_release *release, bool create, bk_status status, const bk_kube_answer *answer, bk_err *err) {
    bk_store_heard(store, answer);
    if (status == BK_OK) return take_answer(store, release, answer, err);
    if (create && bk_str_eq(answer->reason, BK_S("AlreadyExists"))) return bk_err_replace(err, BK_S(BK_STORE_EXISTS));
    if (!create && bk_str_eq(answer->reason, BK_S("Conflict"))) return bk_err_replace(err, BK_S(BK_STORE_CONFLICT));
    if (!answer->status && create) return bk_err_wrap(err, "create: failed to create");
    return bk_err_wrap(err, create ? "create: failed to create" : "update: failed to update");
}

bk_status bk_store_renew(bk_store *store, bk_release *release, bk_err *err) {
    bk_kube_ref ref = {.resource = bk_store_resource(store), .namespace_ = release->namespace_};
    bk_map *object = bk_map_new(store->arena, 1), *meta = bk_map_new(store->arena, 2);
    bk_kube_request request;
    bk_kube_answer answer = {0};
    bk_buf body;
    if (store->driver == BK_DRIVER_MEMORY || !release->resource_version.n || bk_store_ticks() - store->written_at < BK_STORE_RENEW_S)
        return BK_OK;
    bool ok = object && meta && bk_map_set(object, BK_S("metadata"), bk_map_value(meta)) &&
              bk_map_set(meta, BK_S("resourceVersion"), bk_string(release->resource_version));
    if (!ok) return bk_arena_fail(store->arena, err);
    BK_TRY(put_lease(store, meta, err));
    BK_TRY(bk_store_key(store->arena, release->name, release->version, &ref.name, err));
    bk_buf_init(&body, store->arena, 0);
    BK_TRY(bk_json_encode(&body, store->arena, bk_map_value(object), 0, err));
    BK_TRY(bk_kube_patch_request(store->arena, &ref, BK_KUBE_MERGE, bk_buf_take(&body), NULL, &request, err));
    store->written_at = bk_store_ticks();
    return bk_store_written(store, release, false, bk_kube_do(store->options.kube, store->arena, &request, &answer, err), &answer, err);
}
