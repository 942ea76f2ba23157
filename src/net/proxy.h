/* proxy.h: which proxy a request goes through, by the rules of Go's programs, which operators set up their environment for.
 *
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY (or in lower case). localhost and loopback addresses never go through a proxy. Entries of NO_PROXY, by
 * commas: an address, a network (10.0.0.0/8), a name with everything below it (example.com), everything below a name only (.example.com,
 * *.example.com), each but the network with a port behind a colon where wanted; "*" turns proxies off. */
#ifndef BK_NET_PROXY_H
#define BK_NET_PROXY_H

#include "net/url.h"

typedef struct bk_net_proxies {
    bk_str http, https, no; /* views of the environment, which nobody changes while we run */
} bk_net_proxies;

bk_net_proxies bk_net_proxies_from_env(void);
/* The proxy's URL; empty: none. */
bk_str bk_net_proxy_for(const bk_net_proxies *proxies, const bk_net_url *url);

#endif
