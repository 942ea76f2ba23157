/* pull.h: the action behind `pull`: a chart from a repository, a registry or a URL into a folder, packed or unpacked. */
#ifndef BK_ACTION_PULL_H
#define BK_ACTION_PULL_H

#include "registry/source.h"

typedef struct bk_pull_options {
    bk_chart_source_options source;
    bk_str destination; /* the archive's folder */
    bool untar;
    bk_str untar_dir; /* relative to the destination */
} bk_pull_options;

/* One chart. Appends to `out` what standard output gets. Whatever fails, nothing half written is left. */
bk_status bk_action_pull(bk_arena *arena, const bk_registry_world *world, bk_str chart, const bk_pull_options *options, bk_buf *out,
                         bk_err *err);

#endif
