/* check.h: whether archives are the charts that they were fetched as, by their own Chart.yaml.
 *
 * Only the beginning of a file is read where that suffices. Many are looked at in one compartment, since a compartment of their own for each costs more than the look;
 * where that one fails, each gets its own, so that nobody pays for another's flaw and the error names the right one. */
#ifndef BK_REGISTRY_CHECK_H
#define BK_REGISTRY_CHECK_H

#include "base/arena.h"

typedef struct bk_archive_check {
    bk_str path;
    bk_str name, version; /* what it has to be; empty: anything, as long as it is a chart */
    bk_status status;
    bk_err err; /* the caller releases it */
} bk_archive_check;

/* Each has its own outcome. */
void bk_archive_check_all(bk_arena *arena, bk_archive_check *items, size_t count);
bk_status bk_archive_check_one(bk_arena *arena, bk_str path, bk_str name, bk_str version, bk_err *err);

#endif
