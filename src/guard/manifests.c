/* manifests.c: what finished manifests may use. The requests come from the reader of manifests, not from the chart while it runs. */
#include "guard/escape.h"
#include "guard/state.h"

bool bk_guard_wants_manifests(const bk_guard *g) {
    static const bk_right rights[] = {BK_RIGHT_HOOK_IMAGE, BK_RIGHT_HOOK_KIND, BK_RIGHT_REFERENCE};
    if (g->record && bk_record_reading(g->record)) return false;
    if (g->ledger || g->policy->profile == BK_PROFILE_STRICT) return true;
    for (size_t i = 0; i < g->rules.count; i++)
        for (size_t k = 0; k < BK_COUNT(rights); k++)
            if (g->rules.items[i].right == rights[k]) return true;
    return false;
}

/* "web/charts/db" of "web/charts/db/templates/x.yaml"; empty for a file that a post-renderer made up. */
static bk_str chart_of(bk_str path) {
    const bk_str below = BK_S("/charts/");
    size_t end = bk_str_find_byte(path, '/');
    if (end == BK_NPOS) return BK_S("");
    while (bk_str_starts(bk_str_from(path, end), below)) {
        size_t name = end + below.n, length = bk_str_find_byte(bk_str_from(path, name), '/');
        if (length == BK_NPOS || length == 0) break;
        end = name + length;
    }
    return bk_str_sub(path, 0, end);
}

static void put_denial(bk_buf *text, const bk_guard *g, const bk_manifest_ask *ask, bk_right right, const bk_subject *who, bk_str rule,
                       bool grantable) {
    bk_buf_printf(text, "the guard %s %s of ", g->warn ? "would deny" : "denies", ask->effect);
    bk_escape_line(text, ask->target);
    bk_buf_c(text, ", used by ");
    bk_escape_line(text, ask->kind);
    bk_buf_byte(text, '/');
    bk_escape_line(text, ask->name);
    bk_buf_c(text, " of ");
    bk_escape_line(text, ask->path);
    bk_buf_c(text, ": ");
    bk_escape_line(text, rule);
    if (!grantable) return;
    size_t before = text->n;
    bk_buf_c(text, "; to allow it: ");
    if (bk_rules_suggest(text, "--grant ", right, who, ask->target)) return;
    bk_buf_cut(text, before);
    bk_buf_c(text, "; no grant is suggested, for a name in it does not belong into a command");
}

static bk_status write_decision(bk_guard *g, const bk_manifest_ask *ask, bk_str chart, const bk_decision *decision, bk_err *err) {
    if (!g->ledger) return BK_OK;
    bk_buf *line = bk_ledger_begin(g->ledger, "decision");
    bk_ledger_text(line, "effect", bk_str_c(ask->effect));
    bk_buf_c(line, ",\"charts\":[");
    if (chart.n) bk_escape_json(line, bk_str_sub(chart, 0, BK_ESCAPE_LINE));
    bk_buf_byte(line, ']');
    bk_ledger_text(line, "where", ask->path);
    bk_ledger_text(line, "target", ask->target);
    bk_ledger_text(line, "decision", bk_str_c(bk_verdict_name(decision->verdict)));
    bk_ledger_text(line, "rule", decision->rule);
    return bk_ledger_end(g->ledger, false, NULL, err);
}

bk_status bk_guard_manifest(bk_guard *g, const bk_manifest_ask *ask, bk_err *err) {
    bk_right right;
    bk_decision decision;
    bk_err denial = BK_ERR_INIT;
    bk_str chart = chart_of(ask->path);
    bk_subject who = bk_guard_who(g, BK_NPOS);
    if (!bk_right_find(bk_str_c(ask->effect), &right)) return bk_err_internal(err, "an effect of manifests that is none");
    if (chart.n) {
        who.kind = BK_SUBJECT_CHART;
        who.chart = chart;
        who.signer = g->signers;
        who.digest = g->manifest_digest;
    }
    const bk_rule *rule = bk_rules_find(&g->rules, right, &who, ask->target);
    if (rule) {
        decision = (bk_decision){rule->verdict, rule->words};
    } else {
        const char *words;
        bk_verdict verdict = bk_profile_judge(g->policy->profile, right, bk_rules_mention(&g->rules, right), &words);
        decision = (bk_decision){verdict, bk_str_c(words)};
    }
    if (decision.verdict == BK_DENY) {
        bk_buf text;
        bk_buf_init(&text, NULL, 0);
        put_denial(&text, g, ask, right, &who, decision.rule, !rule);
        if (g->warn) {
            decision.verdict = BK_WARN;
            bk_guard_tell(g, bk_buf_view(&text));
        } else {
            bk_err_set_str(&denial, BK_ERR_DENIED, bk_buf_view(&text));
        }
        bk_buf_release(&text);
    }
    bk_status status = write_decision(g, ask, chart, &decision, err);
    if (status == BK_OK && denial.code != BK_OK) {
        status = denial.code;
        bk_err_move(err, &denial);
    }
    bk_err_release(&denial);
    return status;
}
