/* Charts from files to values: what the vectors (tests/vectors) do not reach: caps, hostile trees, lack of memory, and that nobody's maps are changed. */
#include "base/buf.h"
#include "base/limits.h"
#include "chart/dependencies.h"
#include "chart/load.h"
#include "chart/render_values.h"
#include "chart/values_file.h"
#include "data/json.h"
#include "sprig/env.h"
#include "test.h"

static bk_arena arena;

typedef struct file {
    const char *name, *text;
} file;

static bk_files *files_of(const file *list, size_t n) {
    bk_err err = BK_ERR_INIT;
    bk_files *files = BK_NEW(&arena, bk_files);
    for (size_t i = 0; i < n; i++)
        CHECK_OK(bk_files_add(files, &arena, (bk_file){.name = bk_str_c(list[i].name), .data = bk_str_c(list[i].text)}, &err), &err);
    return files;
}

static bk_map *yaml(const char *text) {
    bk_err err = BK_ERR_INIT;
    bk_map *map = NULL;
    CHECK_OK(bk_values_load(&arena, bk_str_c(text), &map, &err), &err);
    return map;
}

static bk_str json(bk_value v) {
    bk_err err = BK_ERR_INIT;
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_json_encode(&out, &arena, v, 0, &err), &err);
    return bk_buf_take(&out);
}

static bk_status load_and_coalesce(bk_files *files, bk_map *values, bk_chart **ret_chart, bk_map **ret, bk_err *err) {
    BK_TRY(bk_chart_load_any(&arena, files, NULL, ret_chart, err));
    BK_TRY(bk_chart_process_dependencies(&arena, *ret_chart, values, NULL, err));
    return bk_render_values(&arena, *ret_chart, values, true, NULL, NULL, ret, err);
}

static const file ALIASED[] = {
    {"Chart.yaml",
     "apiVersion: v2\nname: p\nversion: 1.0.0\ndependencies:\n- {name: s, version: '*', alias: one}\n- {name: s, version: '*', alias: two, "
     "import-values: [data]}\n"},
    {"values.yaml", "one: {m: {a: 1}}\nglobal: {g: {h: {i: 1}}}\n"},
    {"charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 0.1.0\n"},
    {"charts/s/values.yaml", "m: {b: {c: 1}, l: [{x: 1}]}\nexports: {data: {imported: {q: 1}}}\nglobal: {g: {h: {j: 2}}}\n"},
    {"charts/s/templates/x", "x"},
};

/* A template may change what it sees: neither the charts' defaults, nor the operator's values, nor the other alias see it. */
TEST(values_are_the_renders_own) {
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_chart *chart;
    bk_map *all, *given = yaml("two: {m: {b: {c: 5}, l: [{y: 1}]}}");
    bk_str before = json(bk_map_value(given));
    CHECK_OK(load_and_coalesce(files_of(ALIASED, BK_COUNT(ALIASED)), given, &chart, &all, &err), &err);
    bk_str defaults = json(bk_map_value(chart->values)), sub = json(bk_map_value(chart->deps.p[0]->values)),
           two = json(*bk_map_get(all, BK_S("two")));
    bk_map *m = bk_map_get(bk_map_get(all, BK_S("one"))->map, BK_S("m"))->map;
    CHECK(bk_map_set(bk_map_get(m, BK_S("b"))->map, BK_S("c"), bk_int64(7)));
    bk_value list = *bk_map_get(m, BK_S("l"));
    CHECK(bk_map_set(list.items[0].map, BK_S("x"), bk_int64(8)));
    CHECK(bk_map_set(bk_map_get(all, BK_S("imported"))->map, BK_S("q"), bk_int64(9)));
    CHECK_VIEW(json(bk_map_value(given)), before);
    CHECK_VIEW(json(bk_map_value(chart->values)), defaults);
    CHECK_VIEW(json(bk_map_value(chart->deps.p[0]->values)), sub);
    CHECK_VIEW(json(*bk_map_get(all, BK_S("two"))), two);
    bk_arena_release(&arena);
}

/* Marks of the passes are gone from everything that is left. */
static bool has_marks(bk_map *map, unsigned depth) {
    for (size_t i = 0; i < bk_map_len(map) && depth; i++) {
        bk_value v = bk_map_at(map, i)->value;
        if (v.spare) return true;
        if (v.kind == BK_MAP && has_marks(v.map, depth - 1)) return true;
    }
    return false;
}

TEST(no_marks_stay) {
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_chart *chart;
    bk_map *all;
    CHECK_OK(load_and_coalesce(files_of(ALIASED, BK_COUNT(ALIASED)), yaml("one: {m: {b: null}}"), &chart, &all, &err), &err);
    CHECK(!has_marks(all, 50) && !has_marks(chart->values, 50));
    for (size_t i = 0; i < chart->deps.n; i++) CHECK(!has_marks(chart->deps.p[i]->values, 50));
    bk_arena_release(&arena);
}

/* import-values can put a table into itself; Helm dies of it. */
TEST(endless_import) {
    static const file files[] = {
        {"Chart.yaml", "apiVersion: v2\nname: p\nversion: 1.0.0\ndependencies:\n- name: s\n  version: '*'\n  import-values:\n"
                       "  - {child: x.k, parent: z}\n  - {child: x, parent: z}\n  - {child: x, parent: z.k.k}\n"},
        {"charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 0.1.0\n"},
        {"charts/s/values.yaml", "x: {k: {a: 1}, j: {b: 2}}\n"},
    };
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_chart *chart;
    bk_map *all;
    CHECK(load_and_coalesce(files_of(files, BK_COUNT(files)), yaml(""), &chart, &all, &err) == BK_ERR_LIMIT);
    CHECK_STR(bk_err_message(&err), "nesting of values: more than the limit of 1000");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* Charts in charts in charts. */
static bk_status nested(size_t depth, bk_err *err) {
    bk_files *files = BK_NEW(&arena, bk_files);
    bk_str prefix = BK_S("");
    bk_chart *chart;
    bk_map *all;
    for (size_t i = 0; i < depth; i++) {
        bk_str name;
        CHECK(bk_arena_cat(&arena, prefix, BK_S("Chart.yaml"), &name));
        CHECK_OK(bk_files_add(files, &arena,
                              (bk_file){.name = name, .data = BK_S("apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: []\n")}, err),
                 err);
        CHECK(bk_arena_cat(&arena, prefix, BK_S("charts/c/"), &prefix));
    }
    return load_and_coalesce(files, yaml("a: 1"), &chart, &all, err);
}

TEST(deep_charts) {
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    CHECK_OK(nested(BK_LIMIT_CHART_DEPTH, &err), &err);
    CHECK(nested(BK_LIMIT_CHART_DEPTH + 1, &err) == BK_ERR_LIMIT);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* Many nulls, many keys: no walk is quadratic (this would take minutes). */
TEST(many_nulls) {
    enum { KEYS = 60000 };
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_map *given = bk_map_new(&arena, KEYS), *all;
    bk_chart chart = {.values = bk_map_new(&arena, KEYS), .meta = BK_NEW(&arena, bk_metadata)};
    for (size_t i = 0; i < KEYS; i++) {
        bk_str key;
        CHECK(bk_arena_printf(&arena, &key, "k%zu", i));
        CHECK(bk_map_set(given, key, bk_nil()) && bk_map_set(chart.values, key, bk_int64(1)));
    }
    CHECK_OK(bk_render_values(&arena, &chart, given, true, NULL, NULL, &all, &err), &err);
    CHECK(bk_map_len(all) == 0 && bk_map_len(given) == KEYS);
    bk_arena_release(&arena);
}

/* Every allocation fails once. */
TEST(out_of_memory) {
    for (size_t fail_at = 1;; fail_at++) {
        bk_arena_init(&arena, 0);
        bk_err err = BK_ERR_INIT;
        bk_chart *chart;
        bk_map *all;
        bk_files *files = files_of(ALIASED, BK_COUNT(ALIASED));
        bk_map *given = yaml("two: {m: {b: {c: 5}}}");
        arena.count = 0;
        arena.fail_at = fail_at;
        bk_status status = load_and_coalesce(files, given, &chart, &all, &err);
        bool failed = arena.count >= fail_at;
        arena.fail_at = 0;
        CHECK(failed == (status != BK_OK));
        CHECK(!failed || status == BK_ERR_NOMEM || status == BK_ERR_LIMIT);
        bk_err_release(&err);
        bk_arena_release(&arena);
        if (!failed) break;
    }
}

TEST(versions_of_charts) {
    static const struct {
        const char *chart, *want;
    } cases[] = {
        {"apiVersion: v4\n", "unsupported chart version"},
        {"apiVersion: [v2]\n",
         "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field "
         "chartBase.apiVersion of type string"},
        {"v2", "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type "
               "loader.chartBase"},
        {"apiVersion: v3\nname: [x]\n",
         "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field "
         "Metadata.name of type string"},
        {"apiVersion: v3\nmaintainers: x\n",
         "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go struct "
         "field Metadata.maintainers of type []*v3.Maintainer"},
    };
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        const file list[] = {{"Chart.yaml", cases[i].chart}};
        bk_err err = BK_ERR_INIT;
        bk_chart *chart;
        CHECK(bk_chart_load_any(&arena, files_of(list, 1), NULL, &chart, &err) == BK_ERR);
        CHECK_STR(bk_err_message(&err), cases[i].want);
        bk_err_release(&err);
    }
    bk_arena_release(&arena);
}

/* ---- what templates see ---- */

TEST(scopes) {
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_chart *chart;
    bk_map *all;
    bk_scopes scopes;
    bk_release_info release = {.name = BK_S("r"), .namespace_ = BK_S("n"), .revision = 3, .is_upgrade = true};
    CHECK_OK(load_and_coalesce(files_of(ALIASED, BK_COUNT(ALIASED)), yaml(""), &chart, &all, &err), &err);
    CHECK_OK(bk_render_scopes(&arena, chart, all, &release, bk_nil(), &scopes, &err), &err);
    CHECK(scopes.n == 3);
    CHECK_STR(scopes.p[2].path, "p/charts/two");
    CHECK_STR(json(*bk_map_get(scopes.p[0].dot, BK_S("Release"))),
              "{\"IsInstall\":false,\"IsUpgrade\":true,\"Name\":\"r\",\"Namespace\":\"n\",\"Revision\":3,\"Service\":\"Helm\"}");
    CHECK_STR(json(*bk_map_get(scopes.p[2].dot, BK_S("Chart"))),
              "{\"APIVersion\":\"v2\",\"Annotations\":null,\"AppVersion\":\"\",\"Condition\":\"\",\"Dependencies\":[],\"Deprecated\":false,"
              "\"Description\":\"\",\"Home\":"
              "\"\",\"Icon\":\"\",\"IsRoot\":false,\"Keywords\":[],\"KubeVersion\":\"\",\"Maintainers\":[],\"Name\":\"two\",\"Sources\":[],"
              "\"Tags\":\"\",\"Type\":\"\","
              "\"Version\":\"0.1.0\"}");
    bk_map *subs = bk_map_get(scopes.p[0].dot, BK_S("Subcharts"))->map;
    CHECK(bk_map_len(subs) == 2 && bk_map_get(subs, BK_S("two"))->map == scopes.p[2].dot);
    CHECK(bk_map_get(scopes.p[2].dot, BK_S("Values"))->map == bk_map_get(all, BK_S("two"))->map);
    bk_arena_release(&arena);
}

static bk_sprig_env environment;

static bk_value call(const bk_func *methods, size_t count, const char *name, bk_value self, const char *arg) {
    bk_err err = BK_ERR_INIT;
    bk_call c = {.arena = &arena, .keep = &arena, .env = &environment, .err = &err};
    bk_value args[] = {self, arg ? bk_string(bk_str_c(arg)) : bk_nil()}, ret = bk_nil();
    for (size_t i = 0; i < count; i++)
        if (strcmp(methods[i].name, name) == 0 && methods[i].fn(&c, args, arg ? 2 : 1, &ret) != BK_OK) {
            bk_str text;
            CHECK(bk_arena_dup(&arena, bk_err_message(&err), &text));
            ret = bk_string(text);
        }
    bk_err_release(&err);
    return ret;
}

TEST(methods_of_files) {
    static const char *const names[] = {"a/x.txt", "a/b/y.txt", "c/x.txt", "empty"};
    static const char *const texts[] = {"one\ntwo\n", "y", "x: \"1\"", ""};
    bk_arena_init(&arena, 0);
    bk_map *map = bk_map_new(&arena, 4);
    for (size_t i = 0; i < BK_COUNT(names); i++) CHECK(bk_map_set(map, bk_str_c(names[i]), bk_bytes(bk_str_c(texts[i]))));
    bk_value files = bk_map_typed(BK_T_FILES, map);
#define FILES(name, arg) call(bk_files_methods, bk_files_method_count, name, files, arg)
    CHECK_STR(bk_value_str(FILES("Get", "a/x.txt")), "one\ntwo\n");
    CHECK_STR(bk_value_str(FILES("Get", "none")), "");
    CHECK(FILES("GetBytes", "none").type == BK_T_BYTES);
    CHECK_STR(json(FILES("Lines", "a/x.txt")), "[\"one\",\"two\"]");
    CHECK_STR(json(FILES("Lines", "empty")), "[]");
    CHECK(bk_map_len(FILES("Glob", "a/*").map) == 1 && bk_map_len(FILES("Glob", "a/**").map) == 2 &&
          bk_map_len(FILES("Glob", "[").map) == 4);
    CHECK_STR(bk_value_str(FILES("AsConfig", NULL)), "empty: \"\"\nx.txt: 'x: \"1\"'\ny.txt: \"y\"");
    CHECK_STR(bk_value_str(FILES("AsSecrets", NULL)), "empty: \"\"\nx.txt: eDogIjEi\ny.txt: eQ==");
    /* Asked again, they are the same; other files are others. */
    bk_str again = bk_value_str(FILES("AsConfig", NULL));
    CHECK_STR(again, "empty: \"\"\nx.txt: 'x: \"1\"'\ny.txt: \"y\"");
    CHECK(again.p == bk_value_str(FILES("AsConfig", NULL)).p);
    bk_value some = FILES("Glob", "a/b/*");
    CHECK_STR(bk_value_str(call(bk_files_methods, bk_files_method_count, "AsConfig", some, NULL)), "y.txt: \"y\"");
    memset(&environment, 0, sizeof environment);
#undef FILES
    bk_arena_release(&arena);
}

TEST(methods_of_values) {
    bk_arena_init(&arena, 0);
    bk_value values = bk_map_typed(BK_T_VALUES, yaml("a: {b: {c: 1}}\nd: null\n"));
#define VALUES(name, arg) call(bk_values_methods, bk_values_method_count, name, values, arg)
    CHECK_STR(json(VALUES("Table", "a.b")), "{\"c\":1}");
    CHECK(VALUES("Table", "a.b").type == BK_T_VALUES);
    CHECK_STR(bk_value_str(VALUES("Table", "a.x")), "\"x\" is not a table");
    CHECK_STR(json(VALUES("PathValue", "a.b.c")), "1");
    CHECK_STR(bk_value_str(VALUES("PathValue", "a.b")), "\"b\" is not a value");
    CHECK_STR(bk_value_str(VALUES("PathValue", "")), "YAML path cannot be empty");
    CHECK(bk_is_nil(VALUES("PathValue", "d")));
    CHECK_STR(bk_value_str(VALUES("YAML", NULL)), "a:\n  b:\n    c: 1\nd: null\n");
    CHECK(VALUES("AsMap", NULL).type == BK_T_MAP);
#undef VALUES
    bk_arena_release(&arena);
}

TEST(capabilities) {
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_capabilities caps;
    bk_value v, kube, out;
    bk_str extra = BK_S("my/v1");
    CHECK_OK(bk_capabilities_default(&arena, &caps, &err), &err);
    CHECK_OK(bk_capabilities_add(&arena, &caps, &extra, 1, &err), &err);
    CHECK_OK(bk_capabilities_set_kube(&arena, &caps, BK_S("1.33.4-gke.1245000"), &err), &err);
    CHECK_OK(bk_capabilities_value(&arena, &caps, &v, &err), &err);
    CHECK_STR(bk_str_c(bk_type_name(v)), "*common.Capabilities");
    CHECK(v.object->class->field(v.object, &arena, BK_S("KubeVersion"), &kube));
    CHECK(kube.object->class->field(kube.object, &arena, BK_S("Version"), &out));
    CHECK_STR(bk_value_str(out), "v1.33.4-gke.1245000");
    CHECK_STR(json(kube), "{\"Version\":\"v1.33.4-gke.1245000\",\"Major\":\"1\",\"Minor\":\"33\"}");
    CHECK(call(bk_version_set_methods, bk_version_set_method_count, "Has", caps.api_versions, "my/v1").b);
    CHECK(call(bk_version_set_methods, bk_version_set_method_count, "Has", caps.api_versions, "apps/v1").b);
    CHECK(!call(bk_version_set_methods, bk_version_set_method_count, "Has", caps.api_versions, "apps").b);
    bk_arena_release(&arena);
}

TEST_MAIN()
