#include "plugin/tree.h"

#include <stdlib.h>

#include "base/utf8.h"

static bk_tree_node *node_new(bk_tree *tree, bool dir, bk_str name, uint64_t now) {
    bk_tree_node *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->name = malloc(name.n + 1);
    if (!n->name) {
        free(n);
        return NULL;
    }
    if (name.n) memcpy(n->name, name.p, name.n);
    n->name[name.n] = 0;
    n->name_n = name.n;
    n->dir = dir;
    n->ino = tree->next_ino++;
    n->atime = n->mtime = n->ctime = now;
    tree->nodes++;
    return n;
}

static void node_free(bk_tree *tree, bk_tree_node *n) {
    tree->bytes -= n->size;
    tree->nodes--;
    free(n->data);
    free(n->name);
    free(n);
}

bool bk_tree_init(bk_tree *tree, uint64_t most, size_t most_nodes, uint64_t now) {
    *tree = (bk_tree){.most = most, .most_nodes = most_nodes, .next_ino = 2, .next_cookie = BK_TREE_COOKIE_PARENT + 1};
    tree->root = node_new(tree, true, BK_S(""), now);
    return tree->root != NULL;
}

static void link_child(bk_tree *tree, bk_tree_node *dir, bk_tree_node *n) {
    n->parent = dir;
    n->cookie = tree->next_cookie++;
    n->previous = dir->last;
    n->next = NULL;
    if (dir->last) dir->last->next = n;
    else dir->first = n;
    dir->last = n;
}

static void unlink_child(bk_tree_node *n) {
    bk_tree_node *dir = n->parent;
    if (n->previous) n->previous->next = n->next;
    else dir->first = n->next;
    if (n->next) n->next->previous = n->previous;
    else dir->last = n->previous;
    n->parent = n->next = n->previous = NULL;
}

/* The depth is bounded, but no walk needs the stack: the deepest first child goes first. Whatever is still held is unlinked by then. */
void bk_tree_release(bk_tree *tree) {
    bk_tree_node *n = tree->root;
    while (n) {
        if (n->first) {
            n = n->first;
            continue;
        }
        bk_tree_node *parent = n->parent;
        if (parent) unlink_child(n);
        node_free(tree, n);
        n = parent;
    }
    tree->root = NULL;
}

/* ---- paths ---- */

static bk_tree_node *child(const bk_tree_node *dir, bk_str name) {
    for (bk_tree_node *n = dir->first; n; n = n->next)
        if (n->name_n == name.n && memcmp(n->name, name.p, name.n) == 0) return n;
    return NULL;
}

static size_t depth_of(const bk_tree_node *n) {
    size_t depth = 0;
    for (; n->parent; n = n->parent) depth++;
    return depth;
}

static bk_wasi_errno step(bk_tree_node *base, bk_tree_place *at, bk_str part) {
    if (part.n > BK_TREE_NAME) return BK_WASI_ENAMETOOLONG;
    /* What the path has led to so far has to be a directory. */
    if (!at->node) return BK_WASI_ENOENT;
    if (!at->node->dir) return BK_WASI_ENOTDIR;
    if (bk_str_eq(part, BK_S("."))) return BK_WASI_OK;
    if (bk_str_eq(part, BK_S(".."))) {
        if (at->node == base || !at->node->parent) return BK_WASI_EPERM;
        at->node = at->node->parent;
    } else {
        at->dir = at->node;
        at->node = child(at->dir, part);
        at->name = part;
        return BK_WASI_OK;
    }
    at->dir = at->node == base ? NULL : at->node->parent;
    at->name = at->node == base ? BK_S("") : bk_str_of(at->node->name, at->node->name_n);
    return BK_WASI_OK;
}

bk_wasi_errno bk_tree_find(bk_tree *tree, bk_tree_node *base, bk_str path, bk_tree_place *ret) {
    (void)tree;
    if (path.n > BK_TREE_PATH) return BK_WASI_ENAMETOOLONG;
    if (!path.n || (base->parent == NULL && base != tree->root)) return BK_WASI_ENOENT;
    if (memchr(path.p, 0, path.n)) return BK_WASI_EINVAL;
    if (!bk_utf8_valid(path)) return BK_WASI_EILSEQ;
    if (path.p[0] == '/') return BK_WASI_EPERM;
    bk_tree_place at = {.node = base, .name = BK_S(""), .slash = path.p[path.n - 1] == '/'};
    while (path.n) {
        bk_str part;
        bk_str_cut(path, BK_S("/"), &part, &path);
        if (!part.n) continue;
        bk_wasi_errno e = step(base, &at, part);
        if (e != BK_WASI_OK) return e;
    }
    if (at.slash && at.node && !at.node->dir) return BK_WASI_ENOTDIR;
    *ret = at;
    return BK_WASI_OK;
}

/* ---- nodes ---- */

bk_wasi_errno bk_tree_make(bk_tree *tree, const bk_tree_place *at, bool dir, uint64_t now, bk_tree_node **ret) {
    if (at->node) return BK_WASI_EEXIST;
    if (!at->dir) return BK_WASI_EINVAL;
    if (at->slash && !dir) return BK_WASI_EISDIR;
    if (tree->nodes >= tree->most_nodes || depth_of(at->dir) + 1 >= BK_TREE_DEPTH) return BK_WASI_ENOSPC;
    bk_tree_node *n = node_new(tree, dir, at->name, now);
    if (!n) return BK_WASI_ENOMEM;
    link_child(tree, at->dir, n);
    at->dir->mtime = at->dir->ctime = now;
    *ret = n;
    return BK_WASI_OK;
}

void bk_tree_hold(bk_tree_node *node) { node->open++; }

void bk_tree_let_go(bk_tree *tree, bk_tree_node *node) {
    if (--node->open == 0 && !node->parent && node != tree->root) node_free(tree, node);
}

static void detach(bk_tree *tree, bk_tree_node *n, uint64_t now) {
    n->parent->mtime = n->parent->ctime = now;
    unlink_child(n);
    if (!n->open) node_free(tree, n);
}

bk_wasi_errno bk_tree_remove(bk_tree *tree, const bk_tree_place *at, bool rmdir, uint64_t now) {
    if (!at->node) return BK_WASI_ENOENT;
    if (!at->dir) return BK_WASI_EPERM; /* the base itself */
    if (rmdir && !at->node->dir) return BK_WASI_ENOTDIR;
    if (!rmdir && at->node->dir) return BK_WASI_EISDIR;
    if (at->node->first) return BK_WASI_ENOTEMPTY;
    detach(tree, at->node, now);
    return BK_WASI_OK;
}

/* How many levels lie below a node. The tree has at most BK_TREE_DEPTH, so this ends. */
static size_t height_of(const bk_tree_node *top) {
    size_t height = 0, depth = 0;
    for (const bk_tree_node *n = top;;) {
        if (n->first) {
            n = n->first;
            if (++depth > height) height = depth;
            continue;
        }
        while (n != top && !n->next) {
            n = n->parent;
            depth--;
        }
        if (n == top) return height;
        n = n->next;
    }
}

bk_wasi_errno bk_tree_rename(bk_tree *tree, const bk_tree_place *from, const bk_tree_place *to, uint64_t now) {
    bk_tree_node *n = from->node;
    if (!n) return BK_WASI_ENOENT;
    if (!from->dir || !to->dir) return BK_WASI_EBUSY; /* a base */
    if (to->node == n) return BK_WASI_OK;
    if (to->slash && !n->dir) return BK_WASI_ENOTDIR;
    for (const bk_tree_node *up = to->dir; up; up = up->parent)
        if (up == n) return BK_WASI_EINVAL; /* into itself */
    if (to->node) {
        if (n->dir && !to->node->dir) return BK_WASI_ENOTDIR;
        if (!n->dir && to->node->dir) return BK_WASI_EISDIR;
        if (to->node->first) return BK_WASI_ENOTEMPTY;
    }
    if (depth_of(to->dir) + 1 + (n->dir ? height_of(n) : 0) >= BK_TREE_DEPTH) return BK_WASI_ENOSPC;
    char *name = malloc(to->name.n + 1);
    if (!name) return BK_WASI_ENOMEM;
    memcpy(name, to->name.p, to->name.n);
    name[to->name.n] = 0;
    size_t name_n = to->name.n;
    if (to->node) detach(tree, to->node, now);
    n->parent->mtime = n->parent->ctime = now;
    unlink_child(n);
    free(n->name);
    n->name = name;
    n->name_n = name_n;
    link_child(tree, to->dir, n);
    to->dir->mtime = to->dir->ctime = n->ctime = now;
    return BK_WASI_OK;
}

/* ---- contents ---- */

/* Room that a smaller file does not need goes back: what is counted is the size, and what is taken has to follow it. */
static void shrink(bk_tree_node *file) {
    if (!file->size) {
        free(file->data);
        file->data = NULL;
        file->cap = 0;
    } else if (file->cap - file->size > file->size / 2 + 4096) {
        unsigned char *data = realloc(file->data, (size_t)file->size);
        if (!data) return;
        file->data = data;
        file->cap = file->size;
    }
}

bk_wasi_errno bk_tree_resize(bk_tree *tree, bk_tree_node *file, uint64_t size) {
    if (size > file->size && size - file->size > tree->most - tree->bytes) return BK_WASI_ENOSPC;
    if (size > file->cap) {
        uint64_t cap = file->cap * 2 > size ? file->cap * 2 : size;
        if (cap < 256) cap = 256;
        if (cap > SIZE_MAX / 2) return BK_WASI_EFBIG;
        unsigned char *data = realloc(file->data, (size_t)cap);
        if (!data) return BK_WASI_ENOSPC;
        file->data = data;
        file->cap = cap;
    }
    if (size > file->size) memset(file->data + file->size, 0, (size_t)(size - file->size));
    bool smaller = size < file->size;
    tree->bytes = tree->bytes - file->size + size;
    file->size = size;
    if (smaller) shrink(file);
    return BK_WASI_OK;
}

bk_wasi_errno bk_tree_write(bk_tree *tree, bk_tree_node *file, uint64_t at, bk_str bytes, uint64_t now) {
    uint64_t end;
    if (!bytes.n) return BK_WASI_OK;
    if (__builtin_add_overflow(at, (uint64_t)bytes.n, &end)) return BK_WASI_EFBIG;
    if (end > file->size) {
        bk_wasi_errno e = bk_tree_resize(tree, file, end);
        if (e != BK_WASI_OK) return e;
    }
    memcpy(file->data + at, bytes.p, bytes.n);
    file->mtime = file->ctime = now;
    return BK_WASI_OK;
}

bk_str bk_tree_view(const bk_tree_node *file, uint64_t at, uint64_t n) {
    if (at >= file->size) return BK_S("");
    if (n > file->size - at) n = file->size - at;
    return bk_str_of((const char *)file->data + at, (size_t)n);
}
