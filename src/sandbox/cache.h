/* cache.h: compiled modules on disk, and other things whose makers nobody else may be.
 *
 * Compiled code is native code that the runtime does not validate, so an entry counts only when this user's program wrote it:
 * the directory is ours alone (made 0700, owner and mode checked on the open directory), an entry is a regular file of ours, 0600, with one
 * link, opened with O_NOFOLLOW, and its contents carry a MAC under a key that lies elsewhere (0600, under the data home). The MAC covers the
 * name, so that one entry cannot stand for another, and the whole content; it is checked over the very memory that is used afterwards.
 * An entry that fails any of this is removed and counts as absent; one whose directory, key or disk is not to be had is simply not written. Nobody is told:
 * the cache only ever saves time. Writers make a temporary name and rename, so two at once are safe.
 *
 * The MAC is GMAC under a key that is used once: HMAC-SHA256 of the secret over a fresh random number in the entry, its name and its size. */
#ifndef BK_SANDBOX_CACHE_H
#define BK_SANDBOX_CACHE_H

#include "base/err.h"
#include "base/str.h"

typedef struct bk_sandbox_cache {
    bk_str dir;      /* absolute; made with its parents when missing */
    bk_str key_file; /* absolute; made with its parents when missing; never inside dir */
} bk_sandbox_cache;

/* Authentic bytes: whole pages of memory of our own, not shared with the file. */
typedef struct bk_sandbox_blob {
    unsigned char *p;
    size_t n;      /* content */
    size_t mapped; /* bytes to give back */
} bk_sandbox_blob;

/* The entry of that name, or false. A name is a hash (digest.h) of all that the content depends on. */
bool bk_sandbox_cache_get(const bk_sandbox_cache *cache, const unsigned char name[32], bk_sandbox_blob *ret);
/* Writes an entry, if it can. */
void bk_sandbox_cache_put(const bk_sandbox_cache *cache, const unsigned char name[32], bk_str content);
/* Removes an entry that turned out to be useless (written by another version, say). */
void bk_sandbox_cache_drop(const bk_sandbox_cache *cache, const unsigned char name[32]);

/* Memory like that of an entry, for content that was just made. */
bk_status bk_sandbox_blob_new(size_t n, bk_sandbox_blob *ret, bk_err *err);
void bk_sandbox_blob_release(bk_sandbox_blob *blob);

#endif
