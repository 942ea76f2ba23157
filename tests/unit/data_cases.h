/* data_cases.h: runs a file of tests/unit/data (see there) through a function. */
#ifndef BK_TESTS_DATA_CASES_H
#define BK_TESTS_DATA_CASES_H

#include "base/buf.h"
#include "data/json.h"
#include "test.h"
#include "value/map.h"

#ifndef BK_SOURCE_DIR
#define BK_SOURCE_DIR "."
#endif

/* Answers one case: appends to out, or fails. */
typedef bk_status (*data_case_fn)(bk_arena *arena, bk_str op, bk_str in, bk_buf *out, bk_err *err);

static bool data_cases_read(const char *name, bk_buf *out) {
    char path[4096], chunk[4096];
    snprintf(path, sizeof path, "%s/tests/unit/data/%s", BK_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) bk_buf_bytes(out, chunk, n);
    fclose(f);
    return bk_buf_ok(out);
}

static void data_case_check(const char *name, unsigned line, bk_str in, bk_str got, bk_str want) {
    if (bk_str_eq(got, want)) return;
    test_failures++;
    printf("%s:%u: in   [%.*s]\n  got  [%.*s]\n  want [%.*s]\n", name, line, BK_FMT(in), BK_FMT(got), BK_FMT(want));
}

static void data_case_run(const char *name, unsigned number, bk_str line, data_case_fn fn) {
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_buf out;
    bk_value v = bk_nil();
    bk_arena_init(&arena, 0);
    arena.debug = true;
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_json_decode(&arena, line, 0, BK_T_MAP, &v, &err), &err);
    bk_str in = bk_map_str(v.map, "in", BK_S(""));
    bk_value *want_error = bk_map_get(v.map, BK_S("error"));
    bk_status status = fn(&arena, bk_map_str(v.map, "op", BK_S("")), in, &out, &err);
    bk_str got = status == BK_OK ? bk_buf_view(&out) : bk_err_message(&err);
    if ((status != BK_OK) != (want_error != NULL)) got = BK_S("the other of output and error");
    data_case_check(name, number, in, got, want_error ? bk_value_str(*want_error) : bk_map_str(v.map, "out", BK_S("")));
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* Runs every case of the file. */
static void data_cases(const char *name, data_case_fn fn) {
    bk_buf file;
    bk_str rest, line;
    bk_buf_init(&file, NULL, 0);
    CHECK(data_cases_read(name, &file));
    rest = bk_buf_view(&file);
    for (unsigned number = 1; bk_str_line(&rest, &line); number++)
        if (line.n) data_case_run(name, number, line, fn);
    bk_buf_release(&file);
}

#endif
