// native only
/* plugin.yaml: what the real helm said of the same texts (tests/plugin-types/yaml.py records it), and where Bulkhead is stricter. */
#include <stdlib.h>

#include "engine/call_plugin.h"
#include "test.h"
#include "value/gofmt.h"

static bk_str read_file(bk_arena *arena, const char *path) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    for (int c; f && (c = fgetc(f)) != EOF;) bk_buf_byte(&b, (char)c);
    if (f) fclose(f);
    return bk_buf_view(&b);
}

/* The outcome in the words of the cases' file. */
static bk_str outcome(bk_arena *arena, bk_str text, bool lenient) {
    bk_map *m;
    bk_err err = BK_ERR_INIT;
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    if (bk_plugin_yaml_read(arena, text, lenient, &m, &err) != BK_OK) {
        bk_fmt_quote(&b, bk_err_message(&err));
        bk_str quoted = bk_buf_view(&b), line;
        CHECK(bk_arena_printf(arena, &line, "error %.*s", (int)quoted.n - 2, quoted.p + 1));
        bk_err_release(&err);
        return line;
    }
    static const char *const keys[] = {"name", "version", "type", "apiVersion"};
    bk_buf_c(&b, "row ");
    for (size_t i = 0; i < BK_COUNT(keys); i++) {
        bk_str s = bk_map_str(m, keys[i], BK_S(""));
        bk_buf_str(&b, s);
        if (s.n) bk_buf_byte(&b, ' ');
    }
    bk_str source = bk_map_str(m, "sourceURL", BK_S(""));
    bk_buf_c(&b, "unknown ");
    bk_buf_str(&b, source.n ? source : BK_S("unknown"));
    return bk_buf_view(&b);
}

TEST(as_helm) {
    bk_arena arena;
    bk_arena_init(&arena, 0);
    bk_str rest = read_file(&arena, BK_SOURCE_DIR "/tests/plugin-types/yaml_cases.txt"), number, text, want;
    size_t count = 0;
    while (rest.n) {
        CHECK(bk_str_starts(rest, BK_S("@@@@ ")));
        bk_str_cut(rest, BK_S("\n"), &number, &rest);
        bk_str_cut(rest, BK_S("@@@@ "), &text, &rest);
        bk_str_cut(rest, BK_S("\n"), &want, &rest);
        bk_str got = outcome(&arena, text, true);
        if (!bk_str_eq(got, want)) printf("case %.*s\n", BK_FMT(number));
        CHECK_VIEW(got, want);
        count++;
    }
    CHECK(count > 200);
    bk_arena_release(&arena);
}

#define V1 "apiVersion: v1\nname: a\nversion: 0.1.0\ntype: cli/v1\nruntime: extism/v1\n"

TEST(stricter) {
    static const struct {
        const char *text, *want, *warning;
    } cases[] = {
        {V1 "runtimeConfig: {memry: {}}\n", "runtimeConfig has an unknown field \"memry\"", "runtimeConfig has an unknown field \"memry\""},
        {V1 "runtimeConfig: {memory: {maxpages: 3}}\n", "runtimeConfig has an unknown field \"memory.maxpages\"",
         "runtimeConfig has an unknown field \"memory.maxpages\""},
        {V1 "runtimeConfig: {allowedPaths: {/: /}}\n", "runtimeConfig has an unknown field \"allowedPaths\"",
         "runtimeConfig has an unknown field \"allowedPaths\""},
        {V1 "---\nname: b\n", "plugin.yaml has more than one document", "plugin.yaml has more than one document"},
        {V1 "runtimeConfig: {memory: {maxPages: 65537}}\n",
         "runtimeConfig: maxPages 65537 is out of range: a memory has 1 to 65536 pages of 64 KiB", NULL},
        {V1 "runtimeConfig: {maxPages: 5, memory: {maxPages: 6}}\n", "runtimeConfig has two values for maxPages: in memory and beside it",
         NULL},
    };
    bk_arena arena;
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_err err = BK_ERR_INIT;
        bk_map *m = NULL;
        CHECK(bk_plugin_yaml_read(&arena, bk_str_c(cases[i].text), false, &m, &err) != BK_OK);
        CHECK_STR(bk_err_message(&err), cases[i].want);
        bk_err_release(&err);
        bk_status s = bk_plugin_yaml_read(&arena, bk_str_c(cases[i].text), true, &m, &err);
        CHECK((s == BK_OK) == (cases[i].warning != NULL));
        if (s == BK_OK) {
            bk_value *w = bk_map_get(m, BK_S("warnings"));
            CHECK(w && w->kind == BK_LIST && w->len == 1);
            if (w && w->kind == BK_LIST && w->len == 1) CHECK_STR(bk_value_str(w->items[0]), cases[i].warning);
        }
        bk_err_release(&err);
    }
    bk_arena_release(&arena);
}

/* Helm's nested form, the flat one of its documentation, and both. */
TEST(limits_nested_and_flat) {
    static const char *const texts[] = {
        V1 "runtimeConfig: {memory: {maxPages: 7, maxHttpResponseBytes: 8, maxVarBytes: -1}}\n",
        V1 "runtimeConfig: {maxPages: 7, maxHttpResponseBytes: 8, maxVarBytes: -1}\n",
        V1 "runtimeConfig: {maxPages: 7, memory: {maxPages: 7, maxHttpResponseBytes: 8}, maxVarBytes: -1}\n",
    };
    bk_arena arena;
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(texts); i++) {
        bk_err err = BK_ERR_INIT;
        bk_map *m = NULL;
        CHECK_OK(bk_plugin_yaml_read(&arena, bk_str_c(texts[i]), false, &m, &err), &err);
        bk_value *pages = m ? bk_map_get(m, BK_S("maxPages")) : NULL, *http = m ? bk_map_get(m, BK_S("maxHttpResponseBytes")) : NULL,
                 *vars = m ? bk_map_get(m, BK_S("maxVarBytes")) : NULL;
        CHECK(pages && pages->kind == BK_UINT && pages->u == 7);
        CHECK(http && http->kind == BK_INT && http->i == 8);
        CHECK(vars && vars->kind == BK_INT && vars->i == -1);
        bk_err_release(&err);
    }
    bk_arena_release(&arena);
}

TEST_MAIN()
