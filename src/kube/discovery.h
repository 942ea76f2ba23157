/* discovery.h: what kinds of objects the API server has.
 *
 * Two requests at once, in the aggregated form; a server that does not know it is asked group by group, all at once. Answers are kept with their ETag in a folder
 * that processes share, so that the next run is answered "not modified": files there are replaced whole, by a rename, and one that is damaged counts as
 * absent. What another program of the same user puts there is parsed as carefully as what a server sends.
 *
 * A group that the server cannot speak for at present (an aggregated API that is down) is left out and named in `failed`. */
#ifndef BK_KUBE_DISCOVERY_H
#define BK_KUBE_DISCOVERY_H

#include "kube/client.h"

#define BK_KUBE_RESOURCES_MAX 100000u

typedef struct bk_kube_resource {
    bk_str group, version, kind;
    bk_str plural, singular; /* "deployments"; singular may be empty */
    bool namespaced;
    bool preferred; /* the first of its group's versions that has this kind */
    bool assumed;   /* nobody has asked the server (bk_kube_discover_stable) */
    const bk_str *verbs, *short_names;
    size_t verb_count, short_name_count;
} bk_kube_resource;

typedef struct bk_kube_discovery {
    bk_kube_resource *items; /* in the server's order; subresources are left out */
    size_t count, cap;
    bk_str *versions; /* "v1", "apps/v1", … in the server's order */
    size_t version_count, version_cap;
    bk_str *parts; /* "v1/Eviction", "apps/v1/Scale": kinds that subresources answer with; charts may ask for them */
    size_t part_count, part_cap;
    bk_str *failed; /* groups or versions without an answer */
    size_t failed_count, failed_cap;
} bk_kube_discovery;

/* `cache`: the folder ($KUBECACHEDIR, else ~/.kube/cache); empty: none. Everything lies in the arena. */
bk_status bk_kube_discover(bk_kube *kube, bk_arena *arena, bk_str cache, bk_kube_discovery *ret, bk_err *err);

/* The same in two halves, so that other requests go out at the same time: `begin` writes down the two requests, which the caller sends (bk_kube_all), `end` reads
 * their answers, and releases the items' errors. It may have to ask again. */
typedef struct bk_kube_discovering bk_kube_discovering;
bk_status bk_kube_discover_begin(bk_kube *kube, bk_arena *arena, bk_str cache, bk_kube_item items[2], bk_kube_discovering **ret,
                                 bk_err *err);
bk_status bk_kube_discover_end(bk_kube_discovering *d, bk_kube_item items[2], bk_kube_discovery *ret, bk_err *err);

/* What the cache holds, without a question to the server: false when there is nothing, or when it is older than `age` seconds. Good for finding resources, as kubectl
 * does for hours; what a chart is told of the cluster has to be asked for. A kind that is not found calls for a discovery. */
bool bk_kube_discover_kept(bk_kube *kube, bk_arena *arena, bk_str cache, int64_t age, bk_kube_discovery *ret);

/* Kinds that every server has, without a question to anybody. As above; and where the server says that it has no such place, a kind is missing after all. */
bk_status bk_kube_discover_stable(bk_arena *arena, bk_kube_discovery *ret, bk_err *err);

/* The resource of a kind; an empty version means the preferred one. NULL: none. */
const bk_kube_resource *bk_kube_find_kind(const bk_kube_discovery *discovery, bk_str group, bk_str version, bk_str kind);
/* The same by apiVersion, "v1" or "apps/v1". */
const bk_kube_resource *bk_kube_find_object(const bk_kube_discovery *discovery, bk_str api_version, bk_str kind);
bool bk_kube_resource_can(const bk_kube_resource *resource, const char *verb);

/* The path of an object, or of the collection when name is empty. The namespace is left out for what has none. */
bk_status bk_kube_resource_path(bk_buf *out, const bk_kube_resource *resource, bk_str namespace_, bk_str name, bk_err *err);

/* Reads an answer to /api or /apis in the aggregated form, for tests and fuzzing. */
bk_status bk_kube_discovery_read(bk_arena *arena, bk_str json, bk_kube_discovery *to, bk_err *err);

#endif
