#define _GNU_SOURCE
#include "registry/content.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "registry/files.h"
#include "registry/scribe.h"

enum { CHUNK = 64 << 10, TRIES = 100, LARGE = 1 << 20 };

static bool is_digest(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)(s.p[i] - '0') > 9 && (unsigned char)(s.p[i] - 'a') > 5) return false;
    return s.n == BK_CONTENT_HEX;
}

static bk_status bad_digest(bk_str digest, bk_err *err) { return bk_err_set(err, BK_ERR, "\"%.*s\" is no sha256 digest", BK_FMT(digest)); }

static void hex_of(const bk_digest *running, char out[BK_CONTENT_HEX]) {
    unsigned char raw[BK_DIGEST_SIZE];
    bk_digest copy = *running;
    bk_buf b = {.p = out, .cap = BK_CONTENT_HEX, .max = BK_CONTENT_HEX};
    bk_digest_final(&copy, raw);
    bk_digest_hex(&b, raw);
}

bk_status bk_file_digest(int fd, char ret[BK_CONTENT_HEX], uint64_t *ret_bytes) {
    char chunk[CHUNK];
    bk_digest digest;
    bk_digest_init(&digest);
    *ret_bytes = 0;
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return BK_ERR_IO;
        if (n == 0) break;
        bk_digest_add(&digest, bk_str_of(chunk, (size_t)n));
        *ret_bytes += (uint64_t)n;
    }
    hex_of(&digest, ret);
    return BK_OK;
}

/* ---- finding ---- */

/* An open file that is what its name says; -1: there is none. One that is not goes away. */
static bool is_whole(const char *path, bk_str digest, bool compare) {
    char found[BK_CONTENT_HEX];
    uint64_t bytes = 0;
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
    bool damaged = ok && compare && (bk_file_digest(fd, found, &bytes) != BK_OK || memcmp(found, digest.p, sizeof found) != 0);
    close(fd);
    if (damaged) unlink(path);
    return ok && !damaged;
}

bk_status bk_content_find(bk_arena *arena, bk_str cache, bk_str digest, const char *kind, bk_str *ret, bk_err *err) {
    bk_str path;
    *ret = BK_S("");
    if (!is_digest(digest)) return bad_digest(digest, err);
    if (!cache.n) return BK_OK;
    if (!bk_arena_printf(arena, &path, "%.*s/%.2s/%.*s%s", BK_FMT(cache), digest.p, BK_FMT(digest), kind)) return bk_arena_fail(arena, err);
    if (is_whole(path.p, digest, strcmp(kind, BK_CONTENT_PROV) != 0)) *ret = path;
    return BK_OK;
}

/* ---- the copy ---- */

void bk_content_copy_begin(bk_content_copy *copy, int folder) {
    *copy = (bk_content_copy){.folder = folder, .file = -1};
#ifdef O_TMPFILE
    copy->file = openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
#endif
}

/* A name can be taken by renaming only, so it gets another one before. */
bool bk_content_copy_place(bk_content_copy *copy, const char *name) {
    char from[48], temporary[64];
    bool ok = false;
    if (copy->file >= 0 && copy->whole) {
        snprintf(from, sizeof from, "/proc/self/fd/%d", copy->file);
        snprintf(temporary, sizeof temporary, ".bulkhead-%ld", (long)getpid());
        unlinkat(copy->folder, temporary, 0);
        ok = linkat(AT_FDCWD, from, copy->folder, temporary, AT_SYMLINK_FOLLOW) == 0;
        if (ok && renameat(copy->folder, temporary, copy->folder, name) != 0) {
            unlinkat(copy->folder, temporary, 0);
            ok = false;
        }
    }
    bk_content_copy_drop(copy);
    return ok;
}

void bk_content_copy_drop(bk_content_copy *copy) {
    if (copy->file >= 0) close(copy->file);
    copy->file = -1;
    copy->whole = false;
}

/* ---- writing ---- */

void bk_content_sweep(bk_arena *arena, bk_str cache) {
    enum { DAY = 24 * 60 * 60 };
    struct stat st;
    bk_str path;
    DIR *dir = bk_arena_dup(arena, cache, &path) ? opendir(path.p) : NULL;
    if (!dir) return;
    for (const struct dirent *e; (e = readdir(dir));)
        if (bk_str_starts(bk_str_c(e->d_name), BK_S(".bulkhead-")) && fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            time(NULL) - st.st_mtime > DAY)
            unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
}

bk_status bk_content_begin(bk_content_writer *w, bk_arena *arena, bk_str cache, bk_err *err) {
    *w = (bk_content_writer){.arena = arena, .cache = cache, .folder = -1, .file = -1};
    bk_digest_init(&w->digest);
    BK_TRY(bk_dirs_make(arena, cache, err));
    BK_TRY(bk_dir_open(arena, cache, &w->folder, err));
    for (int i = 0; i < TRIES && w->file < 0; i++) {
        /* The folder is open once for each writer, so the name is free, but for what others of our number left. */
        snprintf(w->temporary, sizeof w->temporary, ".bulkhead-%ld-%d-%d", (long)getpid(), w->folder, i);
        w->file = openat(w->folder, w->temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (w->file < 0 && errno != EEXIST) break;
    }
    if (w->file >= 0) return BK_OK;
    bk_path_error("open", cache, errno, err);
    bk_content_drop(w);
    return err->code;
}

static int second_of(const bk_content_writer *w) { return w->copy ? w->copy->file : -1; }

bk_status bk_content_expect(bk_content_writer *w, uint64_t bytes, bk_err *err) {
    if (bytes < LARGE) return BK_OK;
    if (!bk_fd_reserve(w->file, bytes)) return bk_path_error("write", w->cache, errno, err);
    if (second_of(w) >= 0 && !bk_fd_reserve(w->copy->file, bytes)) bk_content_copy_drop(w->copy);
    return BK_OK;
}

bk_status bk_content_add(bk_content_writer *w, bk_str bytes, bk_err *err) {
    if (!w->scribe && w->bytes >= LARGE) w->scribe = bk_scribe_new(w->file, second_of(w), &w->digest);
    w->bytes += bytes.n;
    int error = 0;
    if (w->scribe) {
        error = bk_scribe_add(w->scribe, bytes);
    } else {
        bk_digest_add(&w->digest, bytes);
        if (!bk_fd_write(w->file, bytes)) error = errno;
        else if (second_of(w) >= 0 && !bk_fd_write(w->copy->file, bytes)) bk_content_copy_drop(w->copy);
    }
    return error ? bk_path_error("write", w->cache, error, err) : BK_OK;
}

bk_status bk_content_flush(bk_content_writer *w, bk_err *err) {
    bool both = true;
    int error = w->scribe ? bk_scribe_flush(w->scribe, &both) : 0;
    bk_scribe_free(w->scribe);
    w->scribe = NULL;
    if (w->copy && !both) bk_content_copy_drop(w->copy);
    if (w->copy) w->copy->whole = w->copy->file >= 0 && !error;
    return error ? bk_path_error("write", w->cache, error, err) : BK_OK;
}

void bk_content_digest(const bk_content_writer *w, char ret[BK_CONTENT_HEX]) { hex_of(&w->digest, ret); }

static bool to_begin(int fd) { return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0; }

bk_status bk_content_rewind(bk_content_writer *w, bk_err *err) {
    BK_TRY(bk_content_flush(w, err));
    if (!to_begin(w->file)) return bk_path_error("write", w->cache, errno, err);
    if (second_of(w) >= 0 && !to_begin(w->copy->file)) bk_content_copy_drop(w->copy);
    bk_digest_init(&w->digest);
    w->bytes = 0;
    return BK_OK;
}

void bk_content_drop(bk_content_writer *w) {
    bk_scribe_free(w->scribe);
    w->scribe = NULL;
    if (w->file >= 0) {
        close(w->file);
        unlinkat(w->folder, w->temporary, 0);
    }
    if (w->folder >= 0) close(w->folder);
    w->file = w->folder = -1;
}

static bk_status put_in_place(bk_content_writer *w, const char *name, bool sync, bk_err *err) {
    BK_TRY(bk_content_flush(w, err));
    int why = !sync || fsync(w->file) == 0 ? 0 : errno;
    if (close(w->file) != 0 && !why) why = errno;
    w->file = -1;
    if (!why && renameat(w->folder, w->temporary, w->folder, name) != 0) why = errno;
    if (!why) return BK_OK;
    unlinkat(w->folder, w->temporary, 0);
    return bk_path_error("write", w->cache, why, err);
}

bk_status bk_content_end_as(bk_content_writer *w, const char *name, bk_err *err) { return put_in_place(w, name, true, err); }

/* An archive is hashed before it is used, so one that a crash of the machine cut short is found out: waiting for the disk would only cost time. */
static bk_status end_under(bk_content_writer *w, bk_str key, const char *kind, bk_str *ret_path, bk_err *err) {
    bk_str name;
    if (!bk_arena_printf(w->arena, &name, "%.2s/%.*s%s", key.p, BK_FMT(key), kind)) return bk_arena_fail(w->arena, err);
    char shard[3] = {key.p[0], key.p[1], 0};
    if (mkdirat(w->folder, shard, 0755) != 0 && errno != EEXIST) return bk_path_error("mkdir", w->cache, errno, err);
    BK_TRY(put_in_place(w, name.p, strcmp(kind, BK_CONTENT_PROV) == 0, err));
    bk_status s = bk_path_joined(w->arena, w->cache, name, ret_path, err);
    bk_content_drop(w);
    return s;
}

bk_status bk_content_end(bk_content_writer *w, bk_str expected, const char *kind, bk_str *ret_path, bk_str *ret_digest, bk_err *err) {
    char hex[BK_CONTENT_HEX];
    bk_str key;
    bool compare = strcmp(kind, BK_CONTENT_PROV) != 0;
    BK_TRY(bk_content_flush(w, err));
    hex_of(&w->digest, hex);
    if (expected.n && !is_digest(expected)) return bad_digest(expected, err);
    if (!bk_arena_dup(w->arena, compare || !expected.n ? bk_str_of(hex, sizeof hex) : expected, &key)) return bk_arena_fail(w->arena, err);
    if (expected.n && !bk_str_eq(key, expected))
        return bk_err_set(err, BK_ERR, "digest mismatch: expected sha256:%.*s, got sha256:%.*s", BK_FMT(expected), BK_FMT(key));
    if (ret_digest) *ret_digest = key;
    return end_under(w, key, kind, ret_path, err);
}

bk_status bk_content_put(bk_arena *arena, bk_str cache, bk_str bytes, bk_str key, const char *kind, bk_str *ret_path, bk_err *err) {
    bk_content_writer w;
    BK_TRY(bk_content_begin(&w, arena, cache, err));
    bk_status s = bk_content_add(&w, bytes, err);
    if (s == BK_OK) s = bk_content_end(&w, key, kind, ret_path, NULL, err);
    bk_content_drop(&w);
    return s;
}
