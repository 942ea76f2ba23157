// links: host
#include "guard/escape.h"

#include "test.h"

static const struct {
    const char *text, *line, *lines, *json, *shell;
} cases[] = {
    {"plain", "plain", "plain", "\"plain\"", "plain"},
    {"", "", "", "\"\"", "''"},
    {"a b", "a b", "a b", "\"a b\"", "'a b'"},
    {"it's", "it's", "it's", "\"it's\"", "'it'\\''s'"},
    {"$(rm -rf /)", "$(rm -rf /)", "$(rm -rf /)", "\"$(rm -rf /)\"", "'$(rm -rf /)'"},
    {"caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x98\x80",
     "\"caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x98\x80\"", "'caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x98\x80'"},
    {"a\nb\tc", "a\\nb\\tc", "a\nb\tc", "\"a\\u000ab\\u0009c\"", NULL},
    {"\x1b[31mred", "\\x1b[31mred", "\\x1b[31mred", "\"\\u001b[31mred\"", NULL},
    {"a\rb\x7f", "a\\x0db\\x7f", "a\\x0db\\x7f", "\"a\\u000db\\u007f\"", NULL},
    {"\xff\xc0", "\\xff\\xc0", "\\xff\\xc0", "\"\xef\xbf\xbd\xef\xbf\xbd\"", NULL},
    {"\xc2\x9b"
     "2J",
     "\\x9b2J", "\\x9b2J", "\"\\u009b2J\"", NULL},
    {"\xe2\x80\xae"
     "abc",
     "\\u202eabc", "\\u202eabc", "\"\\u202eabc\"", NULL},
    {"a\xe2\x80\x8b"
     "b\xef\xbb\xbf",
     "a\\u200bb\\ufeff", "a\\u200bb\\ufeff", "\"a\\u200bb\\ufeff\"", NULL},
    {"\xf3\xa0\x81\x81", "\\U000e0041", "\\U000e0041", "\"\\udb40\\udc41\"", NULL},
    {"\"\\", "\"\\", "\"\\", "\"\\\"\\\\\"", "'\"\\'"},
    {"\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd", "\"\xef\xbf\xbd\"", "'\xef\xbf\xbd'"},
};

TEST(what_controls_or_hides_is_shown) {
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_buf b;
        bk_str text = bk_str_c(cases[i].text);
        bk_buf_init(&b, NULL, 0);
        bk_escape_line(&b, text);
        CHECK_STR(bk_buf_view(&b), cases[i].line);
        bk_buf_reset(&b);
        bk_escape_text(&b, text);
        CHECK_STR(bk_buf_view(&b), cases[i].lines);
        bk_buf_reset(&b);
        bk_escape_json(&b, text);
        CHECK_STR(bk_buf_view(&b), cases[i].json);
        bk_buf_reset(&b);
        CHECK(bk_escape_shell(&b, text) == (cases[i].shell != NULL));
        CHECK_STR(bk_buf_view(&b), cases[i].shell ? cases[i].shell : "");
        bk_buf_release(&b);
    }
}

TEST(nul_is_no_end) {
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_escape_line(&b, bk_str_of("a\0b", 3));
    CHECK_STR(bk_buf_view(&b), "a\\x00b");
    bk_buf_release(&b);
}

/* Cut at the cap, and not within a rune. */
TEST(long_text_is_cut) {
    bk_buf in, out;
    bk_buf_init(&in, NULL, 0);
    bk_buf_init(&out, NULL, 0);
    bk_buf_fill(&in, 'a', BK_ESCAPE_LINE - 1);
    bk_buf_c(&in, "\xc3\xa9");
    bk_escape_line(&out, bk_buf_view(&in));
    CHECK(out.n == BK_ESCAPE_LINE - 1 + strlen("…"));
    CHECK(bk_str_ends(bk_buf_view(&out), BK_S("aa…")));
    bk_buf_reset(&out);
    bk_escape_line(&out, bk_str_of(in.p, BK_ESCAPE_LINE - 1));
    CHECK(out.n == BK_ESCAPE_LINE - 1);
    bk_buf_release(&in);
    bk_buf_release(&out);
}

/* The quick path for plain text looks at eight bytes at once: every byte at every place comes out as it does alone. */
TEST(json_byte_by_byte) {
    for (unsigned c = 0; c < 256; c++) {
        for (size_t at = 0; at < 20; at++) {
            char text[20];
            bk_buf whole, parts;
            memset(text, 'x', sizeof text);
            text[at] = (char)c;
            bk_buf_init(&whole, NULL, 0);
            bk_buf_init(&parts, NULL, 0);
            bk_escape_json(&whole, bk_str_of(text, sizeof text));
            bk_buf_byte(&parts, '"');
            bk_buf_fill(&parts, 'x', at);
            bk_buf alone;
            bk_buf_init(&alone, NULL, 0);
            bk_escape_json(&alone, bk_str_of(text + at, 1));
            bk_buf_bytes(&parts, alone.p + 1, alone.n - 2);
            bk_buf_fill(&parts, 'x', sizeof text - at - 1);
            bk_buf_byte(&parts, '"');
            CHECK_VIEW(bk_buf_view(&whole), bk_buf_view(&parts));
            bk_buf_release(&whole);
            bk_buf_release(&parts);
            bk_buf_release(&alone);
        }
    }
}

TEST_MAIN()
