#include "chart/chart.h"

#include "base/buf.h"
#include "base/limits.h"

static void put_path(bk_buf *out, const bk_chart *chart, unsigned budget) {
    if (chart->parent && budget) {
        put_path(out, chart->parent, budget - 1);
        bk_buf_c(out, "/charts/");
    }
    bk_buf_str(out, bk_chart_name(chart));
}

bk_status bk_chart_full_path(bk_arena *arena, const bk_chart *chart, bk_str *ret, bk_err *err) {
    if (!chart->parent) {
        *ret = bk_chart_name(chart);
        return BK_OK;
    }
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    put_path(&out, chart, BK_LIMIT_CHART_DEPTH);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

bool bk_chart_is_library(const bk_chart *chart) { return chart->meta && bk_str_eq_fold(chart->meta->type, BK_S("library")); }

bool bk_chart_is_crd(bk_str name) {
    if (!bk_str_starts(name, BK_S("crds/"))) return false;
    bk_str base = bk_path_base(name);
    size_t dot = bk_str_rfind_byte(base, '.');
    if (dot == BK_NPOS) return false;
    bk_str ext = bk_str_from(base, dot);
    return bk_str_eq_fold(ext, BK_S(".yaml")) || bk_str_eq_fold(ext, BK_S(".yml")) || bk_str_eq_fold(ext, BK_S(".json"));
}

bool bk_chart_raw(const bk_chart *chart, bk_str name, bk_str *ret) {
    for (size_t i = 0; i < chart->raw.n; i++) {
        if (!bk_str_eq(chart->raw.p[i].name, name)) continue;
        *ret = chart->raw.p[i].data;
        return true;
    }
    return false;
}

bk_status bk_chart_add(bk_arena *arena, bk_chart *chart, bk_chart *sub, bk_err *err) {
    bk_charts *deps = &chart->deps;
    if (deps->n == deps->cap) {
        if (deps->n >= BK_LIMIT_CHARTS) return bk_err_limit(err, "charts", BK_LIMIT_CHARTS);
        size_t cap = deps->cap ? deps->cap * 2 : 4;
        bk_chart **p = (bk_chart **)bk_arena_grow(arena, (void *)deps->p, deps->cap * sizeof(void *), cap * sizeof(void *));
        if (!p) return bk_arena_fail(arena, err);
        deps->p = p;
        deps->cap = cap;
    }
    sub->parent = chart;
    deps->p[deps->n++] = sub;
    return BK_OK;
}
