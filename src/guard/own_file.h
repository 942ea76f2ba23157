/* own_file.h: files that the operator owns and the program acts upon: the policy, the store of plugins' grants. */
#ifndef BK_GUARD_OWN_FILE_H
#define BK_GUARD_OWN_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum {
    /* Found by the program rather than named by the operator: no symbolic link, one name, the user's or root's own, writable by nobody else. */
    BK_OWN_FOUND = 1,
    /* A file that is not there is empty: *ret_there says which. */
    BK_OWN_MAY_LACK = 2,
};

/* Reads a regular file of at most `cap` bytes whole; `what` opens messages: "policy /x: is a symbolic link". `dir` is an open folder or AT_FDCWD. */
bk_status bk_own_file_read(bk_arena *arena, int dir, const char *path, const char *what, unsigned flags, size_t cap, bk_str *ret,
                           bool *ret_there, bk_err *err);
/* Opens the folder of `path` for BK_OWN_FOUND files: the user's or root's, writable by nobody else. With `make` it is created (0700) where it is missing. *ret is -1
 * when there is none. *ret_base is the part of path behind it. */
bk_status bk_own_folder_open(const char *path, const char *what, bool make, int *ret, const char **ret_base, bk_err *err);

/* Why the operator should not trust a file that he named himself; appends a line to `out`, or nothing. */
void bk_own_file_doubts(const char *path, bk_buf *out);

#endif
