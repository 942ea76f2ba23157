/* subjects.h: who is who among the charts of a release.
 *
 * Every request for an effect names the charts in whose name it is made, by their numbers in a table which the host gets once, before the first
 * schema or template is looked at, and which is sealed then. */
#ifndef BK_ENGINE_SUBJECTS_H
#define BK_ENGINE_SUBJECTS_H

#include "chart/chart.h"
#include "engine/call.h"
#include "tmpl/tmpl.h"

typedef struct bk_subjects {
    bk_tmpl_chart *charts; /* by number: parent and feeders */
    const bk_chart **chart_of;
    bk_map *numbers; /* path -> number */
    uint32_t count, cap;
} bk_subjects;

/* Numbers the charts of the tree, parents first, and tells the host. */
bk_status bk_subjects_seal(bk_call_state *call, const bk_chart *root, bk_subjects *ret);
/* The number of the chart at that path, which is in the table. */
uint32_t bk_subjects_number(const bk_subjects *subjects, bk_str path);

#endif
