/* URLs and addresses: what Go's net/url and net/netip make of them. */
#include "text/url.h"

#include "test.h"

static bk_arena arena;
static bk_err err;

__attribute__((constructor)) static void begin(void) {
    bk_arena_init(&arena, 0);
    arena.debug = true;
}

/* The URL put together again, or why it is none. */
static bk_str shown(bk_status status, const bk_url *url) {
    bk_buf b;
    bk_str message;
    bk_buf_init(&b, &arena, 0);
    if (status == BK_OK) {
        bk_url_print(&b, url);
        return bk_buf_take(&b);
    }
    CHECK(bk_arena_dup(&arena, bk_err_message(&err), &message));
    bk_err_release(&err);
    return message;
}

TEST(parses_and_resolves) {
    static const struct {
        const char *base, *ref, *shown, *resolved;
    } cases[] = {
        {"http://u:p%40@H.x:80/a/./b?q#f", "../c", "http://u:p%40@H.x:80/a/./b?q#f", "http://u:p%40@H.x:80/c"},
        {"http://h/a/b", "//x/y/../z", "http://h/a/b", "http://x/z"},
        {"http://h/a/b?q", "?r", "http://h/a/b?q", "http://h/a/b?r"},
        {"http://h/a/b", "#g", "http://h/a/b", "http://h/a/b#g"},
        {"file:///values.schema.json", "other.json#/a", "file:///values.schema.json", "file:///other.json#/a"},
        {"urn:x:y", "#a", "urn:x:y", "urn:x:y#a"},
        {"mailto:a@b", "c", "mailto:a@b", "mailto:///c"},
        {"/a/b", "c:d", "/a/b", "c:d"},
        {"http://h", "a b%2Fc", "http://h", "http://h/a%20b/c"},
        {"http://h/%zz", "x", "parse \"http://h/%zz\": invalid URL escape \"%zz\"", ""},
        {"::", "x", "parse \"::\": missing protocol scheme", ""},
        {"1:b", "x", "parse \"1:b\": first path segment in URL cannot contain colon", ""},
        {"http://[::1", "x", "parse \"http://[::1\": missing ']' in host", ""},
        {"http://[::1]:8a/", "x", "parse \"http://[::1]:8a/\": invalid port \":8a\" after host", ""},
        {"http://[1.2.3.4]/", "x", "parse \"http://[1.2.3.4]/\": invalid IP-literal", ""},
        {"http://[fe80::1%25e%20x]/", "x", "http://[fe80::1%25e%20x]/", "http://[fe80::1%25e%20x]/x"},
        {"http://a b/", "x", "parse \"http://a b/\": invalid character \" \" in host name", ""},
        {"http://a:b/", "x", "parse \"http://a:b/\": invalid port \":b\" after host", ""},
        {"http://a:1:2/", "x", "parse \"http://a:1:2/\": invalid port \":1:2\" after host", ""},
        {"x://a:1:2/", "x", "x://a:1:2/", "x://a:1:2/x"},
        {"http://h/\001", "x", "parse \"http://h/\\x01\": net/url: invalid control character in URL", ""},
        {"http://u@@h/", "x", "http://u%40@h/", "http://u%40@h/x"},
        {"http://u[@h/", "x", "parse \"http://u[@h/\": net/url: invalid userinfo", ""},
        {"http:/a", "//", "http:/a", "http:///a"},
        {"*", "a/../..", "*", "/"},
        {"x:?", ".", "x:?", "x:///"},
        {"http://\303\251/\303\251", "\303\251", "http://%C3%A9/%C3%A9", "http://%C3%A9/%C3%A9"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_url base, ref, url;
        bk_status status = bk_url_parse(&arena, bk_str_c(cases[i].base), &base, &err);
        CHECK_STR(shown(status, &base), cases[i].shown);
        if (status != BK_OK) continue;
        status = bk_url_parse(&arena, bk_str_c(cases[i].ref), &ref, &err);
        if (status == BK_OK) status = bk_url_resolve(&arena, &base, &ref, &url, &err);
        CHECK_STR(shown(status, &url), cases[i].resolved);
    }
}

TEST(reads_addresses) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"1.2.3.4", "00000000000000000000ffff01020304 true "},
        {"::", "00000000000000000000000000000000 false "},
        {"1::8", "00010000000000000000000000000008 false "},
        {"::ffff:1.2.3.4", "00000000000000000000ffff01020304 false "},
        {"fe80::1%e", "fe800000000000000000000000000001 false e"},
        {"1.2.3", "ParseAddr(\"1.2.3\"): IPv4 address too short"},
        {"1.2.3.4.5", "ParseAddr(\"1.2.3.4.5\"): IPv4 address too long"},
        {"01.2.3.4", "ParseAddr(\"01.2.3.4\"): IPv4 field has octet with leading zero"},
        {"256.1.1.1", "ParseAddr(\"256.1.1.1\"): IPv4 field has value >255"},
        {"1..2.3", "ParseAddr(\"1..2.3\"): IPv4 field must have at least one digit (at \".2.3\")"},
        {"1.2.3.x", "ParseAddr(\"1.2.3.x\"): unexpected character (at \"x\")"},
        {"x", "ParseAddr(\"x\"): unable to parse IP"},
        {"%e", "ParseAddr(\"%e\"): missing IPv6 address"},
        {"::1%", "ParseAddr(\"::1%\"): zone must be a non-empty string"},
        {"1:2:3:4:5:6:7", "ParseAddr(\"1:2:3:4:5:6:7\"): address string too short"},
        {"1:2:3:4:5:6:7:8:9", "ParseAddr(\"1:2:3:4:5:6:7:8:9\"): trailing garbage after address (at \"9\")"},
        {"1:::2", "ParseAddr(\"1:::2\"): each colon-separated field must have at least one digit (at \":2\")"},
        {"1::2::3", "ParseAddr(\"1::2::3\"): multiple :: in address (at \":3\")"},
        {"12345::", "ParseAddr(\"12345::\"): each group must have 4 or less digits (at \"12345::\")"},
        {"1:g::", "ParseAddr(\"1:g::\"): each colon-separated field must have at least one digit (at \"g::\")"},
        {"1:", "ParseAddr(\"1:\"): colon must be followed by more characters (at \":\")"},
        {"::1.2.3", "ParseAddr(\"::1.2.3\"): IPv4 address too short"},
        {"1:2:3:4:5:6:7:1.2.3.4",
         "ParseAddr(\"1:2:3:4:5:6:7:1.2.3.4\"): embedded IPv4 address must replace the final 2 fields of the address (at \"1.2.3.4\")"},
        {"1:2:3:4:5:6:7::8", "ParseAddr(\"1:2:3:4:5:6:7::8\"): the :: must expand to at least one field of zeros"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_ip ip;
        bk_buf b;
        bk_buf_init(&b, &arena, 0);
        if (bk_ip_parse(&arena, bk_str_c(cases[i].text), &ip, &err) == BK_OK) {
            for (size_t k = 0; k < 16; k++) bk_buf_printf(&b, "%02x", ip.bytes[k]);
            bk_buf_printf(&b, " %s %.*s", ip.is4 ? "true" : "false", BK_FMT(ip.zone));
        } else {
            bk_buf_str(&b, bk_err_message(&err));
        }
        bk_err_release(&err);
        CHECK_STR(bk_buf_view(&b), cases[i].want);
    }
}

TEST(fails_without_memory) {
    for (size_t n = 1; n < 1000; n++) {
        bk_arena a;
        bk_url base, ref, url;
        bk_arena_init(&a, 0);
        a.debug = true;
        a.fail_at = n;
        bk_status status = bk_url_parse(&a, BK_S("http://u%40:p@[::1%25e]:8/%61/b?q#%66"), &base, &err);
        if (status == BK_OK) status = bk_url_parse(&a, BK_S("../c d"), &ref, &err);
        if (status == BK_OK) status = bk_url_resolve(&a, &base, &ref, &url, &err);
        bool over = a.count < n;
        CHECK(over == (status == BK_OK));
        bk_err_release(&err);
        bk_arena_release(&a);
        if (over) break;
    }
}

TEST_MAIN()
