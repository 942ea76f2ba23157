/* The call AUDIT: what a chart can ask for, as its files have it. Nothing is rendered: every template of every chart in the tree is parsed, those of dependencies that
 * are switched off as well, and each place that calls a function with an effect is told; so are references of schemas that lead out of them. */
#include "chart/load.h"
#include "chart/render_values.h"
#include "chart/schema.h"
#include "data/json.h"
#include "engine/calls.h"
#include "engine/funcs.h"
#include "engine/source.h"
#include "sprig/sprig.h"
#include "tmpl/walk.h"

#define CHARTS_DEPTH 100u
#define SCHEMA_DEPTH 500u
#define SITES_MAX 100000u

typedef struct audit {
    bk_call_state *call;
    bk_items charts, sites, broken;
    bk_str chart; /* the path of the one at hand */
    bk_str file;  /* of the schema at hand */
} audit;

static bk_status nomem(const audit *a) { return bk_arena_fail(a->call->arena, a->call->err); }

static bool put(bk_map *m, const char *key, bk_str text) { return bk_map_set(m, bk_str_c(key), bk_string(text)); }

/* ---- call sites ---- */

static const char *effect_of(const bk_walk_call *call) {
    static const struct {
        const char *name, *effect;
    } table[] = {
#define BK_AUDIT(name, effect) {name, effect},
#include "engine/audit.def"
#undef BK_AUDIT
    };
    for (size_t i = 0; i < BK_COUNT(table); i++) {
        if (!bk_str_eq(call->function, bk_str_c(table[i].name))) continue;
        bool list = bk_str_eq(call->function, BK_S("lookup")) && call->arg_count == 4 && call->args[3].literal && !call->args[3].text.n;
        return list ? "lookup-list" : table[i].effect;
    }
    return NULL;
}

static void put_expression(bk_buf *out, const bk_walk_call *call) {
    bk_buf_str(out, call->function);
    for (size_t i = 0; i < call->arg_count; i++) {
        const bk_walk_arg *arg = &call->args[i];
        bool number = arg->literal && arg->text.n && arg->text.p[0] >= '0' && arg->text.p[0] <= '9';
        bk_buf_byte(out, ' ');
        if (arg->literal && !number) bk_buf_byte(out, '"');
        bk_buf_str(out, arg->text);
        if (arg->literal && !number) bk_buf_byte(out, '"');
    }
    if (call->piped) bk_buf_c(out, " …");
}

static bk_status add_site(audit *a, const char *effect, bk_str function, bk_str where, bk_str text) {
    bk_arena *arena = a->call->arena;
    bk_map *m = bk_map_new(arena, 6);
    if (a->sites.n >= SITES_MAX) return bk_err_limit(a->call->err, "places where effects are asked for", SITES_MAX);
    bool ok = m && bk_arena_dup(arena, function, &function) && bk_arena_dup(arena, where, &where) && bk_arena_dup(arena, text, &text) &&
              put(m, "effect", bk_str_c(effect)) && put(m, "function", function) && put(m, "chart", a->chart) && put(m, "where", where) &&
              put(m, "text", text);
    if (!ok) return nomem(a);
    bk_items_add(&a->sites, bk_map_value(m));
    return BK_OK;
}

static bk_status on_call(void *self, const bk_walk_call *call, bk_err *err) {
    audit *a = self;
    const char *effect = effect_of(call);
    bk_buf text;
    if (!effect) return BK_OK;
    bk_buf_init(&text, NULL, 64 << 10);
    put_expression(&text, call);
    bk_status s = bk_buf_check(&text, err);
    if (s == BK_OK) s = add_site(a, effect, call->function, call->where, bk_buf_view(&text));
    bk_buf_release(&text);
    return s;
}

static bk_status add_broken(audit *a, bk_str file) {
    bk_map *m = bk_map_new(a->call->arena, 2);
    bk_str text;
    bool ok = m && bk_arena_dup(a->call->arena, bk_err_message(a->call->err), &text) && put(m, "file", file) && put(m, "error", text);
    bk_err_release(a->call->err);
    if (!ok) return nomem(a);
    bk_items_add(&a->broken, bk_map_value(m));
    return BK_OK;
}

/* Each file has a set of its own: what another defines by the same name must not hide anything. */
static bk_status template_file(audit *a, const bk_file *f) {
    bk_call_state *call = a->call;
    bk_str name;
    if (!bk_arena_printf(call->arena, &name, "%.*s/%.*s", BK_FMT(a->chart), BK_FMT(f->name))) return nomem(a);
    bk_tmpl_set *set = bk_tmpl_set_new(call->arena, BK_S("gotpl"));
    if (!set) return nomem(a);
    BK_TRY(bk_tmpl_set_funcs(set, bk_sprig_funcs, bk_sprig_func_count, call->err));
    BK_TRY(bk_tmpl_set_funcs(set, bk_engine_funcs, bk_engine_func_count, call->err));
    bk_status s = bk_tmpl_parse(set, name, f->data, 0, call->err);
    if (s == BK_ERR) return add_broken(a, name);
    BK_TRY(s);
    return bk_tmpl_walk(set, on_call, a, call->err);
}

/* ---- schemas ---- */

static bool leads_out(bk_str url) {
    static const char *const own[] = {"http://json-schema.org/draft-", "https://json-schema.org/draft"};
    if (!bk_str_contains(url, BK_S("://")) || bk_schema_is_own(url)) return false;
    for (size_t i = 0; i < BK_COUNT(own); i++)
        if (bk_str_starts(url, bk_str_c(own[i]))) return false;
    return true;
}

static bk_status schema_value(audit *a, bk_value v, unsigned budget) {
    if (budget == 0) return bk_err_limit(a->call->err, "nesting of a schema", SCHEMA_DEPTH);
    for (uint32_t i = 0; v.kind == BK_LIST && i < v.len; i++) BK_TRY(schema_value(a, v.items[i], budget - 1));
    for (size_t i = 0, n = v.kind == BK_MAP ? bk_map_len(v.map) : 0; i < n; i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        bool ref = bk_str_eq(e->key, BK_S("$ref")) || bk_str_eq(e->key, BK_S("$schema"));
        if (ref && bk_is_string(e->value) && leads_out(bk_value_str(e->value)))
            BK_TRY(add_site(a, "schema-ref", e->key, a->file, bk_value_str(e->value)));
        else BK_TRY(schema_value(a, e->value, budget - 1));
    }
    return BK_OK;
}

static bk_status schema(audit *a, const bk_chart *chart) {
    bk_value v;
    if (!chart->has_schema) return BK_OK;
    if (!bk_arena_printf(a->call->arena, &a->file, "%.*s/values.schema.json", BK_FMT(a->chart))) return nomem(a);
    bk_status s = bk_json_decode(a->call->arena, chart->schema, 0, BK_T_MAP, &v, a->call->err);
    if (s == BK_ERR) return add_broken(a, a->file);
    BK_TRY(s);
    return schema_value(a, v, SCHEMA_DEPTH);
}

/* ---- the tree ---- */

static bk_status one_chart(audit *a, const bk_chart *chart, unsigned budget) {
    bk_arena *arena = a->call->arena;
    bk_map *m = bk_map_new(arena, 4);
    if (budget == 0) return bk_err_limit(a->call->err, "nesting of sub-charts", CHARTS_DEPTH);
    BK_TRY(bk_chart_full_path(arena, chart, &a->chart, a->call->err));
    bool ok = m && put(m, "path", a->chart) && put(m, "name", bk_chart_name(chart)) &&
              put(m, "version", chart->meta ? chart->meta->version : BK_S(""));
    if (!ok) return nomem(a);
    bk_items_add(&a->charts, bk_map_value(m));
    for (size_t i = 0; i < chart->templates.n; i++) BK_TRY(template_file(a, &chart->templates.p[i]));
    BK_TRY(schema(a, chart));
    for (size_t i = 0; i < chart->deps.n; i++) BK_TRY(one_chart(a, chart->deps.p[i], budget - 1));
    return BK_OK;
}

static bk_status answer_list(audit *a, bk_items *items, bk_map *to, const char *key) {
    bk_value list;
    BK_TRY(bk_items_list(items, BK_T_LIST, &list, a->call->err));
    return bk_map_set(to, bk_str_c(key), list) ? BK_OK : nomem(a);
}

bk_status bk_call_audit(bk_call_state *call) {
    const bk_log log = bk_call_log_of(call);
    audit a = {.call = call};
    bk_files files;
    bk_chart *chart;
    bk_map *answer = bk_map_new(call->arena, 4);
    if (!answer) return bk_arena_fail(call->arena, call->err);
    bk_items_init(&a.charts, call->arena);
    bk_items_init(&a.sites, call->arena);
    bk_items_init(&a.broken, call->arena);
    BK_TRY(bk_source_files_v2(call, 0, &log, &files));
    BK_TRY(bk_chart_load_files(call->arena, &files, false, &log, &chart, call->err));
    BK_TRY(one_chart(&a, chart, CHARTS_DEPTH));
    BK_TRY(answer_list(&a, &a.charts, answer, "charts"));
    BK_TRY(answer_list(&a, &a.sites, answer, "sites"));
    BK_TRY(answer_list(&a, &a.broken, answer, "broken"));
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer));
}
