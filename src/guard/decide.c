/* decide.c: the policy. Grants first, then what the effect's handler says, then the table of defaults. */
#include "guard/escape.h"
#include "guard/state.h"

static const struct {
    bk_verdict verdict;
    const char *rule;
} defaults[BK_EFFECT_COUNT] = {
    [BK_FX_SEED] = {BK_ALLOW, "built-in: randomness is allowed"},
    [BK_FX_CLOCK] = {BK_ALLOW, "built-in: the time is allowed"},
    [BK_FX_ZONEINFO] = {BK_ALLOW, "built-in: time zones are allowed"},
    [BK_FX_KEYGEN] = {BK_ALLOW, "built-in: keys of the fixed list are allowed"},
    [BK_FX_CIPHER] = {BK_ALLOW, "built-in: ciphers of the fixed list are allowed"},
    [BK_FX_BCRYPT] = {BK_ALLOW, "built-in: bcrypt is allowed"},
    [BK_FX_DNS] = {BK_ALLOW, "built-in: --enable-dns allows every name, as no rule names any"},
    [BK_FX_LOOKUP] = {BK_DENY, "built-in: lookup is denied until granted"},
    [BK_FX_SCHEMA_REF] = {BK_DENY, "built-in: references of schemas are denied until granted"},
};

/* Answered with nothing, whatever is granted: the command does not do this at all. */
static bool answers_nothing(const bk_ask *ask, bk_decision *ret) {
    const bk_guard *g = ask->guard;
    if (ask->op == BK_FX_DNS && !g->enable_dns) {
        *ret = (bk_decision){BK_EMPTY, BK_S("built-in: names are resolved only with --enable-dns")};
        return true;
    }
    if (ask->op == BK_FX_LOOKUP && !g->cluster) {
        *ret = (bk_decision){BK_EMPTY, BK_S("built-in: this command contacts no cluster")};
        return true;
    }
    return false;
}

/* What the built-in policy says, judged for the rendered file's chart. */
static bk_decision built_in(const bk_ask *ask) {
    const bk_handler *h = &ask->guard->handlers[ask->op];
    const char *rule = NULL;
    bk_verdict verdict = h->judge ? h->judge(h->self, ask, &rule) : BK_UNDECIDED;
    if (verdict != BK_UNDECIDED) return (bk_decision){verdict, bk_str_c(rule)};
    if (ask->op == BK_FX_DNS && bk_rules_mention(&ask->guard->rules, BK_FX_DNS))
        return (bk_decision){BK_DENY, BK_S("built-in: where rules name hosts, only those are resolved")};
    if (!ask->guard->has_chart && defaults[ask->op].verdict == BK_DENY)
        return (bk_decision){BK_DENY, BK_S("built-in: only charts ask for this")};
    return (bk_decision){defaults[ask->op].verdict, bk_str_c(defaults[ask->op].rule)};
}

/* The grants' word: ALLOW when one holds for every chart whose code runs, DENY when a rule denies one of them, else UNDECIDED. */
static bk_decision granted(const bk_ask *ask) {
    const bk_guard *g = ask->guard;
    bk_decision d = {BK_UNDECIDED, BK_S("")};
    if (!bk_rules_mention(&g->rules, ask->op)) return d;
    bool all = true;
    size_t n = ask->origin_count ? ask->origin_count : 1;
    for (size_t i = 0; i < n; i++) {
        if (i && ask->origins[i] == ask->origins[i - 1]) continue;
        bk_str chart = ask->origin_count ? bk_guard_chart(g, ask->origins[i]) : BK_S("");
        const bk_rule *rule = bk_rules_find(&g->rules, ask->op, chart, ask->target);
        if (rule && rule->verdict == BK_DENY) return (bk_decision){BK_DENY, rule->source};
        if (!rule) all = false;
        else d.rule = rule->source;
    }
    if (all) d.verdict = BK_ALLOW;
    return d;
}

/* ---- the denial ---- */

/* The i-th chart of the origins is the first of its index. */
static bool is_first(const bk_ask *ask, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (ask->origins[k] == ask->origins[i]) return false;
    return true;
}

enum { SHOWN = 16 }; /* charts that a message names */

static void put_askers(bk_buf *out, const bk_ask *ask) {
    size_t shown = 0;
    if (!ask->origin_count) bk_buf_c(out, ask->guard->has_chart ? "a schema of the chart" : "the operator's own template");
    for (size_t i = 0; i < ask->origin_count && shown < SHOWN; i++) {
        if (!is_first(ask, i)) continue;
        bk_buf_c(out, shown == 0 ? "chart " : shown == 1 ? " with code of " : ", ");
        bk_escape_line(out, bk_guard_chart(ask->guard, ask->origins[i]));
        shown++;
    }
    if (ask->where.n) {
        bk_buf_c(out, " (");
        bk_escape_line(out, ask->where);
        bk_buf_byte(out, ')');
    }
}

/* A grant for each chart that has none. */
static bool put_grants(bk_buf *out, const bk_ask *ask) {
    size_t shown = 0;
    if (!ask->origin_count) return bk_rules_suggest(out, ask->op, BK_S(""), ask->target);
    for (size_t i = 0; i < ask->origin_count; i++) {
        bk_str chart = bk_guard_chart(ask->guard, ask->origins[i]);
        if (!is_first(ask, i) || bk_rules_find(&ask->guard->rules, ask->op, chart, ask->target)) continue;
        if (shown == SHOWN) return false;
        if (shown++) bk_buf_byte(out, ' ');
        if (!bk_rules_suggest(out, ask->op, chart, ask->target)) return false;
    }
    return shown > 0;
}

static bk_status denied(const bk_ask *ask, bk_str rule, bool grantable, bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, NULL, 0);
    bk_buf_printf(&text, "the guard denies %s", bk_effect_name(ask->op));
    if (ask->target.n) {
        bk_buf_c(&text, " of ");
        bk_escape_line(&text, ask->target);
    }
    bk_buf_c(&text, ", asked for by ");
    put_askers(&text, ask);
    bk_buf_c(&text, ": ");
    bk_escape_line(&text, rule);
    size_t before = text.n;
    if (grantable) {
        bk_buf_c(&text, "; to allow it: ");
        if (!put_grants(&text, ask)) {
            bk_buf_cut(&text, before);
            bk_buf_c(&text, "; no grant is suggested, for a name in it does not belong into a command");
        }
    }
    bk_err_set_str(err, BK_ERR_DENIED, bk_buf_view(&text));
    bk_buf_release(&text);
    return BK_ERR_DENIED;
}

bk_status bk_guard_decide(const bk_ask *ask, bk_decision *ret, bk_err *err) {
    if (answers_nothing(ask, ret)) return BK_OK;
    *ret = granted(ask);
    bool by_rule = ret->verdict == BK_DENY;
    if (ret->verdict == BK_UNDECIDED) *ret = built_in(ask);
    if (ret->verdict != BK_DENY) return BK_OK;
    return denied(ask, ret->rule, !by_rule && ask->guard->has_chart, err);
}
