/* url.h: http and https URLs, taken apart by the library that will connect, so that what is judged is what is done. */
#ifndef BK_NET_URL_H
#define BK_NET_URL_H

#include "base/arena.h"
#include "base/err.h"

#define BK_NET_URL_MAX ((size_t)64 << 10)

/* All texts lie in the arena and end in a NUL that does not count. */
typedef struct bk_net_url {
    bk_str text;   /* as it is requested: without credentials and fragment */
    bk_str shown;  /* for messages: as given, a password as "***" */
    bk_str scheme; /* "http" or "https" */
    bk_str host;   /* lower case, without brackets, zone and final dot; an IPv4 address in four decimal numbers */
    uint16_t port;
    bool has_user;
    bk_str user, password; /* decoded */
} bk_net_url;

/* Takes an absolute URL, or with `base` (the URL of a request) what its Location header said. Host names are ASCII; the path stays as it is
 * but for spaces and bytes beyond ASCII, which are escaped. */
bk_status bk_net_url_parse(bk_arena *arena, bk_str text, const bk_net_url *base, bk_net_url *ret, bk_err *err);
/* Same scheme, host and port: where credentials and headers may go along. */
bool bk_net_same_origin(const bk_net_url *a, const bk_net_url *b);

#endif
