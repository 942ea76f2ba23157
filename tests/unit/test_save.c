#include "chart/archive.h"
#include "chart/gzip.h"
#include "chart/load.h"
#include "chart/lock.h"
#include "chart/save.h"
#include "chart/tar_write.h"
#include "test.h"

/* What an archive writer makes, our reader takes: names of all kinds. */
static void put_and_read(const char *name, int64_t mtime) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_buf tar;
    bk_str packed, path;
    bk_files files;
    bk_arena_init(&arena, 0);
    bk_buf_init(&tar, &arena, 0);
    CHECK(bk_arena_printf(&arena, &path, "c/%s", name));
    CHECK_OK(bk_tar_put(&tar, path, BK_S("data"), mtime, &err), &err);
    bk_tar_end(&tar);
    CHECK(tar.n % 512 == 0);
    CHECK_OK(bk_gzip(&arena, bk_buf_view(&tar), BK_S("xx\1\0y"), BK_S("Comment"), &packed, &err), &err);
    CHECK_OK(bk_archive_read(&arena, packed, &files, &err), &err);
    CHECK(files.n == 1);
    if (files.n == 1) {
        CHECK_STR(files.p[0].name, name);
        CHECK_STR(files.p[0].data, "data");
        CHECK(files.p[0].mtime == mtime);
    }
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(names_and_times) {
    char name[300];
    put_and_read("a", 0);
    put_and_read("d/é", 1700000000);
    put_and_read("b", 077777777777);
    put_and_read("b", (int64_t)077777777777 + 1);
    put_and_read("old", -315619199);
    for (size_t n = 90; n < 290; n += 7) {
        memset(name, 'x', sizeof name);
        for (size_t i = 30; i < n - 1; i += 31) name[i] = '/';
        name[n] = 0;
        put_and_read(name, 1);
        memset(name, 'y', n);
        put_and_read(name, 2);
        name[n / 2] = '/';
        put_and_read(name, 3);
    }
}

TEST(impossible_names) {
    bk_arena arena;
    bk_buf tar;
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&arena, 0);
    bk_buf_init(&tar, &arena, 0);
    CHECK(bk_tar_put(&tar, BK_S("a/"), BK_S(""), 0, &err) == BK_ERR);
    bk_err_release(&err);
    CHECK(bk_tar_put(&tar, BK_S("a\0b"), BK_S(""), 0, &err) == BK_ERR);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* ---- charts ---- */

static const bk_file FILES[] = {
    {{"Chart.yaml", 10}, {"apiVersion: v2\nname: c\nversion: 1.0.0\n", 38}, 100, NULL},
    {{"charts/a/Chart.yaml", 19}, {"apiVersion: v2\nname: s\nversion: 1.0.0\n", 38}, 200, NULL},
    {{"charts/b/Chart.yaml", 19}, {"apiVersion: v2\nname: s\nversion: 2.0.0\n", 38}, 300, NULL},
};

static bk_status save(bk_arena *arena, size_t count, bk_files *ret, bk_err *err) {
    const bk_save_options options = {.now = 1};
    bk_files files = {0};
    bk_chart *chart;
    bk_str archive;
    for (size_t i = 0; i < count; i++) BK_TRY(bk_files_add(&files, arena, FILES[i], err));
    BK_TRY(bk_chart_load_files(arena, &files, false, NULL, &chart, err));
    BK_TRY(bk_chart_save(arena, chart, &options, &archive, err));
    return bk_archive_read(arena, archive, ret, err);
}

TEST(charts) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_files files;
    bk_arena_init(&arena, 0);
    CHECK_OK(save(&arena, 2, &files, &err), &err);
    CHECK(files.n == 2 && files.p[0].mtime == 100 && files.p[1].mtime == 200);
    if (files.n == 2) CHECK_STR(files.p[1].name, "charts/s/Chart.yaml");
    CHECK(save(&arena, 3, &files, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "c/charts holds the chart s twice: take one of them away");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* Digests as Helm writes them into Chart.lock. */
TEST(digests) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_str asked, locked, digest;
    bk_dependency d = {.name = BK_S("child"), .version = BK_S("~1.2"), .repository = BK_S("file://../child")};
    bk_dependency l = {.name = BK_S("child"), .version = BK_S("1.2.3"), .repository = BK_S("file://../child")};
    void *one[] = {&d}, *other[] = {&l};
    const bk_list_of none = {0}, list = {.p = (void *)one, .n = 1, .seen = 1, .cap = 1},
                     locks = {.p = (void *)other, .n = 1, .seen = 1, .cap = 1};
    bk_arena_init(&arena, 0);
    CHECK_OK(bk_dependencies_json(&arena, &none, &asked, &err), &err);
    CHECK_STR(asked, "null");
    CHECK_OK(bk_dependencies_json(&arena, &list, &asked, &err), &err);
    CHECK_STR(asked, "[{\"name\":\"child\",\"version\":\"~1.2\",\"repository\":\"file://../child\"}]");
    CHECK_OK(bk_dependencies_json(&arena, &locks, &locked, &err), &err);
    CHECK_OK(bk_lock_digest(&arena, asked, locked, &digest, &err), &err);
    CHECK_STR(digest, "sha256:078b19112080f8f4e88b2d148cc6135d97f05f689176d89043621113cfeb4cd1");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST_MAIN()
