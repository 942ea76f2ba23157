// links: host
/* What is decided without a connection: kinds of addresses, URLs, proxies, and requests that make no sense. */
#include "net/net.h"
#include "net/proxy.h"
#include "test.h"

/* ---- addresses ---- */

static const struct {
    const char *text;
    bk_net_zone zone;
} addresses[] = {
    {"1.1.1.1", BK_ZONE_PUBLIC},
    {"8.8.8.8", BK_ZONE_PUBLIC},
    {"9.255.255.255", BK_ZONE_PUBLIC},
    {"10.0.0.0", BK_ZONE_PRIVATE},
    {"10.255.255.255", BK_ZONE_PRIVATE},
    {"11.0.0.0", BK_ZONE_PUBLIC},
    {"100.63.255.255", BK_ZONE_PUBLIC},
    {"100.64.0.1", BK_ZONE_PRIVATE},
    {"100.100.100.200", BK_ZONE_METADATA},
    {"100.127.255.255", BK_ZONE_PRIVATE},
    {"100.128.0.0", BK_ZONE_PUBLIC},
    {"172.15.255.255", BK_ZONE_PUBLIC},
    {"172.16.0.1", BK_ZONE_PRIVATE},
    {"172.31.255.255", BK_ZONE_PRIVATE},
    {"172.32.0.0", BK_ZONE_PUBLIC},
    {"192.168.0.1", BK_ZONE_PRIVATE},
    {"192.169.0.1", BK_ZONE_PUBLIC},
    {"127.0.0.1", BK_ZONE_LOOPBACK},
    {"127.255.255.254", BK_ZONE_LOOPBACK},
    {"169.253.0.1", BK_ZONE_PUBLIC},
    {"169.254.0.1", BK_ZONE_LINK_LOCAL},
    {"169.254.169.254", BK_ZONE_METADATA},
    {"169.254.170.2", BK_ZONE_METADATA},
    {"168.63.129.16", BK_ZONE_METADATA},
    {"192.0.0.192", BK_ZONE_METADATA},
    {"192.0.0.1", BK_ZONE_RESERVED},
    {"192.0.2.1", BK_ZONE_RESERVED},
    {"198.18.0.1", BK_ZONE_RESERVED},
    {"198.20.0.1", BK_ZONE_PUBLIC},
    {"198.51.100.7", BK_ZONE_RESERVED},
    {"203.0.113.7", BK_ZONE_RESERVED},
    {"224.0.0.1", BK_ZONE_MULTICAST},
    {"239.255.255.255", BK_ZONE_MULTICAST},
    {"240.0.0.1", BK_ZONE_RESERVED},
    {"255.255.255.255", BK_ZONE_MULTICAST},
    {"0.0.0.0", BK_ZONE_UNSPECIFIED},
    {"0.1.2.3", BK_ZONE_UNSPECIFIED},
    {"::", BK_ZONE_UNSPECIFIED},
    {"::1", BK_ZONE_LOOPBACK},
    {"::2", BK_ZONE_UNSPECIFIED},
    {"2606:4700:4700::1111", BK_ZONE_PUBLIC},
    {"2a00:1450:4001::1", BK_ZONE_PUBLIC},
    {"fc00::1", BK_ZONE_PRIVATE},
    {"fdff::1", BK_ZONE_PRIVATE},
    {"fe00::1", BK_ZONE_RESERVED},
    {"fe80::1", BK_ZONE_LINK_LOCAL},
    {"febf::1", BK_ZONE_LINK_LOCAL},
    {"fec0::1", BK_ZONE_PRIVATE},
    {"ff02::1", BK_ZONE_MULTICAST},
    {"fd00:ec2::254", BK_ZONE_METADATA},
    {"fd00:ec2::23", BK_ZONE_METADATA},
    {"fd20:ce::254", BK_ZONE_METADATA},
    {"::ffff:127.0.0.1", BK_ZONE_LOOPBACK},
    {"::ffff:10.1.2.3", BK_ZONE_PRIVATE},
    {"::ffff:169.254.169.254", BK_ZONE_METADATA},
    {"::ffff:8.8.8.8", BK_ZONE_PUBLIC},
    {"::ffff:0:127.0.0.1", BK_ZONE_LOOPBACK},
    {"::127.0.0.1", BK_ZONE_LOOPBACK},
    {"::8.8.8.8", BK_ZONE_PUBLIC},
    {"64:ff9b::7f00:1", BK_ZONE_LOOPBACK},
    {"64:ff9b::a9fe:a9fe", BK_ZONE_METADATA},
    {"64:ff9b::a00:1", BK_ZONE_PRIVATE},
    {"64:ff9b::808:808", BK_ZONE_PUBLIC},
    {"64:ff9b:1::7f00:1", BK_ZONE_RESERVED},
    {"2002:7f00:1::1", BK_ZONE_LOOPBACK},
    {"2002:a9fe:a9fe::", BK_ZONE_METADATA},
    {"2002:c0a8:101::", BK_ZONE_PRIVATE},
    {"2002:808:808::", BK_ZONE_PUBLIC},
    {"2001:0:1234:5678:0:0:80ff:fffe", BK_ZONE_LOOPBACK}, /* Teredo, 127.0.0.1 inverted */
    {"2001:db8::1", BK_ZONE_RESERVED},
    {"2001:10::1", BK_ZONE_RESERVED},
    {"2001:200::1", BK_ZONE_PUBLIC},
    {"3fff::1", BK_ZONE_RESERVED},
    {"100::1", BK_ZONE_RESERVED},
    {"2a00::5efe:7f00:1", BK_ZONE_LOOPBACK}, /* ISATAP */
    {"2a00::200:5efe:10.0.0.1", BK_ZONE_PRIVATE},
    {"5f00::1", BK_ZONE_RESERVED},
    {"4000::1", BK_ZONE_RESERVED},
};

TEST(kinds_of_addresses) {
    for (size_t i = 0; i < BK_COUNT(addresses); i++) {
        bk_net_ip ip;
        CHECK(bk_net_ip_parse(bk_str_c(addresses[i].text), &ip));
        bk_net_zone zone = bk_net_classify(&ip);
        if (zone != addresses[i].zone) {
            test_failures++;
            printf("%s is %s, not %s\n", addresses[i].text, bk_net_zone_name(zone), bk_net_zone_name(addresses[i].zone));
        }
    }
    CHECK(bk_net_classify(&(bk_net_ip){.n = 5}) == BK_ZONE_RESERVED);
}

TEST(literal_addresses) {
    static const char *const not[] = {"",          "1.2.3", "0x7f.1", "127.1",        "2130706433",
                                      "1.2.3.4.5", "::g",   "[::1]",  "fe80::1%eth0", "1.2.3.4 "};
    bk_net_ip ip;
    char text[BK_NET_IP_TEXT];
    for (size_t i = 0; i < BK_COUNT(not); i++) CHECK(!bk_net_ip_parse(bk_str_c(not[i]), &ip));
    CHECK(bk_net_ip_parse(BK_S("0:0:0:0:0:0:0:1"), &ip) && ip.n == 16);
    CHECK(bk_net_ip_format(&ip, text) == 3);
    CHECK_STR(bk_str_c(text), "::1");
}

TEST(refusals) {
    CHECK(!bk_net_zone_refusal(BK_ZONE_PUBLIC, BK_S("h"), false));
    CHECK(!bk_net_zone_refusal(BK_ZONE_PRIVATE, BK_S("h"), true) && bk_net_zone_refusal(BK_ZONE_PRIVATE, BK_S("h"), false));
    CHECK(!bk_net_zone_refusal(BK_ZONE_LOOPBACK, BK_S("localhost"), true) &&
          bk_net_zone_refusal(BK_ZONE_LOOPBACK, BK_S("localhost"), false));
    CHECK(!bk_net_zone_refusal(BK_ZONE_LOOPBACK, BK_S("127.9.9.9"), true) && !bk_net_zone_refusal(BK_ZONE_LOOPBACK, BK_S("::1"), true));
    CHECK(bk_net_zone_refusal(BK_ZONE_LOOPBACK, BK_S("h"), true) && bk_net_zone_refusal(BK_ZONE_LOOPBACK, BK_S("::ffff:127.0.0.1"), true));
    CHECK(bk_net_zone_refusal(BK_ZONE_LOOPBACK, BK_S("64:ff9b::7f00:1"), true));
    for (bk_net_zone z = BK_ZONE_LINK_LOCAL; z <= BK_ZONE_RESERVED; z++) CHECK(bk_net_zone_refusal(z, BK_S("h"), true) != NULL);
}

/* ---- URLs ---- */

static bk_arena arena;
static bk_err err = BK_ERR_INIT;

static bk_status parse(const char *text, const bk_net_url *base, bk_net_url *ret) {
    bk_err_release(&err);
    return bk_net_url_parse(&arena, bk_str_c(text), base, ret, &err);
}

TEST(urls) {
    static const struct {
        const char *text, *requested, *shown, *host;
        unsigned port;
    } good[] = {
        {"http://h", "http://h/", "http://h", "h", 80},
        {"HTTPS://Example.COM/a/../b?x=1#f", "https://Example.COM/a/../b?x=1", "HTTPS://Example.COM/a/../b?x=1#f", "example.com", 443},
        {"https://example.com.:8443/x", "https://example.com.:8443/x", "https://example.com.:8443/x", "example.com", 8443},
        {"http://[::1]:80/", "http://[::1]:80/", "http://[::1]:80/", "::1", 80},
        {"http://0x7f.1/", "http://127.0.0.1/", "http://0x7f.1/", "127.0.0.1", 80},
        {"http://2130706433/", "http://127.0.0.1/", "http://2130706433/", "127.0.0.1", 80},
        {"http://h/a b", "http://h/a%20b", "http://h/a b", "h", 80},
        {"http://h/%34?%zz#%", "http://h/%34?%zz", "http://h/%34?%zz#%", "h", 80},
        {"http://u:p@h/x", "http://h/x", "http://u:***@h/x", "h", 80},
    };
    static const char *const bad[] = {"",
                                      "x",
                                      "/x",
                                      "h:80",
                                      "ftp://h/",
                                      "file:///etc/passwd",
                                      "http:/h",
                                      "http:///h",
                                      "http://",
                                      "http://h:0/",
                                      "http://h:65536/",
                                      "http://a..b/",
                                      "http://a b/",
                                      "http://h\n/",
                                      "http://\xc3\xa4/",
                                      "http://.h/",
                                      "http://h:80:80/",
                                      "//h/x",
                                      "http://h%2f/",
                                      "http://12%343/2e",
                                      "http://%6cocalhost/",
                                      "http://127%2e0.0.1/",
                                      "http://h:8%30/",
                                      "http://u%40@%68/",
                                      "http://[::%31]/",
                                      "http://a\\@h/",
                                      "http://u%0a@h/"};
    bk_net_url url;
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(good); i++) {
        CHECK_OK(parse(good[i].text, NULL, &url), &err);
        CHECK_STR(url.text, good[i].requested);
        CHECK_STR(url.shown, good[i].shown);
        CHECK_STR(url.host, good[i].host);
        CHECK(url.port == good[i].port);
    }
    CHECK_STR(url.user, "u");
    CHECK_STR(url.password, "p");
    for (size_t i = 0; i < BK_COUNT(bad); i++) {
        if (parse(bad[i], NULL, &url) != BK_OK) continue;
        test_failures++;
        printf("taken for a URL: %s (host %.*s)\n", bad[i], BK_FMT(url.host));
    }
    CHECK(parse("ftp://h/", NULL, &url) != BK_OK);
    CHECK_STR(bk_err_message(&err), "unsupported protocol scheme \"ftp\"");
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(redirects) {
    static const struct {
        const char *location, *requested;
        bool same;
    } to[] = {
        {"/c", "https://h:8443/c", true},
        {"c?d", "https://h:8443/a/c?d", true},
        {"../c", "https://h:8443/c", true},
        {"//other/c", "https://other/c", false},
        {"https://h:8443/z", "https://h:8443/z", true},
        {"https://h/z", "https://h/z", false},
        {"http://h:8443/z", "http://h:8443/z", false},
        {"https://H:8443/", "https://H:8443/", true},
        {"?q", "https://h:8443/a/b?q", true},
        {"/x/http://h%34/", "https://h:8443/x/http://h%34/", true},
        {"///other/c", "https://h:8443///other/c", true},
        {"?a://b", "https://h:8443/a/b?a://b", true},
    };
    bk_net_url base, url;
    bk_arena_init(&arena, 0);
    CHECK_OK(parse("https://h:8443/a/b?x", NULL, &base), &err);
    for (size_t i = 0; i < BK_COUNT(to); i++) {
        CHECK_OK(parse(to[i].location, &base, &url), &err);
        CHECK_STR(url.text, to[i].requested);
        CHECK(bk_net_same_origin(&base, &url) == to[i].same);
    }
    CHECK(parse("file:///etc/passwd", &base, &url) != BK_OK);
    CHECK(parse("gopher://h/", &base, &url) != BK_OK);
    CHECK(parse("http:///other/", &base, &url) != BK_OK && parse("https:other/", &base, &url) != BK_OK);
    CHECK(parse("//oth%65r/", &base, &url) != BK_OK && parse("http://%6f/", &base, &url) != BK_OK);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* ---- proxies ---- */

TEST(proxies) {
    static const struct {
        const char *no, *url;
        bool proxied;
    } rows[] = {
        {"", "http://example.com/", true},
        {"", "https://example.com/", true},
        {"", "http://localhost/", false},
        {"", "http://127.0.0.1:8080/", false},
        {"", "http://[::1]/", false},
        {"*", "http://example.com/", false},
        {"example.com", "http://example.com/", false},
        {"example.com", "http://www.example.com/", false},
        {"example.com", "http://badexample.com/", true},
        {".example.com", "http://example.com/", true},
        {".example.com", "http://www.example.com/", false},
        {"*.example.com", "http://www.example.com/", false},
        {"a, EXAMPLE.com ,b", "http://example.com/", false},
        {"example.com:8080", "http://example.com/", true},
        {"example.com:8080", "http://example.com:8080/", false},
        {"10.0.0.0/8", "http://10.1.2.3/", false},
        {"10.0.0.0/8", "http://11.1.2.3/", true},
        {"10.1.2.3", "http://10.1.2.3/", false},
        {"10.1.2.3:81", "http://10.1.2.3/", true},
        {"[fd00::1]:80", "http://[fd00::1]/", false},
        {"fd00::/16", "http://[fd00::1]/", false},
        {"10.0.0.0/99", "http://10.1.2.3/", true},
        {",,", "http://example.com/", true},
    };
    bk_net_url url;
    bk_arena_init(&arena, 0);
    for (size_t i = 0; i < BK_COUNT(rows); i++) {
        const bk_net_proxies p = {BK_S("http://p:1"), BK_S("http://q:2"), bk_str_c(rows[i].no)};
        CHECK_OK(parse(rows[i].url, NULL, &url), &err);
        bk_str proxy = bk_net_proxy_for(&p, &url);
        if ((proxy.n > 0) != rows[i].proxied) {
            test_failures++;
            printf("NO_PROXY=%s %s: %.*s\n", rows[i].no, rows[i].url, BK_FMT(proxy));
        }
    }
    bk_arena_release(&arena);
}

/* ---- requests ---- */

TEST(requests_without_sense) {
    static const bk_net_header name = {BK_S("A\r\nB"), BK_S("x"), false}, value = {BK_S("A"), BK_S("x\r\nB: y"), false};
    static const struct {
        bk_net_request request;
        const char *words;
    } rows[] = {
        {{.url = BK_S("ftp://h/x")}, "Get \"ftp://h/x\": unsupported protocol scheme \"ftp\""},
        {{.url = BK_S("https:///x")}, "Get \"https:///x\": http: no Host in request URL"},
        {{.url = BK_S("http://h/"), .method = BK_S("GE T")}, "invalid method"},
        {{.url = BK_S("http://h/"), .headers = &name, .header_count = 1}, "invalid header field name"},
        {{.url = BK_S("http://h/"), .headers = &value, .header_count = 1}, "invalid header field value"},
        {{.url = BK_S("http://h/"), .bearer = BK_S("a\nb")}, "invalid header field value"},
    };
    bk_net *net;
    bk_net_call *call;
    CHECK_OK(bk_net_new(&(bk_net_options){0}, &net, &err), &err);
    for (size_t i = 0; i < BK_COUNT(rows); i++) {
        CHECK(bk_net_start(net, &rows[i].request, &call, &err) != BK_OK);
        if (!bk_str_contains(bk_err_message(&err), bk_str_c(rows[i].words))) CHECK_STR(bk_err_message(&err), rows[i].words);
        bk_err_release(&err);
    }
    CHECK(bk_net_active(net) == 0);
    bk_net_free(net);
}

TEST_MAIN()
