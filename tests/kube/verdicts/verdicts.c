/* kube-verdicts: what our rules say of objects, beside what the Go libraries say. Reads JSON lines {question: {rules, object, others}, answer}, prints those that differ.
 * record.py makes such lines. */
#include <stdio.h>
#include <stdlib.h>

#include "data/json.h"
#include "kube/status.h"

#define NOW 1800000000 /* 2027: pods of the questions are old */

static bk_map *map_at(bk_map *m, const char *key) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v && v->kind == BK_MAP ? v->map : NULL;
}

static bk_value value_at(bk_map *m, const char *key) {
    const bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v ? *v : bk_nil();
}

static bool is_kind(bk_value o, const char *version, const char *kind) {
    return bk_str_eq(BK_KUBE_TEXT(o, "apiVersion"), bk_str_c(version)) && bk_str_eq(BK_KUBE_TEXT(o, "kind"), bk_str_c(kind));
}

/* "State message", "ready", "not ready", "error" */
static void judge(bk_arena *arena, bk_map *q, bk_buf *out) {
    bk_value object = value_at(q, "object"), others = value_at(q, "others");
    bk_str rules = bk_map_str(q, "rules", BK_S(""));
    bk_err err = BK_ERR_INIT;
    bk_kube_verdict v = {0};
    bool ready = true, jobs = bk_str_eq(rules, BK_S("legacy-jobs"));
    if (bk_str_eq(rules, BK_S("watcher"))) {
        bk_status s = bk_kube_status(arena, object, NOW, &v, &err);
        bool has_pods = is_kind(object, "apps/v1", "ReplicaSet") || is_kind(object, "apps/v1", "StatefulSet");
        if (s == BK_OK && has_pods) s = bk_kube_status_pods(arena, others, NOW, &v, &err);
        if (s != BK_OK) v = (bk_kube_verdict){0};
        bk_buf_printf(out, "%s %.*s", bk_kube_state_name(v.state), BK_FMT(v.message));
    } else if (bk_kube_legacy_need(BK_KUBE_TEXT(object, "apiVersion"), BK_KUBE_TEXT(object, "kind"), jobs) != BK_KUBE_NEED_NOTHING &&
               bk_kube_legacy_ready(arena, object, others, &ready, &err) != BK_OK) {
        bk_buf_printf(out, "error %.*s", BK_FMT(bk_err_message(&err)));
    } else {
        bk_buf_c(out, ready ? "ready" : "not ready");
    }
    bk_err_release(&err);
}

static void expected(bk_map *a, bk_buf *out) {
    bk_str state = bk_map_str(a, "state", BK_S("")), error = bk_map_str(a, "error", BK_S(""));
    if (state.n) bk_buf_printf(out, "%.*s %.*s", BK_FMT(state), BK_FMT(bk_map_str(a, "message", BK_S(""))));
    else if (error.n) bk_buf_printf(out, "error %.*s", BK_FMT(error));
    else bk_buf_c(out, bk_map_bool(a, "ready", false) ? "ready" : "not ready");
}

static bool line(bk_str text) {
    bk_arena arena;
    bk_buf ours, theirs;
    bk_value v = bk_nil();
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&arena, 0);
    if (bk_json_decode(&arena, text, BK_JSON_INT64, BK_T_MAP, &v, &err) != BK_OK || v.kind != BK_MAP) abort();
    bk_buf_init(&ours, &arena, 0);
    bk_buf_init(&theirs, &arena, 0);
    judge(&arena, map_at(v.map, "question"), &ours);
    expected(map_at(v.map, "answer"), &theirs);
    bool same = bk_str_eq(bk_buf_view(&ours), bk_buf_view(&theirs));
    if (!same) printf("ours:   %.*s\ntheirs: %.*s\n%.*s\n\n", BK_FMT(bk_buf_view(&ours)), BK_FMT(bk_buf_view(&theirs)), BK_FMT(text));
    bk_arena_release(&arena);
    return same;
}

int main(int argc, char **argv) {
    char *text = NULL;
    size_t cap = 0, count = 0, failed = 0;
    FILE *f = argc > 1 ? fopen(argv[1], "r") : stdin;
    if (!f) return 2;
    for (ssize_t n; (n = getline(&text, &cap, f)) > 0; count++) failed += !line(bk_str_of(text, (size_t)n));
    free(text);
    if (f != stdin) fclose(f);
    printf("verdicts: %zu passed, %zu failed\n", count - failed, failed);
    return count == 0 || failed;
}
