/* policy_read.c: a policy from the tree of its file. Every key is known or an error with its line; as many errors are collected as a person can use. */
#include <stdarg.h>

#include "base/duration.h"
#include "base/num.h"
#include "guard/policy.h"

#define REASON_MAX 1024u
#define WARNINGS_MAX 100u
/* Nodes in one list or map. */
#define CHILDREN_MAX 10000u

/* What bk_yaml_tree makes of a node. */
typedef struct node {
    bk_str tag;
    int64_t line;
    bk_value body; /* a string, or a list of nodes */
} node;

typedef struct reader {
    bk_arena *arena;
    bk_str source;
    bk_policy *policy;
    bk_policy_errors *errors;
    bk_status status; /* out of memory and the like; complaints are no such thing */
    bk_err *err;
} reader;

static void complain(reader *r, int64_t line, const char *fmt, ...) BK_PRINTF(3, 4);
static void complain(reader *r, int64_t line, const char *fmt, ...) {
    bk_err text = BK_ERR_INIT;
    va_list args;
    if (r->errors->count == BK_POLICY_ERRORS_MAX) return;
    va_start(args, fmt);
    bk_err_setv(&text, BK_ERR, fmt, args);
    va_end(args);
    bk_str *to = &r->errors->lines[r->errors->count++];
    if (!bk_arena_printf(r->arena, to, "%.*s:%lld: %.*s", BK_FMT(r->source), (long long)line, BK_FMT(bk_err_message(&text))))
        *to = BK_S("out of memory");
    bk_err_release(&text);
}

static void warn(reader *r, int64_t line, const char *what, bk_str name, const char *rest) {
    bk_policy *p = r->policy;
    if (p->warning_count == WARNINGS_MAX) return;
    if (!p->warnings) p->warnings = BK_NEW_ARRAY(r->arena, bk_str, WARNINGS_MAX);
    if (!p->warnings) return;
    if (bk_arena_printf(r->arena, &p->warnings[p->warning_count], "%.*s:%lld: %s %.*s %s", BK_FMT(r->source), (long long)line, what,
                        BK_FMT(name), rest))
        p->warning_count++;
}

static void fail(reader *r, bk_status status) {
    if (r->status == BK_OK) r->status = status;
}

/* ---- nodes ---- */

static bool node_of(reader *r, bk_value v, node *ret) {
    bool ok = v.kind == BK_LIST && v.len == 3 && v.items[0].kind == BK_STRING && v.items[1].kind == BK_INT &&
              (v.items[2].kind == BK_STRING || v.items[2].kind == BK_LIST);
    if (ok) *ret = (node){bk_value_str(v.items[0]), v.items[1].i, v.items[2]};
    else if (r->status == BK_OK) fail(r, bk_err_internal(r->err, "a tree of YAML that is none"));
    return ok;
}

static bool is_map(const node *n) { return n->body.kind == BK_LIST && bk_str_eq(n->tag, BK_S("!!map")); }
static bool is_list(const node *n) { return n->body.kind == BK_LIST && bk_str_eq(n->tag, BK_S("!!seq")); }
static bool is_null(const node *n) { return n->body.kind == BK_STRING && bk_str_eq(n->tag, BK_S("!!null")); }
static bool is_bool(const node *n) { return n->body.kind == BK_STRING && bk_str_eq(n->tag, BK_S("!!bool")); }
static bk_str text_of(const node *n) { return n->body.kind == BK_STRING ? bk_value_str(n->body) : BK_S(""); }

/* A text or what looks like a number: names and patterns may. */
static bool is_text(const node *n) {
    return n->body.kind == BK_STRING && !is_null(n) && !is_bool(n) && !bk_str_eq(n->tag, BK_S("!!merge"));
}

/* A text without control characters, not empty, not long; complains else. */
static bool take_text(reader *r, const node *n, const char *what, size_t max, bk_str *ret) {
    bk_str s = text_of(n);
    bool ok = is_text(n) && s.n && s.n <= max;
    for (size_t i = 0; ok && i < s.n; i++) ok = (unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7F;
    if (ok) *ret = s;
    else complain(r, n->line, "%s must be a text of one line, not empty, of at most %zu bytes", what, max);
    return ok;
}

/* Walks a map: `each` gets every key once. */
typedef void (*each_key)(reader *r, void *self, bk_str key, const node *at, const node *value);
static void walk(reader *r, const node *map, const char *what, each_key each, void *self) {
    if (!is_map(map)) {
        complain(r, map->line, "%s must be a map", what);
        return;
    }
    if (map->body.len > CHILDREN_MAX) {
        complain(r, map->line, "%s has more than %u keys", what, CHILDREN_MAX / 2);
        return;
    }
    bk_map *seen = bk_map_new(r->arena, map->body.len / 2);
    for (uint32_t i = 0; seen && i + 1 < map->body.len && r->status == BK_OK; i += 2) {
        node key, value;
        if (!node_of(r, map->body.items[i], &key) || !node_of(r, map->body.items[i + 1], &value)) return;
        if (!is_text(&key)) {
            complain(r, key.line, "a key of %s is no text", what);
            continue;
        }
        bk_str name = text_of(&key);
        if (bk_map_get(seen, name)) complain(r, key.line, "the key \"%.*s\" stands twice", BK_FMT(name));
        else if (!bk_map_set(seen, name, bk_bool(true))) seen = NULL;
        else each(r, self, name, &key, &value);
    }
    if (!seen) fail(r, bk_arena_fail(r->arena, r->err));
}

/* ---- rules ---- */

typedef struct rule_reader {
    int64_t line;
    bk_subject subject;
    bk_str reason;
    node allow, deny, limits;
    bool has_allow, has_deny, has_limits;
} rule_reader;

static void read_digest(reader *r, const node *value, bk_str *ret) {
    if (take_text(r, value, "digest", 128, ret) && !bk_digest_text(*ret))
        complain(r, value->line, "digest must be \"sha256:\" and 64 hexadecimal digits in lower case");
}

static void rule_key(reader *r, void *self, bk_str key, const node *at, const node *value) {
    rule_reader *rule = self;
    bk_subject *s = &rule->subject;
    const struct {
        const char *name;
        bk_str *to;
    } texts[] = {{"release", &s->release}, {"namespace", &s->namespace_}, {"chart", &s->chart},
                 {"signer", &s->signer},   {"plugin", &s->plugin},        {"path", &s->path},
                 {"reason", &rule->reason}};
    for (size_t i = 0; i < BK_COUNT(texts); i++) {
        if (!bk_str_eq(key, bk_str_c(texts[i].name))) continue;
        (void)take_text(r, value, texts[i].name, REASON_MAX, texts[i].to);
        return;
    }
    if (bk_str_eq(key, BK_S("digest"))) {
        read_digest(r, value, &s->digest);
    } else if (bk_str_eq(key, BK_S("allow"))) {
        rule->allow = *value;
        rule->has_allow = true;
    } else if (bk_str_eq(key, BK_S("deny"))) {
        rule->deny = *value;
        rule->has_deny = true;
    } else if (bk_str_eq(key, BK_S("limits"))) {
        rule->limits = *value;
        rule->has_limits = true;
    } else {
        complain(
            r, at->line,
            "unknown key \"%.*s\" in a rule; known are release, namespace, chart, signer, plugin, path, digest, allow, deny, limits, reason",
            BK_FMT(key));
    }
}

/* Who the rule is about. */
static void set_kind(reader *r, rule_reader *rule) {
    bk_subject *s = &rule->subject;
    bool plugin = s->plugin.n || s->path.n, chart = s->chart.n || s->signer.n;
    if (plugin && chart)
        complain(r, rule->line, "a rule is about charts or about plugins: chart and signer do not go with plugin and path");
    else if (plugin && s->path.n && s->digest.n)
        complain(r, rule->line, "a path pins nothing and a digest pins the content: give one of them");
    else if (s->digest.n && !plugin && !chart) complain(r, rule->line, "a digest needs chart or plugin beside it");
    if (plugin) s->kind = BK_SUBJECT_PLUGIN;
    else if (chart || s->release.n || s->namespace_.n) s->kind = BK_SUBJECT_CHART;
    if (rule->has_limits && s->kind == BK_SUBJECT_CHART) complain(r, rule->limits.line, "limits are of plugins");
    if (!rule->has_allow && !rule->has_deny && !rule->has_limits)
        complain(r, rule->line, "a rule without allow, deny or limits does nothing");
}

static void warn_of_names(reader *r, const rule_reader *rule) {
    const bk_subject *s = &rule->subject;
    if (s->chart.n && !s->release.n && !s->digest.n && !s->signer.n)
        warn(r, rule->line, "chart", s->chart, "is only what a chart calls itself: add release, digest or signer");
    if (s->kind == BK_SUBJECT_PLUGIN && rule->has_allow && !s->digest.n && !s->path.n)
        warn(r, rule->line, "plugin", s->plugin, "is allowed this whatever it contains: add its digest");
}

static void add_rule(reader *r, const rule_reader *from, bk_right right, bk_verdict verdict, bk_str pattern, int64_t line) {
    bk_rule rule = {.right = right, .verdict = verdict, .subject = from->subject, .reason = from->reason};
    bk_str reason = BK_S("");
    bk_rule parsed;
    bool ok = bk_arena_printf(r->arena, &rule.source, "%.*s:%lld", BK_FMT(r->source), (long long)line) &&
              (!from->reason.n || bk_arena_printf(r->arena, &reason, " (%.*s)", BK_FMT(from->reason))) &&
              bk_arena_printf(r->arena, &rule.words, "rule %.*s%.*s", BK_FMT(rule.source), BK_FMT(reason));
    if (!ok) {
        fail(r, bk_arena_fail(r->arena, r->err));
        return;
    }
    /* Through the grants' reader, which knows what host names are compared as. */
    if (pattern.n) {
        bk_str grant;
        if (!bk_arena_printf(r->arena, &grant, "%s=%.*s", bk_right_get(right)->name, BK_FMT(pattern)))
            fail(r, bk_arena_fail(r->arena, r->err));
        else if (bk_rule_parse(r->arena, grant, &parsed, r->err) != BK_OK) fail(r, r->err->code);
        else rule.pattern = parsed.pattern;
    }
    bk_status status = r->status == BK_OK ? bk_rules_add(&r->policy->rules, rule, r->err) : BK_OK;
    if (status != BK_OK) fail(r, status);
}

typedef struct effects_reader {
    const rule_reader *rule;
    bk_verdict verdict;
} effects_reader;

static bool find_right(reader *r, const rule_reader *rule, bk_str name, int64_t line, bk_right *ret) {
    if (!bk_right_find(name, ret)) {
        bk_buf known;
        bk_buf_init(&known, r->arena, 0);
        for (size_t i = 0; i < BK_RIGHT_COUNT; i++) {
            if (i) bk_buf_c(&known, ", ");
            bk_buf_c(&known, bk_right_get((bk_right)i)->name);
        }
        complain(r, line, "unknown effect \"%.*s\"; known are %.*s", BK_FMT(name), BK_FMT(bk_buf_view(&known)));
        return false;
    }
    const bk_right_info *info = bk_right_get(*ret);
    bool fits = rule->subject.kind == BK_SUBJECT_CHART ? info->charts : rule->subject.kind == BK_SUBJECT_PLUGIN ? info->plugins : true;
    if (!fits) complain(r, line, "%s do not ask for %s", rule->subject.kind == BK_SUBJECT_CHART ? "charts" : "plugins", info->name);
    return fits;
}

static void add_pattern(reader *r, const effects_reader *e, bk_right right, const node *n) {
    bk_str pattern;
    if (take_text(r, n, "a pattern", BK_RULE_TEXT - 64, &pattern)) add_rule(r, e->rule, right, e->verdict, pattern, n->line);
}

static void effect_key(reader *r, void *self, bk_str key, const node *at, const node *value) {
    const effects_reader *e = self;
    bk_right right;
    if (!find_right(r, e->rule, key, at->line, &right)) return;
    if (is_bool(value) && bk_str_eq_fold(text_of(value), BK_S("true"))) {
        add_rule(r, e->rule, right, e->verdict, BK_S(""), at->line);
    } else if (is_list(value) && value->body.len && value->body.len <= CHILDREN_MAX) {
        for (uint32_t i = 0; i < value->body.len; i++) {
            node n;
            if (!node_of(r, value->body.items[i], &n)) return;
            add_pattern(r, e, right, &n);
        }
    } else if (is_text(value)) {
        add_pattern(r, e, right, value);
    } else {
        complain(r, value->line, "%.*s must be true, a pattern, or a list of patterns", BK_FMT(key));
    }
}

/* A map of effects and patterns, or a list of effects. */
static void read_effects(reader *r, const rule_reader *rule, const node *n, const char *what, bk_verdict verdict) {
    effects_reader e = {rule, verdict};
    if (!is_list(n)) {
        walk(r, n, what, effect_key, &e);
        return;
    }
    for (uint32_t i = 0; i < n->body.len && i < CHILDREN_MAX; i++) {
        node item;
        bk_right right;
        if (!node_of(r, n->body.items[i], &item)) return;
        if (!is_text(&item)) complain(r, item.line, "%s must be a map of effects, or a list of their names", what);
        else if (find_right(r, rule, text_of(&item), item.line, &right)) add_rule(r, rule, right, verdict, BK_S(""), item.line);
    }
}

/* ---- limits ---- */

static bool read_size(bk_str text, uint64_t *ret) {
    static const struct {
        const char *suffix;
        unsigned shift;
    } units[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    unsigned shift = 0;
    for (size_t i = 0; i < BK_COUNT(units); i++) {
        if (!bk_str_ends(text, bk_str_c(units[i].suffix))) continue;
        shift = units[i].shift;
        text.n -= strlen(units[i].suffix);
        break;
    }
    if (bk_parse_uint(text, 10, ret) != BK_NUM_OK || *ret == 0 || *ret > (UINT64_MAX >> 1) >> shift) return false;
    *ret <<= shift;
    return true;
}

static bool read_limit(bk_limit_unit unit, bk_str text, uint64_t *ret) {
    bk_err ignored = BK_ERR_INIT;
    int64_t ns = 0;
    if (bk_str_eq(text, BK_S("none"))) {
        *ret = BK_LIMIT_NONE;
        return true;
    }
    switch (unit) {
    case BK_UNIT_COUNT: return bk_parse_uint(text, 10, ret) == BK_NUM_OK && *ret > 0 && *ret < BK_LIMIT_NONE;
    case BK_UNIT_PAGES: return bk_parse_uint(text, 10, ret) == BK_NUM_OK && *ret > 0 && *ret <= 65536;
    case BK_UNIT_BYTES: return read_size(text, ret);
    case BK_UNIT_MS: break;
    }
    bool ok = bk_duration_parse(text, &ns, &ignored) == BK_OK && ns >= 1000000;
    bk_err_release(&ignored);
    *ret = (uint64_t)ns / 1000000;
    return ok;
}

static void limit_key(reader *r, void *self, bk_str key, const node *at, const node *value) {
    static const char *const forms[] = {"a number above 0, or none", "a number of pages from 1 to 65536, or none",
                                        "a size (4096, 64KiB, 10MiB), or none", "a duration (500ms, 30s, 5m), or none"};
    bk_limit_rule *rule = self;
    for (size_t i = 0; i < BK_PLUGIN_LIMIT_COUNT; i++) {
        const bk_limit_info *info = bk_limit_get((bk_limit_kind)i);
        if (!bk_str_eq(key, bk_str_c(info->name))) continue;
        if (!is_text(value) || !read_limit(info->unit, text_of(value), &rule->limits.of[i]))
            complain(r, value->line, "%s must be %s", info->name, forms[info->unit]);
        return;
    }
    complain(r, at->line, "unknown limit \"%.*s\"", BK_FMT(key));
}

static void read_limits(reader *r, const rule_reader *rule) {
    bk_policy *p = r->policy;
    bk_limit_rule *grown = bk_arena_grow(r->arena, p->limits, p->limit_count * sizeof *grown, (p->limit_count + 1) * sizeof *grown);
    if (!grown) {
        fail(r, bk_arena_fail(r->arena, r->err));
        return;
    }
    p->limits = grown;
    bk_limit_rule *limits = &grown[p->limit_count++];
    *limits = (bk_limit_rule){.subject = rule->subject};
    if (!bk_arena_printf(r->arena, &limits->source, "%.*s:%lld", BK_FMT(r->source), (long long)rule->limits.line))
        fail(r, bk_arena_fail(r->arena, r->err));
    walk(r, &rule->limits, "limits", limit_key, limits);
}

/* ---- the whole ---- */

static void read_rule(reader *r, const node *n) {
    rule_reader rule = {.line = n->line};
    walk(r, n, "a rule", rule_key, &rule);
    if (!is_map(n)) return;
    set_kind(r, &rule);
    warn_of_names(r, &rule);
    if (rule.has_allow) read_effects(r, &rule, &rule.allow, "allow", BK_ALLOW);
    if (rule.has_deny) read_effects(r, &rule, &rule.deny, "deny", BK_DENY);
    if (rule.has_limits) read_limits(r, &rule);
}

static void top_key(reader *r, void *self, bk_str key, const node *at, const node *value) {
    bool *has_version = self;
    if (bk_str_eq(key, BK_S("version"))) {
        *has_version = true;
        if (!bk_str_eq(value->tag, BK_S("!!int")) || !bk_str_eq(text_of(value), BK_S("1"))) complain(r, value->line, "version must be 1");
    } else if (bk_str_eq(key, BK_S("profile"))) {
        if (!is_text(value) || !bk_profile_find(text_of(value), &r->policy->profile))
            complain(r, value->line, "profile must be default, strict or helm");
    } else if (bk_str_eq(key, BK_S("mode"))) {
        if (!is_text(value) || !bk_mode_find(text_of(value), &r->policy->mode)) complain(r, value->line, "mode must be enforce or warn");
    } else if (bk_str_eq(key, BK_S("rules"))) {
        if (is_null(value)) return;
        if (!is_list(value) || value->body.len > CHILDREN_MAX) {
            complain(r, value->line, "rules must be a list of at most %u rules", CHILDREN_MAX);
            return;
        }
        for (uint32_t i = 0; i < value->body.len && r->status == BK_OK; i++) {
            node n;
            if (node_of(r, value->body.items[i], &n)) read_rule(r, &n);
        }
    } else {
        complain(r, at->line, "unknown key \"%.*s\"; known are version, profile, mode, rules", BK_FMT(key));
    }
}

bk_status bk_policy_read(bk_arena *arena, bk_str source, bk_value tree, bk_policy *ret, bk_policy_errors *errors, bk_err *err) {
    bk_policy policy = {.source = source, .profile = BK_PROFILE_DEFAULT};
    reader r = {.arena = arena, .source = source, .policy = &policy, .errors = errors, .err = err};
    bool has_version = false;
    node root;
    errors->count = 0;
    bk_rules_init(&policy.rules, arena);
    if (tree.kind == BK_NIL) {
        complain(&r, 1, "the file is empty; \"version: 1\" is the least that it holds");
    } else if (node_of(&r, tree, &root)) {
        walk(&r, &root, "a policy", top_key, &has_version);
        if (is_map(&root) && !has_version) complain(&r, root.line, "\"version: 1\" is missing");
    }
    if (r.status != BK_OK) return r.status;
    if (errors->count == 1) return bk_err_set_str(err, BK_ERR, errors->lines[0]);
    if (errors->count)
        return bk_err_set(err, BK_ERR, "%.*s (and %zu more: bulkhead policy check shows them all)", BK_FMT(errors->lines[0]),
                          errors->count - 1);
    *ret = policy;
    return BK_OK;
}
