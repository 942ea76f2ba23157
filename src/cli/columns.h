/* columns.h: rows of texts in columns, as Helm prints them: cells padded to the column's width, a tab between them. */
#ifndef BK_CLI_COLUMNS_H
#define BK_CLI_COLUMNS_H

#include "base/buf.h"

#define BK_COLUMNS_MAX 16u

typedef struct bk_columns {
    bk_arena *arena;
    size_t columns;
    bk_str *cells; /* row by row */
    size_t rows, cap;
    bool failed;
} bk_columns;

void bk_columns_init(bk_columns *table, bk_arena *arena, size_t columns);
/* So many rows are to come, or about that. */
void bk_columns_expect(bk_columns *table, size_t rows);
/* A row; texts are borrowed. Colours (escape sequences) take no room. */
void bk_columns_add(bk_columns *table, const bk_str *cells);
/* Appends the table and a newline. */
bk_status bk_columns_print(const bk_columns *table, bk_buf *out, bk_err *err);

#endif
