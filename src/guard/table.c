#include "guard/table.h"

#include "guard/escape.h"

void bk_table_init(bk_table *t, const char *const *head, size_t columns) {
    *t = (bk_table){.columns = columns};
    bk_buf_init(&t->cells, NULL, 0);
    for (size_t i = 0; i < columns; i++) bk_table_cell(t, bk_str_c(head[i]));
    t->rows = 0;
}

void bk_table_release(bk_table *t) { bk_buf_release(&t->cells); }

void bk_table_cell(bk_table *t, bk_str text) {
    size_t begin = t->cells.n;
    bk_escape_line(&t->cells, text);
    if (t->cells.n - begin > t->width[t->at]) t->width[t->at] = t->cells.n - begin;
    bk_buf_byte(&t->cells, 0);
    t->at = (t->at + 1) % t->columns;
    if (t->at == 0) t->rows++;
}

void bk_table_print(const bk_table *t, bk_buf *out) {
    bk_str rest = bk_buf_view(&t->cells);
    if (!t->rows || !bk_buf_ok(&t->cells)) return;
    for (size_t column = 0; rest.n; column = (column + 1) % t->columns) {
        size_t n = bk_str_find_byte(rest, 0);
        bk_buf_bytes(out, rest.p, n);
        rest = bk_str_from(rest, n + 1);
        if (column + 1 < t->columns) {
            bk_buf_fill(out, ' ', t->width[column] - n + 3);
            continue;
        }
        /* Nothing is padded at the end of a line. */
        while (out->n && out->p[out->n - 1] == ' ') bk_buf_cut(out, out->n - 1);
        bk_buf_byte(out, '\n');
    }
}
