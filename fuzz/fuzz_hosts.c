// links: host
/* Patterns of allowedHosts and URLs: a pattern and a host, or a redirect's base and target, on two lines. */
#include "fuzz.h"
#include "net/url.h"
#include "plugin/http.h"

static void hosts(bk_str pattern, bk_str host, bk_err *err) {
    bool good = bk_plugin_hosts_check(&pattern, 1, err) == BK_OK;
    bool match = bk_plugin_host_match(pattern, host);
    /* A pattern that is refused matches itself at most, and no pattern without "**" crosses a dot that it does not have. */
    if (!good) FUZZ_CHECK(!match || pattern.n + 1 >= host.n);
    if (good && match && !bk_str_contains(pattern, BK_S("**")) && !bk_str_contains(pattern, BK_S("{"))) {
        size_t in_pattern = 0, in_host = 0;
        for (size_t i = 0; i < pattern.n; i++) in_pattern += pattern.p[i] == '.';
        for (size_t i = 0; i < host.n; i++) in_host += host.p[i] == '.';
        FUZZ_CHECK(in_host <= in_pattern + 1);
    }
    if (good && bk_plugin_host_is_name(pattern)) FUZZ_CHECK(bk_plugin_host_match(pattern, pattern));
}

/* What is requested is what was judged: taken apart again, it has the same parts. */
static void urls(bk_str first, bk_str second, bk_arena *arena, bk_err *err) {
    bk_net_url a, b, again;
    if (bk_net_url_parse(arena, first, NULL, &a, err) != BK_OK) return;
    FUZZ_CHECK(bk_net_url_parse(arena, a.text, NULL, &again, err) == BK_OK);
    FUZZ_CHECK(bk_net_same_origin(&a, &again) && !again.has_user && bk_str_find_byte(again.text, '#') == BK_NPOS);
    if (bk_net_url_parse(arena, second, &a, &b, err) != BK_OK) return;
    FUZZ_CHECK(bk_net_url_parse(arena, b.text, NULL, &again, err) == BK_OK);
    FUZZ_CHECK(bk_net_same_origin(&b, &again));
}

FUZZ(text) {
    bk_str first, second;
    if (text.n < 1 || text.n > 4096) return;
    bk_str_cut(bk_str_from(text, 1), BK_S("\n"), &first, &second);
    if (text.p[0] == 'h') hosts(first, second, err);
    else urls(first, second, arena, err);
}
