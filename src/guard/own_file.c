#include "guard/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bk_status refuse(const char *what, const char *path, const char *why, bk_err *err) {
    return bk_err_set(err, BK_ERR_IO, "%s %s: %s", what, path, why);
}

/* NULL: nothing against it. */
static const char *against(const struct stat *st) {
    if (st->st_uid != geteuid() && st->st_uid != 0) return "belongs to another user";
    if (st->st_mode & (S_IWGRP | S_IWOTH)) return "can be written by others (chmod go-w makes it yours alone)";
    return NULL;
}

static bk_status check(int fd, const char *path, const char *what, unsigned flags, size_t cap, size_t *ret_size, bk_err *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) return refuse(what, path, strerror(errno), err);
    if (S_ISDIR(st.st_mode)) return refuse(what, path, "is a directory", err);
    if (!S_ISREG(st.st_mode)) return refuse(what, path, "is no regular file", err);
    if (st.st_size < 0 || (uint64_t)st.st_size > cap) return bk_err_set(err, BK_ERR_LIMIT, "%s %s: larger than %zu bytes", what, path, cap);
    *ret_size = (size_t)st.st_size;
    if (!(flags & BK_OWN_FOUND)) return BK_OK;
    const char *why = against(&st);
    if (!why && st.st_nlink != 1) why = "has a second name (hard link)";
    return why ? refuse(what, path, why, err) : BK_OK;
}

/* The size is only a beginning: the file may grow meanwhile. */
static bk_status read_all(int fd, const char *path, const char *what, size_t size, size_t cap, bk_buf *out, bk_err *err) {
    for (;;) {
        size_t room = size + 1 > out->n ? size + 1 - out->n : 4096;
        char *at = bk_buf_reserve(out, room);
        if (!at) return bk_buf_check(out, err);
        ssize_t n = read(fd, at, room);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return refuse(what, path, strerror(errno), err);
        if (n == 0) return BK_OK;
        out->n += (size_t)n;
        if (out->n > cap) return bk_err_set(err, BK_ERR_LIMIT, "%s %s: larger than %zu bytes", what, path, cap);
    }
}

bk_status bk_own_file_read(bk_arena *arena, int dir, const char *path, const char *what, unsigned flags, size_t cap, bk_str *ret,
                           bool *ret_there, bk_err *err) {
    /* Non-blocking, or a named pipe would hang here. */
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (flags & BK_OWN_FOUND ? O_NOFOLLOW : 0));
    bool there = fd >= 0 || (errno != ENOENT && errno != ENOTDIR);
    if (ret_there) *ret_there = there;
    if (!there && flags & BK_OWN_MAY_LACK) {
        *ret = BK_S("");
        return BK_OK;
    }
    if (fd < 0) return refuse(what, path, errno == ELOOP && flags & BK_OWN_FOUND ? "is a symbolic link" : strerror(errno), err);
    bk_buf out;
    size_t size = 0;
    bk_buf_init(&out, arena, cap + 8192);
    bk_status status = check(fd, path, what, flags, cap, &size, err);
    if (status == BK_OK) status = read_all(fd, path, what, size, cap, &out, err);
    close(fd);
    if (status == BK_OK) *ret = bk_buf_take(&out);
    return status;
}

/* Creates a folder and those above it. */
static bk_status make_folders(char *path, const char *what, bk_err *err) {
    for (char *at = path + 1;; at++) {
        if (*at && *at != '/') continue;
        char end = *at;
        *at = 0;
        if (mkdir(path, 0700) != 0 && errno != EEXIST) return refuse(what, path, strerror(errno), err);
        *at = end;
        if (!end) return BK_OK;
    }
}

bk_status bk_own_folder_open(const char *path, const char *what, bool make, int *ret, const char **ret_base, bk_err *err) {
    char folder[PATH_MAX];
    struct stat st;
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n + 2 > sizeof folder) return refuse(what, path, strerror(ENAMETOOLONG), err);
    memcpy(folder, slash ? path : ".", slash ? n : 1);
    folder[slash ? n : 1] = 0;
    if (slash && n == 0) memcpy(folder, "/", 2);
    if (make) BK_TRY(make_folders(folder, what, err));
    *ret = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *ret_base = slash ? slash + 1 : path;
    if (*ret < 0 && !make && (errno == ENOENT || errno == ENOTDIR)) return BK_OK;
    if (*ret < 0) return refuse(what, folder, strerror(errno), err);
    const char *why = fstat(*ret, &st) != 0 ? strerror(errno) : against(&st);
    if (!why) return BK_OK;
    close(*ret);
    *ret = -1;
    return bk_err_set(err, BK_ERR_IO, "%s: its folder %s %s", what, folder, why);
}

void bk_own_file_doubts(const char *path, bk_buf *out) {
    struct stat st;
    if (stat(path, &st) != 0) return;
    const char *why = against(&st);
    if (why) bk_buf_printf(out, "%s %s", path, why);
}
