#include "guard/rules.h"

#include "guard/escape.h"

#define PLUGIN "plugin/"

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
    rule.literal = bk_str_find_byte(rule.pattern, '*') == BK_NPOS;
    rules->items[rules->count++] = rule;
    return BK_OK;
}

/* ---- grants ---- */

/* Host names know no capitals; what asks for them is in lower case. */
static bk_status lower(bk_arena *arena, bk_str *s, bk_err *err) {
    char *copy = bk_arena_alloc(arena, s->n + 1);
    if (!copy) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < s->n; i++) copy[i] = s->p[i] >= 'A' && s->p[i] <= 'Z' ? (char)(s->p[i] + 32) : s->p[i];
    copy[s->n] = 0;
    s->p = copy;
    return BK_OK;
}

bk_status bk_rule_parse(bk_arena *arena, bk_str text, bk_rule *ret, bk_err *err) {
    bk_str name;
    bk_rule rule = {.verdict = BK_ALLOW};
    if (text.n > BK_RULE_TEXT) return bk_err_limit(err, "length of a grant", BK_RULE_TEXT);
    bool has_pattern = bk_str_cut(text, BK_S("="), &name, &rule.pattern);
    if (has_pattern && !rule.pattern.n) return bk_err_set(err, BK_ERR, "nothing stands behind \"=\"");
    if (!bk_right_find(name, &rule.right))
        return bk_err_set(err, BK_ERR, "\"%.*s\" is no effect; a grant is [CHART:]EFFECT[=PATTERN]", BK_FMT(name));
    if (bk_right_get(rule.right)->separator == '.') BK_TRY(lower(arena, &rule.pattern, err));
    *ret = rule;
    return BK_OK;
}

bool bk_digest_text(bk_str text) {
    if (!bk_str_starts(text, BK_S("sha256:"))) return false;
    bk_str hex = bk_str_from(text, strlen("sha256:"));
    if (hex.n != 64) return false;
    for (size_t i = 0; i < hex.n; i++)
        if (!((hex.p[i] >= '0' && hex.p[i] <= '9') || (hex.p[i] >= 'a' && hex.p[i] <= 'f'))) return false;
    return true;
}

/* "plugin/NAME[@DIGEST]", or a chart's path. "plugin/charts/x" is a chart: below the plugin's name there is nothing. */
static bk_status read_subject(bk_str text, bk_subject *ret, bk_err *err) {
    bk_str name = bk_str_from(text, strlen(PLUGIN));
    if (!text.n) return bk_err_set(err, BK_ERR, "no chart stands before \":\"");
    if (!bk_str_starts(text, BK_S(PLUGIN)) || bk_str_find_byte(name, '/') != BK_NPOS) {
        *ret = (bk_subject){.kind = BK_SUBJECT_CHART, .chart = text};
        return BK_OK;
    }
    *ret = (bk_subject){.kind = BK_SUBJECT_PLUGIN};
    bool pinned = bk_str_cut(name, BK_S("@"), &ret->plugin, &ret->digest);
    if (!ret->plugin.n) return bk_err_set(err, BK_ERR, "no name stands behind \"plugin/\"");
    if (pinned && !bk_digest_text(ret->digest))
        return bk_err_set(err, BK_ERR, "\"%.*s\" is no digest: sha256: and 64 hexadecimal digits", BK_FMT(ret->digest));
    return BK_OK;
}

/* A subject that can never ask for the effect makes a grant that looks like one and is none. */
static bk_status check_pair(const bk_rule *rule, bk_err *err) {
    const bk_right_info *info = bk_right_get(rule->right);
    if (rule->subject.kind == BK_SUBJECT_CHART && !info->charts) return bk_err_set(err, BK_ERR, "only plugins ask for %s", info->name);
    if (rule->subject.kind == BK_SUBJECT_PLUGIN && !info->plugins) return bk_err_set(err, BK_ERR, "plugins do not ask for %s", info->name);
    return BK_OK;
}

static bk_status read_grant(bk_rules *rules, bk_str text, bk_rule *ret, bk_err *err) {
    size_t equals = bk_str_find_byte(text, '=');
    size_t colon = bk_str_rfind_byte(bk_str_sub(text, 0, equals), ':');
    BK_TRY(bk_rule_parse(rules->arena, colon == BK_NPOS ? text : bk_str_from(text, colon + 1), ret, err));
    if (colon == BK_NPOS) return BK_OK;
    BK_TRY(read_subject(bk_str_sub(text, 0, colon), &ret->subject, err));
    return check_pair(ret, err);
}

bk_status bk_rules_grant(bk_rules *rules, const char *from, bk_str text, bk_err *err) {
    bk_rule rule = {.verdict = BK_ALLOW};
    bk_str copy;
    if (text.n > BK_RULE_TEXT) return bk_err_limit(err, "length of a grant", BK_RULE_TEXT);
    if (!bk_arena_cat(rules->arena, bk_str_c(from), text, &copy)) return bk_arena_fail(rules->arena, err);
    if (read_grant(rules, bk_str_from(copy, strlen(from)), &rule, err) != BK_OK)
        return bk_err_wrap(err, "invalid grant \"%.*s\"", BK_FMT(text));
    rule.source = rule.words = copy;
    return bk_rules_add(rules, rule, err);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bk_status bk_rules_grants(bk_rules *rules, const char *from, bk_str texts, bk_err *err) {
    for (size_t i = 0; i < texts.n;) {
        size_t begin = i;
        while (i < texts.n && !is_blank(texts.p[i])) i++;
        if (i > begin) BK_TRY(bk_rules_grant(rules, from, bk_str_sub(texts, begin, i), err));
        else i++;
    }
    return BK_OK;
}

/* ---- who ---- */

static bool fits(bk_str rule, bk_str value) { return !rule.n || bk_pattern_match(rule, value, '/'); }

/* A subject without a digest fits no rule that names one. */
static bool same(bk_str rule, bk_str value) { return !rule.n || bk_str_eq(rule, value); }

static bool one_of(bk_str rule, bk_str lines) {
    bk_str line;
    if (!rule.n) return true;
    while (bk_str_line(&lines, &line))
        if (bk_str_eq(rule, line)) return true;
    return false;
}

bool bk_subject_match(const bk_subject *rule, const bk_subject *who) {
    if (rule->kind == BK_SUBJECT_ANY) return true;
    if (rule->kind != who->kind || !same(rule->digest, who->digest)) return false;
    if (!fits(rule->release, who->release) || !fits(rule->namespace_, who->namespace_)) return false;
    if (rule->kind == BK_SUBJECT_CHART) return fits(rule->chart, who->chart) && one_of(rule->signer, who->signer);
    return same(rule->plugin, who->plugin) && same(rule->path, who->path);
}

static bool target_fits(const bk_rule *rule, bk_str target, char separator) {
    if (!rule->pattern.n) return true;
    return rule->literal ? bk_str_eq(rule->pattern, target) : bk_pattern_match(rule->pattern, target, separator);
}

const bk_rule *bk_rules_find(const bk_rules *rules, bk_right right, const bk_subject *who, bk_str target) {
    const bk_rule *found = NULL;
    char separator = bk_right_get(right)->separator;
    for (size_t i = 0; i < rules->count; i++) {
        const bk_rule *r = &rules->items[i];
        if (r->right != right || (found && r->verdict != BK_DENY)) continue;
        if (!target_fits(r, target, separator) || !bk_subject_match(&r->subject, who)) continue;
        found = r;
        if (r->verdict == BK_DENY) break;
    }
    return found;
}

bool bk_rules_mention(const bk_rules *rules, bk_right right) {
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].right == right && rules->items[i].verdict == BK_ALLOW) return true;
    return false;
}

/* ---- patterns ---- */

/* Where to go on after a mismatch: at the last "**", or at the last "*" behind it. One of each is enough: what a "**" has taken, a later one may have as
 * well, and likewise for a "*" up to the next separator. So the time is at most the product of both lengths. */
typedef struct resume {
    size_t pattern, text; /* pattern == BK_NPOS: none */
} resume;

bool bk_pattern_match(bk_str p, bk_str t, char separator) {
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
        } else if (one.pattern != BK_NPOS && one.text < t.n && t.p[one.text] != separator) {
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

/* ---- suggestions ---- */

static bool has_any(bk_str s, const char *bytes) {
    for (const char *b = bytes; *b; b++)
        if (bk_str_find_byte(s, *b) != BK_NPOS) return true;
    return false;
}

bool bk_rules_suggest(bk_buf *out, const char *option, bk_right right, const bk_subject *who, bk_str target) {
    if (!target.n && !bk_right_is_bare(right)) return false; /* it would grant everything */
    if (has_any(who->chart, ":=*") || has_any(who->plugin, ":=*@") || has_any(target, "*")) return false;
    bk_buf word;
    bk_buf_init(&word, NULL, BK_RULE_TEXT);
    if (who->kind == BK_SUBJECT_CHART) bk_buf_str(&word, who->chart);
    if (who->kind == BK_SUBJECT_PLUGIN) {
        bk_buf_c(&word, PLUGIN);
        bk_buf_str(&word, who->plugin);
    }
    if (word.n) bk_buf_byte(&word, ':');
    bk_buf_c(&word, bk_right_get(right)->name);
    if (target.n) {
        bk_buf_byte(&word, '=');
        bk_buf_str(&word, target);
    }
    size_t before = out->n;
    bk_buf_c(out, option);
    bool ok = bk_buf_ok(&word) && bk_escape_shell(out, bk_buf_view(&word));
    if (!ok) bk_buf_cut(out, before);
    bk_buf_release(&word);
    return ok;
}
