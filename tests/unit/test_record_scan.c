#include "base/base64.h"
#include "engine/record_scan.h"
#include "test.h"

static const char record[] =
    "{ \"name\" : \"we\\\"b\",\"info\":{\"status\":\"deployed\",\"notes\":\"} ] { \\\\\"},\"extra\":[1,{\"name\":\"no\"}],"
    "\"chart\":{\"lock\":null,\"metadata\":{\"name\":\"c\",\"dependencies\":[{\"name\":\"d\"}]},\"templates\":[]},"
    "\"manifest\":\"x\",\"version\":3}";

TEST(finds_parts) {
    bk_record_parts p;
    CHECK(bk_record_scan(bk_str_c(record), false, &p) == BK_SCAN_DONE);
    CHECK_STR(p.name, "\"we\\\"b\"");
    CHECK_STR(p.info, "{\"status\":\"deployed\",\"notes\":\"} ] { \\\\\"}");
    CHECK_STR(p.metadata, "{\"name\":\"c\",\"dependencies\":[{\"name\":\"d\"}]}");
    CHECK(bk_record_scan(bk_str_c(record), true, &p) == BK_SCAN_DONE);
    CHECK(bk_str_starts(p.chart, BK_S("{\"lock\":null")) && bk_str_ends(p.chart, BK_S("\"templates\":[]}")));
}

/* However it is cut: nothing is found that is not there whole, and with the metadata it is enough. */
TEST(beginnings) {
    size_t enough = bk_str_find(bk_str_c(record), BK_S(",\"templates\""));
    for (size_t n = 0; n < sizeof record - 1; n++) {
        bk_record_parts p;
        bk_scan r = bk_record_scan(bk_str_of(record, n), false, &p);
        CHECK(r == (n < enough ? BK_SCAN_MORE : BK_SCAN_DONE));
        CHECK(p.info.n == 0 || bk_str_ends(p.info, BK_S("\\\\\"}")));
    }
}

TEST(other_shapes) {
    static const struct {
        const char *text;
        bk_scan want;
    } rows[] = {
        {"", BK_SCAN_MORE},
        {"[]", BK_SCAN_BAD},
        {"{}", BK_SCAN_DONE},
        {"{\"chart\":null}", BK_SCAN_DONE},
        {"{\"chart\":{}}", BK_SCAN_DONE},
        {"{\"chart\":\"metadata\"}", BK_SCAN_DONE},
        {"{\"name\" 1}", BK_SCAN_BAD},
        {"{name:1}", BK_SCAN_BAD},
        {"{\"name\":,}", BK_SCAN_BAD},
        {"{\"name\":\"x", BK_SCAN_MORE},
        {"{\"info\":[[[[", BK_SCAN_MORE},
    };
    for (size_t i = 0; i < BK_COUNT(rows); i++) {
        bk_record_parts p;
        CHECK(bk_record_scan(bk_str_c(rows[i].text), false, &p) == rows[i].want);
        CHECK(p.metadata.n == 0);
    }
}

TEST(base64) {
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "Z===", "Zm9v=", "Zm9vZg==Zg==", "Zm!v", "Zm9v Zm9v", "=", "Zm9vY=m="};
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_str out;
    bk_buf b;
    bk_arena_init(&arena, 0);
    arena.debug = true;
    for (size_t i = 0; i < BK_COUNT(rows); i++) {
        bk_buf_init(&b, &arena, 0);
        bk_base64_encode(&b, bk_str_c(rows[i].bytes));
        CHECK_STR(bk_buf_view(&b), rows[i].text);
        CHECK_OK(bk_base64_decode(&arena, bk_str_c(rows[i].text), &out, &err), &err);
        CHECK_STR(out, rows[i].bytes);
    }
    CHECK_OK(bk_base64_decode(&arena, BK_S("Zm\r\n9v\nYg=\n="), &out, &err), &err);
    CHECK_STR(out, "foob");
    for (size_t i = 0; i < BK_COUNT(bad); i++) {
        CHECK(bk_base64_decode(&arena, bk_str_c(bad[i]), &out, &err) == BK_ERR);
        CHECK(bk_str_starts(bk_err_message(&err), BK_S("illegal base64 data at input byte ")));
        bk_err_release(&err);
    }
    bk_arena_release(&arena);
}

TEST_MAIN()
