/* content.h: files by their SHA-256, in the place and the form that Helm keeps them: <content cache>/ab/ab…64 digits.chart and .prov.
 *
 * A file is there whole or not at all: it is written under another name in the same folder and renamed, so a full disk or a kill leaves nothing
 * but a name that the next writer sweeps. Two processes may write the same content at once; both put the same bytes. What is read is hashed again; an
 * entry whose bytes are not those of its name is thrown away, and counts as missing. The key of a .prov is the digest of its archive, so it is not
 * checked here. */
#ifndef BK_REGISTRY_CONTENT_H
#define BK_REGISTRY_CONTENT_H

#include "base/arena.h"
#include "sandbox/digest.h"

#define BK_CONTENT_CHART ".chart"
#define BK_CONTENT_PROV ".prov"

enum { BK_CONTENT_HEX = 64 };

/* The path of the entry: *ret is empty when it is not there (or was damaged). `digest`: 64 hexadecimal digits, checked. */
bk_status bk_content_find(bk_arena *arena, bk_str cache, bk_str digest, const char *kind, bk_str *ret, bk_err *err);

/* Another file that gets the bytes of an entry while they come, without a name until it is put into its place, so that nothing is left of it before. It only saves time:
 * where it cannot be made or written it is given up, and the caller copies the entry. */
typedef struct bk_content_copy {
    int folder, file; /* -1: none */
    bool whole;
} bk_content_copy;

/* In an open folder, which stays the caller's. */
void bk_content_copy_begin(bk_content_copy *copy, int folder);
/* Gives it a name, in place of what has it; false: it is not whole, or cannot get it. */
bool bk_content_copy_place(bk_content_copy *copy, const char *name);
void bk_content_copy_drop(bk_content_copy *copy);

/* An entry that is being written. Of a large one most is hashed and written by a thread of its own (scribe.h), so an error may come later than its bytes. */
typedef struct bk_content_writer {
    bk_arena *arena;
    bk_str cache;
    int folder, file; /* -1: none */
    char temporary[64];
    bk_digest digest;
    uint64_t bytes;
    bk_content_copy *copy; /* the caller's, set after bk_content_begin; NULL: none */
    struct bk_scribe *scribe;
} bk_content_writer;

/* Makes the cache's folder as needed. */
bk_status bk_content_begin(bk_content_writer *writer, bk_arena *arena, bk_str cache, bk_err *err);
/* How much will come, as somebody says: room on the disk for a large one, at once. That a disk is too full is then known before the first byte, and neither writing nor
 * the name at the end has to look for blocks. */
bk_status bk_content_expect(bk_content_writer *writer, uint64_t bytes, bk_err *err);
bk_status bk_content_add(bk_content_writer *writer, bk_str bytes, bk_err *err);
/* Everything is in the file, and in the digest, when it returns. */
bk_status bk_content_flush(bk_content_writer *writer, bk_err *err);
/* SHA-256 of what was written before the last flush. */
void bk_content_digest(const bk_content_writer *writer, char ret[BK_CONTENT_HEX]);
/* Starts again from the first byte. */
bk_status bk_content_rewind(bk_content_writer *writer, bk_err *err);
/* Puts it in its place. `expected` (64 digits, or empty: any) is what the bytes' digest must be: "digest mismatch: …" otherwise, and nothing is kept. For kind
 * PROV it is the key, and not compared. */
bk_status bk_content_end(bk_content_writer *writer, bk_str expected, const char *kind, bk_str *ret_path, bk_str *ret_digest, bk_err *err);
/* Takes an unfinished entry away. Harmless after bk_content_end. */
void bk_content_drop(bk_content_writer *writer);

/* The same for another use of such a file: puts it into the folder itself under a name of the caller's. */
bk_status bk_content_end_as(bk_content_writer *writer, const char *name, bk_err *err);

/* Takes away what killed writers left, once it is old enough to be nobody's. For whoever fetches, once. */
void bk_content_sweep(bk_arena *arena, bk_str cache);

/* SHA-256 of what is left to read in an open file; BK_ERR_IO and errno. */
bk_status bk_file_digest(int fd, char ret[BK_CONTENT_HEX], uint64_t *ret_bytes);

/* A small one at once. */
bk_status bk_content_put(bk_arena *arena, bk_str cache, bk_str bytes, bk_str key, const char *kind, bk_str *ret_path, bk_err *err);

#endif
