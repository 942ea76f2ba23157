#include "test.h"

#include <math.h>

#include "base/num.h"
#include "data/json.h"
#include "value/map.h"

static bk_arena arena;
static bk_err err;

__attribute__((constructor)) static void begin(void) {
    bk_arena_init(&arena, 0);
    arena.debug = true;
}

/* What reading and writing again makes of a text; the error's message if it fails. */
static bk_str round_trip(const char *text, unsigned read, unsigned write) {
    bk_value v = bk_nil();
    bk_buf out;
    bk_err_release(&err);
    bk_buf_init(&out, &arena, 0);
    if (bk_json_decode(&arena, bk_str_c(text), read, BK_T_NIL, &v, &err) != BK_OK) return bk_err_message(&err);
    if (bk_json_encode(&out, &arena, v, write, &err) != BK_OK) return bk_err_message(&err);
    return bk_buf_take(&out);
}

TEST(reads_and_writes) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {" [1, 2.50, -0, 1e3, 1e21, 1E-7] ", "[1,2.5,-0,1000,1e+21,1e-7]"},
        {"{\"b\":1,\"a\":null,\"b\":2}", "{\"a\":null,\"b\":2}"},
        {"\"\\u0041\\ud83d\\ude00\\ud800x\\/\"", "\"A\xF0\x9F\x98\x80\xEF\xBF\xBDx/\""},
        {"\"\xFF<&>\\u2028\"", "\"\xEF\xBF\xBD<&>\\u2028\""},
        {"[]", "[]"},
        {"{}", "{}"},
        {"[[[]],{\"a\":{}}]", "[[[]],{\"a\":{}}]"},
        {"9007199254740993", "9007199254740992"},
        {"0.1", "0.1"},
        {"\"\\u0001\\b\\u007f\"", "\"\\u0001\\b\x7F\""},
        /* refusals, word for word */
        {"", "unexpected end of JSON input"},
        {"[1,", "unexpected end of JSON input"},
        {"tru", "invalid character ' ' in literal true (expecting 'e')"},
        {"nulx", "invalid character 'x' in literal null (expecting 'l')"},
        {"-", "invalid character ' ' in numeric literal"},
        {"01", "invalid character '1' after top-level value"},
        {"1.x", "invalid character 'x' after decimal point in numeric literal"},
        {"1e+", "invalid character ' ' in exponent of numeric literal"},
        {"{a:1}", "invalid character 'a' looking for beginning of object key string"},
        {"{\"a\" 1}", "invalid character '1' after object key"},
        {"{\"a\":1 2}", "invalid character '2' after object key:value pair"},
        {"[1 2]", "invalid character '2' after array element"},
        {"[,]", "invalid character ',' looking for beginning of value"},
        {"'", "invalid character '\\'' looking for beginning of value"},
        {"\"\n\"", "invalid character '\\n' in string literal"},
        {"\"\\x\"", "invalid character 'x' in string escape code"},
        {"\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"},
        {"\xC3\xA9", "invalid character '\xC3\x83' looking for beginning of value"},
        {"\x01", "invalid character '\\x01' looking for beginning of value"},
        {"[1e999]", "json: cannot unmarshal number 1e999 into Go value of type float64"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) CHECK_STR(round_trip(cases[i].text, 0, 0), cases[i].want);
    CHECK_STR(round_trip("\"<a&b>\"", 0, BK_JSON_HTML), "\"\\u003ca\\u0026b\\u003e\"");
    CHECK_STR(round_trip("[9007199254740993,1.5]", BK_JSON_INT64, 0), "[9007199254740993,1.5]");
    CHECK_STR(round_trip("[9007199254740993e2]", BK_JSON_NUMBER, 0), "[9007199254740993e2]");
}

TEST(suits_the_target) {
    bk_value v = bk_nil();
    size_t used;
    bk_err_release(&err);
    CHECK(bk_json_decode(&arena, BK_S("[1]"), 0, BK_T_MAP, &v, &err) == BK_ERR && v.kind == BK_MAP && v.map);
    CHECK_STR(bk_err_message(&err), "json: cannot unmarshal array into Go value of type map[string]interface {}");
    bk_err_release(&err);
    CHECK(bk_json_decode(&arena, BK_S("null"), 0, BK_T_MAP, &v, &err) == BK_OK && v.kind == BK_MAP && !v.map);
    CHECK(bk_json_decode(&arena, BK_S("\"a\""), 0, BK_T_LIST, &v, &err) == BK_ERR && v.kind == BK_LIST);
    CHECK_STR(bk_err_message(&err), "json: cannot unmarshal string into Go value of type []interface {}");
    bk_err_release(&err);
    CHECK(bk_json_decode(&arena, BK_S("{\"a\":1e999,\"b\":2}"), 0, BK_T_MAP, &v, &err) == BK_ERR && bk_map_len(v.map) == 2);
    bk_err_release(&err);
    CHECK(bk_json_decode_first(&arena, BK_S(" {} x"), 0, BK_T_NIL, &v, &used, &err) == BK_OK && used == 3);
    CHECK(bk_json_decode_first(&arena, BK_S(" \n"), 0, BK_T_NIL, &v, &used, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "EOF");
    bk_err_release(&err);
    CHECK(bk_json_decode_first(&arena, BK_S("[1, tr"), 0, BK_T_NIL, &v, &used, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "unexpected EOF");
}

static bk_str encoded(bk_value v) {
    bk_buf out;
    bk_err_release(&err);
    bk_buf_init(&out, &arena, 0);
    if (bk_json_encode(&out, &arena, v, BK_JSON_HTML, &err) != BK_OK) return bk_err_message(&err);
    return bk_buf_take(&out);
}

TEST(writes_values) {
    bk_map *m = bk_map_new(&arena, 0);
    CHECK(m && bk_map_set(m, BK_S("self"), bk_map_value(m)));
    CHECK_STR(encoded(bk_map_value(m)), "json: unsupported value: encountered a cycle via map[string]interface {}");
    CHECK_STR(encoded(bk_float((double)NAN)), "json: unsupported value: NaN");
    CHECK_STR(encoded(bk_float(-(double)INFINITY)), "json: unsupported value: -Inf");
    CHECK_STR(encoded(bk_bytes(BK_S("hello"))), "\"aGVsbG8=\"");
    CHECK_STR(encoded(bk_list_typed(BK_T_STRINGS, NULL, 0)), "null");
    CHECK_STR(encoded(bk_map_value(NULL)), "null");
    CHECK_STR(encoded(bk_float(5e-324)), "5e-324");
    CHECK_STR(encoded(bk_float(123456789012345680000.0)), "123456789012345680000");

    bk_value v;
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    bk_err_release(&err);
    CHECK_OK(bk_json_decode(&arena, BK_S("{\"a\":[1,{}],\"b\":{},\"c\":[]}"), 0, BK_T_NIL, &v, &err), &err);
    CHECK_OK(bk_json_encode_indent(&out, &arena, v, (bk_str){0}, BK_S("  "), 0, &err), &err);
    CHECK_STR(bk_buf_view(&out), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {},\n  \"c\": []\n}");
}

TEST(bounds_nesting) {
    enum { DEEP = 1000000 };
    char *text = bk_arena_alloc(&arena, DEEP);
    bk_value v;
    CHECK(text != NULL);
    memset(text, '[', DEEP);
    bk_err_release(&err);
    CHECK(bk_json_decode(&arena, bk_str_of(text, DEEP), 0, BK_T_NIL, &v, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "invalid character '[' exceeded max depth");
    memset(text + BK_JSON_DEPTH, ']', BK_JSON_DEPTH);
    bk_err_release(&err);
    CHECK_OK(bk_json_decode(&arena, bk_str_of(text, 2 * BK_JSON_DEPTH), 0, BK_T_NIL, &v, &err), &err);
    CHECK(encoded(v).n == 2 * BK_JSON_DEPTH);
}

/* Every allocation may fail: an error, never a crash. */
TEST(survives_failing_allocations) {
    for (size_t at = 1; at < 200; at++) {
        bk_arena a;
        bk_err e = BK_ERR_INIT;
        bk_value v;
        bk_buf out;
        bk_arena_init(&a, 0);
        a.fail_at = at;
        bk_buf_init(&out, &a, 0);
        bk_status s = bk_json_decode(&a, BK_S("{\"a\":[1,2,[3,\"\\n\"]],\"b\":{\"c\":{}},\"0\":1e999}"), 0, BK_T_NIL, &v, &e);
        bool ended = a.count < at;
        if (s == BK_OK) s = bk_json_encode(&out, &a, v, 0, &e);
        bk_err_release(&e);
        bk_arena_release(&a);
        if (ended) break;
        CHECK(s != BK_OK && at < 199);
    }
}

__attribute__((destructor)) static void end(void) {
    bk_arena_release(&arena);
    bk_err_release(&err);
}

/* What ends or breaks a string, at every place within the words that are looked at at once. */
TEST(places_in_strings) {
    static const char odd[] = {'"', '\\', '\n', '\x1f', '\x7f', ' ', '!', '[', ']', '\xc3', '\x80', 0};
    bk_err_release(&err);
    for (size_t at = 0; at < 40; at++) {
        for (size_t k = 0; k < BK_COUNT(odd); k++) {
            char text[44];
            bk_value v = bk_nil();
            memset(text, 'a', sizeof text);
            text[0] = text[42] = '"';
            text[1 + at] = odd[k];
            bool ends = odd[k] == '"', control = (unsigned char)odd[k] < 0x20, escape = odd[k] == '\\';
            bk_status s = bk_json_decode(&arena, bk_str_of(text, 43), 0, BK_T_NIL, &v, &err);
            CHECK((s == BK_OK) == (!ends && !control && !escape));
            if (s == BK_OK) CHECK(bk_value_str(v).n == ((unsigned char)odd[k] < 0x80 ? 41u : 43u));
            bk_err_release(&err);
        }
    }
}

/* Keys whose hashes end alike, as somebody would choose who wants their number squared. */
TEST(colliding_keys) {
    char key[BK_INT_TEXT];
    bk_str first = BK_S("");
    bk_err_release(&err);
    for (unsigned want = 200; want <= 400; want += 200) {
        bk_buf text;
        bk_value v = bk_nil();
        unsigned n = 0;
        bk_buf_init(&text, &arena, 0);
        bk_buf_c(&text, "{");
        for (uint64_t i = 0; n < want; i++) {
            bk_str k = bk_str_of(key, bk_format_uint(i, key));
            if (bk_str_hash(k) & 4095u) continue;
            if (!n) CHECK(bk_arena_dup(&arena, k, &first));
            bk_buf_printf(&text, "%s\"%.*s\":1", n++ ? "," : "", BK_FMT(k));
        }
        bk_buf_c(&text, "}");
        bk_status s = bk_json_decode(&arena, bk_buf_view(&text), 0, BK_T_MAP, &v, &err);
        if (want == 200) CHECK(s == BK_OK && bk_map_len(v.map) == want && bk_map_get(v.map, first));
        else CHECK(s == BK_ERR_LIMIT);
    }
    CHECK_STR(bk_err_message(&err), "an object has keys that were chosen to collide");
    bk_err_release(&err);
}

TEST_MAIN()
