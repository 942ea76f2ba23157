#include "kube/together.h"

#include "base/num.h"
#include "data/json.h"

#define LIST_FROM 3u  /* so many objects of one collection are read by a list */
#define LIST_EACH 50u /* the list may be longer than what is looked for, so many times */
#define LIST_MOST 500u
#define METADATA "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

bk_kube_ref bk_kube_ref_of(const bk_kube_object *o) {
    return (bk_kube_ref){.resource = o->resource, .namespace_ = o->namespace_, .name = o->name};
}

bk_status bk_kube_together_pick(bk_kube_together *t, bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, const size_t *picked,
                                size_t count, bk_err *err) {
    *t = (bk_kube_together){.kube = kube, .arena = arena, .jobs = BK_NEW_ARRAY(arena, bk_kube_job, count + 1), .count = count};
    if (!t->jobs) {
        t->count = 0;
        return bk_arena_fail(arena, err);
    }
    bk_arena_init(&t->answers, arena->cap);
    for (size_t i = 0; i < count; i++) t->jobs[i] = (bk_kube_job){.object = &objects->items[picked ? picked[i] : i], .err = BK_ERR_INIT};
    return BK_OK;
}

bk_status bk_kube_together_open(bk_kube_together *t, bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, bk_err *err) {
    return bk_kube_together_pick(t, kube, arena, objects, NULL, objects->count, err);
}

void bk_kube_together_close(bk_kube_together *t) {
    for (size_t i = 0; i < t->count; i++) bk_err_release(&t->jobs[i].err);
    bk_arena_release(&t->answers);
    t->count = 0;
}

/* ---- sending ---- */

static bk_map *metadata_of(bk_map *object) {
    bk_value *m = bk_map_get(object, BK_S("metadata"));
    return m && m->kind == BK_MAP ? m->map : NULL;
}

/* Managed fields, which may be most of an object, are there to be moved to another manager: those of updates. */
static bool to_be_moved(bk_map *metadata) {
    const bk_value *entries = bk_map_get(metadata, BK_S("managedFields"));
    for (uint32_t i = 0; entries && entries->kind == BK_LIST && i < entries->len; i++) {
        bk_map *e = entries->items[i].kind == BK_MAP ? entries->items[i].map : NULL;
        if (e && bk_str_eq(bk_map_str(e, "operation", BK_S("")), BK_S("Update")) && !bk_map_str(e, "subresource", BK_S("")).n) return true;
    }
    return false;
}

/* Where an object of the answers becomes ours: with nothing else around it. `written`: by us, just now. */
static bk_status settle(bk_kube_together *t, bk_map *object, bool written, bk_map **ret, bk_err *err) {
    bk_buf text;
    bk_str kept;
    bk_value v;
    bk_map *m = metadata_of(object);
    if (m && (written || !to_be_moved(m))) bk_map_delete(m, BK_S("managedFields"));
    bk_buf_init(&text, &t->answers, 0);
    BK_TRY(bk_json_encode(&text, &t->answers, bk_map_value(object), 0, err));
    BK_TRY(bk_buf_check(&text, err));
    if (!bk_arena_dup(t->arena, bk_buf_view(&text), &kept)) return bk_arena_fail(t->arena, err);
    BK_TRY(bk_json_decode(t->arena, kept, BK_JSON_INT64, BK_T_MAP, &v, err));
    *ret = v.map;
    return BK_OK;
}

static bool is_get(const bk_kube_request *r) { return r->method.n == 0 || bk_str_eq(r->method, BK_S("GET")); }

/* The object that an answer holds. A deletion may be answered with a Status. */
static void take_live(bk_kube_together *t, bk_kube_job *j) {
    bk_value v = bk_nil();
    bk_err ignored = BK_ERR_INIT;
    bool good = bk_kube_json(&t->answers, &j->answer, &v, &ignored) == BK_OK;
    bk_str kind = good ? bk_map_str(v.map, "kind", BK_S("")) : BK_S("");
    if (good && bk_str_eq(kind, j->object->resource->kind)) {
        if (settle(t, v.map, !is_get(&j->request), &j->object->live, &j->err) != BK_OK) return;
        j->object->read = true;
        j->object->metadata_only = false;
        bk_map *m = metadata_of(j->object->live);
        if (!j->object->name.n && m) j->object->name = bk_map_str(m, "name", BK_S(""));
    } else if (!bk_str_eq(kind, BK_S("Status"))) {
        if (good) bk_err_set(&j->err, BK_ERR, "the server answered with an object of another kind");
        else bk_err_move(&j->err, &ignored);
    }
    bk_err_release(&ignored);
}

/* Of an answer that goes, what is asked for later stays: its status and its reason. */
static void forget_answers(bk_kube_together *t) {
    for (size_t i = 0; i < t->count; i++) {
        const bk_kube_answer *a = &t->jobs[i].answer;
        t->jobs[i].answer = (bk_kube_answer){.status = a->status, .reason = a->reason, .tries = a->tries, .details = bk_nil()};
    }
    bk_arena_release(&t->answers);
}

/* Sends the jobs' requests, and `more` with them. */
static bk_status send_all(bk_kube_together *t, bk_kube_item *more, size_t more_count, bk_err *err) {
    forget_answers(t);
    bk_kube_item *items = BK_NEW_ARRAY(&t->answers, bk_kube_item, t->count + more_count + 1);
    size_t n = more_count;
    if (!items) return bk_arena_fail(&t->answers, err);
    for (size_t i = 0; i < more_count; i++) items[i] = more[i];
    for (size_t i = 0; i < t->count; i++)
        if (t->jobs[i].wanted) items[n++] = (bk_kube_item){.request = t->jobs[i].request, .err = BK_ERR_INIT};
    bk_status s = n ? bk_kube_all(t->kube, &t->answers, items, n, err) : BK_OK;
    for (size_t i = 0; i < more_count; i++) more[i] = items[i];
    n = more_count;
    for (size_t i = 0; i < t->count; i++) {
        bk_kube_job *j = &t->jobs[i];
        if (!j->wanted) continue;
        j->wanted = false;
        j->answer = items[n].answer;
        if (s == BK_OK && !bk_arena_dup(t->arena, j->answer.reason, &j->answer.reason)) s = bk_arena_fail(t->arena, err);
        if (items[n].err.code != BK_OK) bk_err_move(&j->err, &items[n].err);
        else if (s == BK_OK) take_live(t, j);
        bk_err_release(&items[n++].err);
    }
    return s;
}

bk_status bk_kube_together_send(bk_kube_together *t, bk_err *err) { return send_all(t, NULL, 0, err); }

/* ---- reading ---- */

static bool needs(const bk_kube_object *o, bk_kube_reading what) {
    if (!o->name.n) return false;
    return !o->read || (what == BK_KUBE_READ_WHOLE && o->live && o->metadata_only);
}

static bool same_place(const bk_kube_object *a, const bk_kube_object *b) {
    return a->resource == b->resource && bk_str_eq(a->namespace_, b->namespace_);
}

/* A list for objects of one kind and namespace. */
typedef struct group {
    const bk_kube_object *first;
    size_t count;
} group;

static bk_status list_request(bk_arena *arena, const group *g, bk_kube_request *ret, bk_err *err) {
    bk_buf path, query;
    char limit[24];
    uint64_t most = g->count * LIST_EACH;
    bk_buf_init(&path, arena, 16 << 10);
    bk_buf_init(&query, arena, 4096);
    BK_TRY(bk_kube_resource_path(&path, g->first->resource, g->first->namespace_, BK_S(""), err));
    bk_kube_query(&query, "limit", bk_str_of(limit, bk_format_uint(most < LIST_MOST ? most : LIST_MOST, limit)));
    BK_TRY(bk_buf_check(&query, err));
    *ret = (bk_kube_request){.path = bk_buf_view(&path), .query = bk_buf_view(&query), .accept = BK_S(METADATA)};
    return BK_OK;
}

/* The groups that are worth a list. */
static bk_status find_groups(const bk_kube_together *t, group **ret, size_t *ret_count, bk_err *err) {
    group *groups = BK_NEW_ARRAY(t->arena, group, t->count + 1);
    size_t n = 0, kept = 0;
    if (!groups) return bk_arena_fail(t->arena, err);
    for (size_t i = 0; i < t->count; i++) {
        const bk_kube_object *o = t->jobs[i].object;
        size_t k = n; /* the order is by kind: the last group is nearly always the one */
        if (!needs(o, BK_KUBE_READ_MARKS) || !bk_kube_resource_can(o->resource, "list")) continue;
        while (k > 0 && !same_place(groups[k - 1].first, o)) k--;
        if (k == 0) groups[n++] = (group){o, 1};
        else groups[k - 1].count++;
    }
    for (size_t i = 0; i < n; i++)
        if (groups[i].count >= LIST_FROM) groups[kept++] = groups[i];
    *ret = groups;
    *ret_count = kept;
    return BK_OK;
}

static bk_str name_in(bk_map *object) {
    bk_map *m = metadata_of(object);
    return m ? bk_map_str(m, "name", BK_S("")) : BK_S("");
}

/* What a list says about the objects of its group. An answer that cannot be read, or is not the whole list, leaves those that it does not name unread. */
static bk_status take_list(bk_kube_together *t, const group *g, const bk_kube_answer *answer, bk_err *err) {
    bk_value v = bk_nil();
    bk_err ignored = BK_ERR_INIT;
    bk_status s = bk_kube_json(&t->answers, answer, &v, &ignored);
    bk_err_release(&ignored);
    bk_value *items = s == BK_OK ? bk_map_get(v.map, BK_S("items")) : NULL;
    bk_value *meta = s == BK_OK ? bk_map_get(v.map, BK_S("metadata")) : NULL;
    if (!meta || meta->kind != BK_MAP || !items || (items->kind != BK_LIST && !bk_is_nil(*items))) return BK_OK;
    bool whole = bk_map_str(meta->map, "continue", BK_S("")).n == 0;
    bk_map *by_name = bk_map_new(&t->answers, items->kind == BK_LIST ? items->len : 1);
    if (!by_name) return bk_arena_fail(&t->answers, err);
    for (uint32_t i = 0; items->kind == BK_LIST && i < items->len; i++) {
        bk_map *one = items->items[i].kind == BK_MAP ? items->items[i].map : NULL;
        if (one && !bk_map_set(by_name, name_in(one), items->items[i])) return bk_arena_fail(&t->answers, err);
    }
    for (size_t i = 0; i < t->count; i++) {
        bk_kube_object *o = t->jobs[i].object;
        if (!needs(o, BK_KUBE_READ_MARKS) || !same_place(o, g->first)) continue;
        bk_value *found = bk_map_get(by_name, o->name);
        if (!found && !whole) continue;
        o->live = NULL;
        if (found) BK_TRY(settle(t, found->map, false, &o->live, err));
        o->read = true;
        o->metadata_only = found != NULL;
    }
    return BK_OK;
}

static bool in_group(const group *groups, size_t count, const bk_kube_object *o) {
    for (size_t i = 0; i < count; i++)
        if (same_place(groups[i].first, o)) return true;
    return false;
}

/* One by one, all those that are not in a group, and the lists of the groups. */
static bk_status read_round(bk_kube_together *t, const group *groups, size_t count, bk_kube_reading what, bk_err *err) {
    bk_kube_item *lists = BK_NEW_ARRAY(t->arena, bk_kube_item, count + 1);
    if (!lists) return bk_arena_fail(t->arena, err);
    for (size_t i = 0; i < count; i++) {
        lists[i].err = BK_ERR_INIT;
        BK_TRY(list_request(t->arena, &groups[i], &lists[i].request, err));
    }
    for (size_t i = 0; i < t->count; i++) {
        bk_kube_job *j = &t->jobs[i];
        bk_kube_ref ref = bk_kube_ref_of(j->object);
        if (j->err.code != BK_OK || !needs(j->object, what) || in_group(groups, count, j->object)) continue;
        if (bk_kube_get_request(t->arena, &ref, &j->request, &j->err) == BK_OK) j->wanted = true;
    }
    bk_status s = send_all(t, lists, count, err);
    for (size_t i = 0; i < count; i++) {
        if (s == BK_OK && lists[i].err.code == BK_OK) s = take_list(t, &groups[i], &lists[i].answer, err);
        bk_err_release(&lists[i].err); /* refused: one by one, then */
    }
    return s;
}

/* A server that has the kind says which object it has not. */
static bool has_no_such_kind(const bk_kube_job *j) {
    const bk_value *details = &j->answer.details;
    return j->object->resource->assumed && (details->kind != BK_MAP || !bk_map_str(details->map, "name", BK_S("")).n);
}

static void take_absent(bk_kube_job *j) {
    if (j->err.code == BK_OK || j->answer.status != 404 || has_no_such_kind(j)) return;
    bk_err_release(&j->err);
    j->object->read = true;
    j->object->live = NULL;
}

bk_status bk_kube_together_read(bk_kube_together *t, bk_kube_reading what, bk_err *err) {
    group *groups = NULL;
    size_t count = 0;
    if (what == BK_KUBE_READ_MARKS) BK_TRY(find_groups(t, &groups, &count, err));
    BK_TRY(read_round(t, groups, count, what, err));
    for (size_t i = 0; i < t->count; i++) take_absent(&t->jobs[i]);
    if (count == 0) return BK_OK;
    BK_TRY(read_round(t, NULL, 0, what, err));
    for (size_t i = 0; i < t->count; i++) take_absent(&t->jobs[i]);
    return BK_OK;
}
