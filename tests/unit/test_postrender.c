#include "base/limits.h"
#include "base/sort.h"
#include "data_cases.h"
#include "engine/postrender.h"

static int by_path(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(((const bk_rendered_file *)a)->path, ((const bk_rendered_file *)b)->path);
}

/* Several files come as one text, each behind a line with its name. */
static bk_status split(bk_arena *arena, bk_str in, bk_buf *out, bk_err *err) {
    bk_rendered_file *files;
    size_t n;
    BK_TRY(bk_postrender_split(arena, in, &files, &n, err));
    if (!bk_sort(arena, files, n, sizeof *files, by_path, NULL)) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) {
        bk_buf_c(out, "## ");
        bk_buf_str(out, files[i].path);
        bk_buf_byte(out, '\n');
        bk_buf_str(out, files[i].text);
    }
    return BK_OK;
}

static bk_status answer(bk_arena *arena, bk_str op, bk_str in, bk_buf *out, bk_err *err) {
    bk_rendered_file file = {.path = BK_S("c/templates/x.yaml"), .text = in};
    bk_str joined;
    if (bk_str_eq(op, BK_S("split"))) return split(arena, in, out, err);
    BK_TRY(bk_postrender_join(arena, &file, 1, &joined, err));
    bk_buf_str(out, joined);
    return BK_OK;
}

TEST(does_as_helm) { data_cases("postrender.jsonl", answer); }

TEST(leaves_partials_out_and_sorts) {
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_str out;
    bk_rendered_file files[] = {{BK_S("c/templates/b.yaml"), BK_S("kind: B\n---\n---\nkind: C\n")},
                                {BK_S("c/templates/_h.yaml"), BK_S("kind: [")},
                                {BK_S("c/templates/e.yaml"), BK_S(" \n\n")},
                                {BK_S("c/charts/d/templates/a.yaml"), BK_S("kind: A\n")}};
    bk_arena_init(&arena, 0);
    CHECK_OK(bk_postrender_join(&arena, files, BK_COUNT(files), &out, &err), &err);
    CHECK_STR(out, "kind: A\nmetadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: 'c/charts/d/templates/a.yaml'\n---\n"
                   "kind: B\nmetadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: 'c/templates/b.yaml'\n---\n"
                   "kind: C\nmetadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: 'c/templates/b.yaml'\n");
    bk_arena_release(&arena);
}

/* Nesting is bounded where trees are built and written; so is what comments can cost. */
TEST(has_limits) {
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_buf text;
    bk_str out;
    bk_arena_init(&arena, 0);
    bk_buf_init(&text, &arena, 0);
    bk_buf_c(&text, "a: ");
    bk_buf_fill(&text, '[', 5000);
    bk_buf_fill(&text, ']', 5000);
    bk_rendered_file file = {.path = BK_S("c/templates/x.yaml"), .text = bk_buf_view(&text)};
    CHECK(bk_postrender_join(&arena, &file, 1, &out, &err) == BK_ERR_LIMIT);
    bk_err_release(&err);
    bk_buf_reset(&text);
    for (int i = 0; i < 20000; i++) bk_buf_c(&text, "# c\n\n\n     # d\n  # e\n");
    bk_buf_c(&text, "a: b\n");
    file.text = bk_buf_view(&text);
    CHECK_OK(bk_postrender_join(&arena, &file, 1, &out, &err), &err);
    bk_arena_release(&arena);
}

/* Just below the limit: the stack holds. */
TEST(nests_deep) {
    bk_arena arena = {0};
    bk_err err = BK_ERR_INIT;
    bk_buf text;
    bk_str out;
    bk_rendered_file *files;
    size_t n;
    bk_arena_init(&arena, 0);
    bk_buf_init(&text, &arena, 0);
    for (size_t depth = 0; depth < 990; depth++) {
        bk_buf_fill(&text, ' ', depth);
        bk_buf_c(&text, depth % 2 ? "- # c\n" : "a: # c\n");
    }
    bk_rendered_file file = {.path = BK_S("c/templates/x.yaml"), .text = bk_buf_view(&text)};
    CHECK_OK(bk_postrender_join(&arena, &file, 1, &out, &err), &err);
    CHECK_OK(bk_postrender_split(&arena, out, &files, &n, &err), &err);
    CHECK(n == 1);
    bk_arena_release(&arena);
}

TEST(survives_each_failing_allocation) {
    static const char text[] =
        "# h\na: &x [b, # c\n  d]\nc: *x\nb: !t |  # e\n  f\n---\nkind: List\nitems:\n- {a: [b]}\n- metadata:\n    annotations: {}\n# z\n";
    for (size_t at = 1; at < 10000; at++) {
        bk_arena arena = {0};
        bk_err err = BK_ERR_INIT;
        bk_str out;
        bk_rendered_file *files;
        size_t n;
        bk_arena_init(&arena, 0);
        arena.debug = true;
        arena.fail_at = at;
        bk_rendered_file file = {.path = BK_S("c/templates/x.yaml"), .text = bk_str_c(text)};
        bk_status s = bk_postrender_join(&arena, &file, 1, &out, &err);
        if (s == BK_OK) s = bk_postrender_split(&arena, out, &files, &n, &err);
        CHECK(s != BK_OK || arena.count < at);
        bk_err_release(&err);
        bk_arena_release(&arena);
        if (s == BK_OK) return;
    }
    CHECK(false);
}

TEST_MAIN()
