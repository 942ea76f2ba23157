#include "data/json.h"
#include "data/jsonpath.h"
#include "test.h"

static const char *const DATA =
    "{\"a\":1,\"l\":[1,2,3,2.5],\"n\":{\"q\":[],\"t\":true,\"x\":\"ab\",\"z\":null},\"o.k\":{\"s\":\"<\\u00e9>\"},"
    "\"ps\":[{\"m\":[1,\"x\"],\"name\":\"a\",\"p\":1.5},{\"m\":[],\"name\":\"b\",\"p\":2},{\"name\":\"c\"}]}";

/* The text that a template makes, or "error: …". As seen in client-go; where its order is random, that of the keys. */
static const struct {
    const char *template, *want;
} cases[] = {
    {"plain", "plain"},
    {"x{.a}y{.n.x}", "x1yab"},
    {"{.l}", "[1,2,3,2.5]"},
    {"{.l[0]}", "1"},
    {"{.l[-1]}", "2.5"},
    {"{.l[1:3]}", "2 3"},
    {"{.l[::2]}", "1 3"},
    {"{.l[*]}", "1 2 3 2.5"},
    {"{.l[0,2]}", "1 3"},
    {"{.l[2:2]}-", "-"},
    {"{.l[9]}", "error: array index out of bounds: index 9, length 4"},
    {"{.l[2:1]}", "error: starting index 2 is greater than ending index 1"},
    {"{.l[0:2:0]}", "error: step must be > 0"},
    {"{.a[0]}", "error: float64 is not array or slice"},
    {"{['a','l']}", "1 [1,2,3,2.5]"},
    {"{['o\\.k'].s}", "<é>"},
    {"{.o\\.k}", "{\"s\":\"\\u003cé\\u003e\"}"},
    {"{.n.*}", "[] true ab null"},
    {"{.n.x[*]}", "error: string is not array or slice"},
    {"{.n.x.*}", "97 98"},
    {"{..name}", "a b c"},
    {"{.nope}", "error: nope is not found"},
    {"{.}", "error:  is not found"},
    {"{@.a}{$.a}", "11"},
    {"{\"t\\t\\x41\\u00e9\"}", "t\tAé"},
    {"{'it''s'}", "s"},
    {"{12}{-1.5}{true}", "12-1.5true"},
    {"{range .ps[*]}{.name}{\"\\n\"}{end}!", "a\nb\nc\n!"},
    {"{range .ps[0:2]}{range .m[*]}{@},{end}{end}", "1,x,"},
    {"{range .n.q[*]}{.x}{end}", "error: x is not found"},
    {"{range .n.*}{@};{end}", "[];true;ab;<no value>;"},
    {"{end}", "error: not in range, nothing to end"},
    {"{foo}", "error: unrecognized identifier foo"},
    {"{.ps[?(@.p>1.7)].name}", "error: p is not found"},
    {"{.ps[?(@.p==2)].name}", "error: incompatible types for comparison"},
    {"{.l[?(@>=2.5)]}{.l[?(@==2.0)]}", "3 2.52"},
    {"{.ps[?(@.name!=\"a\")].name}", "b c"},
    {"{.ps[?(@.m)].name}", "a b"},
    {"{.ps[?(@.m[0])].name}", "a b"},
    {"{.ps[?(@.name=\"a\")]}", "error: unrecognized filter operator ="},
    {"{.n[?(@.x)]}", "error: map[string]interface {} is not array or slice and cannot be filtered"},
    {"{", "error: unclosed action"},
    {"{.a", "error: unclosed action"},
    {"{.a\n}", "error: unclosed action"},
    {"{&}", "error: unrecognized character in action: U+0026 '&'"},
    {"{\t}", "error: unrecognized character in action: U+0009"},
    {"{.l[x]}", "error: invalid array index x"},
    {"{.l[99999999999999999999]}", "error: array index 99999999999999999999 is not a number"},
    {"{.l[}", "error: unterminated array"},
    {"{.l[?(@)}", "error: unclosed array expect ]"},
    {"{.l[?(@", "error: unterminated filter"},
    {"{\"x}", "error: unterminated quoted string"},
    {"{\"\\q\"}", "error: unquote string \"\\q\" error invalid syntax"},
    {"{1.2.3}", "error: cannot parse number 1.2.3"},
    {"{....}", "error: invalid multiple recursive descent"},
};

static bk_status run(bk_arena *arena, bk_value data, const char *template, bk_buf *out, bk_err *err) {
    bk_jsonpath path;
    BK_TRY(bk_jsonpath_parse(arena, bk_str_c(template), &path, err));
    return bk_jsonpath_print(out, arena, &path, data, err);
}

TEST(templates) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_value data;
    bk_arena_init(&arena, 0);
    CHECK_OK(bk_json_decode(&arena, bk_str_c(DATA), 0, BK_T_NIL, &data, &err), &err);
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_buf out;
        bk_buf_init(&out, &arena, 0);
        if (run(&arena, data, cases[i].template, &out, &err) != BK_OK) {
            bk_buf_reset(&out);
            bk_buf_c(&out, "error: ");
            bk_buf_str(&out, bk_err_message(&err));
            bk_err_release(&err);
        }
        CHECK_STR(bk_buf_view(&out), cases[i].want);
    }
    bk_arena_release(&arena);
}

/* Filters in filters beyond the limit, and values that contain themselves are no matter: JSON has none. */
TEST(deep_templates_are_refused) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_jsonpath path;
    bk_buf text;
    bk_arena_init(&arena, 0);
    bk_buf_init(&text, &arena, 0);
    for (int i = 0; i < 1000; i++) bk_buf_c(&text, "[?(");
    bk_buf_c(&text, "@");
    for (int i = 0; i < 1000; i++) bk_buf_c(&text, ")]");
    bk_str whole;
    CHECK(bk_arena_printf(&arena, &whole, "{%.*s}", BK_FMT(bk_buf_view(&text))));
    CHECK(bk_jsonpath_parse(&arena, whole, &path, &err) != BK_OK);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST_MAIN()
