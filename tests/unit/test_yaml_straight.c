#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_straight.h"
#include "test.h"

/* The JSON of a text that is read straight, "-" when the general way is to be asked. */
static bk_str straight(bk_arena *arena, const char *text) {
    bk_yaml_scanner s;
    bk_value v;
    bk_buf out;
    bool done;
    bk_err err = BK_ERR_INIT;
    bk_buf_init(&out, arena, 0);
    CHECK(bk_yaml_scanner_init(&s, arena, arena, bk_str_c(text), &err) == BK_OK);
    CHECK_OK(bk_yaml_straight(&s, BK_YAML_NUMBERS, &v, &done, &err), &err);
    if (!done) return BK_S("-");
    CHECK(bk_json_encode(&out, arena, v, 0, &err) == BK_OK);
    bk_err_release(&err);
    return bk_buf_take(&out);
}

/* The same by way of tokens. */
static bk_str by_tokens(bk_arena *arena, const char *text) {
    bk_value v;
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    bk_buf_init(&out, arena, 0);
    CHECK(bk_yaml_read(arena, bk_str_c(text), BK_YAML_NUMBERS | BK_YAML_TOKENS, &v, &err) == BK_OK);
    CHECK(bk_json_encode(&out, arena, v, 0, &err) == BK_OK);
    bk_err_release(&err);
    return bk_buf_take(&out);
}

TEST(goes_straight_through_what_is_usual) {
    static const char *const texts[] = {
        "a: 1\nb: two words # said\nc: 'it'\nd: \"x\"\ne:\nf: ~\n",
        "# first\n---\n# second\na:\n  b:\n\n    # third\n    c: yes\n  d: 0x10\ne: -1.5",
        "a:\n- 1\n-\n- b: c\n  d: e\n-   - f\n    - g\nh:\n  - i\n  - 'j': k\n",
        "- a\n- {}\n- []\n- [a, \"b\", 'c', -1, d:e]\n- { }\n",
        "a: |\n  one\n   two\n\n  three\nb: >-\n  four\n  five\n\nc: |+\n  six\n\n# end\n",
        "a: one\n  two\n\n  three\nb: 'one\n  two'\nc: \"x\\ty\\\n  z\"\nd: 'it''s'\n",
        "a: &x text\nb: *x\nc: &x 2\nd: [a]\ne: *x\n",
        "a:\n  word\nb:\n  - \n    deeper\nc:\n  'x'\nd:\n  []\n",
        "a: http://b:80/#c\nb: a#b\nc: :80\nd: ?x\ne: -x\n\"f g\": h:i\nj:k: l\n",
        "9000: a\n0: b\n2001-01-01: c\nname: d\n\xC3\xA4: \xE2\x82\xAC # \xC3\xB6\n",
        "a: 1\na: 2\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\na: 3\ni: 1\n",
        "a: 1\n---\n{ not looked at\n",
        "  a: 1\n  b: 2\n",
    };
    for (size_t i = 0; i < BK_COUNT(texts); i++) {
        bk_arena arena;
        bk_arena_init(&arena, 0);
        arena.debug = true;
        CHECK_VIEW(straight(&arena, texts[i]), by_tokens(&arena, texts[i]));
        bk_arena_release(&arena);
    }
}

TEST(leaves_the_rest_to_the_general_way) {
    static const char *const texts[] = {
        "",
        "# nothing\n",
        "a: b: c\n",
        "a:\n    b: 1\n  c: 2\n",
        "a: 1\n  b: 2\n",
        "a\nb: 1\n",
        "a: \"x\" y\n",
        "a:\tb\n",
        "a: b\tc\n",
        "a: !!str 1\n",
        "a: &x\n  b: 1\n",
        "a: *unknown\n",
        "<<: {}\n",
        "a: {b: c}\n",
        "a: [b,\n  c]\n",
        "yes: 1\n",
        "010: 1\n",
        "? a\n: b\n",
        "a: .inf\n",
        "%YAML 1.1\n---\na: 1\n",
        "--- a\n",
        "a: 1\r\nb: 2\r\n",
        "- a\nb: 1\n",
        "a: @b\n",
        "a: \"x\n",
        "a: \x01\n",
    };
    for (size_t i = 0; i < BK_COUNT(texts); i++) {
        bk_arena arena;
        bk_arena_init(&arena, 0);
        CHECK_STR(straight(&arena, texts[i]), "-");
        bk_arena_release(&arena);
    }
}

TEST_MAIN()
