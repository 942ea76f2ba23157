#include "data/toml.h"
#include "data/yaml.h"
#include "data_cases.h"
#include "value/gofmt.h"

static bk_status answer(bk_arena *arena, bk_str op, bk_str in, bk_buf *out, bk_err *err) {
    bk_value v;
    if (bk_str_eq(op, BK_S("untoml"))) {
        BK_TRY(bk_toml_decode(arena, in, &v, err));
        BK_TRY(bk_json_encode(out, arena, v, 0, err));
        bk_buf_byte(out, ' ');
        return bk_fmt_value(out, v, err);
    }
    BK_TRY(bk_yaml_decode(arena, in, 0, BK_T_NIL, &v, err));
    bk_status status = bk_toml_encode(out, arena, v, err);
    return status == BK_ERR && bk_is_nil(v) ? bk_err_wrap(err, "panic") : status;
}

TEST(agrees_with_go) { data_cases("toml.jsonl", answer); }

static bk_str decoded(bk_arena *arena, bk_str text, bk_err *err) {
    bk_value v;
    bk_buf out;
    bk_err_release(err);
    bk_buf_init(&out, arena, 0);
    if (bk_toml_decode(arena, text, &v, err) != BK_OK || bk_json_encode(&out, arena, v, 0, err) != BK_OK) return bk_err_message(err);
    return bk_buf_view(&out);
}

TEST(bounds_nesting) {
    enum { DEEP = 200000 };
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&arena, 0);
    char *text = bk_arena_alloc(&arena, DEEP);
    CHECK(text != NULL);
    memset(text, '[', DEEP);
    memcpy(text, "a = ", 4);
    CHECK_STR(decoded(&arena, bk_str_of(text, DEEP), &err), "nesting of a TOML value: more than the limit of 1000");
    memset(text, '.', DEEP);
    for (size_t i = 0; i < DEEP; i += 2) text[i] = 'a';
    CHECK_STR(decoded(&arena, bk_str_of(text, DEEP), &err), "parts of a TOML key: more than the limit of 200");
    CHECK_STR(decoded(&arena, BK_S("a = \"\xFF\""), &err), "toml: line 1 (last key \"a\"): invalid UTF-8 byte: 0xff");
    CHECK_STR(decoded(&arena, bk_str_of("a\0 = 1", 6), &err),
              "toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* Every allocation may fail: an error, never a crash. */
TEST(survives_failing_allocations) {
    static const char text[] = "a.b = [1, {c = \"\\n\"}]\n[[t]]\nd = 1979-05-27T07:32:00Z\n[x.y]\nz = 1_0.5\n";
    for (size_t at = 1;; at++) {
        bk_arena arena = {0};
        bk_err err = BK_ERR_INIT;
        bk_buf out;
        bk_value v;
        bk_arena_init(&arena, 0);
        arena.fail_at = at;
        bk_buf_init(&out, &arena, 0);
        bk_status status = bk_toml_decode(&arena, bk_str_c(text), &v, &err);
        if (status == BK_OK) status = bk_toml_encode(&out, &arena, v, &err);
        bool ended = arena.count < at;
        CHECK((status == BK_OK) == ended);
        bk_err_release(&err);
        bk_arena_release(&arena);
        if (ended || at > 2000) break;
    }
}

TEST_MAIN()
