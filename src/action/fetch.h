/* fetch.h: the operator's URLs: values files (-f https://…, --set-file), and what schemas refer to once that is granted.
 *
 * The operator's own URLs are fetched as Helm does it: proxies of the environment, the system's certificates, redirects, two minutes, and errors in its
 * words: `failed to fetch https://h/x : 404 Not Found`. */
#ifndef BK_ACTION_FETCH_H
#define BK_ACTION_FETCH_H

#include "base/arena.h"
#include "guard/guard.h"

/* The scheme is http or https. */
bool bk_is_web_url(bk_str text);
/* The bytes of a URL that the operator named; they lie in the arena. */
bk_status bk_fetch_url(bk_arena *arena, bk_str url, size_t cap, bk_str *ret, bk_err *err);

/* A bk_guard_fetch: every hop has to be granted as the first was, every address to suit the grant (net/address.h). `self` is not looked at. */
bk_status bk_fetch_for_schema(void *self, const bk_ask *ask, bk_str url, size_t cap, bk_buf *out, bk_err *err);

#endif
