#include "net/url.h"

#include <curl/curl.h>

#include "net/address.h"

/* curl answers with texts of its own, which end up in the arena. */
static bk_status part(bk_arena *arena, CURLU *u, CURLUPart which, unsigned flags, bk_str *ret, bk_err *err) {
    char *text = NULL;
    *ret = BK_S("");
    CURLUcode code = curl_url_get(u, which, &text, flags);
    if (code == CURLUE_OUT_OF_MEMORY) return bk_err_nomem(err);
    if (code == CURLUE_URLDECODE) return bk_err_set(err, BK_ERR, "net/url: a control character in user or password");
    bool ok = !text || bk_arena_dup(arena, bk_str_c(text), ret);
    curl_free(text);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

/* The scheme as it is written: curl would guess where there is none, and takes one slash for two. */
static bk_status check_start(bk_str text, bk_err *err) {
    size_t n = 0;
    while (n < text.n && ((text.p[n] | 0x20) >= 'a' && (text.p[n] | 0x20) <= 'z')) n++;
    bk_str scheme = bk_str_sub(text, 0, n), rest = bk_str_from(text, n);
    bool web = bk_str_eq_fold(scheme, BK_S("http")) || bk_str_eq_fold(scheme, BK_S("https"));
    if (!bk_str_starts(rest, BK_S(":"))) return bk_err_set(err, BK_ERR, "unsupported protocol scheme \"\"");
    if (!web) return bk_err_set(err, BK_ERR, "unsupported protocol scheme \"%.*s\"", BK_FMT(scheme));
    if (!bk_str_starts(rest, BK_S("://")) || rest.n == 3 || (rest.p[3] == '/' || rest.p[3] == '?' || rest.p[3] == '#'))
        return bk_err_set(err, BK_ERR, "http: no Host in request URL");
    return BK_OK;
}

/* Names that a resolver, a certificate and a proxy read alike. */
static bool host_is_plain(bk_str host) {
    bk_net_ip ip;
    if (bk_net_ip_parse(host, &ip)) return true;
    if (host.n == 0 || host.n > 253 || host.p[0] == '.') return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && host.p[i - 1] != '.');
        if (!plain) return false;
    }
    return true;
}

static bk_status take_host(bk_arena *arena, CURLU *u, bk_str *ret, bk_err *err) {
    bk_str host;
    BK_TRY(part(arena, u, CURLUPART_HOST, 0, &host, err));
    char *p = (char *)(uintptr_t)host.p; /* ours, in the arena */
    for (size_t i = 0; i < host.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
    if (host.n > 2 && p[0] == '[' && p[host.n - 1] == ']') {
        host = bk_str_sub(host, 1, host.n - 1);
        size_t zone = bk_str_find_byte(host, '%');
        if (zone != BK_NPOS) host.n = zone;
        p[1 + host.n] = 0;
    } else if (host.n > 1 && p[host.n - 1] == '.') {
        p[--host.n] = 0;
    }
    if (!host_is_plain(host)) return bk_err_set(err, BK_ERR, "invalid host \"%.*s\" in URL", BK_FMT(host));
    *ret = host;
    return BK_OK;
}

static bk_status take_port(bk_arena *arena, CURLU *u, uint16_t *ret, bk_err *err) {
    bk_str port;
    BK_TRY(part(arena, u, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port, err));
    unsigned n = 0;
    for (size_t i = 0; i < port.n && n <= 0xffff; i++) n = n * 10 + (unsigned)(port.p[i] - '0');
    if (n == 0 || n > 0xffff) return bk_err_set(err, BK_ERR, "invalid port \"%.*s\" in URL", BK_FMT(port));
    *ret = (uint16_t)n;
    return BK_OK;
}

static bk_status take_user(bk_arena *arena, CURLU *u, bk_str given, bk_net_url *url, bk_err *err) {
    BK_TRY(part(arena, u, CURLUPART_USER, CURLU_URLDECODE, &url->user, err));
    BK_TRY(part(arena, u, CURLUPART_PASSWORD, CURLU_URLDECODE, &url->password, err));
    url->has_user = url->user.n || url->password.n;
    if (url->password.n && curl_url_set(u, CURLUPART_PASSWORD, "***", 0) != CURLUE_OK) return bk_err_nomem(err);
    BK_TRY(part(arena, u, CURLUPART_URL, 0, &url->shown, err));
    if (given.n && !url->password.n) url->shown = given;
    curl_url_set(u, CURLUPART_USER, NULL, 0);
    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
    return part(arena, u, CURLUPART_URL, 0, &url->text, err);
}

static bk_status take(bk_arena *arena, CURLU *u, bk_str given, bk_net_url *url, bk_err *err) {
    BK_TRY(part(arena, u, CURLUPART_SCHEME, 0, &url->scheme, err));
    if (!bk_str_eq(url->scheme, BK_S("http")) && !bk_str_eq(url->scheme, BK_S("https")))
        return bk_err_set(err, BK_ERR, "unsupported protocol scheme \"%.*s\"", BK_FMT(url->scheme));
    BK_TRY(take_host(arena, u, &url->host, err));
    BK_TRY(take_port(arena, u, &url->port, err));
    BK_TRY(take_user(arena, u, given, url, err));
    if (url->text.n > BK_NET_URL_MAX) return bk_err_limit(err, "bytes of a URL", BK_NET_URL_MAX);
    return BK_OK;
}

static int is_hex(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

/* Behind the colon of a scheme; 0: there is none. */
static size_t scheme_end(bk_str text) {
    size_t n = 0;
    while (n < text.n && !memchr("/?#:", text.p[n], 4)) n++;
    return n < text.n && text.p[n] == ':' ? n + 1 : 0;
}

/* User, password, host and port of a URL, or of a reference that has them. */
static bk_str authority_of(bk_str text) {
    size_t from = scheme_end(text), to;
    if (!bk_str_starts(bk_str_from(text, from), BK_S("//"))) return BK_S("");
    for (to = from += 2; to < text.n && text.p[to] != '/' && text.p[to] != '?' && text.p[to] != '#'; to++) continue;
    return bk_str_sub(text, from, to);
}

static bool is_user_byte(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("-._~:!$&'()*+,;=%@", c));
}

/* "%zz" would go to the server as it is. In a host an escape is for what is not ASCII, or the sign before a zone: "%31" is no other way to write a 1, as whoever
 * reads the host next would have it. */
static bk_status check_authority(bk_str text, bk_err *err) {
    bk_str host = authority_of(text);
    size_t at = bk_str_rfind_byte(host, '@');
    for (size_t i = 0; at != BK_NPOS && i < at; i++)
        if (!is_user_byte(host.p[i])) return bk_err_set(err, BK_ERR, "net/url: invalid userinfo");
    if (at != BK_NPOS) host = bk_str_from(host, at + 1);
    for (size_t i = 0; i < host.n; i++) {
        bk_str escape = bk_str_sub(host, i, i + 3);
        if (host.p[i] != '%' || (escape.n == 3 && (escape.p[1] >= '8' || bk_str_eq(escape, BK_S("%25"))))) continue;
        return bk_err_set(err, BK_ERR, "parse \"%.*s\": invalid URL escape \"%.*s\"", BK_FMT(text), BK_FMT(escape));
    }
    return BK_OK;
}

static bk_status check_escapes(bk_str text, bk_err *err) {
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '#' || text.p[i] == '?') break;
        if (text.p[i] != '%' || (i + 2 < text.n && is_hex(text.p[i + 1]) && is_hex(text.p[i + 2]))) continue;
        return bk_err_set(err, BK_ERR, "parse \"%.*s\": invalid URL escape \"%.*s\"", BK_FMT(text), BK_FMT(bk_str_sub(text, i, i + 3)));
    }
    return check_authority(text, err);
}

/* The text for curl, which would take three slashes for two: "///x" is a path of the same server. */
static bk_status text_for_curl(bk_arena *arena, bk_str text, const bk_net_url *base, bk_str *ret, bk_err *err) {
    bk_str origin = BK_S("");
    if (!base || scheme_end(text)) BK_TRY(check_start(text, err));
    if (base && bk_str_starts(text, BK_S("///"))) origin = bk_str_sub(base->text, 0, base->scheme.n + 3 + authority_of(base->text).n);
    return bk_arena_printf(arena, ret, "%.*s%.*s", BK_FMT(origin), BK_FMT(text)) ? BK_OK : bk_arena_fail(arena, err);
}

/* curl's refusals, in Go's words where those are known to people. */
static bk_status not_a_url(bk_str text, CURLUcode code, bk_err *err) {
    switch (code) {
    case CURLUE_OUT_OF_MEMORY: return bk_err_nomem(err);
    case CURLUE_BAD_PORT_NUMBER: return bk_err_set(err, BK_ERR, "parse \"%.*s\": invalid port after host", BK_FMT(text));
    case CURLUE_BAD_IPV6: return bk_err_set(err, BK_ERR, "parse \"%.*s\": missing ']' in host", BK_FMT(text));
    case CURLUE_BAD_HOSTNAME: return bk_err_set(err, BK_ERR, "parse \"%.*s\": invalid character in host name", BK_FMT(text));
    default: return bk_err_set(err, BK_ERR, "parse \"%.*s\": %s", BK_FMT(text), curl_url_strerror(code));
    }
}

bk_status bk_net_url_parse(bk_arena *arena, bk_str text, const bk_net_url *base, bk_net_url *ret, bk_err *err) {
    bk_net_url url = {0};
    bk_str copy;
    if (text.n > BK_NET_URL_MAX) return bk_err_limit(err, "bytes of a URL", BK_NET_URL_MAX);
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
            return bk_err_set(err, BK_ERR, "net/url: invalid control character in URL");
    BK_TRY(text_for_curl(arena, text, base, &copy, err));
    BK_TRY(check_escapes(text, err));
    CURLU *u = curl_url();
    if (!u) return bk_err_nomem(err);
    const unsigned flags = CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS;
    CURLUcode code = CURLUE_OK;
    if (base) code = curl_url_set(u, CURLUPART_URL, base->text.p, CURLU_PATH_AS_IS);
    if (code == CURLUE_OK) code = curl_url_set(u, CURLUPART_URL, copy.p, base ? flags & ~(unsigned)CURLU_PATH_AS_IS : flags);
    bk_status status = code == CURLUE_OK ? take(arena, u, base ? BK_S("") : copy, &url, err) : not_a_url(text, code, err);
    curl_url_cleanup(u);
    if (status == BK_OK) *ret = url;
    return status;
}

bool bk_net_same_origin(const bk_net_url *a, const bk_net_url *b) {
    return bk_str_eq(a->scheme, b->scheme) && bk_str_eq(a->host, b->host) && a->port == b->port;
}
