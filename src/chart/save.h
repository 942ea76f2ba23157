/* save.h: a chart in memory to an archive (.tgz), as `helm package` writes it.
 *
 * What is written is not the files as they lay there, but the chart: Chart.yaml anew from the metadata (those of apiVersion v1 without
 * dependencies, which stay in requirements.yaml), Chart.lock anew (v2 only), values.yaml, the schema, templates, the other files, then the sub-charts,
 * unpacked. Every file has the time of the file it came from. */
#ifndef BK_CHART_SAVE_H
#define BK_CHART_SAVE_H

#include "chart/chart.h"

typedef struct bk_save_options {
    bool stamped; /* every file, and the lock's date, gets the time `stamp` */
    int64_t stamp;
    int64_t now; /* for what has no time: a lock without a date */
} bk_save_options;

/* Checks the metadata again (they may have been changed): "chart validation: …", "invalid JSON in values.schema.json". Sub-charts of one name beside each
 * other are refused: their files would overwrite each other's. */
bk_status bk_chart_save(bk_arena *arena, const bk_chart *chart, const bk_save_options *options, bk_str *ret, bk_err *err);

#endif
