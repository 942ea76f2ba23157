#include "action/create.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 250 };

static bk_status system_error(const char *what, bk_str path, bk_err *err) {
    const char *why = errno == ENOENT    ? "no such file or directory"
                      : errno == EACCES  ? "permission denied"
                      : errno == ENOTDIR ? "not a directory"
                      : errno == ELOOP   ? "is a symbolic link"
                                         : strerror(errno);
    return bk_err_set(err, BK_ERR_IO, "%s %.*s: %s", what, BK_FMT(path), why);
}

static bk_status check_name(bk_str name, bk_err *err) {
    if (name.n == 0 || name.n > NAME_MOST) return bk_err_set(err, BK_ERR, "chart name must be between 1 and %d characters", NAME_MOST);
    for (size_t i = 0; i < name.n; i++) {
        char b = name.p[i];
        bool plain = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '.' || b == '_' || b == '-';
        if (!plain) return bk_err_set(err, BK_ERR, "chart name must match the regular expression \"^[a-zA-Z0-9._-]+$\"");
    }
    return BK_OK;
}

static bool write_all(int fd, bk_str bytes) {
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes = bk_str_from(bytes, (size_t)n);
    }
    return true;
}

/* The folder `name` in `at`, made if it is missing; closes `at`. */
static int enter(int at, const char *name) {
    int made = mkdirat(at, name, 0755) == 0 || errno == EEXIST ? openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    int why = errno;
    close(at);
    errno = why;
    return made;
}

/* One file below the chart's folder; `whole` is its path for people. */
static bk_status put_file(bk_arena *arena, int chart, bk_str path, bk_str whole, bk_str text, bk_buf *out, bk_err *err) {
    bk_str rest = path, part, name;
    int at = fcntl(chart, F_DUPFD_CLOEXEC, 0);
    while (at >= 0 && bk_str_cut(rest, BK_S("/"), &part, &rest)) {
        if (!bk_arena_dup(arena, part, &name)) {
            close(at);
            return bk_arena_fail(arena, err);
        }
        at = enter(at, name.p);
    }
    if (at < 0) return system_error("mkdir", whole, err);
    if (!bk_arena_dup(arena, bk_path_base(path), &name)) {
        close(at);
        return bk_arena_fail(arena, err);
    }
    struct stat st;
    if (fstatat(at, name.p, &st, AT_SYMLINK_NOFOLLOW) == 0)
        bk_buf_printf(out, "WARNING: File \"%.*s\" already exists. Overwriting.\n", BK_FMT(whole));
    int fd = openat(at, name.p, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
    bk_status s = fd < 0 || !write_all(fd, text) ? system_error("open", whole, err) : BK_OK;
    if (fd >= 0 && close(fd) != 0 && s == BK_OK) s = system_error("close", whole, err);
    close(at);
    return s;
}

static bk_status filled_in(bk_arena *arena, bk_str text, bk_str name, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_str head;
    bk_buf_init(&b, arena, 0);
    while (bk_str_cut(text, BK_S("@NAME@"), &head, &text)) {
        bk_buf_str(&b, head);
        bk_buf_str(&b, name);
    }
    bk_buf_str(&b, head);
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status put_files(bk_arena *arena, int chart, bk_str dir, bk_str name, bk_buf *out, bk_err *err) {
    for (const bk_starter_file *f = bk_starter_files; f->path; f++) {
        bk_str whole, text;
        if (!bk_arena_printf(arena, &whole, "%.*s/%s", BK_FMT(dir), f->path)) return bk_arena_fail(arena, err);
        BK_TRY(filled_in(arena, bk_str_c(f->text), name, &text, err));
        BK_TRY(put_file(arena, chart, bk_str_c(f->path), whole, text, out, err));
    }
    if (mkdirat(chart, "charts", 0755) != 0 && errno != EEXIST) return system_error("mkdir", dir, err);
    return BK_OK;
}

/* The folder above, as an absolute path. */
static bk_status folder_above(bk_arena *arena, bk_str path, bk_str name, bk_str *ret, bk_err *err) {
    char cwd[PATH_MAX] = "";
    bk_str above = bk_str_sub(path, 0, path.n - name.n);
    while (above.n > 1 && above.p[above.n - 1] == '/') above.n--;
    if (above.n && above.p[0] == '/') return bk_arena_dup(arena, above, ret) ? BK_OK : bk_arena_fail(arena, err);
    if (!getcwd(cwd, sizeof cwd)) return bk_err_set(err, BK_ERR_IO, "cannot tell the working directory: %s", strerror(errno));
    while (bk_str_starts(above, BK_S("./"))) above = bk_str_from(above, 2);
    if (bk_str_eq(above, BK_S("."))) above.n = 0;
    return bk_arena_printf(arena, ret, "%s%s%.*s", cwd, above.n ? "/" : "", BK_FMT(above)) ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_action_create(bk_arena *arena, bk_str path, bk_buf *out, bk_err *err) {
    while (path.n > 1 && path.p[path.n - 1] == '/') path.n--;
    bk_str name = bk_str_from(path, bk_str_rfind_byte(path, '/') + 1), above, dir, copy;
    if (path.n == 0) name = BK_S(".");
    BK_TRY(check_name(name, err));
    if (bk_str_eq(name, BK_S(".")) || bk_str_eq(name, BK_S("..")))
        return bk_err_set(err, BK_ERR, "\"%.*s\" is no name for a chart", BK_FMT(name));
    BK_TRY(folder_above(arena, path, name, &above, err));
    if (!bk_arena_printf(arena, &dir, "%.*s%s%.*s", BK_FMT(above), bk_str_ends(above, BK_S("/")) ? "" : "/", BK_FMT(name)) ||
        !bk_arena_dup(arena, name, &copy))
        return bk_arena_fail(arena, err);
    struct stat st;
    if (stat(above.p, &st) != 0) return system_error("stat", above, err);
    if (!S_ISDIR(st.st_mode)) return bk_err_set(err, BK_ERR, "no such directory %.*s", BK_FMT(above));
    int at = open(above.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) return system_error("open", above, err);
    if (fstatat(at, copy.p, &st, 0) == 0 && !S_ISDIR(st.st_mode)) {
        close(at);
        return bk_err_set(err, BK_ERR, "file %.*s already exists and is not a directory", BK_FMT(dir));
    }
    int chart = enter(at, copy.p);
    if (chart < 0) return system_error("mkdir", dir, err);
    bk_status s = put_files(arena, chart, dir, name, out, err);
    close(chart);
    return s;
}
