/* table.h: aligned columns for people. Cells pass the escaper. */
#ifndef BK_GUARD_TABLE_H
#define BK_GUARD_TABLE_H

#include "base/buf.h"

#define BK_TABLE_COLUMNS 8u

typedef struct bk_table {
    bk_buf cells; /* each cell's text ends in a NUL, a row has `columns` */
    size_t columns, at, rows;
    size_t width[BK_TABLE_COLUMNS];
} bk_table;

/* With the names of the columns. */
void bk_table_init(bk_table *table, const char *const *head, size_t columns);
void bk_table_release(bk_table *table);
/* The next cell of the row, or the first of a new one. */
void bk_table_cell(bk_table *table, bk_str text);
/* Appends the rows with their head; nothing when there are none. */
void bk_table_print(const bk_table *table, bk_buf *out);

#endif
