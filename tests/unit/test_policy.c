// links: host
/* Policies from trees, and what ledgers suggest; files and flags are tests/policy. */
#include "guard/policy.h"

#include "data/yaml.h"
#include "guard/suggest.h"
#include "test.h"

static bk_status read_policy(bk_arena *arena, const char *text, bk_policy *ret, bk_err *err) {
    bk_value tree;
    bk_policy_errors errors;
    BK_TRY(bk_yaml_tree_one(arena, bk_str_c(text), &tree, err));
    return bk_policy_read(arena, BK_S("p.yaml"), tree, ret, &errors, err);
}

TEST(rules_know_where_they_are_from) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_policy p;
    bk_arena_init(&arena, 0);
    CHECK_OK(
        read_policy(
            &arena,
            "version: 1\nprofile: strict\nmode: warn\nrules:\n- release: web\n  allow:\n    dns: [A.b, c.d]\n    clock: true\n  reason: so\n"
            "- deny: [exec]\n- plugin: p\n  limits: {timeout: 1m30s, maxPages: none, maxVarBytes: 64KiB}\n",
            &p, &err),
        &err);
    CHECK(p.profile == BK_PROFILE_STRICT && p.mode == BK_MODE_WARN && p.rules.count == 4 && p.limit_count == 1 && p.warning_count == 0);
    CHECK_STR(p.rules.items[0].pattern, "a.b");
    CHECK_STR(p.rules.items[1].source, "p.yaml:7");
    CHECK_STR(p.rules.items[2].words, "rule p.yaml:8 (so)");
    CHECK(p.rules.items[2].pattern.n == 0 && p.rules.items[2].subject.kind == BK_SUBJECT_CHART);
    CHECK(p.rules.items[3].verdict == BK_DENY && p.rules.items[3].right == BK_RIGHT_EXEC &&
          p.rules.items[3].subject.kind == BK_SUBJECT_ANY);
    CHECK(p.limits[0].limits.of[BK_PLUGIN_LIMIT_TIME] == 90000 && p.limits[0].limits.of[BK_PLUGIN_LIMIT_PAGES] == BK_LIMIT_NONE &&
          p.limits[0].limits.of[BK_PLUGIN_LIMIT_VARS] == 65536);
    bk_arena_release(&arena);
}

/* What comes back from a compartment is not believed to be a tree. */
TEST(trees_that_are_none) {
    bk_arena arena;
    bk_policy p;
    bk_policy_errors errors;
    bk_arena_init(&arena, 0);
    bk_value map = bk_string(BK_S("!!map")), line = bk_int64(1), text = bk_string(BK_S("x"));
    bk_value short_node[] = {map, line}, odd_children[] = {text, text}, odd[] = {map, line, bk_list(odd_children, 2)},
             typed[] = {line, line, text};
    const bk_value trees[] = {text, bk_list(short_node, 2), bk_list(odd, 3), bk_list(typed, 3), bk_bool(true), bk_list(NULL, 0)};
    for (size_t i = 0; i < BK_COUNT(trees); i++) {
        bk_err err = BK_ERR_INIT;
        CHECK(bk_policy_read(&arena, BK_S("p.yaml"), trees[i], &p, &errors, &err) == BK_ERR_INTERNAL);
        bk_err_release(&err);
    }
    bk_arena_release(&arena);
}

TEST(only_one_document) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a: 1\n", ""},
        {"a: 1\n---\n", ""},
        {"a: 1\n...\n# end\n", ""},
        {"---\na: 1\n---\nb: 2\n", "yaml: line 4: a second document"},
        {"a: 1\n--- ''\n", "yaml: line 2: a second document"},
        {"a: 1\n---\n[\n", "yaml: line 3: did not find expected node content"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_arena arena;
        bk_err err = BK_ERR_INIT;
        bk_value v;
        bk_arena_init(&arena, 0);
        bk_status s = bk_yaml_tree_one(&arena, bk_str_c(cases[i].text), &v, &err);
        CHECK(s == (*cases[i].message ? BK_ERR : BK_OK));
        CHECK_STR(bk_err_message(&err), cases[i].message);
        bk_err_release(&err);
        bk_arena_release(&arena);
    }
}

TEST(limits_are_read_and_written) {
    static const struct {
        bk_limit_kind kind;
        uint64_t value;
        const char *text;
    } cases[] = {
        {BK_PLUGIN_LIMIT_PAGES, 64, "64 pages (4MiB)"}, {BK_PLUGIN_LIMIT_PAGES, 1, "1 pages (64KiB)"},
        {BK_PLUGIN_LIMIT_VARS, 4097, "4097B"},          {BK_PLUGIN_LIMIT_VARS, 4096, "4KiB"},
        {BK_PLUGIN_LIMIT_TIME, 1500, "1.5s"},           {BK_PLUGIN_LIMIT_TIME, BK_LIMIT_NONE, "none"},
        {BK_PLUGIN_LIMIT_TEMP_NODES, 10, "10"},         {BK_PLUGIN_LIMIT_WALL, 300000, "5m0s"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_buf b;
        bk_buf_init(&b, NULL, 0);
        bk_limit_put(&b, cases[i].kind, cases[i].value);
        CHECK_STR(bk_buf_view(&b), cases[i].text);
        bk_buf_release(&b);
    }
}

/* Every allocation fails in turn: an error each time, and never half a policy. */
TEST(memory_runs_out) {
    static const char text[] =
        "version: 1\nrules:\n- chart: a\n  allow: {dns: [A.b, c.d], clock: true}\n  reason: so\n- plugin: p\n  limits: {timeout: 1s}\n  allow: [exec]\n";
    bk_arena of_tree;
    bk_value tree = bk_nil();
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&of_tree, 0);
    CHECK_OK(bk_yaml_tree_one(&of_tree, bk_str_c(text), &tree, &err), &err);
    bool done = false;
    for (size_t n = 1; n < 1000 && !done; n++) {
        bk_arena arena;
        bk_policy p = {.source = BK_S("untouched")};
        bk_policy_errors errors;
        bk_arena_init(&arena, 0);
        arena.debug = true;
        arena.fail_at = n;
        bk_status s = bk_policy_read(&arena, BK_S("p.yaml"), tree, &p, &errors, &err);
        done = arena.count < n;
        if (done) CHECK(s == BK_OK && p.rules.count == 4);
        /* A warning may be missing; a rule may not. */
        else if (s == BK_OK) CHECK(p.rules.count == 4 && p.limit_count == 1);
        else CHECK_STR(p.source, "untouched");
        bk_err_release(&err);
        bk_arena_release(&arena);
    }
    CHECK(done);
    bk_arena_release(&of_tree);
}

TEST_MAIN()
