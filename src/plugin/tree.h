/* tree.h: a small file system in memory, for one call of a plugin.
 *
 * Directories and regular files, nothing else: no links of any kind, no devices, no owners, no permissions. There is no path from here to a file of the
 * host. Everything is capped: bytes in files, nodes, open descriptors (wasi), name length, depth. It is gone with the call.
 *
 * A node that is unlinked while open lives, and counts, until it is let go. Errors are WASI's numbers (wasi_errno.h), 0 for success. */
#ifndef BK_PLUGIN_TREE_H
#define BK_PLUGIN_TREE_H

#include "base/str.h"
#include "plugin/wasi_errno.h"

#define BK_TREE_NAME 255u
#define BK_TREE_PATH 4096u
#define BK_TREE_DEPTH 64u

typedef struct bk_tree_node {
    bool dir;
    uint64_t ino;
    char *name; /* NULL: the root */
    size_t name_n;
    struct bk_tree_node *parent;       /* NULL: the root, or unlinked */
    struct bk_tree_node *first, *last; /* children, in the order they came */
    struct bk_tree_node *next, *previous;
    uint64_t cookie; /* its place in the parent: grows, never used again */
    size_t open;     /* holders besides the parent */
    unsigned char *data;
    uint64_t size, cap;
    uint64_t atime, mtime, ctime; /* ns */
} bk_tree_node;

typedef struct bk_tree {
    bk_tree_node *root;
    uint64_t bytes, most; /* in files */
    size_t nodes, most_nodes;
    uint64_t next_ino, next_cookie;
} bk_tree;

/* Cookies of "." and ".."; those of children are larger. */
enum { BK_TREE_COOKIE_SELF = 1, BK_TREE_COOKIE_PARENT = 2 };

/* False without memory. */
bool bk_tree_init(bk_tree *tree, uint64_t most, size_t most_nodes, uint64_t now);
void bk_tree_release(bk_tree *tree);

/* Where a path leads from a directory: the node if there is one, and the directory and last name, for making one. A path that is absolute or leads above
 * `base` is BK_WASI_EPERM; an intermediate part that is missing ENOENT, that is a file ENOTDIR. */
typedef struct bk_tree_place {
    bk_tree_node *dir, *node; /* node NULL: not there (yet) */
    bk_str name;              /* empty: the path is base itself */
    bool slash;               /* the path ends in a slash, so it means a directory */
} bk_tree_place;

bk_wasi_errno bk_tree_find(bk_tree *tree, bk_tree_node *base, bk_str path, bk_tree_place *ret);

bk_wasi_errno bk_tree_make(bk_tree *tree, const bk_tree_place *at, bool dir, uint64_t now, bk_tree_node **ret);
/* Takes the node out of its directory. rmdir: it must be an empty directory; else a file. */
bk_wasi_errno bk_tree_remove(bk_tree *tree, const bk_tree_place *at, bool rmdir, uint64_t now);
bk_wasi_errno bk_tree_rename(bk_tree *tree, const bk_tree_place *from, const bk_tree_place *to, uint64_t now);

void bk_tree_hold(bk_tree_node *node);
/* Frees the node if it was unlinked and this was the last. */
void bk_tree_let_go(bk_tree *tree, bk_tree_node *node);

/* Sets the size of a file; what is new is zero. */
bk_wasi_errno bk_tree_resize(bk_tree *tree, bk_tree_node *file, uint64_t size);
/* All of it, or ENOSPC and nothing. */
bk_wasi_errno bk_tree_write(bk_tree *tree, bk_tree_node *file, uint64_t at, bk_str bytes, uint64_t now);
/* How much there is from `at` on, as a view that lives until the file changes. */
bk_str bk_tree_view(const bk_tree_node *file, uint64_t at, uint64_t n);

#endif
