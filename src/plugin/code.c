/* plugin.wasm: read and hashed once, or recognised as what was hashed before. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/digest.h"
#include "guard/plugin.h"
#include "plugin/files.h"
#include "sandbox/foreign.h"

/* How old the last change must be (two seconds is the coarsest clock of a file system in use), and how large a file for it to be worth the while. */
enum { SETTLED_S = 3, LARGE = 256 << 10 };

static bk_plugin_stamp stamp_of(const struct stat *st) {
#ifdef __APPLE__
    const struct timespec m = st->st_mtimespec, c = st->st_ctimespec;
#else
    const struct timespec m = st->st_mtim, c = st->st_ctim;
#endif
    return (bk_plugin_stamp){(uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size, (uint64_t)m.tv_sec,
                             (uint64_t)m.tv_nsec,  (uint64_t)c.tv_sec,   (uint64_t)c.tv_nsec};
}

static bk_status files_digest(const bk_plugin *p, char ret[BK_PLUGIN_DIGEST_TEXT], bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, NULL, 0);
    bk_plugin_digest(&text, p->file, p->code);
    bk_status s = bk_buf_check(&text, err);
    memset(ret, 0, BK_PLUGIN_DIGEST_TEXT);
    if (s == BK_OK) memcpy(ret, text.p, text.n < BK_PLUGIN_DIGEST_TEXT ? text.n : BK_PLUGIN_DIGEST_TEXT - 1);
    bk_buf_release(&text);
    return s;
}

/* Modules have megabytes: they are read into memory of their own, which is given back when they are compiled or found in the cache. */
static bk_status read_module(int fd, bk_str path, bk_plugin *plugin, bk_err *err) {
    size_t size, at = 0;
    struct stat before, after;
    char more;
    if (fstat(fd, &before) != 0) return bk_plugin_path_error("stat", path, errno, err);
    BK_TRY(bk_plugin_file_size(fd, path, BK_PLUGIN_CODE_MAX, &size, err));
    BK_TRY(bk_sandbox_blob_new(size, &plugin->memory, err));
    for (ssize_t n = 1; n && at < size;) {
        n = read(fd, plugin->memory.p + at, size - at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_plugin_path_error("read", path, errno, err);
        at += (size_t)n;
    }
    const bk_plugin_stamp stamp = stamp_of(&before), now = fstat(fd, &after) == 0 ? stamp_of(&after) : (bk_plugin_stamp){0};
    if (at < size || read(fd, &more, 1) != 0 || memcmp(&stamp, &now, sizeof now) != 0)
        return bk_err_set(err, BK_ERR_IO, "read %.*s: it changed meanwhile", BK_FMT(path));
    plugin->code = bk_str_of((const char *)plugin->memory.p, size);
    plugin->stamp = stamp;
    plugin->code_size = size;
    plugin->code_pages = bk_foreign_declared_pages(plugin->code);
    return BK_OK;
}

static bool path_of(bk_arena *arena, const bk_plugin *plugin, bk_str *ret) {
    return bk_arena_printf(arena, ret, "%.*s/" BK_PLUGIN_CODE, BK_FMT(plugin->dir));
}

static bk_status open_module(bk_arena *arena, bk_plugin *plugin, bk_err *err) {
    bk_str path;
    if (!path_of(arena, plugin, &path)) return bk_arena_fail(arena, err);
    int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return bk_plugin_path_error("open", path, errno, err);
    bk_status s = read_module(fd, path, plugin, err);
    close(fd);
    if (s != BK_OK) bk_plugin_drop_code(plugin);
    return s;
}

void bk_plugin_drop_code(bk_plugin *plugin) {
    bk_sandbox_blob_release(&plugin->memory);
    plugin->code = (bk_str){NULL, 0};
}

bk_status bk_plugin_read_code(bk_arena *arena, bk_plugin *plugin, bk_err *err) {
    if (plugin->digest[0] && (plugin->about.runtime != BK_PLUGIN_EXTISM || plugin->code.p || plugin->recognised)) return BK_OK;
    if (plugin->about.runtime != BK_PLUGIN_EXTISM) return bk_plugin_tree_digest(arena, plugin->dir, plugin->digest, err);
    BK_TRY(open_module(arena, plugin, err));
    return files_digest(plugin, plugin->digest, err);
}

/* ---- recognising ---- */

/* What the cache keeps of a file. */
typedef struct known {
    char digest[BK_PLUGIN_DIGEST_TEXT];
    uint32_t pages;
} known;

static void name_of(const bk_plugin *p, unsigned char ret[BK_DIGEST_SIZE]) {
    bk_digest d;
    bk_digest_init(&d);
    bk_digest_add(&d, BK_S("bulkhead known plugin 1\n"));
    bk_digest_add(&d, bk_str_of((const char *)&p->stamp, sizeof p->stamp));
    bk_digest_add(&d, p->file);
    bk_digest_final(&d, ret);
}

bool bk_plugin_recognise(bk_arena *arena, const bk_sandbox_cache *cache, bk_plugin *plugin) {
    bk_str path;
    struct stat st;
    known k;
    unsigned char name[BK_DIGEST_SIZE];
    bk_sandbox_blob blob;
    if (plugin->digest[0] || plugin->about.runtime != BK_PLUGIN_EXTISM) return false;
    if (!path_of(arena, plugin, &path) || stat(path.p, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < LARGE) return false;
    plugin->stamp = stamp_of(&st);
    name_of(plugin, name);
    if (!bk_sandbox_cache_get(cache, name, &blob)) return false;
    bool good = blob.n == sizeof k;
    if (good) memcpy(&k, blob.p, sizeof k);
    bk_sandbox_blob_release(&blob);
    if (!good || k.digest[BK_PLUGIN_DIGEST_TEXT - 1]) return false;
    memcpy(plugin->digest, k.digest, sizeof k.digest);
    plugin->code_size = plugin->stamp.size;
    plugin->code_pages = k.pages;
    plugin->recognised = true;
    return true;
}

void bk_plugin_remember(const bk_sandbox_cache *cache, const bk_plugin *plugin) {
    known k = {.pages = plugin->code_pages};
    unsigned char name[BK_DIGEST_SIZE];
    time_t now = time(NULL);
    if (!plugin->code.p || plugin->code_size < LARGE || plugin->recognised || now < SETTLED_S ||
        plugin->stamp.changed > (uint64_t)(now - SETTLED_S))
        return;
    memcpy(k.digest, plugin->digest, sizeof k.digest);
    name_of(plugin, name);
    bk_sandbox_cache_put(cache, name, bk_str_of((const char *)&k, sizeof k));
}
