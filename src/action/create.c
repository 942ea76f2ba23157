#include "action/create.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/archive.h"
#include "action/inputs.h"
#include "base/boundary.h"
#include "registry/files.h"
#include "value/map.h"

enum { NAME_MOST = 250, STARTER_DEPTH = 32, STARTER_FILES = 10000, STARTER_FILE_MOST = 16 << 20 };

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
    bk_status s = fd < 0 || !bk_fd_write(fd, text) ? system_error("open", whole, err) : BK_OK;
    if (fd >= 0 && close(fd) != 0 && s == BK_OK) s = system_error("close", whole, err);
    close(at);
    return s;
}

static bk_status filled_in(bk_arena *arena, bk_str text, bk_str mark, bk_str name, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_str head;
    bk_buf_init(&b, arena, 0);
    while (bk_str_cut(text, mark, &head, &text)) {
        bk_buf_str(&b, head);
        bk_buf_str(&b, name);
    }
    bk_buf_str(&b, head);
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status put_files(bk_arena *arena, int chart, bk_str dir, bk_str name, bool v3, bk_buf *out, bk_err *err) {
    for (const bk_starter_file *f = bk_starter_files; f->path; f++) {
        bk_str whole, text;
        if (!bk_arena_printf(arena, &whole, "%.*s/%s", BK_FMT(dir), f->path)) return bk_arena_fail(arena, err);
        BK_TRY(filled_in(arena, bk_str_c(f->text), BK_S("@NAME@"), name, &text, err));
        if (v3) BK_TRY(filled_in(arena, text, BK_S("apiVersion: v2\n"), BK_S("apiVersion: v3\n"), &text, err));
        BK_TRY(put_file(arena, chart, bk_str_c(f->path), whole, text, out, err));
    }
    if (mkdirat(chart, "charts", 0755) != 0 && errno != EEXIST) return system_error("mkdir", dir, err);
    return BK_OK;
}

/* ---- starters ---- */

typedef struct copy {
    bk_arena *arena;
    int chart;
    bk_str dir, name; /* of the new chart */
    size_t files;
} copy;

static bk_status read_file(bk_arena *arena, int at, bk_str path, bk_buf *out, bk_err *err) {
    bk_str name;
    struct stat st;
    if (!bk_arena_dup(arena, bk_path_base(path), &name)) return bk_arena_fail(arena, err);
    int fd = openat(at, name.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return system_error("open", path, err);
    ssize_t n = 0;
    bk_buf_init(out, arena, STARTER_FILE_MOST);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        char *room;
        while ((room = bk_buf_reserve(out, 65536)) && (n = read(fd, room, 65536)) > 0) out->n += (size_t)n;
    }
    bk_status s = n < 0 ? system_error("read", path, err) : bk_buf_check(out, err);
    close(fd);
    return s;
}

static bk_status put_copy(copy *c, bk_str path, bk_str text, bk_err *err) {
    bk_str whole;
    if (bk_str_eq(path, BK_S("Chart.yaml"))) return BK_OK;
    if (bk_str_starts(path, BK_S("templates/")) || bk_str_eq(path, BK_S("values.yaml")))
        BK_TRY(filled_in(c->arena, text, BK_S("<CHARTNAME>"), c->name, &text, err));
    if (!bk_arena_printf(c->arena, &whole, "%.*s/%.*s", BK_FMT(c->dir), BK_FMT(path))) return bk_arena_fail(c->arena, err);
    bk_buf silent;
    bk_buf_init(&silent, c->arena, 0); /* Helm says nothing of what a starter writes over */
    return put_file(c->arena, c->chart, path, whole, text, &silent, err);
}

static bk_status copy_file(copy *c, int at, bk_str path, bk_err *err) {
    bk_buf bytes;
    if (++c->files > STARTER_FILES) return bk_err_limit(err, "files of a starter", STARTER_FILES);
    BK_TRY(read_file(c->arena, at, path, &bytes, err));
    return put_copy(c, path, bk_buf_take(&bytes), err);
}

/* Everything below the open folder `at`, which is closed. */
static bk_status copy_folder(copy *c, int at, bk_str path, unsigned depth, bk_err *err) {
    DIR *dir = at < 0 ? NULL : fdopendir(at);
    bk_status s = BK_OK;
    if (!dir) return system_error("open", path, err);
    if (depth == 0) s = bk_err_limit(err, "nested folders of a starter", STARTER_DEPTH);
    for (const struct dirent *e; s == BK_OK && (e = readdir(dir));) {
        struct stat st;
        bk_str below;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (!bk_arena_printf(c->arena, &below, "%.*s%s%s", BK_FMT(path), path.n ? "/" : "", e->d_name)) s = bk_arena_fail(c->arena, err);
        else if (S_ISDIR(st.st_mode))
            s = copy_folder(c, openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), below, depth - 1, err);
        else if (S_ISREG(st.st_mode)) s = copy_file(c, dirfd(dir), below, err);
    }
    closedir(dir);
    return s;
}

/* A starter has to be a chart that can be loaded, a folder or an archive. */
static bk_status check_starter(bk_arena *arena, bk_str path, bool *ret_dir, bk_err *err) {
    static const bk_guard_options none;
    const bk_sandbox_limits limits = {.who = "chart"};
    bk_rendered logs;
    bk_value answer;
    bk_guard *guard;
    BK_TRY(bk_file_stat(arena, path, ret_dir, err));
    BK_TRY(bk_guard_new(&none, &guard, err));
    bk_map *options = bk_map_new(arena, 1);
    bk_status s = options ? bk_chart_call(arena, BK_CALL_CHART, path, options, bk_nil(), guard, &limits, &logs, &answer, err)
                          : bk_arena_fail(arena, err);
    s = bk_guard_close(guard, s, err);
    bk_guard_free(guard);
    return s;
}

static bk_status copy_archive(copy *c, bk_str path, bk_err *err) {
    bk_plugin_entry *entries;
    size_t count;
    bk_str name;
    BK_TRY(bk_archive_entries(c->arena, path, &name, &entries, &count, err));
    for (size_t i = 0; i < count; i++) BK_TRY(put_copy(c, entries[i].name, entries[i].data, err));
    return BK_OK;
}

static bk_status copy_starter(bk_arena *arena, int chart, const bk_create *o, bool folder, bk_str dir, bk_str name, bk_err *err) {
    bk_str text, whole, from;
    bk_buf silent;
    copy c = {.arena = arena, .chart = chart, .dir = dir, .name = name};
    bk_buf_init(&silent, arena, 0);
    bool ok = bk_arena_printf(arena, &whole, "%.*s/Chart.yaml", BK_FMT(dir)) && bk_arena_dup(arena, o->starter, &from) &&
              bk_arena_printf(arena, &text,
                              "apiVersion: %s\nappVersion: 0.1.0\ndescription: A Helm chart for Kubernetes\nname: "
                              "%.*s\ntype: application\nversion: 0.1.0\n",
                              o->v3 ? "v3" : "v2", BK_FMT(name));
    if (!ok) return bk_arena_fail(arena, err);
    BK_TRY(put_file(arena, chart, BK_S("Chart.yaml"), whole, text, &silent, err));
    if (!folder) return copy_archive(&c, from, err);
    return copy_folder(&c, open(from.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC), BK_S(""), STARTER_DEPTH, err);
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

/* The folder above, which is `make` as it was typed where it is to be made. */
static bk_status open_above(bk_arena *arena, bk_str above, bk_str make, int *ret, bk_err *err) {
    struct stat st;
    if (make.n) BK_TRY(bk_dirs_make(arena, make, err));
    if (stat(above.p, &st) != 0) return system_error("stat", above, err);
    if (!S_ISDIR(st.st_mode)) return bk_err_set(err, BK_ERR, "no such directory %.*s", BK_FMT(above));
    *ret = open(above.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret < 0 ? system_error("open", above, err) : BK_OK;
}

/* The chart's name, and the path as Go cleans it; "web/" is the chart web within the folder web. */
static bk_status take_name(bk_arena *arena, bk_str *path, bk_str *ret, bk_err *err) {
    bool within = bk_str_ends(*path, BK_S("/"));
    BK_TRY(bk_path_cleaned(arena, *path, path, err));
    bk_str name = bk_path_base(*path);
    if (within && name.n && !bk_arena_printf(arena, path, "%.*s/%.*s", BK_FMT(*path), BK_FMT(name))) return bk_arena_fail(arena, err);
    *ret = bk_str_from(*path, path->n - name.n);
    return BK_OK;
}

bk_status bk_action_create(bk_arena *arena, const bk_create *o, bk_buf *out, bk_err *err) {
    bk_str path = o->path, name, above, dir, base, shown;
    struct stat st;
    bool folder = false;
    int at;
    BK_TRY(take_name(arena, &path, &name, err));
    if (o->starter.n && check_starter(arena, o->starter, &folder, err) != BK_OK)
        return bk_err_wrap(err, "could not load %.*s", BK_FMT(o->starter));
    BK_TRY(check_name(name, err));
    if (bk_str_eq(name, BK_S(".")) || bk_str_eq(name, BK_S("..")))
        return bk_err_set(err, BK_ERR, "\"%.*s\" is no name for a chart", BK_FMT(name));
    BK_TRY(folder_above(arena, path, name, &above, err));
    if (!bk_arena_printf(arena, &dir, "%.*s%s%.*s", BK_FMT(above), bk_str_ends(above, BK_S("/")) ? "" : "/", BK_FMT(name)) ||
        !bk_arena_dup(arena, name, &base) || !bk_arena_dup(arena, o->starter.n ? path : dir, &shown))
        return bk_arena_fail(arena, err);
    if (stat(dir.p, &st) == 0 && !S_ISDIR(st.st_mode))
        return bk_err_set(err, BK_ERR, "file %.*s already exists and is not a directory", BK_FMT(shown));
    BK_TRY(open_above(arena, above, o->starter.n ? bk_path_dir(path) : BK_S(""), &at, err));
    int chart = enter(at, base.p);
    if (chart < 0) return system_error("mkdir", dir, err);
    bk_status s =
        o->starter.n ? copy_starter(arena, chart, o, folder, dir, name, err) : put_files(arena, chart, dir, name, o->v3, out, err);
    close(chart);
    return s;
}
