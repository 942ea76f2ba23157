/* source_oci.h: charts of registries for the resolver (source.h), by the client in oci.h. */
#ifndef BK_REGISTRY_SOURCE_OCI_H
#define BK_REGISTRY_SOURCE_OCI_H

#include "registry/download.h"
#include "registry/world.h"

typedef struct bk_source_oci {
    bk_str ref;     /* "oci://host[:port]/path/name[:tag][@sha256:…]" */
    bk_str version; /* a version or a range; empty: the newest release, or what the reference's tag says */
    const bk_registry_access *access;
    bk_prov_wish prov;
    bk_content_copy *copy; /* gets the archive's bytes too when it is fetched; NULL: none */
} bk_source_oci;

/* Resolves and fetches; an archive that lies in the content cache with the manifest's digest is not fetched again. The archive's own Chart.yaml has to be that of
 * the reference. *ret_messages (may be NULL): what Helm prints of it, "Pulled: …\nDigest: …\n". */
bk_status bk_source_oci_pull(bk_arena *arena, const bk_registry_world *world, const bk_source_oci *what, bk_registry_chart *ret,
                             bk_str *ret_messages, bk_err *err);
/* The same for a URL with a tag that an index names: it has to be the chart, the version and the digest that the index tells (of the archive or of the manifest; empty texts:
 * any). `access` is the index's own, and goes along only with pass_credentials. *ret_messages as above. */
bk_status bk_source_oci_pull_named(bk_arena *arena, const bk_registry_world *world, const bk_download *named, bk_registry_chart *ret,
                                   bk_str *ret_messages, bk_err *err);
bool bk_source_oci_is(bk_str url);
/* The version that a range comes to; a version comes to itself, unasked. */
bk_status bk_source_oci_version(bk_arena *arena, const bk_registry_world *world, const bk_source_oci *what, bk_str *ret, bk_err *err);

#endif
