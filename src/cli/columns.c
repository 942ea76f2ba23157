#include "cli/columns.h"

#include "action/width.h"
#include "base/utf8.h"

void bk_columns_init(bk_columns *t, bk_arena *arena, size_t columns) { *t = (bk_columns){.arena = arena, .columns = columns}; }

void bk_columns_expect(bk_columns *t, size_t rows) {
    if (t->cells || !rows) return;
    t->cells = BK_NEW_ARRAY(t->arena, bk_str, rows * t->columns);
    if (t->cells) t->cap = rows;
}

void bk_columns_add(bk_columns *t, const bk_str *cells) {
    if (t->rows == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 16, row = t->columns * sizeof *t->cells;
        bk_str *p = bk_arena_grow(t->arena, t->cells, t->cap * row, cap * row);
        if (!p) {
            t->failed = true;
            return;
        }
        t->cells = p;
        t->cap = cap;
    }
    memcpy(t->cells + t->rows++ * t->columns, cells, t->columns * sizeof *cells);
}

/* Without colours. */
static size_t width_of(bk_str s) {
    size_t n = 0;
    while (s.n) {
        size_t w;
        if (s.p[0] >= 0x20 && s.p[0] < 0x7f) {
            n++;
            s = bk_str_from(s, 1);
            continue;
        }
        if (s.p[0] == 0x1b) { /* a colour: up to its letter */
            size_t end = bk_str_find_byte(s, 'm');
            if (end != BK_NPOS && end < 8) {
                s = bk_str_from(s, end + 1);
                continue;
            }
        }
        n += bk_width_of_rune(bk_utf8_decode(s, &w));
        s = bk_str_from(s, w);
    }
    return n;
}

/* As wide as it is long, on one line. */
static bool is_plain(bk_str s) {
    bool odd = false;
    for (size_t i = 0; i < s.n; i++) odd |= (unsigned char)(s.p[i] - 0x20) >= 0x7f - 0x20;
    return !odd;
}

/* The widest line of a cell. */
static size_t cell_width(bk_str cell) {
    size_t widest = 0;
    bk_str line;
    if (is_plain(cell)) return cell.n;
    for (bool more = true; more;) {
        more = bk_str_cut(cell, BK_S("\n"), &line, &cell);
        size_t n = width_of(line);
        if (n > widest) widest = n;
    }
    return widest;
}

/* A cell of several lines is longer than the widest of them, and cut to that: Helm's table forgets that lines end. */
static bk_str cut_to(bk_arena *arena, bk_str cell, size_t width) {
    bk_str rest = cell, ret = cell;
    size_t w, n = 0;
    if (!width || width_of(cell) <= width) return cell;
    while (rest.n) {
        n += bk_width_of_rune(bk_utf8_decode(rest, &w));
        rest = bk_str_from(rest, w);
        if (n + 3 >= width) break;
    }
    return bk_arena_printf(arena, &ret, "%.*s...", BK_FMT(bk_str_sub(cell, 0, cell.n - rest.n))) ? ret : cell;
}

/* The line of that number in a cell; false behind its end. */
static bool line_of(bk_str cell, size_t number, bk_str *ret) {
    for (size_t i = 0;; i++) {
        bool more = bk_str_cut(cell, BK_S("\n"), ret, &cell);
        if (i == number) return true;
        if (!more) return false;
    }
}

/* A row as most are; false, and nothing printed: it is another one. */
static bool print_plain_row(const bk_columns *t, const bk_str *row, const size_t *widths, bk_buf *out) {
    for (size_t c = 0; c < t->columns; c++)
        if (!is_plain(row[c])) return false;
    for (size_t c = 0; c < t->columns; c++) {
        if (c) bk_buf_byte(out, '\t');
        bk_buf_str(out, row[c]);
        bk_buf_fill(out, ' ', widths[c] - row[c].n);
    }
    bk_buf_byte(out, '\n');
    return true;
}

static void print_row(const bk_columns *t, const bk_str *row, const size_t *widths, bk_buf *out) {
    size_t lines = 1;
    bk_str cells[BK_COLUMNS_MAX];
    for (size_t c = 0; c < t->columns; c++) {
        size_t n = 1;
        cells[c] = cut_to(t->arena, row[c], widths[c]);
        for (size_t i = 0; i < cells[c].n; i++) n += cells[c].p[i] == '\n';
        if (n > lines) lines = n;
    }
    for (size_t l = 0; l < lines; l++) {
        for (size_t c = 0; c < t->columns; c++) {
            bk_str line;
            if (!line_of(cells[c], l, &line)) line = BK_S("");
            size_t w = width_of(line);
            if (c) bk_buf_byte(out, '\t');
            bk_buf_str(out, line);
            if (w < widths[c]) bk_buf_fill(out, ' ', widths[c] - w);
        }
        bk_buf_byte(out, '\n');
    }
}

bk_status bk_columns_print(const bk_columns *t, bk_buf *out, bk_err *err) {
    size_t widths[BK_COLUMNS_MAX] = {0};
    if (t->failed) return bk_arena_fail(t->arena, err);
    for (size_t i = 0; i < t->rows * t->columns; i++) {
        size_t n = cell_width(t->cells[i]), c = i % t->columns;
        if (n > widths[c]) widths[c] = n;
    }
    for (size_t r = 0; r < t->rows; r++) {
        const bk_str *row = t->cells + r * t->columns;
        if (!print_plain_row(t, row, widths, out)) print_row(t, row, widths, out);
    }
    if (!t->rows) bk_buf_byte(out, '\n');
    return bk_buf_check(out, err);
}
