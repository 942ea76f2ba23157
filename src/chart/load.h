/* load.h: files to charts.
 *
 * A chart is known by its files: Chart.yaml, values.yaml, values.schema.json, the locks, templates/, charts/ (folders and .tgz archives; names that
 * begin with "_" or "." are left out), and whatever else there is. Everything is validated as Helm does when it loads a chart, and worded so.
 * Only metadata, locks and values are parsed; everything else stays a view into the bytes given. */
#ifndef BK_CHART_LOAD_H
#define BK_CHART_LOAD_H

#include "chart/chart.h"
#include "chart/log.h"

/* Makes a chart of apiVersion v1 or v2 (with `v3`: Helm's loader for v3) of its files, sub-charts included. The list of files must live as long as the
 * chart. */
bk_status bk_chart_load_files(bk_arena *arena, const bk_files *files, bool v3, const bk_log *log, bk_chart **ret, bk_err *err);
/* Which of the two it is, by Chart.yaml. Without one: "unable to detect chart version, no Chart.yaml found". */
bk_status bk_chart_detect(bk_arena *arena, const bk_files *files, bool *ret_v3, bk_err *err);
/* Loads what was detected. Without a Chart.yaml: "unable to detect chart version, no Chart.yaml found". */
bk_status bk_chart_load_any(bk_arena *arena, const bk_files *files, const bk_log *log, bk_chart **ret, bk_err *err);
/* A packed chart. `name` is what the operator called the file; it stands in messages only. */
bk_status bk_chart_load_archive(bk_arena *arena, bk_str name, bk_str bytes, const bk_log *log, bk_chart **ret, bk_err *err);

#endif
