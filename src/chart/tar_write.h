/* tar_write.h: writes a tar archive of plain files, header for header as Go's archive/tar writes them.
 *
 * ustar where name and time fit, else a pax record in front: names that are not ASCII or too long to be split, times before 1970. All files
 * have mode 0644 and belong to nobody. */
#ifndef BK_CHART_TAR_WRITE_H
#define BK_CHART_TAR_WRITE_H

#include "base/buf.h"

/* Appends a file. `mtime`: seconds since 1970. Fails for names that no tar archive can hold (with a NUL, or a slash at the end). */
bk_status bk_tar_put(bk_buf *out, bk_str name, bk_str data, int64_t mtime, bk_err *err);
/* The end mark. */
void bk_tar_end(bk_buf *out);

#endif
