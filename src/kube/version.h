/* version.h: whether the API server is there, and which version it has. */
#ifndef BK_KUBE_VERSION_H
#define BK_KUBE_VERSION_H

#include "kube/client.h"

typedef struct bk_kube_version {
    bk_str git_version; /* "v1.37.1" */
    bk_str major, minor;
} bk_kube_version;

/* GET /version. An error begins with "kubernetes cluster unreachable: ". */
bk_status bk_kube_version_get(bk_kube *kube, bk_arena *arena, bk_kube_version *ret, bk_err *err);

/* The same in two halves, for requests at once. */
bk_kube_request bk_kube_version_request(void);
bk_status bk_kube_version_read(bk_arena *arena, bk_kube_item *item, bk_kube_version *ret, bk_err *err);

/* Keeps it for the next run, and what was kept at most `age` seconds ago: good for charts that do not look at it. */
void bk_kube_version_keep(bk_kube *kube, bk_arena *arena, bk_str cache, const bk_kube_version *version);
bool bk_kube_version_kept(bk_kube *kube, bk_arena *arena, bk_str cache, int64_t age, bk_kube_version *ret);

#endif
