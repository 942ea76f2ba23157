#include "cli/columns.h"

#include "base/utf8.h"

void bk_columns_init(bk_columns *t, bk_arena *arena, size_t columns) { *t = (bk_columns){.arena = arena, .columns = columns}; }

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

/* Places on the screen: two for the wide characters of East Asia, none for marks that combine. */
static unsigned rune_width(uint32_t r) {
    static const struct {
        uint32_t from, to;
        unsigned width;
    } ranges[] = {{0x0000, 0x001f, 0},   {0x007f, 0x009f, 0},   {0x0300, 0x036f, 0},  {0x1100, 0x115f, 2}, {0x200b, 0x200f, 0},
                  {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},  {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2},
                  {0xfe00, 0xfe0f, 0},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},  {0xffe0, 0xffe6, 2}, {0x1f300, 0x1f64f, 2},
                  {0x1f900, 0x1f9ff, 2}, {0x20000, 0x2fffd, 2}, {0x30000, 0x3fffd, 2}};
    for (size_t i = 0; i < BK_COUNT(ranges); i++)
        if (r >= ranges[i].from && r <= ranges[i].to) return ranges[i].width;
    return 1;
}

static size_t width_of(bk_str s) {
    size_t n = 0;
    while (s.n) {
        size_t w;
        if (s.p[0] == 0x1b) { /* a colour: up to its letter */
            size_t end = bk_str_find_byte(s, 'm');
            if (end != BK_NPOS && end < 8) {
                s = bk_str_from(s, end + 1);
                continue;
            }
        }
        n += rune_width(bk_utf8_decode(s, &w));
        s = bk_str_from(s, w);
    }
    return n;
}

/* The widest line of a cell. */
static size_t cell_width(bk_str cell) {
    size_t widest = 0;
    bk_str line;
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
        n += rune_width(bk_utf8_decode(rest, &w));
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
    for (size_t r = 0; r < t->rows; r++) print_row(t, t->cells + r * t->columns, widths, out);
    if (!t->rows) bk_buf_byte(out, '\n');
    return bk_buf_check(out, err);
}
