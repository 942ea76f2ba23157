/* --set and its siblings, and the merging of values. */
#include "chart/strvals.h"

#include "base/limits.h"
#include "chart/values_file.h"
#include "data/json.h"
#include "test.h"
#include "value/gofmt.h"

static bk_arena arena;
static bk_err err;

__attribute__((constructor)) static void begin(void) {
    bk_arena_init(&arena, 0);
    arena.debug = true;
}

static bk_status read_file(void *self, bk_str path, bk_str *ret, bk_err *e) {
    (void)self;
    if (bk_str_eq(path, BK_S("file1"))) {
        *ret = BK_S("content1\n");
    } else if (bk_str_eq(path, BK_S("file2"))) {
        *ret = BK_S("content,2");
    } else {
        return bk_err_set(e, BK_ERR, "open %.*s: no such file or directory", BK_FMT(path));
    }
    return BK_OK;
}

static const bk_strvals_reader reader = {NULL, read_file};

/* JSON with every leaf as "type:value". */
static void show(bk_buf *out, bk_value v) {
    if (v.kind == BK_MAP) {
        CHECK(bk_map_sort(v.map));
        bk_buf_byte(out, '{');
        for (size_t i = 0; i < bk_map_len(v.map); i++) {
            if (i) bk_buf_byte(out, ',');
            bk_json_encode_string(out, bk_map_at(v.map, i)->key, 0);
            bk_buf_byte(out, ':');
            show(out, bk_map_at(v.map, i)->value);
        }
        bk_buf_byte(out, '}');
    } else if (v.kind == BK_LIST) {
        bk_buf_byte(out, '[');
        for (size_t i = 0; i < v.len; i++) {
            if (i) bk_buf_byte(out, ',');
            show(out, v.items[i]);
        }
        bk_buf_byte(out, ']');
    } else {
        bk_buf text;
        bk_buf_init(&text, &arena, 0);
        bk_buf_c(&text, bk_is_nil(v) ? "nil" : bk_type_name(v));
        if (!bk_is_nil(v)) {
            bk_buf_byte(&text, ':');
            CHECK_OK(bk_fmt_value(&text, v, &err), &err);
        }
        bk_json_encode_string(out, bk_buf_view(&text), 0);
    }
}

static bk_str shown(bk_map *map) {
    bk_buf b;
    bk_buf_init(&b, &arena, 0);
    show(&b, bk_map_value(map));
    return bk_buf_take(&b);
}

static bk_map *map_of(const char *json) {
    bk_value v = bk_nil();
    CHECK_OK(bk_json_decode(&arena, bk_str_c(json), 0, BK_T_MAP, &v, &err), &err);
    return v.map;
}

TEST(assigns_as_helm_does) {
    static const char base[] = "{\"a\": {\"b\": 1, \"c\": [1, 2]}, \"l\": [\"x\", {\"y\": \"z\"}], \"s\": \"str\", \"u\": null}";
    static const struct {
        bk_strvals_mode mode;
        const char *base, *text, *values, *error;
    } cases[] = {
#include "cases_strvals.inc"
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_err_release(&err);
        bk_map *map = map_of(cases[i].base ? cases[i].base : "{}");
        bk_status status = bk_strvals_parse(&arena, cases[i].mode, bk_str_c(cases[i].text), map, &reader, &err);
        CHECK_STR(shown(map), cases[i].values);
        CHECK((status == BK_OK) == !cases[i].error);
        CHECK_STR(bk_err_message(&err), cases[i].error ? cases[i].error : "");
        bk_err_release(&err);
    }
}

TEST(replaces_invalid_bytes) {
    bk_map *map = map_of("{}");
    CHECK_OK(bk_strvals_parse(&arena, BK_STRVALS_SET, BK_S("a\xFF=\xC3(,b=\\\xFF"), map, NULL, &err), &err);
    CHECK_STR(shown(map), "{\"a\xEF\xBF\xBD\":\"string:\xEF\xBF\xBD(\",\"b\":\"string:\xEF\xBF\xBD\"}");
}

/* n times `unit` between head and tail. */
static bk_str repeat(const char *head, const char *unit, size_t n, const char *tail) {
    bk_buf b;
    bk_buf_init(&b, &arena, 0);
    bk_buf_c(&b, head);
    while (n--) bk_buf_c(&b, unit);
    bk_buf_c(&b, tail);
    return bk_buf_take(&b);
}

TEST(bounds_hostile_arguments) {
    bk_map *map = map_of("{}");
    arena.debug = false;
    CHECK(bk_strvals_parse(&arena, BK_STRVALS_SET, repeat("a", "[0]", 1000000, "=1"), map, NULL, &err) == BK_ERR_LIMIT);
    bk_err_release(&err);
    CHECK(bk_strvals_parse(&arena, BK_STRVALS_SET, repeat("a", "[0].a", 200000, "=1"), map, NULL, &err) == BK_ERR_LIMIT);
    bk_err_release(&err);
    CHECK(bk_strvals_parse(&arena, BK_STRVALS_LITERAL, repeat("a", "[0]", 1000000, "=1"), map, NULL, &err) == BK_ERR_LIMIT);
    bk_err_release(&err);
    CHECK_OK(bk_strvals_parse(&arena, BK_STRVALS_SET, repeat("c={", ",", 1000000, "}"), map, NULL, &err), &err);
    CHECK(bk_map_get(map, BK_S("c"))->len == 1000001);
    CHECK_OK(bk_strvals_parse(&arena, BK_STRVALS_SET, BK_S("d[65536]=1,d[3]=2"), map, NULL, &err), &err);
    CHECK(bk_map_get(map, BK_S("d"))->len == 65537);
    arena.debug = true;
}

TEST(lists_grow_in_steps) {
    bk_arena small;
    bk_arena_init(&small, 8 << 20);
    bk_map *map = bk_map_new(&small, 0);
    char text[40];
    for (int i = 0; i < 65536; i++) { /* copying the list each time would take 32 GiB */
        snprintf(text, sizeof text, "a[%d]=1", i);
        if (bk_strvals_parse(&small, BK_STRVALS_SET, bk_str_c(text), map, NULL, &err) != BK_OK) break;
    }
    CHECK_STR(bk_err_message(&err), "");
    CHECK(bk_map_get(map, BK_S("a"))->len == 65536);
    bk_arena_release(&small);
}

TEST(merges_sources_in_helms_order) {
    const bk_values_source sources[] = {
        {BK_VALUES_SET_LITERAL, BK_S("z=lit,eral"), {0}},
        {BK_VALUES_SET_FILE, BK_S("f=file2"), {0}},
        {BK_VALUES_SET, BK_S("a=3,z=set"), {0}},
        {BK_VALUES_SET_STRING, BK_S("a=4,m.k=5"), {0}},
        {BK_VALUES_SET_JSON, BK_S(" {\"a\": 2, \"m\": {\"j\": [1]}}"), {0}},
        {BK_VALUES_SET_JSON, BK_S("j={\"x\":1}"), {0}},
        {BK_VALUES_FILE, BK_S("a: 1\nm: {i: 0, l: [1]}\n---\nb: 1e3\n"), BK_S("one")},
        {BK_VALUES_FILE, BK_S("m: {l: [2]}\r\n"), BK_S("two")},
    };
    bk_map *map = NULL;
    CHECK_OK(bk_values_merge(&arena, sources, BK_COUNT(sources), &reader, &map, &err), &err);
    CHECK_STR(shown(map),
              "{\"a\":\"string:4\",\"b\":\"float64:1000\",\"f\":\"string:content,2\",\"j\":{\"x\":\"float64:1\"},"
              "\"m\":{\"i\":\"float64:0\",\"j\":[\"float64:1\"],\"k\":\"string:5\",\"l\":[\"float64:2\"]},\"z\":\"string:lit,eral\"}");
    CHECK_OK(bk_values_merge(&arena, NULL, 0, NULL, &map, &err), &err);
    CHECK(map && bk_map_len(map) == 0);
}

TEST(words_failures_of_sources) {
    static const struct {
        bk_values_source source;
        const char *error;
    } cases[] = {
        {{BK_VALUES_FILE, {"- a\n", 4}, {"x.yaml", 6}},
         "failed to parse x.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
         "array into "
         "Go value of type map[string]interface {}"},
        {{BK_VALUES_FILE, {"a: 1\n--- b\n", 11}, {"x", 1}},
         "failed to parse x: error reading yaml document: invalid Yaml document separator: b"},
        {{BK_VALUES_SET_JSON, {" {x}", 4}, {0}}, "failed parsing --set-json data JSON:  {x}"},
        {{BK_VALUES_SET_JSON, {"a={x}", 5}, {0}}, "failed parsing --set-json data a={x}"},
        {{BK_VALUES_SET, {"a", 1}, {0}}, "failed parsing --set data: key \"a\" has no value"},
        {{BK_VALUES_SET_STRING, {"a", 1}, {0}}, "failed parsing --set-string data: key \"a\" has no value"},
        {{BK_VALUES_SET_FILE, {"a=b", 3}, {0}}, "failed parsing --set-file data: open b: no such file or directory"},
        {{BK_VALUES_SET_LITERAL, {"a", 1}, {0}}, "failed parsing --set-literal data: key \"a\" has no value"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_map *map;
        CHECK(bk_values_merge(&arena, &cases[i].source, 1, &reader, &map, &err) == BK_ERR);
        CHECK_STR(bk_err_message(&err), cases[i].error);
        bk_err_release(&err);
    }
}

TEST(aliases_of_a_file_stay_apart) {
    const bk_values_source sources[] = {
        {BK_VALUES_FILE, BK_S("a: &x {l: [1, {m: 2}]}\nb: *x\n"), BK_S("f")},
        {BK_VALUES_SET, BK_S("a.l[0]=7,a.l[1].m=8,a.n=9"), {0}},
    };
    bk_map *map = NULL;
    CHECK_OK(bk_values_merge(&arena, sources, 2, NULL, &map, &err), &err);
    CHECK_STR(shown(map),
              "{\"a\":{\"l\":[\"int64:7\",{\"m\":\"int64:8\"}],\"n\":\"int64:9\"},\"b\":{\"l\":[\"float64:1\",{\"m\":\"float64:2\"}]}}");
}

TEST(fails_without_memory) {
    const bk_values_source sources[] = {
        {BK_VALUES_FILE, BK_S("a: 1\n---\nb: {c: [1]}\n"), BK_S("f")},
        {BK_VALUES_SET_JSON, BK_S("j={\"x\":[1]}"), {0}},
        {BK_VALUES_SET, BK_S("b.c[3].d={x,y},e\\.f=\xFF"), {0}},
    };
    for (size_t n = 1; n < 100000; n++) {
        bk_arena a;
        bk_map *map;
        bk_arena_init(&a, 0);
        a.debug = true;
        a.fail_at = n;
        bk_status status = bk_values_merge(&a, sources, BK_COUNT(sources), NULL, &map, &err);
        bool over = a.count < n;
        CHECK(over == (status == BK_OK));
        bk_err_release(&err);
        bk_arena_release(&a);
        if (over) break;
    }
}

TEST_MAIN()
