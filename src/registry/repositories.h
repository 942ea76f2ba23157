/* repositories.h: repositories.yaml, the operator's list of chart repositories, read and written as Helm does.
 *
 * Written whole or not at all (0600, since passwords stand in it), under the lock that Helm takes, so two programs that add a repository at the same time
 * lose neither. */
#ifndef BK_REGISTRY_REPOSITORIES_H
#define BK_REGISTRY_REPOSITORIES_H

#include "registry/world.h"

#define BK_REPOSITORIES_MAX 10000u
#define BK_REPOSITORIES_BYTES ((size_t)16 << 20)

typedef struct bk_repository {
    bk_str name, url;
    bk_registry_access access; /* plain_http is not part of it */
} bk_repository;

typedef struct bk_repositories {
    bk_arena *arena;
    bk_str api_version, generated; /* kept as they are */
    bk_repository *items;
    size_t count, cap;
    bool there; /* the file is */
} bk_repositories;

/* A file that is not there is an empty list. Other errors: "couldn't load repositories file (P): open P: …", and what YAML says. */
bk_status bk_repositories_load(bk_arena *arena, bk_str path, bk_repositories *ret, bk_err *err);
/* The error for a file that is not there, where Helm wants one. */
bk_status bk_repositories_lacking(bk_str path, bk_err *err);
bk_status bk_repositories_save(const bk_repositories *list, bk_str path, bk_err *err);

const bk_repository *bk_repositories_find(const bk_repositories *list, bk_str name);
/* Replaces the one of that name, or appends. */
bk_status bk_repositories_put(bk_repositories *list, const bk_repository *repository, bk_err *err);
/* False: there is none. */
bool bk_repositories_remove(bk_repositories *list, bk_str name);
bool bk_repository_equal(const bk_repository *a, const bk_repository *b);

/* Takes Helm's lock beside the file; waits for at most half a minute. *ret is closed by bk_repositories_unlock. Makes the folder. */
bk_status bk_repositories_lock(bk_arena *arena, bk_str path, int *ret, bk_err *err);
void bk_repositories_unlock(int lock);

/* "<cache>/NAME-index.yaml" and "<cache>/NAME-charts.txt". A name that would lead out of the folder has none: an error. */
bk_status bk_repository_index_path(bk_arena *arena, bk_str cache, bk_str name, bk_str *ret, bk_err *err);
bk_status bk_repository_charts_path(bk_arena *arena, bk_str cache, bk_str name, bk_str *ret, bk_err *err);

#endif
