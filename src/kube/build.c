#include "kube/build.h"

#include "data/json.h"
#include "kube/metadata.h"
#include "value/gofmt.h"

#define LISTS_MAX 1000u /* lists within lists, in all */

typedef struct builder {
    bk_arena *arena;
    const bk_kube_discovery *discovery;
    bk_str namespace_;
    bool validate;
    bk_kube_objects *out;
    bk_str *errors;
    size_t error_count, error_cap;
    bk_err *err; /* of the machinery */
} builder;

/* ---- lists ---- */

bk_status bk_kube_objects_add(bk_arena *arena, bk_kube_objects *list, const bk_kube_object *object, bk_err *err) {
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        if (list->count >= BK_KUBE_OBJECTS_MAX) return bk_err_limit(err, "objects of a release", BK_KUBE_OBJECTS_MAX);
        void *p = bk_arena_grow(arena, list->items, list->cap * sizeof *object, cap * sizeof *object);
        if (!p) return bk_arena_fail(arena, err);
        list->items = p;
        list->cap = cap;
    }
    list->items[list->count++] = *object;
    return BK_OK;
}

static bool is_same(const bk_kube_object *a, const bk_kube_object *b) {
    return bk_str_eq(a->name, b->name) && bk_str_eq(a->namespace_, b->namespace_) && bk_str_eq(a->resource->kind, b->resource->kind) &&
           bk_str_eq(a->resource->group, b->resource->group);
}

bk_kube_object *bk_kube_objects_find(const bk_kube_objects *list, const bk_kube_object *object) {
    for (size_t i = 0; i < list->count; i++)
        if (is_same(&list->items[i], object)) return &list->items[i];
    return NULL;
}

bk_status bk_kube_objects_without(bk_arena *arena, const bk_kube_objects *from, const bk_kube_objects *without, bk_kube_objects *ret,
                                  bk_err *err) {
    bk_kube_objects rest = {0};
    for (size_t i = 0; i < from->count; i++)
        if (!bk_kube_objects_find(without, &from->items[i])) BK_TRY(bk_kube_objects_add(arena, &rest, &from->items[i], err));
    *ret = rest;
    return BK_OK;
}

/* ---- words ---- */

bk_status bk_kube_gvk(bk_arena *arena, const bk_kube_resource *r, bk_str *ret, bk_err *err) {
    bool ok = bk_arena_printf(arena, ret, "%.*s/%.*s, Kind=%.*s", BK_FMT(r->group), BK_FMT(r->version), BK_FMT(r->kind));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_kube_object_words(bk_arena *arena, const bk_kube_object *o, bk_str *ret, bk_err *err) {
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    bk_buf_str(&out, o->resource->kind);
    bk_buf_byte(&out, ' ');
    bk_fmt_quote(&out, o->name);
    bk_buf_c(&out, " in namespace ");
    bk_fmt_quote(&out, o->namespace_);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_view(&out);
    return BK_OK;
}

static bk_map *map_at(bk_map *m, const char *key) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v && v->kind == BK_MAP ? v->map : NULL;
}

bk_str bk_kube_label(bk_map *object, const char *key) {
    bk_map *labels = map_at(map_at(object, "metadata"), "labels");
    return labels ? bk_map_str(labels, key, BK_S("")) : BK_S("");
}

bk_str bk_kube_annotation(bk_map *object, const char *key) {
    bk_map *annotations = map_at(map_at(object, "metadata"), "annotations");
    return annotations ? bk_map_str(annotations, key, BK_S("")) : BK_S("");
}

/* ---- errors: all of them, each once ---- */

static bk_status add_error(builder *b, bk_str text) {
    for (size_t i = 0; i < b->error_count; i++)
        if (bk_str_eq(b->errors[i], text)) return BK_OK;
    if (b->error_count == b->error_cap) {
        size_t cap = b->error_cap ? b->error_cap * 2 : 8;
        void *p = bk_arena_grow(b->arena, b->errors, b->error_cap * sizeof text, cap * sizeof text);
        if (!p) return bk_arena_fail(b->arena, b->err);
        b->errors = p;
        b->error_cap = cap;
    }
    b->errors[b->error_count++] = text;
    return BK_OK;
}

static bk_status add_error_buf(builder *b, const bk_buf *text) {
    BK_TRY(bk_buf_check(text, b->err));
    return add_error(b, bk_buf_view(text));
}

static bk_status tell(builder *b) {
    bk_buf out;
    if (b->error_count == 0) return BK_OK;
    if (b->error_count == 1) return bk_err_set_str(b->err, BK_ERR, b->errors[0]);
    bk_buf_init(&out, b->arena, 0);
    for (size_t i = 0; i < b->error_count; i++) {
        bk_buf_c(&out, i ? ", " : "[");
        bk_buf_str(&out, b->errors[i]);
    }
    bk_buf_byte(&out, ']');
    BK_TRY(bk_buf_check(&out, b->err));
    return bk_err_set_str(b->err, BK_ERR, bk_buf_view(&out));
}

bool bk_kube_build_missed(const bk_err *err) { return bk_str_contains(bk_err_message(err), BK_S("no matches for kind \"")); }

/* ---- one object ---- */

static bk_status set_namespace(builder *b, bk_map *object, bk_map *metadata, bk_str namespace_) {
    if (!namespace_.n) {
        if (metadata) bk_map_delete(metadata, BK_S("namespace"));
        return BK_OK;
    }
    if (!metadata) {
        bk_value *there = bk_map_get(object, BK_S("metadata"));
        if (there && !bk_is_nil(*there)) return BK_OK; /* the server will say what is wrong with it */
        metadata = bk_map_new(b->arena, 4);
        if (!metadata || !bk_map_set(object, BK_S("metadata"), bk_map_value(metadata))) return bk_arena_fail(b->arena, b->err);
    }
    return bk_map_set(metadata, BK_S("namespace"), bk_string(namespace_)) ? BK_OK : bk_arena_fail(b->arena, b->err);
}

/* Kubernetes' list kinds have no resource of their own. */
static bool known_list(const bk_kube_discovery *d, bk_str api_version, bk_str kind) {
    if (!bk_str_ends(kind, BK_S("List"))) return false;
    bk_str group, version;
    if (!bk_str_cut(api_version, BK_S("/"), &group, &version)) {
        version = group;
        group = BK_S("");
    }
    for (size_t i = 0; i < d->count; i++) {
        const bk_kube_resource *r = &d->items[i];
        if (!bk_str_eq(r->group, group) || !bk_str_eq(r->version, version)) continue;
        if (kind.n == 4 || bk_str_eq(r->kind, bk_str_sub(kind, 0, kind.n - 4))) return true;
    }
    return false;
}

static void put_no_match(bk_buf *out, bk_str api_version, bk_str kind) {
    bk_buf_c(out, "no matches for kind ");
    bk_fmt_quote(out, kind);
    bk_buf_c(out, " in version ");
    bk_fmt_quote(out, api_version);
}

typedef struct found {
    bk_str source, api_version, kind, name, namespace_;
    bk_map *json, *metadata;
    bool item; /* of a list */
} found;

static found look(bk_map *json, bk_str source, bool item) {
    found f = {.source = source, .json = json, .item = item, .metadata = map_at(json, "metadata")};
    f.api_version = bk_map_str(json, "apiVersion", BK_S(""));
    f.kind = bk_map_str(json, "kind", BK_S(""));
    if (!f.metadata) return f;
    f.name = bk_map_str(f.metadata, "name", BK_S(""));
    f.namespace_ = bk_map_str(f.metadata, "namespace", BK_S(""));
    return f;
}

static bk_status no_match(builder *b, const found *f) {
    bk_buf out;
    bk_buf_init(&out, b->arena, 0);
    if (f->item) {
        bk_buf_c(&out, "unable to recognize ");
        put_no_match(&out, f->api_version, f->kind);
    } else {
        bk_buf_c(&out, "resource mapping not found for name: ");
        bk_fmt_quote(&out, f->name);
        bk_buf_c(&out, " namespace: ");
        bk_fmt_quote(&out, f->namespace_);
        bk_buf_c(&out, " from ");
        bk_fmt_quote(&out, f->source);
        bk_buf_c(&out, ": ");
        put_no_match(&out, f->api_version, f->kind);
        bk_buf_c(&out, "\nensure CRDs are installed first");
    }
    return add_error_buf(b, &out);
}

static bk_status add_object(builder *b, found *f) {
    const bk_kube_resource *r = bk_kube_find_object(b->discovery, f->api_version, f->kind);
    if (!r) return no_match(b, f);
    bk_str space = !r->namespaced ? BK_S("") : f->namespace_.n ? f->namespace_ : b->namespace_;
    if (!bk_str_eq(space, f->namespace_)) BK_TRY(set_namespace(b, f->json, f->metadata, space));
    bk_kube_object o = {.resource = r, .namespace_ = space, .name = f->name, .source = f->source, .json = f->json};
    return bk_kube_objects_add(b->arena, b->out, &o, b->err);
}

/* ---- lists of objects ---- */

/* What items of a typed list leave out is the list's. */
static bk_status name_item(builder *b, bk_map *item, const found *list) {
    bk_str kind = bk_str_ends(list->kind, BK_S("List")) ? bk_str_sub(list->kind, 0, list->kind.n - 4) : list->kind;
    if (bk_map_str(item, "kind", BK_S("")).n || bk_map_str(item, "apiVersion", BK_S("")).n) return BK_OK;
    bool ok = bk_map_set(item, BK_S("kind"), bk_string(kind)) && bk_map_set(item, BK_S("apiVersion"), bk_string(list->api_version));
    return ok ? BK_OK : bk_arena_fail(b->arena, b->err);
}

/* Breadth first, as kubectl's libraries unfold them. */
static bk_status add_items(builder *b, const found *list, bk_value items) {
    bk_value waiting[LISTS_MAX];
    size_t count = 1;
    waiting[0] = items;
    for (size_t at = 0; at < count; at++) {
        for (uint32_t i = 0; i < waiting[at].len; i++) {
            bk_map *item = waiting[at].items[i].kind == BK_MAP ? waiting[at].items[i].map : NULL;
            if (!item) {
                BK_TRY(add_error(b, BK_S("an item of a list is no object")));
                continue;
            }
            BK_TRY(name_item(b, item, list));
            bk_value *inner = bk_map_get(item, BK_S("items"));
            if (inner && inner->kind == BK_LIST) {
                if (count == LISTS_MAX) return bk_err_limit(b->err, "lists of objects within lists", LISTS_MAX);
                waiting[count++] = *inner;
                continue;
            }
            found f = look(item, list->source, true);
            BK_TRY(add_object(b, &f));
        }
    }
    return BK_OK;
}

/* ---- documents ---- */

static bk_status missing_kind(builder *b, const found *f, bk_str json) {
    bk_buf out;
    bk_buf_init(&out, b->arena, 0);
    bk_buf_c(&out, "unable to decode ");
    bk_fmt_quote(&out, f->source);
    bk_buf_printf(&out, ": Object 'Kind' is missing in '%.*s'", BK_FMT(json));
    return add_error_buf(b, &out);
}

static bk_status check_metadata(builder *b, const found *f, bool *ret_good) {
    bk_buf out, why;
    bk_buf_init(&why, b->arena, 0);
    bk_kube_metadata_check(f->json, &why);
    *ret_good = bk_buf_ok(&why) && why.n == 0;
    if (*ret_good) return BK_OK;
    bk_buf_init(&out, b->arena, 0);
    bk_buf_c(&out, "unable to decode ");
    bk_fmt_quote(&out, f->source);
    bk_buf_c(&out, ": ");
    bk_buf_str(&out, bk_buf_view(&why));
    return add_error_buf(b, &out);
}

/* What is asked of every object before its kind is looked for. False: it has been told. */
static bk_status check_names(builder *b, bk_map *json, bk_str source, bool *ret_good) {
    const char *words[2];
    size_t count = 0;
    bk_value *version = bk_map_get(json, BK_S("apiVersion")), *kind = bk_map_get(json, BK_S("kind"));
    bk_buf out;
    *ret_good = true;
    if (!version || bk_is_nil(*version)) words[count++] = "apiVersion not set";
    else if (!bk_is_string(*version)) words[count++] = "apiVersion isn't string type";
    if (!kind || bk_is_nil(*kind)) words[count++] = "kind not set";
    else if (!bk_is_string(*kind)) words[count++] = "kind isn't string type";
    if (count == 0) return BK_OK;
    *ret_good = false;
    bk_buf_init(&out, b->arena, 0);
    bk_buf_c(&out, "error validating ");
    bk_fmt_quote(&out, source);
    bk_buf_c(&out, ": error validating data: ");
    if (count == 1) bk_buf_c(&out, words[0]);
    else bk_buf_printf(&out, "[%s, %s]", words[0], words[1]);
    return add_error_buf(b, &out);
}

static bk_status not_an_object(builder *b, bk_str source) {
    bk_buf out;
    bk_buf_init(&out, b->arena, 0);
    bk_buf_c(&out, "error validating ");
    bk_fmt_quote(&out, source);
    bk_buf_c(&out, ": error validating data: invalid object to validate");
    return add_error_buf(b, &out);
}

/* *ret_stop: what follows is not looked at. */
static bk_status add_document(builder *b, bk_str source, bk_str json, bool *ret_stop) {
    bk_value v = bk_nil();
    bool good = true;
    if (bk_json_decode(b->arena, json, BK_JSON_INT64, BK_T_NIL, &v, b->err) != BK_OK) return bk_err_wrap(b->err, "a manifest's object");
    *ret_stop = true;
    if (v.kind != BK_MAP || !v.map) return not_an_object(b, source);
    if (b->validate) BK_TRY(check_names(b, v.map, source, &good));
    if (!good) return BK_OK;
    *ret_stop = false;
    found f = look(v.map, source, false);
    bk_value *items = bk_map_get(v.map, BK_S("items"));
    if (!f.kind.n) return missing_kind(b, &f, json);
    BK_TRY(check_metadata(b, &f, &good));
    if (!good) return BK_OK;
    if (!items || (items->kind != BK_LIST && !bk_is_nil(*items))) return add_object(b, &f);
    if (!known_list(b->discovery, f.api_version, f.kind) && !bk_kube_find_object(b->discovery, f.api_version, f.kind))
        return no_match(b, &f);
    return items->kind == BK_LIST ? add_items(b, &f, *items) : BK_OK;
}

bk_status bk_kube_build(bk_arena *arena, const bk_kube_discovery *discovery, bk_str namespace_, bk_value read, bool validate,
                        bk_kube_objects *ret, bk_err *err) {
    *ret = (bk_kube_objects){0};
    builder b = {.arena = arena, .discovery = discovery, .namespace_ = namespace_, .validate = validate, .out = ret, .err = err};
    bool stop = false;
    for (uint32_t i = 0; read.kind == BK_LIST && i < read.len && !stop; i++) {
        bk_map *m = read.items[i].kind == BK_MAP ? read.items[i].map : NULL;
        bk_str error = m ? bk_map_str(m, "error", BK_S("")) : BK_S("");
        if (!m || bk_map_bool(m, "keep", false)) continue;
        stop = error.n > 0;
        if (stop) BK_TRY(add_error(&b, error));
        else BK_TRY(add_document(&b, bk_map_str(m, "path", BK_S("")), bk_map_str(m, "json", BK_S("")), &stop));
    }
    return tell(&b);
}
