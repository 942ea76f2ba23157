/* summary.c: what was asked for, counted for people. */
#include "base/num.h"
#include "guard/state.h"
#include "guard/table.h"

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

static void add_rows(bk_table *t, const bk_tally *tallies, bk_str name) {
    for (size_t right = 0; tallies && right < BK_RIGHT_COUNT; right++) {
        for (uint32_t v = BK_ALLOW; v <= BK_WARN; v++) {
            char count[BK_INT_TEXT];
            const bk_tally *tally = &tallies[right];
            if (!tally->count[v]) continue;
            bk_table_cell(t, bk_str_c(bk_right_get((bk_right)right)->name));
            bk_table_cell(t, bk_str_of(count, bk_format_uint(tally->count[v], count)));
            bk_table_cell(t, bk_str_c(bk_verdict_name((bk_verdict)v)));
            bk_table_cell(t, name);
            bk_table_cell(t, tally->target);
        }
    }
}

void bk_guard_summary(const bk_guard *g, bk_buf *out) {
    static const char *const head[] = {"EFFECT", "TIMES", "DECISION", "CHART", "FIRST"};
    bk_table t;
    bk_table_init(&t, head, BK_COUNT(head));
    add_rows(&t, g->call.operator_.tally, BK_S("(operator)"));
    for (size_t i = 0; i < g->call.charts.count; i++) add_rows(&t, g->call.charts.items[i].tally, g->call.charts.items[i].path);
    for (const bk_plugin_tally *p = g->plugins; p; p = p->next) add_rows(&t, p->of, p->name);
    bk_table_print(&t, out);
    bk_table_release(&t);
}
