/* gzip.h: bytes to a gzip file, all in memory. gunzip.h is the way back. */
#ifndef BK_CHART_GZIP_H
#define BK_CHART_GZIP_H

#include "base/arena.h"
#include "base/err.h"

/* One member at the usual level, without a time, the system "unknown". `extra` (at most 65535 bytes) and `comment` (without a NUL) are those of the
 * header; empty ones are left out. The result lies in the arena. */
bk_status bk_gzip(bk_arena *arena, bk_str bytes, bk_str extra, bk_str comment, bk_str *ret, bk_err *err);
/* The same without extras, as small as patience allows: what is stored somewhere narrow. */
bk_status bk_gzip_dense(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err);

#endif
