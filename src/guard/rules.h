/* rules.h: rules and grants.
 *
 * A rule says for a subject, an effect and a target: allow or deny. Rules come from a policy file (policy.h), from --grant and BULKHEAD_GRANTS, and
 * from the store of plugins' grants (grants.h); what they leave open, the profile decides (policy.h). A denial comes before an allowance, wherever
 * it stands; else the first rule that fits is the one.
 *
 * A grant is written
 *
 *     [SUBJECT:]EFFECT[=PATTERN]
 *
 *     schema-ref=https://example.com/schemas/app.json    this reference, for every chart
 *     app/charts/db:schema-ref=https://example.com/v*    what begins like this in that folder, for one sub-chart
 *     dns=*.example.com                                  these host names
 *     lookup                                             everything of that effect
 *     plugin/s3:http=s3.example.com                      this host, for the plugin s3 whatever it contains
 *     plugin/s3@sha256:6ad1…:http=s3.example.com         the same, as long as its digest is this
 *
 * SUBJECT is a chart's path as the ledger shows it ("app", "app/charts/db"; a pattern), or "plugin/" and a plugin's name. EFFECT is a name of rights.def.
 * PATTERN is matched against the target: "*" stands for any bytes but the effect's separator ("/", in host names "."), "**" for any bytes at
 * all, everything else for itself. A chart whose path holds "=" or ":" cannot be named in a grant. */
#ifndef BK_GUARD_RULES_H
#define BK_GUARD_RULES_H

#include "guard/rights.h"

#define BK_RULES_MAX 10000u
#define BK_RULE_TEXT ((size_t)4 << 10)

typedef enum bk_subject_kind {
    BK_SUBJECT_ANY, /* in a rule: everybody; who asks: the operator's own values and templates */
    BK_SUBJECT_CHART,
    BK_SUBJECT_PLUGIN,
} bk_subject_kind;

/* A subject, in two roles: in a rule, where an empty field fits everything, and as the one who asks, where an empty field is not known. */
typedef struct bk_subject {
    bk_subject_kind kind;
    bk_str release, namespace_; /* of the run; patterns in a rule */
    bk_str chart;               /* path of a chart; a pattern in a rule */
    bk_str plugin;              /* name */
    bk_str digest;              /* "sha256:…" of the chart's archive, of the plugin */
    bk_str signer; /* who signed the chart: fingerprint or identity; of the one who asks all of them, as verified, a line each */
    bk_str path;   /* of a plugin's development link */
} bk_subject;

typedef struct bk_rule {
    bk_right right;
    bk_verdict verdict; /* ALLOW or DENY */
    bk_subject subject;
    bk_str pattern; /* empty: every target */
    bool literal;   /* the pattern has no "*"; bk_rules_add finds out */
    bk_str source;  /* where it comes from: "--grant dns=*.example.com", "/etc/policy.yaml:12" */
    bk_str reason;  /* empty: none */
    bk_str words;   /* both, for messages: "rule /etc/policy.yaml:12 (no hooks from elsewhere)" */
} bk_rule;

typedef struct bk_rules {
    bk_arena *arena;
    bk_rule *items;
    size_t count, cap;
} bk_rules;

void bk_rules_init(bk_rules *rules, bk_arena *arena);
bk_status bk_rules_add(bk_rules *rules, bk_rule rule, bk_err *err);
/* Reads a grant; `from` is "--grant " or what else stands in front of it in messages. */
bk_status bk_rules_grant(bk_rules *rules, const char *from, bk_str text, bk_err *err);
/* Reads several, separated by white space. */
bk_status bk_rules_grants(bk_rules *rules, const char *from, bk_str texts, bk_err *err);
/* EFFECT[=PATTERN], the part of a grant that is kept where the subject is known. Texts are views into `text`, but for host names with capitals. */
bk_status bk_rule_parse(bk_arena *arena, bk_str text, bk_rule *ret, bk_err *err);

/* The rule for who asks: a denial before an allowance, else the first. NULL: none. */
const bk_rule *bk_rules_find(const bk_rules *rules, bk_right right, const bk_subject *who, bk_str target);
/* Some rule allows this effect, for somebody. */
bool bk_rules_mention(const bk_rules *rules, bk_right right);

bool bk_subject_match(const bk_subject *rule, const bk_subject *who);
/* "sha256:" and 64 hexadecimal digits in lower case. */
bool bk_digest_text(bk_str text);

/* "*" stops at `separator`. */
bool bk_pattern_match(bk_str pattern, bk_str text, char separator);
/* The grant that would allow exactly this, quoted for a shell: "--grant app:dns=example.com"; `option` is "--grant ". False, with nothing appended, when a name does not lend itself: it
 * has characters that the escaper changes, or that mean something in a grant. */
bool bk_rules_suggest(bk_buf *out, const char *option, bk_right right, const bk_subject *who, bk_str target);

#endif
