// links: host
/* Policy files, from the bytes to the rules; the store of plugins' grants; grants; limits. The first byte says which. */
#include "data/json.h"
#include "data/yaml.h"
#include "fuzz.h"
#include "guard/policy.h"
#include "guard/suggest.h"

/* What is read is shown and asked, whatever it says. */
static void policy(bk_str text, bk_arena *arena, bk_err *err) {
    bk_value tree, shown;
    bk_policy p;
    bk_policy_errors errors;
    bk_rules none;
    bk_buf out;
    if (bk_yaml_tree_one(arena, text, &tree, err) != BK_OK) return;
    if (bk_policy_read(arena, BK_S("p.yaml"), tree, &p, &errors, err) != BK_OK) {
        FUZZ_CHECK(errors.count > 0 || err->code != BK_ERR_INTERNAL);
        return;
    }
    bk_rules_init(&none, arena);
    bk_buf_init(&out, arena, 0);
    const bk_policy_view view = {.policy = &p, .grants = &none, .stored = &none};
    FUZZ_CHECK(bk_policy_show(arena, &view, &shown, err) == BK_OK && bk_policy_show_text(arena, &view, &out, err) == BK_OK);
    const bk_subject who = {.kind = BK_SUBJECT_PLUGIN, .plugin = BK_S("s3")};
    bk_plugin_limits asked = {0}, limits;
    bk_policy_limits(&p, &who, &asked, 17, &limits, NULL);
    for (size_t i = 0; i < BK_PLUGIN_LIMIT_COUNT; i++) FUZZ_CHECK(limits.of[i] > 0);
    for (size_t i = 0; i < BK_RIGHT_COUNT; i++) (void)bk_rules_find(&p.rules, (bk_right)i, &who, BK_S("a.example.com"));
}

/* A grant that is read can be suggested again, and the suggestion reads as the same. */
static void grant(bk_str text, bk_arena *arena, bk_err *err) {
    bk_rules rules;
    bk_buf word;
    bk_rules_init(&rules, arena);
    if (bk_rules_grants(&rules, "--grant ", text, err) != BK_OK) return;
    for (size_t i = 0, n = rules.count; i < n; i++) {
        bk_rule r = rules.items[i];
        bk_buf_init(&word, arena, 0);
        if (!bk_rules_suggest(&word, "", r.right, &r.subject, r.pattern) || word.p[0] == '\'') continue;
        bk_rules again;
        bk_rules_init(&again, arena);
        FUZZ_CHECK(bk_rules_grant(&again, "", bk_buf_view(&word), err) == BK_OK);
        FUZZ_CHECK(again.items[0].right == r.right && bk_str_eq(again.items[0].pattern, r.pattern) &&
                   again.items[0].subject.kind == r.subject.kind);
    }
}

FUZZ(text) {
    bk_needs needs;
    if (text.n < 1) return;
    bk_str rest = bk_str_from(text, 1);
    switch (text.p[0]) {
    case 'p': policy(rest, arena, err); return;
    case 'g': grant(rest, arena, err); return;
    case 'l': (void)bk_needs_read(arena, rest, &needs, err); return;
    default: return;
    }
}
