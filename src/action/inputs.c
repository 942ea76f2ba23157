#include "action/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include "registry/files.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/sort.h"
#include "value/codec.h"
#include "value/map.h"

struct bk_input {
    bk_str name;  /* below the root, or the path as given */
    bk_str path;  /* for the system; empty for bytes */
    bk_str bytes; /* when there is no file behind it */
    bk_str root;  /* resolved path of the directory that must not be left; empty for what the operator named */
    bk_str below; /* the path from there */
    int root_fd;  /* that directory; the input that the operator named owns it */
    bk_str why;   /* there is nothing to be read */
    uint64_t size;
    bool dir, is_bytes, is_stdin;
    unsigned depth;
};

enum { DIR_DEPTH = 64 };

void bk_inputs_init(bk_inputs *inputs, bk_arena *arena) { *inputs = (bk_inputs){.arena = arena}; }

void bk_inputs_release(bk_inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++)
        if (inputs->items[i].root.n && inputs->items[i].depth == 0) close(inputs->items[i].root_fd);
    inputs->count = 0;
}

static bk_status add(bk_inputs *inputs, bk_input input, uint32_t *ret, bk_err *err) {
    if (inputs->count >= BK_LIMIT_FILES) return bk_err_limit(err, "files of a chart", BK_LIMIT_FILES);
    if (inputs->count == inputs->cap) {
        size_t cap = inputs->cap ? inputs->cap * 2 : 16;
        void *p = bk_arena_grow(inputs->arena, inputs->items, inputs->cap * sizeof input, cap * sizeof input);
        if (!p) return bk_arena_fail(inputs->arena, err);
        inputs->items = p;
        inputs->cap = cap;
    }
    *ret = (uint32_t)inputs->count;
    inputs->items[inputs->count++] = input;
    return BK_OK;
}

bk_status bk_inputs_add_bytes(bk_inputs *inputs, bk_str name, bk_str bytes, uint32_t *ret, bk_err *err) {
    return add(inputs, (bk_input){.name = name, .bytes = bytes, .size = bytes.n, .is_bytes = true}, ret, err);
}

/* The path as a C string: refuses NUL. */
static bk_status c_path(bk_inputs *inputs, bk_str path, const char **ret, bk_err *err) {
    bk_str copy;
    if (bk_str_find_byte(path, 0) != BK_NPOS) return bk_err_set(err, BK_ERR, "open %.*s: invalid argument", BK_FMT(path));
    if (!bk_arena_dup(inputs->arena, path, &copy)) return bk_arena_fail(inputs->arena, err);
    *ret = copy.p;
    return BK_OK;
}

static bk_status resolve(bk_inputs *inputs, const char *path, bk_str *ret, bk_err *err) {
    char *real = realpath(path, NULL);
    if (!real) return bk_path_error("lstat", bk_str_c(path), errno, err);
    bool ok = bk_arena_dup(inputs->arena, bk_str_c(real), ret);
    free(real);
    return ok ? BK_OK : bk_arena_fail(inputs->arena, err);
}

/* An input that is not to leave the folder `root`. */
static bk_status add_rooted(bk_inputs *inputs, bk_input input, bk_str root, uint32_t *ret, bk_err *err) {
    const char *c;
    BK_TRY(c_path(inputs, root, &c, err));
    BK_TRY(resolve(inputs, c, &input.root, err));
    input.root_fd = open(c, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (input.root_fd < 0) return bk_path_error("open", root, errno, err);
    bk_status s = add(inputs, input, ret, err);
    if (s != BK_OK) close(input.root_fd);
    return s;
}

bk_status bk_inputs_add(bk_inputs *inputs, bk_str path, bool standard_input, uint32_t *ret, bk_err *err) {
    if (standard_input && bk_str_eq(path, BK_S("-"))) return add(inputs, (bk_input){.name = path, .is_stdin = true}, ret, err);
    const char *c;
    struct stat st;
    BK_TRY(c_path(inputs, path, &c, err));
    if (stat(c, &st) != 0) return bk_path_error("open", path, errno, err);
    bk_input input = {.name = path, .path = path, .dir = S_ISDIR(st.st_mode), .size = (uint64_t)st.st_size};
    if (!input.dir) return add(inputs, input, ret, err);
    BK_TRY(bk_path_absolute(inputs->arena, path, &input.path, err)); /* as messages name what lies in it */
    return add_rooted(inputs, input, path, ret, err);
}

bk_status bk_inputs_add_later(bk_inputs *inputs, bk_str path, uint32_t *ret, bk_err *err) {
    bk_input input = {.name = path};
    struct stat st;
    const char *c;
    bk_status s = c_path(inputs, path, &c, err);
    if (s == BK_OK && stat(c, &st) != 0) s = bk_path_error("open", path, errno, err);
    if (s == BK_OK && S_ISDIR(st.st_mode)) s = bk_err_set(err, BK_ERR_IO, "read %.*s: is a directory", BK_FMT(path));
    if (s == BK_OK) return bk_inputs_add(inputs, path, false, ret, err);
    if (s != BK_ERR_IO && s != BK_ERR) return s;
    if (!bk_arena_dup(inputs->arena, bk_err_message(err), &input.why)) return bk_arena_fail(inputs->arena, err);
    bk_err_release(err);
    return add(inputs, input, ret, err);
}

bk_status bk_inputs_add_part(bk_inputs *inputs, bk_str folder, bk_str path, uint32_t *ret, bk_err *err) {
    const char *c;
    struct stat st;
    bk_input input = {.name = path};
    BK_TRY(bk_path_absolute(inputs->arena, folder, &folder, err));
    BK_TRY(bk_path_absolute(inputs->arena, path, &input.path, err));
    bool inside = bk_str_starts(input.path, folder) && input.path.n > folder.n + 1 && input.path.p[folder.n] == '/';
    if (!inside) return bk_inputs_add(inputs, path, false, ret, err);
    BK_TRY(c_path(inputs, input.path, &c, err));
    if (stat(c, &st) != 0) return bk_path_error("open", path, errno, err);
    input.below = bk_str_sub((bk_str){c, input.path.n}, folder.n + 1, input.path.n);
    input.dir = S_ISDIR(st.st_mode);
    input.size = (uint64_t)st.st_size;
    return add_rooted(inputs, input, folder, ret, err);
}

bool bk_inputs_is_dir(const bk_inputs *inputs, uint32_t number) { return inputs->items[number].dir; }

bk_status bk_inputs_describe(const bk_inputs *inputs, uint32_t number, bk_value *ret, bk_err *err) {
    const bk_input *in = &inputs->items[number];
    bk_map *m = bk_map_new(inputs->arena, 3);
    bool ok = m && bk_map_set(m, BK_S("name"), bk_string(in->name)) && bk_map_set(m, BK_S("dir"), bk_bool(in->dir)) &&
              bk_map_set(m, BK_S("size"), bk_int64((int64_t)in->size));
    if (!ok) return bk_arena_fail(inputs->arena, err);
    *ret = bk_map_value(m);
    return BK_OK;
}

/* ---- files ---- */

static bk_status read_all(int fd, bk_str name, bk_buf *out, bk_err *err) {
    for (;;) {
        if (out->n > BK_INPUT_FILE_MAX) return bk_err_limit(err, "bytes of an input file", BK_INPUT_FILE_MAX);
        char *to = bk_buf_reserve(out, out->cap > out->n ? 1 : 64 << 10); /* what the file's size asked for first */
        if (!to) return bk_buf_check(out, err);
        ssize_t n = read(fd, to, out->cap - out->n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_path_error("read", name, errno, err);
        if (n == 0) return BK_OK;
        out->n += (size_t)n;
    }
}

/* Opens what lies below a directory without ever leaving it, links followed: by the kernel's own rule, which no change of the folder in between
 * can trick. -1 and errno; EXDEV: the path leads out, or an absolute link was met; ENOSYS: there is no such call. */
static int open_beneath(int dir, const char *path, int flags) {
#ifdef SYS_openat2
    struct open_how how = {.flags = (uint64_t)(unsigned)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
#else
    (void)dir, (void)path, (void)flags;
    errno = ENOSYS;
    return -1;
#endif
}

/* Opens an entry of a chart's directory: what the path resolves to must lie in the directory. */
static bk_status open_entry(bk_inputs *inputs, const bk_input *in, int flags, int *ret, bk_err *err) {
    bk_str real;
    *ret = open_beneath(in->root_fd, in->below.p, flags);
    if (*ret >= 0) return BK_OK;
    bool blocked = errno == ENOSYS || errno == EPERM; /* an old kernel, or a container whose filter does not know the call */
    if (errno != EXDEV && !blocked) return bk_path_error("open", in->path, errno, err);
    BK_TRY(resolve(inputs, in->path.p, &real, err));
    if (!bk_str_starts(real, in->root) || (real.n > in->root.n && real.p[in->root.n] != '/'))
        return bk_err_set(err, BK_ERR, "%.*s: a symbolic link that leads out of the chart is not followed", BK_FMT(in->path));
    const char *below = real.n > in->root.n ? real.p + in->root.n + 1 : ".";
    *ret = blocked ? openat(in->root_fd, below, flags | O_NOFOLLOW) : open_beneath(in->root_fd, below, flags);
    return *ret >= 0 ? BK_OK : bk_path_error("open", in->path, errno, err);
}

static bk_status open_checked(bk_inputs *inputs, const bk_input *in, int *ret, struct stat *st, bk_err *err) {
    const char *c;
    int fd;
    /* O_NONBLOCK: opening a pipe must not wait for its other end. */
    const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    BK_TRY(c_path(inputs, in->path, &c, err));
    if (in->below.n) BK_TRY(open_entry(inputs, in, flags, &fd, err));
    else if ((fd = open(c, flags)) < 0) return bk_path_error("open", in->path, errno, err);
    if (fstat(fd, st) != 0) {
        int error = errno;
        close(fd);
        return bk_path_error("stat", in->path, error, err);
    }
    *ret = fd;
    return BK_OK;
}

static bk_status read_file(bk_inputs *inputs, const bk_input *in, bk_buf *answer, bk_err *err) {
    int fd;
    struct stat st;
    if (in->is_stdin) return read_all(STDIN_FILENO, in->name, answer, err);
    BK_TRY(open_checked(inputs, in, &fd, &st, err));
    bk_status s;
    if (in->root.n && !S_ISREG(st.st_mode))
        s = bk_err_set(err, BK_ERR, "cannot load irregular file %.*s as it has file mode type bits set", BK_FMT(in->path));
    else if (S_ISDIR(st.st_mode)) s = bk_err_set(err, BK_ERR, "read %.*s: is a directory", BK_FMT(in->path));
    else {
        /* What the operator named may be a pipe (process substitution): waiting is wanted there. */
        int flags = fcntl(fd, F_GETFL);
        if (flags >= 0) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
        if (S_ISREG(st.st_mode) && (uint64_t)st.st_size < BK_INPUT_FILE_MAX) bk_buf_reserve(answer, (size_t)st.st_size + 1);
        s = read_all(fd, in->path, answer, err);
    }
    close(fd);
    return s;
}

/* ---- directories ---- */

typedef struct entry {
    bk_str name;
} entry;

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static bk_status list_names(bk_inputs *inputs, DIR *dir, bk_str path, entry **ret, size_t *ret_count, bk_err *err) {
    entry *names = NULL;
    size_t n = 0, cap = 0;
    for (;;) {
        errno = 0;
        struct dirent *d = readdir(dir);
        if (!d && errno) return bk_path_error("readdirent", path, errno, err);
        if (!d) break;
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
        if (n >= BK_LIMIT_FILES) return bk_err_limit(err, "files of a chart", BK_LIMIT_FILES);
        if (n == cap) {
            size_t more = cap ? cap * 2 : 32;
            names = bk_arena_grow(inputs->arena, names, cap * sizeof *names, more * sizeof *names);
            if (!names) return bk_arena_fail(inputs->arena, err);
            cap = more;
        }
        if (!bk_arena_dup(inputs->arena, bk_str_c(d->d_name), &names[n++].name)) return bk_arena_fail(inputs->arena, err);
    }
    if (!bk_sort(inputs->arena, names, n, sizeof *names, by_name, NULL)) return bk_arena_fail(inputs->arena, err);
    *ret = names;
    *ret_count = n;
    return BK_OK;
}

enum { LINKS = 255 };

/* What is missing at the end of a link, or of the links it leads to, in Go's words. `error`: of following it. */
static bk_status broken_link(bk_inputs *inputs, bk_str path, int error, bk_err *err) {
    char target[4096];
    struct stat st;
    bk_str at = path, part = path;
    ssize_t n = 0;
    for (unsigned i = 0; error == ENOENT && i < LINKS && (n = readlink(at.p, target, sizeof target)) > 0; i++) {
        bk_str folder = target[0] == '/' ? BK_S("") : bk_path_dir(at);
        if (!bk_arena_printf(inputs->arena, &at, "%.*s%s%.*s", BK_FMT(folder), folder.n ? "/" : "", (int)n, target))
            return bk_arena_fail(inputs->arena, err);
    }
    /* The first part of it that is not there. */
    for (size_t i = 1; i <= at.n; i++) {
        if (i < at.n && at.p[i] != '/') continue;
        if (!bk_arena_dup(inputs->arena, bk_str_sub(at, 0, i), &part)) return bk_arena_fail(inputs->arena, err);
        if (lstat(part.p, &st) != 0) break;
    }
    BK_TRY(bk_path_cleaned(inputs->arena, part, &part, err));
    if (error == ENOENT && n <= 0) bk_path_error("lstat", part, error, err);
    else bk_err_set(err, BK_ERR_IO, error == ENOTDIR ? "not a directory" : "EvalSymlinks: too many links");
    return bk_err_wrap(err, "error evaluating symlink %.*s", BK_FMT(path));
}

/* An entry as an input of its own. A link counts as what it leads to; where that is, is judged when it is opened. */
static bk_status add_entry(bk_inputs *inputs, const bk_input *parent, int dir_fd, bk_str name, bk_value *ret, bk_err *err) {
    bk_input in = {.name = name, .root = parent->root, .root_fd = parent->root_fd, .depth = parent->depth + 1};
    struct stat st;
    if (!bk_arena_printf(inputs->arena, &in.path, "%.*s/%.*s", BK_FMT(parent->path), BK_FMT(name)))
        return bk_arena_fail(inputs->arena, err);
    in.below = parent->below.n ? bk_str_sub(in.path, in.path.n - name.n - 1 - parent->below.n, in.path.n)
                               : bk_str_sub(in.path, in.path.n - name.n, in.path.n);
    if (fstatat(dir_fd, name.p, &st, 0) != 0) {
        int error = errno;
        bool link = fstatat(dir_fd, name.p, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
        if (!link) return bk_path_error("stat", in.path, error, err);
        if (broken_link(inputs, in.path, error, err) != BK_ERR_IO) return err->code;
        if (!bk_arena_dup(inputs->arena, bk_err_message(err), &in.why)) return bk_arena_fail(inputs->arena, err);
        bk_err_release(err);
        st = (struct stat){0};
    }
    in.dir = S_ISDIR(st.st_mode);
    in.size = (uint64_t)st.st_size;
    uint32_t number;
    BK_TRY(add(inputs, in, &number, err));
    /* Go's tar writer rounds, and nothing else looks at times. */
    int64_t mtime = (int64_t)st.st_mtim.tv_sec + (st.st_mtim.tv_nsec >= 500000000);
    bk_map *m = bk_map_new(inputs->arena, 6);
    bool ok = m && (!in.why.n || bk_map_set(m, BK_S("broken"), bk_bool(true))) && bk_map_set(m, BK_S("name"), bk_string(name)) &&
              bk_map_set(m, BK_S("dir"), bk_bool(in.dir)) && bk_map_set(m, BK_S("size"), bk_int64((int64_t)in.size)) &&
              bk_map_set(m, BK_S("mtime"), bk_int64(mtime)) && bk_map_set(m, BK_S("input"), bk_int64(number));
    if (!ok) return bk_arena_fail(inputs->arena, err);
    *ret = bk_map_value(m);
    return BK_OK;
}

static bk_status list_entries(bk_inputs *inputs, bk_input parent, DIR *dir, bk_buf *answer, bk_err *err) {
    entry *names;
    size_t n;
    bk_items list;
    bk_value v;
    bk_items_init(&list, inputs->arena);
    BK_TRY(list_names(inputs, dir, parent.path, &names, &n, err));
    for (size_t i = 0; i < n; i++) {
        BK_TRY(add_entry(inputs, &parent, dirfd(dir), names[i].name, &v, err));
        bk_items_add(&list, v);
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &v, err));
    return bk_codec_encode(answer, v, err);
}

static bk_status read_dir(bk_inputs *inputs, const bk_input *in, bk_buf *answer, bk_err *err) {
    int fd;
    struct stat st;
    if (in->depth >= DIR_DEPTH) return bk_err_limit(err, "nesting of a chart's directories", DIR_DEPTH);
    BK_TRY(open_checked(inputs, in, &fd, &st, err));
    DIR *dir = fdopendir(fd);
    if (!dir) {
        int error = errno;
        close(fd);
        return bk_path_error("open", in->path, error, err);
    }
    bk_status s = list_entries(inputs, *in, dir, answer, err);
    closedir(dir);
    return s;
}

bk_status bk_inputs_read(void *self, bk_value args, bk_buf *answer, bk_err *err) {
    bk_inputs *inputs = self;
    bk_value *number = args.kind == BK_MAP ? bk_map_get(args.map, BK_S("input")) : NULL;
    bk_value *path = args.kind == BK_MAP ? bk_map_get(args.map, BK_S("path")) : NULL;
    if (number && number->kind == BK_INT && number->i >= 0 && (uint64_t)number->i < inputs->count) {
        const bk_input *in = &inputs->items[number->i];
        if (in->why.n) return bk_err_set_str(err, BK_ERR_IO, in->why);
        if (in->dir) return read_dir(inputs, in, answer, err);
        if (!in->is_bytes) return read_file(inputs, in, answer, err);
        bk_buf_str(answer, in->bytes);
        return bk_buf_check(answer, err);
    }
    if (path && bk_is_string(*path) && inputs->open_paths) {
        bool served = false;
        bk_str bytes;
        if (inputs->fetcher) BK_TRY(inputs->fetcher->fetch(inputs->fetcher->self, bk_value_str(*path), &served, &bytes, err));
        if (served) {
            bk_buf_str(answer, bytes);
            return bk_buf_check(answer, err);
        }
        bk_input in = {.name = bk_value_str(*path), .path = bk_value_str(*path)};
        return read_file(inputs, &in, answer, err);
    }
    return bk_err_set(err, BK_ERR, "no such input");
}

/* ---- files of the operator's ---- */

bk_status bk_file_stat(bk_arena *arena, bk_str path, bool *ret_dir, bk_err *err) {
    struct stat st;
    bk_inputs inputs = {.arena = arena};
    const char *c;
    BK_TRY(c_path(&inputs, path, &c, err));
    if (stat(c, &st) != 0) return bk_path_error("stat", path, errno, err);
    *ret_dir = S_ISDIR(st.st_mode);
    return BK_OK;
}

bk_status bk_file_load(bk_arena *arena, bk_str path, size_t max, bk_str *ret, bk_err *err) {
    bk_inputs inputs = {.arena = arena};
    const bk_input in = {.name = path, .path = path};
    bk_buf bytes;
    bk_buf_init(&bytes, arena, BK_INPUT_FILE_MAX + (1u << 17));
    BK_TRY(read_file(&inputs, &in, &bytes, err));
    if (bytes.n > max) return bk_err_set(err, BK_ERR_LIMIT, "read %.*s: more than %zu bytes", BK_FMT(path), max);
    *ret = bk_buf_take(&bytes);
    return BK_OK;
}
