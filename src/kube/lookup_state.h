/* lookup_state.h: the inside of lookup. Internal to src/kube. */
#ifndef BK_KUBE_LOOKUP_STATE_H
#define BK_KUBE_LOOKUP_STATE_H

#include "kube/lookup.h"

/* What is asked for, resolved. */
typedef struct bk_kube_wanted {
    bk_str api_version, kind, namespace_, name; /* no namespace where the kind has none */
    bk_str group;
    const bk_kube_resource *resource; /* NULL: there is no such kind */
    bool unknown;                     /* there is not even the group and version */
} bk_kube_wanted;

typedef struct bk_kube_found {
    bk_value value; /* a map: empty when it is absent */
    bool absent;
} bk_kube_found;

struct bk_kube_lookup {
    bk_kube_lookup_options options;
    bk_arena *arena;
    bk_kube_discovery discovery; /* where the options have none */
    bool discovered;
    const bk_kube_owned *owned; /* of the last revision */
    size_t owned_count;
    bk_value defaults; /* of its root chart; nil: not known */
    bool recorded;     /* the three are filled */
    /* The question at hand, from its target to its answer. */
    bk_kube_wanted wanted;
    bool fetched;     /* the decision had to ask, and what came is the answer: */
    bk_status failed; /* an error, */
    bk_str failure;
    bk_value value; /* or a map. All lies in the arena of the question */
};

/* Finds the kind. */
bk_status bk_kube_wanted_resolve(bk_kube_lookup *l, bk_kube_wanted *w, bk_err *err);
bk_status bk_kube_wanted_fetch(bk_kube_lookup *l, bk_arena *arena, const bk_kube_wanted *w, uint32_t time_ms, bk_kube_found *ret,
                               bk_err *err);

/* lookup_judge.c: the default rules. Where they had to ask for the object, what came is left in `l`. */
bk_verdict bk_kube_lookup_judge(bk_kube_lookup *l, const bk_ask *ask, const bk_kube_wanted *w, uint32_t time_ms, const char **ret_rule);

#endif
