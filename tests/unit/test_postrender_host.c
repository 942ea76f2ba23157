// links: host
#include "action/postrender.h"
#include "test.h"

static bk_arena arena;
static bk_err err;
static bk_str seen; /* what the post-renderer got */

__attribute__((constructor)) static void begin(void) { bk_arena_init(&arena, 0); }
__attribute__((destructor)) static void end(void) {
    bk_err_release(&err);
    bk_arena_release(&arena);
}

static bk_status keep(void *self, bk_arena *to, bk_str manifests, bk_str *ret, bk_err *failure) {
    const char *answer = self;
    (void)to, (void)failure;
    seen = manifests;
    *ret = answer ? bk_str_c(answer) : manifests;
    return BK_OK;
}

static bk_status refuse(void *self, bk_arena *to, bk_str manifests, bk_str *ret, bk_err *failure) {
    (void)self, (void)to, (void)manifests, (void)ret;
    return bk_err_set(failure, BK_ERR, "post-renderer \"x\" produced empty output");
}

static bk_status render(const bk_post_renderer *post, const char *show, bk_rendered *ret) {
    static const bk_guard_options none;
    bk_guard *guard;
    bk_str only = bk_str_c(show);
    bk_err_release(&err);
    BK_TRY(bk_guard_new(&none, &guard, &err));
    const bk_render_options o = {.chart = bk_str_c(BK_SOURCE_DIR "/examples/web"),
                                 .release = BK_S("web"),
                                 .namespace_ = BK_S("default"),
                                 .show_only = &only,
                                 .show_only_count = show ? 1 : 0,
                                 .values = bk_nil(),
                                 .guard = guard,
                                 .post_renderer = post};
    bk_status s = bk_guard_close(guard, bk_render(&arena, &o, ret, &err), &err);
    bk_guard_free(guard);
    return s;
}

static const bk_manifest *find(const bk_rendered *r, const char *path) {
    for (size_t i = 0; i < r->count; i++)
        if (bk_str_eq(r->manifests[i].path, bk_str_c(path))) return &r->manifests[i];
    return NULL;
}

TEST(everything_comes_back) {
    const bk_post_renderer same = {.run = keep};
    bk_rendered plain, r;
    CHECK_OK(render(NULL, NULL, &plain), &err);
    CHECK_OK(render(&same, NULL, &r), &err);
    CHECK(r.count == plain.count && r.count > 3);
    CHECK_VIEW(r.notes, plain.notes);
    CHECK(bk_str_contains(seen, BK_S("\n    postrenderer.helm.sh/postrender-filename: 'web/templates/")));
    CHECK(!bk_str_contains(seen, BK_S("NOTES")));
    for (size_t i = 0; i < r.count && i < plain.count; i++) {
        CHECK(r.manifests[i].kind == plain.manifests[i].kind);
        CHECK_VIEW(r.manifests[i].path, plain.manifests[i].path);
        CHECK(!bk_str_contains(r.manifests[i].body, BK_S("postrender-filename")));
    }
}

TEST(adds_drops_and_turns_into_hooks) {
    const bk_post_renderer other = {.self = "kind: A\nmetadata:\n  annotations:\n    helm.sh/hook: test # c\n---\nkind: B # d\n",
                                    .run = keep};
    bk_rendered r;
    CHECK_OK(render(&other, NULL, &r), &err);
    CHECK(r.count == 2);
    const bk_manifest *a = find(&r, "generated-by-postrender-0.yaml"), *b = find(&r, "generated-by-postrender-1.yaml");
    CHECK(a && a->kind == BK_MANIFEST_HOOK && a->test);
    CHECK(b && b->kind == BK_MANIFEST_RESOURCE);
    if (b) CHECK_STR(b->body, "kind: B # d\n");
}

TEST(shows_only_what_is_asked_for) {
    const bk_post_renderer same = {.run = keep};
    bk_rendered r;
    CHECK_OK(render(&same, "templates/deployment.yaml", &r), &err);
    CHECK(r.count == 1 && r.manifests[0].kind == BK_MANIFEST_SHOWN);
    CHECK(render(&same, "templates/none.yaml", &r) == BK_ERR && !r.rendering);
    CHECK_STR(bk_err_message(&err), "could not find template templates/none.yaml in chart");
}

TEST(says_what_went_wrong) {
    static const char escape[] = "kind: A\nmetadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: ../../x\n";
    const bk_post_renderer bad = {.run = refuse}, broken = {.self = "a: [", .run = keep}, no_kind = {.self = "a: [x\n]: b", .run = keep},
                           out = {.self = (void *)(uintptr_t)escape, .run = keep};
    bk_rendered r;
    CHECK(render(&bad, NULL, &r) == BK_ERR && r.rendering);
    CHECK_STR(bk_err_message(&err), "error while running post render on files: post-renderer \"x\" produced empty output");
    CHECK(render(&broken, NULL, &r) == BK_ERR && r.rendering);
    CHECK_STR(bk_err_message(&err),
              "error while parsing post rendered output: error parsing YAML: MalformedYAMLError: yaml: line 1: did not find "
              "expected node content");
    CHECK(render(&no_kind, NULL, &r) == BK_ERR && r.rendering);
    CHECK(render(&out, NULL, &r) == BK_ERR && r.rendering);
    CHECK_STR(bk_err_message(&err),
              "error while parsing post rendered output: the annotation postrenderer.helm.sh/postrender-filename holds no "
              "file name of a chart: \"../../x\"");
}

TEST_MAIN()
