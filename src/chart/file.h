/* file.h: files of a chart, as the loader gets them: a name relative to the chart's folder and the bytes. Both are borrowed. */
#ifndef BK_CHART_FILE_H
#define BK_CHART_FILE_H

#include "base/arena.h"
#include "base/err.h"

typedef struct bk_file {
    bk_str name, data;
    int64_t mtime;            /* seconds since 1970; 0: unknown */
    struct bk_unread *unread; /* not NULL: the data has its room and is not there yet (unread.h) */
} bk_file;

/* A growing list; the order is that of the archive or the directory. */
typedef struct bk_files {
    bk_file *p;
    size_t n, cap;
} bk_files;

/* Appends; fails without memory and beyond BK_LIMIT_FILES. */
bk_status bk_files_add(bk_files *files, bk_arena *arena, bk_file file, bk_err *err);

/* Without the byte order mark that Helm takes off every file. */
bk_str bk_file_trim_bom(bk_str data);

#endif
