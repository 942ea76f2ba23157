/* source.h: from what stands on a command line to a chart on disk: the one way for every command that takes a chart.
 *
 *     ./folder, chart.tgz            what is there, as it is; nothing is fetched, no cache is made
 *     repository/chart               by the cached index of a repository of repositories.yaml
 *     https://host/x-1.2.3.tgz       that file (and every scheme that a getter plugin serves)
 *     chart, with repo_url           by the index at that URL, which is not kept
 *     oci://host/path/chart          by the registry; :tag and @sha256:… pin it
 *
 * A fetched chart lands in the content cache (registry/content.h). Where an index or a reference names a digest, what came has that digest or is refused; where
 * an index names a chart and a version, the archive's own Chart.yaml has to say the same. Errors are Helm's. */
#ifndef BK_REGISTRY_SOURCE_H
#define BK_REGISTRY_SOURCE_H

#include "registry/index.h"
#include "registry/world.h"

typedef struct bk_chart_source_options {
    bk_str version;  /* a version or a range; empty: the newest release */
    bk_str repo_url; /* --repo */
    bk_registry_access access;
    bool devel; /* without a version: development versions count too */
    bool verify;
    bool later;            /* the provenance file is wanted, and not judged (pull --prov) */
    bk_content_copy *copy; /* gets the archive's bytes too when it is fetched; NULL: none */
} bk_chart_source_options;

typedef struct bk_chart_source {
    bk_str path; /* of the folder or archive; absolute; ends with a NUL that does not count */
    bool fetched;
    /* For what was fetched. */
    bk_registry_chart chart;
    bk_str name;     /* what was asked for: the index's name of the chart; empty for a plain URL */
    bk_str report;   /* what the verifier said */
    bk_str messages; /* of a registry: "Pulled: …\nDigest: …\n" */
} bk_chart_source;

/* Takes a reference as Helm's commands do. `world` is not looked at for what is local and not to be verified. */
bk_status bk_chart_source_resolve(bk_arena *arena, const bk_registry_world *world, bk_str chart, const bk_chart_source_options *options,
                                  bk_chart_source *ret, bk_err *err);
/* The same for `pull`, which knows no local charts: a path is looked for as "repository/chart". */
bk_status bk_chart_source_fetch(bk_arena *arena, const bk_registry_world *world, bk_str chart, const bk_chart_source_options *options,
                                bk_chart_source *ret, bk_err *err);

/* The URL of a chart in a repository that is not in the list, whose index is fetched for that and forgotten. */
bk_status bk_chart_source_in_repository(bk_arena *arena, const bk_registry_world *world, const bk_repository *repository, bk_str chart,
                                        bk_str version, bk_index_wish *ret, bk_err *err);

#endif
