#include "chart/import_values.h"

#include "base/buf.h"
#include "base/limits.h"
#include "value/gofmt.h"

typedef struct importing {
    bk_coalescer *c;
    const bk_chart *chart;
    bk_map *values;   /* the chart's and its sub-charts' defaults, merged: the pass */
    bk_map *imported; /* what comes in on top of nothing; the chart's own values win over it later */
} importing;

static bk_status no_memory(const importing *im, bk_err *err) { return bk_arena_fail(im->c->arena, err); }

/* ---- warnings ---- */

static void warn_missing(const importing *im, const bk_dependency *d, bool with_chart, bk_str part) {
    bk_buf text;
    bk_buf_init(&text, im->c->arena, BK_LIMIT_ERR);
    bk_fmt_quote(&text, part);
    bk_buf_c(&text, " is not a table");
    const bk_log_attr error = {"error", bk_buf_view(&text)};
    const bk_log_attr v2[] = {{"chart", d->name}, error}, v3[] = {{"chart", BK_S("chart")}, {"name", d->name}, error};
    if (!with_chart) bk_log_write(im->c->log, im->c->arena, "WARN", BK_S("ImportValues missing table"), &error, 1);
    else if (im->chart->v3) bk_log_write(im->c->log, im->c->arena, "WARN", BK_S("ImportValues missing table from chart"), v3, BK_COUNT(v3));
    else bk_log_write(im->c->log, im->c->arena, "WARN", BK_S("ImportValues missing table from chart"), v2, BK_COUNT(v2));
}

/* ---- one import ---- */

/* The table at a path, with all tables on the way the pass's own. NULL: *ret_missing is the part that is none. */
static bk_status find_table(const importing *im, bk_str path, bk_map **ret, bk_str *ret_missing, bk_err *err) {
    bk_str rest = path;
    bk_map *at = im->values;
    for (bool more = true; more;) {
        more = bk_str_cut(rest, BK_S("."), ret_missing, &rest);
        BK_TRY(bk_coalesce_table(im->c, at, *ret_missing, ret, err));
        if (!*ret) return BK_OK;
        at = *ret;
    }
    return BK_OK;
}

/* Puts a table at a path in new maps; "." is the table itself. */
static bk_status at_path(const importing *im, bk_str path, bk_map *table, bk_map **ret, bk_err *err) {
    *ret = table;
    if (bk_str_eq(path, BK_S("."))) return BK_OK;
    for (bk_str rest = path;;) {
        size_t dot = bk_str_rfind_byte(rest, '.');
        bk_map *outer = bk_map_new(im->c->arena, 1);
        if (!outer) return no_memory(im, err);
        BK_TRY(bk_coalesce_put(im->c, outer, dot == BK_NPOS ? rest : bk_str_from(rest, dot + 1), *ret, err));
        *ret = outer;
        if (dot == BK_NPOS) return BK_OK;
        rest.n = dot;
    }
}

/* Merges the child's table into what is imported, at the parent's path. */
static bk_status import(const importing *im, const bk_dependency *d, bk_str child, bk_str parent, bool with_chart, bk_err *err) {
    bk_str path, missing;
    bk_map *table, *placed;
    if (!bk_arena_cat(im->c->arena, d->name, BK_S("."), &path) || !bk_arena_cat(im->c->arena, path, child, &path))
        return no_memory(im, err);
    BK_TRY(find_table(im, path, &table, &missing, err));
    if (!table) {
        warn_missing(im, d, with_chart, missing);
        return BK_OK;
    }
    if (bk_map_len(table) == 0 && !(table = bk_map_new(im->c->arena, 0))) return no_memory(im, err);
    BK_TRY(at_path(im, parent, table, &placed, err));
    return bk_coalesce_import(im->c, im->imported, placed, err);
}

/* What Chart.yaml's list becomes: pairs of texts, which templates can see. */
static bk_status note(const importing *im, bk_items *notes, bk_str child, bk_str parent, bk_err *err) {
    bk_map *pair = bk_map_new(im->c->arena, 2);
    if (!pair || !bk_map_set(pair, BK_S("child"), bk_string(child)) || !bk_map_set(pair, BK_S("parent"), bk_string(parent)))
        return no_memory(im, err);
    bk_items_add(notes, bk_map_typed(BK_T_STRING_MAP, pair));
    return BK_OK;
}

static bk_status as_text(const importing *im, bk_map *entry, const char *key, bk_str *ret, bk_err *err) {
    bk_buf text;
    const bk_value *v = bk_map_get(entry, bk_str_c(key));
    bk_buf_init(&text, im->c->arena, 0);
    BK_TRY(bk_fmt_value(&text, v ? *v : bk_nil(), err));
    *ret = bk_buf_view(&text);
    return BK_OK;
}

static bk_status import_entry(const importing *im, const bk_dependency *d, bk_value entry, bk_items *notes, bk_err *err) {
    bk_str child, parent;
    if (entry.type == BK_T_MAP) {
        BK_TRY(as_text(im, entry.map, "child", &child, err));
        BK_TRY(as_text(im, entry.map, "parent", &parent, err));
        BK_TRY(note(im, notes, child, parent, err));
        return import(im, d, child, parent, true, err);
    }
    if (!bk_is_string(entry)) return BK_OK;
    if (!bk_arena_cat(im->c->arena, BK_S("exports."), bk_value_str(entry), &child)) return no_memory(im, err);
    BK_TRY(note(im, notes, child, BK_S("."), err));
    return import(im, d, child, BK_S("."), false, err);
}

static bk_status import_dependency(const importing *im, bk_dependency *d, bk_err *err) {
    bk_items notes;
    bk_items_init(&notes, im->c->arena);
    for (size_t i = 0; i < bk_value_len(d->import_values); i++) BK_TRY(import_entry(im, d, d->import_values.items[i], &notes, err));
    if (notes.n || notes.failed) return bk_items_list(&notes, BK_T_LIST, &d->import_values, err);
    d->import_values = bk_list_typed(BK_T_LIST, NULL, 0);
    return BK_OK;
}

/* ---- one chart ---- */

static bk_status import_chart(bk_coalescer *c, bk_chart *chart, bk_err *err) {
    importing im = {.c = c, .chart = chart};
    if (!chart->meta->dependencies.p) return BK_OK;
    BK_TRY(bk_coalesce_begin(c, chart, NULL, BK_MERGE, &im.values, err));
    if (!(im.imported = bk_map_new(c->arena, 0))) return no_memory(&im, err);
    for (size_t i = 0; i < chart->meta->dependencies.n; i++) BK_TRY(import_dependency(&im, bk_metadata_dependency(chart->meta, i), err));
    bk_coalesce_end(im.values);
    bk_coalesce_end(im.imported);
    chart->values = im.values;
    if (bk_map_len(im.imported) == 0) return BK_OK;
    /* The two share tables, and may even contain themselves by now: from here on they don't. */
    bk_map *filled = bk_map_copy(c->arena, im.values);
    if (!filled) return no_memory(&im, err);
    BK_TRY(bk_coalesce_fill(c, filled, im.imported, err));
    BK_TRY(bk_coalesce_detach(c, filled, err));
    chart->values = filled;
    return BK_OK;
}

bk_status bk_chart_import_values(bk_coalescer *c, bk_chart *chart, unsigned budget, bk_err *err) {
    if (budget == 0) return bk_err_limit(err, "nesting of charts", BK_LIMIT_CHART_DEPTH);
    for (size_t i = 0; i < chart->deps.n; i++) BK_TRY(bk_chart_import_values(c, chart->deps.p[i], budget - 1, err));
    return import_chart(c, chart, err);
}
