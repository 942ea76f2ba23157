/* Absurd counts, endless structures, no memory: errors, never exhaustion. */
#include "sprig_render.h"

/* Each must end with BK_ERR_LIMIT, in little memory. */
TEST(absurd_counts_are_refused) {
    static const char *const templates[] = {
        "{{ repeat 9000000000000000000 \"x\" }}",
        "{{ repeat 300000000 \"x\" }}",
        "{{ indent 9000000000000000000 \"x\" }}",
        "{{ nindent 300000000 \"x\" }}",
        "{{ nindent 30000 (repeat 100000 \"\\n\") }}",
        "{{ until 9000000000000000000 }}",
        "{{ until -9000000000000000000 }}",
        "{{ untilStep -9223372036854775808 9223372036854775807 1 }}",
        "{{ seq 1 9000000000000000000 }}",
        "{{ randAlphaNum 9000000000000000000 }}",
        "{{ randBytes 300000000 }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ deepCopy $d }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $e := dict }}{{ $_ := set $e \"d\" $e }}{{ merge $d $e }}",
    };
    for (size_t i = 0; i < BK_COUNT(templates); i++) {
        fake_host host = {0};
        bk_arena arena;
        bk_str out;
        bk_arena_init(&arena, 16u << 20);
        CHECK(sprig_render(&arena, &host, NULL, bk_str_c(templates[i]), bk_nil(), &out) == BK_ERR_LIMIT);
        bk_arena_release(&arena);
    }
}

TEST(go_panics_are_errors) {
    static const char *const cases[][2] = {
        {"{{ repeat -1 \"x\" }}", "! error calling repeat: strings: negative Repeat count"},
        {"{{ repeat 9223372036854775807 \"xy\" }}", "! error calling repeat: strings: Repeat output length overflow"},
        {"{{ indent -1 \"x\" }}", "! error calling indent: strings: negative Repeat count"},
        {"{{ randBytes -1 }}", "! error calling randBytes: runtime error: makeslice: len out of range"},
        {"{{ randInt 5 5 }}", "! error calling randInt: invalid argument to Intn"},
        {"{{ randInt -9223372036854775808 9223372036854775807 }}", "! error calling randInt: invalid argument to Intn"},
        {"{{ chunk 0 (list 1) }}", "! error calling chunk: runtime error: makeslice: len out of range"},
        {"{{ div -9223372036854775808 -1 }} {{ mod -9223372036854775808 -1 }}", "-9223372036854775808 0"},
        {"{{ set nil \"a\" 1 }}", "! error calling set: assignment to entry in nil map"},
        {"{{ untilStep 9223372036854775800 9223372036854775807 5 }}", "[9223372036854775800 9223372036854775805]"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        fake_host host = {0};
        bk_arena arena;
        bk_arena_init(&arena, 0);
        CHECK_STR(sprig_text(&arena, &host, cases[i][0]), cases[i][1]);
        bk_arena_release(&arena);
    }
}

/* Checksums of texts that come again, and lines of every length. */
TEST(the_same_again_and_again) {
    static const char *const cases[][2] = {
        {"{{ $t := repeat 2000 \"ab\" }}{{ range until 4 }}{{ sha256sum $t | trunc 8 }} {{ end }}{{ sha256sum (print $t \"x\") | trunc 8 }}",
         "01e924b3 01e924b3 01e924b3 01e924b3 d6f18cb2"},
        {"{{ range $n := until 20 }}{{ range until 50 }}{{ $s := printf \"%s\\n%s\\n\\n%s\" (repeat . \"a\") (repeat $n \"b\") (repeat . \"c\") }}"
         "{{ if ne (indent $n $s) (regexReplaceAll \"(?m)^\" $s (repeat $n \" \")) }}{{ $n }} {{ . }};{{ end }}{{ end }}{{ end }}",
         ""},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        fake_host host = {0};
        bk_arena arena;
        bk_arena_init(&arena, 0);
        CHECK_STR(sprig_text(&arena, &host, cases[i][0]), cases[i][1]);
        bk_arena_release(&arena);
    }
}

/* Appending in a loop costs what the list costs, and no list sees what was appended to another. */
TEST(appending_again_and_again) {
    static const char *const cases[][2] = {
        {"{{ $l := list }}{{ range until 100000 }}{{ $l = append $l . }}{{ end }}{{ len $l }} {{ last $l }} {{ first $l }}",
         "100000 99999 0"},
        {"{{ $l := list }}{{ range until 100000 }}{{ $l = concat $l (list .) }}{{ end }}{{ len $l }} {{ last $l }}", "100000 99999"},
        {"{{ $l := append (list 1) 2 }}{{ $a := append $l 3 }}{{ $b := append $l 4 }}{{ $c := append $a 5 }}{{ $l }} {{ $a }} {{ $b }} {{ "
         "$c }}",
         "[1 2] [1 2 3] [1 2 4] [1 2 3 5]"},
        {"{{ $l := append (list 1 2) 3 }}{{ $i := initial $l }}{{ $a := append $i 9 }}{{ $r := append (rest $l) 8 }}{{ $l }} {{ $a }} {{ "
         "$r }}",
         "[1 2 3] [1 2 9] [2 3 8]"},
        {"{{ $l := append (list 1) 2 }}{{ $a := concat $l $l }}{{ $b := concat $l (list 7) }}{{ $l }} {{ $a }} {{ $b }}",
         "[1 2] [1 2 1 2] [1 2 7]"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        fake_host host = {0};
        bk_arena arena;
        bk_arena_init(&arena, 64u << 20);
        CHECK_STR(sprig_text(&arena, &host, cases[i][0]), cases[i][1]);
        bk_arena_release(&arena);
    }
}

/* An endless map in what hides failures: hidden where Helm hides it, an error elsewhere; never an endless walk. */
TEST(endless_maps) {
    static const char *const templates[] = {
        "toJson", "toYaml", "toYamlPretty", "toToml", "uniq (list $d $d)", "deepEqual $d (dict \"d\" $d)", "quote", "toString"};
    for (size_t i = 0; i < BK_COUNT(templates); i++) {
        fake_host host = {0};
        bk_arena arena;
        bk_str out;
        char text[200];
        bool whole = strchr(templates[i], '$') != NULL;
        snprintf(text, sizeof text, "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $x := %s %s }}", templates[i], whole ? "" : "$d");
        bk_arena_init(&arena, 64u << 20);
        (void)sprig_render(&arena, &host, NULL, bk_str_c(text), bk_nil(), &out);
        bk_arena_release(&arena);
    }
}

/* Fails the n-th allocation until a run needs fewer. */
TEST(every_allocation_may_fail) {
    static const char *const text =
        "{{ $l := append (splitList \",\" \"b,a,c\" | sortAlpha) 1 }}{{ merge (dict \"a\" (dict)) (dict \"a\" (dict \"b\" $l)) | toJson | "
        "b64enc | nindent 4 }}{{ randAlpha 4 }}{{ addf 1.5 2 }}{{ semverCompare \">=1\" \"1.2\" }}{{ regexReplaceAll \"a\" \"b\" \"c\" }}"
        "{{ snakecase \"aBc\" }}{{ dict \"x\" 1 | toYaml }}{{ dict \"x\" 1 | toToml }}{{ now | date \"2006\" }}{{ urlParse \"http://a/b\" "
        "}}";
    bool done = false;
    for (size_t n = 1; n < 5000 && !done; n++) {
        fake_host host = {0};
        bk_arena arena;
        bk_str out;
        bk_arena_init(&arena, 0);
        arena.debug = true;
        arena.fail_at = n;
        bk_status status = sprig_render(&arena, &host, NULL, bk_str_c(text), bk_nil(), &out);
        done = status == BK_OK && arena.count < n;
        if (status == BK_OK && arena.count >= n) CHECK(bk_str_eq(out, BK_S("(no memory)")) || out.n == 0);
        bk_arena_release(&arena);
    }
    CHECK(done);
}

TEST_MAIN()
