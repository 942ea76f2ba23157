/* tar_write.h: writes a tar archive of files and folders, header for header as Go's archive/tar writes them.
 *
 * ustar where name and time fit, else a pax record in front: names that are not ASCII or too long to be split, times before 1970. Everything
 * belongs to nobody. */
#ifndef BK_CHART_TAR_WRITE_H
#define BK_CHART_TAR_WRITE_H

#include "base/buf.h"

typedef struct bk_tar_item {
    bk_str name; /* of a folder: without a slash at the end, too */
    bk_str data;
    int64_t mtime; /* seconds since 1970 */
    unsigned mode; /* permissions */
    bool dir;
} bk_tar_item;

bk_status bk_tar_put_item(bk_buf *out, const bk_tar_item *item, bk_err *err);
/* Appends a file of mode 0644. Fails for names that no tar archive can hold (with a NUL, or a slash at the end). */
bk_status bk_tar_put(bk_buf *out, bk_str name, bk_str data, int64_t mtime, bk_err *err);
/* The end mark. */
void bk_tar_end(bk_buf *out);

#endif
