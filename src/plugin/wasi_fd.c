/* WASI's functions on descriptors: the three streams, and files of the tree. */
#include "base/num.h"
#include "plugin/wasi_state.h"

#define RIGHTS_ALL 0x1FFFFFFFu
/* read, fdstat_set_flags, write, filestat_get, poll: what a stream can do. Without seek and tell a terminal is known for one. */
#define RIGHTS_STREAM 0x0820004Au

bk_wasi_fd *bk_wasi_fd_get(bk_wasi *wasi, uint64_t fd) {
    return fd < BK_WASI_FDS && wasi->fds[fd].kind != BK_WASI_CLOSED ? &wasi->fds[fd] : NULL;
}

void bk_wasi_drop(bk_wasi *wasi, bk_wasi_fd *fd) {
    if (fd->node) bk_tree_let_go(&wasi->tree, fd->node);
    *fd = (bk_wasi_fd){0};
}

static const bk_wasi_stream *stream_of(const bk_wasi *wasi, const bk_wasi_fd *fd) {
    switch (fd->kind) {
    case BK_WASI_STDIN: return &wasi->world->in;
    case BK_WASI_STDOUT: return &wasi->world->out;
    case BK_WASI_STDERR: return &wasi->world->err_;
    default: return NULL;
    }
}

/* ---- vectors ---- */

typedef struct vector {
    uint8_t *p;
    uint32_t n;
} vector;

/* The i-th of the buffers that a guest lists; false: beyond its memory. */
static bool vector_at(bk_foreign_run *run, uint64_t list, uint64_t i, vector *ret) {
    const uint8_t *p = bk_foreign_range(run, list + 8 * i, 8);
    if (!p) return false;
    ret->n = bk_wasi_get32(p + 4);
    ret->p = bk_foreign_range(run, bk_wasi_get32(p), ret->n);
    return ret->p != NULL;
}

/* ---- streams ---- */

/* Takes n bytes off a stream's allowance, or ends the run. */
static bool allow(bk_foreign_run *run, const char *name, uint64_t *used, uint64_t n, uint64_t limit) {
    if (n <= limit - *used) {
        *used += n;
        return true;
    }
    bk_err err = BK_ERR_INIT;
    bk_err_set(&err, BK_ERR_LIMIT, "%s: more than the limit of %llu bytes", name, (unsigned long long)limit);
    return bk_foreign_stop_err(run, &err);
}

static bool stream_write(bk_foreign_run *run, bk_wasi *wasi, const bk_wasi_fd *fd, const vector *v) {
    bool out = fd->kind == BK_WASI_STDOUT;
    if (!allow(run, out ? "stdout" : "stderr", out ? &wasi->out : &wasi->err_, v->n, wasi->limits.stream)) return false;
    const bk_wasi_stream *s = stream_of(wasi, fd);
    if (!s->write || !v->n) return true;
    bk_err err = BK_ERR_INIT;
    uint32_t left = s->terminal ? UINT32_MAX : bk_foreign_time_left(run, true);
    bk_foreign_wait_begin(run, s->terminal);
    bk_status status = s->write(s->self, bk_str_of((const char *)v->p, v->n), left, &err);
    bk_foreign_wait_end(run);
    return status == BK_OK || bk_foreign_stop_err(run, &err);
}

/* One read into the first buffer that has room. */
static bool stream_read(bk_foreign_run *run, bk_wasi *wasi, const vector *v, size_t *ret_n) {
    const bk_wasi_stream *s = &wasi->world->in;
    *ret_n = 0;
    if (!s->read || !v->n) return true;
    static const char what[] = "standard input";
    uint8_t size[4];
    bool given;
    bk_str kept;
    bk_err err = BK_ERR_INIT;
    bk_wasi_put32(size, v->n);
    const bk_str request = bk_str_of((const char *)size, sizeof size);
    if (!bk_wasi_tape_ask(wasi, run, what, request, &given, &kept)) return false;
    if (given && kept.n <= v->n) {
        *ret_n = kept.n;
        if (kept.n) memcpy(v->p, kept.p, kept.n);
    } else {
        uint32_t left = s->terminal ? UINT32_MAX : bk_foreign_time_left(run, true);
        bk_foreign_wait_begin(run, s->terminal);
        bk_status status = s->read(s->self, (char *)v->p, v->n, left, ret_n, &err);
        bk_foreign_wait_end(run);
        if (!bk_wasi_tape_keep(wasi, run, what, request, status, bk_str_of((const char *)v->p, *ret_n), &err)) return false;
    }
    return allow(run, "stdin", &wasi->in, *ret_n, wasi->limits.stdin_);
}

/* ---- reading and writing ---- */

typedef struct transfer {
    bk_foreign_run *run;
    bk_wasi *wasi;
    bk_wasi_fd *fd;
    uint64_t at;   /* FILE: where */
    uint64_t done; /* bytes */
    bool stopped;  /* the run is over */
} transfer;

static bk_wasi_errno read_one(transfer *t, const vector *v, bool *ret_end) {
    if (t->fd->kind == BK_WASI_STDIN) {
        size_t n;
        t->stopped = !stream_read(t->run, t->wasi, v, &n);
        t->done += n;
        *ret_end = v->n > 0; /* what is there is handed on */
        return BK_WASI_OK;
    }
    bk_str bytes = bk_tree_view(t->fd->node, t->at, v->n);
    if (bytes.n) memcpy(v->p, bytes.p, bytes.n);
    t->at += bytes.n;
    t->done += bytes.n;
    *ret_end = bytes.n < v->n;
    return BK_WASI_OK;
}

static bk_wasi_errno write_one(transfer *t, const vector *v) {
    if (t->fd->kind != BK_WASI_FILE) {
        t->stopped = !stream_write(t->run, t->wasi, t->fd, v);
        t->done += v->n;
        return BK_WASI_OK;
    }
    bk_wasi_errno e =
        bk_tree_write(&t->wasi->tree, t->fd->node, t->at, bk_str_of((const char *)v->p, v->n), bk_wasi_realtime(t->wasi, t->run));
    if (e != BK_WASI_OK) return t->done ? BK_WASI_OK : e;
    t->at += v->n;
    t->done += v->n;
    return BK_WASI_OK;
}

/* All buffers of a list; *ret_size gets the bytes. Returns false when the run is over. */
static bool move(transfer *t, uint64_t list, uint64_t count, uint64_t size_at, bool writing, uint64_t *args) {
    if (count > BK_WASI_IOVS) return bk_wasi_answer(args, BK_WASI_EINVAL);
    if (!bk_foreign_range(t->run, size_at, 4)) return bk_wasi_answer(args, BK_WASI_EFAULT);
    bool end = false;
    for (uint64_t i = 0; i < count && !end; i++) {
        vector v;
        if (!vector_at(t->run, list, i, &v)) return bk_wasi_answer(args, BK_WASI_EFAULT);
        if (t->done + v.n > UINT32_MAX) return bk_wasi_answer(args, BK_WASI_EINVAL);
        bk_wasi_errno e = writing ? write_one(t, &v) : read_one(t, &v, &end);
        if (t->stopped) return false;
        if (e != BK_WASI_OK) return bk_wasi_answer(args, e);
    }
    return bk_wasi_answer(args, bk_wasi_store32(t->run, size_at, (uint32_t)t->done));
}

static bk_wasi_errno usable(const bk_wasi_fd *fd, bool writing) {
    if (!fd) return BK_WASI_EBADF;
    if (fd->kind == BK_WASI_DIR) return writing ? BK_WASI_EBADF : BK_WASI_EISDIR;
    return (writing ? fd->can_write : fd->can_read) ? BK_WASI_OK : BK_WASI_EBADF;
}

bool bk_wasi_fd_read(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    bk_wasi_errno e = usable(fd, false);
    if (e != BK_WASI_OK) return bk_wasi_answer(args, e);
    transfer t = {.run = run, .wasi = self, .fd = fd, .at = fd->at};
    bool more = move(&t, args[1], args[2], args[3], false, args);
    fd->at = t.at;
    return more;
}

bool bk_wasi_fd_pread(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    bk_wasi_errno e = usable(fd, false);
    if (e == BK_WASI_OK && fd->kind != BK_WASI_FILE) e = BK_WASI_ESPIPE;
    if (e != BK_WASI_OK) return bk_wasi_answer(args, e);
    transfer t = {.run = run, .wasi = self, .fd = fd, .at = args[3]};
    return move(&t, args[1], args[2], args[4], false, args);
}

bool bk_wasi_fd_write(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    bk_wasi_errno e = usable(fd, true);
    if (e != BK_WASI_OK) return bk_wasi_answer(args, e);
    bool file = fd->kind == BK_WASI_FILE;
    transfer t = {.run = run, .wasi = self, .fd = fd, .at = file && (fd->flags & BK_WASI_APPEND) ? fd->node->size : fd->at};
    bool more = move(&t, args[1], args[2], args[3], true, args);
    if (file) fd->at = t.at;
    return more;
}

bool bk_wasi_fd_pwrite(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    bk_wasi_errno e = usable(fd, true);
    if (e == BK_WASI_OK && fd->kind != BK_WASI_FILE) e = BK_WASI_ESPIPE;
    if (e != BK_WASI_OK) return bk_wasi_answer(args, e);
    transfer t = {.run = run, .wasi = self, .fd = fd, .at = args[3]};
    return move(&t, args[1], args[2], args[4], true, args);
}

/* ---- position and size ---- */

static bk_wasi_errno file_of(bk_wasi *wasi, uint64_t number, bk_wasi_fd **ret) {
    bk_wasi_fd *fd = bk_wasi_fd_get(wasi, number);
    if (!fd) return BK_WASI_EBADF;
    if (fd->kind == BK_WASI_DIR) return BK_WASI_EISDIR;
    if (fd->kind != BK_WASI_FILE) return BK_WASI_ESPIPE;
    *ret = fd;
    return BK_WASI_OK;
}

bool bk_wasi_fd_seek(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi_fd *fd;
    bk_wasi_errno e = file_of(self, args[0], &fd);
    if (e != BK_WASI_OK) return bk_wasi_answer(args, e);
    int64_t to, from = args[2] == 0 ? 0 : args[2] == 1 ? (int64_t)fd->at : (int64_t)fd->node->size;
    if (args[2] > 2 || __builtin_add_overflow(from, (int64_t)args[1], &to) || to < 0) return bk_wasi_answer(args, BK_WASI_EINVAL);
    e = bk_wasi_store64(run, args[3], (uint64_t)to);
    if (e == BK_WASI_OK) fd->at = (uint64_t)to;
    return bk_wasi_answer(args, e);
}

bool bk_wasi_fd_tell(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_wasi_fd *fd;
    bk_wasi_errno e = file_of(self, args[0], &fd);
    if (e == BK_WASI_OK) e = bk_wasi_store64(run, args[1], fd->at);
    return bk_wasi_answer(args, e);
}

static bk_wasi_errno resize(bk_foreign_run *run, bk_wasi *wasi, uint64_t number, uint64_t size, bool shrink) {
    bk_wasi_fd *fd;
    bk_wasi_errno e = file_of(wasi, number, &fd);
    if (e != BK_WASI_OK) return e == BK_WASI_ESPIPE ? BK_WASI_EINVAL : e;
    if (!fd->can_write) return BK_WASI_EBADF;
    if (size > INT64_MAX) return BK_WASI_EINVAL;
    if (!shrink && size <= fd->node->size) return BK_WASI_OK;
    e = bk_tree_resize(&wasi->tree, fd->node, size);
    if (e == BK_WASI_OK) fd->node->mtime = fd->node->ctime = bk_wasi_realtime(wasi, run);
    return e;
}

bool bk_wasi_fd_allocate(bk_foreign_run *run, void *self, uint64_t *args) {
    uint64_t end;
    if (__builtin_add_overflow(args[1], args[2], &end) || !args[2]) return bk_wasi_answer(args, BK_WASI_EINVAL);
    return bk_wasi_answer(args, resize(run, self, args[0], end, false));
}

bool bk_wasi_fd_filestat_set_size(bk_foreign_run *run, void *self, uint64_t *args) {
    return bk_wasi_answer(args, resize(run, self, args[0], args[1], true));
}

bool bk_wasi_fd_advise(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)run;
    bk_wasi_fd *fd;
    bk_wasi_errno e = file_of(self, args[0], &fd);
    return bk_wasi_answer(args, e == BK_WASI_OK && args[3] > 5 ? BK_WASI_EINVAL : e);
}

static bool sync_nothing(bk_wasi *wasi, uint64_t *args) {
    return bk_wasi_answer(args, bk_wasi_fd_get(wasi, args[0]) ? BK_WASI_OK : BK_WASI_EBADF);
}

bool bk_wasi_fd_sync(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)run;
    return sync_nothing(self, args);
}

bool bk_wasi_fd_datasync(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)run;
    return sync_nothing(self, args);
}

/* ---- what a descriptor is ---- */

static uint8_t type_of(const bk_wasi *wasi, const bk_wasi_fd *fd) {
    if (fd->kind == BK_WASI_DIR) return BK_WASI_TYPE_DIR;
    if (fd->kind == BK_WASI_FILE) return BK_WASI_TYPE_FILE;
    return stream_of(wasi, fd)->terminal ? BK_WASI_TYPE_CHARACTER : BK_WASI_TYPE_UNKNOWN;
}

bool bk_wasi_fd_fdstat_get(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    if (!fd) return bk_wasi_answer(args, BK_WASI_EBADF);
    uint8_t *to = bk_foreign_range(run, args[1], 24);
    if (!to) return bk_wasi_answer(args, BK_WASI_EFAULT);
    memset(to, 0, 24);
    to[0] = type_of(self, fd);
    bk_wasi_put16(to + 2, fd->flags);
    uint64_t rights = fd->node ? RIGHTS_ALL : RIGHTS_STREAM;
    bk_wasi_put64(to + 8, rights);
    bk_wasi_put64(to + 16, fd->kind == BK_WASI_DIR ? rights : 0);
    return bk_wasi_answer(args, BK_WASI_OK);
}

bool bk_wasi_fd_fdstat_set_flags(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)run;
    bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    if (!fd) return bk_wasi_answer(args, BK_WASI_EBADF);
    if (args[1] > 31) return bk_wasi_answer(args, BK_WASI_EINVAL);
    fd->flags = (uint16_t)args[1];
    return bk_wasi_answer(args, BK_WASI_OK);
}

bool bk_wasi_fd_fdstat_set_rights(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)run;
    return bk_wasi_answer(args, bk_wasi_fd_get(self, args[0]) ? BK_WASI_ENOTSUP : BK_WASI_EBADF);
}

void bk_wasi_filestat(const bk_tree_node *node, uint8_t *to) {
    memset(to, 0, 64);
    bk_wasi_put64(to, 1);
    bk_wasi_put64(to + 8, node->ino);
    to[16] = node->dir ? BK_WASI_TYPE_DIR : BK_WASI_TYPE_FILE;
    bk_wasi_put64(to + 24, 1);
    bk_wasi_put64(to + 32, node->size);
    bk_wasi_put64(to + 40, node->atime);
    bk_wasi_put64(to + 48, node->mtime);
    bk_wasi_put64(to + 56, node->ctime);
}

bool bk_wasi_fd_filestat_get(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    if (!fd) return bk_wasi_answer(args, BK_WASI_EBADF);
    uint8_t *to = bk_foreign_range(run, args[1], 64);
    if (!to) return bk_wasi_answer(args, BK_WASI_EFAULT);
    if (fd->node) {
        bk_wasi_filestat(fd->node, to);
    } else {
        memset(to, 0, 64);
        to[16] = type_of(self, fd);
        bk_wasi_put64(to + 24, 1);
    }
    return bk_wasi_answer(args, BK_WASI_OK);
}

bk_wasi_errno bk_wasi_set_times(bk_tree_node *node, uint64_t atime, uint64_t mtime, uint64_t flags, uint64_t now) {
    enum { ATIM = 1, ATIM_NOW = 2, MTIM = 4, MTIM_NOW = 8 };
    if (flags > 15 || (flags & 3) == 3 || (flags & 12) == 12) return BK_WASI_EINVAL;
    if (flags & ATIM) node->atime = atime;
    if (flags & ATIM_NOW) node->atime = now;
    if (flags & MTIM) node->mtime = mtime;
    if (flags & MTIM_NOW) node->mtime = now;
    node->ctime = now;
    return BK_WASI_OK;
}

bool bk_wasi_fd_filestat_set_times(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    if (!fd) return bk_wasi_answer(args, BK_WASI_EBADF);
    if (!fd->node) return bk_wasi_answer(args, BK_WASI_EPERM);
    return bk_wasi_answer(args, bk_wasi_set_times(fd->node, args[1], args[2], args[3], bk_wasi_realtime(self, run)));
}

/* ---- the table of descriptors ---- */

bool bk_wasi_fd_close(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)run;
    bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    if (!fd) return bk_wasi_answer(args, BK_WASI_EBADF);
    bk_wasi_drop(self, fd);
    return bk_wasi_answer(args, BK_WASI_OK);
}

/* The descriptor args[0] takes the place of args[1], which is closed. */
bool bk_wasi_fd_renumber(bk_foreign_run *run, void *self, uint64_t *args) {
    (void)run;
    bk_wasi_fd *from = bk_wasi_fd_get(self, args[0]), *to = bk_wasi_fd_get(self, args[1]);
    if (!from || !to) return bk_wasi_answer(args, BK_WASI_EBADF);
    if (from == to) return bk_wasi_answer(args, BK_WASI_OK);
    bk_wasi_drop(self, to);
    *to = *from;
    *from = (bk_wasi_fd){0};
    return bk_wasi_answer(args, BK_WASI_OK);
}

/* Only what is there from the start has a name: /tmp, at its number. */
static bool is_preopen(const bk_wasi *wasi, uint64_t fd) {
    return fd == BK_WASI_TMP && wasi->has_tree && wasi->fds[fd].kind == BK_WASI_DIR && wasi->fds[fd].node == wasi->tree.root;
}

bool bk_wasi_fd_prestat_get(bk_foreign_run *run, void *self, uint64_t *args) {
    if (!is_preopen(self, args[0])) return bk_wasi_answer(args, BK_WASI_EBADF);
    return bk_wasi_answer(args, bk_wasi_store64(run, args[1], (uint64_t)4 << 32)); /* a directory; bytes of its name */
}

bool bk_wasi_fd_prestat_dir_name(bk_foreign_run *run, void *self, uint64_t *args) {
    if (!is_preopen(self, args[0])) return bk_wasi_answer(args, BK_WASI_EBADF);
    if (args[2] < 4) return bk_wasi_answer(args, BK_WASI_ENAMETOOLONG);
    uint8_t *to = bk_foreign_range(run, args[1], 4);
    if (!to) return bk_wasi_answer(args, BK_WASI_EFAULT);
    static const char name[4] = {'/', 't', 'm', 'p'}; /* without a NUL */
    memcpy(to, name, sizeof name);
    return bk_wasi_answer(args, BK_WASI_OK);
}

/* ---- directories ---- */

typedef struct listing {
    uint8_t *to;
    uint64_t n, used;
} listing;

/* One entry, cut short at the end of the buffer. False: the buffer is full. */
static bool list_entry(listing *l, uint64_t cookie, uint64_t ino, bool dir, bk_str name) {
    uint8_t head[24] = {0};
    bk_wasi_put64(head, cookie);
    bk_wasi_put64(head + 8, ino);
    bk_wasi_put32(head + 16, (uint32_t)name.n);
    head[20] = dir ? BK_WASI_TYPE_DIR : BK_WASI_TYPE_FILE;
    uint64_t room = l->n - l->used, n = room < sizeof head ? room : sizeof head;
    memcpy(l->to + l->used, head, (size_t)n);
    l->used += n;
    room -= n;
    n = room < name.n ? room : name.n;
    if (n) memcpy(l->to + l->used, name.p, (size_t)n);
    l->used += n;
    return l->used < l->n;
}

bool bk_wasi_fd_readdir(bk_foreign_run *run, void *self, uint64_t *args) {
    const bk_wasi_fd *fd = bk_wasi_fd_get(self, args[0]);
    if (!fd) return bk_wasi_answer(args, BK_WASI_EBADF);
    if (fd->kind != BK_WASI_DIR) return bk_wasi_answer(args, BK_WASI_ENOTDIR);
    listing l = {bk_foreign_range(run, args[1], args[2]), args[2], 0};
    if (!l.to || !bk_foreign_range(run, args[4], 4)) return bk_wasi_answer(args, BK_WASI_EFAULT);
    const bk_tree_node *dir = fd->node, *up = dir->parent ? dir->parent : dir;
    uint64_t from = args[3];
    bool room = l.n > 0;
    if (room && from < BK_TREE_COOKIE_SELF) room = list_entry(&l, BK_TREE_COOKIE_SELF, dir->ino, true, BK_S("."));
    if (room && from < BK_TREE_COOKIE_PARENT) room = list_entry(&l, BK_TREE_COOKIE_PARENT, up->ino, true, BK_S(".."));
    for (const bk_tree_node *n = dir->first; n && room; n = n->next)
        if (n->cookie > from) room = list_entry(&l, n->cookie, n->ino, n->dir, bk_str_of(n->name, n->name_n));
    return bk_wasi_answer(args, bk_wasi_store32(run, args[4], (uint32_t)l.used));
}
