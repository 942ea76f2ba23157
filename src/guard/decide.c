/* decide.c: what charts may do. Rules and grants first, then what the effect's handler says, then the profile. */
#include "guard/escape.h"
#include "guard/state.h"

#define TOLD_MAX 1000u

bk_subject bk_guard_who(const bk_guard *g, size_t chart) {
    if (chart == BK_NPOS) return (bk_subject){.kind = BK_SUBJECT_ANY, .release = g->release, .namespace_ = g->namespace_};
    return (bk_subject){.kind = BK_SUBJECT_CHART,
                        .release = g->release,
                        .namespace_ = g->namespace_,
                        .chart = bk_guard_chart(g, (uint32_t)chart),
                        .digest = g->call.digest,
                        .signer = g->signers};
}

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

/* What the profile says; in the default one the effect's own rule comes first, judged for the rendered file's chart. */
static bk_decision built_in(const bk_ask *ask, bk_right right) {
    const bk_guard *g = ask->guard;
    const bk_handler *h = &g->handlers[ask->op];
    const char *rule = NULL;
    if (g->policy->profile == BK_PROFILE_DEFAULT && h->judge) {
        bk_verdict verdict = h->judge(h->self, ask, &rule);
        if (verdict != BK_UNDECIDED) return (bk_decision){verdict, bk_str_c(rule)};
    }
    bk_verdict verdict = bk_profile_judge(g->policy->profile, right, bk_rules_mention(&g->rules, right), &rule);
    if (!g->call.has_chart && bk_right_get(right)->by_default == BK_STANCE_DENY)
        return (bk_decision){BK_DENY, BK_S("built-in: only charts ask for this")};
    return (bk_decision){verdict, bk_str_c(rule)};
}

/* One subject's word counted into d: *all stays true while every subject has a rule. False: denied. */
static bool count_rule(const bk_rule *rule, bk_decision *d, bool *all) {
    if (!rule) {
        *all = false;
        return true;
    }
    d->rule = rule->words;
    d->verdict = rule->verdict == BK_DENY ? BK_DENY : d->verdict;
    return rule->verdict != BK_DENY;
}

/* The rules' word: ALLOW when one holds for every chart whose code runs, and for the plugin that has them rendered; DENY when one denies any of them; else
 * UNDECIDED. */
static bk_decision granted(const bk_ask *ask, bk_right right) {
    const bk_guard *g = ask->guard;
    bk_decision d = {BK_UNDECIDED, BK_S("")};
    bool all = true;
    if (!g->rules.count && !g->plugin) return d;
    size_t n = ask->origin_count ? ask->origin_count : 1;
    for (size_t i = 0; i < n; i++) {
        if (i && ask->origins[i] == ask->origins[i - 1]) continue;
        bk_subject who = bk_guard_who(g, ask->origin_count ? ask->origins[i] : BK_NPOS);
        if (!count_rule(bk_rules_find(&g->rules, right, &who, ask->target), &d, &all)) return d;
    }
    if (g->plugin && !count_rule(bk_plugin_rule(g->plugin, right, ask->target), &d, &all)) return d;
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
    const bk_guard *g = ask->guard;
    size_t shown = 0;
    if (!ask->origin_count) bk_buf_c(out, g->call.has_chart ? "a schema of the chart" : "the operator's own template");
    for (size_t i = 0; i < ask->origin_count && shown < SHOWN; i++) {
        if (!is_first(ask, i)) continue;
        bk_buf_c(out, shown == 0 ? "chart " : shown == 1 ? " with code of " : ", ");
        bk_escape_line(out, bk_guard_chart(g, ask->origins[i]));
        shown++;
    }
    if (ask->where.n) {
        bk_buf_c(out, " (");
        bk_escape_line(out, ask->where);
        bk_buf_byte(out, ')');
    }
    if (g->plugin) {
        bk_buf_c(out, ", rendered for the plugin ");
        bk_escape_line(out, bk_plugin_who(g->plugin)->plugin);
    }
}

/* A grant for each chart that has none, and for the plugin. */
static bool put_grants(bk_buf *out, const bk_ask *ask, bk_right right) {
    const bk_guard *g = ask->guard;
    size_t shown = 0, n = ask->origin_count ? ask->origin_count : 1;
    for (size_t i = 0; i < n; i++) {
        bk_subject who = bk_guard_who(g, ask->origin_count ? ask->origins[i] : BK_NPOS);
        if (!is_first(ask, i) || bk_rules_find(&g->rules, right, &who, ask->target)) continue;
        if (shown == SHOWN) return false;
        if (shown++) bk_buf_byte(out, ' ');
        if (!bk_rules_suggest(out, "--grant ", right, &who, ask->target)) return false;
    }
    if (g->plugin && bk_right_get(right)->plugins && !bk_plugin_rule(g->plugin, right, ask->target)) {
        if (shown++) bk_buf_byte(out, ' ');
        if (!bk_rules_suggest(out, "--grant ", right, bk_plugin_who(g->plugin), ask->target)) return false;
    }
    return shown > 0;
}

static void put_denial(bk_buf *text, const bk_ask *ask, bk_right right, bk_str rule, bool grantable) {
    bk_buf_printf(text, "the guard %s %s", ask->guard->warn ? "would deny" : "denies", bk_right_get(right)->name);
    if (ask->target.n) {
        bk_buf_c(text, " of ");
        bk_escape_line(text, ask->target);
    }
    bk_buf_c(text, ", asked for by ");
    put_askers(text, ask);
    bk_buf_c(text, ": ");
    bk_escape_line(text, rule);
    size_t before = text->n;
    if (!grantable) return;
    bk_buf_c(text, "; to allow it: ");
    if (put_grants(text, ask, right)) return;
    bk_buf_cut(text, before);
    bk_buf_c(text, "; no grant is suggested, for a name in it does not belong into a command");
}

void bk_guard_tell(bk_guard *g, bk_str line) {
    bk_str kept;
    if (!g->tell || (g->told && (bk_map_get(g->told, line) || bk_map_len(g->told) > TOLD_MAX))) return;
    if (!g->told) g->told = bk_map_new(&g->arena, 8);
    bool full = bk_map_len(g->told) == TOLD_MAX;
    if (!g->told || !bk_arena_dup(&g->arena, line, &kept) || !bk_map_set(g->told, kept, bk_bool(true))) return;
    g->tell(g->tell_self, full ? BK_S("the guard would deny more than is shown here; the ledger has the rest") : line);
}

bk_status bk_guard_decide(const bk_ask *ask, bk_decision *ret, bk_err *err) {
    bk_guard *g = ask->guard;
    bk_right right = bk_right_of(ask);
    if (answers_nothing(ask, ret)) return BK_OK;
    *ret = granted(ask, right);
    bool by_rule = ret->verdict == BK_DENY;
    if (ret->verdict == BK_UNDECIDED) *ret = built_in(ask, right);
    if (ret->verdict != BK_DENY) return BK_OK;
    bk_buf text;
    bk_buf_init(&text, NULL, 0);
    put_denial(&text, ask, right, ret->rule, !by_rule && g->call.has_chart);
    bk_status status = BK_OK;
    if (g->warn) {
        ret->verdict = BK_WARN;
        bk_guard_tell(g, bk_buf_view(&text));
    } else {
        status = bk_err_set_str(err, BK_ERR_DENIED, bk_buf_view(&text));
    }
    bk_buf_release(&text);
    return status;
}

/* ---- where a request leads ---- */

/* The first "*" comes behind the host and its slash. */
static bool names_host(bk_str pattern) {
    bk_str scheme, rest;
    size_t star = bk_str_find_byte(pattern, '*');
    if (pattern.n == 0 || !bk_str_cut(pattern, BK_S("://"), &scheme, &rest)) return false;
    size_t end = bk_str_find_byte(rest, '/');
    return star == BK_NPOS || (end != BK_NPOS && star > scheme.n + 3 + end);
}

static bool rule_names_host(const bk_rule *rule) { return rule && rule->verdict == BK_ALLOW && names_host(rule->pattern); }

bk_status bk_guard_follow(const bk_ask *ask, bk_str url, bool *ret_named, bk_err *err) {
    const bk_guard *g = ask->guard;
    bk_ask there = *ask;
    bk_decision decision;
    there.target = url;
    BK_TRY(bk_guard_decide(&there, &decision, err));
    if (decision.verdict == BK_EMPTY) return bk_err_set(err, BK_ERR_DENIED, "%.*s", BK_FMT(decision.rule));
    bk_right right = bk_right_of(&there);
    bool named = g->policy->profile != BK_PROFILE_HELM;
    size_t n = ask->origin_count ? ask->origin_count : 1;
    for (size_t i = 0; named && i < n; i++) {
        bk_subject who = bk_guard_who(g, ask->origin_count ? ask->origins[i] : BK_NPOS);
        named = rule_names_host(bk_rules_find(&g->rules, right, &who, url));
    }
    if (named && g->plugin) named = rule_names_host(bk_plugin_rule(g->plugin, right, url));
    /* Helm asks nobody. */
    *ret_named = named || g->policy->profile == BK_PROFILE_HELM;
    return BK_OK;
}
