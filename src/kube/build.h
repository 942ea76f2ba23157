/* build.h: a release's manifest as objects of this cluster.
 *
 *     BK_TRY(bk_objects_read(arena, manifest, BK_OBJECTS_INSTALL, &limits, &read, err));   (action/objects.h: the YAML, in a compartment)
 *     BK_TRY(bk_kube_build(arena, &discovery, namespace_, read, validate, &objects, err));
 *     BK_TRY(bk_kube_own(arena, &objects, release, namespace_, err));
 *     BK_TRY(bk_kube_read(kube, arena, &objects, err));
 *     BK_TRY(bk_kube_judge(arena, &objects, release, namespace_, BK_KUBE_MUST_OWN, err));
 *
 * Building asks the server nothing: it finds each object's resource in what discovery said, fills in the namespace where one is needed and none is said, and
 * takes it off where none can be. Objects keep the manifest's order, which is Helm's. Lists (anything with `items`) are replaced by their items.
 *
 * Errors are those of Helm's libraries, all of them at once ("[a, b]"), with the template's file where they name a source. */
#ifndef BK_KUBE_BUILD_H
#define BK_KUBE_BUILD_H

#include "kube/discovery.h"

#define BK_KUBE_OBJECTS_MAX 100000u

/* What happened to an object, or is known of it. */
typedef enum bk_kube_change {
    BK_KUBE_UNTOUCHED,
    BK_KUBE_CREATED,
    BK_KUBE_UPDATED,
    BK_KUBE_UNCHANGED, /* there was nothing to send */
    BK_KUBE_DELETED,
    BK_KUBE_ABSENT, /* was to be deleted and is not there */
    BK_KUBE_KEPT,   /* was to be deleted, and says helm.sh/resource-policy: keep */
    BK_KUBE_CHANGE_FAILED,
} bk_kube_change;

typedef struct bk_kube_object {
    const bk_kube_resource *resource; /* of the discovery that it was built with, which has to live as long */
    bk_str namespace_;                /* empty for what lies in none */
    bk_str name;                      /* empty with generateName, until it is created */
    bk_str source;                    /* the template's path: "web/templates/a.yaml"; empty: not known */
    bk_map *json;                     /* the object as the chart wants it (namespace filled in); never NULL */
    bk_map *live;                     /* as the server last gave it; NULL: not read, or not there */
    bool read;                        /* the server was asked: without `live` it is not there */
    bool metadata_only;               /* `live` has nothing but its metadata: it came with a list */
    bk_kube_change change;
} bk_kube_object;

typedef struct bk_kube_objects {
    bk_kube_object *items;
    size_t count, cap;
} bk_kube_objects;

/* `read` is what bk_objects_read answered. `namespace_`: the release's. `validate`: as without --disable-openapi-validation; objects without apiVersion are then
 * refused here, and what else is wrong by the server (fieldValidation). On an error *ret holds what could be built. */
bk_status bk_kube_build(bk_arena *arena, const bk_kube_discovery *discovery, bk_str namespace_, bk_value read, bool validate,
                        bk_kube_objects *ret, bk_err *err);

/* True: some error of bk_kube_build was that a kind is not known; a fresh discovery may know it (a CRD that is seconds old). */
bool bk_kube_build_missed(const bk_err *err);

/* ---- lists ---- */

bk_status bk_kube_objects_add(bk_arena *arena, bk_kube_objects *list, const bk_kube_object *object, bk_err *err);
/* The same object (group, kind, namespace and name; versions may differ); NULL: none. */
bk_kube_object *bk_kube_objects_find(const bk_kube_objects *list, const bk_kube_object *object);
/* Those of `from` that are not in `without`. */
bk_status bk_kube_objects_without(bk_arena *arena, const bk_kube_objects *from, const bk_kube_objects *without, bk_kube_objects *ret,
                                  bk_err *err);

/* "/v1, Kind=ConfigMap", "apps/v1, Kind=Deployment": how Go prints a kind. */
bk_status bk_kube_gvk(bk_arena *arena, const bk_kube_resource *resource, bk_str *ret, bk_err *err);
/* `ConfigMap "a" in namespace "b"` */
bk_status bk_kube_object_words(bk_arena *arena, const bk_kube_object *object, bk_str *ret, bk_err *err);
/* A label or annotation of an object; empty: none. */
bk_str bk_kube_label(bk_map *object, const char *key);
bk_str bk_kube_annotation(bk_map *object, const char *key);

/* ---- to whom objects belong ---- */

#define BK_KUBE_MANAGED_BY "app.kubernetes.io/managed-by"
#define BK_KUBE_RELEASE_NAME "meta.helm.sh/release-name"
#define BK_KUBE_RELEASE_NAMESPACE "meta.helm.sh/release-namespace"
#define BK_KUBE_RESOURCE_POLICY "helm.sh/resource-policy"

/* Marks them as the release's: the label and the two annotations, whatever stood there. */
bk_status bk_kube_own(bk_arena *arena, bk_kube_objects *objects, bk_str release, bk_str namespace_, bk_err *err);

/* Reads the live objects, all at once: `live` and `read`. Where several are of one kind and namespace, one list of metadata is asked for instead, and single
 * objects only when that is refused or too long. Objects with generateName are skipped. Error of the first that could be
 * asked for neither here nor there: `could not get information about the resource ConfigMap "a" in namespace "b": …`. */
bk_status bk_kube_read(bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, bk_err *err);

typedef enum bk_kube_claim {
    BK_KUBE_MUST_OWN, /* what is there has to be the release's own */
    BK_KUBE_TAKE,     /* --take-ownership: whoever it belongs to */
} bk_kube_claim;

/* Judges what was read. *ret: objects (copies of the items) that are there already, to be adopted: `originals` of bk_kube_update. Error: `ConfigMap "a" in namespace "b"
 * exists and cannot be imported into the current release: invalid ownership metadata; …`. */
bk_status bk_kube_judge(bk_arena *arena, const bk_kube_objects *objects, bk_str release, bk_str namespace_, bk_kube_claim claim,
                        bk_kube_objects *ret, bk_err *err);
/* Whether a live object carries the release's marks; the error says which do not fit ("invalid ownership metadata; label validation error: …"). */
bk_status bk_kube_check_owner(bk_arena *arena, bk_map *live, bk_str release, bk_str namespace_, bk_err *err);

/* Before an uninstall: reads, and sorts into three. What is not there is in none. `failed` are those that could not be read, with the reason in `reasons` (a
 * list of texts, as many). */
typedef struct bk_kube_sorted {
    bk_kube_objects owned, foreign, failed;
    bk_value reasons;
} bk_kube_sorted;
bk_status bk_kube_sort_owned(bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, bk_str release, bk_str namespace_,
                             bk_kube_sorted *ret, bk_err *err);

#endif
