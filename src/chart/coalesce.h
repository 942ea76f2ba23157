/* coalesce.h: the values of a chart and of its sub-charts made one map, as Helm's CoalesceValues and MergeValues do.
 *
 * Coalescing is Helm's word for: what was given wins over what the chart has, table by table; a null that was given removes the chart's
 * key; each sub-chart has its part under its own name, with its defaults filled in, and every sub-chart gets a copy of `global`. Merging
 * is the same, but nulls stay.
 *
 * Helm copies all values before each of these passes, and there are several a chart. Here a pass copies a map when it first changes it
 * (copy on write): while the pass runs, the entry that refers to a map of its own is marked in bk_value.spare. The maps given in never
 * change. Helm's aliases are kept, because charts can see them: tables in `global` are shared between a chart and its sub-charts from the
 * second level on, so that a sub-chart's defaults there show up in its parent.
 *
 * Where Helm's result depends on the order of Go's maps, keys are taken in byte order. */
#ifndef BK_CHART_COALESCE_H
#define BK_CHART_COALESCE_H

#include "chart/chart.h"
#include "chart/log.h"

typedef struct bk_coalescer {
    bk_arena *arena;
    const bk_log *log; /* NULL: no log */
    uint32_t steps;    /* entries looked at so far, which is bounded: import-values can make a map of few entries endless */
} bk_coalescer;

typedef enum bk_coalesce_mode {
    BK_COALESCE, /* nulls remove */
    BK_MERGE,    /* nulls stay */
} bk_coalesce_mode;

/* A pass: CoalesceValues or MergeValues of `values` (NULL: none) over the defaults of the chart and its sub-charts. The result shares maps with
 * its sources, so nobody may change it before bk_coalesce_end. Fails with "type mismatch on NAME: …" where a sub-chart's part is no table;
 * then the pass is over. */
bk_status bk_coalesce_begin(bk_coalescer *c, const bk_chart *chart, bk_map *values, bk_coalesce_mode mode, bk_map **ret, bk_err *err);

/* Within a pass, for import-values: MergeTables with Helm's aliasing. Both maps belong to the pass: its result, a table of it, or a new map. Tables that
 * come from src into dst are the same maps in both from then on, and src takes over nulls from dst. */
bk_status bk_coalesce_import(bk_coalescer *c, bk_map *dst, bk_map *src, bk_err *err);
/* The table under a key of a map that belongs to the pass, as the pass's own; NULL when there is none. */
bk_status bk_coalesce_table(bk_coalescer *c, bk_map *map, bk_str key, bk_map **ret, bk_err *err);
/* Puts a map of the pass's own under a key of another. */
bk_status bk_coalesce_put(bk_coalescer *c, bk_map *map, bk_str key, bk_map *table, bk_err *err);
/* MergeTables after a pass: fills up `dst`, the pass's result, from src, which does not change. */
bk_status bk_coalesce_fill(bk_coalescer *c, bk_map *dst, bk_map *src, bk_err *err);

/* Ends a pass: takes the marks out of the map. It still shares maps with its sources, and like them is not to be changed any more. */
void bk_coalesce_end(bk_map *map);
/* Ends a pass with a map of its own, down to maps in lists: copies what is shared with the sources. */
bk_status bk_coalesce_detach(bk_coalescer *c, bk_map *map, bk_err *err);

#endif
