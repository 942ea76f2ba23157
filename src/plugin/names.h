/* names.h: what is in a folder, in the order of its names. Internal to src/plugin. */
#ifndef BK_PLUGIN_NAMES_H
#define BK_PLUGIN_NAMES_H

#include <dirent.h>

#include "base/arena.h"
#include "base/err.h"

typedef struct bk_plugin_names {
    bk_str *items; /* each with a NUL behind it; without "." and ".." */
    size_t count;
    bool more; /* there are more than `most`: these are the first that the system told */
} bk_plugin_names;

/* At most `most` names of an open folder, sorted, in the arena. */
bk_status bk_plugin_names_of(bk_arena *arena, DIR *dir, size_t most, bk_plugin_names *ret, bk_err *err);

#endif
