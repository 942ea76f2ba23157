/* E-mail addresses and URLs of maintainers, icons and sources. */
#include "base/utf8.h"
#include "engine/lint.h"
#include "text/url.h"

/* ---- characters ---- */

static bool is_letter(uint32_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80; }
static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }
/* What RFC 3987 adds to letters. */
static bool is_beyond(uint32_t c) { return (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFDCF) || (c >= 0xFDF0 && c <= 0xFFEF); }
static bool is_one_of(uint32_t c, const char *set) { return c && c < 0x80 && strchr(set, (int)c); }

typedef bool (*char_class)(uint32_t c);

static bool all_are(bk_str s, char_class is) {
    while (s.n) {
        size_t width;
        uint32_t c = bk_utf8_decode(s, &width);
        if ((c == 0xFFFD && width == 1) || !is(c)) return false;
        s = bk_str_from(s, width);
    }
    return true;
}

/* The first and the last character are of the class. */
static bool ends_are(bk_str s, char_class is) {
    size_t width;
    return s.n && is(bk_utf8_decode(s, &width)) && is(bk_utf8_decode_last(s, &width));
}

/* ---- e-mail ---- */

static bool is_atom(uint32_t c) { return is_letter(c) || is_digit(c) || is_beyond(c) || is_one_of(c, "!#$%&'*+-/=?^_`{|}~"); }
static bool is_quoted(uint32_t c) {
    return c == '\t' || (c >= ' ' && c != '"' && c != '\\' && c < 0x80) || (c && c < ' ') || c == 0x7F || is_beyond(c);
}
static bool is_label_end(uint32_t c) { return is_letter(c) || is_digit(c) || is_beyond(c); }
static bool is_label(uint32_t c) { return is_label_end(c) || is_one_of(c, "-._~"); }
static bool is_top_end(uint32_t c) { return is_letter(c) || is_beyond(c); }
static bool is_top(uint32_t c) { return is_label_end(c) || is_one_of(c, "-_~"); }

static bool is_local(bk_str s) {
    if (s.n >= 2 && s.p[0] == '"') return s.p[s.n - 1] == '"' && all_are(bk_str_sub(s, 1, s.n - 1), is_quoted);
    for (bk_str part;;) {
        bool more = bk_str_cut(s, BK_S("."), &part, &s);
        if (part.n == 0 || !all_are(part, is_atom)) return false;
        if (!more) return true;
    }
}

bool bk_lint_is_email(bk_str s) {
    size_t at = bk_str_rfind_byte(s, '@');
    if (at == BK_NPOS || !is_local(bk_str_sub(s, 0, at))) return false;
    bk_str domain = bk_str_from(s, at + 1);
    if (bk_str_ends(domain, BK_S("."))) domain.n--;
    size_t dot = bk_str_rfind_byte(domain, '.');
    if (dot == BK_NPOS) return false;
    bk_str labels = bk_str_sub(domain, 0, dot), top = bk_str_from(domain, dot + 1);
    return ends_are(labels, is_label_end) && all_are(labels, is_label) && ends_are(top, is_top_end) && all_are(top, is_top);
}

/* ---- URLs ---- */

enum { URL_MIN = 3, URL_MAX = 2083 };

static bool is_wide(uint32_t c) { return c >= 0xA1 && c <= 0xFFFF; }
static bool is_host_end(uint32_t c) { return is_letter(c) || is_digit(c) || is_wide(c); }
static bool is_host(uint32_t c) { return is_host_end(c) || is_one_of(c, "-_"); }
static bool is_visible(uint32_t c) { return !is_one_of(c, " \t\n\f\r"); }

static bool is_port(bk_str s) { return s.n >= 1 && s.n <= 5 && all_are(s, is_digit); }

static bool is_host_name(bk_str s) {
    if (bk_str_ends(s, BK_S("."))) s.n--;
    for (bk_str part;;) {
        bool more = bk_str_cut(s, BK_S("."), &part, &s);
        if (!ends_are(part, is_host_end) || !all_are(part, is_host)) return false;
        if (!more) return true;
    }
}

/* HOST[:PORT][/…] */
static bool is_place(bk_arena *arena, bk_str s) {
    size_t end = 0;
    bk_str host;
    if (bk_str_starts(s, BK_S("["))) {
        bk_err ignored = BK_ERR_INIT;
        bk_ip ip;
        end = bk_str_find_byte(s, ']');
        if (end == BK_NPOS) return false;
        bool good = bk_ip_parse(arena, bk_str_sub(s, 1, end), &ip, &ignored) == BK_OK && !ip.is4;
        bk_err_release(&ignored);
        if (!good) return false;
        s = bk_str_from(s, end + 1);
    } else {
        while (end < s.n && !is_one_of((unsigned char)s.p[end], ":/?#")) end++;
        host = bk_str_sub(s, 0, end);
        if (!is_host_name(host)) return false;
        s = bk_str_from(s, end);
    }
    if (bk_str_starts(s, BK_S(":"))) {
        for (end = 1; end < s.n && !is_one_of((unsigned char)s.p[end], "/?#");) end++;
        if (!is_port(bk_str_sub(s, 1, end))) return false;
        s = bk_str_from(s, end);
    }
    return s.n == 0 || is_one_of((unsigned char)s.p[0], "/?#");
}

static bk_str without_scheme(bk_str s) {
    static const char *const schemes[] = {"ftp://", "tcp://", "udp://", "ws://", "wss://", "http://", "https://"};
    for (size_t i = 0; i < BK_COUNT(schemes); i++)
        if (bk_str_starts(s, bk_str_c(schemes[i]))) return bk_str_from(s, strlen(schemes[i]));
    return s;
}

static bool parses(bk_arena *arena, bk_str s, bk_url *ret) {
    bk_err ignored = BK_ERR_INIT;
    bool good = bk_url_parse(arena, s, ret, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return good;
}

bool bk_lint_is_url(bk_arena *arena, bk_str s) {
    bk_url url;
    bk_str whole = s;
    if (s.n <= URL_MIN || s.n >= URL_MAX || s.p[0] == '.' || !all_are(s, is_visible)) return false;
    if (bk_str_find_byte(s, ':') != BK_NPOS && !bk_str_contains(s, BK_S("://")) && !bk_arena_cat(arena, BK_S("http://"), s, &whole))
        return false;
    if (!parses(arena, whole, &url) || bk_str_starts(url.host, BK_S("."))) return false;
    if (url.host.n == 0 && url.path.n && bk_str_find_byte(url.path, '.') == BK_NPOS) return false;
    bk_str rest = without_scheme(s);
    if (is_place(arena, rest)) return true;
    size_t at = bk_str_find_byte(rest, '@'); /* a user in front */
    return at != BK_NPOS && at > 0 && is_place(arena, bk_str_from(rest, at + 1));
}

bool bk_lint_is_request_url(bk_arena *arena, bk_str s) {
    bk_err ignored = BK_ERR_INIT;
    bk_url url;
    bool good = s.n && bk_url_parse_request(arena, s, &url, &ignored) == BK_OK && url.scheme.n;
    bk_err_release(&ignored);
    return good;
}
