/* cluster-merge FILE: patches against the library's: the lines of `mergeoracle`, whose answers ours have to equal. Ends with 'merge: N equal, N not, N refused by the
 * library alone'. */
#include <stdio.h>
#include <stdlib.h>

#include "data/json.h"
#include "kube/merge.h"

static bk_map *map_of(bk_map *m, const char *key) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_MAP ? v->map : NULL;
}

static bk_status ours(bk_arena *arena, bk_map *line, bk_map **ret, bk_err *err) {
    bk_str version = bk_map_str(line, "apiVersion", BK_S("")), kind = bk_map_str(line, "kind", BK_S("")), group;
    bk_map *a = map_of(line, "original"), *b = map_of(line, "modified"), *c = map_of(line, "live");
    if (!a || !b || !c) abort();
    if (!kind.n) return bk_kube_merge_json(arena, a, b, c, ret, err);
    bk_str both = version;
    if (!bk_str_cut(both, BK_S("/"), &group, &version)) {
        version = group;
        group = BK_S("");
    }
    return bk_kube_merge_strategic(arena, group, version, kind, a, b, c, ret, err);
}

static void show(bk_arena *arena, const char *word, bk_map *m) {
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    bk_buf_init(&out, arena, 0);
    if (m && bk_json_encode(&out, arena, bk_map_value(m), 0, &err) != BK_OK) abort();
    printf("  %s %.*s\n", word, BK_FMT(bk_buf_view(&out)));
}

static size_t counts[3]; /* equal, not, refused by the library */

static void compare(bk_str text) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_value v = bk_nil();
    bk_map *patch = NULL;
    bk_arena_init(&arena, 0);
    if (bk_json_decode(&arena, text, BK_JSON_INT64, BK_T_MAP, &v, &err) != BK_OK) abort();
    bk_str refused = bk_map_str(v.map, "error", BK_S(""));
    bk_map *theirs = map_of(v.map, "patch");
    bk_status s = ours(&arena, v.map, &patch, &err);
    bool lenient = bk_str_contains(refused, BK_S("data type is not struct")) ||
                   bk_str_contains(refused, BK_S("unable to find api field")) ||
                   bk_str_contains(refused, BK_S("but received a %!s(<nil>)")) ||         /* null in place of a list */
                   bk_str_contains(refused, BK_S("doesn't match $setElementOrder list")); /* the server says that as well */
    bool equal = refused.n ? s != BK_OK : s == BK_OK && theirs && bk_deep_equal(bk_map_value(patch), bk_map_value(theirs));
    counts[equal ? 0 : lenient ? 2 : 1]++;
    if (!equal && !lenient && counts[1] < 6) {
        printf("%.*s: %.*s\n", BK_FMT(bk_map_str(v.map, "kind", BK_S("JSON merge"))), BK_FMT(refused.n ? refused : bk_err_message(&err)));
        show(&arena, "original", map_of(v.map, "original"));
        show(&arena, "modified", map_of(v.map, "modified"));
        show(&arena, "live    ", map_of(v.map, "live"));
        show(&arena, "theirs  ", theirs);
        show(&arena, "ours    ", s == BK_OK ? patch : NULL);
    }
    bk_err_release(&err);
    bk_arena_release(&arena);
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t room = 0;
    FILE *f = argc > 1 ? fopen(argv[1], "r") : stdin;
    if (!f) return 2;
    for (ssize_t n; (n = getline(&line, &room, f)) > 0;) compare(bk_str_of(line, (size_t)n));
    free(line);
    fclose(f);
    printf("merge: %zu equal, %zu not, %zu refused by the library alone\n", counts[0], counts[1], counts[2]);
    return counts[1] != 0;
}
