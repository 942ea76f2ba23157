#include "chart/schema_format.h"

#include "base/num.h"
#include "base/utf8.h"
#include "text/url.h"
#include "value/gofmt.h"

#define FAIL(...) return bk_err_set(err, BK_ERR, __VA_ARGS__)

static bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }
static bool is_alpha(char c) { return (unsigned char)((c | 0x20) - 'a') < 26; }
static bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }
static bool is_hex(char c) { return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6; }

bk_str bk_format_rune(bk_arena *arena, uint32_t rune) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_fmt_quote_rune(&b, rune);
    return bk_buf_view(&b);
}

static bk_str rune_at(bk_arena *arena, bk_str s, size_t at) {
    size_t width;
    return bk_format_rune(arena, bk_utf8_decode(bk_str_from(s, at), &width));
}

/* Position of the first byte that is neither a letter, a digit nor one of `more`. */
static size_t first_other(bk_str s, const char *more) {
    size_t i = 0;
    while (i < s.n && (is_alnum(s.p[i]) || (s.p[i] && strchr(more, s.p[i])))) i++;
    return i;
}

static size_t count_digits(bk_str s) {
    size_t n = 0;
    while (n < s.n && is_digit(s.p[n])) n++;
    return n;
}

/* ---- pointers and identifiers ---- */

static bk_status json_pointer(bk_arena *arena, bk_str s, bk_err *err) {
    (void)arena;
    if (s.n == 0) return BK_OK;
    if (s.p[0] != '/') FAIL("not starting with /");
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == '~' && (i + 1 == s.n || (s.p[i + 1] != '0' && s.p[i + 1] != '1'))) FAIL("~ must be followed by 0 or 1");
    }
    return BK_OK;
}

static bk_status relative_json_pointer(bk_arena *arena, bk_str s, bk_err *err) {
    size_t n = count_digits(s);
    if (n == 0) FAIL("must start with non-negative integer");
    if (n > 1 && s.p[0] == '0') FAIL("starts with zero");
    s = bk_str_from(s, n);
    return bk_str_eq(s, BK_S("#")) ? BK_OK : json_pointer(arena, s, err);
}

static bk_status uuid(bk_arena *arena, bk_str s, bk_err *err) {
    static const uint8_t lengths[] = {8, 4, 4, 4, 12};
    size_t groups = 1, at = 0;
    for (size_t i = 0; i < s.n; i++) groups += s.p[i] == '-';
    if (groups != BK_COUNT(lengths)) FAIL("must have %d elements", (int)BK_COUNT(lengths));
    for (size_t g = 0; g < groups; g++) {
        bk_str group, rest;
        bk_str_cut(bk_str_from(s, at), BK_S("-"), &group, &rest);
        if (group.n != lengths[g]) FAIL("element %d must be %d characters long", (int)g + 1, lengths[g]);
        for (size_t i = 0; i < group.n; i++)
            if (!is_hex(group.p[i])) {
                bk_str shown = rune_at(arena, group, i);
                FAIL("non-hex character %.*s", BK_FMT(shown));
            }
        at += group.n + 1;
    }
    return BK_OK;
}

static bk_status semver_build(bk_arena *arena, bk_str s, bk_err *err) {
    if (s.n == 0) FAIL("build is empty");
    for (bool more = true; more;) {
        bk_str id;
        more = bk_str_cut(s, BK_S("."), &id, &s);
        if (id.n == 0) FAIL("build identifier is empty");
        size_t bad = first_other(id, "-");
        if (bad < id.n) {
            bk_str shown = rune_at(arena, id, bad);
            FAIL("invalid character %.*s in build identifier", BK_FMT(shown));
        }
    }
    return BK_OK;
}

static bk_status semver_pre(bk_arena *arena, bk_str s, bk_err *err) {
    for (bool more = true; more;) {
        bk_str id;
        more = bk_str_cut(s, BK_S("."), &id, &s);
        if (id.n == 0) FAIL("pre-release identifier is empty");
        size_t bad = first_other(id, "-");
        if (bad < id.n) {
            bk_str shown = rune_at(arena, id, bad);
            FAIL("invalid character %.*s in pre-release identifier", BK_FMT(shown));
        }
        if (count_digits(id) == id.n && id.n > 1 && id.p[0] == '0') FAIL("pre-release numeric identifier starts with zero");
    }
    return BK_OK;
}

static bk_status semver(bk_arena *arena, bk_str s, bk_err *err) {
    static const char *const names[] = {"major", "minor", "patch"};
    bk_str tail;
    if (bk_str_cut(s, BK_S("+"), &s, &tail)) BK_TRY(semver_build(arena, tail, err));
    if (bk_str_cut(s, BK_S("-"), &s, &tail)) BK_TRY(semver_pre(arena, tail, err));
    size_t dots = 0;
    for (size_t i = 0; i < s.n; i++) dots += s.p[i] == '.';
    if (dots != 2) FAIL("versionCore must have 3 numbers separated by dot");
    for (size_t i = 0; i < 3; i++) {
        bk_str number;
        bk_str_cut(s, BK_S("."), &number, &s);
        if (number.n == 0) FAIL("%s is empty", names[i]);
        if (number.n > 1 && number.p[0] == '0') FAIL("%s starts with zero", names[i]);
        if (count_digits(number) < number.n) FAIL("%s contains non-digit", names[i]);
    }
    return BK_OK;
}

/* ---- hosts and addresses ---- */

static bk_status ipv4(bk_arena *arena, bk_str s, bk_err *err) {
    size_t dots = 0;
    for (size_t i = 0; i < s.n; i++) dots += s.p[i] == '.';
    if (dots != 3) FAIL("expected four decimals");
    for (size_t i = 0; i < 4; i++) {
        bk_str group;
        int64_t n;
        bk_str_cut(s, BK_S("."), &group, &s);
        if (group.n > 1 && group.p[0] == '0') FAIL("leading zeros");
        bk_num_result r = bk_parse_int(group, 10, &n);
        if (r != BK_NUM_OK) {
            bk_buf b;
            bk_buf_init(&b, arena, 0);
            bk_fmt_quote(&b, group);
            FAIL("strconv.Atoi: parsing %.*s: %s", BK_FMT(bk_buf_view(&b)), r == BK_NUM_RANGE ? "value out of range" : "invalid syntax");
        }
        if (n < 0 || n > 255) FAIL("decimal must be between 0 and 255");
    }
    return BK_OK;
}

bk_status bk_format_ipv6(bk_arena *arena, bk_str s, bk_err *err) {
    bk_ip ip;
    if (bk_str_find_byte(s, ':') == BK_NPOS) FAIL("missing colon");
    BK_TRY(bk_ip_parse(arena, s, &ip, err));
    if (ip.zone.n) FAIL("zone id is not a part of ipv6 address");
    return BK_OK;
}

static bk_status hostname(bk_arena *arena, bk_str s, bk_err *err) {
    if (bk_str_ends(s, BK_S("."))) s.n--;
    if (s.n > 253) FAIL("more than 253 characters long");
    for (bool more = true; more;) {
        bk_str label;
        more = bk_str_cut(s, BK_S("."), &label, &s);
        if (label.n < 1 || label.n > 63) FAIL("label must be 1 to 63 characters long");
        if (label.p[0] == '-') FAIL("label starts with hyphen");
        if (label.p[label.n - 1] == '-') FAIL("label ends with hyphen");
        size_t bad = first_other(label, "-");
        if (bad < label.n) {
            bk_str shown = rune_at(arena, label, bad);
            FAIL("invalid character %.*s", BK_FMT(shown));
        }
    }
    return BK_OK;
}

static bk_status email_local(bk_arena *arena, bk_str s, bk_err *err) {
    if (s.n > 64) FAIL("local part more than 64 characters long");
    if (s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"') {
        s = bk_str_sub(s, 1, s.n - 1);
        if (bk_str_find_byte(s, '\\') != BK_NPOS || bk_str_find_byte(s, '"') != BK_NPOS) {
            FAIL("backslash and quote are not allowed within quoted local part");
        }
        return BK_OK;
    }
    if (bk_str_starts(s, BK_S("."))) FAIL("starts with dot");
    if (bk_str_ends(s, BK_S("."))) FAIL("ends with dot");
    if (bk_str_contains(s, BK_S(".."))) FAIL("consecutive dots");
    size_t bad = first_other(s, ".!#$%&'*+-/=?^_`{|}~");
    if (bad < s.n) {
        bk_str shown = rune_at(arena, s, bad);
        FAIL("invalid character %.*s", BK_FMT(shown));
    }
    return BK_OK;
}

/* "<what>: <reason>" for a failure within. */
static bk_status within(bk_status s, const char *what, bk_err *err) { return s == BK_ERR ? bk_err_wrap(err, "%s", what) : s; }

static bk_status email(bk_arena *arena, bk_str s, bk_err *err) {
    if (s.n > 254) FAIL("more than 255 characters long");
    size_t at = bk_str_rfind_byte(s, '@');
    if (at == BK_NPOS) FAIL("missing @");
    bk_str domain = bk_str_from(s, at + 1);
    BK_TRY(email_local(arena, bk_str_sub(s, 0, at), err));
    if (bk_str_starts(domain, BK_S("[")) && bk_str_ends(domain, BK_S("]"))) {
        domain = bk_str_sub(domain, 1, domain.n - 1);
        if (bk_str_starts(domain, BK_S("IPv6:")))
            return within(bk_format_ipv6(arena, bk_str_from(domain, 5), err), "invalid ipv6 address", err);
        return within(ipv4(arena, domain, err), "invalid ipv4 address", err);
    }
    return within(hostname(arena, domain, err), "invalid domain", err);
}

/* ---- URIs ---- */

static bk_status parse_uri(bk_arena *arena, bk_str s, bk_url *ret, bk_err *err) {
    BK_TRY(bk_url_parse(arena, s, ret, err));
    bk_str host = bk_url_hostname(ret);
    if (bk_str_find_byte(host, ':') == BK_NPOS) return BK_OK;
    if (bk_str_find_byte(ret->host, '[') == BK_NPOS || bk_str_find_byte(ret->host, ']') == BK_NPOS)
        FAIL("ipv6 address not enclosed in brackets");
    return within(bk_format_ipv6(arena, host, err), "invalid ipv6 address", err);
}

static bk_status uri(bk_arena *arena, bk_str s, bk_err *err) {
    bk_url url;
    BK_TRY(parse_uri(arena, s, &url, err));
    if (url.scheme.n == 0) FAIL("relative url");
    return BK_OK;
}

static bk_status uri_reference(bk_arena *arena, bk_str s, bk_err *err) {
    bk_url url;
    if (bk_str_find_byte(s, '\\') != BK_NPOS) FAIL("contains \\");
    return parse_uri(arena, s, &url, err);
}

static bk_status uri_template(bk_arena *arena, bk_str s, bk_err *err) {
    bk_url url;
    BK_TRY(parse_uri(arena, s, &url, err));
    bk_str rest = url.raw_path;
    for (bool more = true; more;) {
        bk_str item;
        more = bk_str_cut(rest, BK_S("/"), &item, &rest);
        BK_TRY(within(bk_url_unescape(arena, item, BK_URL_SEGMENT, &item, err), "percent decode failed", err));
        bool open = false;
        for (size_t i = 0; i < item.n; i++) {
            if (item.p[i] != '{' && item.p[i] != '}') continue;
            if ((item.p[i] == '{') == open) FAIL("nested curly braces");
            open = !open;
        }
        if (open) FAIL("no matching closing brace");
    }
    return BK_OK;
}

const bk_format *bk_format_find(bk_str name) {
    static const bk_format formats[] = {
        {"json-pointer", json_pointer},
        {"relative-json-pointer", relative_json_pointer},
        {"uuid", uuid},
        {"duration", bk_format_duration},
        {"period", bk_format_period},
        {"ipv4", ipv4},
        {"ipv6", bk_format_ipv6},
        {"hostname", hostname},
        {"email", email},
        {"date", bk_format_date},
        {"time", bk_format_time},
        {"date-time", bk_format_date_time},
        {"uri", uri},
        {"iri", uri},
        {"uri-reference", uri_reference},
        {"iri-reference", uri_reference},
        {"uri-template", uri_template},
        {"semver", semver},
    };
    for (size_t i = 0; i < BK_COUNT(formats); i++)
        if (bk_str_eq(name, bk_str_c(formats[i].name))) return &formats[i];
    return NULL;
}
