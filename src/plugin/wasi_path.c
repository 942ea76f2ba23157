/* WASI's functions on paths. Without /tmp there is no directory to start from, and all of them answer EBADF. */
#include "plugin/wasi_state.h"

enum { O_CREATE = 1, O_DIRECTORY_ = 2, O_EXCLUSIVE = 4, O_TRUNCATE = 8 };
/* Rights that ask for reading and writing. */
#define RIGHT_READ ((uint64_t)1 << 1)
#define RIGHT_WRITE ((uint64_t)1 << 6)

/* Resolves the path at [at, at + n) of the guest's memory from a descriptor. */
static bk_wasi_errno place(bk_foreign_run *run, bk_wasi *wasi, uint64_t number, uint64_t at, uint64_t n, bk_tree_place *ret) {
    const bk_wasi_fd *fd = bk_wasi_fd_get(wasi, number);
    if (!fd) return BK_WASI_EBADF;
    if (fd->kind != BK_WASI_DIR) return BK_WASI_ENOTDIR;
    const uint8_t *p = bk_foreign_range(run, at, n);
    if (!p) return BK_WASI_EFAULT;
    return bk_tree_find(&wasi->tree, fd->node, bk_str_of((const char *)p, (size_t)n), ret);
}

/* ---- opening ---- */

static bk_wasi_errno check_open(const bk_tree_place *at, uint64_t oflags, bool writing) {
    if ((oflags & O_CREATE) && (oflags & O_DIRECTORY_)) return BK_WASI_EINVAL;
    if (!at->node) return oflags & O_CREATE ? BK_WASI_OK : BK_WASI_ENOENT;
    if ((oflags & O_CREATE) && (oflags & O_EXCLUSIVE)) return BK_WASI_EEXIST;
    if ((oflags & O_DIRECTORY_) && !at->node->dir) return BK_WASI_ENOTDIR;
    if (at->node->dir && (writing || (oflags & O_TRUNCATE)) && !(oflags & O_DIRECTORY_)) return BK_WASI_EISDIR;
    return BK_WASI_OK;
}

static bk_wasi_errno open_node(bk_foreign_run *run, bk_wasi *wasi, const uint64_t *args, bk_wasi_fd *fd) {
    uint64_t oflags = args[4], rights = args[5], flags = args[7];
    if (oflags > 15 || flags > 31) return BK_WASI_EINVAL;
    bk_tree_place at;
    bk_wasi_errno e = place(run, wasi, args[0], args[2], args[3], &at);
    if (e != BK_WASI_OK) return e;
    bool reading = rights & RIGHT_READ, writing = rights & RIGHT_WRITE;
    /* Whoever asks for directory rights as well asks for all there are; a directory is never written to. */
    if (at.node && at.node->dir && reading) writing = false;
    e = check_open(&at, oflags, writing);
    uint64_t now = bk_wasi_realtime(wasi, run);
    if (e == BK_WASI_OK && !at.node) e = bk_tree_make(&wasi->tree, &at, false, now, &at.node);
    if (e == BK_WASI_OK && (oflags & O_TRUNCATE) && !at.node->dir) {
        e = bk_tree_resize(&wasi->tree, at.node, 0);
        at.node->mtime = at.node->ctime = now;
    }
    if (e != BK_WASI_OK) return e;
    bk_tree_hold(at.node);
    *fd = (bk_wasi_fd){.kind = at.node->dir ? BK_WASI_DIR : BK_WASI_FILE,
                       .node = at.node,
                       .flags = (uint16_t)flags,
                       .can_read = reading || !writing,
                       .can_write = writing};
    return BK_WASI_OK;
}

bool bk_wasi_path_open(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi *wasi = self;
    uint64_t out = args[8];
    if (!bk_foreign_range(run, out, 4)) return bk_wasi_answer(args, BK_WASI_EFAULT);
    uint32_t number = BK_WASI_TMP;
    while (number < BK_WASI_FDS && wasi->fds[number].kind != BK_WASI_CLOSED) number++;
    if (number == BK_WASI_FDS) return bk_wasi_answer(args, BK_WASI_EMFILE);
    bk_wasi_errno e = open_node(run, wasi, args, &wasi->fds[number]);
    if (e == BK_WASI_OK) bk_wasi_store32(run, out, number);
    return bk_wasi_answer(args, e);
}

/* ---- names ---- */

bool bk_wasi_path_create_directory(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi *wasi = self;
    bk_tree_place at;
    bk_tree_node *made;
    bk_wasi_errno e = place(run, wasi, args[0], args[1], args[2], &at);
    if (e == BK_WASI_OK) e = bk_tree_make(&wasi->tree, &at, true, bk_wasi_realtime(wasi, run), &made);
    return bk_wasi_answer(args, e);
}

static bool remove_at(bk_foreign_run *run, bk_wasi *wasi, uint64_t *args, bool dir) {
    bk_tree_place at;
    bk_wasi_errno e = place(run, wasi, args[0], args[1], args[2], &at);
    if (e == BK_WASI_OK) e = bk_tree_remove(&wasi->tree, &at, dir, bk_wasi_realtime(wasi, run));
    return bk_wasi_answer(args, e);
}

bool bk_wasi_path_remove_directory(bk_foreign_run *run, void *self, uint64_t *args) { return remove_at(run, self, args, true); }

bool bk_wasi_path_unlink_file(bk_foreign_run *run, void *self, uint64_t *args) { return remove_at(run, self, args, false); }

bool bk_wasi_path_rename(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi *wasi = self;
    bk_tree_place from, to;
    bk_wasi_errno e = place(run, wasi, args[0], args[1], args[2], &from);
    if (e == BK_WASI_OK) e = place(run, wasi, args[3], args[4], args[5], &to);
    if (e == BK_WASI_OK) e = bk_tree_rename(&wasi->tree, &from, &to, bk_wasi_realtime(wasi, run));
    return bk_wasi_answer(args, e);
}

bool bk_wasi_path_filestat_get(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_tree_place at;
    bk_wasi_errno e = place(run, self, args[0], args[2], args[3], &at);
    if (e == BK_WASI_OK && !at.node) e = BK_WASI_ENOENT;
    if (e != BK_WASI_OK) return bk_wasi_answer(args, e);
    uint8_t *to = bk_foreign_range(run, args[4], 64);
    if (!to) return bk_wasi_answer(args, BK_WASI_EFAULT);
    bk_wasi_filestat(at.node, to);
    return bk_wasi_answer(args, BK_WASI_OK);
}

bool bk_wasi_path_filestat_set_times(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_tree_place at;
    bk_wasi_errno e = place(run, self, args[0], args[2], args[3], &at);
    if (e == BK_WASI_OK && !at.node) e = BK_WASI_ENOENT;
    if (e == BK_WASI_OK) e = bk_wasi_set_times(at.node, args[4], args[5], args[6], bk_wasi_realtime(self, run));
    return bk_wasi_answer(args, e);
}
