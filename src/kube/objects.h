/* objects.h: requests for single objects and collections.
 *
 * Functions named …_request only write down what to ask, for bk_kube_do or, many at once, bk_kube_all. Texts lie in the arena or are borrowed. Names and
 * namespaces are checked to be single segments of a path. */
#ifndef BK_KUBE_OBJECTS_H
#define BK_KUBE_OBJECTS_H

#include "kube/discovery.h"

/* How a change is made; NULL and empty: as the server does it when nothing is said. */
typedef struct bk_kube_write {
    bk_str manager;         /* fieldManager */
    const char *validation; /* fieldValidation: "Strict", "Warn", "Ignore" */
    bool force;             /* take fields that others manage; apply only */
    bool says_force;        /* say force=false as well */
    bool dry_run;           /* on the server, which checks everything and keeps nothing */
} bk_kube_write;

typedef enum bk_kube_patch {
    BK_KUBE_APPLY,     /* server-side apply; the body may be JSON */
    BK_KUBE_STRATEGIC, /* strategic merge, for built-in kinds */
    BK_KUBE_MERGE,     /* JSON merge patch */
    BK_KUBE_JSON,      /* JSON patch */
} bk_kube_patch;

/* Where an object is. `name` may be empty for a collection. */
typedef struct bk_kube_ref {
    const bk_kube_resource *resource;
    bk_str namespace_, name;
} bk_kube_ref;

bk_status bk_kube_get_request(bk_arena *arena, const bk_kube_ref *ref, bk_kube_request *ret, bk_err *err);
bk_status bk_kube_create_request(bk_arena *arena, const bk_kube_ref *ref, bk_str body, const bk_kube_write *write, bk_kube_request *ret,
                                 bk_err *err);
bk_status bk_kube_replace_request(bk_arena *arena, const bk_kube_ref *ref, bk_str body, const bk_kube_write *write, bk_kube_request *ret,
                                  bk_err *err);
bk_status bk_kube_patch_request(bk_arena *arena, const bk_kube_ref *ref, bk_kube_patch kind, bk_str body, const bk_kube_write *write,
                                bk_kube_request *ret, bk_err *err);

typedef struct bk_kube_delete {
    bk_str propagation;      /* "Background", "Foreground", "Orphan"; empty: the kind's own */
    bk_str uid;              /* only the object that has this; empty: any */
    bk_str resource_version; /* only in this version */
    bool dry_run;
} bk_kube_delete;

/* `how` may be NULL. */
bk_status bk_kube_delete_request(bk_arena *arena, const bk_kube_ref *ref, const bk_kube_delete *how, bk_kube_request *ret, bk_err *err);

typedef struct bk_kube_log {
    bk_str container;
    int64_t tail; /* lines; 0: all */
    bool follow, previous, timestamps;
} bk_kube_log;

/* For bk_kube_do, or with `follow` for bk_kube_stream. */
bk_status bk_kube_log_request(bk_arena *arena, bk_str namespace_, bk_str pod, const bk_kube_log *how, bk_kube_request *ret, bk_err *err);

typedef struct bk_kube_selection {
    bk_str labels, fields; /* selectors; empty: all */
    unsigned page;         /* objects in one answer; 0: 500 */
    size_t most;           /* objects in all; 0: a million. More is an error */
} bk_kube_selection;

/* All objects of a collection, page by page: *ret is a list of maps. A collection that changes so fast that the server forgets where we were is asked for in
 * one piece. `ref->name` is empty; without a namespace: of all namespaces. */
bk_status bk_kube_list(bk_kube *kube, bk_arena *arena, const bk_kube_ref *ref, const bk_kube_selection *selection, bk_value *ret,
                       bk_err *err);

#endif
