/* kube.h: small texts of Kubernetes and Helm: cluster versions, names. */
#ifndef BK_TEXT_KUBE_H
#define BK_TEXT_KUBE_H

#include "base/arena.h"

/* .Capabilities.KubeVersion */
typedef struct bk_kube_version {
    bk_str version;    /* as it was given, with a "v": v1.33.4-gke.1245000 */
    bk_str normalized; /* numbers only: v1.33.4 */
    bk_str major, minor;
} bk_kube_version;

/* Helm's ParseKubeVersion: what --kube-version takes. */
bk_status bk_kube_version_parse(bk_arena *arena, bk_str text, bk_kube_version *ret, bk_err *err) BK_MUST;

/* Names of resources: parts between dots of [a-z0-9-], starting and ending in [a-z0-9]. */
bool bk_name_valid(bk_str name);
/* Helm's ValidateReleaseName: such a name of at most 53 bytes. */
bk_status bk_release_name_check(bk_str name, bk_err *err) BK_MUST;

#endif
