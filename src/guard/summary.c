/* summary.c: what was asked for, counted for people. */
#include "base/num.h"
#include "guard/escape.h"
#include "guard/state.h"

const char *bk_verdict_name(bk_verdict verdict) {
    switch (verdict) {
    case BK_ALLOW: return "allow";
    case BK_EMPTY: return "empty";
    case BK_DENY: return "deny";
    case BK_WARN: return "warn";
    case BK_UNDECIDED: break;
    }
    return "undecided";
}

bk_status bk_tally_add(bk_tally *tally, bk_arena *arena, bk_verdict verdict, bk_str target, bk_err *err) {
    bk_str kept;
    tally->count[verdict]++;
    if (tally->target.n || !target.n) return BK_OK;
    if (!bk_arena_dup(arena, bk_str_sub(target, 0, 256), &kept)) return bk_arena_fail(arena, err);
    tally->target = kept;
    return BK_OK;
}

bk_status bk_guard_tally(const bk_ask *ask, bk_verdict verdict, bk_err *err) {
    bk_guard *g = ask->guard;
    bk_chart *chart = ask->origin_count ? &g->call.charts.items[ask->origins[0]] : &g->call.operator_;
    if (!chart->tally) chart->tally = BK_NEW_ARRAY(&g->call.arena, bk_tally, BK_RIGHT_COUNT);
    if (!chart->tally) return bk_arena_fail(&g->call.arena, err);
    return bk_tally_add(&chart->tally[bk_right_of(ask)], &g->call.arena, verdict, ask->target, err);
}

enum { COLUMNS = 5 };

typedef struct table {
    bk_buf cells; /* each cell's text ends in a NUL, a row has COLUMNS */
    size_t width[COLUMNS];
} table;

static void cell(table *t, size_t column, bk_str text) {
    size_t begin = t->cells.n;
    bk_escape_line(&t->cells, text);
    if (t->cells.n - begin > t->width[column]) t->width[column] = t->cells.n - begin;
    bk_buf_byte(&t->cells, 0);
}

static void add_rows(table *t, const bk_tally *tallies, bk_str name) {
    for (size_t right = 0; tallies && right < BK_RIGHT_COUNT; right++) {
        for (uint32_t v = BK_ALLOW; v <= BK_WARN; v++) {
            char count[BK_INT_TEXT];
            const bk_tally *tally = &tallies[right];
            if (!tally->count[v]) continue;
            cell(t, 0, bk_str_c(bk_right_get((bk_right)right)->name));
            cell(t, 1, bk_str_of(count, bk_format_uint(tally->count[v], count)));
            cell(t, 2, bk_str_c(bk_verdict_name((bk_verdict)v)));
            cell(t, 3, name);
            cell(t, 4, tally->target);
        }
    }
}

static void print(const table *t, bk_buf *out) {
    bk_str rest = bk_buf_view(&t->cells);
    for (size_t column = 0; rest.n; column = (column + 1) % COLUMNS) {
        size_t n = bk_str_find_byte(rest, 0);
        bk_buf_bytes(out, rest.p, n);
        /* The last column is not padded, nor is what stands before an empty one. */
        bool last = column == COLUMNS - 1 || (column == COLUMNS - 2 && rest.n > n + 1 && rest.p[n + 1] == 0);
        if (!last) bk_buf_fill(out, ' ', t->width[column] - n + 3);
        else if (column == COLUMNS - 1) bk_buf_byte(out, '\n');
        rest = bk_str_from(rest, n + 1);
    }
}

void bk_guard_summary(const bk_guard *g, bk_buf *out) {
    static const char *const head[COLUMNS] = {"EFFECT", "TIMES", "DECISION", "CHART", "FIRST"};
    table t = {0};
    bk_buf_init(&t.cells, NULL, 0);
    for (size_t i = 0; i < COLUMNS; i++) cell(&t, i, bk_str_c(head[i]));
    size_t empty = t.cells.n;
    add_rows(&t, g->call.operator_.tally, BK_S("(operator)"));
    for (size_t i = 0; i < g->call.charts.count; i++) add_rows(&t, g->call.charts.items[i].tally, g->call.charts.items[i].path);
    for (const bk_plugin_tally *p = g->plugins; p; p = p->next) add_rows(&t, p->of, p->name);
    if (t.cells.n > empty) print(&t, out);
    bk_buf_release(&t.cells);
}
