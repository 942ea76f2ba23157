/* What the vectors cannot say: caps, cycles, objects, typed nils, failing memory. */
#include "value/gofmt.h"

#include "base/limits.h"
#include "test.h"
#include "value/map.h"

static bk_arena arena;

static bk_str sprintf_one(const char *format, bk_value v) {
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_fmt_sprintf(&out, bk_str_c(format), &v, 1, &err), &err);
    bk_err_release(&err);
    return bk_buf_view(&out);
}

static void setup(void) {
    bk_arena_init(&arena, 0);
    arena.debug = true;
}

TEST(typed_nils) {
    setup();
    CHECK_STR(sprintf_one("%v", bk_list_typed(BK_T_STRINGS, NULL, 0)), "[]");
    CHECK_STR(sprintf_one("%#v", bk_list_typed(BK_T_STRINGS, NULL, 0)), "[]string(nil)");
    CHECK_STR(sprintf_one("%#v", bk_list(NULL, 0)), "[]interface {}{}");
    CHECK_STR(sprintf_one("%#v", bk_map_value(NULL)), "map[string]interface {}(nil)");
    CHECK_STR(sprintf_one("%v", bk_map_value(NULL)), "map[]");
    CHECK_STR(sprintf_one("%v", bk_object_value(BK_T_POINTER, NULL)), "<nil>");
    bk_arena_release(&arena);
}

TEST(names_of_time) {
    setup();
    CHECK_STR(sprintf_one("%v", bk_int_typed(BK_T_MONTH, 3)), "March");
    CHECK_STR(sprintf_one("%d", bk_int_typed(BK_T_MONTH, 3)), "3");
    CHECK_STR(sprintf_one("%s", bk_int_typed(BK_T_MONTH, 13)), "%!Month(13)");
    CHECK_STR(sprintf_one("%q", bk_int_typed(BK_T_WEEKDAY, 0)), "\"Sunday\"");
    CHECK_STR(sprintf_one("%5.2s|", bk_int_typed(BK_T_WEEKDAY, 6)), "   Sa|");
    bk_arena_release(&arena);
}

static bk_status print_thing(const bk_object *self, bk_buf *out, bk_err *err) {
    (void)err;
    bk_buf_c(out, self->data);
    return BK_OK;
}

static bk_status print_failing(const bk_object *self, bk_buf *out, bk_err *err) {
    (void)self;
    (void)out;
    return bk_err_set(err, BK_ERR, "cannot print");
}

TEST(objects_print_themselves) {
    setup();
    static char text[] = "a thing";
    const bk_class class = {.name = "*x.Thing", .print = print_thing}, failing = {.name = "*x.Bad", .print = print_failing};
    const bk_object object = {&class, text}, bad = {&failing, NULL};
    bk_value v = bk_object_value(BK_T_POINTER, &object), list = bk_list(&v, 1);
    CHECK_STR(sprintf_one("%v", v), "a thing");
    CHECK_STR(sprintf_one("%9s|", v), "  a thing|");
    CHECK_STR(sprintf_one("%q", list), "[\"a thing\"]");
    CHECK_STR(sprintf_one("%T", v), "*x.Thing");
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    bk_buf_init(&out, &arena, 0);
    CHECK(bk_fmt_value(&out, bk_object_value(BK_T_POINTER, &bad), &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "cannot print");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(a_map_that_contains_itself_is_an_error) {
    setup();
    bk_map *map = bk_map_new(&arena, 1);
    CHECK(bk_map_set(map, BK_S("k"), bk_map_value(map)));
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    bk_buf_init(&out, &arena, 0);
    CHECK(bk_fmt_value(&out, bk_map_value(map), &err) == BK_ERR_LIMIT);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* 2^60 empty lists, were they all printed. */
TEST(a_shared_tree_stops_at_the_cap) {
    setup();
    bk_value v = bk_list(NULL, 0);
    for (int i = 0; i < 60; i++) {
        bk_value *pair = BK_NEW_ARRAY(&arena, bk_value, 2);
        pair[0] = pair[1] = v;
        v = bk_list(pair, 2);
    }
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    bk_buf_init(&out, &arena, 100000);
    CHECK(bk_fmt_value(&out, v, &err) == BK_ERR_LIMIT);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(huge_precision_is_served) {
    setup();
    bk_str s = sprintf_one("%.5000f", bk_float(0.5));
    CHECK(s.n == 5002 && s.p[2] == '5' && s.p[3] == '0' && s.p[5001] == '0');
    s = sprintf_one("%.5000e", bk_float(5e-324));
    CHECK(s.n == 5007 && bk_str_ends(s, BK_S("0e-324")));
    CHECK_STR(sprintf_one("%.1000g", bk_float(1e22)), "10000000000000000000000");
    bk_arena_release(&arena);
}

TEST(allocation_failures_are_errors) {
    for (size_t n = 1;; n++) {
        bk_arena_init(&arena, 0);
        bk_map *map = bk_map_new(&arena, 4);
        CHECK(bk_map_set(map, BK_S("b"), bk_int(1)) && bk_map_set(map, BK_S("a"), bk_int_typed(BK_T_DURATION, 5)));
        bk_value args[] = {bk_map_value(map), bk_float(1.5), bk_string(BK_S("text"))};
        arena.fail_at = arena.count + n;
        bk_buf out;
        bk_err err = BK_ERR_INIT;
        bk_buf_init(&out, &arena, 0);
        bk_status status = bk_fmt_sprintf(&out, BK_S("%40v %70.3f %q %v"), args, 3, &err);
        bk_err_release(&err);
        bk_arena_release(&arena);
        if (status == BK_OK || n > 100) {
            CHECK(n > 1 && n <= 100);
            break;
        }
        CHECK(status == BK_ERR_NOMEM);
    }
}

TEST_MAIN()
