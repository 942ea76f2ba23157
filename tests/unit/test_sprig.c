/* The functions of src/sprig against what Helm answers: tests/unit/sprig/<family>.jsonl holds templates and Helm's answers, in lines of
 * {"t": template, "out": text} or {"t": template, "error": end of the message}. sprig/refresh writes the answers anew with the oracle. */
#include <stdlib.h>

#include "data/json.h"
#include "sprig_render.h"

static const char *const families[] = {
    "convert", "crypto", "data", "dates", "defaults", "dicts",   "durations", "encoding",     "flow",    "lists",
    "math",    "merge",  "net",  "paths", "reflect",  "regexes", "semver",    "strings_case", "strings", "urls",
};

static bk_str read_file(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/unit/sprig/%s", BK_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    if (!f) return (bk_str){NULL, 0};
    size_t cap = 1u << 20;
    char *p = malloc(cap);
    size_t n = p ? fread(p, 1, cap, f) : 0;
    fclose(f);
    return (bk_str){p, n};
}

/* Helm takes "<no value>" out of what it renders. */
static bk_str without_no_value(bk_arena *arena, bk_str s) {
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    bk_str head, tail = s;
    while (bk_str_cut(s, BK_S("<no value>"), &head, &tail)) {
        bk_buf_str(&out, head);
        s = tail;
    }
    bk_buf_str(&out, s);
    return bk_buf_view(&out);
}

static void run_case(bk_str line, bk_str values_text) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_value c = bk_nil(), values = bk_nil();
    fake_host host = {0};
    bk_arena_init(&arena, 0);
    arena.debug = true;
    CHECK_OK(bk_json_decode(&arena, line, 0, BK_T_MAP, &c, &err), &err);
    CHECK_OK(bk_json_decode(&arena, values_text, 0, BK_T_MAP, &values, &err), &err);
    bk_str text = bk_map_str(c.map, "t", BK_S("")), out;
    bool fails = bk_map_get(c.map, BK_S("error")) != NULL;
    bk_status status = sprig_render(&arena, &host, NULL, text, values, &out);
    bk_str want = bk_map_str(c.map, fails ? "error" : "out", BK_S(""));
    out = without_no_value(&arena, out);
    bool same = fails ? status != BK_OK && bk_str_ends(out, want) : status == BK_OK && bk_str_eq(out, want);
    CHECK(same);
    if (!same) printf("  %.*s\n  got  %.*s\n  want %.*s\n", BK_FMT(text), BK_FMT(out), BK_FMT(want));
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(functions_answer_as_in_helm) {
    bk_str values = read_file("values.json");
    CHECK(values.n > 0);
    for (size_t i = 0; i < BK_COUNT(families); i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.jsonl", families[i]);
        bk_str file = read_file(name), rest = file, line;
        CHECK(file.n > 0);
        while (bk_str_line(&rest, &line)) run_case(line, values);
        free((void *)file.p);
    }
    free((void *)values.p);
}

TEST(the_table_is_sorted) {
    CHECK(bk_sprig_func_count == 231);
    for (size_t i = 1; i < bk_sprig_func_count; i++) CHECK(strcmp(bk_sprig_funcs[i - 1].name, bk_sprig_funcs[i].name) < 0);
}

TEST_MAIN()
