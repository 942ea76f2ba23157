/* deploy_render.h: the chart of a release: found, checked, rendered against the cluster, and made a release record. */
#ifndef BK_ACTION_DEPLOY_RENDER_H
#define BK_ACTION_DEPLOY_RENDER_H

#include "action/dependency.h"
#include "action/deploy.h"

typedef struct bk_deploy_chart {
    bk_render_options
        render; /* chart, release, namespace, post-renderer, limits, guard … as the command line says; the rest is filled in here */
    bk_value_source *sources;
    size_t source_count;
    bool dependency_update;
    bk_dependency_options dependency; /* for that */
    bool hide_secret;
    bk_value values;           /* the operator's, after bk_deploy_load */
    bk_rendered crds;          /* after bk_deploy_load with crds: MANIFEST_CRD */
    const bk_release *last;    /* the newest revision, for lookups; NULL: there is none */
    const bk_history *history; /* and all of them; NULL likewise */
    bool unrendered;           /* of bk_deploy_render: it failed before a template ran, by the values mostly */
} bk_deploy_chart;

/* The operator's values; the chart read and checked: it can be installed, its dependencies are there (or, asked for, are brought). Log lines of the engine go
 * to the log. `upgrade` and `crds`: of which command, and whether its CRDs are wanted. */
bk_status bk_deploy_load(bk_deploy *d, bk_deploy_chart *chart, bool upgrade, bool crds, bk_buf *out, bk_err *err);

/* Renders it into `release`, whose name, namespace and version are set: chart, metadata, values, manifest, hooks, notes. References have been checked
 * against the policy then. */
bk_status bk_deploy_render(bk_deploy *d, bk_deploy_chart *chart, bk_dry_run dry_run, bk_release *release, bk_err *err);

/* CoalesceTables of Helm's: `under` fills up what `over` does not have; a null in `over` removes. Neither changes. */
bk_status bk_values_over(bk_arena *arena, bk_value over, bk_value under, bk_value *ret, bk_err *err);

#endif
