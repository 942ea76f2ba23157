/* wasi_errno.h: the error numbers of WASI preview 1 that are used here. */
#ifndef BK_PLUGIN_WASI_ERRNO_H
#define BK_PLUGIN_WASI_ERRNO_H

typedef enum bk_wasi_errno {
    BK_WASI_OK = 0,
    BK_WASI_EACCES = 2,
    BK_WASI_EBADF = 8,
    BK_WASI_EBUSY = 10,
    BK_WASI_EEXIST = 20,
    BK_WASI_EFAULT = 21,
    BK_WASI_EFBIG = 22,
    BK_WASI_EILSEQ = 25,
    BK_WASI_EINVAL = 28,
    BK_WASI_EIO = 29,
    BK_WASI_EISDIR = 31,
    BK_WASI_EMFILE = 33,
    BK_WASI_ENAMETOOLONG = 37,
    BK_WASI_ENOENT = 44,
    BK_WASI_ENOMEM = 48,
    BK_WASI_ENOSPC = 51,
    BK_WASI_ENOTDIR = 54,
    BK_WASI_ENOTEMPTY = 55,
    BK_WASI_ENOTSOCK = 57,
    BK_WASI_ENOTSUP = 58,
    BK_WASI_EPERM = 63,
    BK_WASI_ESPIPE = 70,
} bk_wasi_errno;

#endif
