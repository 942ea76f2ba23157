/* output_dir.h: manifests as files below a folder. */
#ifndef BK_ACTION_OUTPUT_DIR_H
#define BK_ACTION_OUTPUT_DIR_H

#include "action/render.h"

/* Writes each manifest to <dir>/<its path>, several of one path behind each other ("---", "# Source: …"), and appends "wrote <file>" lines to out.
 *
 * Nothing outside dir is written: paths were checked (action/output.c), folders on the way are opened one by one without following links
 * below dir, and files are created without following one. A file is complete or absent: it gets its name when it is whole. */
bk_status bk_output_dir_write(bk_arena *arena, bk_str dir, const bk_rendered *rendered, bool hooks, bool tests, bk_buf *out, bk_err *err);

#endif
