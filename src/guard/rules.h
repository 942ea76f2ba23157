/* rules.h: rules and grants.
 *
 * A rule says for a chart, an effect and a target: allow or deny. Rules come from --grant (and later from a policy file); what they
 * leave open, the built-in policy decides (guard.c).
 *
 * A grant is written
 *
 *     [CHART:]EFFECT[=PATTERN]
 *
 *     schema-ref=https://example.com/schemas/app.json    this reference, for every chart
 *     app/charts/db:schema-ref=https://example.com/v*    what begins like this in that folder, for one sub-chart
 *     dns=*.example.com                                  these host names
 *     lookup                                             everything of that effect
 *
 * CHART is a chart's path as the ledger shows it ("app", "app/charts/db") and EFFECT a name of src/base/effects.def. PATTERN is matched against the target:
 * "*" stands for any bytes but "/", "**" for any bytes at all, everything else for itself. A chart whose path holds "=" or ":" cannot be
 * named in a grant. */
#ifndef BK_GUARD_RULES_H
#define BK_GUARD_RULES_H

#include "guard/guard.h"

#define BK_RULES_MAX 10000u
#define BK_RULE_TEXT ((size_t)4 << 10)

typedef struct bk_rule {
    bk_effect effect;
    bk_verdict verdict; /* ALLOW or DENY */
    bk_str chart;       /* empty: every chart */
    bk_str pattern;     /* empty: every target */
    bk_str source;      /* where it comes from: "--grant dns=*.example.com" */
} bk_rule;

typedef struct bk_rules {
    bk_arena *arena;
    bk_rule *items;
    size_t count, cap;
} bk_rules;

void bk_rules_init(bk_rules *rules, bk_arena *arena);
bk_status bk_rules_add(bk_rules *rules, bk_rule rule, bk_err *err);
/* Reads a --grant. */
bk_status bk_rules_grant(bk_rules *rules, bk_str text, bk_err *err);
/* The rule for a chart ("" for the operator): a denial before an allowance, else the first. NULL: none. */
const bk_rule *bk_rules_find(const bk_rules *rules, bk_effect effect, bk_str chart, bk_str target);
/* Some rule speaks of this effect. */
bool bk_rules_mention(const bk_rules *rules, bk_effect effect);

bool bk_pattern_match(bk_str pattern, bk_str text);
/* The grant that would allow exactly this, quoted for a shell: "--grant app:dns=example.com". False, with nothing appended, when a name does not lend itself: it
 * has characters that the escaper changes, or that mean something in a grant. */
bool bk_rules_suggest(bk_buf *out, bk_effect effect, bk_str chart, bk_str target);

#endif
