/* chart.h: a chart in memory.
 *
 * Made by load.h from files, changed by dependencies.h (which drops, copies and renames sub-charts), then only read. All of it lies in one
 * arena; texts are views into the files. A chart that two aliases use is two bk_charts which share files and values. */
#ifndef BK_CHART_CHART_H
#define BK_CHART_CHART_H

#include "chart/file.h"
#include "chart/metadata.h"
#include "value/map.h"

typedef struct bk_chart bk_chart;

/* Charts under a chart. */
typedef struct bk_charts {
    bk_chart **p;
    size_t n, cap;
} bk_charts;

struct bk_chart {
    bk_metadata *meta;
    bk_lock *lock;  /* Chart.lock or requirements.lock; NULL: none */
    bk_map *values; /* defaults; NULL: no values.yaml. Shared: whoever changes it makes a new one */
    bk_str schema;  /* values.schema.json */
    bool has_schema;
    bool v3;            /* apiVersion v3: Helm's other implementation, which differs in a few words */
    bk_files raw;       /* every file, the sub-charts' included */
    bk_files templates; /* templates/… */
    bk_files files;     /* the rest but for Chart.yaml, values and sub-charts: README, crds/ … */
    bk_chart *parent;   /* NULL: the root */
    bk_charts deps;
    int64_t mtime; /* Chart.yaml's */
};

/* The name in Chart.yaml, or the alias. */
static inline bk_str bk_chart_name(const bk_chart *chart) { return chart->meta ? chart->meta->name : (bk_str){"", 0}; }
/* The path "root/charts/sub/charts/subsub" that names files and subjects. */
bk_status bk_chart_full_path(bk_arena *arena, const bk_chart *chart, bk_str *ret, bk_err *err);
/* Whether only its partials are rendered. */
bool bk_chart_is_library(const bk_chart *chart);
/* A file of crds/ that Helm would install: .yaml, .yml or .json. */
bool bk_chart_is_crd(bk_str name);
/* The data of a file in `raw`; false when there is none. */
bool bk_chart_raw(const bk_chart *chart, bk_str name, bk_str *ret);

/* Appends a sub-chart and makes `chart` its parent. */
bk_status bk_chart_add(bk_arena *arena, bk_chart *chart, bk_chart *sub, bk_err *err);

#endif
