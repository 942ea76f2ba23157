/* dependency_remote.h: the repositories that a chart's dependencies come from, and the archives from there. Internal to dependency build and update.
 *
 * Only repositories that a dependency names are asked, all at the same time; one that the operator did not add is known by its URL alone, without credentials. An index
 * that could not be had anew is taken from the cache, after a word about it. */
#ifndef BK_ACTION_DEPENDENCY_REMOTE_H
#define BK_ACTION_DEPENDENCY_REMOTE_H

#include "action/dependency.h"
#include "action/dependency_store.h"
#include "registry/index.h"

typedef struct bk_remote_repository {
    bk_repository repository;
    bool added; /* by the operator */
    bk_index index;
    bool has_index;
} bk_remote_repository;

typedef struct bk_remote {
    bk_arena *arena;
    const bk_dependency_options *options;
    bk_buf *out;
    bk_repositories list; /* the operator's */
    bool loaded;
    bk_remote_repository *used;
    size_t used_count, used_cap;
    bk_err *err;
} bk_remote;

/* Where a dependency comes from, by the text of its `repository`. */
typedef enum bk_remote_kind {
    BK_REMOTE_CHARTS,     /* nothing: it lies in charts/ */
    BK_REMOTE_FOLDER,     /* file:// */
    BK_REMOTE_REGISTRY,   /* oci:// */
    BK_REMOTE_REPOSITORY, /* a URL */
    BK_REMOTE_UNKNOWN,    /* an alias that nobody defined, or a word */
} bk_remote_kind;

bk_status bk_remote_kind_of(bk_remote *r, bk_str repository, bk_remote_kind *ret);
/* The operator's repository of an alias ("@x", "alias:x"); NULL: the text is none, or nobody defined it. */
bk_status bk_remote_alias(bk_remote *r, bk_str repository, const bk_repository **ret);
/* The operator's repository with that URL; NULL: there is none. */
bk_status bk_remote_added(bk_remote *r, bk_str url, const bk_repository **ret);
/* Notes that a repository is needed; *ret is its number. */
bk_status bk_remote_use(bk_remote *r, bk_str url, size_t *ret);
/* Fetches the indexes of those that are needed, and tells. */
bk_status bk_remote_refresh(bk_remote *r);

/* What a dependency comes to. */
typedef struct bk_remote_wish {
    size_t repository; /* number; SIZE_MAX: an OCI registry */
    bk_str url;        /* its `repository` */
    bk_index_wish wish;
    bk_str content; /* the archive's SHA-256: what a lock says, and what came; empty: not known */
} bk_remote_wish;

/* By the indexes, and the tags of registries. */
bk_status bk_remote_pick(bk_remote *r, bk_remote_wish *wishes, size_t count);
/* Fetches what was picked ("locked" wishes) and puts it into the store. *ret_reported: the error is one that Helm also prints. */
bk_status bk_remote_fetch(bk_remote *r, bk_remote_wish *wishes, size_t count, bk_dependency_store *store, bool *ret_reported);

#endif
