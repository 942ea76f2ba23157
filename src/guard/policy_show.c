/* policy_show.c: the policy in force, for people and programs. */
#include "guard/policy.h"
#include "guard/table.h"

static bool put(bk_map *map, const char *key, bk_str text) { return bk_map_set(map, bk_str_c(key), bk_string(text)); }
static bool put_some(bk_map *map, const char *key, bk_str text) { return !text.n || put(map, key, text); }

static const char *verdict_name(bk_verdict v) { return v == BK_DENY ? "deny" : "allow"; }

/* ---- effects ---- */

static bool is_named(const bk_policy_view *view, bk_right right) {
    return bk_rules_mention(&view->policy->rules, right) || bk_rules_mention(view->grants, right);
}

static bk_verdict judge(const bk_policy_view *view, bk_right right, const char **ret_rule) {
    return bk_profile_judge(view->policy->profile, right, is_named(view, right), ret_rule);
}

static const char *askers(const bk_right_info *info) { return !info->plugins ? "charts" : !info->charts ? "plugins" : "both"; }

static bk_status show_effects(bk_arena *arena, const bk_policy_view *view, bk_items *items, bk_err *err) {
    for (size_t i = 0; i < BK_RIGHT_COUNT; i++) {
        const bk_right_info *info = bk_right_get((bk_right)i);
        const char *rule;
        bk_verdict verdict = judge(view, (bk_right)i, &rule);
        bk_map *m = bk_map_new(arena, 4);
        if (!m || !put(m, "effect", bk_str_c(info->name)) || !put(m, "for", bk_str_c(askers(info))) ||
            !put(m, "decision", bk_str_c(verdict_name(verdict))) || !put(m, "rule", bk_str_c(rule)))
            return bk_arena_fail(arena, err);
        bk_items_add(items, bk_map_value(m));
    }
    return BK_OK;
}

/* ---- rules ---- */

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    {"release", offsetof(bk_subject, release)}, {"namespace", offsetof(bk_subject, namespace_)},
    {"chart", offsetof(bk_subject, chart)},     {"plugin", offsetof(bk_subject, plugin)},
    {"path", offsetof(bk_subject, path)},       {"digest", offsetof(bk_subject, digest)},
    {"signer", offsetof(bk_subject, signer)},
};

static bk_str field_of(const bk_subject *s, size_t i) { return *(const bk_str *)(const void *)((const char *)s + fields[i].offset); }

static bk_status show_subject(bk_arena *arena, const bk_subject *s, bk_value *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 4);
    bool ok = m != NULL;
    for (size_t i = 0; ok && i < BK_COUNT(fields); i++) ok = put_some(m, fields[i].name, field_of(s, i));
    if (!ok) return bk_arena_fail(arena, err);
    *ret = bk_map_value(m);
    return BK_OK;
}

static void put_subject(bk_buf *out, const bk_subject *s) {
    size_t before = out->n;
    for (size_t i = 0; i < BK_COUNT(fields); i++) {
        bk_str value = field_of(s, i);
        if (!value.n) continue;
        if (out->n > before) bk_buf_c(out, ", ");
        bk_buf_printf(out, "%s %.*s", fields[i].name, BK_FMT(value));
    }
    if (out->n == before) bk_buf_c(out, "everybody");
}

static bk_status show_rules(bk_arena *arena, const bk_rules *rules, bk_items *items, bk_err *err) {
    for (size_t i = 0; i < rules->count; i++) {
        const bk_rule *r = &rules->items[i];
        bk_value subject;
        bk_map *m = bk_map_new(arena, 6);
        BK_TRY(show_subject(arena, &r->subject, &subject, err));
        if (!m || !put(m, "decision", bk_str_c(verdict_name(r->verdict))) || !put(m, "effect", bk_str_c(bk_right_get(r->right)->name)) ||
            !put_some(m, "pattern", r->pattern) || !bk_map_set(m, BK_S("subject"), subject) || !put(m, "from", r->source) ||
            !put_some(m, "reason", r->reason))
            return bk_arena_fail(arena, err);
        bk_items_add(items, bk_map_value(m));
    }
    return BK_OK;
}

/* ---- limits ---- */

/* The policy's limits in their order, then the profile's, each handed to `each`. */
typedef bk_status (*each_limit)(void *self, bk_limit_kind kind, uint64_t value, const bk_subject *who, bk_str from, bk_err *err);
static bk_status walk_limits(const bk_policy *p, each_limit each, void *self, bk_err *err) {
    static const bk_subject anybody;
    static const bk_str names[BK_PROFILE_COUNT] = {{"profile default", 15}, {"profile strict", 14}, {"profile helm", 12}};
    for (size_t k = 0; k < BK_PLUGIN_LIMIT_COUNT; k++) {
        for (size_t i = 0; i < p->limit_count; i++)
            if (p->limits[i].limits.of[k])
                BK_TRY(each(self, (bk_limit_kind)k, p->limits[i].limits.of[k], &p->limits[i].subject, p->limits[i].source, err));
        BK_TRY(each(self, (bk_limit_kind)k, bk_limit_get((bk_limit_kind)k)->of[p->profile], &anybody, names[p->profile], err));
    }
    return BK_OK;
}

static bk_str limit_text(bk_arena *arena, const bk_policy *p, bk_limit_kind kind, uint64_t value, bk_str from) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bool relative = kind == BK_PLUGIN_LIMIT_PAGES && p->profile == BK_PROFILE_STRICT && bk_str_starts(from, BK_S("profile "));
    if (relative) bk_buf_c(&b, "the module's minimum and ");
    bk_limit_put(&b, kind, value);
    return bk_buf_take(&b);
}

typedef struct shower {
    bk_arena *arena;
    const bk_policy *policy;
    bk_items *items;
    bk_table *table;
} shower;

static bk_status limit_value(void *self, bk_limit_kind kind, uint64_t value, const bk_subject *who, bk_str from, bk_err *err) {
    const shower *s = self;
    bk_value subject = bk_nil();
    bk_map *m = bk_map_new(s->arena, 4);
    BK_TRY(show_subject(s->arena, who, &subject, err));
    if (!m || !put(m, "limit", bk_str_c(bk_limit_get(kind)->name)) ||
        !put(m, "value", limit_text(s->arena, s->policy, kind, value, from)) || !bk_map_set(m, BK_S("subject"), subject) ||
        !put(m, "from", from))
        return bk_arena_fail(s->arena, err);
    bk_items_add(s->items, bk_map_value(m));
    return BK_OK;
}

static bk_status limit_row(void *self, bk_limit_kind kind, uint64_t value, const bk_subject *who, bk_str from, bk_err *err) {
    const shower *s = self;
    bk_buf subject;
    bk_buf_init(&subject, s->arena, 0);
    (void)err;
    if (bk_str_starts(from, BK_S("profile "))) bk_buf_c(&subject, "where nothing else says");
    else put_subject(&subject, who);
    bk_table_cell(s->table, bk_str_c(bk_limit_get(kind)->name));
    bk_table_cell(s->table, limit_text(s->arena, s->policy, kind, value, from));
    bk_table_cell(s->table, bk_buf_view(&subject));
    bk_table_cell(s->table, from);
    return BK_OK;
}

/* ---- the whole ---- */

bk_status bk_policy_show(bk_arena *arena, const bk_policy_view *view, bk_value *ret, bk_err *err) {
    enum { EFFECTS, RULES, LIMITS, WARNINGS, LISTS };
    static const char *const names[LISTS] = {"effects", "rules", "limits", "warnings"};
    const bk_policy *p = view->policy;
    bk_items lists[LISTS];
    bk_map *m = bk_map_new(arena, 8);
    for (size_t i = 0; i < LISTS; i++) bk_items_init(&lists[i], arena);
    shower s = {.arena = arena, .policy = p, .items = &lists[LIMITS]};
    BK_TRY(show_effects(arena, view, &lists[EFFECTS], err));
    BK_TRY(show_rules(arena, &p->rules, &lists[RULES], err));
    BK_TRY(show_rules(arena, view->grants, &lists[RULES], err));
    BK_TRY(show_rules(arena, view->stored, &lists[RULES], err));
    BK_TRY(walk_limits(p, limit_value, &s, err));
    for (size_t i = 0; i < p->warning_count; i++) bk_items_add(&lists[WARNINGS], bk_string(p->warnings[i]));
    bool ok = m && put(m, "source", p->source) && put(m, "profile", bk_str_c(bk_profile_name(p->profile))) &&
              put(m, "mode", view->warn ? BK_S("warn") : BK_S("enforce"));
    if (!ok) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < LISTS; i++) {
        bk_value list;
        BK_TRY(bk_items_list(&lists[i], BK_T_LIST, &list, err));
        if (!bk_map_set(m, bk_str_c(names[i]), list)) return bk_arena_fail(arena, err);
    }
    *ret = bk_map_value(m);
    return BK_OK;
}

static void rule_rows(bk_arena *arena, bk_table *t, const bk_rules *rules) {
    for (size_t i = 0; i < rules->count; i++) {
        const bk_rule *r = &rules->items[i];
        bk_buf subject;
        bk_buf_init(&subject, arena, 0);
        put_subject(&subject, &r->subject);
        bk_table_cell(t, bk_str_c(verdict_name(r->verdict)));
        bk_table_cell(t, bk_str_c(bk_right_get(r->right)->name));
        bk_table_cell(t, r->pattern.n ? r->pattern : BK_S("**"));
        bk_table_cell(t, bk_buf_view(&subject));
        bk_table_cell(t, r->source);
        bk_table_cell(t, r->reason);
    }
}

static void effect_rows(bk_table *t, const bk_policy_view *view) {
    for (size_t i = 0; i < BK_RIGHT_COUNT; i++) {
        const bk_right_info *info = bk_right_get((bk_right)i);
        const char *rule;
        bk_table_cell(t, bk_str_c(info->name));
        bk_table_cell(t, bk_str_c(askers(info)));
        bk_table_cell(t, bk_str_c(verdict_name(judge(view, (bk_right)i, &rule))));
        bk_table_cell(t, bk_str_c(rule));
    }
}

static void print(bk_table *t, bk_buf *out) {
    if (t->rows) bk_buf_byte(out, '\n');
    bk_table_print(t, out);
    bk_table_release(t);
}

bk_status bk_policy_show_text(bk_arena *arena, const bk_policy_view *view, bk_buf *out, bk_err *err) {
    static const char *const effects[] = {"EFFECT", "FOR", "DECISION", "WHERE NO RULE SPEAKS"};
    static const char *const rules[] = {"DECISION", "EFFECT", "PATTERN", "SUBJECT", "FROM", "REASON"};
    static const char *const limits[] = {"LIMIT", "VALUE", "SUBJECT", "FROM"};
    const bk_policy *p = view->policy;
    bk_table t;
    bk_buf_printf(out, "policy:  %.*s\nprofile: %s\nmode:    %s\n", BK_FMT(p->source), bk_profile_name(p->profile),
                  view->warn ? "warn" : "enforce");
    bk_table_init(&t, rules, BK_COUNT(rules));
    rule_rows(arena, &t, &p->rules);
    rule_rows(arena, &t, view->grants);
    rule_rows(arena, &t, view->stored);
    print(&t, out);
    bk_table_init(&t, effects, BK_COUNT(effects));
    effect_rows(&t, view);
    print(&t, out);
    bk_table_init(&t, limits, BK_COUNT(limits));
    shower s = {.arena = arena, .policy = p, .table = &t};
    bk_status status = walk_limits(p, limit_row, &s, err);
    print(&t, out);
    return status;
}
