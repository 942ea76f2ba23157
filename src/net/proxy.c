#include "net/proxy.h"

#include <stdlib.h>

#include "net/address.h"

static bk_str env(const char *upper, const char *lower) {
    const char *v = getenv(upper);
    if (!v || !*v) v = getenv(lower);
    return bk_str_c(v);
}

bk_net_proxies bk_net_proxies_from_env(void) {
    bk_net_proxies p = {
        .http = env("HTTP_PROXY", "http_proxy"), .https = env("HTTPS_PROXY", "https_proxy"), .no = env("NO_PROXY", "no_proxy")};
    /* Within a CGI program HTTP_PROXY is a header that the other side chose. */
    if (getenv("REQUEST_METHOD")) p.http = BK_S("");
    return p;
}

/* IPv4, also when wrapped, against a network's base and bits. */
static bool in_network(const bk_net_ip *ip, const bk_net_ip *base, unsigned bits) {
    if (ip->n != base->n || bits > ip->n * 8u) return false;
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(ip->bytes, base->bytes, whole) != 0) return false;
    return rest == 0 || ((ip->bytes[whole] ^ base->bytes[whole]) >> (8 - rest)) == 0;
}

/* "10.0.0.0/8"; false when the entry is no network. */
static bool network_matches(bk_str entry, const bk_net_ip *ip, bool *ret_match) {
    bk_str base, bits;
    bk_net_ip network;
    unsigned n = 0;
    if (!bk_str_cut(entry, BK_S("/"), &base, &bits) || !bk_net_ip_parse(base, &network) || bits.n == 0 || bits.n > 3) return false;
    for (size_t i = 0; i < bits.n; i++) {
        if (bits.p[i] < '0' || bits.p[i] > '9') return false;
        n = n * 10 + (unsigned)(bits.p[i] - '0');
    }
    *ret_match = ip && in_network(ip, &network, n);
    return true;
}

/* Splits a port off: "host:80", "[::1]:80"; a bare IPv6 address has none. */
static void split_port(bk_str *host, bk_str *ret_port) {
    size_t colon = bk_str_rfind_byte(*host, ':');
    *ret_port = BK_S("");
    bool brackets = bk_str_starts(*host, BK_S("["));
    if (colon != BK_NPOS && (brackets ? colon > 0 && host->p[colon - 1] == ']' : bk_str_find_byte(*host, ':') == colon)) {
        *ret_port = bk_str_from(*host, colon + 1);
        host->n = colon;
    }
    if (brackets && bk_str_ends(*host, BK_S("]"))) *host = bk_str_sub(*host, 1, host->n - 1);
}

static bool port_matches(bk_str port, uint16_t want) {
    unsigned n = 0;
    if (port.n == 0) return true;
    for (size_t i = 0; i < port.n && n <= 0xffff; i++) n = n * 10 + (unsigned)(port.p[i] - '0');
    return n == want;
}

/* Equal but for ASCII case; `host` is lower case already. */
static bool ends_fold(bk_str host, bk_str suffix) {
    return host.n >= suffix.n && bk_str_eq_fold(bk_str_from(host, host.n - suffix.n), suffix);
}

static bool entry_matches(bk_str entry, const bk_net_url *url, const bk_net_ip *ip) {
    bk_str port;
    bk_net_ip literal;
    bool match = false;
    if (network_matches(entry, ip, &match)) return match;
    split_port(&entry, &port);
    if (!port_matches(port, url->port) || entry.n == 0) return false;
    if (bk_net_ip_parse(entry, &literal)) return ip && in_network(ip, &literal, literal.n * 8u);
    if (bk_str_starts(entry, BK_S("*."))) entry = bk_str_from(entry, 1);
    if (entry.p[0] == '.') return entry.n > 1 && ends_fold(url->host, entry);
    if (bk_str_eq_fold(url->host, entry)) return true;
    return url->host.n > entry.n && url->host.p[url->host.n - entry.n - 1] == '.' && ends_fold(url->host, entry);
}

bk_str bk_net_proxy_for(const bk_net_proxies *proxies, const bk_net_url *url) {
    bk_str proxy = bk_str_eq(url->scheme, BK_S("https")) ? proxies->https : proxies->http, rest = proxies->no, entry;
    bk_net_ip ip;
    bool literal = bk_net_ip_parse(url->host, &ip);
    if (proxy.n == 0 || bk_str_eq(url->host, BK_S("localhost"))) return BK_S("");
    if (literal && bk_net_classify(&ip) == BK_ZONE_LOOPBACK) return BK_S("");
    for (bool more = true; more;) {
        more = bk_str_cut(rest, BK_S(","), &entry, &rest);
        entry = bk_str_trim(entry);
        if (bk_str_eq(entry, BK_S("*"))) return BK_S("");
        if (entry.n && entry_matches(entry, url, literal ? &ip : NULL)) return BK_S("");
    }
    return proxy;
}
