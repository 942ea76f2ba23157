#include "kube/objects.h"

#include "base/num.h"
#include "data/json.h"

#define PAGE 500u
#define MOST ((size_t)1000000)

static bk_status path_of(bk_arena *arena, const bk_kube_ref *ref, bool object, bk_str *ret, bk_err *err) {
    bk_buf path;
    if (object && !ref->name.n) return bk_err_set(err, BK_ERR, "resource name may not be empty");
    bk_buf_init(&path, arena, 16 << 10);
    BK_TRY(bk_kube_resource_path(&path, ref->resource, ref->namespace_, object ? ref->name : BK_S(""), err));
    *ret = bk_buf_view(&path);
    return BK_OK;
}

static bk_status query_of(bk_arena *arena, const bk_kube_write *w, bool apply, bk_str *ret, bk_err *err) {
    bk_buf query;
    *ret = BK_S("");
    if (!w) return BK_OK;
    bk_buf_init(&query, arena, 4096);
    if (w->dry_run) bk_kube_query(&query, "dryRun", BK_S("All"));
    if (w->manager.n) bk_kube_query(&query, "fieldManager", w->manager);
    if (w->validation) bk_kube_query(&query, "fieldValidation", bk_str_c(w->validation));
    if (apply && (w->force || w->says_force)) bk_kube_query(&query, "force", w->force ? BK_S("true") : BK_S("false"));
    *ret = bk_buf_view(&query);
    return bk_buf_check(&query, err);
}

bk_status bk_kube_get_request(bk_arena *arena, const bk_kube_ref *ref, bk_kube_request *ret, bk_err *err) {
    *ret = (bk_kube_request){.method = BK_S("GET")};
    return path_of(arena, ref, true, &ret->path, err);
}

static bk_status change(bk_arena *arena, const bk_kube_ref *ref, bool object, const bk_kube_write *w, bool apply, bk_kube_request *ret,
                        bk_err *err) {
    BK_TRY(path_of(arena, ref, object, &ret->path, err));
    return query_of(arena, w, apply, &ret->query, err);
}

bk_status bk_kube_create_request(bk_arena *arena, const bk_kube_ref *ref, bk_str body, const bk_kube_write *write, bk_kube_request *ret,
                                 bk_err *err) {
    *ret = (bk_kube_request){.method = BK_S("POST"), .body = body};
    return change(arena, ref, false, write, false, ret, err);
}

bk_status bk_kube_replace_request(bk_arena *arena, const bk_kube_ref *ref, bk_str body, const bk_kube_write *write, bk_kube_request *ret,
                                  bk_err *err) {
    *ret = (bk_kube_request){.method = BK_S("PUT"), .body = body};
    return change(arena, ref, true, write, false, ret, err);
}

bk_status bk_kube_patch_request(bk_arena *arena, const bk_kube_ref *ref, bk_kube_patch kind, bk_str body, const bk_kube_write *write,
                                bk_kube_request *ret, bk_err *err) {
    static const char *const types[] = {
        [BK_KUBE_APPLY] = "application/apply-patch+yaml",
        [BK_KUBE_STRATEGIC] = "application/strategic-merge-patch+json",
        [BK_KUBE_MERGE] = "application/merge-patch+json",
        [BK_KUBE_JSON] = "application/json-patch+json",
    };
    /* A JSON patch names places, the others what is to be: that may be said twice. */
    *ret =
        (bk_kube_request){.method = BK_S("PATCH"), .body = body, .content_type = bk_str_c(types[kind]), .repeatable = kind != BK_KUBE_JSON};
    return change(arena, ref, true, write, kind == BK_KUBE_APPLY, ret, err);
}

static bool set(bk_map *m, const char *key, bk_str s) { return s.n == 0 || bk_map_set(m, bk_str_c(key), bk_string(s)); }

bk_status bk_kube_delete_request(bk_arena *arena, const bk_kube_ref *ref, const bk_kube_delete *how, bk_kube_request *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 4), *conditions = bk_map_new(arena, 2);
    bk_buf body;
    if (!m || !conditions) return bk_arena_fail(arena, err);
    bool ok = set(m, "kind", BK_S("DeleteOptions")) && set(m, "apiVersion", BK_S("v1"));
    if (how) {
        ok = ok && set(m, "propagationPolicy", how->propagation) && set(conditions, "uid", how->uid) &&
             set(conditions, "resourceVersion", how->resource_version);
        if (bk_map_len(conditions)) ok = ok && bk_map_set(m, BK_S("preconditions"), bk_map_value(conditions));
        const bk_value all = bk_string(BK_S("All"));
        bk_value *list = BK_NEW_ARRAY(arena, bk_value, 1);
        if (list) *list = all;
        if (how->dry_run) ok = ok && list && bk_map_set(m, BK_S("dryRun"), bk_list(list, 1));
    }
    if (!ok) return bk_arena_fail(arena, err);
    bk_buf_init(&body, arena, 16 << 10);
    BK_TRY(bk_json_encode(&body, arena, bk_map_value(m), 0, err));
    BK_TRY(bk_buf_check(&body, err));
    *ret = (bk_kube_request){.method = BK_S("DELETE"), .body = bk_buf_view(&body), .repeatable = true};
    return path_of(arena, ref, true, &ret->path, err);
}

bk_status bk_kube_log_request(bk_arena *arena, bk_str namespace_, bk_str pod, const bk_kube_log *how, bk_kube_request *ret, bk_err *err) {
    bk_buf path, query;
    char tail[24];
    bk_buf_init(&path, arena, 16 << 10);
    bk_buf_init(&query, arena, 4096);
    bk_buf_c(&path, "/api/v1/namespaces");
    BK_TRY(bk_kube_path(&path, namespace_, err));
    bk_buf_c(&path, "/pods");
    BK_TRY(bk_kube_path(&path, pod, err));
    bk_buf_c(&path, "/log");
    if (how && how->container.n) bk_kube_query(&query, "container", how->container);
    if (how && how->follow) bk_kube_query(&query, "follow", BK_S("true"));
    if (how && how->previous) bk_kube_query(&query, "previous", BK_S("true"));
    if (how && how->timestamps) bk_kube_query(&query, "timestamps", BK_S("true"));
    if (how && how->tail > 0) bk_kube_query(&query, "tailLines", bk_str_of(tail, bk_format_int(how->tail, tail)));
    BK_TRY(bk_buf_check(&path, err));
    BK_TRY(bk_buf_check(&query, err));
    *ret = (bk_kube_request){
        .method = BK_S("GET"), .path = bk_buf_view(&path), .query = bk_buf_view(&query), .accept = BK_S("text/plain, */*")};
    return BK_OK;
}

/* ---- collections ---- */

typedef struct paging {
    bk_kube *kube;
    bk_arena *arena;
    const bk_kube_selection *selection;
    bk_str path, token; /* `token`: where to go on; empty: from the beginning, and in the end */
    bool whole;         /* in one piece */
    bk_items items;
} paging;

static bk_status page_query(const paging *p, bk_buf *query, bk_err *err) {
    char limit[24];
    unsigned page = p->selection && p->selection->page ? p->selection->page : PAGE;
    if (p->selection && p->selection->labels.n) bk_kube_query(query, "labelSelector", p->selection->labels);
    if (p->selection && p->selection->fields.n) bk_kube_query(query, "fieldSelector", p->selection->fields);
    if (!p->whole) bk_kube_query(query, "limit", bk_str_of(limit, bk_format_uint(page, limit)));
    if (p->token.n) bk_kube_query(query, "continue", p->token);
    return bk_buf_check(query, err);
}

static bk_status take_page(paging *p, const bk_kube_answer *answer, bk_err *err) {
    bk_value v = bk_nil();
    BK_TRY(bk_kube_json(p->arena, answer, &v, err));
    bk_value *items = bk_map_get(v.map, BK_S("items")), *meta = bk_map_get(v.map, BK_S("metadata"));
    size_t most = p->selection && p->selection->most ? p->selection->most : MOST;
    p->token = meta && meta->kind == BK_MAP ? bk_map_str(meta->map, "continue", BK_S("")) : BK_S("");
    if (items && items->kind != BK_LIST && !bk_is_nil(*items))
        return bk_err_set(err, BK_ERR, "the server's answer is malformed: items is no list");
    for (uint32_t i = 0; items && items->kind == BK_LIST && i < items->len; i++) {
        if (items->items[i].kind != BK_MAP) return bk_err_set(err, BK_ERR, "the server's answer is malformed: an item is no object");
        if (p->items.n >= most) return bk_err_limit(err, "objects of a collection", most);
        bk_items_add(&p->items, items->items[i]);
    }
    return BK_OK;
}

static bk_status next_page(paging *p, bk_err *err) {
    bk_buf query;
    bk_kube_answer answer;
    bool first = p->token.n == 0;
    bk_buf_init(&query, p->arena, 64 << 10);
    BK_TRY(page_query(p, &query, err));
    bk_status s = bk_kube_do(p->kube, p->arena, &(bk_kube_request){.path = p->path, .query = bk_buf_view(&query)}, &answer, err);
    if (s != BK_OK && answer.status == 410 && !first) {
        bk_err_release(err);
        p->whole = true;
        p->token = BK_S("");
        bk_items_init(&p->items, p->arena);
        return next_page(p, err); /* once: a first page is not asked for twice */
    }
    return s == BK_OK ? take_page(p, &answer, err) : s;
}

bk_status bk_kube_list(bk_kube *kube, bk_arena *arena, const bk_kube_ref *ref, const bk_kube_selection *selection, bk_value *ret,
                       bk_err *err) {
    paging p = {.kube = kube, .arena = arena, .selection = selection};
    bk_items_init(&p.items, arena);
    BK_TRY(path_of(arena, ref, false, &p.path, err));
    do {
        size_t before = p.items.n;
        BK_TRY(next_page(&p, err));
        if (p.token.n && p.items.n == before) return bk_err_set(err, BK_ERR, "the server's pages have no end");
    } while (p.token.n);
    return bk_items_list(&p.items, BK_T_LIST, ret, err);
}
