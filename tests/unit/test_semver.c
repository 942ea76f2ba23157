/* What the vectors cannot say: lengths, stability of the order, failing memory. */
#include "text/semver.h"

#include "test.h"
#include "text/kube.h"

static bk_arena arena;

static bool parses(bk_str text) {
    bk_constraints c;
    bk_err err = BK_ERR_INIT;
    bk_status status = bk_constraints_parse(&arena, text, &c, &err);
    bk_err_release(&err);
    return status == BK_OK;
}

static bk_str repeat(const char *text, size_t n) {
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    for (size_t i = 0; i < n; i++) bk_buf_c(&out, text);
    return bk_buf_take(&out);
}

TEST(limits) {
    bk_arena_init(&arena, 0);
    CHECK(parses(repeat("1||", 31)) == false);
    CHECK(parses(bk_str_sub(repeat("1||", 32), 0, 32 * 3 - 2)));
    CHECK(!parses(bk_str_sub(repeat("1||", 33), 0, 33 * 3 - 2)));
    CHECK(parses(repeat("1 ", 256)));
    CHECK(!parses(repeat("1 ", 257)));
    bk_semver v;
    bk_err err = BK_ERR_INIT;
    CHECK(bk_semver_parse(repeat("1", 257), &v, &err) == BK_ERR);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(equal_versions_keep_their_order) {
    bk_arena_init(&arena, 0);
    const char *texts[] = {"1.0.0+b", "2.0.0", "1.0.0+a", "1.0.0-rc", "v1.0.0"};
    bk_semver v[5];
    bk_err err = BK_ERR_INIT;
    for (size_t i = 0; i < 5; i++) CHECK_OK(bk_semver_parse(bk_str_c(texts[i]), &v[i], &err), &err);
    CHECK(bk_semver_sort(&arena, v, 5));
    CHECK_STR(v[0].original, "1.0.0-rc");
    CHECK_STR(v[1].original, "1.0.0+b");
    CHECK_STR(v[2].original, "1.0.0+a");
    CHECK_STR(v[3].original, "v1.0.0");
    bk_arena_release(&arena);
}

TEST(invalid_bytes_show_in_errors) {
    bk_arena_init(&arena, 0);
    bk_constraints c;
    bk_kube_version k;
    bk_err err = BK_ERR_INIT;
    CHECK(bk_constraints_parse(&arena, BK_S(">\xFF\n"), &c, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "improper constraint: \">\\xff\\n\"");
    bk_err_release(&err);
    CHECK(bk_kube_version_parse(&arena, BK_S("1.2\n"), &k, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "could not parse \"1.2\\n\" as version");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(allocation_failures_are_errors) {
    for (size_t n = 1; n < 100; n++) {
        bk_constraints c;
        bk_semver v;
        bk_value why;
        bool ok;
        bk_err err = BK_ERR_INIT;
        bk_arena_init(&arena, 0);
        arena.debug = true;
        arena.fail_at = n;
        CHECK_OK(bk_semver_parse(BK_S("1.2.3-a"), &v, &err), &err);
        bk_status status = bk_constraints_parse(&arena, BK_S("1 - 2.x || 3.x-0, ^4"), &c, &err);
        if (status == BK_OK) status = bk_constraints_validate(&c, &v, &arena, &ok, &why, &err);
        bk_err_release(&err);
        bk_arena_release(&arena);
        if (status == BK_OK) {
            CHECK(n > 5 && !ok && why.len == 3);
            return;
        }
        CHECK(status == BK_ERR_NOMEM);
    }
    CHECK(false);
}

TEST_MAIN()
