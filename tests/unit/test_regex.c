/* What the vectors cannot say: invalid bytes, counts, the cache, failing memory. */
#include "text/regex.h"

#include "test.h"

static bk_arena arena;
static bk_regex_cache cache;

static void setup(void) {
    bk_arena_init(&arena, 0);
    arena.debug = true;
    bk_regex_cache_init(&cache);
}

static void teardown(void) {
    bk_regex_cache_release(&cache);
    bk_arena_release(&arena);
}

static const bk_regex *get(const char *pattern) {
    const bk_regex *regex = NULL;
    bk_err err = BK_ERR_INIT;
    CHECK_OK(bk_regex_cache_get(&cache, bk_str_c(pattern), &regex, &err), &err);
    bk_err_release(&err);
    return regex;
}

static bk_str replace(const char *pattern, bk_str text, const char *with) {
    bk_err err = BK_ERR_INIT;
    bk_str result = {NULL, 0};
    CHECK_OK(bk_regex_replace(get(pattern), &arena, text, bk_str_c(with), false, &result, &err), &err);
    bk_err_release(&err);
    return result;
}

/* Matches as text: "from,to from,to;". */
static bk_str found(const char *pattern, bk_str text, int64_t n) {
    bk_err err = BK_ERR_INIT;
    bk_matches m = {0};
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_regex_find(get(pattern), &arena, text, n, true, &m, &err), &err);
    for (size_t i = 0; i < m.count * m.width; i++) {
        bk_buf_printf(&out, "%d,%d", m.spans[i].from == BK_NPOS ? -1 : (int)m.spans[i].from,
                      m.spans[i].to == BK_NPOS ? -1 : (int)m.spans[i].to);
        bk_buf_byte(&out, i % m.width == m.width - 1 ? ';' : ' ');
    }
    bk_err_release(&err);
    return bk_buf_view(&out);
}

TEST(an_invalid_byte_is_one_rune) {
    setup();
    const bk_str text = BK_S("a\xFFz\xE6\x97"
                             "b");
    CHECK_STR(found(".", text, -1), "0,1;1,2;2,3;3,4;4,5;5,6;");
    CHECK_STR(found("\\x{fffd}+(b)?", text, -1), "1,2 -1,-1;3,6 5,6;");
    CHECK_VIEW(replace("[a-z]", text, "<$0>"), BK_S("<a>\xFF<z>\xE6\x97<b>"));
    CHECK_VIEW(replace("[^a-z]", text, ""), BK_S("azb"));
    teardown();
}

TEST(no_match_inside_of_a_rune) {
    setup();
    CHECK_STR(found("\\B", BK_S("\xC3\xA9\xC3\xA9"), -1), "0,0;2,2;4,4;");
    bool matches = true;
    bk_err err = BK_ERR_INIT;
    CHECK_OK(bk_regex_match(get("a\\B"), &arena, BK_S("a\xC3\xA9"), &matches, &err), &err);
    CHECK(!matches);
    teardown();
}

TEST(counts) {
    setup();
    CHECK_STR(found("a*", BK_S("baac"), 2), "0,0;1,3;");
    CHECK_STR(found("a*", BK_S("baac"), 0), "");
    bk_value v;
    bk_err err = BK_ERR_INIT;
    CHECK_OK(bk_regex_split(get(","), &arena, BK_S("a,b,c"), 2, &v, &err), &err);
    CHECK(v.len == 2);
    CHECK_STR(bk_value_str(v.items[1]), "b,c");
    CHECK_OK(bk_regex_split(get(","), &arena, BK_S("a,b,c"), 0, &v, &err), &err);
    CHECK(v.len == 0 && v.items == NULL);
    teardown();
}

TEST(names_of_groups) {
    setup();
    CHECK_STR(replace("(?P<x>a)|(?<x>b)", BK_S("ab"), "[${x}]"), "[a][b]");
    CHECK(get("(?P<x>a)|(?<x>(b))")->groups == 3);
    teardown();
}

TEST(the_cache_forgets_what_was_not_used) {
    setup();
    char pattern[16];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3 * BK_REGEX_CACHE; i++) {
            snprintf(pattern, sizeof pattern, "x%d(y)", i);
            CHECK_STR(bk_buf_view(&get(pattern)->pattern), pattern);
            CHECK(get("kept")->groups == 0);
        }
    }
    CHECK(cache.n == BK_REGEX_CACHE);
    teardown();
}

TEST(one_large_program_at_a_time) {
    setup();
    get("small");
    get("(?:a{1000}){1}\\pL{400}");
    get("(?:b{1000}){1}\\pL{400}");
    size_t large = 0;
    for (size_t i = 0; i < cache.n; i++) large += cache.items[i].large && cache.items[i].program;
    CHECK(large <= 1);
    CHECK(get("small")->groups == 0);
    teardown();
}

TEST(a_pattern_beyond_the_limit_is_refused) {
    setup();
    char *pattern = bk_arena_alloc(&arena, BK_REGEX_PATTERN + 1);
    memset(pattern, 'a', BK_REGEX_PATTERN + 1);
    const bk_regex *regex;
    bk_err err = BK_ERR_INIT;
    CHECK(bk_regex_cache_get(&cache, bk_str_of(pattern, BK_REGEX_PATTERN + 1), &regex, &err) == BK_ERR);
    CHECK(bk_str_starts(bk_err_message(&err), BK_S("error parsing regexp: expression too large: `aaa")));
    bk_err_release(&err);
    teardown();
}

TEST(allocation_failures_are_errors) {
    setup();
    for (size_t n = 1; n < 50; n++) {
        bk_err err = BK_ERR_INIT;
        bk_str result;
        const bk_regex *regex = get("(a)|\xC3\xA9");
        arena.fail_at = arena.count + n;
        bk_status status = bk_regex_replace(regex, &arena,
                                            BK_S("a\xFF"
                                                 "a"),
                                            BK_S("[$1]"), false, &result, &err);
        if (status == BK_OK) {
            CHECK(n > 2);
            break;
        }
        CHECK(status == BK_ERR_NOMEM);
        bk_err_release(&err);
    }
    teardown();
}

TEST_MAIN()
