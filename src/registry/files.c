#define _GNU_SOURCE
#include "registry/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

bk_str bk_environment_get(char *const *environment, const char *name) {
    size_t n = strlen(name);
    for (char *const *e = environment; e && *e; e++)
        if (strncmp(*e, name, n) == 0 && (*e)[n] == '=') return bk_str_c(*e + n + 1);
    return BK_S("");
}

bk_status bk_path_error(const char *op, bk_str path, int error, bk_err *err) {
    const char *text = strerror(error); /* Go has the same texts, in lower case */
    bool upper = text[0] >= 'A' && text[0] <= 'Z';
    return bk_err_set(err, BK_ERR_IO, "%s %.*s: %c%s", op, BK_FMT(path), upper ? text[0] | 0x20 : text[0], text + 1);
}

/* ---- paths ---- */

bk_status bk_path_cleaned(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err) {
    bk_buf out;
    bk_str rest = path, part;
    bool rooted = path.n && path.p[0] == '/';
    size_t floor = 0; /* what ".." cannot take back */
    bk_buf_init(&out, arena, 0);
    if (rooted) bk_buf_byte(&out, '/');
    floor = out.n;
    while (rest.n) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        bool up = bk_str_eq(part, BK_S(".."));
        if (part.n == 0 || bk_str_eq(part, BK_S("."))) continue;
        if (up && out.n > floor) {
            size_t slash = bk_str_rfind_byte(bk_buf_view(&out), '/');
            bk_buf_cut(&out, slash == BK_NPOS || slash < floor ? floor : slash);
            continue;
        }
        if (up && rooted) continue;
        if (out.n && out.p[out.n - 1] != '/') bk_buf_byte(&out, '/');
        bk_buf_str(&out, part);
        if (up) floor = out.n;
    }
    if (out.n == 0) bk_buf_byte(&out, '.');
    bk_buf_byte(&out, 0);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    ret->n--;
    return BK_OK;
}

bk_status bk_path_joined(bk_arena *arena, bk_str dir, bk_str name, bk_str *ret, bk_err *err) {
    bk_str whole;
    if (dir.n == 0) return name.n ? bk_path_cleaned(arena, name, ret, err) : bk_path_cleaned(arena, BK_S(""), ret, err);
    if (!bk_arena_printf(arena, &whole, "%.*s/%.*s", BK_FMT(dir), BK_FMT(name))) return bk_arena_fail(arena, err);
    return bk_path_cleaned(arena, whole, ret, err);
}

bk_status bk_path_absolute(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err) {
    char cwd[PATH_MAX];
    if (path.n && path.p[0] == '/') return bk_path_cleaned(arena, path, ret, err);
    if (!getcwd(cwd, sizeof cwd)) return bk_err_set(err, BK_ERR_IO, "cannot tell the working directory: %s", strerror(errno));
    return bk_path_joined(arena, bk_str_c(cwd), path, ret, err);
}

bool bk_path_is_name(bk_str name) {
    return name.n && !bk_str_eq(name, BK_S(".")) && !bk_str_eq(name, BK_S("..")) && bk_str_find_byte(name, '/') == BK_NPOS &&
           bk_str_find_byte(name, 0) == BK_NPOS;
}

/* ---- folders ---- */

bk_status bk_dirs_make(bk_arena *arena, bk_str path, bk_err *err) {
    bk_str copy;
    struct stat st;
    if (!bk_arena_dup(arena, path, &copy)) return bk_arena_fail(arena, err);
    char *p = (char *)copy.p;
    for (size_t i = 1; i <= copy.n; i++) {
        if (i < copy.n && p[i] != '/') continue;
        char kept = p[i];
        p[i] = 0;
        if (mkdir(p, 0755) != 0) {
            int why = errno;
            if (stat(p, &st) != 0) return bk_path_error("mkdir", bk_str_c(p), why, err);
            if (!S_ISDIR(st.st_mode)) return bk_path_error("mkdir", bk_str_c(p), ENOTDIR, err);
        }
        p[i] = kept;
    }
    return BK_OK;
}

bk_status bk_dir_open(bk_arena *arena, bk_str path, int *ret, bk_err *err) {
    bk_str copy;
    if (!bk_arena_dup(arena, path, &copy)) return bk_arena_fail(arena, err);
    *ret = open(copy.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret < 0 ? bk_path_error("open", path, errno, err) : BK_OK;
}

bk_status bk_dir_open_for(bk_arena *arena, bk_str path, int *ret, bk_err *err) {
    bk_str folder = bk_path_dir(path), copy;
    if (!folder.n) folder = bk_str_starts(path, BK_S("/")) ? BK_S("/") : BK_S(".");
    if (!bk_arena_dup(arena, folder, &copy)) return bk_arena_fail(arena, err);
    *ret = open(copy.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret >= 0) return BK_OK;
    int why = errno;
    if (!bk_arena_printf(arena, &copy, "%.*s%010ld", BK_FMT(path), (long)getpid())) return bk_arena_fail(arena, err);
    return bk_path_error("open", copy, why, err);
}

/* ---- files ---- */

bool bk_fd_write(int fd, bk_str bytes) {
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes = bk_str_from(bytes, (size_t)n);
    }
    return true;
}

/* Blocks that are there spare the rename of a file that replaces another its greatest cost: ext4 finds places for all that was written first. */
bool bk_fd_reserve(int fd, uint64_t bytes) {
#ifdef FALLOC_FL_KEEP_SIZE
    if (!bytes || bytes > INT64_MAX || fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) == 0) return true;
    return errno != ENOSPC && errno != EDQUOT && errno != EFBIG;
#else
    (void)fd, (void)bytes;
    return true;
#endif
}

/* At most so many bytes; `guess` is how many there are likely to be. */
static bk_status read_some(bk_arena *arena, int fd, bk_str shown, size_t guess, size_t most, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_status s = BK_OK;
    bk_buf_init(&b, NULL, most + 1);
    while (b.n < most) {
        char *to = bk_buf_reserve(&b, b.n < guess ? guess - b.n : most - b.n < 65536 ? most - b.n : 65536);
        if (!to) {
            s = bk_buf_check(&b, err);
            break;
        }
        ssize_t n = read(fd, to, b.cap - b.n < most - b.n ? b.cap - b.n : most - b.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) s = bk_path_error("read", shown, errno, err);
        if (n <= 0) break;
        b.n += (size_t)n;
    }
    if (s == BK_OK && b.p && !bk_arena_adopt(arena, b.p)) s = bk_err_nomem(err);
    if (s == BK_OK) *ret = bk_buf_view(&b);
    else bk_buf_release(&b);
    return s;
}

bk_status bk_fd_read(bk_arena *arena, int fd, bk_str shown, size_t cap, bk_str *ret, bk_err *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) return bk_path_error("stat", shown, errno, err);
    if (!S_ISREG(st.st_mode)) return bk_path_error("read", shown, S_ISDIR(st.st_mode) ? EISDIR : EINVAL, err);
    if (st.st_size < 0 || (uint64_t)st.st_size > cap) return bk_err_limit(err, "bytes of a file", cap);
    BK_TRY(read_some(arena, fd, shown, (size_t)st.st_size + 1, cap + 1, ret, err));
    return ret->n > cap ? bk_err_limit(err, "bytes of a file", cap) : BK_OK; /* it has grown */
}

bk_status bk_file_head(bk_arena *arena, bk_str path, size_t most, bk_str *ret, bk_err *err) {
    bk_str copy;
    if (!bk_arena_dup(arena, path, &copy)) return bk_arena_fail(arena, err);
    int fd = open(copy.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return bk_path_error("open", path, errno, err);
    bk_status s = read_some(arena, fd, path, 0, most, ret, err);
    close(fd);
    return s;
}

static bk_status replace(int dir, const char *name, bk_str shown, const bk_str parts[2], mode_t mode, bool sync, bk_err *err) {
    char temporary[64];
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)) return bk_path_error("open", shown, EISDIR, err);
    snprintf(temporary, sizeof temporary, ".bulkhead-%ld", (long)getpid());
    unlinkat(dir, temporary, 0);
    int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) return bk_path_error("open", shown, errno, err);
    int why = bk_fd_write(fd, parts[0]) && bk_fd_write(fd, parts[1]) && (!sync || fsync(fd) == 0) ? 0 : errno;
    if (close(fd) != 0 && !why) why = errno;
    if (!why && renameat(dir, temporary, dir, name) != 0) why = errno;
    if (!why) return BK_OK;
    unlinkat(dir, temporary, 0);
    return bk_path_error("write", shown, why, err);
}

bk_status bk_file_replace(int dir, const char *name, bk_str shown, bk_str bytes, mode_t mode, bk_err *err) {
    return replace(dir, name, shown, (const bk_str[2]){bytes, BK_S("")}, mode, true, err);
}

bk_status bk_file_put(int dir, const char *name, bk_str shown, bk_str bytes, mode_t mode, bk_err *err) {
    return bk_file_put_two(dir, name, shown, bytes, BK_S(""), mode, err);
}

bk_status bk_file_put_two(int dir, const char *name, bk_str shown, bk_str first, bk_str second, mode_t mode, bk_err *err) {
    return replace(dir, name, shown, (const bk_str[2]){first, second}, mode, false, err);
}

enum { COPY_CHUNK = 1 << 20 };

static bool copy(int from, int to) {
    char chunk[64 << 10];
    struct stat st;
    if (fstat(from, &st) == 0 && st.st_size >= COPY_CHUNK && !bk_fd_reserve(to, (uint64_t)st.st_size)) return false;
    for (;;) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, COPY_CHUNK, 0);
        if (n == 0) return true;
        if (n > 0) continue;
        if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return false;
        n = read(from, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0) return true;
        if (!bk_fd_write(to, bk_str_of(chunk, (size_t)n))) return false;
    }
}

/* Under another name until it is whole. */
static bk_status put_open(int from, int dir, const char *name, bk_str shown, bk_err *err) {
    char temporary[64];
    snprintf(temporary, sizeof temporary, ".bulkhead-%ld", (long)getpid());
    unlinkat(dir, temporary, 0);
    int to = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (to < 0) return bk_path_error("open", shown, errno, err);
    int why = copy(from, to) ? 0 : errno;
    if (close(to) != 0 && !why) why = errno;
    if (!why && renameat(dir, temporary, dir, name) != 0) why = errno;
    if (!why) return BK_OK;
    unlinkat(dir, temporary, 0);
    return bk_path_error("write", shown, why, err);
}

bk_status bk_file_copy(bk_arena *arena, bk_str from, int dir, const char *name, bk_str shown, bk_err *err) {
    bk_str source;
    if (!bk_arena_dup(arena, from, &source)) return bk_arena_fail(arena, err);
    int in = open(source.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0) return bk_path_error("open", from, errno, err);
    bk_status s = put_open(in, dir, name, shown, err);
    close(in);
    return s;
}
