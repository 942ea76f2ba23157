#define _GNU_SOURCE
#include "plugin/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/engine.h"

enum {
    DEPTH = 100,
    FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
    NEW_FILE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
};

static bk_status io(bk_err *err, const char *what, bk_str name, int error) {
    return bk_err_set(err, BK_ERR_IO, "%s %.*s: %s", what, BK_FMT(name), strerror(error));
}

/* ---- unpacking ---- */

static bool name_is_plain(bk_str name) {
    bk_str part, rest = name;
    if (!name.n || name.n > 4096 || bk_str_find_byte(name, 0) != BK_NPOS || bk_str_find_byte(name, '\\') != BK_NPOS) return false;
    if (name.p[name.n - 1] == '/') return false;
    while (rest.n) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        if (!part.n || bk_str_eq(part, BK_S(".")) || bk_str_eq(part, BK_S(".."))) return false;
    }
    return true;
}

static bk_status read_entry(bk_arena *arena, bk_value v, bk_plugin_entry *ret, bk_err *err) {
    bk_map *m = v.kind == BK_MAP ? v.map : NULL;
    *ret = (bk_plugin_entry){.name = m ? bk_map_str(m, "name", BK_S("")) : BK_S(""),
                             .data = m ? bk_map_str(m, "data", BK_S("")) : BK_S(""),
                             .dir = m && bk_map_bool(m, "dir", false),
                             .executable = m && bk_map_bool(m, "executable", false)};
    if (!name_is_plain(ret->name)) return bk_err_set(err, BK_ERR, "the archive's reader gave a name that is none");
    return bk_arena_dup(arena, ret->name, &ret->name) ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_plugin_unpack(bk_arena *arena, bk_str bytes, bk_plugin_entry **ret, size_t *ret_count, bk_err *err) {
    bk_value list;
    if (bytes.n > BK_PLUGIN_ARCHIVE_MAX) return bk_err_limit(err, "bytes of a plugin's archive", BK_PLUGIN_ARCHIVE_MAX);
    BK_TRY(bk_plugin_engine(arena, BK_CALL_UNPACK, NULL, bytes, NULL, &list, err));
    size_t n = list.kind == BK_LIST ? bk_value_len(list) : 0;
    *ret = BK_NEW_ARRAY(arena, bk_plugin_entry, n + 1);
    if (!*ret) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) BK_TRY(read_entry(arena, list.items[i], &(*ret)[i], err));
    *ret_count = n;
    return BK_OK;
}

/* ---- writing ---- */

/* The folder that holds the entry, made as needed; *ret_base is the last part. -1 and errno. */
static int open_parent(int folder, const char *name, const char **ret_base) {
    int at = dup(folder);
    for (const char *slash; at >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
        char part[256];
        size_t n = (size_t)(slash - name);
        if (n >= sizeof part) {
            close(at);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, name, n);
        part[n] = 0;
        int next = -1;
        if (mkdirat(at, part, 0755) == 0 || errno == EEXIST) next = openat(at, part, FOLDER);
        int error = errno;
        close(at);
        errno = error;
        at = next;
    }
    *ret_base = name;
    return at;
}

static bool write_all(int fd, bk_str data) {
    while (data.n) {
        ssize_t n = write(fd, data.p, data.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        data = bk_str_from(data, (size_t)n);
    }
    return true;
}

static bool write_file(int folder, const char *name, bk_str data, bool executable) {
    int fd = openat(folder, name, NEW_FILE, executable ? 0755 : 0644);
    if (fd < 0) return false;
    bool ok = write_all(fd, data);
    int error = errno;
    /* A full disk may show only here. */
    if (close(fd) != 0 && ok) return false;
    errno = error;
    return ok;
}

static bool write_entry(int folder, const bk_plugin_entry *e) {
    const char *base;
    int parent = open_parent(folder, e->name.p, &base);
    if (parent < 0) return false;
    bool ok = e->dir ? mkdirat(parent, base, 0755) == 0 || errno == EEXIST : write_file(parent, base, e->data, e->executable);
    int error = errno;
    close(parent);
    errno = error;
    return ok;
}

bk_status bk_plugin_write_entries(int folder, const bk_plugin_entry *entries, size_t count, bk_err *err) {
    for (size_t i = 0; i < count; i++)
        if (!write_entry(folder, &entries[i])) return io(err, "cannot write", entries[i].name, errno);
    return BK_OK;
}

/* ---- trees ---- */

static bk_status copy_file(bk_arena *arena, int from, int to, const char *name, bool executable, bk_err *err) {
    char chunk[1 << 15];
    (void)arena;
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), out = -1;
    bool ok = in >= 0 && (out = openat(to, name, NEW_FILE, executable ? 0755 : 0644)) >= 0;
    while (ok) {
        ssize_t n = read(in, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) break;
        ok = n > 0 && write_all(out, bk_str_of(chunk, (size_t)n));
    }
    int error = errno;
    if (in >= 0) close(in);
    if (out >= 0 && close(out) != 0 && ok) {
        ok = false;
        error = errno;
    }
    return ok ? BK_OK : io(err, "cannot copy", bk_str_c(name), error);
}

static bk_status copy_link(int from, int to, const char *name, bk_err *err) {
    char target[4096];
    ssize_t n = readlinkat(from, name, target, sizeof target - 1);
    if (n < 0) return io(err, "cannot read the link", bk_str_c(name), errno);
    target[n] = 0;
    return symlinkat(target, to, name) == 0 ? BK_OK : io(err, "cannot make the link", bk_str_c(name), errno);
}

static bk_status copy_below(bk_arena *arena, DIR *dir, int to, bool links, unsigned depth, bk_err *err);

static bk_status copy_folder(bk_arena *arena, int from, int to, const char *name, bool links, unsigned depth, bk_err *err) {
    if (depth == 0) return bk_err_limit(err, "nesting of a plugin's folders", DEPTH);
    int in = openat(from, name, FOLDER), out = -1;
    if (in >= 0 && mkdirat(to, name, 0755) == 0) out = openat(to, name, FOLDER);
    DIR *dir = out >= 0 ? fdopendir(in) : NULL;
    bk_status s = dir ? copy_below(arena, dir, out, links, depth - 1, err) : io(err, "cannot copy", bk_str_c(name), errno);
    if (dir) closedir(dir);
    else if (in >= 0) close(in);
    if (out >= 0) close(out);
    return s;
}

static bk_status copy_below(bk_arena *arena, DIR *dir, int to, bool links, unsigned depth, bk_err *err) {
    int from = dirfd(dir);
    for (struct dirent *d; (d = readdir(dir));) {
        const char *name = d->d_name;
        struct stat st;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return io(err, "cannot copy", bk_str_c(name), errno);
        if (S_ISDIR(st.st_mode)) BK_TRY(copy_folder(arena, from, to, name, links, depth, err));
        else if (S_ISREG(st.st_mode)) BK_TRY(copy_file(arena, from, to, name, (st.st_mode & 0100) != 0, err));
        else if (S_ISLNK(st.st_mode) && links) BK_TRY(copy_link(from, to, name, err));
        else return bk_err_set(err, BK_ERR, "%s is neither a file nor a folder", name);
    }
    return BK_OK;
}

bk_status bk_plugin_copy_tree(bk_arena *arena, int from, int to, bool links, bk_err *err) {
    int fd = dup(from);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0) close(fd);
        return io(err, "cannot copy", BK_S("the folder"), errno);
    }
    rewinddir(dir);
    bk_status s = copy_below(arena, dir, to, links, DEPTH, err);
    closedir(dir);
    return s;
}

static bool remove_below(int folder, unsigned depth);

static bool remove_one(int folder, const char *name, unsigned depth) {
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return true;
    int fd = depth ? openat(folder, name, FOLDER) : -1;
    if (fd < 0) return false;
    fchmod(fd, 0700); /* an unwritable folder of a plugin's is ours to remove all the same */
    bool ok = remove_below(fd, depth - 1);
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 && ok;
}

/* Takes the descriptor. */
static bool remove_below(int folder, unsigned depth) {
    DIR *dir = fdopendir(folder);
    bool ok = true;
    if (!dir) {
        close(folder);
        return false;
    }
    for (struct dirent *d; (d = readdir(dir));)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) ok = remove_one(dirfd(dir), d->d_name, depth) && ok;
    closedir(dir);
    return ok;
}

bool bk_plugin_remove_tree(int folder, const char *name) { return remove_one(folder, name, DEPTH); }
