/* dependencies.h: what Chart.yaml says of sub-charts, carried out: which are enabled, under which name, and whose values their parents
 * import.
 *
 * Helm's rules in short: a dependency names a chart in charts/ and a range of versions; an alias makes a copy under another name; the first
 * condition that is a boolean in the values decides, else the tags, else it is enabled. Sub-charts that Chart.yaml does not name stay. */
#ifndef BK_CHART_DEPENDENCIES_H
#define BK_CHART_DEPENDENCIES_H

#include "chart/chart.h"
#include "chart/log.h"

/* Changes the chart's tree of sub-charts, their metadata and default values. `values` are the operator's; they do not change. */
bk_status bk_chart_process_dependencies(bk_arena *arena, bk_chart *chart, bk_map *values, const bk_log *log, bk_err *err);

/* The names of those that Chart.yaml names and charts/ does not hold, joined by ", ", and how many they are: a name may be empty. */
bk_status bk_chart_missing(bk_arena *arena, const bk_chart *chart, bk_str *ret, size_t *ret_count, bk_err *err);

/* Whether a version lies in a range; it does not when either is malformed. Fails without memory only. */
bk_status bk_version_in_range(bk_arena *arena, bk_str range, bk_str version, bool *ret, bk_err *err);

#endif
