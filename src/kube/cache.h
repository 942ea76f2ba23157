/* cache.h: answers of the API server that are kept between runs. Internal to src/kube. */
#ifndef BK_KUBE_CACHE_H
#define BK_KUBE_CACHE_H

#include "base/arena.h"
#include "base/err.h"

typedef struct bk_kube_cached {
    bk_str etag, type, body; /* an empty etag: there is nothing */
    int64_t age;             /* seconds since it was written or found unchanged; negative: not known */
} bk_kube_cached;

/* Never fails: a cache that cannot be read holds nothing. `what` is a plain file name. */
void bk_kube_cache_get(bk_arena *arena, bk_str folder, bk_str server, const char *what, bk_kube_cached *ret);
/* Likewise: a cache that cannot be written costs time only. */
void bk_kube_cache_put(bk_arena *arena, bk_str folder, bk_str server, const char *what, const bk_kube_cached *entry);

/* The entry was found unchanged: it is as new as one that is written now. */
void bk_kube_cache_touch(bk_arena *arena, bk_str folder, bk_str server, const char *what);

#endif
