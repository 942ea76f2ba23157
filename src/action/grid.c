#include "action/grid.h"

#include "action/width.h"
#include "base/utf8.h"
#include "guard/escape.h"

void bk_grid_init(bk_grid *table, bk_arena *arena, size_t columns, uint64_t most) {
    *table = (bk_grid){.columns = columns, .most = most};
    bk_items_init(&table->cells, arena);
}

static bool is_plain(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] >= 0x7f) return false;
    return true;
}

void bk_grid_add(bk_grid *table, bk_str cell) {
    bk_buf b;
    if (!is_plain(cell)) {
        bk_buf_init(&b, table->cells.arena, 0);
        bk_escape_line(&b, cell);
        if (bk_buf_ok(&b)) cell = bk_buf_take(&b);
    }
    bk_items_add(&table->cells, bk_string(cell));
}

/* A text in a column of that width: cut with dots, or padded. */
static void put_cell(bk_buf *out, bk_str text, size_t width) {
    size_t n = bk_width_of(text), limit = width > 3 ? width - 3 : 0, used = 0, bytes = 0;
    if (n <= width || width == 0) {
        bk_buf_str(out, text);
        bk_buf_fill(out, ' ', width > n ? width - n : 0);
        return;
    }
    for (size_t i = 0, w; i < text.n; i += w) {
        used += bk_width_of_rune(bk_utf8_decode(bk_str_from(text, i), &w));
        bytes = i + w;
        if (used >= limit) break; /* a wide one may stand over, as Helm has it */
    }
    bk_buf_str(out, bk_str_sub(text, 0, bytes));
    bk_buf_c(out, "...");
}

bk_status bk_grid_print(bk_grid *table, bk_buf *out, bk_err *err) {
    bk_value cells;
    BK_TRY(bk_items_list(&table->cells, BK_T_LIST, &cells, err));
    size_t columns = table->columns, *widths = BK_NEW_ARRAY(table->cells.arena, size_t, columns + 1);
    if (!widths) return bk_arena_fail(table->cells.arena, err);
    for (uint32_t i = 0; i < cells.len; i++) {
        size_t n = bk_width_of(bk_value_str(cells.items[i]));
        if (table->most && n > table->most) n = (size_t)table->most;
        if (n > widths[i % columns]) widths[i % columns] = n;
    }
    for (uint32_t i = 0; i < cells.len; i++) {
        if (i % columns) bk_buf_byte(out, '\t');
        put_cell(out, bk_value_str(cells.items[i]), widths[i % columns]);
        if (i % columns == columns - 1) bk_buf_byte(out, '\n');
    }
    return bk_buf_check(out, err);
}
