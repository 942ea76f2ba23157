/* lookup.h: the effect `lookup`: charts reading the cluster, as far as the guard allows.
 *
 *     bk_kube_lookup *lookup;
 *     const bk_kube_lookup_options options = {.kube = kube, .discovery = &discovery, .namespace_ = namespace, .release = name, .values = values};
 *     BK_TRY(bk_kube_lookup_new(arena, &options, &lookup, err));
 *     bk_kube_lookup_register(lookup, guard);        the guard's option `cluster` must be set
 *     BK_TRY(bk_render(…));
 *
 * What is asked for is resolved by discovery: the target that rules match and the ledger shows is "v1/Secret/NAMESPACE/NAME", "apps/v1/Deployment/NAMESPACE/NAME";
 * of a kind without namespaces "v1/Namespace/NAME"; of a list the same without the name. The default rules, in the order in which they are tried:
 *
 *   of a kind that the server does not have: there is nothing to tell
 *   by name
 *     CustomResourceDefinition, StorageClass, IngressClass, PriorityClass, RuntimeClass; Namespace: the release's own
 *     the last recorded revision rendered the object from the asking chart or one of its sub-charts; a hook, when it has made the object and left it there
 *     in the release's namespace, the operator named the object: its name stands as a string in the values that he supplied to this chart
 *     in the release's namespace, or of a kind that lies in none: the object does not exist, which is found out before the decision, and is all that the chart learns
 *     in a namespace that does not exist
 *   in the release's namespace, what an ancestor of the chart rendered in the last recorded revision: a ConfigMap; anything else when it is the root's, whose own values.yaml
 *     names the object to this chart
 *   a list of ConfigMaps in the release's namespace, when each of them may be read by these rules or is the cluster's certificate (kube-root-ca.crt)
 *   denied until granted: everything else
 *
 * Answers are Helm's: an empty map for what does not exist; an error for a group or version that the server does not have. Each answer is checked to be the
 * object that was asked for. Nothing is kept: the same question is decided and asked again. */
#ifndef BK_KUBE_LOOKUP_H
#define BK_KUBE_LOOKUP_H

#include "guard/guard.h"
#include "kube/objects.h"

#define BK_KUBE_OWNED_MAX 100000u     /* objects of a revision: beyond, none of them counts */
#define BK_KUBE_NAMED_STRINGS 100000u /* strings of values that are looked at for one question */
#define BK_KUBE_NAMED_TEMPLATES 64u   /* of them with "{{", which are executed */

/* An object of the last recorded revision, hooks included. */
typedef struct bk_kube_owned {
    bk_str api_version, kind, name;
    bk_str namespace_; /* empty: the release's */
    bk_str path;       /* of the template that rendered it: "app/charts/db/templates/secret.yaml" */
} bk_kube_owned;

typedef struct bk_kube_lookup_options {
    bk_kube *kube;
    const bk_kube_discovery *discovery; /* NULL: asked for at the first lookup, through `cache` */
    bk_str cache;
    bk_str release, namespace_;
    bk_value values; /* the operator's, those that are used again from the record included; never a chart's defaults */
    /* The objects of the last recorded revision, and the default values of its root chart (nil: not known); asked for once, when a rule first wants to know. NULL, or an error: there are none. They live as long as the
     * lookup. */
    bk_status (*recorded)(void *self, const bk_kube_owned **ret, size_t *ret_count, bk_value *ret_defaults, bk_err *err);
    /* Executes a text of the operator's values as a template (`tpl` would), with this data; NULL: such texts name nothing. An error: neither does this one. */
    bk_status (*expand)(void *self, bk_arena *arena, bk_str text, bk_value data, bk_str *ret, bk_err *err);
    void *self;
} bk_kube_lookup_options;

typedef struct bk_kube_lookup bk_kube_lookup;

/* What the options point to is borrowed for as long as the guard asks. It lies in the arena. */
bk_status bk_kube_lookup_new(bk_arena *arena, const bk_kube_lookup_options *options, bk_kube_lookup **ret, bk_err *err);
void bk_kube_lookup_register(bk_kube_lookup *lookup, bk_guard *guard);

/* The same question from elsewhere (plugins), after whoever asks has been judged: the target, and the answer. */
bk_status bk_kube_lookup_target(bk_kube_lookup *lookup, bk_arena *arena, bk_str api_version, bk_str kind, bk_str namespace_, bk_str name,
                                bk_str *ret, bk_err *err);
bk_status bk_kube_lookup_get(bk_kube_lookup *lookup, bk_arena *arena, bk_str api_version, bk_str kind, bk_str namespace_, bk_str name,
                             uint32_t time_ms, bk_value *ret, bk_err *err);

#endif
