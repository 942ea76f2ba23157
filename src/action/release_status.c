#include "action/release_status.h"

#include "action/objects.h"
#include "base/num.h"
#include "data/json.h"
#include "kube/build.h"
#include "kube/objects.h"

#define AS_TABLE BK_S("application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json")

enum { KEPT_S = 6 * 3600, COLUMNS = 64, CELL = 3, NARROWEST = 6 };

typedef struct looking {
    bk_arena *arena;
    const bk_status_options *o;
    bk_kube_objects objects;
    bk_map *groups; /* "v1/Service": a list of what the server answered */
    bk_str *order;  /* its keys as they came up */
    size_t order_count;
    bk_err *err;
} looking;

/* ---- objects ---- */

static bk_status build(looking *l, bk_str manifest) {
    bk_kube_discovery *d = BK_NEW(l->arena, bk_kube_discovery);
    const bk_sandbox_limits limits = {.who = "manifest"};
    bk_value read;
    if (!d) return bk_arena_fail(l->arena, l->err);
    BK_TRY(bk_objects_read(l->arena, manifest, BK_OBJECTS_INSTALL, &limits, &read, l->err));
    if (bk_kube_discover_kept(l->o->kube, l->arena, l->o->cache, KEPT_S, d)) {
        bk_status s = bk_kube_build(l->arena, d, l->o->namespace_, read, false, &l->objects, l->err);
        if (s == BK_OK || !bk_kube_build_missed(l->err)) return s;
        bk_err_release(l->err);
    }
    *d = (bk_kube_discovery){0};
    l->objects = (bk_kube_objects){0};
    if (bk_kube_discover(l->o->kube, l->arena, l->o->cache, d, l->err) != BK_OK)
        return bk_err_wrap(l->err, "kubernetes cluster unreachable");
    return bk_kube_build(l->arena, d, l->o->namespace_, read, false, &l->objects, l->err);
}

static bk_map *map_in(bk_map *m, const char *key) {
    const bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_MAP ? v->map : NULL;
}

/* The labels of the pods that an object runs; NULL: it runs none. */
static bk_map *selector_of(const bk_kube_object *o) {
    static const char *const kinds[] = {"ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job"};
    bk_str kind = bk_map_str(o->json, "kind", BK_S(""));
    bk_map *selector = map_in(map_in(o->json, "spec"), "selector");
    if (bk_str_eq(kind, BK_S("ReplicationController"))) return selector;
    for (size_t i = 0; i < BK_COUNT(kinds); i++)
        if (bk_str_eq(kind, bk_str_c(kinds[i]))) return map_in(selector, "matchLabels");
    return NULL;
}

/* ---- requests ---- */

/* "a=1,b=2" */
static bk_status selector_text(looking *l, bk_map *labels, bk_str *ret) {
    bk_buf b;
    bk_buf_init(&b, l->arena, 64 << 10);
    if (!bk_map_sort(labels)) return bk_arena_fail(l->arena, l->err);
    for (size_t i = 0; i < bk_map_len(labels); i++) {
        const bk_map_entry *e = bk_map_at(labels, i);
        if (i) bk_buf_byte(&b, ',');
        bk_buf_str(&b, e->key);
        bk_buf_byte(&b, '=');
        if (bk_is_string(e->value)) bk_buf_str(&b, bk_value_str(e->value));
    }
    BK_TRY(bk_buf_check(&b, l->err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status as_table(looking *l, bk_kube_request *r, bk_str selector) {
    bk_buf query;
    bk_buf_init(&query, l->arena, 128 << 10);
    if (selector.n) bk_kube_query(&query, "labelSelector", selector);
    if (l->o->table) bk_kube_query(&query, "includeObject", BK_S("Object"));
    BK_TRY(bk_buf_check(&query, l->err));
    r->query = bk_buf_take(&query);
    if (l->o->table) r->accept = AS_TABLE;
    return BK_OK;
}

static bk_status get_object(looking *l, const bk_kube_object *o, bk_kube_item *ret) {
    const bk_kube_ref ref = {o->resource, o->namespace_, o->name};
    *ret = (bk_kube_item){.err = BK_ERR_INIT};
    BK_TRY(bk_kube_get_request(l->arena, &ref, &ret->request, l->err));
    return as_table(l, &ret->request, BK_S(""));
}

static bk_status get_pods(looking *l, bk_str namespace_, bk_str selector, bk_kube_item *ret) {
    bk_buf path;
    *ret = (bk_kube_item){.err = BK_ERR_INIT};
    bk_buf_init(&path, l->arena, 4096);
    bk_buf_c(&path, "/api/v1/namespaces");
    BK_TRY(bk_kube_path(&path, namespace_.n ? namespace_ : l->o->namespace_, l->err));
    bk_buf_c(&path, "/pods");
    BK_TRY(bk_buf_check(&path, l->err));
    ret->request.path = bk_buf_take(&path);
    return as_table(l, &ret->request, selector);
}

/* ---- answers ---- */

/* A list's items say their kind, where the server leaves it to the list. */
static bk_status name_items(looking *l, bk_map *list) {
    const bk_value *items = bk_map_get(list, BK_S("items"));
    bk_str kind = bk_map_str(list, "kind", BK_S("")), version = bk_map_str(list, "apiVersion", BK_S(""));
    if (!items || items->kind != BK_LIST || !bk_str_ends(kind, BK_S("List"))) return BK_OK;
    kind.n -= 4;
    for (uint32_t i = 0; i < items->len; i++) {
        bk_map *m = items->items[i].kind == BK_MAP ? items->items[i].map : NULL;
        if (!m || bk_map_get(m, BK_S("kind")) || bk_map_get(m, BK_S("apiVersion"))) continue;
        if (!bk_map_set(m, BK_S("kind"), bk_string(kind)) || !bk_map_set(m, BK_S("apiVersion"), bk_string(version)))
            return bk_arena_fail(l->arena, l->err);
    }
    return BK_OK;
}

static bk_status add_answer(looking *l, bk_str group, bk_value v) {
    bk_value *there = bk_map_get(l->groups, group);
    uint32_t n = there ? there->len : 0;
    bk_value *items = BK_NEW_ARRAY(l->arena, bk_value, (size_t)n + 1);
    if (!items) return bk_arena_fail(l->arena, l->err);
    for (uint32_t i = 0; i < n; i++) items[i] = there->items[i];
    items[n] = v;
    if (!there) l->order[l->order_count++] = group;
    return bk_map_set(l->groups, group, bk_list(items, (size_t)n + 1)) ? BK_OK : bk_arena_fail(l->arena, l->err);
}

/* What could not be read is left out. */
static bk_status take(looking *l, bk_kube_item *item, bk_str group) {
    bk_value v;
    bool ok = item->err.code == BK_OK && bk_json_decode(l->arena, item->answer.body, BK_JSON_INT64, BK_T_MAP, &v, &item->err) == BK_OK &&
              v.kind == BK_MAP && v.map;
    bk_err_release(&item->err);
    if (!ok) return BK_OK;
    BK_TRY(name_items(l, v.map));
    return add_answer(l, group, v);
}

static bk_status group_of(looking *l, const bk_kube_object *o, bk_str *ret) {
    return bk_arena_printf(l->arena, ret, "%.*s/%.*s", BK_FMT(o->resource->version), BK_FMT(o->resource->kind))
               ? BK_OK
               : bk_arena_fail(l->arena, l->err);
}

/* The place of a selector among those that were asked for, n: it is new. */
static size_t asked_before(const bk_str *selectors, size_t n, bk_str selector) {
    size_t i = 0;
    while (i < n && !bk_str_eq(selectors[i], selector)) i++;
    return i;
}

/* Objects and pods at once. The pods of objects that are not there are nobody's. */
static bk_status ask(looking *l) {
    size_t n = l->objects.count, pods = 0;
    bk_kube_item *items = BK_NEW_ARRAY(l->arena, bk_kube_item, 2 * n + 1);
    bk_str *selectors = BK_NEW_ARRAY(l->arena, bk_str, n + 1), group;
    size_t *pods_of = BK_NEW_ARRAY(l->arena, size_t, n + 1); /* from 1; 0: it runs none */
    l->order = BK_NEW_ARRAY(l->arena, bk_str, n + 2);
    l->groups = bk_map_new(l->arena, n);
    if (!items || !selectors || !pods_of || !l->order || !l->groups) return bk_arena_fail(l->arena, l->err);
    for (size_t i = 0; i < n; i++) {
        const bk_kube_object *o = &l->objects.items[i];
        bk_map *selector = selector_of(o);
        BK_TRY(get_object(l, o, &items[i]));
        if (!selector) continue;
        BK_TRY(selector_text(l, selector, &selectors[pods]));
        size_t at = asked_before(selectors, pods, selectors[pods]);
        pods_of[i] = at + 1;
        if (at < pods) continue;
        BK_TRY(get_pods(l, o->namespace_, selectors[pods], &items[n + pods]));
        pods++;
    }
    bool *owned = BK_NEW_ARRAY(l->arena, bool, pods + 1);
    if (!owned) return bk_arena_fail(l->arena, l->err);
    BK_TRY(bk_kube_all(l->o->kube, l->arena, items, n + pods, l->err));
    for (size_t i = 0; i < n; i++) {
        if (pods_of[i] && items[i].err.code == BK_OK) owned[pods_of[i] - 1] = true;
        BK_TRY(group_of(l, &l->objects.items[i], &group));
        BK_TRY(take(l, &items[i], group));
    }
    for (size_t i = 0; i < pods; i++) {
        if (owned[i]) BK_TRY(take(l, &items[n + i], BK_S("v1/Pod(related)")));
        bk_err_release(&items[n + i].err);
    }
    return BK_OK;
}

/* ---- tables ---- */

static void put_upper(bk_buf *out, bk_str s) {
    for (size_t i = 0; i < s.n; i++) bk_buf_byte(out, s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 'a' + 'A') : s.p[i]);
}

/* The first line of a cell; what a terminal would take for a command becomes visible. */
static void put_cell(bk_buf *out, bk_value v, bk_arena *arena) {
    bk_err ignored = BK_ERR_INIT;
    if (v.kind == BK_NIL) return;
    if (!bk_is_string(v)) {
        if (bk_json_encode(out, arena, v, 0, &ignored) != BK_OK) bk_err_release(&ignored);
        return;
    }
    bk_str s = bk_value_str(v);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\f') {
            bk_buf_c(out, "...");
            return;
        }
        if ((unsigned char)s.p[i] < 0x20) bk_buf_printf(out, "^%c", s.p[i] + '@');
        else bk_buf_byte(out, s.p[i]);
    }
}

/* Columns that are shown when nobody asks for more. */
static size_t shown_columns(bk_map *table, bk_str names[COLUMNS], uint32_t at[COLUMNS]) {
    const bk_value *columns = bk_map_get(table, BK_S("columnDefinitions"));
    size_t n = 0;
    for (uint32_t i = 0; columns && columns->kind == BK_LIST && i < columns->len && n < COLUMNS; i++) {
        bk_map *m = columns->items[i].kind == BK_MAP ? columns->items[i].map : NULL;
        const bk_value *priority = bk_map_get(m, BK_S("priority"));
        if (priority && priority->kind == BK_INT && priority->i != 0) continue;
        names[n] = bk_map_str(m, "name", BK_S(""));
        at[n++] = i;
    }
    return n;
}

static bk_status row_of(looking *l, bk_value row, const uint32_t at[COLUMNS], size_t n, bk_str *to) {
    const bk_value *cells = row.kind == BK_MAP ? bk_map_get(row.map, BK_S("cells")) : NULL;
    for (size_t c = 0; c < n; c++) {
        bk_buf b;
        bk_buf_init(&b, l->arena, 64 << 10);
        if (cells && cells->kind == BK_LIST && at[c] < cells->len) put_cell(&b, cells->items[at[c]], l->arena);
        BK_TRY(bk_buf_check(&b, l->err));
        to[c] = bk_buf_take(&b);
    }
    return BK_OK;
}

static void put_rows(bk_buf *out, const bk_str *cells, size_t rows, size_t n) {
    size_t widths[COLUMNS];
    for (size_t c = 0; c < n; c++) {
        widths[c] = NARROWEST;
        for (size_t r = 0; r < rows; r++)
            if (cells[r * n + c].n + CELL > widths[c]) widths[c] = cells[r * n + c].n + CELL;
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < n; c++) {
            bk_buf_str(out, cells[r * n + c]);
            if (c + 1 < n) bk_buf_fill(out, ' ', widths[c] - cells[r * n + c].n);
        }
        bk_buf_byte(out, '\n');
    }
}

/* A table of the server's; the same headings are not printed twice in a row. */
static bk_status put_table(looking *l, bk_map *table, bk_value *last, bk_buf *out) {
    const bk_value *rows = bk_map_get(table, BK_S("rows")), *columns = bk_map_get(table, BK_S("columnDefinitions"));
    bk_str names[COLUMNS];
    uint32_t at[COLUMNS];
    size_t n = shown_columns(table, names, at), count = rows && rows->kind == BK_LIST ? rows->len : 0, r = 0;
    bool same = columns && bk_deep_equal(*columns, *last);
    if (!count || !n) return BK_OK;
    bk_str *cells = BK_NEW_ARRAY(l->arena, bk_str, (count + 1) * n);
    if (!cells) return bk_arena_fail(l->arena, l->err);
    for (size_t c = 0; c < n && !same; c++) {
        bk_buf b;
        bk_buf_init(&b, l->arena, 4096);
        put_upper(&b, names[c]);
        cells[c] = bk_buf_take(&b);
    }
    if (!same) r = 1;
    for (size_t i = 0; i < count; i++) BK_TRY(row_of(l, rows->items[i], at, n, cells + r++ * n));
    put_rows(out, cells, r, n);
    *last = *columns;
    return BK_OK;
}

/* What a server answers that knows no tables. */
static void put_plain(bk_map *object, bk_buf *out) {
    bk_buf_c(out, "NAME\n");
    bk_buf_str(out, bk_map_str(map_in(object, "metadata"), "name", BK_S("")));
    bk_buf_byte(out, '\n');
}

static bk_status put_tables(looking *l, bk_buf *out) {
    bk_value last = bk_nil();
    for (size_t i = 0; i < l->order_count; i++) {
        const bk_value *list = bk_map_get(l->groups, l->order[i]);
        bk_buf_c(out, "==> ");
        bk_buf_str(out, l->order[i]);
        bk_buf_byte(out, '\n');
        for (uint32_t k = 0; list && k < list->len; k++) {
            bk_map *m = list->items[k].map;
            if (bk_str_eq(bk_map_str(m, "kind", BK_S("")), BK_S("Table"))) BK_TRY(put_table(l, m, &last, out));
            else put_plain(m, out);
        }
        bk_buf_byte(out, '\n');
    }
    return BK_OK;
}

bk_status bk_action_status(bk_arena *arena, const bk_status_options *options, bk_str manifest, bk_str *ret, bk_err *err) {
    looking l = {.arena = arena, .o = options, .err = err};
    bk_buf out;
    BK_TRY(build(&l, manifest));
    BK_TRY(ask(&l));
    *ret = BK_S("");
    if (!l.order_count) return BK_OK;
    bk_buf_init(&out, arena, 0);
    BK_TRY(options->table ? put_tables(&l, &out) : bk_json_encode(&out, arena, bk_map_value(l.groups), BK_JSON_HTML, err));
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}
