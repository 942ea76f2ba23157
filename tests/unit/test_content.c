// links: host
#define _GNU_SOURCE
/* Entries of the content cache, the copy that is made beside them, and the thread that writes large ones. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/check.h"
#include "registry/content.h"
#include "registry/forms.h"
#include "registry/scribe.h"
#include "test.h"

static char folder[] = "/tmp/bulkhead-unit.XXXXXX";
static bk_arena arena;

static bk_str path_in(const char *name) {
    bk_str path = {NULL, 0};
    CHECK(bk_arena_printf(&arena, &path, "%s/%s", folder, name));
    return path;
}

static int open_new(const char *name) { return open(path_in(name).p, O_RDWR | O_CREAT | O_TRUNC, 0644); }

/* Byte i of what is written. */
static char byte_at(size_t i) { return (char)(i * 31 + (i >> 12)); }

static bool is_pattern(int fd, size_t n) {
    char *bytes = malloc(n + 1);
    bool same = bytes && lseek(fd, 0, SEEK_SET) == 0 && read(fd, bytes, n + 1) == (ssize_t)n;
    for (size_t i = 0; same && i < n; i++) same = bytes[i] == byte_at(i);
    free(bytes);
    return same;
}

static bk_status add_pattern(bk_content_writer *w, size_t n, bk_err *err) {
    char piece[10007];
    for (size_t done = 0; done < n;) {
        size_t some = n - done < sizeof piece ? n - done : sizeof piece;
        for (size_t i = 0; i < some; i++) piece[i] = byte_at(done + i);
        BK_TRY(bk_content_add(w, bk_str_of(piece, some), err));
        done += some;
    }
    return BK_OK;
}

TEST(a_scribe_writes_two_files) {
    enum { N = 3 << 20 };
    int a = open_new("a"), b = open_new("b");
    bool both = false;
    unsigned char once[BK_DIGEST_SIZE], twice[BK_DIGEST_SIZE];
    bk_digest here, there;
    bk_digest_init(&here);
    bk_digest_init(&there);
    bk_scribe *s = bk_scribe_new(a, b, &there);
    CHECK(s != NULL);
    if (!s) return;
    for (size_t i = 0; i < N; i += 4096) {
        char piece[4096];
        for (size_t k = 0; k < sizeof piece; k++) piece[k] = byte_at(i + k);
        CHECK(bk_scribe_add(s, bk_str_of(piece, sizeof piece)) == 0);
        bk_digest_add(&here, bk_str_of(piece, sizeof piece));
    }
    CHECK(bk_scribe_flush(s, &both) == 0);
    CHECK(both);
    bk_digest_final(&here, once);
    bk_digest_final(&there, twice);
    CHECK(memcmp(once, twice, sizeof once) == 0);
    CHECK(is_pattern(a, N));
    CHECK(is_pattern(b, N));
    bk_scribe_free(s);
    close(a);
    close(b);
}

TEST(a_scribe_tells_of_a_full_disk) {
    char piece[65536] = {0};
    int full = open("/dev/full", O_WRONLY), good = open_new("good"), error = 0;
    bool both = true;
    if (full < 0) return;
    bk_digest digest;
    bk_digest_init(&digest);
    bk_scribe *s = bk_scribe_new(full, -1, &digest);
    for (size_t i = 0; s && i < 64 && !error; i++) error = bk_scribe_add(s, bk_str_of(piece, sizeof piece));
    CHECK(error == ENOSPC);
    bk_scribe_free(s);
    s = bk_scribe_new(good, full, &digest); /* the second file is nobody's duty */
    for (size_t i = 0; s && i < 16; i++) CHECK(bk_scribe_add(s, bk_str_of(piece, sizeof piece)) == 0);
    CHECK(s && bk_scribe_flush(s, &both) == 0);
    CHECK(!both);
    bk_scribe_free(s);
    close(full);
    close(good);
}

static void keep_and_copy(size_t n, const char *name) {
    bk_err err = BK_ERR_INIT;
    bk_content_writer w;
    bk_content_copy copy;
    bk_str path = {NULL, 0}, digest = {NULL, 0}, found;
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    bk_content_copy_begin(&copy, dir);
    bool can = copy.file >= 0; /* not every file system has files without names */
    CHECK_OK(bk_content_begin(&w, &arena, path_in("cache"), &err), &err);
    w.copy = &copy;
    CHECK_OK(bk_content_expect(&w, n, &err), &err);
    CHECK_OK(add_pattern(&w, n / 2, &err), &err);
    CHECK_OK(bk_content_rewind(&w, &err), &err);
    CHECK_OK(add_pattern(&w, n, &err), &err);
    CHECK_OK(bk_content_end(&w, BK_S(""), BK_CONTENT_CHART, &path, &digest, &err), &err);
    bk_content_drop(&w);
    int fd = open(path.p, O_RDONLY);
    CHECK(is_pattern(fd, n));
    close(fd);
    CHECK_OK(bk_content_find(&arena, path_in("cache"), digest, BK_CONTENT_CHART, &found, &err), &err);
    CHECK_VIEW(found, path);
    CHECK(bk_content_copy_place(&copy, name) == can);
    fd = open(path_in(name).p, O_RDONLY);
    CHECK(!can || is_pattern(fd, n));
    if (fd >= 0) close(fd);
    close(dir);
    bk_err_release(&err);
}

TEST(an_entry_and_its_copy) {
    keep_and_copy(1000, "small.tgz");
    keep_and_copy(5u << 20, "large.tgz");
    keep_and_copy(5u << 20, "large.tgz"); /* in place of the other */
}

TEST(a_copy_that_is_not_whole_gets_no_name) {
    bk_err err = BK_ERR_INIT;
    bk_content_writer w;
    bk_content_copy copy;
    struct stat st;
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    bk_content_copy_begin(&copy, dir);
    CHECK_OK(bk_content_begin(&w, &arena, path_in("cache"), &err), &err);
    w.copy = &copy;
    CHECK_OK(add_pattern(&w, 2u << 20, &err), &err);
    bk_content_drop(&w);
    CHECK(!bk_content_copy_place(&copy, "half.tgz"));
    CHECK(stat(path_in("half.tgz").p, &st) != 0);
    close(dir);
    bk_err_release(&err);
}

TEST(forms_that_are_damaged_are_none) {
    const bk_registry_world world = {.index_cache = path_in("forms")};
    char digest[BK_CONTENT_HEX], byte = 0;
    memset(digest, 'a', sizeof digest);
    CHECK(bk_form_find(&arena, &world, digest).p == NULL);
    bk_form_keep(&arena, &world, digest, BK_S("the form of an index"));
    CHECK_STR(bk_form_find(&arena, &world, digest), "the form of an index");
    bk_str path;
    CHECK(bk_arena_printf(&arena, &path, "%s/forms/%.64s.index", folder, digest));
    int fd = open(path.p, O_RDWR);
    CHECK(pread(fd, &byte, 1, 5) == 1);
    byte ^= 1;
    CHECK(pwrite(fd, &byte, 1, 5) == 1);
    CHECK(bk_form_find(&arena, &world, digest).p == NULL);
    CHECK(ftruncate(fd, 3) == 0);
    CHECK(bk_form_find(&arena, &world, digest).p == NULL);
    close(fd);
}

TEST(archives_are_judged_one_by_one) {
    bk_archive_check checks[3] = {{.path = path_in("missing.tgz"), .name = BK_S("web"), .err = BK_ERR_INIT},
                                  {.path = path_in("missing.tgz"), .status = BK_ERR_LIMIT, .err = BK_ERR_INIT},
                                  {.path = path_in("text.tgz"), .name = BK_S("web"), .err = BK_ERR_INIT}};
    int fd = open_new("text.tgz");
    CHECK(write(fd, "hello", 5) == 5);
    close(fd);
    bk_archive_check_all(&arena, checks, 3);
    CHECK(checks[0].status == BK_ERR_IO);
    CHECK(checks[1].status == BK_ERR_LIMIT); /* it had failed before */
    CHECK(checks[2].status == BK_ERR);
    for (size_t i = 0; i < 3; i++) bk_err_release(&checks[i].err);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where) {
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

int main(void) {
    CHECK(mkdtemp(folder) != NULL);
    bk_arena_init(&arena, 0);
    int code = test_main();
    CHECK(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
    bk_arena_release(&arena);
    return code;
}
