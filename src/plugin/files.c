#include "plugin/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

bk_status bk_plugin_path_error(const char *op, bk_str path, int error, bk_err *err) {
    static const struct {
        int error;
        const char *text;
    } texts[] = {{ENOENT, "no such file or directory"},
                 {EACCES, "permission denied"},
                 {EISDIR, "is a directory"},
                 {ENOTDIR, "not a directory"},
                 {ELOOP, "too many levels of symbolic links"},
                 {ENAMETOOLONG, "file name too long"}};
    for (size_t i = 0; i < BK_COUNT(texts); i++)
        if (texts[i].error == error) return bk_err_set(err, BK_ERR_IO, "%s %.*s: %s", op, BK_FMT(path), texts[i].text);
    return bk_err_set(err, BK_ERR_IO, "%s %.*s: %s", op, BK_FMT(path), strerror(error));
}

static bk_status read_to(int fd, bk_str path, size_t max, bk_buf *out, bk_err *err) {
    for (;;) {
        if (out->n > max) return bk_err_set(err, BK_ERR_LIMIT, "read %.*s: it is larger than %zu bytes", BK_FMT(path), max);
        char *to = bk_buf_reserve(out, 64 << 10);
        if (!to) return bk_buf_check(out, err);
        ssize_t n = read(fd, to, 64 << 10);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_plugin_path_error("read", path, errno, err);
        if (n == 0) return BK_OK;
        out->n += (size_t)n;
    }
}

bk_status bk_plugin_file_size(int fd, bk_str path, size_t max, size_t *ret, bk_err *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) return bk_plugin_path_error("stat", path, errno, err);
    if (S_ISDIR(st.st_mode)) return bk_plugin_path_error("read", path, EISDIR, err);
    if (!S_ISREG(st.st_mode)) return bk_err_set(err, BK_ERR, "open %.*s: it is no regular file", BK_FMT(path));
    if ((uint64_t)st.st_size > max) return bk_err_set(err, BK_ERR_LIMIT, "read %.*s: it is larger than %zu bytes", BK_FMT(path), max);
    *ret = (size_t)st.st_size;
    return BK_OK;
}

static bk_status read_open(bk_arena *arena, int fd, bk_str path, size_t max, bk_str *ret, bk_err *err) {
    size_t size;
    bk_buf out;
    BK_TRY(bk_plugin_file_size(fd, path, max, &size, err));
    bk_buf_init(&out, arena, max + (128 << 10));
    bk_buf_reserve(&out, size + 1);
    BK_TRY(read_to(fd, path, max, &out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

bk_status bk_plugin_read_file(bk_arena *arena, bk_str dir, const char *name, size_t max, bk_str *ret, bk_err *err) {
    bk_str path;
    if (!bk_arena_printf(arena, &path, "%.*s/%s", BK_FMT(dir), name)) return bk_arena_fail(arena, err);
    int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return bk_plugin_path_error("open", path, errno, err);
    bk_status s = read_open(arena, fd, path, max, ret, err);
    close(fd);
    return s;
}
