#include "text/glob.h"

#include "base/buf.h"
#include "test.h"
#include "text/path.h"

static bk_arena arena;

/* Expectations are those of the library that Helm uses. */
TEST(globs) {
    const struct {
        const char *pattern, *name;
        bool matches;
    } cases[] = {
        {"*.yaml", "a.yaml", true},
        {"*.yaml", "d/a.yaml", false},
        {"**.yaml", "d/a.yaml", true},
        {"files/*", "files/a", true},
        {"files/*", "files/a/b", false},
        {"files/**", "files/a/b", true},
        {"**/*.yaml", "a.yaml", false},
        {"**/*.yaml", "d/e/a.yaml", true},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/b/c", false},
        {"{a,b}/*.{yaml,yml}", "b/x.yml", true},
        {"{a,b}/*.{yaml,yml}", "c/x.yml", false},
        {"files/{*.yaml,*.json}", "files/x.json", true},
        {"a?c", "abc", true},
        {"a?c", "a/c", false},
        {"[a-c]x", "bx", true},
        {"[!a-c]x", "bx", false},
        {"[!a-c]x", "/x", true},
        {"[ab]x", "cx", false},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"{a,{b,c}d}e", "cde", true},
        {"{a,{b,c}d}e", "be", false},
        {"{a,b", "b", true},
        {"a,b}", "a,b}", true},
        {"[é]", "é", true},
    };
    bk_arena_init(&arena, 0);
    arena.debug = true;
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_glob glob;
        bk_err err = BK_ERR_INIT;
        bk_str name;
        CHECK(bk_arena_dup(&arena, bk_str_c(cases[i].name), &name));
        CHECK_OK(bk_glob_compile(&arena, bk_str_c(cases[i].pattern), &glob, &err), &err);
        if (bk_glob_match(&glob, name) != cases[i].matches) {
            printf("%s on %s\n", cases[i].pattern, cases[i].name);
            CHECK(false);
        }
    }
    bk_arena_release(&arena);
}

/* A NUL ends a run of text or the text of a list; where a piece of the pattern would begin it ends the pattern. As the real helm has it. */
TEST(nul_in_globs) {
    static const struct {
        bk_str pattern;
        const char *name;
        bool matches;
    } cases[] = {
        {BK_S("f/\0*"), "f/a", true},    {BK_S("f/\0?"), "f/c", true},       {BK_S("f/\0?"), "f/cc", false},
        {BK_S("f/\0\0*"), "f/a", false}, {BK_S("?\0b"), "a", true},          {BK_S("{a,b}\0c"), "a", true},
        {BK_S("a\0b"), "ab", true},      {BK_S("{a,b}!\0[a]"), "a!", false}, {BK_S("{a,b}!\0[a]"), "a!a", true},
        {BK_S("[ab\0]"), "b", true},     {BK_S("\\\0a"), "a", true},
    };
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_glob glob;
        bk_err err = BK_ERR_INIT;
        CHECK_OK(bk_glob_compile(&arena, cases[i].pattern, &glob, &err), &err);
        CHECK(bk_glob_match(&glob, bk_str_c(cases[i].name)) == cases[i].matches);
    }
    bk_arena_release(&arena);
}

TEST(malformed_globs) {
    const char *patterns[] = {"[a", "[]", "[z-a]", "[a-c-e]", "a\xFF", "a\xEF\xBF\xBD", "[!]", "[a-"};
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(patterns); i++) {
        bk_glob glob;
        bk_err err = BK_ERR_INIT;
        CHECK(bk_glob_compile(&arena, bk_str_c(patterns[i]), &glob, &err) == BK_ERR);
        bk_err_release(&err);
    }
    bk_arena_release(&arena);
}

/* Backtracking would not live to see the end of this. */
TEST(many_stars_are_no_trouble) {
    bk_buf pattern, name;
    bk_glob glob;
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&arena, 0);
    bk_buf_init(&pattern, &arena, 0);
    bk_buf_init(&name, &arena, 0);
    for (int i = 0; i < 100; i++) bk_buf_c(&pattern, "{a*,**}{");
    bk_buf_c(&pattern, "b");
    bk_buf_fill(&name, 'a', 3000);
    CHECK_OK(bk_glob_compile(&arena, bk_buf_view(&pattern), &glob, &err), &err);
    CHECK(!bk_glob_match(&glob, bk_buf_view(&name)));
    bk_arena_release(&arena);
}

TEST(clean_paths) {
    const char *cases[][2] = {{"", "."},   {"a/../../b//c/.", "../b/c"}, {"/../a", "/a"}, {"a/b", "a/b"},
                              {"./", "."}, {"../..", "../.."},           {"a/..", "."}};
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_str clean;
        CHECK(bk_path_clean(&arena, bk_str_c(cases[i][0]), &clean));
        CHECK_STR(clean, cases[i][1]);
    }
    bk_arena_release(&arena);
}

TEST_MAIN()
