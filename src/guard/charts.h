/* charts.h: the table of charts of one call: who is who. Sent once by the compartment, before the first template runs, and sealed then. */
#ifndef BK_GUARD_CHARTS_H
#define BK_GUARD_CHARTS_H

#include "guard/rights.h"

/* How often a chart, as that of the rendered file, asked for an effect, by verdict; and the first target. */
typedef struct bk_tally {
    uint32_t count[BK_WARN + 1];
    bk_str target;
} bk_tally;

typedef struct bk_chart {
    bk_str path, name, version;
    bk_tally *tally; /* BK_RIGHT_COUNT of them; NULL until it asks */
} bk_chart;

typedef struct bk_charts {
    bk_chart *items;
    size_t count;
    bool sealed;
} bk_charts;

/* Reads the request of CHARTS: a CHART section each, {path, name, version, …}. The first is the root; every other path is an earlier one, "/charts/" and
 * a name; no path stands twice. All lies in the arena. */
bk_status bk_charts_seal(bk_charts *charts, bk_arena *arena, bk_str request, bk_err *err);

#endif
