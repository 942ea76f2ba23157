#include "cli/get_template.h"

#include "action/render.h"
#include "data/json.h"

/* JSON's names to those of the structs' fields. */
static const struct {
    const char *json, *go;
} names[] = {
    {"apiVersion", "APIVersion"},      {"appVersion", "AppVersion"}, {"kubeVersion", "KubeVersion"},     {"url", "URL"},
    {"import-values", "ImportValues"}, {"modtime", "ModTime"},       {"schemamodtime", "SchemaModTime"},
};

typedef struct maker {
    bk_arena *arena;
    bool failed;
} maker;

static void set(maker *k, bk_map *m, const char *name, bk_value v) {
    if (!m || !bk_map_set(m, bk_str_c(name), v)) k->failed = true;
}

static bk_map *new_map(maker *k) {
    bk_map *m = bk_map_new(k->arena, 16);
    if (!m) k->failed = true;
    return m;
}

static bk_str go_name(maker *k, bk_str json) {
    bk_str ret = json;
    for (size_t i = 0; i < BK_COUNT(names); i++)
        if (bk_str_eq(json, bk_str_c(names[i].json))) return bk_str_c(names[i].go);
    if (!json.n || json.p[0] < 'a' || json.p[0] > 'z') return json;
    if (!bk_arena_dup(k->arena, json, &ret)) k->failed = true;
    else ((char *)ret.p)[0] = (char)(json.p[0] - 'a' + 'A');
    return ret;
}

static bk_value renamed(maker *k, bk_value v, unsigned depth);

/* The fields of a struct; maps of the chart's own (values, annotations) stay as they are. */
static bk_value renamed_map(maker *k, bk_map *from, unsigned depth) {
    bk_map *m = new_map(k);
    for (size_t i = 0; m && i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        bool own = bk_str_eq(e->key, BK_S("values")) || bk_str_eq(e->key, BK_S("annotations"));
        if (!bk_map_set(m, go_name(k, e->key), own ? e->value : renamed(k, e->value, depth))) k->failed = true;
    }
    return m ? bk_map_value(m) : bk_nil();
}

static bk_value renamed(maker *k, bk_value v, unsigned depth) {
    bk_items list;
    bk_value ret = bk_nil();
    bk_err ignored = BK_ERR_INIT;
    if (depth == 0) return bk_nil();
    if (v.kind == BK_MAP) return renamed_map(k, v.map, depth - 1);
    if (v.kind != BK_LIST) return v;
    bk_items_init(&list, k->arena);
    for (uint32_t i = 0; i < v.len; i++) bk_items_add(&list, renamed(k, v.items[i], depth - 1));
    if (bk_items_list(&list, BK_T_LIST, &ret, &ignored) != BK_OK) k->failed = true;
    bk_err_release(&ignored);
    return ret;
}

static bk_value time_of(const bk_release_time *t) { return bk_string(t->shown.n ? t->shown : BK_S("0001-01-01 00:00:00 +0000 UTC")); }

static bk_value words(maker *k, bk_words w) {
    bk_value *items = BK_NEW_ARRAY(k->arena, bk_value, w.n + 1);
    if (!items) k->failed = true;
    for (size_t i = 0; items && i < w.n; i++) items[i] = bk_string(w.p[i]);
    return items ? bk_list(items, w.n) : bk_nil();
}

static bk_value hook(maker *k, const bk_hook *h) {
    bk_map *m = new_map(k), *run = new_map(k);
    if (!m || !run) return bk_nil();
    set(k, m, "Name", bk_string(h->name));
    set(k, m, "Kind", bk_string(h->kind));
    set(k, m, "Path", bk_string(h->path));
    set(k, m, "Manifest", bk_string(h->manifest));
    set(k, m, "Events", words(k, h->events));
    set(k, m, "Weight", bk_int(h->weight));
    set(k, m, "DeletePolicies", words(k, h->delete_policies));
    set(k, m, "OutputLogPolicies", words(k, h->output_log_policies));
    set(k, m, "LastRun", bk_map_value(run));
    set(k, run, "StartedAt", time_of(&h->started));
    set(k, run, "CompletedAt", time_of(&h->completed));
    set(k, run, "Phase", bk_string(h->phase));
    return bk_map_value(m);
}

static bk_value info(maker *k, const bk_release *r) {
    bk_map *m = new_map(k);
    if (!m) return bk_nil();
    set(k, m, "FirstDeployed", time_of(&r->first_deployed));
    set(k, m, "LastDeployed", time_of(&r->last_deployed));
    set(k, m, "Deleted", time_of(&r->deleted));
    set(k, m, "Description", bk_string(r->description));
    set(k, m, "Status", bk_string(r->status));
    set(k, m, "RollbackRevision", bk_int(r->rollback_revision));
    set(k, m, "Notes", bk_string(r->notes));
    set(k, m, "Resources", bk_map_value(new_map(k)));
    return bk_map_value(m);
}

static bk_status chart(maker *k, const bk_release *r, bk_value *ret, bk_err *err) {
    bk_value v;
    *ret = bk_nil();
    if (!r->chart.n) return BK_OK;
    BK_TRY(bk_json_decode(k->arena, r->chart, 0, BK_T_MAP, &v, err));
    *ret = renamed(k, v, 8);
    return BK_OK;
}

static bk_status release(maker *k, const bk_release *r, bk_value *ret, bk_err *err) {
    bk_map *m = new_map(k);
    bk_value c, *hooks = BK_NEW_ARRAY(k->arena, bk_value, r->hook_count + 1);
    if (!m || !hooks) return bk_arena_fail(k->arena, err);
    for (size_t i = 0; i < r->hook_count; i++) hooks[i] = hook(k, &r->hooks[i]);
    BK_TRY(chart(k, r, &c, err));
    set(k, m, "Name", bk_string(r->name));
    set(k, m, "Info", info(k, r));
    set(k, m, "Chart", c);
    set(k, m, "Config", r->config);
    set(k, m, "Manifest", bk_string(r->manifest));
    set(k, m, "Hooks", bk_list(hooks, r->hook_count));
    set(k, m, "Version", bk_int(r->version));
    set(k, m, "Namespace", bk_string(r->namespace_));
    set(k, m, "Labels", bk_map_value(r->labels));
    set(k, m, "ApplyMethod", bk_string(r->apply_method));
    *ret = bk_map_value(m);
    return k->failed ? bk_arena_fail(k->arena, err) : BK_OK;
}

bk_status bk_cli_get_template(bk_cli *cli, const bk_release *r, bk_str template, bk_err *err) {
    maker k = {.arena = cli->arena};
    bk_map *data = new_map(&k);
    bk_value v;
    bk_str text;
    BK_TRY(release(&k, r, &v, err));
    if (!data || !bk_map_set(data, BK_S("Release"), v)) return bk_arena_fail(cli->arena, err);
    BK_TRY(bk_engine_template(cli->arena, BK_S("_"), template, bk_map_value(data), BK_S(""), false, &text, err));
    bk_buf_str(&cli->out, text);
    return BK_OK;
}
