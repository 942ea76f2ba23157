/* archive.h: a packed chart (.tgz) to its files, with Helm's checks of names and sizes.
 *
 * Names lose their first part, the chart's own folder, and are cleaned; a name that is absolute, leads out of the folder or looks like a
 * Windows drive makes the archive bad. Directories and pax headers are left out. Links, devices, pipes, absolute
 * names, names that stand twice and damage anywhere in the file are refused, where Helm is lax. The files' data lie in the arena.
 *
 * The data of all files together must be less than 100 MiB (Helm's limit), and the whole archive, headers and all, not much more. */
#ifndef BK_CHART_ARCHIVE_H
#define BK_CHART_ARCHIVE_H

#include "chart/file.h"

/* The files, at least one. Errors are worded as Helm and Go word them: "gzip: invalid header", "unexpected EOF", "archive/tar: invalid tar
 * header", "chart illegally references parent directory" … */
bk_status bk_archive_read(bk_arena *arena, bk_str bytes, bk_files *ret, bk_err *err);
/* The same for a render, which leaves most of some files alone: those are left out for now (unread.h), and `bytes` must live as long as the files do. */
bk_status bk_archive_read_some(bk_arena *arena, bk_str bytes, bk_files *ret, bk_err *err);
/* One file out of the front part of an archive. *ret_found is false when that part ends before it, or anything is odd on the way: then only the whole archive
 * tells more. */
bk_status bk_archive_find(bk_arena *arena, bk_str front, bk_str name, bk_str *ret, bool *ret_found, bk_err *err);
/* Whether an error is, or wraps, gzip's complaint about its header: Helm words that one apart. */
bool bk_archive_is_not_gzip(const bk_err *err);

/* Fails unless the bytes look like gzip, telling what they look like instead: "file 'x' does not appear to be a gzipped archive; got
 * 'text/plain; charset=utf-8'". */
bk_status bk_archive_check_type(bk_str name, bk_str bytes, bk_err *err);

#endif
