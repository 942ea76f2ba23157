/* E-mail addresses and URLs of maintainers, icons and sources. */
#include "base/utf8.h"
#include "engine/lint.h"
#include "text/regex.h"
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

/* What helm's library takes for a URL, by its rules and not by those of any standard: [SCHEME://][USER@]HOST[.][:PORT][/…], where HOST is four numbers or a name. A name
 * may begin with parts of letters and digits, dots and dashes, or with "www."; then comes one of any letters, and perhaps what looks like a top-level domain. */
#define LETTERS "a-zA-Z\\x{a1}-\\x{ffff}"
#define PLAIN "[a-zA-Z0-9]"
#define NUMBER "(?:[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
#define SCHEME_AND_USER "^(?:(?:ftp|tcp|udp|wss?|https?)://)?(?:\\S+@)?"
#define NUMBERS "(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\\." NUMBER "){3}"
#define PARTS PLAIN "(?:[a-zA-Z0-9_-]+)?" PLAIN "(?:[.-]" PLAIN "+)*|www\\.|" PLAIN "+(?:[-_.]?" PLAIN ")*" PLAIN "\\." PLAIN "+"
#define NAME "(?:" PARTS ")?(?:[0-9" LETTERS "]+-?-?)*[0-9" LETTERS "]+(?:\\.[" LETTERS "]+)?"
#define TAIL "\\.?(?::[0-9]{1,5})?(?:[/?#]\\S*)?$"

/* A text that does not parse is an answer; all other errors stay errors. */
static bk_status judged(bk_status status, bool *ret_good, bk_err *err) {
    *ret_good = status == BK_OK;
    if (status != BK_ERR) return status;
    bk_err_release(err);
    return BK_OK;
}

static bk_status fits(bk_arena *arena, bk_str s, const char *pattern, bool *ret, bk_err *err) {
    bk_regex regex = {0};
    bk_status status = bk_regex_compile(&regex, bk_str_c(pattern), err);
    if (status == BK_OK) status = bk_regex_match(&regex, arena, s, ret, err);
    bk_regex_release(&regex);
    return status;
}

/* The host is an address of IPv6 in brackets. */
static bk_status has_ip6(bk_arena *arena, bk_str s, bool *ret, bk_err *err) {
    bk_ip ip;
    size_t from = bk_str_find_byte(s, '['), to = bk_str_find_byte(s, ']');
    *ret = false;
    if (from == BK_NPOS || to == BK_NPOS || to < from) return BK_OK;
    BK_TRY(judged(bk_ip_parse(arena, bk_str_sub(s, from + 1, to), &ip, err), ret, err));
    *ret = *ret && !ip.is4;
    if (*ret) BK_TRY(fits(arena, bk_str_sub(s, 0, from), SCHEME_AND_USER "$", ret, err));
    return *ret ? fits(arena, bk_str_from(s, to + 1), "^" TAIL, ret, err) : BK_OK;
}

bk_status bk_lint_is_url(bk_arena *arena, bk_str s, bool *ret, bk_err *err) {
    bk_url url;
    bk_str whole = s;
    *ret = false;
    if (s.n <= URL_MIN || bk_utf8_count(s) >= URL_MAX || s.p[0] == '.') return BK_OK;
    if (bk_str_find_byte(s, ':') != BK_NPOS && !bk_str_contains(s, BK_S("://")) && !bk_arena_cat(arena, BK_S("http://"), s, &whole))
        return bk_arena_fail(arena, err);
    BK_TRY(judged(bk_url_parse(arena, whole, &url, err), ret, err));
    if (!*ret) return BK_OK;
    *ret = !bk_str_starts(url.host, BK_S(".")) && (url.host.n || url.path.n == 0 || bk_str_find_byte(url.path, '.') != BK_NPOS);
    if (!*ret) return BK_OK;
    BK_TRY(fits(arena, s, SCHEME_AND_USER "(?:" NUMBERS "|" NAME ")" TAIL, ret, err));
    return *ret ? BK_OK : has_ip6(arena, s, ret, err);
}

bk_status bk_lint_is_request_url(bk_arena *arena, bk_str s, bool *ret, bk_err *err) {
    bk_url url;
    *ret = false;
    if (s.n == 0) return BK_OK;
    BK_TRY(judged(bk_url_parse_request(arena, s, &url, err), ret, err));
    *ret = *ret && url.scheme.n;
    return BK_OK;
}
