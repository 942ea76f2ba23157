/* grid.h: columns of text for people, as Helm lays them out: a tab between them, each as wide as its widest cell, nothing cut unless a widest is given; then
 * three dots stand for the rest. What no terminal should get raw is escaped: cells hold text of strangers. */
#ifndef BK_ACTION_GRID_H
#define BK_ACTION_GRID_H

#include "value/value.h"

typedef struct bk_grid {
    bk_items cells;
    size_t columns;
    uint64_t most;
} bk_grid;

/* `most`: widest column; 0: any. */
void bk_grid_init(bk_grid *table, bk_arena *arena, size_t columns, uint64_t most);
/* The next cell, row by row, the titles first; borrowed. */
void bk_grid_add(bk_grid *table, bk_str cell);
bk_status bk_grid_print(bk_grid *table, bk_buf *out, bk_err *err);

#endif
