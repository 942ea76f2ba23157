// links: host
/* The directory in memory: paths, names, sizes. */
#include "plugin/tree.h"

#include "test.h"

static bk_tree tree;

static bk_wasi_errno find(const char *path, bk_tree_place *ret) { return bk_tree_find(&tree, tree.root, bk_str_c(path), ret); }

static bk_wasi_errno make(const char *path, bool dir) {
    bk_tree_place at;
    bk_tree_node *made;
    bk_wasi_errno e = find(path, &at);
    return e != BK_WASI_OK ? e : bk_tree_make(&tree, &at, dir, 1, &made);
}

static bk_wasi_errno mv(const char *from, const char *to) {
    bk_tree_place a, b;
    bk_wasi_errno e = find(from, &a);
    if (e == BK_WASI_OK) e = find(to, &b);
    return e == BK_WASI_OK ? bk_tree_rename(&tree, &a, &b, 2) : e;
}

static bk_wasi_errno rm(const char *path, bool dir) {
    bk_tree_place at;
    bk_wasi_errno e = find(path, &at);
    return e == BK_WASI_OK ? bk_tree_remove(&tree, &at, dir, 3) : e;
}

static bk_wasi_errno there(const char *path) {
    bk_tree_place at;
    bk_wasi_errno e = find(path, &at);
    return e != BK_WASI_OK ? e : at.node ? BK_WASI_OK : BK_WASI_ENOENT;
}

TEST(paths) {
    CHECK(bk_tree_init(&tree, 1000, 100, 1));
    CHECK(make("a", true) == BK_WASI_OK && make("a/b", true) == BK_WASI_OK && make("a/b/f", false) == BK_WASI_OK);
    static const struct {
        const char *path;
        bk_wasi_errno want;
    } cases[] = {
        {"a/b/f", BK_WASI_OK},     {"a//b/./f", BK_WASI_OK},     {"a/../a/b", BK_WASI_OK},     {"a/b/..", BK_WASI_OK},
        {".", BK_WASI_OK},         {"a/", BK_WASI_OK},           {"", BK_WASI_ENOENT},         {"/a", BK_WASI_EPERM},
        {"..", BK_WASI_EPERM},     {"a/../..", BK_WASI_EPERM},   {"a/../../a", BK_WASI_EPERM}, {"x", BK_WASI_ENOENT},
        {"x/y", BK_WASI_ENOENT},   {"a/b/f/x", BK_WASI_ENOTDIR}, {"a/b/f/", BK_WASI_ENOTDIR},  {"a/b/f/..", BK_WASI_ENOTDIR},
        {"a\xff", BK_WASI_EILSEQ}, {"a/x/../b", BK_WASI_ENOENT},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        CHECK(there(cases[i].path) == cases[i].want);
        if (there(cases[i].path) != cases[i].want) printf("  %s: %d\n", cases[i].path, there(cases[i].path));
    }
    bk_tree_place at;
    CHECK(bk_tree_find(&tree, tree.root, bk_str_of("a\0b", 3), &at) == BK_WASI_EINVAL);
    char name[300];
    memset(name, 'n', 256);
    name[256] = 0;
    CHECK(make(name, false) == BK_WASI_ENAMETOOLONG);
    name[255] = 0;
    CHECK(make(name, false) == BK_WASI_OK);
    bk_tree_release(&tree);
}

TEST(names) {
    CHECK(bk_tree_init(&tree, 1000, 100, 1));
    CHECK(make("d", true) == BK_WASI_OK && make("d/e", true) == BK_WASI_OK && make("f", false) == BK_WASI_OK &&
          make("g", false) == BK_WASI_OK);
    CHECK(make("f", false) == BK_WASI_EEXIST && make("n/", false) == BK_WASI_EISDIR && make("n/", true) == BK_WASI_OK);
    CHECK(mv("d", "d/e/x") == BK_WASI_EINVAL && mv("d", "d") == BK_WASI_OK && mv("d", "f") == BK_WASI_ENOTDIR &&
          mv("f", "d") == BK_WASI_EISDIR);
    CHECK(mv("n", "d") == BK_WASI_ENOTEMPTY && mv("f", "g") == BK_WASI_OK && there("f") == BK_WASI_ENOENT &&
          mv("g", "d/e/h") == BK_WASI_OK);
    CHECK(mv(".", "x") == BK_WASI_EBUSY && mv("g", "x") == BK_WASI_ENOENT && mv("d/e", "n") == BK_WASI_OK && there("n/h") == BK_WASI_OK);
    CHECK(rm("n", true) == BK_WASI_ENOTEMPTY && rm("n/h", true) == BK_WASI_ENOTDIR && rm("n", false) == BK_WASI_EISDIR &&
          rm(".", true) == BK_WASI_EPERM);
    CHECK(rm("n/h", false) == BK_WASI_OK && rm("n", true) == BK_WASI_OK && rm("d", true) == BK_WASI_OK && tree.nodes == 1);
    bk_tree_release(&tree);
}

TEST(bytes) {
    bk_tree_place at;
    CHECK(bk_tree_init(&tree, 1000, 100, 1));
    CHECK(make("f", false) == BK_WASI_OK && find("f", &at) == BK_WASI_OK);
    CHECK(bk_tree_write(&tree, at.node, 5, BK_S("abc"), 9) == BK_WASI_OK && at.node->size == 8 && at.node->mtime == 9);
    CHECK_VIEW(bk_tree_view(at.node, 0, 100), bk_str_of("\0\0\0\0\0abc", 8));
    CHECK(bk_tree_view(at.node, 8, 1).n == 0 && bk_tree_view(at.node, UINT64_MAX, UINT64_MAX).n == 0);
    CHECK(bk_tree_write(&tree, at.node, 998, BK_S("abc"), 9) == BK_WASI_ENOSPC && at.node->size == 8);
    CHECK(bk_tree_write(&tree, at.node, UINT64_MAX - 1, BK_S("abc"), 9) == BK_WASI_EFBIG);
    CHECK(bk_tree_resize(&tree, at.node, 2) == BK_WASI_OK && bk_tree_resize(&tree, at.node, 7) == BK_WASI_OK);
    CHECK_VIEW(bk_tree_view(at.node, 0, 100), bk_str_of("\0\0\0\0\0\0\0", 7));
    CHECK(bk_tree_resize(&tree, at.node, 1001) == BK_WASI_ENOSPC);
    /* Unlinked while held: it lives until it is let go. */
    bk_tree_node *file = at.node;
    bk_tree_hold(file);
    CHECK(rm("f", false) == BK_WASI_OK && tree.bytes == 7 && bk_tree_write(&tree, file, 0, BK_S("x"), 1) == BK_WASI_OK);
    bk_tree_let_go(&tree, file);
    CHECK(tree.bytes == 0 && tree.nodes == 1);
    bk_tree_release(&tree);
}

TEST_MAIN()
