/* dependency.h: the actions behind `dependency list`, `build` and `update`, for dependencies that lie in charts/ or in folders (file://), or come
 * from repositories and registries.
 *
 * Charts are read, packed and compared in compartments; the host looks where folders are, writes archives into a temporary folder beside charts/,
 * and moves them there when all of them are good. A Chart.lock that is a symbolic link is refused, a charts/ that is one too: a chart does
 * not choose what outside of its folder is written.
 *
 * Charts of repositories and registries are fetched at the same time (dependency_remote.h). */
#ifndef BK_ACTION_DEPENDENCY_H
#define BK_ACTION_DEPENDENCY_H

#include "action/render.h"
#include "registry/world.h"

typedef struct bk_dependency_options {
    bk_str chart; /* the folder; for `list` an archive, too */
    const bk_registry_world *world;
    bk_registry_access access; /* for registries */
    bool verify, skip_refresh;
    bool lock_digests; /* the lock file gets the digests of what was fetched; once it has some, it keeps them */
    bool debug;
    bool stamped; /* files in archives get the time `stamp` (SOURCE_DATE_EPOCH) */
    int64_t stamp;
    uint64_t max_column; /* list: widest column; 0: any */
    bk_sandbox_limits limits;
    bk_guard *guard;
} bk_dependency_options;

/* Each appends to `out` what standard output gets, and adds its log lines to *logs. */
bk_status bk_action_dependency_list(bk_arena *arena, const bk_dependency_options *options, bk_buf *out, bk_rendered *logs, bk_err *err);
bk_status bk_action_dependency_build(bk_arena *arena, const bk_dependency_options *options, bk_buf *out, bk_rendered *logs, bk_err *err);
bk_status bk_action_dependency_update(bk_arena *arena, const bk_dependency_options *options, bk_buf *out, bk_rendered *logs, bk_err *err);

#endif
