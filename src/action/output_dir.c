#include "action/output_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/files.h"

static bk_status system_error(const char *what, bk_str path, bk_err *err) {
    return bk_err_set(err, BK_ERR_IO, "%s %.*s: %s", what, BK_FMT(path), strerror(errno));
}

/* Makes the folder that the operator named, and those above it. Returns an open descriptor. */
static bk_status open_root(bk_arena *arena, bk_str dir, int *ret, bk_err *err) {
    bk_str copy;
    if (!bk_arena_dup(arena, dir, &copy)) return bk_arena_fail(arena, err);
    char *p = (char *)copy.p;
    for (size_t i = 1; i <= copy.n; i++) {
        if (i < copy.n && p[i] != '/') continue;
        char kept = p[i];
        p[i] = 0;
        if (mkdir(p, 0755) != 0 && errno != EEXIST) return system_error("mkdir", bk_str_c(p), err);
        p[i] = kept;
    }
    *ret = open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret < 0 ? system_error("open", dir, err) : BK_OK;
}

/* Opens the folder of `path` below root, making what is missing. */
static bk_status open_parent(bk_arena *arena, int root, bk_str path, int *ret, bk_err *err) {
    int at = dup(root);
    if (at < 0) return system_error("open", path, err);
    for (bk_str rest = path, part;;) {
        bk_str name;
        if (!bk_str_cut(rest, BK_S("/"), &part, &rest)) break;
        if (!bk_arena_dup(arena, part, &name)) {
            close(at);
            return bk_arena_fail(arena, err);
        }
        if (part.n == 0 || bk_str_eq(part, BK_S("."))) continue;
        int next =
            mkdirat(at, name.p, 0755) == 0 || errno == EEXIST ? openat(at, name.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        if (next < 0) {
            bk_status s = system_error("mkdir", path, err);
            close(at);
            return s;
        }
        close(at);
        at = next;
    }
    *ret = at;
    return BK_OK;
}

/* The file under a temporary name, then its own: a full disk or a kill leaves no half file behind. */
static bk_status write_file(int dir, bk_str path, const char *name, bk_str bytes, bk_err *err) {
    char temporary[64];
    snprintf(temporary, sizeof temporary, ".bulkhead-%ld", (long)getpid());
    unlinkat(dir, temporary, 0);
    int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) return system_error("open", path, err);
    bool ok = bk_fd_write(fd, bytes);
    if (close(fd) != 0) ok = false;
    if (ok && renameat(dir, temporary, dir, name) == 0) return BK_OK;
    bk_status s = system_error("write", path, err);
    unlinkat(dir, temporary, 0);
    return s;
}

static bool wanted(const bk_manifest *m, bool hooks, bool tests) { return m->kind != BK_MANIFEST_HOOK || (hooks && (tests || !m->test)); }

typedef struct group {
    const bk_rendered *rendered;
    bool hooks, tests;
} group;

/* All that goes into the file that manifest `first` begins. */
static bk_status write_group(bk_arena *arena, int root, const group *g, size_t first, bk_err *err) {
    const bk_manifest *items = g->rendered->manifests;
    bk_str path = items[first].path, name;
    bk_buf text;
    int dir;
    bk_buf_init(&text, NULL, 0);
    for (size_t i = first; i < g->rendered->count; i++) {
        if (!wanted(&items[i], g->hooks, g->tests) || !bk_str_eq(items[i].path, path)) continue;
        bk_buf_c(&text, "---\n# Source: ");
        bk_buf_str(&text, path);
        bk_buf_byte(&text, '\n');
        bk_buf_str(&text, items[i].body);
        bk_buf_byte(&text, '\n');
    }
    bk_status s = bk_buf_check(&text, err);
    if (s == BK_OK && !bk_arena_dup(arena, bk_path_base(path), &name)) s = bk_arena_fail(arena, err);
    if (s == BK_OK) s = open_parent(arena, root, path, &dir, err);
    if (s == BK_OK) {
        s = write_file(dir, path, name.p, bk_buf_view(&text), err);
        close(dir);
    }
    bk_buf_release(&text);
    return s;
}

/* The first of its path: it writes the file. */
static bool first_of_path(const group *g, size_t at) {
    const bk_manifest *items = g->rendered->manifests;
    for (size_t i = 0; i < at; i++)
        if (wanted(&items[i], g->hooks, g->tests) && bk_str_eq(items[i].path, items[at].path)) return false;
    return true;
}

bk_status bk_output_dir_write(bk_arena *arena, bk_str dir, const bk_rendered *rendered, bool hooks, bool tests, bk_buf *out, bk_err *err) {
    const group g = {rendered, hooks, tests};
    int root;
    BK_TRY(open_root(arena, dir, &root, err));
    bk_status s = BK_OK;
    for (size_t i = 0; s == BK_OK && i < rendered->count; i++) {
        if (!wanted(&rendered->manifests[i], hooks, tests)) continue;
        if (first_of_path(&g, i)) s = write_group(arena, root, &g, i, err);
        bk_buf_printf(out, "wrote %.*s/%.*s\n", BK_FMT(dir), BK_FMT(rendered->manifests[i].path));
    }
    close(root);
    return s;
}
