#include "chart/render_values.h"

#include "base/buf.h"
#include "base/limits.h"
#include "chart/coalesce.h"
#include "chart/unread.h"
#include "chart/values.h"

/* ---- schemas ---- */

typedef struct validation {
    bk_arena *arena;
    const bk_schema_options *options;
    bk_buf report;
} validation;

static bk_status validate(validation *v, const bk_chart *chart, bk_map *values, unsigned budget, bk_err *err) {
    if (budget == 0) return bk_err_limit(err, "nesting of charts", BK_LIMIT_CHART_DEPTH);
    if (chart->has_schema) {
        bk_str report = {0};
        if (v->options && v->options->chart) *v->options->chart = chart;
        BK_TRY(bk_schema_validate(v->arena, bk_map_value(values), chart->schema, v->options, &report, err));
        if (report.n) {
            bk_buf_str(&v->report, bk_chart_name(chart));
            bk_buf_c(&v->report, ":\n");
            bk_buf_str(&v->report, report);
        }
    }
    for (size_t i = 0; i < chart->deps.n; i++) {
        const bk_chart *sub = chart->deps.p[i];
        const bk_value *part = bk_map_get(values, bk_chart_name(sub));
        if (!part || bk_is_nil(*part)) continue;
        if (part->type == BK_T_MAP) {
            BK_TRY(validate(v, sub, part->map, budget - 1, err));
            continue;
        }
        bk_buf_str(&v->report, bk_chart_name(sub));
        bk_buf_c(&v->report, ":\ninvalid type for values: expected object (map), got ");
        bk_buf_c(&v->report, bk_type_name(*part));
        bk_buf_byte(&v->report, '\n');
    }
    return BK_OK;
}

static bk_status check_schemas(bk_arena *arena, const bk_chart *chart, bk_map *values, const bk_schema_options *options, bk_err *err) {
    const bk_str head = BK_S("values don't meet the specifications of the schema(s) in the following chart(s):\n");
    validation v = {.arena = arena, .options = options};
    bk_buf_init(&v.report, arena, 0);
    bk_buf_str(&v.report, head);
    BK_TRY(validate(&v, chart, values, BK_LIMIT_CHART_DEPTH, err));
    BK_TRY(bk_buf_check(&v.report, err));
    return v.report.n == head.n ? BK_OK : bk_err_set_str(err, BK_ERR, bk_buf_view(&v.report));
}

bk_status bk_render_values(bk_arena *arena, const bk_chart *chart, bk_map *values, bool skip_schema, const bk_schema_options *schema,
                           const bk_log *log, bk_map **ret, bk_err *err) {
    bk_coalescer c = {.arena = arena, .log = log};
    bk_map *all = NULL;
    BK_TRY(bk_coalesce_begin(&c, chart, values, BK_COALESCE, &all, err));
    BK_TRY(bk_coalesce_detach(&c, all, err));
    if (!skip_schema) BK_TRY(check_schemas(arena, chart, all, schema, err));
    *ret = all;
    return BK_OK;
}

/* ---- scopes ---- */

typedef struct making {
    bk_arena *arena;
    bk_value release, capabilities;
    bk_scopes *scopes;
} making;

static bk_status no_memory(const making *m, bk_err *err) { return bk_arena_fail(m->arena, err); }

static bool put(bk_map *map, const char *key, bk_value v) { return bk_map_set(map, bk_str_c(key), v); }

static bk_status release_value(bk_arena *arena, const bk_release_info *r, bk_value *ret, bk_err *err) {
    bk_map *map = bk_map_new(arena, 6);
    if (!map || !put(map, "Name", bk_string(r->name)) || !put(map, "Namespace", bk_string(r->namespace_)) ||
        !put(map, "IsUpgrade", bk_bool(r->is_upgrade)) || !put(map, "IsInstall", bk_bool(r->is_install)) ||
        !put(map, "Revision", bk_int(r->revision)) || !put(map, "Service", bk_string(BK_S("Helm"))))
        return bk_arena_fail(arena, err);
    *ret = bk_map_value(map);
    return BK_OK;
}

static bk_status files_value(const making *m, const bk_chart *chart, bk_value *ret, bk_err *err) {
    bk_map *map = bk_map_new(m->arena, chart->files.n);
    if (!map) return no_memory(m, err);
    for (size_t i = 0; i < chart->files.n; i++)
        if (!bk_map_set(map, chart->files.p[i].name, bk_bytes(chart->files.p[i].data))) return no_memory(m, err);
    for (size_t i = 0; i < chart->files.n && !map->fill; i++)
        if (chart->files.p[i].unread) map->fill = &chart->files.p[i].unread->fill;
    *ret = bk_map_typed(BK_T_FILES, map);
    return BK_OK;
}

static bk_status chart_value(const making *m, const bk_chart *chart, bk_value *ret, bk_err *err) {
    BK_TRY(bk_typed_fields(m->arena, &bk_metadata_shape, chart->meta, ret, err));
    return put(ret->map, "IsRoot", bk_bool(!chart->parent)) ? BK_OK : no_memory(m, err);
}

/* The chart's part of its parent's values. Helm looks it up by a path, so a name with a dot in it finds what its parts name. */
static bk_status part_of(const making *m, const bk_chart *chart, bk_map *parent, bk_map **ret, bk_err *err) {
    bk_str missing;
    if (bk_values_table(parent, bk_chart_name(chart), ret, &missing)) return BK_OK;
    *ret = bk_map_new(m->arena, 0);
    return *ret ? BK_OK : no_memory(m, err);
}

static bk_status add(const making *m, bk_scope scope, size_t *ret, bk_err *err) {
    bk_scopes *s = m->scopes;
    if (s->n == s->cap) {
        if (s->n >= BK_LIMIT_CHARTS) return bk_err_limit(err, "charts", BK_LIMIT_CHARTS);
        size_t cap = s->cap ? s->cap * 2 : 8;
        void *p = bk_arena_grow(m->arena, s->p, s->cap * sizeof scope, cap * sizeof scope);
        if (!p) return no_memory(m, err);
        s->p = p;
        s->cap = cap;
    }
    *ret = s->n;
    s->p[s->n++] = scope;
    return BK_OK;
}

static bk_status scope_of(const making *m, const bk_chart *chart, bk_map *values, size_t parent, unsigned budget, bk_err *err) {
    bk_value meta = bk_nil(), files = bk_nil();
    bk_scope scope = {.chart = chart, .parent = parent};
    bk_map *subs = bk_map_new(m->arena, chart->deps.n);
    size_t own;
    if (budget == 0) return bk_err_limit(err, "nesting of charts", BK_LIMIT_CHART_DEPTH);
    if (!subs) return no_memory(m, err);
    BK_TRY(chart_value(m, chart, &meta, err));
    BK_TRY(files_value(m, chart, &files, err));
    BK_TRY(bk_chart_full_path(m->arena, chart, &scope.path, err));
    scope.dot = bk_map_new(m->arena, 8);
    if (!scope.dot || !put(scope.dot, "Chart", meta) || !put(scope.dot, "Files", files) || !put(scope.dot, "Release", m->release) ||
        !put(scope.dot, "Capabilities", m->capabilities) || !put(scope.dot, "Values", bk_map_typed(BK_T_VALUES, values)) ||
        !put(scope.dot, "Subcharts", bk_map_value(subs)))
        return no_memory(m, err);
    BK_TRY(add(m, scope, &own, err));
    for (size_t i = 0; i < chart->deps.n; i++) {
        const bk_chart *sub = chart->deps.p[i];
        size_t at = m->scopes->n;
        bk_map *part = NULL;
        BK_TRY(part_of(m, sub, values, &part, err));
        BK_TRY(scope_of(m, sub, part, own, budget - 1, err));
        if (!bk_map_set(subs, bk_chart_name(sub), bk_map_value(m->scopes->p[at].dot))) return no_memory(m, err);
    }
    return BK_OK;
}

bk_status bk_render_scopes(bk_arena *arena, const bk_chart *chart, bk_map *values, const bk_release_info *release, bk_value capabilities,
                           bk_scopes *ret, bk_err *err) {
    bk_scopes scopes = {0};
    making m = {.arena = arena, .capabilities = capabilities, .scopes = &scopes};
    BK_TRY(release_value(arena, release, &m.release, err));
    BK_TRY(scope_of(&m, chart, values, 0, BK_LIMIT_CHART_DEPTH, err));
    *ret = scopes;
    return BK_OK;
}

bool bk_render_is_template(const bk_chart *chart, bk_str name) {
    return !bk_chart_is_library(chart) || bk_str_starts(bk_path_base(name), BK_S("_"));
}
