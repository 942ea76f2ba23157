/* Validation against JSON Schema: verdicts are Helm's, hostile schemas end at a cap. */
#include "chart/schema.h"

#include "base/limits.h"
#include "data/json.h"
#include "test.h"
#include "value/map.h"

static bk_arena arena;
static bk_err err;

__attribute__((constructor)) static void begin(void) {
    bk_arena_init(&arena, 0);
    arena.debug = true;
}

static bk_value value_of(bk_str json) {
    bk_value v = bk_nil();
    CHECK_OK(bk_json_decode(&arena, json, 0, BK_T_NIL, &v, &err), &err);
    return v;
}

static bk_str report_of(bk_str schema, bk_str values, const bk_schema_options *options) {
    bk_str report = BK_S("?");
    bk_err_release(&err);
    bk_status status = bk_schema_validate(&arena, value_of(values), schema, options, &report, &err);
    return status == BK_OK ? report : bk_err_message(&err);
}

TEST(reports_as_helm_does) {
    static const struct {
        const char *schema, *values, *report;
    } cases[] = {
#include "cases_schema.inc"
    };
    bk_schema_cache cache = {0};
    bk_schema_options options = {.cache = &cache}, thorough = {.thorough = true};
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        CHECK_STR(report_of(bk_str_c(cases[i].schema), bk_str_c(cases[i].values), NULL), cases[i].report);
        CHECK_STR(report_of(bk_str_c(cases[i].schema), bk_str_c(cases[i].values), &options), cases[i].report);
        CHECK_STR(report_of(bk_str_c(cases[i].schema), bk_str_c(cases[i].values), &thorough), cases[i].report);
    }
}

TEST(takes_go_values) {
    bk_map *map = bk_map_new(&arena, 0);
    bk_str report;
    CHECK(bk_map_set(map, BK_S("a"), bk_int64(9007199254740993)) && bk_map_set(map, BK_S("b"), bk_float(0.5)));
    CHECK_OK(bk_schema_validate(
                 &arena, bk_map_value(map),
                 BK_S("{\"properties\":{\"a\":{\"const\":9007199254740993,\"maximum\":9007199254740992},\"b\":{\"multipleOf\":0.125}}}"),
                 NULL, &report, &err),
             &err);
    CHECK_STR(report, "- at '/a': maximum: got 9.007199254740992\xC3\x97"
                      "10\xC2\xB9\xE2\x81\xB5, want 9.007199254740992\xC3\x97"
                      "10\xC2\xB9\xE2\x81\xB5\n");
    CHECK_OK(bk_schema_validate(&arena, bk_nil(), BK_S("{\"type\":\"object\"}"), NULL, &report, &err), &err);
    CHECK_STR(report, "");
}

/* ---- other documents ---- */

typedef struct shelf {
    bk_str asked; /* the last URL */
    bk_str urn;
    const char *text; /* NULL: refuse */
} shelf;

static bk_status fetch(void *self, bk_str url, bk_str *ret, bk_err *e) {
    shelf *s = self;
    s->asked = url;
    if (!s->text) return bk_err_set(e, BK_ERR_DENIED, "no");
    *ret = bk_str_c(s->text);
    return BK_OK;
}

static void warn(void *self, bk_str urn) { ((shelf *)self)->urn = urn; }

TEST(asks_for_references) {
    const bk_str schema = BK_S("{\"properties\":{\"a\":{\"$ref\":\"https://x/defs.json#/$defs/s\"}}}"), values = BK_S("{\"a\":1}");
    shelf s = {0};
    bk_schema_loader loader = {&s, fetch, warn};
    bk_schema_options options = {.loader = &loader};
    bk_str report;

    s.text = "{\"$defs\":{\"s\":{\"type\":\"string\"}}}";
    CHECK_STR(report_of(schema, values, &options), "- at '/a': got number, want string\n");
    CHECK_STR(s.asked, "https://x/defs.json");
    s.text = "{";
    CHECK_STR(report_of(schema, values, &options), "failing loading \"https://x/defs.json\": unexpected EOF");
    s.text = "{\"$defs\":3}";
    CHECK_STR(report_of(schema, values, &options),
              "\"https://x/defs.json#\" is not valid against metaschema: jsonschema validation failed with "
              "'https://json-schema.org/draft/2020-12/schema#'\n- at '': 'allOf' failed\n  - at '/$defs': got number, want object");
    s.text = NULL;
    CHECK(bk_schema_validate(&arena, value_of(values), schema, &options, &report, &err) == BK_ERR_DENIED);
    CHECK_STR(bk_err_message(&err), "failing loading \"https://x/defs.json\": no");
    bk_err_release(&err);
    CHECK(bk_schema_validate(&arena, value_of(values), schema, NULL, &report, &err) == BK_ERR_DENIED);
    CHECK_STR(bk_err_message(&err), "failing loading \"https://x/defs.json\": references to other documents are not allowed");
    bk_err_release(&err);
    CHECK_STR(report_of(BK_S("{\"$ref\":\"urn:a:b\"}"), values, &options), "");
    CHECK_STR(s.urn, "urn:a:b");
}

TEST(obeys_vocabularies) {
    shelf s = {0};
    bk_schema_loader loader = {&s, fetch, NULL};
    bk_schema_options options = {.loader = &loader};
    const bk_str schema =
        BK_S("{\"$schema\":\"file:///meta\",\"properties\":{\"a\":{\"minimum\":\"?\",\"format\":\"ipv4\",\"type\":3}},\"allOf\":[]}");
    s.text =
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$vocabulary\":{"
        "\"https://json-schema.org/draft/2020-12/vocab/core\":true,\"https://json-schema.org/draft/2020-12/vocab/format-assertion\":true,"
        "\"https://json-schema.org/draft/2020-12/vocab/applicator\":true,\"http://own\":false}}";
    CHECK_STR(report_of(schema, BK_S("{\"a\":\"x\"}"), &options),
              "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with 'urn:mem:metaschema'\n"
              "- at '': 'allOf' failed\n  - at '/allOf': minItems: got 0, want 1");
    CHECK_STR(report_of(BK_S("{\"$schema\":\"file:///meta\",\"properties\":{\"a\":{\"minimum\":\"?\",\"format\":\"ipv4\",\"type\":3}}}"),
                        BK_S("{\"a\":\"x\"}"), &options),
              "- at '/a': 'x' is not valid ipv4: expected four decimals\n");
}

/* ---- hostile schemas ---- */

/* n times `unit`, where % is the number and @ the next one. */
static void add_many(bk_buf *b, const char *unit, int n) {
    for (int i = 0; i < n; i++) {
        for (const char *p = unit; *p; p++) {
            if (*p == '%' || *p == '@') {
                bk_buf_int(b, *p == '%' ? i : i + 1);
            } else {
                bk_buf_byte(b, *p);
            }
        }
    }
}

static bk_str many(const char *head, const char *unit, int n, const char *middle, const char *unit2, int n2, const char *tail) {
    bk_buf b;
    bk_buf_init(&b, &arena, 0);
    bk_buf_c(&b, head);
    add_many(&b, unit, n);
    bk_buf_c(&b, middle);
    add_many(&b, unit2, n2);
    bk_buf_c(&b, tail);
    CHECK(bk_buf_ok(&b));
    return bk_buf_take(&b);
}

static void check_limit(bk_str schema, bk_str values, const char *message) {
    bk_str report;
    bk_arena own;
    bk_value v = value_of(values);
    bk_arena_init(&own, 64 << 20);
    CHECK(bk_schema_validate(&own, v, schema, NULL, &report, &err) == BK_ERR_LIMIT);
    CHECK_STR(bk_err_message(&err), message);
    bk_err_release(&err);
    bk_arena_release(&own);
}

TEST(stops_at_caps) {
    const bk_str none = BK_S("{}");
    arena.debug = false;
    check_limit(many("", "{\"not\":", 2000, "{}", "}", 2000, ""), none, "nesting of a schema: more than the limit of 1000");
    check_limit(many("{\"$ref\":\"#/$defs/d0\",\"$defs\":{", "\"d%\":{\"$ref\":\"#/$defs/d@\"},", 5000, "\"d5000\":{}", "", 0, "}}"), none,
                "nesting of a schema check: more than the limit of 4000");
    check_limit(BK_S("{\"additionalProperties\":{\"$ref\":\"#\"}}"), many("", "{\"a\":", 4000, "1", "}", 4000, ""),
                "nesting of a schema check: more than the limit of 4000");
    check_limit(many("{\"not\":{\"$ref\":\"#/$defs/d0\"},\"$defs\":{",
                     "\"d%\":{\"anyOf\":[{\"$ref\":\"#/$defs/d@\"},{\"$ref\":\"#/$defs/d@\"}]},", 40, "\"d40\":false", "", 0, "}}"),
                none, "work of a schema: more than the limit of 10000000");
    check_limit(many("{\"multipleOf\":1", "%", 1000, "", "", 0, "}"), none, "digits of a multipleOf: more than the limit of 1024");
    check_limit(many("{\"patternProperties\":{\"x\":{}", ",\"x{1000}%\":{}", 3000, "", "", 0, "}}"), none,
                "patterns of a schema: more than the limit of 16777216");
    check_limit(many("{\"allOf\":[{}", ",{\"$ref\":\"urn:x%\"}", 200, "", "", 0, "]}"), none,
                "documents of one schema: more than the limit of 100");
    check_limit(
        many("{\"dependencies\":{},\"properties\":{\"", "0123456789", 100000, "\":{\"properties\":{\"x\":{}", ",\"%\":{}", 1000, "}}}}"),
        none, "memory limit of 64 MiB reached");
    arena.debug = true;
}

TEST(gives_memory_back) {
    /* Each of 3,000 items fails up to 2,999 branches: kept, their flaws would need 1 GiB. */
    bk_arena own;
    bk_str report;
    arena.debug = false;
    bk_value v = value_of(many("{\"a\":[0", ",%", 1000, "", "", 0, "]}"));
    bk_arena_init(&own, 16 << 20);
    CHECK_OK(bk_schema_validate(
                 &own, v, many("{\"properties\":{\"a\":{\"items\":{\"anyOf\":[{\"const\":-1}", ",{\"const\":%}", 1000, "", "", 0, "]}}}}"),
                 NULL, &report, &err),
             &err);
    CHECK_STR(report, "");
    bk_arena_release(&own);
    arena.debug = true;
}

TEST(fails_without_memory) {
    const bk_str schema =
        BK_S("{\"properties\":{\"a\":{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":3,\"multipleOf\":0.1}],\"format\":\"ipv4\"},"
             "\"b\":{\"$ref\":\"#/$defs/x\"}},\"patternProperties\":{\"^c\":{\"contains\":{\"const\":1}}},\"required\":[\"z\"],"
             "\"additionalProperties\":false,\"unevaluatedProperties\":false,\"$defs\":{\"x\":{\"uniqueItems\":true}}}");
    bk_value v = value_of(BK_S("{\"a\":1,\"b\":[1,1],\"c\":[2],\"d\":[]}"));
    for (size_t n = 1; n < 1000000; n += n < 100 ? 1 : 61) {
        bk_arena a;
        bk_str report;
        bk_arena_init(&a, 0);
        a.debug = true;
        a.fail_at = n;
        bk_status status = bk_schema_validate(&a, v, schema, NULL, &report, &err);
        bool over = a.count < n;
        CHECK(over == (status == BK_OK));
        bk_err_release(&err);
        bk_arena_release(&a);
        if (over) break;
    }
}

TEST_MAIN()
