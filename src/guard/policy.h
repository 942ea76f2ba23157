/* policy.h: what the operator wants: a profile, rules, limits of plugins, and whether denials are meant.
 *
 * A policy is one of the profiles by name, or a YAML file that the operator owns (docs/policy.md). YAML is parsed in a compartment that never sees foreign
 * bytes; what comes back is a tree of nodes with their lines (data/yaml.h, bk_yaml_tree), and bk_policy_read makes a policy of it. Nothing in the tree
 * is believed: shapes, counts and texts are checked here.
 *
 *     profile default    what charts ask for by the table of rights.def: computing, time and randomness; the rest by grant
 *     profile strict     nothing but what is granted
 *     profile helm       everything that Helm allows
 *
 * A policy is immutable and must outlive the guards that use it. */
#ifndef BK_GUARD_POLICY_H
#define BK_GUARD_POLICY_H

#include "guard/rules.h"

/* Largest policy file. */
#define BK_POLICY_FILE_MAX ((size_t)1 << 20)
/* Most complaints about one file. */
#define BK_POLICY_ERRORS_MAX 50u

typedef enum bk_profile {
    BK_PROFILE_DEFAULT,
    BK_PROFILE_STRICT,
    BK_PROFILE_HELM,
    BK_PROFILE_COUNT,
} bk_profile;

typedef enum bk_policy_mode {
    BK_MODE_UNSET, /* the next one to ask: the flag, the policy, in the end enforce */
    BK_MODE_ENFORCE,
    BK_MODE_WARN, /* what would be denied is allowed, told once on standard error, and in the ledger as "warn" */
} bk_policy_mode;

/* Limits of a plugin's call; policy_limits.def is the table. 0: not given; BK_LIMIT_NONE: none. */
#define BK_LIMIT_NONE UINT64_MAX
typedef enum bk_limit_kind {
#define BK_PLUGIN_LIMIT(id, name, unit, by_default, strict, helm, words) BK_PLUGIN_LIMIT_##id,
#include "guard/limits.def"
#undef BK_PLUGIN_LIMIT
    BK_PLUGIN_LIMIT_COUNT
} bk_limit_kind;

typedef struct bk_plugin_limits {
    uint64_t of[BK_PLUGIN_LIMIT_COUNT];
} bk_plugin_limits;

typedef struct bk_limit_rule {
    bk_subject subject;
    bk_plugin_limits limits;
    bk_str source;
} bk_limit_rule;

typedef struct bk_policy {
    bk_str source; /* the file's path, or "built-in" */
    bk_profile profile;
    bk_policy_mode mode;
    bk_rules rules;
    bk_limit_rule *limits;
    size_t limit_count;
    bk_str *warnings; /* a line each */
    size_t warning_count;
} bk_policy;

/* The built-in policy of a profile, without rules; static. */
const bk_policy *bk_policy_builtin(bk_profile profile);
bool bk_profile_find(bk_str name, bk_profile *ret);
const char *bk_profile_name(bk_profile profile);
bool bk_mode_find(bk_str name, bk_policy_mode *ret);

/* Complaints about a file: "policy.yaml:3: unknown key \"alow\"". */
typedef struct bk_policy_errors {
    bk_str lines[BK_POLICY_ERRORS_MAX];
    size_t count;
} bk_policy_errors;

/* Makes a policy of the tree of a file; `source` is its path. Texts are copied where they do not lie in the arena. Fails when there is a complaint; the error is the first. */
bk_status bk_policy_read(bk_arena *arena, bk_str source, bk_value tree, bk_policy *ret, bk_policy_errors *errors, bk_err *err);

/* What a profile says of a right: ALLOW or DENY, and the rule in words (a literal). `named`: some rule allows the right by name. */
bk_verdict bk_profile_judge(bk_profile profile, bk_right right, bool named, const char **ret_rule);

/* ---- limits of plugins ---- */

typedef enum bk_limit_unit {
    BK_UNIT_COUNT,
    BK_UNIT_PAGES, /* of 64 KiB */
    BK_UNIT_BYTES,
    BK_UNIT_MS,
} bk_limit_unit;

typedef struct bk_limit_info {
    const char *name; /* in the policy file */
    bk_limit_unit unit;
    uint64_t of[BK_PROFILE_COUNT]; /* where neither plugin.yaml nor the policy says anything */
    const char *words;
} bk_limit_info;

const bk_limit_info *bk_limit_get(bk_limit_kind kind);
/* A limit as a person reads it: "64 pages (4MiB)", "30s", "none". */
void bk_limit_put(bk_buf *out, bk_limit_kind kind, uint64_t value);
/* Strict's limit of memory counts from the module's own minimum; this is how many pages are on top of it. */
#define BK_STRICT_PAGES 4u

/* What applies to a call: what plugin.yaml asks for, but never more than the first rule of the policy that names the limit; where plugin.yaml says nothing, that
 * rule's, else the profile's. `minimum_pages` is the module's declared minimum (0: not known yet). ret_sources (may be NULL) says for each where it is from:
 * "plugin.yaml", a rule's source, "profile default". */
void bk_policy_limits(const bk_policy *policy, const bk_subject *plugin, const bk_plugin_limits *asked, uint64_t minimum_pages,
                      bk_plugin_limits *ret, bk_str ret_sources[BK_PLUGIN_LIMIT_COUNT]);

/* ---- showing ---- */

/* A policy as it is in force: with the grants of the command line and the environment. */
typedef struct bk_policy_view {
    const bk_policy *policy;
    const bk_rules *grants;
    const bk_rules *stored; /* of the store of plugins' grants; each rule's subject is the content that it is bound to */
    bool warn;
} bk_policy_view;

/* {source, profile, mode, effects: [{effect, for, decision, rule}], rules: [{decision, effect, pattern, subject, from, reason}], limits: [{limit, value, subject, from}],
 * warnings: […]} */
bk_status bk_policy_show(bk_arena *arena, const bk_policy_view *view, bk_value *ret, bk_err *err);
/* The same for people. */
bk_status bk_policy_show_text(bk_arena *arena, const bk_policy_view *view, bk_buf *out, bk_err *err);

#endif
