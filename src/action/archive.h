/* archive.h: a chart's folder to the bytes of an archive, and an archive to files, in a compartment. */
#ifndef BK_ACTION_ARCHIVE_H
#define BK_ACTION_ARCHIVE_H

#include "action/render.h"
#include "plugin/archive.h"

typedef struct bk_pack_options {
    bk_str version, app_version; /* instead of Chart.yaml's; empty: as they are */
    bk_str dependency, range;    /* the folder is that dependency's, and its version must lie in the range */
    bool stamped;                /* all files get the time `stamp` */
    int64_t stamp;
} bk_pack_options;

typedef struct bk_packed {
    bk_str file; /* "name-version.tgz": checked to be the name of a file, ends with a NUL that does not count */
    bk_str version;
    bk_str metadata; /* YAML, as provenance files have it */
    bk_str archive;
} bk_packed;

/* Log lines are added to *logs. */
bk_status bk_pack(bk_arena *arena, bk_str folder, const bk_pack_options *options, bk_guard *guard, const bk_sandbox_limits *limits,
                  bk_packed *ret, bk_rendered *logs, bk_err *err);

/* The files of an archive, and the name of its chart, which is fit to be a file's. Names are relative and clean. */
bk_status bk_archive_entries(bk_arena *arena, bk_str path, bk_str *ret_name, bk_plugin_entry **ret, size_t *ret_count, bk_err *err);

#endif
