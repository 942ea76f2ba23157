/* The digest of a plugin's folder: what a grant to a subprocess plugin is bound to. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/digest.h"
#include "plugin/descriptor.h"
#include "plugin/names.h"

enum { DEPTH = 64, FILES_MAX = 100000, CHUNK = 64 << 10 };
#define BYTES_MAX ((uint64_t)2 << 30)

typedef struct walk {
    bk_arena *arena;
    bk_digest digest;
    size_t files;
    uint64_t bytes;
    char *chunk;
    bk_err *err;
} walk;

static bk_status refused(walk *w, bk_str path) {
    return bk_err_set(w->err, BK_ERR_IO, "cannot read %.*s of the plugin: %s", BK_FMT(path), strerror(errno));
}

/* Kind, path, and how many bytes follow: nothing can pass for something else. */
static bk_status head(walk *w, char kind, bk_str path, uint64_t length) {
    bk_str line;
    if (!bk_arena_printf(w->arena, &line, "%c %zu %.*s %llu\n", kind, path.n, BK_FMT(path), (unsigned long long)length))
        return bk_arena_fail(w->arena, w->err);
    bk_digest_add(&w->digest, line);
    return BK_OK;
}

static bk_status add_file(walk *w, int fd, bk_str path) {
    struct stat st;
    uint64_t left;
    if (fstat(fd, &st) != 0) return refused(w, path);
    if (!S_ISREG(st.st_mode)) return bk_err_set(w->err, BK_ERR, "%.*s of the plugin is neither file, folder nor link", BK_FMT(path));
    left = (uint64_t)st.st_size;
    w->bytes += left;
    if (w->bytes > BYTES_MAX)
        return bk_err_set(w->err, BK_ERR_LIMIT, "the plugin's folder holds more than %llu bytes", (unsigned long long)BYTES_MAX);
    BK_TRY(head(w, st.st_mode & 0111 ? 'x' : 'f', path, left));
    while (left) {
        ssize_t n = read(fd, w->chunk, left < CHUNK ? (size_t)left : CHUNK);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return refused(w, path);
        if (n == 0) return bk_err_set(w->err, BK_ERR_IO, "%.*s of the plugin changes while it is read", BK_FMT(path));
        bk_digest_add(&w->digest, bk_str_of(w->chunk, (size_t)n));
        left -= (uint64_t)n;
    }
    return BK_OK;
}

static bk_status add_link(walk *w, int dir, const char *entry, bk_str path) {
    char target[PATH_MAX];
    ssize_t n = readlinkat(dir, entry, target, sizeof target);
    if (n < 0) return refused(w, path);
    BK_TRY(head(w, 'l', path, (uint64_t)n));
    bk_digest_add(&w->digest, bk_str_of(target, (size_t)n));
    return BK_OK;
}

static bk_status add_dir(walk *w, int fd, bk_str path, unsigned budget);

static bk_status add_entry(walk *w, int dir, bk_str entry, bk_str above, unsigned budget) {
    struct stat st;
    bk_str path = entry;
    if (above.n && !bk_arena_printf(w->arena, &path, "%.*s/%.*s", BK_FMT(above), BK_FMT(entry))) return bk_arena_fail(w->arena, w->err);
    if (fstatat(dir, entry.p, &st, AT_SYMLINK_NOFOLLOW) != 0) return refused(w, path);
    if (S_ISLNK(st.st_mode)) return add_link(w, dir, entry.p, path);
    bool folder = S_ISDIR(st.st_mode);
    int fd = openat(dir, entry.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | (folder ? O_DIRECTORY : 0));
    if (fd < 0) return refused(w, path);
    if (folder) return add_dir(w, fd, path, budget);
    bk_status s = add_file(w, fd, path);
    close(fd);
    return s;
}

/* Takes the descriptor. */
static bk_status add_dir(walk *w, int fd, bk_str path, unsigned budget) {
    bk_plugin_names names = {0};
    DIR *dir = budget ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        return budget ? refused(w, path) : bk_err_limit(w->err, "nesting of a plugin's folders", DEPTH);
    }
    bk_status s = head(w, 'd', path, 0);
    if (s == BK_OK) s = bk_plugin_names_of(w->arena, dir, FILES_MAX - w->files, &names, w->err);
    if (s == BK_OK && names.more) s = bk_err_limit(w->err, "files of a plugin", FILES_MAX);
    w->files += names.count;
    for (size_t i = 0; s == BK_OK && i < names.count; i++) s = add_entry(w, fd, names.items[i], path, budget - 1);
    closedir(dir);
    return s;
}

bk_status bk_plugin_tree_digest(bk_arena *arena, bk_str dir, char ret[BK_PLUGIN_DIGEST_TEXT], bk_err *err) {
    walk w = {.arena = arena, .chunk = bk_arena_alloc(arena, CHUNK), .err = err};
    unsigned char sum[BK_DIGEST_SIZE];
    bk_buf text;
    bk_str path;
    if (!w.chunk || !bk_arena_dup(arena, dir, &path)) return bk_arena_fail(arena, err);
    bk_digest_init(&w.digest);
    bk_digest_add(&w.digest, BK_S("bulkhead plugin tree 1\n"));
    int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_DIRECTORY); /* the folder itself may be a link: a development install */
    if (fd < 0) return refused(&w, path);
    BK_TRY(add_dir(&w, fd, BK_S(""), DEPTH));
    bk_digest_final(&w.digest, sum);
    bk_buf_init(&text, arena, 0);
    bk_buf_c(&text, "sha256:");
    bk_digest_hex(&text, sum);
    BK_TRY(bk_buf_check(&text, err));
    memset(ret, 0, BK_PLUGIN_DIGEST_TEXT);
    memcpy(ret, text.p, text.n < BK_PLUGIN_DIGEST_TEXT ? text.n : BK_PLUGIN_DIGEST_TEXT - 1);
    return BK_OK;
}
