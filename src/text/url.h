/* url.h: URLs as Go's net/url takes them apart and puts them together, and IP addresses as net/netip reads them.
 *
 * The words of refusals are Go's ("parse \"::\": missing protocol scheme"). Results are views into the text, or lie in the arena. */
#ifndef BK_TEXT_URL_H
#define BK_TEXT_URL_H

#include "base/buf.h"

/* url.URL. `path` and `fragment` are decoded, raw_* their text where that is not the usual encoding, `opaque` and raw_query are as written. */
typedef struct bk_url {
    bk_str scheme; /* lower case */
    bk_str opaque;
    bk_str user, password; /* decoded */
    bk_str host;           /* with its port */
    bk_str path, raw_path;
    bk_str raw_query;
    bk_str fragment, raw_fragment;
    bool has_user, has_password;
    bool force_query; /* ends in "?" */
    bool omit_host;   /* scheme:/path */
} bk_url;

/* url.Parse */
bk_status bk_url_parse(bk_arena *arena, bk_str text, bk_url *ret, bk_err *err);
/* url.ParseRequestURI for what has a scheme: a "#" is a character like others. */
bk_status bk_url_parse_request(bk_arena *arena, bk_str text, bk_url *ret, bk_err *err);
/* base.ResolveReference(ref) */
bk_status bk_url_resolve(bk_arena *arena, const bk_url *base, const bk_url *ref, bk_url *ret, bk_err *err);
/* Appends url.String(). */
void bk_url_print(bk_buf *out, const bk_url *url);
/* url.Userinfo's String(): "name:password", encoded. */
void bk_url_print_user(bk_buf *out, const bk_url *url);
/* url.Hostname(): host without port and brackets. */
bk_str bk_url_hostname(const bk_url *url);

/* Which part of a URL is encoded: decides which characters stand for themselves. */
typedef enum bk_url_part {
    BK_URL_PATH,
    BK_URL_SEGMENT, /* url.PathEscape, PathUnescape */
    BK_URL_HOST,
    BK_URL_ZONE,
    BK_URL_USER,
    BK_URL_QUERY, /* url.QueryEscape, QueryUnescape: space is + */
    BK_URL_FRAGMENT,
} bk_url_part;

void bk_url_escape(bk_buf *out, bk_str s, bk_url_part part);
/* "invalid URL escape \"%zz\"" and, for hosts, "invalid character \" \" in host name". */
bk_status bk_url_unescape(bk_arena *arena, bk_str s, bk_url_part part, bk_str *ret, bk_err *err);

typedef struct bk_ip {
    bool is4;
    bk_str zone;
    uint8_t bytes[16]; /* IPv4: the last four, after ::ffff */
} bk_ip;

/* netip.ParseAddr */
bk_status bk_ip_parse(bk_arena *arena, bk_str text, bk_ip *ret, bk_err *err);

#endif
