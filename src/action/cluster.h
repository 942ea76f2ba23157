/* cluster.h: what a command wants to know of the cluster before it renders: its version and its kinds, asked for once and at the same time. */
#ifndef BK_ACTION_CLUSTER_H
#define BK_ACTION_CLUSTER_H

#include "action/render.h"
#include "kube/discovery.h"
#include "kube/version.h"

typedef struct bk_cluster {
    bk_kube *kube;
    bk_str cache; /* for bk_kube_discover; empty: none */
    bk_str why;   /* why there is none: kube is NULL then */
    bool known;   /* the two below are filled */
    bool fresh;   /* by the server, in this run; else by what was kept of an earlier one */
    bool assumed; /* not even that: the kinds are those that every server has, and the version is not known */
    bool exact;   /* nothing is to be recalled: somebody records what the chart was told */
    bk_kube_version version;
    bk_kube_discovery discovery;
} bk_cluster;

/* Fills it from what was kept a few minutes ago, else with what every server has, without a question. False: that is not wanted. Good for all but what a chart is told of the
 * cluster; a kind that is not found has to be asked for. */
bool bk_cluster_recall(bk_cluster *cluster, bk_arena *arena);
/* Asks, unless that has been done. Everything lies in the arena. An error begins with "kubernetes cluster unreachable: " when nobody answers. */
bk_status bk_cluster_know(bk_cluster *cluster, bk_arena *arena, bk_err *err);
/* The same with a request of the caller's beside, whose answer is then in it (answer.tries is 0 when nothing was asked). */
bk_status bk_cluster_know_and(bk_cluster *cluster, bk_arena *arena, bk_kube_item *more, bk_err *err);
/* Asks again what kinds there are: CRDs have come. */
bk_status bk_cluster_renew(bk_cluster *cluster, bk_arena *arena, bk_err *err);

/* What the chart sees as .Capabilities: versions, and each "group/version/Kind". */
bk_status bk_cluster_capabilities(const bk_cluster *cluster, bk_arena *arena, bk_render_options *render, bk_err *err);

#endif
