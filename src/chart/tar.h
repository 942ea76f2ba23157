/* tar.h: reads a tar archive that lies in memory, as Go's archive/tar does.
 *
 * Or, by bk_tar_unpack, one that is being inflated: then the data of an entry that is asked for is a copy in the arena, and the rest is never kept. Every
 * failure is then preliminary: bk_archive_read starts again with the whole archive in memory to find out what it really is.
 *
 * V7, ustar, pax (path, size, mtime), GNU (long names, base-256 numbers) and star headers; both ways of counting checksums; the end mark; and the
 * ways in which Go takes a damaged end for a good one. Entries are views into the archive.
 * Sparse files are refused (Go expands them): no chart has any, and their maps are the most involved part of the format. */
#ifndef BK_CHART_TAR_H
#define BK_CHART_TAR_H

#include "chart/gunzip.h"
#include "chart/unpack.h"

typedef struct bk_tar {
    bk_arena *arena;
    bk_stream stream;
    bk_unpack *unpack; /* instead of the stream; or NULL */
    char block[512];   /* the header that was read last, with unpack */
    size_t at;
    int64_t left; /* bytes of the current entry's data that were not read */
    int64_t pad;  /* bytes behind it */
} bk_tar;

/* Type flags that matter here. */
enum {
    BK_TAR_FILE = '0',
    BK_TAR_OLD_FILE = 0,
    BK_TAR_LINK = '1',
    BK_TAR_SYMLINK = '2',
    BK_TAR_DIR = '5',
    BK_TAR_FIFO = '6',
    BK_TAR_CONTIGUOUS = '7',
    BK_TAR_GLOBAL = 'g',
    BK_TAR_EXTENDED = 'x'
};

typedef struct bk_tar_entry {
    bk_str name;
    int64_t size;  /* as the header says; links, devices and directories have no data whatever it says */
    int64_t mtime; /* seconds since 1970 */
    char type;
    bool is_dir;        /* by type or by mode */
    bool is_executable; /* its owner may run it */
} bk_tar_entry;

void bk_tar_init(bk_tar *tar, bk_arena *arena, bk_stream stream);
void bk_tar_unpack(bk_tar *tar, bk_arena *arena, bk_unpack *unpack);
/* The next entry, pax and GNU name records taken in; *ret_more is false at the end. After a failure the archive is of no more use. */
bk_status bk_tar_next(bk_tar *tar, bk_tar_entry *ret, bool *ret_more, bk_err *err);
/* The data of the entry that was just returned: once, or not at all. */
bk_status bk_tar_data(bk_tar *tar, bk_str *ret, bk_err *err);
/* With unpack: room for the data instead, of which only the first `n` bytes are there; *ret_at is where in the stream the rest is. */
bk_status bk_tar_room(bk_tar *tar, size_t n, bk_str *ret, size_t *ret_at, bk_err *err);

#endif
