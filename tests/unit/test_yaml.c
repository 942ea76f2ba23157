#include "data/yaml.h"
#include "data/yaml_skim.h"
#include "data_cases.h"

static bk_status read_case(bk_arena *arena, bk_str op, bk_str in, bk_buf *out, bk_err *err) {
    bk_value v;
    bool strict = bk_str_eq(op, BK_S("y2js"));
    if (strict || bk_str_eq(op, BK_S("y2j"))) {
        BK_TRY(bk_yaml_read(arena, in, BK_YAML_NUMBERS | (strict ? BK_YAML_STRICT : 0), &v, err));
        return bk_json_encode(out, arena, v, BK_JSON_HTML, err);
    }
    BK_TRY(bk_yaml_decode(arena, in, 0, bk_str_eq(op, BK_S("um")) ? BK_T_MAP : BK_T_LIST, &v, err));
    return bk_json_encode(out, arena, v, 0, err);
}

static bk_status write_case(bk_arena *arena, bk_str op, bk_str in, bk_buf *out, bk_err *err) {
    bk_value v;
    if (bk_str_eq(op, BK_S("j2y"))) return bk_yaml_from_json(out, arena, in, err);
    BK_TRY(bk_json_decode(arena, in, 0, BK_T_NIL, &v, err));
    return bk_str_eq(op, BK_S("jfmt")) ? bk_yaml_encode(out, arena, v, err) : bk_yaml_encode_pretty(out, arena, v, err);
}

static bk_status json_case(bk_arena *arena, bk_str op, bk_str in, bk_buf *out, bk_err *err) {
    bk_value v = bk_list(NULL, 0);
    size_t used;
    bool map = bk_str_eq(op, BK_S("jm"));
    if (bk_str_eq(op, BK_S("jf"))) {
        BK_TRY(bk_json_decode_first(arena, in, 0, BK_T_NIL, &v, &used, err));
        return bk_json_encode(out, arena, v, 0, err);
    }
    if (!map && !bk_str_eq(op, BK_S("jl"))) {
        BK_TRY(bk_json_decode(arena, in, 0, BK_T_NIL, &v, err));
        if (bk_str_eq(op, BK_S("json"))) return bk_json_encode(out, arena, v, BK_JSON_HTML, err);
        return bk_json_encode_indent(out, arena, v, BK_S(""), BK_S("  "), BK_JSON_HTML, err);
    }
    bk_err failure = BK_ERR_INIT;
    if (map) v = bk_map_value(bk_map_new(arena, 0));
    bk_status status = bk_json_decode(arena, in, 0, map ? BK_T_MAP : BK_T_LIST, &v, &failure);
    BK_TRY(bk_json_encode(out, arena, v, 0, err));
    if (status != BK_OK) bk_buf_byte(out, ' ');
    bk_buf_str(out, bk_err_message(&failure));
    bk_err_release(&failure);
    return BK_OK;
}

static bk_status tree_case(bk_arena *arena, bk_str op, bk_str in, bk_buf *out, bk_err *err) {
    bk_value v;
    (void)op;
    BK_TRY(bk_yaml_tree(arena, in, &v, err));
    return bk_json_encode(out, arena, v, 0, err);
}

TEST(sees_trees_like_go) { data_cases("yaml_tree.jsonl", tree_case); }
TEST(reads_like_go) { data_cases("yaml_read.jsonl", read_case); }
TEST(writes_like_go) { data_cases("yaml_write.jsonl", write_case); }
TEST(knows_json_like_go) { data_cases("json.jsonl", json_case); }

/* What is skimmed of a text, "-" when the reader is to be asked. */
static bk_str skimmed(bk_arena *arena, const char *text) {
    static const bk_str about[] = {{"name", 4}};
    static const bk_yaml_wanted wanted[] = {{{"kind", 4}, NULL, 0}, {{"metadata", 8}, about, 1}};
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    return bk_yaml_skim(bk_str_c(text), wanted, BK_COUNT(wanted), &out) ? bk_buf_view(&out) : BK_S("-");
}

TEST(skims_the_top) {
    bk_arena arena;
    bk_arena_init(&arena, 0);
    CHECK_STR(
        skimmed(&arena, "a: 1\nkind: K\nspec:\n- x: |\n    kind: no\n  y: [a, \"b\"]\n- z\nmetadata:\n  labels: {}\n  name: n\n  x: 1\n"),
        "kind: K\nmetadata:\n  name: n\n");
    CHECK_STR(skimmed(&arena, "Kind: 'a\n  b'\n# end\nmetadata: [n]\n"), "Kind: 'a\n  b'\n# end\nmetadata: [n]\n");
    CHECK_STR(skimmed(&arena, "a:\n  b: long\n    text\n\n    on # and a comment\n  c: --x\n"), "");
    static const char *const left[] = {"",
                                       "# a",
                                       "- a",
                                       "a",
                                       "a: b: c",
                                       "a: b\n  c: d",
                                       "a:\n  b: 1\n c: 2",
                                       "a: &x 1",
                                       "a: *x",
                                       "a: !!str 1",
                                       "a: {b: c}",
                                       "a: [b",
                                       "a: 'b",
                                       "a: \"\\q\"",
                                       "a: \"\\/\"",
                                       "a: |2\n  b",
                                       "a:\tb",
                                       "a: .inf",
                                       "null: 1",
                                       "<<: {}",
                                       "? a",
                                       "a: b\n---\n",
                                       "a: - b",
                                       "a: @b",
                                       "a: \"b\" c",
                                       "a: |\n   \n  b",
                                       "a: 1\r\nb: 2",
                                       "a: \xC2\x85",
                                       "a: \x01",
                                       "a: \xFF",
                                       "a: 'b\nc'",
                                       "12345678901234567890: 1"};
    for (size_t i = 0; i < BK_COUNT(left); i++) CHECK_STR(skimmed(&arena, left[i]), "-");
    bk_arena_release(&arena);
}

static bk_str json_of(bk_arena *arena, bk_str text, unsigned flags, bk_err *err) {
    bk_value v;
    bk_buf out;
    bk_err_release(err);
    bk_buf_init(&out, arena, 0);
    if (bk_yaml_read(arena, text, flags, &v, err) != BK_OK || bk_json_encode(&out, arena, v, 0, err) != BK_OK) return bk_err_message(err);
    return bk_buf_view(&out);
}

/* go-yaml checks its input in pieces of 512 bytes: a bad byte in a later piece is not seen when the first document ends before. */
TEST(minds_bytes) {
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    char text[1100];
    bk_arena_init(&arena, 0);
    arena.debug = true;
    memset(text, 'x', sizeof text);
    memcpy(text, "a: b\n---\n", 9);
    text[600] = 1;
    CHECK_STR(json_of(&arena, bk_str_of(text, sizeof text), 0, &err), "{\"a\":\"b\"}");
    text[500] = 1;
    CHECK_STR(json_of(&arena, bk_str_of(text, sizeof text), 0, &err), "yaml: control characters are not allowed");
    CHECK_STR(json_of(&arena,
                      BK_S("\xFF\xFE"
                           "a\0:\0 \0\xE9\0\n\0"),
                      0, &err),
              "{\"a\":\"\xC3\xA9\"}");
    CHECK_STR(json_of(&arena,
                      BK_S("\xEF\xBB\xBF"
                           "a: 1\r\nb: 2\r"),
                      0, &err),
              "{\"a\":1,\"b\":2}");
    CHECK_STR(json_of(&arena, BK_S("a: \xC3"), 0, &err), "yaml: incomplete UTF-8 octet sequence");
    CHECK_STR(json_of(&arena, BK_S("a: \xED\xA0\x80"), 0, &err), "yaml: invalid Unicode character");
    CHECK_STR(json_of(&arena, (bk_str){0}, 0, &err), "null");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

static void check_repeated(const char *unit, size_t times, const char *want) {
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_buf text;
    bk_arena_init(&arena, 0);
    bk_buf_init(&text, &arena, 0);
    for (size_t i = 0; i < times; i++) bk_buf_c(&text, unit);
    CHECK_STR(json_of(&arena, bk_buf_view(&text), 0, &err), want);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(bounds_nesting_and_aliases) {
    check_repeated("[", 1000000, "yaml: exceeded max depth of 10000");
    check_repeated("{a: ", 1000000, "yaml: exceeded max depth of 10000");
    check_repeated("- ", 1000000, "yaml: exceeded max depth of 10000");
    check_repeated("? ", 1000000, "yaml: exceeded max depth of 10000");
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&arena, 0);
    CHECK_STR(json_of(&arena,
                      BK_S("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                           "d: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"),
                      0, &err),
              "yaml: document contains excessive aliasing");
    CHECK_STR(json_of(&arena, BK_S("a: &a\n  b: *a\n"), 0, &err), "yaml: anchor 'a' value contains itself");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* Aliases are copies; strings that are numbers elsewhere are told apart from numbers. */
TEST(makes_values) {
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_value v, s;
    bk_arena_init(&arena, 0);
    CHECK_OK(bk_yaml_decode(&arena, BK_S("a: &x {k: 1}\nb: *x\nc: 1.10\nd: 0x10\ne: 18446744073709551615\nf: on\n"), BK_YAML_NUMBERS,
                            BK_T_MAP, &v, &err),
             &err);
    CHECK(bk_map_get(v.map, BK_S("a"))->map != bk_map_get(v.map, BK_S("b"))->map);
    CHECK(bk_map_get(v.map, BK_S("d"))->type == BK_T_INT && bk_map_get(v.map, BK_S("e"))->type == BK_T_UINT64);
    CHECK(bk_yaml_coerce_string(&arena, *bk_map_get(v.map, BK_S("c")), &s));
    CHECK_STR(bk_value_str(s), "1.1");
    CHECK(bk_yaml_coerce_string(&arena, *bk_map_get(v.map, BK_S("f")), &s));
    CHECK_STR(bk_value_str(s), "true");
    CHECK_OK(bk_yaml_decode(&arena, BK_S("# nothing\n"), 0, BK_T_MAP, &v, &err), &err);
    CHECK(v.type == BK_T_MAP && v.map && bk_map_len(v.map) == 0);
    CHECK(bk_yaml_decode(&arena, BK_S("- a\n"), 0, BK_T_MAP, &v, &err) == BK_ERR && v.type == BK_T_MAP);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(writes_odd_values) {
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_buf out;
    bk_arena_init(&arena, 0);
    bk_buf_init(&out, &arena, 0);
    bk_map *m = bk_map_new(&arena, 0);
    CHECK(m && bk_map_set(m, BK_S("self"), bk_map_value(m)));
    CHECK(bk_yaml_encode(&out, &arena, bk_map_value(m), &err) == BK_ERR && out.n == 0);
    CHECK_STR(bk_err_message(&err), "error marshaling into JSON: json: unsupported value: encountered a cycle via map[string]interface {}");
    bk_err_release(&err);
    CHECK(bk_yaml_encode_pretty(&out, &arena, bk_map_value(m), &err) == BK_ERR_LIMIT && out.n == 0);
    bk_err_release(&err);
    CHECK(bk_yaml_encode(&out, &arena, bk_float(__builtin_nan("")), &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "error marshaling into JSON: json: unsupported value: NaN");
    bk_err_release(&err);
    CHECK_OK(bk_yaml_encode_pretty(&out, &arena, bk_string(BK_S("\xFF")), &err), &err);
    CHECK_STR(bk_buf_view(&out), "!!binary /w==\n");
    bk_arena_release(&arena);
}

/* Every allocation may fail: an error, never a crash. */
TEST(survives_failing_allocations) {
    static const char text[] = "a: &a {b: [1, 'x''y', \"\\n\"]}\n<<: *a\nc: |\n  l\n  m\n? d\n: *a\n1: !!binary aGk=\ne: x\n  y\n";
    for (size_t at = 1;; at++) {
        bk_arena arena = {0};
        bk_err err = BK_ERR_INIT;
        bk_buf out;
        bk_value v;
        bk_arena_init(&arena, 0);
        arena.fail_at = at;
        bk_buf_init(&out, &arena, 0);
        bk_status status = bk_yaml_decode(&arena, bk_str_c(text), 0, BK_T_NIL, &v, &err);
        if (status == BK_OK) status = bk_yaml_encode(&out, &arena, v, &err);
        if (status == BK_OK) status = bk_yaml_encode_pretty(&out, &arena, v, &err);
        bool ended = arena.count < at;
        CHECK((status == BK_OK) == ended);
        bk_err_release(&err);
        bk_arena_release(&arena);
        if (ended || at > 2000) break;
    }
}

TEST_MAIN()
