/* import_values.h: the second half of dependencies.h. Internal to src/chart. */
#ifndef BK_CHART_IMPORT_VALUES_H
#define BK_CHART_IMPORT_VALUES_H

#include "chart/coalesce.h"

/* Fills the defaults of each chart from below: with those of its sub-charts, under their names, and with what import-values asks for. */
bk_status bk_chart_import_values(bk_coalescer *c, bk_chart *chart, unsigned budget, bk_err *err);

#endif
