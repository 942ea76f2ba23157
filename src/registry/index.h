/* index.h: the indexes of repositories, in the cache and in their parsed form.
 *
 * An index is YAML of a stranger's. It is read once, in a compartment, into a flat form (docs/architecture.md, INDEX), which is kept in the program's own cache by
 * the digest of the index: <index cache>/DIGEST.index. What is asked afterwards (a version, a search) is asked of that form, in a compartment too. An index that
 * nobody asks for is neither opened nor read. A form that is missing or damaged is made again; a cache that cannot be written costs time only. */
#ifndef BK_REGISTRY_INDEX_H
#define BK_REGISTRY_INDEX_H

#include "registry/fetch.h"
#include "registry/repositories.h"
#include "sandbox/ask.h"

typedef struct bk_index {
    bk_str source; /* its path or URL, for messages */
    bk_str form;
} bk_index;

/* The index in a file. Errors: "open P: no such file or directory" (as it is), and "error loading P: …". Entries that were left out are told when the index is
 * read, not when its kept form is used. */
bk_status bk_index_load(bk_arena *arena, const bk_registry_world *world, bk_str path, bk_index *ret, bk_err *err);
/* The index that a repository has in the cache. */
bk_status bk_index_of(bk_arena *arena, const bk_registry_world *world, bk_str name, bk_index *ret, bk_err *err);

/* What a dependency or a command wants of an index. */
typedef struct bk_index_wish {
    const char *how; /* "any": as --version is taken; "range": as dependencies are; "locked": that version */
    bk_str chart, version;
    /* The answer. */
    bool found, exact, unknown; /* unknown: there is no such chart */
    bk_str chosen, url, digest; /* digest: 64 hexadecimal digits, or empty; url: absolute, or empty */
    bk_str error;
} bk_index_wish;

/* `base`: the repository's URL, which URLs of the index are relative to. */
bk_status bk_index_pick_all(bk_arena *arena, const bk_index *index, bk_str base, bk_index_wish *wishes, size_t count, bk_err *err);

/* Downloading: one for each repository, all at the same time. */
typedef struct bk_index_update {
    const bk_repository *repository;
    bool forget; /* the files of the cache are not wanted: `index` alone (--repo) */
    /* What came of it. */
    bk_index index;
    bk_status status;
    bk_err err; /* moved away by bk_index_update_done */
} bk_index_update;

/* Fetches index.yaml of each repository, reads it, and puts it with the list of its charts into the cache: whole or not at all. */
bk_status bk_index_update_all(bk_arena *arena, const bk_registry_world *world, bk_index_update *items, size_t count, bk_err *err);
bk_status bk_index_update_done(bk_index_update *item, bk_err *err);
/* Puts Helm's words about a repository that cannot be had in front of the error. */
bk_status bk_index_update_blame(bk_arena *arena, bk_str url, bk_err *err);
/* "...Successfully got an update from …", or why not; whether it succeeded. `by_url`: the repository has no name of the operator's. */
bool bk_index_update_tell(bk_index_update *item, bool by_url, bk_buf *out);

#endif
