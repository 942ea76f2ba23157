#include "net/address.h"

#include <arpa/inet.h>

static const char *const zone_names[] = {
    [BK_ZONE_PUBLIC] = "public",           [BK_ZONE_PRIVATE] = "private",   [BK_ZONE_LOOPBACK] = "loopback",
    [BK_ZONE_LINK_LOCAL] = "link-local",   [BK_ZONE_METADATA] = "metadata", [BK_ZONE_MULTICAST] = "multicast",
    [BK_ZONE_UNSPECIFIED] = "unspecified", [BK_ZONE_RESERVED] = "reserved",
};

const char *bk_net_zone_name(bk_net_zone zone) { return (size_t)zone < BK_COUNT(zone_names) ? zone_names[zone] : "unknown"; }

/* A range: the first `bits` bits of `base`. The first row that fits decides, so exceptions stand before their range. */
typedef struct range4 {
    unsigned char base[4];
    unsigned bits;
    bk_net_zone zone;
} range4;

static const range4 ranges4[] = {
    {{169, 254, 169, 254}, 32, BK_ZONE_METADATA}, /* nearly every cloud */
    {{169, 254, 170, 2}, 32, BK_ZONE_METADATA},   /* containers at Amazon */
    {{169, 254, 170, 23}, 32, BK_ZONE_METADATA},  /* pods at Amazon */
    {{169, 254, 42, 42}, 32, BK_ZONE_METADATA},   /* Scaleway */
    {{100, 100, 100, 200}, 32, BK_ZONE_METADATA}, /* Alibaba */
    {{168, 63, 129, 16}, 32, BK_ZONE_METADATA},   /* Azure's host */
    {{192, 0, 0, 192}, 32, BK_ZONE_METADATA},     /* Oracle */
    {{0, 0, 0, 0}, 8, BK_ZONE_UNSPECIFIED},       {{10, 0, 0, 0}, 8, BK_ZONE_PRIVATE},
    {{100, 64, 0, 0}, 10, BK_ZONE_PRIVATE},       {{127, 0, 0, 0}, 8, BK_ZONE_LOOPBACK},
    {{169, 254, 0, 0}, 16, BK_ZONE_LINK_LOCAL},   {{172, 16, 0, 0}, 12, BK_ZONE_PRIVATE},
    {{192, 0, 0, 0}, 24, BK_ZONE_RESERVED},       {{192, 0, 2, 0}, 24, BK_ZONE_RESERVED},
    {{192, 88, 99, 0}, 24, BK_ZONE_RESERVED}, /* relays of 6to4 */
    {{192, 168, 0, 0}, 16, BK_ZONE_PRIVATE},      {{198, 18, 0, 0}, 15, BK_ZONE_RESERVED},
    {{198, 51, 100, 0}, 24, BK_ZONE_RESERVED},    {{203, 0, 113, 0}, 24, BK_ZONE_RESERVED},
    {{224, 0, 0, 0}, 4, BK_ZONE_MULTICAST},       {{255, 255, 255, 255}, 32, BK_ZONE_MULTICAST},
    {{240, 0, 0, 0}, 4, BK_ZONE_RESERVED},
};

typedef struct range6 {
    unsigned char base[16];
    unsigned bits;
    bk_net_zone zone;
    unsigned inner; /* where an IPv4 address stands within, plus 1; 0: none */
    bool inverted;  /* its bits are inverted */
} range6;

static const range6 ranges6[] = {
    {{0}, 128, BK_ZONE_UNSPECIFIED, 0, false},
    {{[15] = 1}, 128, BK_ZONE_LOOPBACK, 0, false},
    {{[10] = 0xff, 0xff}, 96, BK_ZONE_RESERVED, 13, false},                 /* v4-mapped */
    {{[8] = 0xff, 0xff}, 96, BK_ZONE_RESERVED, 13, false},                  /* v4-translated */
    {{0}, 96, BK_ZONE_RESERVED, 13, false},                                 /* v4-compatible */
    {{0x00, 0x64, 0xff, 0x9b}, 96, BK_ZONE_RESERVED, 13, false},            /* NAT64 */
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, BK_ZONE_RESERVED, 0, false}, /* NAT64 of somebody's own layout */
    {{0x01, 0x00}, 64, BK_ZONE_RESERVED, 0, false},                         /* discard */
    {{0x20, 0x01, 0x00, 0x00}, 32, BK_ZONE_RESERVED, 13, true},             /* Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, BK_ZONE_RESERVED, 0, false},             /* documentation */
    {{0x20, 0x01}, 23, BK_ZONE_RESERVED, 0, false},                         /* protocols */
    {{0x20, 0x02}, 16, BK_ZONE_RESERVED, 3, false},                         /* 6to4 */
    {{0x3f, 0xff}, 20, BK_ZONE_RESERVED, 0, false},                         /* documentation */
    {{0x5f, 0x00}, 16, BK_ZONE_RESERVED, 0, false},                         /* segment routing */
    {{0xfc, 0x00}, 7, BK_ZONE_PRIVATE, 0, false},
    {{0xfe, 0x80}, 10, BK_ZONE_LINK_LOCAL, 0, false},
    {{0xfe, 0xc0}, 10, BK_ZONE_PRIVATE, 0, false},
    {{0xff, 0x00}, 8, BK_ZONE_MULTICAST, 0, false},
};

static const unsigned char metadata6[][16] = {
    {0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54}, /* Amazon, instances */
    {0xfd, 0x00, 0x0e, 0xc2, [15] = 0x23},              /* Amazon, pods */
    {0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54}, /* Google */
    {0xfd, 0x00, 0x00, 0x42, [15] = 0x42},              /* Scaleway */
};

static bool within(const unsigned char *bytes, const unsigned char *base, unsigned bits) {
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(bytes, base, whole) != 0) return false;
    return rest == 0 || ((bytes[whole] ^ base[whole]) >> (8 - rest)) == 0;
}

static bk_net_zone classify4(const unsigned char bytes[4]) {
    for (size_t i = 0; i < BK_COUNT(ranges4); i++)
        if (within(bytes, ranges4[i].base, ranges4[i].bits)) return ranges4[i].zone;
    return BK_ZONE_PUBLIC;
}

static bk_net_zone classify6(const unsigned char bytes[16]) {
    for (size_t i = 0; i < BK_COUNT(metadata6); i++)
        if (memcmp(bytes, metadata6[i], 16) == 0) return BK_ZONE_METADATA;
    for (size_t i = 0; i < BK_COUNT(ranges6); i++) {
        const range6 *r = &ranges6[i];
        if (!within(bytes, r->base, r->bits)) continue;
        if (!r->inner) return r->zone;
        unsigned char v4[4];
        for (unsigned k = 0; k < 4; k++) v4[k] = r->inverted ? (unsigned char)~bytes[r->inner - 1 + k] : bytes[r->inner - 1 + k];
        return classify4(v4);
    }
    /* ISATAP: an interface identifier that holds an IPv4 address, below any prefix. */
    if ((bytes[8] & 0xfcu) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe) return classify4(bytes + 12);
    return (bytes[0] & 0xe0u) == 0x20 ? BK_ZONE_PUBLIC : BK_ZONE_RESERVED;
}

bk_net_zone bk_net_classify(const bk_net_ip *ip) {
    return ip->n == 4 ? classify4(ip->bytes) : ip->n == 16 ? classify6(ip->bytes) : BK_ZONE_RESERVED;
}

static bool is_loopback_name(bk_str host) {
    bk_net_ip ip;
    if (bk_str_eq(host, BK_S("localhost"))) return true;
    if (!bk_net_ip_parse(host, &ip) || bk_net_classify(&ip) != BK_ZONE_LOOPBACK) return false;
    /* 127/8 and ::1 themselves, not an IPv6 address that wraps one of them. */
    for (size_t i = 0; ip.n == 16 && i < 15; i++)
        if (ip.bytes[i]) return false;
    return true;
}

const char *bk_net_zone_refusal(bk_net_zone zone, bk_str host, bool named) {
    switch (zone) {
    case BK_ZONE_PUBLIC: return NULL;
    case BK_ZONE_PRIVATE: return named ? NULL : "which only a host that is granted letter by letter may have";
    case BK_ZONE_LOOPBACK:
        if (!is_loopback_name(host)) return "which is reached by its own name only";
        return named ? NULL : "which has to be granted letter by letter";
    default: return "which nobody may reach from here";
    }
}

bool bk_net_ip_parse(bk_str text, bk_net_ip *ret) {
    char c[BK_NET_IP_TEXT];
    bk_net_ip ip = {0};
    if (text.n == 0 || text.n >= sizeof c || memchr(text.p, 0, text.n)) return false;
    memcpy(c, text.p, text.n);
    c[text.n] = 0;
    if (inet_pton(AF_INET, c, ip.bytes) == 1) ip.n = 4;
    else if (inet_pton(AF_INET6, c, ip.bytes) == 1) ip.n = 16;
    else return false;
    *ret = ip;
    return true;
}

size_t bk_net_ip_format(const bk_net_ip *ip, char out[BK_NET_IP_TEXT]) {
    if (!inet_ntop(ip->n == 4 ? AF_INET : AF_INET6, ip->bytes, out, BK_NET_IP_TEXT)) out[0] = 0;
    return strlen(out);
}
