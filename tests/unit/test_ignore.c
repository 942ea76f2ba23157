/* .helmignore; the rules themselves are covered by the vectors. */
#include "chart/ignore.h"
#include "test.h"

static bk_arena arena;

static bk_ignore parse(const char *rules) {
    bk_ignore ignore;
    bk_err err = BK_ERR_INIT;
    bk_ignore_init(&ignore, &arena, NULL);
    CHECK_OK(bk_ignore_parse(&ignore, bk_str_c(rules), &err), &err);
    CHECK_OK(bk_ignore_defaults(&ignore, &err), &err);
    return ignore;
}

static bool keeps(bk_ignore *ignore, const char *path) {
    bk_err err = BK_ERR_INIT;
    bool keep = false;
    CHECK_OK(bk_ignore_keeps(ignore, bk_str_c(path), &keep, &err), &err);
    return keep;
}

TEST(directories_are_pruned) {
    bk_arena_init(&arena, 0);
    bk_ignore g = parse("\xEF\xBB\xBF# comment\n\n secret/ \r\n/top.txt\ndocs/*.md\n*.bak\n");
    CHECK(keeps(&g, "Chart.yaml"));
    CHECK(!keeps(&g, "secret/"));
    CHECK(!keeps(&g, "secret/a"));
    CHECK(!keeps(&g, "a/secret/b/c"));
    CHECK(keeps(&g, "a/secret")); /* a file */
    CHECK(!keeps(&g, "top.txt"));
    CHECK(keeps(&g, "a/top.txt"));
    CHECK(!keeps(&g, "docs/x.md"));
    CHECK(keeps(&g, "docs/a/x.md"));
    CHECK(!keeps(&g, "a/b/c.bak"));
    CHECK(!keeps(&g, "templates/.hidden"));
    CHECK(keeps(&g, "templates/a/.hidden"));
    CHECK(keeps(&g, "templates/"));
    bk_arena_release(&arena);
}

TEST(malformed_rules) {
    static const struct {
        const char *rules, *want;
    } cases[] = {
        {"a\n**/b", "double-star (**) syntax is not supported"},
        {"[", "syntax error in pattern"},
        {"a[", "syntax error in pattern"},
        {"\\", "syntax error in pattern"},
    };
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_ignore ignore;
        bk_err err = BK_ERR_INIT;
        bk_ignore_init(&ignore, &arena, NULL);
        CHECK(bk_ignore_parse(&ignore, bk_str_c(cases[i].rules), &err) == BK_ERR);
        CHECK_STR(bk_err_message(&err), cases[i].want);
        bk_err_release(&err);
    }
    bk_arena_release(&arena);
}

/* A line that is too long is an error, one byte less is none. */
TEST(long_lines) {
    enum { MAX = 64 << 10 };
    bk_arena_init(&arena, 0);
    char *text = bk_arena_alloc(&arena, MAX + 1);
    memset(text, 'x', MAX + 1);
    for (size_t n = MAX - 1; n <= MAX + 1; n++) {
        bk_ignore ignore;
        bk_err err = BK_ERR_INIT;
        bk_ignore_init(&ignore, &arena, NULL);
        bool ok = bk_ignore_parse(&ignore, bk_str_of(text, n), &err) == BK_OK;
        CHECK(ok == (n < MAX));
        if (!ok) CHECK_STR(bk_err_message(&err), "bufio.Scanner: token too long");
        bk_err_release(&err);
    }
    bk_arena_release(&arena);
}

/* filepath.Match, by Go's answers: 1, 0, or -1 for a malformed pattern. */
TEST(match) {
    static const struct {
        const char *pattern, *name;
        int want;
    } cases[] = {
        {"abc", "abc", 1},
        {"*", "abc", 1},
        {"*c", "abc", 1},
        {"a*", "a", 1},
        {"a*", "ab/c", 0},
        {"a*/b", "abc/b", 1},
        {"a*/b", "a/c/b", 0},
        {"ab[c]", "abc", 1},
        {"ab[b-d]", "abc", 1},
        {"ab[e-g]", "abc", 0},
        {"ab[^c]", "abc", 0},
        {"ab[^e-g]", "abc", 1},
        {"a\\*b", "a*b", 1},
        {"a\\*b", "ab", 0},
        {"a?b",
         "a\xE2\x98\xBA"
         "b",
         1},
        {"a[^a]b",
         "a\xE2\x98\xBA"
         "b",
         1},
        {"a???b",
         "a\xE2\x98\xBA"
         "b",
         0},
        {"[a-\xCE\xB6]*", "\xCE\xB1", 1},
        {"*[a-\xCE\xB6]", "A", 0},
        {"a?b", "a/b", 0},
        {"[\\]a]", "]", 1},
        {"[\\-x]", "-", 1},
        {"[x\\-]", "z", 0},
        {"[]a]", "]", -1},
        {"[-]", "-", -1},
        {"[x-]", "x", -1},
        {"[-x]", "x", -1},
        {"[a-b-c]", "a", -1},
        {"[", "a", -1},
        {"[^bc", "a", -1},
        {"a[", "a", -1},
        {"a[", "ab", -1},
        {"*x", "xxx", 1},
        {"\\", "a", -1},
        {"", "", 1},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bool ok, hit = bk_path_match(bk_str_c(cases[i].pattern), bk_str_c(cases[i].name), &ok);
        int got = ok ? hit : -1;
        if (got != cases[i].want) printf("%s against %s: %d\n", cases[i].pattern, cases[i].name, got);
        CHECK(got == cases[i].want);
    }
}

TEST_MAIN()
