/* Joins and splits behind JSON lines, natively: the requests and answers of oracle/main.go. */
#include <stdio.h>
#include <stdlib.h>

#include "data/json.h"
#include "engine/postrender.h"
#include "value/map.h"

static bk_status join(bk_arena *arena, bk_map *in, bk_map *out, bk_err *err) {
    bk_value *v = bk_map_get(in, BK_S("files"));
    bk_map *map = v && v->kind == BK_MAP ? v->map : NULL;
    size_t n = bk_map_len(map);
    bk_str text;
    bk_rendered_file *files = BK_NEW_ARRAY(arena, bk_rendered_file, n + 1);
    if (!files) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) {
        const bk_map_entry *entry = bk_map_at(map, i);
        files[i] = (bk_rendered_file){.path = entry->key, .text = bk_value_str(entry->value)};
    }
    BK_TRY(bk_postrender_join(arena, files, n, &text, err));
    return bk_map_set(out, BK_S("out"), bk_string(text)) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status split(bk_arena *arena, bk_map *in, bk_map *out, bk_err *err) {
    bk_rendered_file *files;
    size_t n;
    bk_map *map = bk_map_new(arena, 0);
    BK_TRY(bk_postrender_split(arena, bk_map_str(in, "text", BK_S("")), &files, &n, err));
    for (size_t i = 0; i < n; i++)
        if (!map || !bk_map_set(map, files[i].path, bk_string(files[i].text))) return bk_arena_fail(arena, err);
    if (n == 0) return BK_OK;
    return bk_map_set(out, BK_S("files"), bk_map_value(map)) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status answer(bk_arena *arena, bk_str line, bk_buf *text, bk_err *err) {
    bk_value in;
    bk_map *out = bk_map_new(arena, 1);
    bk_err failure = BK_ERR_INIT;
    BK_TRY(bk_json_decode(arena, line, 0, BK_T_MAP, &in, err));
    if (!out) return bk_arena_fail(arena, err);
    bool joins = bk_str_eq(bk_map_str(in.map, "op", BK_S("")), BK_S("join"));
    if ((joins ? join : split)(arena, in.map, out, &failure) != BK_OK) {
        bk_str message = BK_S("");
        bool ok = bk_arena_dup(arena, bk_err_message(&failure), &message) && bk_map_set(out, BK_S("error"), bk_string(message));
        bk_err_release(&failure);
        if (!ok) return bk_arena_fail(arena, err);
    }
    return bk_json_encode(text, arena, bk_map_value(out), 0, err);
}

int main(void) {
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
        bk_arena arena;
        bk_buf text;
        bk_err err = BK_ERR_INIT;
        bk_arena_init(&arena, 0);
        bk_buf_init(&text, &arena, 0);
        if (answer(&arena, bk_str_of(line, (size_t)n), &text, &err) != BK_OK) {
            bk_buf_reset(&text);
            bk_buf_c(&text, "{\"error\":\"no answer\"}");
        }
        fwrite(text.p, 1, text.n, stdout);
        putchar('\n');
        fflush(stdout);
        bk_err_release(&err);
        bk_arena_release(&arena);
    }
    free(line);
    return 0;
}
