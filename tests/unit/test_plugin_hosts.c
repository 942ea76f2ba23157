// links: host
/* Patterns of allowedHosts. */
#include "plugin/http.h"
#include "test.h"

TEST(matching) {
    static const struct {
        const char *pattern, *host;
        bool match;
    } rows[] = {
        {"example.com", "example.com", true},
        {"Example.COM", "example.com", true},
        {"example.com", "example.com.", true},
        {"example.com.", "example.com", true},
        {"example.com", "www.example.com", false},
        {"*.example.com", "www.example.com", true},
        {"*.example.com", "a.b.example.com", false},
        {"*.example.com", "example.com", false},
        {"**.example.com", "a.b.example.com", true},
        {"**.example.com", "example.com", false},
        {"**example.com", "example.com", true},
        {"**", "a.b.c", true},
        {"*", "localhost", true},
        {"*", "a.b", false},
        {"api-?.x", "api-1.x", true},
        {"api-?.x", "api-12.x", false},
        {"a?b", "a.b", false},
        {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},
        {"[!a-c]x", "dx", true},
        {"[!a]b", ".b", false},
        {"[A-C]x", "bX", true},
        {"{a,b}.x", "a.x", true},
        {"{a,b}.x", "c.x", false},
        {"{*.eu,us}.x.com", "w.eu.x.com", true},
        {"{a,{b,c}d}", "cd", true},
        {"{a,}b", "b", true},
        {"s3*.amazonaws.com", "s3-eu.amazonaws.com", true},
        {"s3*.amazonaws.com", "s3.eu.amazonaws.com", false},
        {"10.0.0.1", "10.0.0.1", true},
        {"10.*.*.*", "10.1.2.3", true},
        {"::1", "::1", true},
        {"[::1]", "::1", true},
        {"0:0:0:0:0:0:0:1", "::1", true},
        {"127.0.0.1", "::1", false},
        {"a\\-b", "a-b", true},
        {"*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < BK_COUNT(rows); i++) {
        bk_err err = BK_ERR_INIT;
        bk_str p = bk_str_c(rows[i].pattern);
        CHECK_OK(bk_plugin_hosts_check(&p, 1, &err), &err);
        if (bk_plugin_host_match(p, bk_str_c(rows[i].host)) == rows[i].match) continue;
        test_failures++;
        printf("%s and %s\n", rows[i].pattern, rows[i].host);
    }
}

TEST(bad_patterns) {
    static const char *const bad[] = {"",      "a b",  "http://x", "x:80", "x/y",   "u@x", "a[",       "a[]",  "[!]",
                                      "a]",    "{a",   "a}",       "\\",   "[z-a]", "a,b", "\xc3\xa4", "[a{]", "{{{{{{{{{{a}}}}}}}}}}",
                                      "[::g]", "a%41", "x\n"};
    for (size_t i = 0; i < BK_COUNT(bad); i++) {
        bk_err err = BK_ERR_INIT;
        bk_str p = bk_str_c(bad[i]);
        if (bk_plugin_hosts_check(&p, 1, &err) == BK_OK) {
            test_failures++;
            printf("no error: %s\n", bad[i]);
        }
        CHECK(bk_str_starts(bk_err_message(&err), BK_S("allowedHosts: bad pattern \"")));
        bk_err_release(&err);
        CHECK(!bk_plugin_host_match(p, BK_S("www.example.com")));
    }
}

TEST(names) {
    const bk_str hosts[] = {BK_S("*.example.com"), BK_S("db.example.com")};
    bool named;
    CHECK(bk_plugin_hosts_match(hosts, 2, BK_S("db.example.com"), &named) && named);
    CHECK(bk_plugin_hosts_match(hosts, 2, BK_S("www.example.com"), &named) && !named);
    CHECK(!bk_plugin_hosts_match(hosts, 2, BK_S("example.com"), &named) && !named);
    CHECK(!bk_plugin_hosts_match(hosts, 0, BK_S("example.com"), &named));
    CHECK(bk_plugin_host_is_name(BK_S("a.b")) && bk_plugin_host_is_name(BK_S("[::1]")) && !bk_plugin_host_is_name(BK_S("a.*")));
    CHECK(!bk_plugin_host_is_name(BK_S("[ab]")) && !bk_plugin_host_is_name(BK_S("")));
}

TEST_MAIN()
