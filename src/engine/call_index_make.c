/* Making an index: what it says of an archive, and its text. */
#include "base/sort.h"
#include "chart/load.h"
#include "data/json.h"
#include "data/yaml.h"
#include "engine/index_tasks.h"
#include "engine/source.h"
#include "text/path.h"
#include "text/url.h"

/* ---- entry ---- */

/* urlutil.URLJoin, or the paths joined where the base is no URL. */
static bk_status join(bk_call_state *call, bk_str base, bk_str part, bk_str *ret) {
    bk_url u;
    bk_buf out;
    bool is_url = bk_url_parse(call->arena, base, &u, call->err) == BK_OK;
    if (!is_url) bk_err_release(call->err);
    bk_str path = is_url ? u.path : base, joined = path.n ? path : part;
    if (path.n && part.n && !bk_arena_printf(call->arena, &joined, "%.*s/%.*s", BK_FMT(path), BK_FMT(part)))
        return bk_arena_fail(call->arena, call->err);
    if (joined.n && !bk_path_clean(call->arena, joined, &joined)) return bk_arena_fail(call->arena, call->err);
    *ret = joined;
    if (!is_url) return BK_OK;
    u.path = joined;
    u.raw_path = BK_S("");
    bk_buf_init(&out, call->arena, 0);
    bk_url_print(&out, &u);
    BK_TRY(bk_buf_check(&out, call->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

static bk_status url_of(bk_call_state *call, bk_str *ret) {
    bk_str base = bk_map_str(call->options, "url", BK_S("")), folder = bk_map_str(call->options, "folder", BK_S(""));
    *ret = bk_map_str(call->options, "file", BK_S(""));
    BK_TRY(join(call, base, folder, &base));
    return base.n ? join(call, base, *ret, ret) : BK_OK;
}

bk_status bk_index_entry(bk_call_state *call) {
    const bk_log quiet = {0};
    bk_files files;
    bk_chart *chart;
    bk_index_version v = {0};
    bk_str url;
    bk_value entry;
    bk_map *answer = bk_map_new(call->arena, 2);
    if (!answer) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_source_files_v2(call, 0, &quiet, &files));
    BK_TRY(bk_chart_load_files(call->arena, &files, false, &quiet, &chart, call->err));
    BK_TRY(url_of(call, &url));
    v.meta = *chart->meta;
    if (!v.meta.api_version.n) v.meta.api_version = BK_S("v1");
    v.urls = (bk_list_of){.p = &url, .n = 1, .seen = 1, .cap = 1};
    v.created = bk_map_str(call->options, "created", BK_S(""));
    v.digest = bk_map_str(call->options, "digest", BK_S(""));
    BK_TRY(bk_typed_json(call->arena, &bk_index_version_shape, &v, &entry, call->err));
    if (!bk_map_set(answer, BK_S("entry"), entry)) return bk_arena_fail(call->arena, call->err);
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer));
}

/* ---- write ---- */

typedef struct listed {
    bk_str name;
    bk_semver version;
    bk_index_version *v;
} listed;

typedef struct making {
    bk_call_state *call;
    listed *items;
    size_t n, cap;
} making;

static bk_status add(making *x, bk_str name, bk_index_version *v) {
    bk_call_state *call = x->call;
    if (x->n == x->cap) {
        size_t cap = x->cap ? x->cap * 2 : 64;
        void *p = bk_arena_grow(call->arena, x->items, x->cap * sizeof *x->items, cap * sizeof *x->items);
        if (!p) return bk_arena_fail(call->arena, call->err);
        x->items = p;
        x->cap = cap;
    }
    listed *item = &x->items[x->n];
    *item = (listed){.name = name, .v = v};
    BK_TRY(bk_semver_parse(v->meta.version, &item->version, call->err));
    x->n++;
    return BK_OK;
}

static bk_status add_new(making *x, bk_value entry) {
    bk_call_state *call = x->call;
    bk_err first = BK_ERR_INIT;
    const bk_typed typed = {.arena = call->arena, .package = "v2"};
    bk_index_version *v = BK_NEW(call->arena, bk_index_version);
    if (!v) return bk_arena_fail(call->arena, call->err);
    bk_status s = bk_typed_decode_value(&typed, entry, &bk_index_version_shape, "entries", v, &first, call->err);
    bool wrong = first.code != BK_OK;
    bk_err_release(&first);
    BK_TRY(s);
    if (wrong || !v->meta.name.n) return bk_err_set(call->err, BK_ERR, "malformed request: an entry that is none");
    return add(x, v->meta.name, v);
}

/* Whether the index has that version already, as its look-up by version would say. */
static bk_status has(making *x, bk_str name, bk_str version, bool *ret) {
    bk_call_state *call = x->call;
    size_t n = 0, at;
    bool exact;
    bk_str *versions = BK_NEW_ARRAY(call->arena, bk_str, x->n + 1);
    if (!versions) return bk_arena_fail(call->arena, call->err);
    for (size_t i = 0; i < x->n; i++)
        if (bk_str_eq(x->items[i].name, name)) versions[n++] = x->items[i].v->meta.version;
    bk_status s = bk_index_pick(call->arena, name, versions, n, version, &at, &exact, call->err);
    *ret = s == BK_OK;
    if (s == BK_ERR) {
        bk_err_release(call->err);
        return BK_OK;
    }
    if (s != BK_OK || exact) return s;
    const bk_log log = bk_call_log_of(call);
    const bk_log_attr attrs[] = {{"chart", name}, {"requested", version}, {"selected", versions[at]}};
    bk_log_write(&log, call->arena, "WARN", BK_S("unable to find exact version requested; falling back to closest available version"),
                 attrs, BK_COUNT(attrs));
    return BK_OK;
}

static bk_status merge(void *self, bk_str name, bk_index_version *const *versions, size_t count, bk_err *err) {
    making *x = self;
    (void)name; /* the charts' own names count */
    (void)err;  /* the call's own */
    for (size_t i = 0; i < count; i++) {
        bool there;
        bk_arena_point point = bk_arena_here(x->call->arena);
        BK_TRY(has(x, versions[i]->meta.name, versions[i]->meta.version, &there));
        bk_arena_back(x->call->arena, point);
        if (!there) BK_TRY(add(x, versions[i]->meta.name, versions[i]));
    }
    return BK_OK;
}

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(((const listed *)a)->name, ((const listed *)b)->name);
}

static int newest_first(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_semver_cmp(&((const listed *)b)->version, &((const listed *)a)->version);
}

static bool sort_all(making *x) {
    bk_arena *arena = x->call->arena;
    if (!bk_sort(arena, x->items, x->n, sizeof *x->items, by_name, NULL)) return false;
    for (size_t i = 0, end; i < x->n; i = end) {
        for (end = i + 1; end < x->n && bk_str_eq(x->items[end].name, x->items[i].name);) end++;
        if (!bk_sort_go(arena, x->items + i, end - i, sizeof *x->items, newest_first, NULL)) return false;
    }
    return true;
}

/* The members of a struct in its order, which maps do not keep. */
static bk_status put_struct(bk_call_state *call, bk_buf *out, const bk_shape *shape, bk_value v, unsigned budget);

static bk_status put_member(bk_call_state *call, bk_buf *out, const bk_field *f, bk_value v, unsigned budget) {
    if (f->kind != BK_FIELD_STRUCTS || v.kind != BK_LIST || !v.items) return bk_json_encode(out, call->arena, v, BK_JSON_HTML, call->err);
    bk_buf_byte(out, '[');
    for (uint32_t i = 0; i < v.len; i++) {
        if (i) bk_buf_byte(out, ',');
        BK_TRY(put_struct(call, out, f->shape, v.items[i], budget - 1));
    }
    bk_buf_byte(out, ']');
    return BK_OK;
}

static bk_status put_struct(bk_call_state *call, bk_buf *out, const bk_shape *shape, bk_value v, unsigned budget) {
    bool any = false;
    if (budget == 0 || v.kind != BK_MAP) return bk_json_encode(out, call->arena, v, BK_JSON_HTML, call->err);
    bk_buf_byte(out, '{');
    for (size_t i = 0; i < shape->n; i++) {
        const bk_value *member = bk_map_get(v.map, bk_str_c(shape->fields[i].json));
        if (!member) continue;
        if (any) bk_buf_byte(out, ',');
        any = true;
        bk_json_encode_string(out, bk_str_c(shape->fields[i].json), BK_JSON_HTML);
        bk_buf_byte(out, ':');
        BK_TRY(put_member(call, out, &shape->fields[i], *member, budget));
    }
    bk_buf_byte(out, '}');
    return BK_OK;
}

/* json.Indent of good JSON. */
static void indent(bk_buf *out, bk_str json) {
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i], next = i + 1 < json.n ? json.p[i + 1] : 0;
        bool opens = !quoted && (c == '{' || c == '['), closes = !quoted && (c == '}' || c == ']');
        if (closes) depth--;
        if (closes && json.p[i - 1] != '{' && json.p[i - 1] != '[') {
            bk_buf_byte(out, '\n');
            bk_buf_fill(out, ' ', 2 * (size_t)depth);
        }
        bk_buf_byte(out, c);
        if (quoted && c == '\\') bk_buf_byte(out, json.p[++i]);
        else if (c == '"') quoted = !quoted;
        else if (!quoted && c == ':') bk_buf_byte(out, ' ');
        if (opens) depth++;
        if ((opens && next != '}' && next != ']') || (!quoted && c == ',')) {
            bk_buf_byte(out, '\n');
            bk_buf_fill(out, ' ', 2 * (size_t)depth);
        }
    }
}

static bk_status put_json(making *x, bk_str generated, bk_buf *out) {
    bk_call_state *call = x->call;
    bk_buf json;
    bk_value v;
    bk_buf_init(&json, NULL, 0);
    bk_buf_c(&json, "{\"apiVersion\":\"v1\",\"generated\":");
    bk_json_encode_string(&json, generated, BK_JSON_HTML);
    bk_buf_c(&json, ",\"entries\":{");
    bk_status s = BK_OK;
    for (size_t i = 0; i < x->n && s == BK_OK; i++) {
        bool again = i && bk_str_eq(x->items[i].name, x->items[i - 1].name);
        if (!again) {
            bk_buf_c(&json, i ? "]," : "");
            bk_json_encode_string(&json, x->items[i].name, BK_JSON_HTML);
            bk_buf_c(&json, ":[");
        } else {
            bk_buf_byte(&json, ',');
        }
        s = bk_typed_json(call->arena, &bk_index_version_shape, x->items[i].v, &v, call->err);
        if (s == BK_OK) s = put_struct(call, &json, &bk_index_version_shape, v, 10);
    }
    bk_buf_c(&json, x->n ? "]}}" : "}}");
    if (s == BK_OK) s = bk_buf_check(&json, call->err);
    if (s == BK_OK) indent(out, bk_buf_view(&json));
    bk_buf_release(&json);
    return s;
}

static bk_status put_yaml(making *x, bk_str generated, bk_buf *out) {
    bk_call_state *call = x->call;
    bk_map *top = bk_map_new(call->arena, 3), *entries = bk_map_new(call->arena, 16);
    bool ok = top && entries && bk_map_set(top, BK_S("apiVersion"), bk_string(BK_S("v1"))) &&
              bk_map_set(top, BK_S("entries"), bk_map_value(entries)) && bk_map_set(top, BK_S("generated"), bk_string(generated));
    if (!ok) return bk_arena_fail(call->arena, call->err);
    for (size_t i = 0, end; i < x->n; i = end) {
        bk_items list;
        bk_value v;
        bk_items_init(&list, call->arena);
        for (end = i; end < x->n && bk_str_eq(x->items[end].name, x->items[i].name); end++) {
            BK_TRY(bk_typed_json(call->arena, &bk_index_version_shape, x->items[end].v, &v, call->err));
            bk_items_add(&list, v);
        }
        BK_TRY(bk_items_list(&list, BK_T_LIST, &v, call->err));
        if (!bk_map_set(entries, x->items[i].name, v)) return bk_arena_fail(call->arena, call->err);
    }
    return bk_yaml_encode(out, call->arena, bk_map_value(top), call->err);
}

bk_status bk_index_write(bk_call_state *call) {
    const bk_value *entries = bk_map_get(call->options, BK_S("entries"));
    const bk_log log = bk_call_log_of(call);
    making x = {.call = call};
    bk_index_head head;
    bk_buf out;
    bk_str other, generated = bk_map_str(call->options, "generated", BK_S(""));
    for (uint32_t i = 0; entries && entries->kind == BK_LIST && i < entries->len; i++) BK_TRY(add_new(&x, entries->items[i]));
    if (call->input_count) {
        const bk_index_visitor visitor = {&x, merge, true};
        BK_TRY(bk_call_input(call, 0, &other));
        BK_TRY(bk_index_read(call->arena, other, bk_map_str(call->options, "source", BK_S("")), &log, &visitor, &head, call->err));
    }
    if (!sort_all(&x)) return bk_arena_fail(call->arena, call->err);
    bk_buf_init(&out, call->arena, 0);
    if (bk_map_bool(call->options, "json", false)) BK_TRY(put_json(&x, generated, &out));
    else BK_TRY(put_yaml(&x, generated, &out));
    BK_TRY(bk_buf_check(&out, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_string(bk_buf_take(&out)));
}
