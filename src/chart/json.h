/* json.h: a chart as JSON, as Helm keeps it in release records: json.Marshal of its chart.Chart.
 *
 * Fields stand in the struct's order, data of files is base64, sub-charts are not part of it. Times of files are in UTC and to the second, where Helm
 * has the local zone and what the file system knows. */
#ifndef BK_CHART_JSON_H
#define BK_CHART_JSON_H

#include "chart/chart.h"

/* Appends it. Files whose data is not there yet (unread.h) are read. */
bk_status bk_chart_json(bk_arena *arena, const bk_chart *chart, bk_buf *out, bk_err *err);

#endif
