// links: host
/* What the actions on releases decide without a cluster: values over values, the order of hooks, how objects are changed. */
#include "action/deploy_render.h"
#include "action/hooks.h"
#include "data/json.h"
#include "test.h"

static bk_value value_of(bk_arena *arena, const char *json) {
    bk_value v = bk_nil();
    bk_err err = BK_ERR_INIT;
    CHECK_OK(bk_json_decode(arena, bk_str_c(json), 0, BK_T_MAP, &v, &err), &err);
    return v;
}

static void check_over(const char *over, const char *under, const char *want) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_value got = bk_nil();
    bk_arena_init(&arena, 0);
    bk_value a = value_of(&arena, over), b = value_of(&arena, under), before = value_of(&arena, over);
    CHECK_OK(bk_values_over(&arena, a, b, &got, &err), &err);
    CHECK(bk_deep_equal(got, value_of(&arena, want)));
    CHECK(bk_deep_equal(a, before));
    bk_arena_release(&arena);
}

TEST(new_values_win_table_by_table) {
    check_over("{\"a\":1}", "{\"a\":2,\"b\":3}", "{\"a\":1,\"b\":3}");
    check_over("{\"t\":{\"x\":1}}", "{\"t\":{\"x\":2,\"y\":3},\"u\":{}}", "{\"t\":{\"x\":1,\"y\":3},\"u\":{}}");
    check_over("{\"t\":1}", "{\"t\":{\"x\":2}}", "{\"t\":1}");
    check_over("{\"t\":{\"x\":1}}", "{\"t\":5}", "{\"t\":{\"x\":1}}");
}

TEST(a_null_takes_away_what_was_and_else_stays) {
    check_over("{\"a\":null,\"b\":null,\"c\":null}", "{\"a\":1,\"b\":null}", "{\"b\":null,\"c\":null}");
    check_over("{\"t\":{\"a\":null}}", "{\"t\":{\"a\":1,\"b\":2}}", "{\"t\":{\"b\":2}}");
}

TEST(hooks_go_by_weight_then_by_name_and_else_stay) {
    bk_hook h[] = {{.name = BK_S("b"), .weight = 1},
                   {.name = BK_S("z"), .weight = -5},
                   {.name = BK_S("a"), .weight = 1},
                   {.name = BK_S("a"), .path = BK_S("2"), .weight = 1}};
    bk_hook *list[] = {&h[0], &h[1], &h[2], &h[3]};
    bk_hooks_sort(list, 4);
    CHECK(list[0] == &h[1] && list[1] == &h[2] && list[2] == &h[3] && list[3] == &h[0]);
}

TEST(apply_methods) {
    bk_err err = BK_ERR_INIT;
    bool server = false;
    CHECK(bk_deploy_apply_method(BK_S("auto"), BK_S("ssa"), &server, &err) == BK_OK && server);
    CHECK(bk_deploy_apply_method(BK_S("auto"), BK_S(""), &server, &err) == BK_OK && !server);
    CHECK(bk_deploy_apply_method(BK_S("true"), BK_S("csa"), &server, &err) == BK_OK && server);
    CHECK(bk_deploy_apply_method(BK_S("false"), BK_S("ssa"), &server, &err) == BK_OK && !server);
    CHECK(bk_deploy_apply_method(BK_S("maybe"), BK_S("ssa"), &server, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "invalid/unknown release server-side apply method: maybe");
    bk_err_release(&err);
}

TEST(labels_of_the_store_are_its_own) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&arena, 0);
    bk_map *labels = bk_map_new(&arena, 2);
    CHECK(labels && bk_map_set(labels, BK_S("team"), bk_string(BK_S("a"))));
    CHECK_OK(bk_deploy_check_labels(labels, &err), &err);
    CHECK(bk_map_set(labels, BK_S("owner"), bk_string(BK_S("me"))));
    CHECK(bk_deploy_check_labels(labels, &err) == BK_ERR);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST_MAIN()
