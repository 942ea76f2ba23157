#include "guard/rules.h"

#include "guard/escape.h"

void bk_rules_init(bk_rules *rules, bk_arena *arena) { *rules = (bk_rules){.arena = arena}; }

bk_status bk_rules_add(bk_rules *rules, bk_rule rule, bk_err *err) {
    if (rules->count == BK_RULES_MAX) return bk_err_limit(err, "rules of the policy", BK_RULES_MAX);
    if (rules->count == rules->cap) {
        size_t cap = rules->cap ? rules->cap * 2 : 8;
        bk_rule *items = bk_arena_grow(rules->arena, rules->items, rules->cap * sizeof *items, cap * sizeof *items);
        if (!items) return bk_arena_fail(rules->arena, err);
        rules->items = items;
        rules->cap = cap;
    }
    rules->items[rules->count++] = rule;
    return BK_OK;
}

static bool effect_of(bk_str name, bk_effect *ret) {
    for (uint32_t i = 0; i < BK_EFFECT_COUNT; i++) {
        if (!bk_str_eq(name, bk_str_c(bk_effect_name(i))) || i == BK_FX_INPUT || i == BK_FX_CHARTS) continue;
        *ret = (bk_effect)i;
        return true;
    }
    return false;
}

bk_status bk_rules_grant(bk_rules *rules, bk_str text, bk_err *err) {
    if (text.n > BK_RULE_TEXT) return bk_err_limit(err, "length of a grant", BK_RULE_TEXT);
    bk_rule rule = {.verdict = BK_ALLOW};
    bk_str copy, left, name;
    if (!bk_arena_cat(rules->arena, BK_S("--grant "), text, &copy)) return bk_arena_fail(rules->arena, err);
    rule.source = copy;
    bool has_pattern = bk_str_cut(bk_str_from(copy, strlen("--grant ")), BK_S("="), &left, &rule.pattern);
    size_t colon = bk_str_rfind_byte(left, ':');
    if (colon == BK_NPOS) {
        name = left;
    } else {
        rule.chart = bk_str_sub(left, 0, colon);
        name = bk_str_from(left, colon + 1);
    }
    if (has_pattern && !rule.pattern.n) return bk_err_set(err, BK_ERR, "invalid grant \"%.*s\": nothing stands behind \"=\"", BK_FMT(text));
    if (colon == 0) return bk_err_set(err, BK_ERR, "invalid grant \"%.*s\": no chart stands before \":\"", BK_FMT(text));
    if (!effect_of(name, &rule.effect))
        return bk_err_set(err, BK_ERR, "invalid grant \"%.*s\": \"%.*s\" is no effect; a grant is [CHART:]EFFECT[=PATTERN]", BK_FMT(text),
                          BK_FMT(name));
    return bk_rules_add(rules, rule, err);
}

const bk_rule *bk_rules_find(const bk_rules *rules, bk_effect effect, bk_str chart, bk_str target) {
    const bk_rule *found = NULL;
    for (size_t i = 0; i < rules->count; i++) {
        const bk_rule *r = &rules->items[i];
        if (r->effect != effect || (found && r->verdict != BK_DENY)) continue;
        if (r->chart.n && !bk_str_eq(r->chart, chart)) continue;
        if (r->pattern.n && !bk_pattern_match(r->pattern, target)) continue;
        found = r;
        if (r->verdict == BK_DENY) break;
    }
    return found;
}

bool bk_rules_mention(const bk_rules *rules, bk_effect effect) {
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].effect == effect) return true;
    return false;
}

/* Where to go on after a mismatch: at the last "**", or at the last "*" behind it. One of each is enough: what a "**" has taken, a later one may have as
 * well, and likewise for a "*" up to the next "/". So the time is at most the product of both lengths. */
typedef struct resume {
    size_t pattern, text; /* pattern == BK_NPOS: none */
} resume;

bool bk_pattern_match(bk_str p, bk_str t) {
    size_t i = 0, k = 0;
    resume one = {BK_NPOS, 0}, any = {BK_NPOS, 0};
    while (k < t.n || i < p.n) {
        if (i < p.n && p.p[i] == '*') {
            if (i + 1 < p.n && p.p[i + 1] == '*') {
                i += 2;
                any = (resume){i, k};
                one.pattern = BK_NPOS;
            } else {
                i++;
                one = (resume){i, k};
            }
        } else if (i < p.n && k < t.n && p.p[i] == t.p[k]) {
            i++;
            k++;
        } else if (one.pattern != BK_NPOS && one.text < t.n && t.p[one.text] != '/') {
            i = one.pattern;
            k = ++one.text;
        } else if (any.pattern != BK_NPOS && any.text < t.n) {
            i = any.pattern;
            k = ++any.text;
            one.pattern = BK_NPOS;
        } else {
            return false;
        }
    }
    return true;
}

bool bk_rules_suggest(bk_buf *out, bk_effect effect, bk_str chart, bk_str target) {
    if (bk_str_find_byte(chart, ':') != BK_NPOS || bk_str_find_byte(chart, '=') != BK_NPOS || bk_str_find_byte(target, '*') != BK_NPOS)
        return false;
    bk_buf word;
    bk_buf_init(&word, NULL, BK_RULE_TEXT);
    if (chart.n) {
        bk_buf_str(&word, chart);
        bk_buf_byte(&word, ':');
    }
    bk_buf_c(&word, bk_effect_name(effect));
    if (target.n) {
        bk_buf_byte(&word, '=');
        bk_buf_str(&word, target);
    }
    size_t before = out->n;
    bk_buf_c(out, "--grant ");
    bool ok = bk_buf_ok(&word) && bk_escape_shell(out, bk_buf_view(&word));
    if (!ok) bk_buf_cut(out, before);
    bk_buf_release(&word);
    return ok;
}
