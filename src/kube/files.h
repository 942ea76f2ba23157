/* files.h: kubeconfig files, read and merged. Internal to src/kube. */
#ifndef BK_KUBE_FILES_H
#define BK_KUBE_FILES_H

#include "kube/config.h"

/* What is under a name, and the folder of the file that it is from. */
typedef struct bk_kube_entry {
    bk_str name, folder;
    bk_map *map;
} bk_kube_entry;

typedef enum bk_kube_section { BK_KUBE_CLUSTERS, BK_KUBE_USERS, BK_KUBE_CONTEXTS, BK_KUBE_SECTIONS } bk_kube_section;

typedef struct bk_kube_files {
    bk_arena *arena;
    bk_kube_entry *entries[BK_KUBE_SECTIONS];
    size_t count[BK_KUBE_SECTIONS], cap[BK_KUBE_SECTIONS];
    bk_str current;
} bk_kube_files;

bk_status bk_kube_files_load(bk_arena *arena, const bk_kube_options *options, bk_kube_files *ret, bk_err *err);
/* NULL: none of that name. */
const bk_kube_entry *bk_kube_files_find(const bk_kube_files *files, bk_kube_section section, bk_str name);

#endif
