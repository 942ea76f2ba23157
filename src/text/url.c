#include "text/url.h"

#include "base/num.h"
#include "value/gofmt.h"

/* ---- encoding ---- */

/* What stands for itself besides letters and digits. */
static const char *const plain[] = {
    [BK_URL_PATH] = "$&+,-./:;=@_~",          [BK_URL_SEGMENT] = "$&+-.:=@_~", [BK_URL_HOST] = "!\"$&'()*+,-.:;<=>[]_~",
    [BK_URL_ZONE] = "!\"$&'()*+,-.:;<=>[]_~", [BK_URL_USER] = "$&+,-.;=_~",    [BK_URL_QUERY] = "-._~",
    [BK_URL_FRAGMENT] = "!$&()*+,-./:;=?@_~",
};

static bool is_alnum(char c) { return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10; }
static bool is_plain(char c, bk_url_part part) { return is_alnum(c) || (c && strchr(plain[part], c)); }

void bk_url_escape(bk_buf *out, bk_str s, bk_url_part part) {
    static const char hex[] = "0123456789ABCDEF";
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (is_plain(s.p[i], part)) continue;
        bk_buf_str(out, bk_str_sub(s, from, i));
        from = i + 1;
        if (part == BK_URL_QUERY && s.p[i] == ' ') {
            bk_buf_byte(out, '+');
        } else {
            unsigned char c = (unsigned char)s.p[i];
            bk_buf_bytes(out, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
        }
    }
    bk_buf_str(out, bk_str_from(s, from));
}

static bk_str quoted(bk_arena *arena, bk_str s) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_fmt_quote(&b, s);
    return bk_buf_view(&b);
}

static bk_status bad_escape(bk_arena *arena, bk_str s, bk_err *err) {
    bk_str shown = quoted(arena, bk_str_sub(s, 0, 3));
    return bk_err_set(err, BK_ERR, "invalid URL escape %.*s", BK_FMT(shown));
}

/* The byte of the escape at the start of s, if it may stand there; -1 else. */
static int escape_value(bk_str s, bk_url_part part) {
    if (s.n < 3 || bk_hex_digit(s.p[1]) < 0 || bk_hex_digit(s.p[2]) < 0) return -1;
    int v = bk_hex_digit(s.p[1]) << 4 | bk_hex_digit(s.p[2]);
    /* In a host only what is not ASCII may be escaped, but %25 starts a zone; a zone takes what a host could have plainly. */
    if (v == '%') return v;
    if (part == BK_URL_HOST && v < 0x80) return -1;
    if (part == BK_URL_ZONE && v != ' ' && !is_plain((char)v, BK_URL_HOST)) return -1;
    return v;
}

bk_status bk_url_unescape(bk_arena *arena, bk_str s, bk_url_part part, bk_str *ret, bk_err *err) {
    const bool host = part == BK_URL_HOST || part == BK_URL_ZONE;
    bool change = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            if (escape_value(bk_str_from(s, i), part) < 0) return bad_escape(arena, bk_str_from(s, i), err);
            change = true;
            i += 2;
        } else if (c == '+') {
            change |= part == BK_URL_QUERY;
        } else if (host && (unsigned char)c < 0x80 && !is_plain(c, part)) {
            bk_str shown = quoted(arena, bk_str_sub(s, i, i + 1));
            return bk_err_set(err, BK_ERR, "invalid character %.*s in host name", BK_FMT(shown));
        }
    }
    if (!change) {
        *ret = s;
        return BK_OK;
    }
    char *p = bk_arena_alloc(arena, s.n);
    if (!p) return bk_arena_fail(arena, err);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%') {
            p[n++] = (char)escape_value(bk_str_from(s, i), part);
            i += 2;
        } else {
            p[n++] = s.p[i] == '+' && part == BK_URL_QUERY ? ' ' : s.p[i];
        }
    }
    *ret = bk_str_of(p, n);
    return BK_OK;
}

/* Decodes s; *ret_raw is s when encoding the result does not give it back, else empty. */
static bk_status decode_part(bk_arena *arena, bk_str s, bk_url_part part, bk_str *ret, bk_str *ret_raw, bk_err *err) {
    BK_TRY(bk_url_unescape(arena, s, part, ret, err));
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_url_escape(&b, *ret, part);
    BK_TRY(bk_buf_check(&b, err));
    *ret_raw = bk_str_eq(bk_buf_view(&b), s) ? (bk_str){0} : s;
    return BK_OK;
}

/* The encoded text of a path or fragment: raw where it is sound. raw decodes to s, since only this file sets it. */
static void print_part(bk_buf *out, bk_str s, bk_str raw, bk_url_part part) {
    bool sound = raw.n > 0;
    for (size_t i = 0; sound && i < raw.n; i++) {
        char c = raw.p[i];
        sound = is_plain(c, part) || (c && strchr("!$&'()*+,;=:@[]%", c));
    }
    if (sound) {
        bk_buf_str(out, raw);
    } else if (part == BK_URL_PATH && bk_str_eq(s, BK_S("*"))) {
        bk_buf_str(out, s);
    } else {
        bk_url_escape(out, s, part);
    }
}

/* ---- parsing ---- */

/* Moves the scheme off *rest. */
static bk_status take_scheme(bk_arena *arena, bk_str *rest, bk_str *ret, bk_err *err) {
    size_t i = 0;
    for (; i < rest->n; i++) {
        char c = rest->p[i];
        if (c == ':') break;
        if (!is_alnum(c) && c != '+' && c != '-' && c != '.') return BK_OK;
        if (i == 0 && (c | 0x20) < 'a') return BK_OK;
    }
    if (i == rest->n) return BK_OK;
    if (i == 0) return bk_err_set(err, BK_ERR, "missing protocol scheme");
    char *p = bk_arena_alloc(arena, i);
    if (!p) return bk_arena_fail(arena, err);
    for (size_t k = 0; k < i; k++) p[k] = (char)((unsigned char)(rest->p[k] - 'A') < 26 ? rest->p[k] | 0x20 : rest->p[k]);
    *ret = bk_str_of(p, i);
    *rest = bk_str_from(*rest, i + 1);
    return BK_OK;
}

static bool is_port(bk_str s) {
    if (s.n && s.p[0] != ':') return false;
    for (size_t i = 1; i < s.n; i++)
        if ((unsigned char)(s.p[i] - '0') >= 10) return false;
    return true;
}

static bk_status bad_port(bk_arena *arena, bk_str s, bk_err *err) {
    bk_str shown = quoted(arena, s);
    return bk_err_set(err, BK_ERR, "invalid port %.*s after host", BK_FMT(shown));
}

/* "[…]:port" */
static bk_status parse_literal(bk_arena *arena, bk_str host, bk_str *ret, bk_err *err) {
    size_t close = bk_str_rfind_byte(host, ']');
    if (close == BK_NPOS) return bk_err_set(err, BK_ERR, "missing ']' in host");
    bk_str port = bk_str_from(host, close + 1), name = bk_str_sub(host, 1, close), zone = {0};
    if (!is_port(port)) return bad_port(arena, port, err);
    size_t at = bk_str_find(name, BK_S("%25"));
    if (at != BK_NPOS) {
        zone = bk_str_from(name, at);
        name = bk_str_sub(name, 0, at);
    }
    BK_TRY(bk_url_unescape(arena, name, BK_URL_HOST, &name, err));
    BK_TRY(bk_url_unescape(arena, zone, BK_URL_ZONE, &zone, err));
    bk_str whole;
    if (!bk_arena_cat(arena, name, zone, &whole)) return bk_arena_fail(arena, err);
    bk_ip ip;
    if (bk_ip_parse(arena, whole, &ip, err) != BK_OK) return bk_err_wrap(err, "invalid host");
    if (ip.is4) return bk_err_set(err, BK_ERR, "invalid IP-literal");
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_buf_byte(&b, '[');
    bk_buf_str(&b, whole);
    bk_buf_byte(&b, ']');
    bk_buf_str(&b, port);
    *ret = bk_buf_view(&b);
    return bk_buf_check(&b, err);
}

static bk_status parse_host(bk_arena *arena, bk_str scheme, bk_str host, bk_str *ret, bk_err *err) {
    size_t open = bk_str_rfind_byte(host, '[');
    if (open == 0) return parse_literal(arena, host, ret, err);
    if (open != BK_NPOS) return bk_err_set(err, BK_ERR, "invalid IP-literal");
    bool strict = bk_str_eq(scheme, BK_S("http")) || bk_str_eq(scheme, BK_S("https"));
    size_t colon = strict ? bk_str_find_byte(host, ':') : bk_str_rfind_byte(host, ':');
    if (colon != BK_NPOS && !is_port(bk_str_from(host, colon))) return bad_port(arena, bk_str_from(host, colon), err);
    return bk_url_unescape(arena, host, BK_URL_HOST, ret, err);
}

static bk_status parse_authority(bk_arena *arena, bk_str s, bk_url *url, bk_err *err) {
    size_t at = bk_str_rfind_byte(s, '@');
    BK_TRY(parse_host(arena, url->scheme, at == BK_NPOS ? s : bk_str_from(s, at + 1), &url->host, err));
    if (at == BK_NPOS) return BK_OK;
    bk_str user = bk_str_sub(s, 0, at), password;
    for (size_t i = 0; i < user.n; i++)
        if (!is_alnum(user.p[i]) && !(user.p[i] && strchr("-._:~!$&'()*+,;=%@", user.p[i])))
            return bk_err_set(err, BK_ERR, "net/url: invalid userinfo");
    url->has_user = true;
    url->has_password = bk_str_cut(user, BK_S(":"), &user, &password);
    BK_TRY(bk_url_unescape(arena, user, BK_URL_USER, &url->user, err));
    return bk_url_unescape(arena, password, BK_URL_USER, &url->password, err);
}

/* All but the fragment. */
static bk_status parse(bk_arena *arena, bk_str rest, bk_url *url, bk_err *err) {
    for (size_t i = 0; i < rest.n; i++)
        if ((unsigned char)rest.p[i] < ' ' || rest.p[i] == 0x7f)
            return bk_err_set(err, BK_ERR, "net/url: invalid control character in URL");
    if (bk_str_eq(rest, BK_S("*"))) {
        url->path = rest;
        return BK_OK;
    }
    BK_TRY(take_scheme(arena, &rest, &url->scheme, err));
    size_t question = bk_str_find_byte(rest, '?');
    if (question != BK_NPOS) {
        url->force_query = question == rest.n - 1;
        url->raw_query = bk_str_from(rest, question + 1);
        rest = bk_str_sub(rest, 0, question);
    }
    if (!bk_str_starts(rest, BK_S("/"))) {
        if (url->scheme.n) {
            url->opaque = rest;
            return BK_OK;
        }
        bk_str segment, tail;
        bk_str_cut(rest, BK_S("/"), &segment, &tail);
        if (bk_str_find_byte(segment, ':') != BK_NPOS) return bk_err_set(err, BK_ERR, "first path segment in URL cannot contain colon");
    }
    if (bk_str_starts(rest, BK_S("//")) && (url->scheme.n || !bk_str_starts(rest, BK_S("///")))) {
        bk_str authority = bk_str_from(rest, 2);
        size_t slash = bk_str_find_byte(authority, '/');
        rest = slash == BK_NPOS ? (bk_str){0} : bk_str_from(authority, slash);
        BK_TRY(parse_authority(arena, bk_str_sub(authority, 0, slash), url, err));
    } else {
        url->omit_host = url->scheme.n && bk_str_starts(rest, BK_S("/"));
    }
    return decode_part(arena, rest, BK_URL_PATH, &url->path, &url->raw_path, err);
}

static bk_status bad_url(bk_arena *arena, bk_str text, bk_err *err) {
    bk_str shown = quoted(arena, text);
    return bk_err_wrap(err, "parse %.*s", BK_FMT(shown));
}

bk_status bk_url_parse(bk_arena *arena, bk_str text, bk_url *ret, bk_err *err) {
    bk_url url = {0};
    bk_str head, fragment;
    bk_str_cut(text, BK_S("#"), &head, &fragment);
    bk_status s = parse(arena, head, &url, err);
    if (s == BK_OK && fragment.n) {
        head = text;
        s = decode_part(arena, fragment, BK_URL_FRAGMENT, &url.fragment, &url.raw_fragment, err);
    }
    if (s != BK_OK) return s == BK_ERR ? bad_url(arena, head, err) : s;
    *ret = url;
    return BK_OK;
}

bk_status bk_url_parse_request(bk_arena *arena, bk_str text, bk_url *ret, bk_err *err) {
    bk_url url = {0};
    bk_status s = parse(arena, text, &url, err);
    if (s != BK_OK) return s == BK_ERR ? bad_url(arena, text, err) : s;
    *ret = url;
    return BK_OK;
}

/* ---- putting together ---- */

/* A path relative to another, without its dots (RFC 3986, with Go's extra care for empty segments). */
static bk_status resolve_path(bk_arena *arena, bk_str base, bk_str ref, bk_str *ret, bk_err *err) {
    bk_str full = ref;
    if (ref.n == 0) {
        full = base;
    } else if (ref.p[0] != '/') {
        size_t slash = bk_str_rfind_byte(base, '/');
        if (!bk_arena_cat(arena, bk_str_sub(base, 0, slash == BK_NPOS ? 0 : slash + 1), ref, &full)) return bk_arena_fail(arena, err);
    }
    *ret = (bk_str){0};
    if (full.n == 0) return BK_OK;
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_buf_byte(&b, '/');
    bool first = true, more = true;
    bk_str item = {0};
    while (more && bk_buf_ok(&b)) {
        more = bk_str_cut(full, BK_S("/"), &item, &full);
        if (bk_str_eq(item, BK_S("."))) {
            first = false;
        } else if (bk_str_eq(item, BK_S(".."))) {
            size_t slash = bk_str_rfind_byte(bk_str_from(bk_buf_view(&b), 1), '/');
            bk_buf_cut(&b, slash == BK_NPOS ? 1 : slash + 1);
            first = b.n == 1;
        } else {
            if (!first) bk_buf_byte(&b, '/');
            bk_buf_str(&b, item);
            first = false;
        }
    }
    if (bk_str_eq(item, BK_S(".")) || bk_str_eq(item, BK_S(".."))) bk_buf_byte(&b, '/');
    *ret = bk_buf_view(&b);
    if (ret->n > 1 && ret->p[1] == '/') *ret = bk_str_from(*ret, 1);
    return bk_buf_check(&b, err);
}

static bk_status escaped_path(bk_arena *arena, const bk_url *url, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    print_part(&b, url->path, url->raw_path, BK_URL_PATH);
    *ret = bk_buf_view(&b);
    return bk_buf_check(&b, err);
}

bk_status bk_url_resolve(bk_arena *arena, const bk_url *base, const bk_url *ref, bk_url *ret, bk_err *err) {
    bk_url url = *ref;
    bk_str from = {0}, to;
    if (ref->scheme.n == 0) url.scheme = base->scheme;
    BK_TRY(escaped_path(arena, ref, &to, err));
    if (ref->scheme.n || ref->host.n || ref->has_user) {
        from = to;
        to = (bk_str){0};
    } else {
        url.has_user = url.has_password = false;
        url.host = (bk_str){0};
        if (ref->opaque.n) { /* cannot be without a scheme; kept for URLs that were not parsed */
            url.path = (bk_str){0};
            *ret = url;
            return BK_OK;
        }
        if (ref->path.n == 0 && !ref->force_query && ref->raw_query.n == 0) {
            url.raw_query = base->raw_query;
            if (ref->fragment.n == 0) {
                url.fragment = base->fragment;
                url.raw_fragment = base->raw_fragment;
            }
        }
        if (ref->path.n == 0 && base->opaque.n) {
            url.opaque = base->opaque;
            *ret = url;
            return BK_OK;
        }
        url.host = base->host;
        url.user = base->user;
        url.password = base->password;
        url.has_user = base->has_user;
        url.has_password = base->has_password;
        BK_TRY(escaped_path(arena, base, &from, err));
    }
    BK_TRY(resolve_path(arena, from, to, &to, err));
    BK_TRY(decode_part(arena, to, BK_URL_PATH, &url.path, &url.raw_path, err));
    *ret = url;
    return BK_OK;
}

void bk_url_print_user(bk_buf *out, const bk_url *url) {
    bk_url_escape(out, url->user, BK_URL_USER);
    if (!url->has_password) return;
    bk_buf_byte(out, ':');
    bk_url_escape(out, url->password, BK_URL_USER);
}

void bk_url_print(bk_buf *out, const bk_url *url) {
    size_t begin = out->n;
    if (url->scheme.n) {
        bk_buf_str(out, url->scheme);
        bk_buf_byte(out, ':');
    }
    if (url->opaque.n) {
        bk_buf_str(out, url->opaque);
    } else {
        bool host = url->host.n || url->has_user;
        if (host || (url->scheme.n && !url->omit_host && url->path.n)) bk_buf_c(out, "//");
        if (url->has_user) {
            bk_url_print_user(out, url);
            bk_buf_byte(out, '@');
        }
        bk_url_escape(out, url->host, BK_URL_HOST);
        size_t path = out->n, slash;
        print_part(out, url->path, url->raw_path, BK_URL_PATH);
        bk_str text = bk_str_from(bk_buf_view(out), path);
        slash = bk_str_find_byte(text, '/');
        if (url->host.n && text.n && text.p[0] != '/') {
            bk_buf_cut(out, path);
            bk_buf_byte(out, '/');
            print_part(out, url->path, url->raw_path, BK_URL_PATH);
        } else if (path == begin && bk_str_find_byte(bk_str_sub(text, 0, slash), ':') != BK_NPOS) {
            bk_buf_cut(out, path);
            bk_buf_c(out, "./");
            print_part(out, url->path, url->raw_path, BK_URL_PATH);
        }
    }
    if (url->force_query || url->raw_query.n) {
        bk_buf_byte(out, '?');
        bk_buf_str(out, url->raw_query);
    }
    if (url->fragment.n) {
        bk_buf_byte(out, '#');
        print_part(out, url->fragment, url->raw_fragment, BK_URL_FRAGMENT);
    }
}

bk_str bk_url_hostname(const bk_url *url) {
    bk_str host = url->host;
    size_t colon = bk_str_rfind_byte(host, ':');
    if (colon != BK_NPOS && is_port(bk_str_from(host, colon))) host = bk_str_sub(host, 0, colon);
    if (bk_str_starts(host, BK_S("[")) && bk_str_ends(host, BK_S("]"))) host = bk_str_sub(host, 1, host.n - 1);
    return host;
}

/* ---- IP addresses ---- */

static bk_status bad_ip(bk_arena *arena, bk_str text, const char *message, bk_str at, bk_err *err) {
    bk_str shown = quoted(arena, text);
    bk_err_set(err, BK_ERR, "ParseAddr(%.*s): %s", BK_FMT(shown), message);
    if (at.n == 0) return BK_ERR;
    bk_str all;
    bk_str head = bk_err_message(err);
    shown = quoted(arena, at);
    if (!bk_arena_printf(arena, &all, "%.*s (at %.*s)", BK_FMT(head), BK_FMT(shown))) return BK_ERR;
    return bk_err_replace(err, all);
}

/* Four decimals in s, a part of text. */
static bk_status parse_ip4(bk_arena *arena, bk_str text, bk_str s, uint8_t *ret, bk_err *err) {
    unsigned value = 0, digits = 0, field = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if ((unsigned char)(c - '0') < 10) {
            if (digits == 1 && value == 0) return bad_ip(arena, text, "IPv4 field has octet with leading zero", (bk_str){0}, err);
            value = value * 10 + (unsigned)(c - '0');
            digits++;
            if (value > 255) return bad_ip(arena, text, "IPv4 field has value >255", (bk_str){0}, err);
        } else if (c == '.') {
            if (i == 0 || i == s.n - 1 || s.p[i - 1] == '.') {
                return bad_ip(arena, text, "IPv4 field must have at least one digit", bk_str_from(s, i), err);
            }
            if (field == 3) return bad_ip(arena, text, "IPv4 address too long", (bk_str){0}, err);
            ret[field++] = (uint8_t)value;
            value = digits = 0;
        } else {
            return bad_ip(arena, text, "unexpected character", bk_str_from(s, i), err);
        }
    }
    if (field < 3) return bad_ip(arena, text, "IPv4 address too short", (bk_str){0}, err);
    ret[3] = (uint8_t)value;
    return BK_OK;
}

/* One hexadecimal field at the start of s; its length, 0 with err set. */
static size_t hex_field(bk_arena *arena, bk_str text, bk_str s, unsigned *ret, bk_err *err) {
    size_t n = 0;
    *ret = 0;
    for (; n < s.n && bk_hex_digit(s.p[n]) >= 0; n++) {
        *ret = *ret << 4 | (unsigned)bk_hex_digit(s.p[n]);
        if (n > 3) {
            bad_ip(arena, text, "each group must have 4 or less digits", s, err);
            return 0;
        }
    }
    if (n == 0) bad_ip(arena, text, "each colon-separated field must have at least one digit", s, err);
    return n;
}

static bk_status parse_ip6(bk_arena *arena, bk_str text, bk_ip *ret, bk_err *err) {
    bk_str s = text;
    int gap = -1, i = 0;
    size_t percent = bk_str_find_byte(s, '%');
    if (percent != BK_NPOS) {
        ret->zone = bk_str_from(s, percent + 1);
        s = bk_str_sub(s, 0, percent);
        if (ret->zone.n == 0) return bad_ip(arena, text, "zone must be a non-empty string", (bk_str){0}, err);
    }
    if (bk_str_starts(s, BK_S("::"))) {
        gap = 0;
        s = bk_str_from(s, 2);
        if (s.n == 0) return BK_OK;
    }
    while (i < 16) {
        unsigned field;
        size_t n = hex_field(arena, text, s, &field, err);
        if (n == 0) return BK_ERR;
        if (n < s.n && s.p[n] == '.') {
            if (gap < 0 && i != 12)
                return bad_ip(arena, text, "embedded IPv4 address must replace the final 2 fields of the address", s, err);
            if (i + 4 > 16) return bad_ip(arena, text, "too many hex fields to fit an embedded IPv4 at the end of the address", s, err);
            BK_TRY(parse_ip4(arena, text, s, ret->bytes + i, err));
            s.n = 0;
            i += 4;
            break;
        }
        ret->bytes[i++] = (uint8_t)(field >> 8);
        ret->bytes[i++] = (uint8_t)field;
        s = bk_str_from(s, n);
        if (s.n == 0) break;
        if (s.p[0] != ':') return bad_ip(arena, text, "unexpected character, want colon", s, err);
        if (s.n == 1) return bad_ip(arena, text, "colon must be followed by more characters", s, err);
        s = bk_str_from(s, 1);
        if (s.p[0] == ':') {
            if (gap >= 0) return bad_ip(arena, text, "multiple :: in address", s, err);
            gap = i;
            s = bk_str_from(s, 1);
            if (s.n == 0) break;
        }
    }
    if (s.n) return bad_ip(arena, text, "trailing garbage after address", s, err);
    if (i == 16) return gap < 0 ? BK_OK : bad_ip(arena, text, "the :: must expand to at least one field of zeros", (bk_str){0}, err);
    if (gap < 0) return bad_ip(arena, text, "address string too short", (bk_str){0}, err);
    memmove(ret->bytes + gap + 16 - i, ret->bytes + gap, (size_t)(i - gap));
    memset(ret->bytes + gap, 0, (size_t)(16 - i));
    return BK_OK;
}

bk_status bk_ip_parse(bk_arena *arena, bk_str text, bk_ip *ret, bk_err *err) {
    bk_ip ip = {0};
    size_t i = 0;
    while (i < text.n && text.p[i] != '.' && text.p[i] != ':' && text.p[i] != '%') i++;
    if (i == text.n) return bad_ip(arena, text, "unable to parse IP", (bk_str){0}, err);
    if (text.p[i] == '%') return bad_ip(arena, text, "missing IPv6 address", (bk_str){0}, err);
    ip.is4 = text.p[i] == '.';
    if (ip.is4) {
        ip.bytes[10] = ip.bytes[11] = 0xff;
        BK_TRY(parse_ip4(arena, text, text, ip.bytes + 12, err));
    } else {
        BK_TRY(parse_ip6(arena, text, &ip, err));
    }
    *ret = ip;
    return BK_OK;
}
