/* apply.h: bringing objects to the cluster, changing them, taking them away.
 *
 * Three operations, with Helm's outcome and texts:
 *
 *     bk_kube_create   installs: server-side apply, or plain creation
 *     bk_kube_update   from one list of objects to another: creates, changes, and deletes what is only in the first
 *     bk_kube_remove   deletes
 *
 * Requests are in flight at once where their order does not matter. Objects go out in steps: namespaces and priority classes; what configures (policies,
 * accounts, secrets, CRDs, roles, volumes) and services; bindings; workloads; webhooks; everything else. A step begins when the one before it has been answered. Deletions
 * go the other way round in the order of the list, step by step.
 *
 * How objects are changed:
 *
 *   server_side       PATCH apply as manager "helm". `migrate`: what manager "helm" holds by updates (an object that was applied client-side) becomes its by apply
 *                     first, in one JSON patch, and only where there is such an entry.
 *   force_replace     PUT.
 *   neither           three-way strategic merge of built-in kinds (kube/merge.h), JSON merge patch of others; nothing is sent when nothing changes.
 *
 * What has been read already (bk_kube_read) is not read again. An update that applies server-side reads nothing of its own, unless it migrates: the server's answer
 * tells whether the object was new.
 *
 * Each object's `live` and `change` tell the outcome. Errors name the object as Helm does, and then the template's file: "… (web/templates/a.yaml)". A conflict says
 * which manager owns which field, and the flag that takes it; a refusal (403) says verb, resource and namespace. */
#ifndef BK_KUBE_APPLY_H
#define BK_KUBE_APPLY_H

#include "kube/build.h"
#include "kube/objects.h"

#define BK_KUBE_MANAGER "helm"

typedef struct bk_kube_apply {
    bool server_side;
    bool force_conflicts; /* server_side only */
    bool force_replace;   /* update only, and not server_side */
    bool merge_custom;    /* client-side: kinds that are not built in get a three-way merge too (--take-ownership), else a two-way one */
    bool migrate;         /* update: client-side entries of managedFields become server-side ones */
    bool dry_run;
    bool skip_validation; /* fieldValidation=Ignore instead of Strict */
    /* Told of every object that is done (its `change` says how). May be NULL. */
    void (*done)(void *self, const bk_kube_object *object);
    void *self;
} bk_kube_apply;

/* All of them; each error a line of the message, as Helm joins them. An empty list is the error "no objects visited". *ret_exists (may be NULL): every
 * error was AlreadyExists, which installing CRDs and creating the namespace ignore. */
bk_status bk_kube_create(bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, const bk_kube_apply *how, bool *ret_exists, bk_err *err);

/* What an update did; filled for errors as well. Copies of the items. */
typedef struct bk_kube_result {
    bk_kube_objects created, updated, deleted;
} bk_kube_result;

/* `originals`: what the release had (and what is adopted); `targets`: what it is to have. As in Helm, objects that changed with errors do not stop the others, an
 * object that cannot be created ends it after its step; deletions come last, and only when nothing failed. Errors are joined by " && ".
 * Objects of `originals` that nobody wants any more are deleted in the background, unless they say to be kept. */
bk_status bk_kube_update(bk_kube *kube, bk_arena *arena, bk_kube_objects *originals, bk_kube_objects *targets, const bk_kube_apply *how,
                         bk_kube_result *ret, bk_err *err);

/* Deletes; what is not there is well. `propagation`: "Background", "Foreground", "Orphan". *ret_errors: a list of texts, one for each that failed. BK_OK
 * unless the machinery fails. */
bk_status bk_kube_remove(bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, bk_str propagation, bool dry_run, bk_value *ret_errors,
                         bk_err *err);

#endif
