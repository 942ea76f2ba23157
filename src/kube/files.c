#include "kube/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *words_of(int error) {
    switch (error) {
    case ENOENT: return "no such file or directory";
    case EACCES: return "permission denied";
    case EISDIR: return "is a directory";
    case ENOTDIR: return "not a directory";
    case ELOOP: return "too many levels of symbolic links";
    case ENAMETOOLONG: return "file name too long";
    default: return strerror(error);
    }
}

static bk_status read_all(int fd, bk_str path, bk_buf *out, bk_err *err) {
    for (;;) {
        char *at = bk_buf_reserve(out, 16 << 10);
        if (!at) return bk_err_set(err, BK_ERR_LIMIT, "%.*s: larger than %zu bytes", BK_FMT(path), BK_KUBE_FILE_MAX);
        ssize_t n = read(fd, at, 16 << 10);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_err_set(err, BK_ERR_IO, "read %.*s: %s", BK_FMT(path), words_of(errno));
        if (n == 0) return BK_OK;
        out->n += (size_t)n;
    }
}

/* *ret_error is the errno of a file that cannot be opened. A pipe (process substitution) is as good as a file. */
static bk_status read_path(bk_arena *arena, bk_str path, bk_str *ret, int *ret_error, bk_err *err) {
    bk_str copy;
    bk_buf text;
    struct stat st;
    if (bk_str_find_byte(path, 0) != BK_NPOS) return bk_err_set(err, BK_ERR, "open %.*s: invalid argument", BK_FMT(path));
    if (!bk_arena_dup(arena, path, &copy)) return bk_arena_fail(arena, err);
    int fd = open(copy.p, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *ret_error = fd < 0 ? errno : 0;
    if (fd < 0) return bk_err_set(err, BK_ERR_IO, "open %.*s: %s", BK_FMT(path), words_of(errno));
    bk_buf_init(&text, arena, BK_KUBE_FILE_MAX);
    bk_status s = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? bk_err_set(err, BK_ERR_IO, "read %.*s: is a directory", BK_FMT(path))
                                                             : read_all(fd, path, &text, err);
    close(fd);
    if (s == BK_OK) *ret = bk_buf_take(&text);
    return s;
}

bk_status bk_kube_read_file(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err) {
    int error;
    return read_path(arena, path, ret, &error, err);
}

/* ---- one file ---- */

static const struct {
    const char *list, *key;
} sections[BK_KUBE_SECTIONS] = {{"clusters", "cluster"}, {"users", "user"}, {"contexts", "context"}};

const bk_kube_entry *bk_kube_files_find(const bk_kube_files *files, bk_kube_section section, bk_str name) {
    for (size_t i = 0; i < files->count[section]; i++)
        if (bk_str_eq(files->entries[section][i].name, name)) return &files->entries[section][i];
    return NULL;
}

static bk_status add(bk_kube_files *files, bk_kube_section section, bk_kube_entry entry, bk_err *err) {
    size_t n = files->count[section], cap = files->cap[section];
    if (n == 100000) return bk_err_limit(err, "entries of kubeconfig files", 100000);
    if (n == cap) {
        size_t more = cap ? cap * 2 : 8;
        void *p = bk_arena_grow(files->arena, files->entries[section], cap * sizeof entry, more * sizeof entry);
        if (!p) return bk_arena_fail(files->arena, err);
        files->entries[section] = p;
        files->cap[section] = more;
    }
    files->entries[section][files->count[section]++] = entry;
    return BK_OK;
}

/* Names that this file gives: `from` is how many entries other files had given before. */
static bool named_twice(const bk_kube_files *files, bk_kube_section section, size_t from, bk_str name) {
    for (size_t i = from; i < files->count[section]; i++)
        if (bk_str_eq(files->entries[section][i].name, name)) return true;
    return false;
}

static bk_status read_section(bk_kube_files *files, bk_map *config, bk_kube_section section, bk_str folder, bk_err *err) {
    const char *list = sections[section].list;
    bk_value *v = bk_map_get(config, bk_str_c(list));
    size_t from = files->count[section];
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (v->kind != BK_LIST) return bk_err_set(err, BK_ERR, "%s is no list", list);
    for (uint32_t i = 0; i < v->len; i++) {
        bk_map *m = v->items[i].kind == BK_MAP ? v->items[i].map : NULL;
        if (!m) return bk_err_set(err, BK_ERR, "an entry of %s is no map", list);
        bk_kube_entry e = {.name = bk_map_str(m, "name", BK_S("")), .folder = folder};
        bk_value *inner = bk_map_get(m, bk_str_c(sections[section].key));
        if (inner && !bk_is_nil(*inner) && inner->kind != BK_MAP)
            return bk_err_set(err, BK_ERR, "%s \"%.*s\" is no map", sections[section].key, BK_FMT(e.name));
        e.map = inner && inner->kind == BK_MAP ? inner->map : bk_map_new(files->arena, 0);
        if (!e.map) return bk_arena_fail(files->arena, err);
        if (named_twice(files, section, from, e.name))
            return bk_err_set(err, BK_ERR, "duplicate name \"%.*s\" in list of %s", BK_FMT(e.name), list);
        BK_TRY(add(files, section, e, err));
    }
    return BK_OK;
}

static bk_status folder_of(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err) {
    bk_str copy;
    size_t slash = bk_str_rfind_byte(path, '/');
    bk_str dir = slash == BK_NPOS ? BK_S(".") : slash == 0 ? BK_S("/") : bk_str_sub(path, 0, slash);
    if (!bk_arena_dup(arena, dir, &copy)) return bk_arena_fail(arena, err);
    char *real = realpath(copy.p, NULL);
    bool ok = bk_arena_dup(arena, real ? bk_str_c(real) : copy, ret);
    free(real);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status read_config(bk_kube_files *files, const bk_kube_options *options, bk_str text, bk_str path, bk_err *err) {
    bk_value v = bk_nil();
    bk_str folder = BK_S("");
    BK_TRY(options->yaml(options->self, files->arena, text, &v, err));
    if (bk_is_nil(v)) return BK_OK;
    if (v.kind != BK_MAP) return bk_err_set(err, BK_ERR, "it is no map");
    bk_str kind = bk_map_str(v.map, "kind", BK_S("Config")), version = bk_map_str(v.map, "apiVersion", BK_S("v1"));
    if (!bk_str_eq(kind, BK_S("Config")) || !bk_str_eq(version, BK_S("v1")))
        return bk_err_set(err, BK_ERR, "no kind \"%.*s\" is registered for version \"%.*s\"", BK_FMT(kind), BK_FMT(version));
    BK_TRY(folder_of(files->arena, path, &folder, err));
    for (unsigned s = 0; s < BK_KUBE_SECTIONS; s++) BK_TRY(read_section(files, v.map, (bk_kube_section)s, folder, err));
    if (!files->current.n) files->current = bk_map_str(v.map, "current-context", BK_S(""));
    return BK_OK;
}

/* ---- all of them ---- */

static bk_status read_one(bk_kube_files *files, const bk_kube_options *options, bk_str path, bool must, bk_err *err) {
    bk_str text = BK_S("");
    int error = 0;
    bk_status s = read_path(files->arena, path, &text, &error, err);
    if (s != BK_OK && error == ENOENT && !must) {
        bk_err_release(err);
        return BK_OK;
    }
    if (s != BK_OK && error == ENOENT) {
        bk_err_release(err);
        return bk_err_set(err, BK_ERR_IO, "stat %.*s: no such file or directory", BK_FMT(path));
    }
    if (s == BK_OK) s = read_config(files, options, text, path, err);
    return s == BK_OK ? s : bk_err_wrap(err, "error loading config file \"%.*s\"", BK_FMT(path));
}

bk_status bk_kube_files_load(bk_arena *arena, const bk_kube_options *options, bk_kube_files *ret, bk_err *err) {
    *ret = (bk_kube_files){.arena = arena};
    if (options->kubeconfig.n) return read_one(ret, options, options->kubeconfig, true, err);
    bk_str list = bk_str_c(getenv("KUBECONFIG")), path, seen[BK_KUBE_FILES_MAX];
    size_t count = 0;
    if (!list.n && !bk_arena_printf(arena, &list, "%s/.kube/config", getenv("HOME") ? getenv("HOME") : ""))
        return bk_arena_fail(arena, err);
    for (bool more = true; more;) {
        more = bk_str_cut(list, BK_S(":"), &path, &list);
        bool known = path.n == 0;
        for (size_t i = 0; i < count && !known; i++) known = bk_str_eq(seen[i], path);
        if (known) continue;
        if (count == BK_KUBE_FILES_MAX) return bk_err_limit(err, "files in KUBECONFIG", BK_KUBE_FILES_MAX);
        seen[count++] = path;
        BK_TRY(read_one(ret, options, path, false, err));
    }
    return BK_OK;
}
