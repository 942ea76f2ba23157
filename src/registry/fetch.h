/* fetch.h: bytes behind URLs, several at a time.
 *
 * http and https are ours, every other scheme is a getter plugin's. What holds for all of it:
 *
 * - User, password and client certificate go to the origin of `owner` alone, unless the access says to pass them on; redirects to other origins never carry them.
 * - Only `owner` is the operator's word. A URL elsewhere (an index names it, a server redirects to it) leads to public addresses, or to the kind of network that
 *   the owner itself lies in; never to link-local and metadata addresses. So an index on the internet reaches neither this machine nor the network around it.
 * - Bytes are capped as they come; an answer other than 200 is an error: "failed to fetch URL : 404 Not Found".
 * - A download that breaks off is continued where it was, if the server can, a few times.
 *
 * Downloads that go to the same origin with the same access share connections; different ones run on threads of their own. */
#ifndef BK_REGISTRY_FETCH_H
#define BK_REGISTRY_FETCH_H

#include "registry/content.h"
#include "registry/world.h"

#define BK_FETCH_INDEX_MAX ((size_t)128 << 20)
#define BK_FETCH_CHART_MAX ((size_t)1 << 30)
#define BK_FETCH_PROV_MAX ((size_t)4 << 20)
#define BK_FETCH_BUNDLE_MAX ((size_t)16 << 20)

typedef struct bk_fetch {
    /* What is asked for. */
    bk_str url;
    bk_str owner;                     /* whom `access` was given for; empty: the URL itself */
    const bk_registry_access *access; /* NULL: none */
    const char *accept;               /* NULL: anything */
    size_t cap;
    bk_str what;           /* for the line of progress; empty: none */
    bk_content_writer *to; /* NULL: into memory */
    /* What came of it. */
    bk_status status;
    bk_err err; /* released by bk_fetch_done */
    bk_str body;
} bk_fetch;

/* Does all of them; each has its own outcome. An error of this function is of the machinery. */
bk_status bk_fetch_all(bk_arena *arena, const bk_registry_world *world, bk_fetch *items, size_t count, bk_err *err);
/* Moves an item's failure to err, and returns its status. */
bk_status bk_fetch_done(bk_fetch *item, bk_err *err);
/* One, whose failure is this function's. */
bk_status bk_fetch_one(bk_arena *arena, const bk_registry_world *world, bk_fetch *item, bk_err *err);

bool bk_fetch_is_web(bk_str url);
/* "could not find protocol handler for: S" where nobody serves a URL's scheme, "invalid chart URL format: U" where it is none. */
bk_status bk_fetch_served(bk_arena *arena, const bk_registry_world *world, bk_str url, bk_err *err);

#endif
