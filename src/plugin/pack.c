/* A plugin's folder to an archive. The files are read here, never through a link; the archive is made of them in a compartment. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/archive.h"
#include "plugin/engine.h"
#include "plugin/names.h"

enum { DEPTH = 64, FILES_MAX = 20000, FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

typedef struct packing {
    bk_arena *arena;
    bk_items list;
    size_t bytes;
    bk_err *err;
} packing;

static bk_status refused(packing *p, bk_str path) {
    return bk_err_set(p->err, BK_ERR_IO, "cannot read %.*s: %s", BK_FMT(path), strerror(errno));
}

static bk_status add(packing *p, bk_str path, bool dir, bool executable, bk_str data) {
    bk_map *m = bk_map_new(p->arena, 4);
    bool ok = m && bk_map_set(m, BK_S("name"), bk_string(path)) && bk_map_set(m, BK_S("dir"), bk_bool(dir)) &&
              bk_map_set(m, BK_S("executable"), bk_bool(executable)) && bk_map_set(m, BK_S("data"), bk_string(data));
    if (!ok) return bk_arena_fail(p->arena, p->err);
    if (p->list.n >= FILES_MAX) return bk_err_limit(p->err, "files of a plugin", FILES_MAX);
    bk_items_add(&p->list, bk_map_value(m));
    return BK_OK;
}

static bk_status read_file(packing *p, int fd, bk_str path) {
    struct stat st;
    bk_buf data;
    if (fstat(fd, &st) != 0) return refused(p, path);
    if (!S_ISREG(st.st_mode))
        return bk_err_set(p->err, BK_ERR, "%.*s is neither a file nor a folder: a plugin that holds one cannot be installed", BK_FMT(path));
    bk_buf_init(&data, p->arena, BK_PLUGIN_ARCHIVE_MAX);
    for (;;) {
        char *at = bk_buf_reserve(&data, 64 << 10);
        if (!at) return bk_buf_check(&data, p->err);
        ssize_t n = read(fd, at, 64 << 10);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return refused(p, path);
        if (n == 0) break;
        data.n += (size_t)n;
    }
    p->bytes += data.n;
    if (p->bytes > BK_PLUGIN_ARCHIVE_MAX) return bk_err_limit(p->err, "bytes of a plugin's folder", BK_PLUGIN_ARCHIVE_MAX);
    return add(p, path, false, (st.st_mode & 0100) != 0, bk_buf_take(&data));
}

static bk_status add_folder(packing *p, int fd, bk_str path, unsigned budget);

static bk_status add_entry(packing *p, int dir, bk_str entry, bk_str above, unsigned budget) {
    struct stat st;
    bk_str path;
    if (!bk_arena_printf(p->arena, &path, "%.*s/%.*s", BK_FMT(above), BK_FMT(entry))) return bk_arena_fail(p->arena, p->err);
    if (fstatat(dir, entry.p, &st, AT_SYMLINK_NOFOLLOW) != 0) return refused(p, path);
    if (S_ISLNK(st.st_mode))
        return bk_err_set(p->err, BK_ERR, "%.*s is a symbolic link: a plugin that holds one cannot be installed", BK_FMT(path));
    bool folder = S_ISDIR(st.st_mode);
    int fd = openat(dir, entry.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | (folder ? O_DIRECTORY : 0));
    if (fd < 0) return refused(p, path);
    if (folder) return add_folder(p, fd, path, budget);
    bk_status s = read_file(p, fd, path);
    close(fd);
    return s;
}

/* Takes the descriptor. */
static bk_status add_folder(packing *p, int fd, bk_str path, unsigned budget) {
    bk_plugin_names names = {0};
    DIR *dir = budget ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        return budget ? refused(p, path) : bk_err_limit(p->err, "nesting of a plugin's folders", DEPTH);
    }
    bk_status s = add(p, path, true, true, BK_S(""));
    if (s == BK_OK) s = bk_plugin_names_of(p->arena, dir, FILES_MAX, &names, p->err);
    if (s == BK_OK && names.more) s = bk_err_limit(p->err, "files of a plugin", FILES_MAX);
    for (size_t i = 0; s == BK_OK && i < names.count; i++) s = add_entry(p, fd, names.items[i], path, budget - 1);
    closedir(dir);
    return s;
}

bk_status bk_plugin_pack(bk_arena *arena, bk_str folder, bk_str root, bk_value metadata, int64_t mtime, bk_str *ret_archive,
                         bk_str *ret_metadata, bk_err *err) {
    packing p = {.arena = arena, .err = err};
    bk_str path;
    bk_value files, answer;
    bk_map *options = bk_map_new(arena, 3);
    if (!options || !bk_arena_dup(arena, folder, &path)) return bk_arena_fail(arena, err);
    bk_items_init(&p.list, arena);
    int fd = open(path.p, FOLDER); /* the folder itself may be a link: the operator named it */
    if (fd < 0) return refused(&p, path);
    BK_TRY(add_folder(&p, fd, root, DEPTH));
    BK_TRY(bk_items_list(&p.list, BK_T_LIST, &files, err));
    bool ok = bk_map_set(options, BK_S("files"), files) && bk_map_set(options, BK_S("mtime"), bk_int64(mtime)) &&
              bk_map_set(options, BK_S("metadata"), metadata);
    if (!ok) return bk_arena_fail(arena, err);
    BK_TRY(bk_plugin_engine(arena, BK_CALL_PACK, options, BK_S(""), NULL, &answer, err));
    *ret_archive = answer.kind == BK_MAP ? bk_map_str(answer.map, "archive", BK_S("")) : BK_S("");
    *ret_metadata = answer.kind == BK_MAP ? bk_map_str(answer.map, "metadata", BK_S("")) : BK_S("");
    return ret_archive->n ? BK_OK : bk_err_set(err, BK_ERR_TRAP, "plugin compartment stopped: it gave no archive");
}
