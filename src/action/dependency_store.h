/* dependency_store.h: the folder charts/ of a chart while its archives are renewed, and its lock file.
 *
 * New archives go into a folder of their own beside charts/, and are moved when all are there; so a failure leaves charts/ as it was. Everything is done
 * relative to open folders, and no symbolic link within the chart is followed. */
#ifndef BK_ACTION_DEPENDENCY_STORE_H
#define BK_ACTION_DEPENDENCY_STORE_H

#include "action/archive.h"

typedef struct bk_dependency_store {
    bk_arena *arena;
    bk_str charts_path;       /* for messages */
    int chart, charts, fresh; /* open folders */
    char fresh_name[48];
    bk_str *old; /* what lay in charts/ and is no folder, sorted */
    bool *old_links;
    size_t old_count;
    bk_str *put; /* the archives made */
    size_t put_count, put_cap;
} bk_dependency_store;

/* Makes charts/ where it is missing, and the temporary folder. */
bk_status bk_dependency_store_open(bk_dependency_store *store, bk_arena *arena, bk_str chart, bk_err *err);
/* Takes the temporary folder away. */
void bk_dependency_store_close(bk_dependency_store *store);
/* An archive, whose name is checked and ends with a NUL (bk_packed). */
bk_status bk_dependency_store_put(bk_dependency_store *store, bk_str name, bk_str archive, bk_err *err);
/* The same for an archive that lies elsewhere. */
bk_status bk_dependency_store_put_file(bk_dependency_store *store, bk_str name, bk_str path, bk_err *err);
bool bk_dependency_store_has(const bk_dependency_store *store, bk_str name);
/* Moves all archives into charts/; where one cannot be moved, those before it are taken back. */
bk_status bk_dependency_store_move(bk_dependency_store *store, bk_err *err);
/* Takes one of `old` away. */
bk_status bk_dependency_store_delete(bk_dependency_store *store, bk_str name, bk_err *err);

/* Fails when the lock file is a symbolic link. */
bk_status bk_dependency_check_lock(bk_arena *arena, bk_str chart, const char *name, bk_err *err);
/* Puts the lock file into the chart's folder: whole or not at all. Refuses one that is a symbolic link. */
bk_status bk_dependency_write_lock(bk_arena *arena, bk_str chart, const char *name, bk_str text, bk_err *err);

#endif
