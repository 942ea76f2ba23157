/* capabilities.h: .Capabilities: the versions that a chart may ask for.
 *
 * To templates it is a pointer to a struct with KubeVersion (Version, Major, Minor; GitVersion and String as methods), APIVersions (with Has) and HelmVersion
 * (Version, GitCommit, GitTreeState, GoVersion, KubeClientVersion), under Go's type names. */
#ifndef BK_CHART_CAPABILITIES_H
#define BK_CHART_CAPABILITIES_H

#include "text/kube.h"
#include "tmpl/func.h"

typedef struct bk_capabilities {
    bk_kube_version kube;
    bk_value api_versions; /* common.VersionSet */
    bool seen;             /* out: a template has looked at it */
} bk_capabilities;

/* Helm's defaults: Kubernetes 1.37 and the versions that its client knows. */
bk_status bk_capabilities_default(bk_arena *arena, bk_capabilities *ret, bk_err *err);
/* Adds API versions (strings), as --api-versions does. */
bk_status bk_capabilities_add(bk_arena *arena, bk_capabilities *caps, const bk_str *versions, size_t n, bk_err *err);
/* Replaces the version of Kubernetes, as --kube-version does: "could not parse "x" as version". */
bk_status bk_capabilities_set_kube(bk_arena *arena, bk_capabilities *caps, bk_str version, bk_err *err);
/* What a cluster says of itself, in place of the defaults: its version to the letter, also where versions are compared, and no API versions but those added
 * from then on. */
void bk_capabilities_of_cluster(bk_capabilities *caps, bk_str version, bk_str major, bk_str minor);
/* What versions are compared with: the numbers; a cluster's version to the letter. */
static inline bk_str bk_capabilities_compared(const bk_kube_version *kube) { return kube->normalized.n ? kube->normalized : kube->version; }
/* The value for templates; it refers to *caps, which must live as long as the arena. */
bk_status bk_capabilities_value(bk_arena *arena, bk_capabilities *caps, bk_value *ret, bk_err *err);

/* Methods of BK_T_VERSION_SET, for bk_tmpl_set_methods. */
extern const bk_func bk_version_set_methods[];
extern const size_t bk_version_set_method_count;

#endif
