/* address.h: what kind of place an IP address is.
 *
 * Whoever must not reach certain networks is judged by the address of the socket, not by a name: names resolve to whatever their owner
 * wants, differently each time. An IPv4 address wrapped into an IPv6 one counts as itself, because that is where the packet arrives. */
#ifndef BK_NET_ADDRESS_H
#define BK_NET_ADDRESS_H

#include "base/str.h"

typedef enum bk_net_zone {
    BK_ZONE_PUBLIC,
    BK_ZONE_PRIVATE,     /* RFC 1918, unique local (fc00::/7), shared (100.64/10), site-local: somebody's own network */
    BK_ZONE_LOOPBACK,    /* 127/8, ::1 */
    BK_ZONE_LINK_LOCAL,  /* 169.254/16, fe80::/10 */
    BK_ZONE_METADATA,    /* where clouds hand out the machine's credentials */
    BK_ZONE_MULTICAST,   /* multicast and broadcast */
    BK_ZONE_UNSPECIFIED, /* 0/8, ::, which reach this machine */
    BK_ZONE_RESERVED,    /* documentation, benchmarks, translation prefixes of unknown meaning, and the rest that is nobody's */
} bk_net_zone;

const char *bk_net_zone_name(bk_net_zone zone);

/* 4 bytes: IPv4; 16: IPv6; network order. Anything else is RESERVED. */
typedef struct bk_net_ip {
    unsigned char bytes[16];
    unsigned n;
} bk_net_ip;

bk_net_zone bk_net_classify(const bk_net_ip *ip);

/* The rule for those who are granted hosts by name (plugins, references of schemas): why a connection for `host` (net/url.h's form) to an address of this zone
 * is refused; NULL: it is not. `named`: host stands letter by letter in the grant, not as a pattern. Public addresses always; private ones for a named
 * host; loopback for a named host that is "localhost" or a literal loopback address; the rest never. */
const char *bk_net_zone_refusal(bk_net_zone zone, bk_str host, bool named);

/* A literal address: dotted IPv4 with four decimal numbers, or IPv6 without brackets and zone. False: it is none. */
bool bk_net_ip_parse(bk_str text, bk_net_ip *ret);
enum { BK_NET_IP_TEXT = 48 };
/* Its text, with a NUL; returns the length. */
size_t bk_net_ip_format(const bk_net_ip *ip, char out[BK_NET_IP_TEXT]);

#endif
