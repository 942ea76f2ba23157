/* archive.h: a plugin's archive: read in a compartment, written below a fresh folder.
 *
 * What came out of the compartment is checked again before a name reaches the system: relative, plain parts, no "..", nothing twice. Files are made
 * with O_EXCL and O_NOFOLLOW; of an archive's modes only the execute bit counts. */
#ifndef BK_PLUGIN_ARCHIVE_H
#define BK_PLUGIN_ARCHIVE_H

#include "base/arena.h"
#include "base/err.h"
#include "value/value.h"

#define BK_PLUGIN_ARCHIVE_MAX ((size_t)128 << 20)

typedef struct bk_plugin_entry {
    bk_str name; /* "s3/plugin.yaml"; followed by a NUL that does not count */
    bk_str data;
    bool dir, executable;
} bk_plugin_entry;

/* Errors are those of Helm's extraction, without its prefix. */
bk_status bk_plugin_unpack(bk_arena *arena, bk_str bytes, bk_plugin_entry **ret, size_t *ret_count, bk_err *err);

/* Writes the entries below a folder that nobody else knows of yet. Leaves what it wrote when it fails; the folder is the caller's to remove. */
bk_status bk_plugin_write_entries(int folder, const bk_plugin_entry *entries, size_t count, bk_err *err);

/* A folder to the bytes of an archive, packed in a compartment: every file and folder below `root`, with mode 0755 or 0644 and the time `mtime`. Links and
 * devices are refused, as they are when a plugin is installed. `metadata` comes back as YAML (a provenance file's). */
bk_status bk_plugin_pack(bk_arena *arena, bk_str folder, bk_str root, bk_value metadata, int64_t mtime, bk_str *ret_archive,
                         bk_str *ret_metadata, bk_err *err);

/* Copies a folder's tree without following links: files, folders, and links as they are where `links` says so (else they are refused). */
bk_status bk_plugin_copy_tree(bk_arena *arena, int from, int to, bool links, bk_err *err);

/* Removes what has that name in a folder, with all below it; links are removed, not followed. True when it is gone. */
bool bk_plugin_remove_tree(int folder, const char *name);

#endif
