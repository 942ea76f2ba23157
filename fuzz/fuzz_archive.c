/* gzip, tar and what a chart makes of them. */
#include "chart/archive.h"
#include "chart/load.h"
#include "fuzz.h"

FUZZ(text) {
    bk_chart *chart;
    if (bk_chart_load_archive(arena, BK_S("x.tgz"), text, NULL, &chart, err) != BK_OK) return;
    FUZZ_CHECK(chart->meta != NULL);
}
