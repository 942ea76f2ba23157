/* cluster_lookup.h: lookups of a render that has a cluster (kube/lookup.h), with what an action knows of the release.
 *
 *     const bk_cluster_lookup_options options = {.guard = guard, .kube = kube, .discovery = &discovery, .release = name, .namespace_ = ns,
 *                                                .values = values, .last = last};
 *     BK_TRY(bk_cluster_lookup(arena, &options, err));           before the render
 *
 * The guard is to be made with the option `cluster`. */
#ifndef BK_ACTION_CLUSTER_LOOKUP_H
#define BK_ACTION_CLUSTER_LOOKUP_H

#include "action/render.h"
#include "kube/lookup.h"
#include "release/store.h"

typedef struct bk_cluster_lookup_options {
    bk_guard *guard;
    bk_kube *kube;
    const bk_kube_discovery *discovery; /* NULL: asked for when a chart first looks up, through `cache` */
    bk_str cache;
    bk_str release, namespace_;
    bk_value values;        /* the operator's, those that are used again from the record included */
    const bk_release *last; /* the last recorded revision; NULL: there is none, or `load` knows */
    const bk_history *
        history; /* of all revisions; may be NULL. A hook's object counts when that hook has run and the object was left: it may have been long ago */
    /* Loads it when a rule first wants to know; *ret_found false: there is none. May be NULL. */
    bk_status (*load)(void *self, bk_arena *arena, bk_release *ret, bool *ret_found, bk_err *err);
    void *self;
    bk_sandbox_limits limits; /* of the compartment that reads its manifest; 0: the defaults */
} bk_cluster_lookup_options;

/* Registers the handler. `last` and what the options point to are borrowed for as long as the guard asks. *ret, which may be NULL: for plugins. */
bk_status bk_cluster_lookup(bk_arena *arena, const bk_cluster_lookup_options *options, bk_kube_lookup **ret, bk_err *err);

#endif
