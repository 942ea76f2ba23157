/* repository.h: the actions behind `repo`. */
#ifndef BK_ACTION_REPOSITORY_H
#define BK_ACTION_REPOSITORY_H

#include "registry/repositories.h"

typedef struct bk_repository_add {
    bk_repository repository;
    bool force_update, allow_deprecated;
} bk_repository_add;

/* Each appends to `out` what standard output gets. */
bk_status bk_action_repository_add(bk_arena *arena, const bk_registry_world *world, const bk_repository_add *options, bk_buf *out,
                                   bk_err *err);
bk_status bk_action_repository_remove(bk_arena *arena, const bk_registry_world *world, const bk_str *names, size_t count, bk_buf *out,
                                      bk_err *err);
/* Without names: all of them. */
bk_status bk_action_repository_update(bk_arena *arena, const bk_registry_world *world, const bk_str *names, size_t count, bk_buf *out,
                                      bk_err *err);

typedef struct bk_repository_index {
    bk_str folder, url;
    bk_str merge; /* an index that the new one is merged into; empty: none */
    bool json;
} bk_repository_index;

/* Writes index.yaml of a folder of archives. */
bk_status bk_action_repository_index(bk_arena *arena, const bk_registry_world *world, const bk_repository_index *options, bk_err *err);

#endif
