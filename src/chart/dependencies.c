#include "chart/dependencies.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "chart/coalesce.h"
#include "chart/import_values.h"
#include "chart/values.h"
#include "text/semver.h"
#include "value/gofmt.h"

/* Every dependency is held against every chart. */
enum { MAX_PAIRS = 1000000 };

typedef struct processing {
    bk_coalescer c;
    size_t charts; /* made so far: copies for aliases */
} processing;

static bk_status no_memory(const processing *p, bk_err *err) { return bk_arena_fail(p->c.arena, err); }

bk_status bk_version_in_range(bk_arena *arena, bk_str range, bk_str version, bool *ret, bk_err *err) {
    bk_err bad = BK_ERR_INIT;
    bk_semver v;
    bk_constraints c;
    bk_status status = bk_semver_parse(version, &v, &bad);
    if (status == BK_OK) status = bk_constraints_parse(arena, range, &c, &bad);
    *ret = status == BK_OK && bk_constraints_check(&c, &v);
    if (status == BK_OK || status == BK_ERR) bk_err_release(&bad);
    else bk_err_move(err, &bad);
    return err->code;
}

/* ---- there or not ---- */

static bool has_dependency(const bk_chart *chart, bk_str name) {
    for (size_t i = 0; i < chart->deps.n; i++)
        if (bk_str_eq(bk_chart_name(chart->deps.p[i]), name)) return true;
    return false;
}

bk_status bk_chart_missing(bk_arena *arena, const bk_chart *chart, bk_str *ret, size_t *ret_count, bk_err *err) {
    bk_buf missing;
    size_t count = 0;
    bk_buf_init(&missing, arena, 0);
    for (size_t i = 0; i < chart->meta->dependencies.n; i++) {
        const bk_dependency *d = bk_metadata_dependency(chart->meta, i);
        if (!d || has_dependency(chart, d->name)) continue;
        if (count++) bk_buf_c(&missing, ", ");
        bk_buf_str(&missing, d->name);
    }
    BK_TRY(bk_buf_check(&missing, err));
    *ret = bk_buf_take(&missing);
    *ret_count = count;
    return BK_OK;
}

/* ---- enabled or not ---- */

static void warn_not_bool(const processing *p, const char *what, bk_str path, bk_str chart) {
    const bk_log_attr attrs[] = {{what, path}, {"chart", chart}};
    bk_log_write(p->c.log, p->c.arena, "WARN", BK_S("returned non-bool value"), attrs, BK_COUNT(attrs));
}

static void apply_tags(const processing *p, bk_metadata *md, bk_map *values) {
    bk_map *tags;
    bk_str missing;
    if (!bk_values_table(values, BK_S("tags"), &tags, &missing)) return;
    for (size_t i = 0; i < md->dependencies.n; i++) {
        bk_dependency *d = bk_metadata_dependency(md, i);
        bool any_true = false, any_false = false;
        for (size_t j = 0; j < d->tags.n; j++) {
            bk_str tag = bk_list_str(&d->tags, j);
            const bk_value *v = bk_map_get(tags, tag);
            if (!v) continue;
            if (v->kind != BK_BOOL) warn_not_bool(p, "tag", tag, d->name);
            else if (v->b) any_true = true;
            else any_false = true;
        }
        d->enabled = any_true || !any_false;
    }
}

/* Helm's loader for v3 charts warns in the wrong case: when there is simply no such value. */
static void warn_no_value(const processing *p, bk_str key) {
    bk_buf text;
    bk_buf_init(&text, p->c.arena, BK_LIMIT_ERR);
    bk_fmt_quote(&text, key);
    bk_buf_c(&text, " is not a value");
    const bk_log_attr attrs[] = {{"error", bk_buf_view(&text)}};
    bk_log_write(p->c.log, p->c.arena, "WARN", BK_S("the method PathValue returned error"), attrs, BK_COUNT(attrs));
}

/* The conditions of one dependency, which lie under the chart's own path. */
static bk_status apply_condition(const processing *p, const bk_chart *chart, bk_dependency *d, bk_map *values, bk_str prefix, bk_err *err) {
    bk_str one, rest = bk_str_trim_space(d->condition), path, missing;
    for (bool more = true; more;) {
        bk_value v;
        more = bk_str_cut(rest, BK_S(","), &one, &rest);
        if (one.n == 0) continue;
        if (!bk_arena_cat(p->c.arena, prefix, one, &path)) return no_memory(p, err);
        if (!bk_values_path(values, path, &v, &missing)) {
            if (chart->v3) warn_no_value(p, missing);
        } else if (v.kind != BK_BOOL) {
            warn_not_bool(p, "path", one, d->name);
        } else {
            d->enabled = v.b;
            return BK_OK;
        }
    }
    return BK_OK;
}

/* ---- which charts ---- */

/* A copy of a chart whose sub-charts are copies too (theirs are not): the parents of the original stay as they are. */
static bk_status copy_chart(processing *p, const bk_chart *from, bk_chart **ret, bk_err *err) {
    p->charts += 1 + from->deps.n;
    if (p->charts > BK_LIMIT_CHARTS) return bk_err_limit(err, "charts", BK_LIMIT_CHARTS);
    bk_chart *copy = BK_NEW(p->c.arena, bk_chart);
    if (!copy) return no_memory(p, err);
    *copy = *from;
    copy->meta = bk_metadata_copy(p->c.arena, from->meta);
    if (!copy->meta) return no_memory(p, err);
    copy->deps = (bk_charts){0};
    for (size_t i = 0; i < from->deps.n; i++) {
        bk_chart *sub = BK_NEW(p->c.arena, bk_chart);
        if (!sub) return no_memory(p, err);
        *sub = *from->deps.p[i];
        BK_TRY(bk_chart_add(p->c.arena, copy, sub, err));
    }
    *ret = copy;
    return BK_OK;
}

static bk_status is_meant(const processing *p, const bk_dependency *d, const bk_chart *chart, bool *ret, bk_err *err) {
    *ret = bk_str_eq(bk_chart_name(chart), d->name);
    return *ret ? bk_version_in_range(p->c.arena, d->version, chart->meta->version, ret, err) : BK_OK;
}

/* Keeps the sub-charts that Chart.yaml does not name. */
static bk_status keep_unnamed(processing *p, bk_chart *chart, const bk_charts *old, bk_err *err) {
    for (size_t i = 0; i < old->n; i++) {
        bool named = false;
        for (size_t j = 0; j < chart->meta->dependencies.n && !named; j++)
            BK_TRY(is_meant(p, bk_metadata_dependency(chart->meta, j), old->p[i], &named, err));
        if (!named) BK_TRY(bk_chart_add(p->c.arena, chart, old->p[i], err));
    }
    return BK_OK;
}

/* Adds the chart that a dependency means, if it is there, as a copy under its alias. */
static bk_status add_meant(processing *p, bk_chart *chart, const bk_dependency *d, const bk_charts *old, bk_err *err) {
    bool meant = false;
    size_t i = 0;
    for (; i < old->n && !meant; i++) BK_TRY(is_meant(p, d, old->p[i], &meant, err));
    if (!meant) return BK_OK;
    bk_chart *copy = NULL;
    BK_TRY(copy_chart(p, old->p[i - 1], &copy, err));
    if (d->alias.n) copy->meta->name = d->alias;
    return bk_chart_add(p->c.arena, chart, copy, err);
}

/* Replaces the sub-charts by those that Chart.yaml names, under their aliases, behind those that it does not name. */
static bk_status resolve(processing *p, bk_chart *chart, bk_err *err) {
    bk_charts old = chart->deps;
    size_t pairs;
    if (__builtin_mul_overflow(old.n, chart->meta->dependencies.n, &pairs) || pairs > MAX_PAIRS)
        return bk_err_limit(err, "charts times dependencies", MAX_PAIRS);
    chart->deps = (bk_charts){0};
    BK_TRY(keep_unnamed(p, chart, &old, err));
    for (size_t i = 0; i < chart->meta->dependencies.n; i++) {
        bk_dependency *d = bk_metadata_dependency(chart->meta, i);
        BK_TRY(add_meant(p, chart, d, &old, err));
        if (d->alias.n) d->name = d->alias;
        d->enabled = true;
    }
    return BK_OK;
}

static bool is_disabled(bk_map *disabled, bk_str name) { return disabled && bk_map_get(disabled, name); }

/* Takes the disabled charts out. Those of a name go together. */
static bk_status drop_disabled(processing *p, bk_chart *chart, bk_map **ret, bk_err *err) {
    bk_metadata *md = chart->meta;
    bk_map *disabled = NULL;
    for (size_t i = 0; i < md->dependencies.n; i++) {
        const bk_dependency *d = bk_metadata_dependency(md, i);
        if (d->enabled) continue;
        if (!disabled && !(disabled = bk_map_new(p->c.arena, 4))) return no_memory(p, err);
        if (!bk_map_set(disabled, d->name, bk_nil())) return no_memory(p, err);
    }
    size_t n = 0;
    for (size_t i = 0; i < chart->deps.n; i++)
        if (!is_disabled(disabled, bk_chart_name(chart->deps.p[i]))) chart->deps.p[n++] = chart->deps.p[i];
    chart->deps.n = n;
    *ret = disabled;
    return BK_OK;
}

/* The list of dependencies without the disabled ones; a list that is empty then is nil. */
static bk_status keep_enabled(processing *p, bk_metadata *md, bk_map *disabled, bk_err *err) {
    bk_list_of kept = {0};
    for (size_t i = 0; i < md->dependencies.n; i++) {
        bk_dependency *d = bk_metadata_dependency(md, i);
        if (is_disabled(disabled, d->name)) continue;
        void *slot = bk_list_grow(p->c.arena, &kept, sizeof(void *));
        if (!slot) return no_memory(p, err);
        *(bk_dependency **)slot = d;
    }
    md->dependencies = kept;
    return BK_OK;
}

/* `prefix` is the chart's place in the root's values ("sub.subsub."). The values of its parent come in unscoped, as in Helm. */
static bk_status process_enabled(processing *p, bk_chart *chart, bk_map *values, bk_str prefix, unsigned budget, bk_err *err) {
    bk_metadata *md = chart->meta;
    bk_map *all = NULL, *disabled = NULL;
    if (budget == 0) return bk_err_limit(err, "nesting of charts", BK_LIMIT_CHART_DEPTH);
    if (!md->dependencies.p) return BK_OK;
    BK_TRY(resolve(p, chart, err));
    BK_TRY(bk_coalesce_begin(&p->c, chart, values, BK_COALESCE, &all, err));
    bk_coalesce_end(all);
    apply_tags(p, md, all);
    for (size_t i = 0; i < md->dependencies.n; i++) BK_TRY(apply_condition(p, chart, bk_metadata_dependency(md, i), all, prefix, err));
    BK_TRY(drop_disabled(p, chart, &disabled, err));
    for (size_t i = 0; i < chart->deps.n; i++) {
        bk_str sub_prefix;
        if (!bk_arena_cat(p->c.arena, prefix, bk_chart_name(chart->deps.p[i]), &sub_prefix) ||
            !bk_arena_cat(p->c.arena, sub_prefix, BK_S("."), &sub_prefix))
            return no_memory(p, err);
        BK_TRY(process_enabled(p, chart->deps.p[i], all, sub_prefix, budget - 1, err));
    }
    return keep_enabled(p, md, disabled, err);
}

bk_status bk_chart_process_dependencies(bk_arena *arena, bk_chart *chart, bk_map *values, const bk_log *log, bk_err *err) {
    processing p = {.c = {.arena = arena, .log = log}};
    BK_TRY(process_enabled(&p, chart, values, BK_S(""), BK_LIMIT_CHART_DEPTH, err));
    return bk_chart_import_values(&p.c, chart, BK_LIMIT_CHART_DEPTH, err);
}
