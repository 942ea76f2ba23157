/* Memory that is taken back while templates run. The builds with sanitizers do so at every chance, block by block: a value that is missed shows there. */
#include "sprig_render.h"

TEST(chunks_without_a_mark_are_freed) {
    bk_arena arena, child, scratch;
    bk_arena_sweep sweep;
    bk_arena_init(&arena, 0);
    bk_arena_init(&scratch, 0);
    bk_arena_below(&arena, &child);
    char *kept = bk_arena_alloc(&child, 300000), *lost = bk_arena_alloc(&child, 400000);
    size_t used = child.used;
    CHECK(kept && lost && used >= 700000 && arena.used == used);
    kept[299999] = 'x';
    CHECK(bk_arena_sweep_begin(&sweep, &child, &scratch));
    CHECK(bk_arena_sweep_mark(&sweep, kept + 299999, 1));
    CHECK(!bk_arena_sweep_mark(&sweep, kept + 299999, 1000000)); /* beyond the block: none of ours */
    CHECK(!bk_arena_sweep_mark(&sweep, &sweep, 1));
    bk_arena_sweep_end(&sweep);
    CHECK(child.used <= used - 400000 && arena.used == child.used);
    CHECK(kept[299999] == 'x' && bk_arena_holds(&child, bk_str_of(kept, 1)));
    CHECK(bk_arena_alloc(&child, 10) != NULL);
    bk_arena_release(&scratch);
    bk_arena_release(&arena); /* and its child */
}

TEST(a_large_block_moves_when_it_grows) {
    bk_arena arena;
    bk_arena_init(&arena, 0);
    arena.moves = true;
    char *p = bk_arena_alloc(&arena, 100), *q = bk_arena_alloc(&arena, 40000);
    CHECK(p && q);
    memset(p, 'p', 100);
    memset(q, 'q', 40000);
    for (size_t n = 40000; q && n < 4000000; n *= 2) {
        q = bk_arena_grow(&arena, q, n, n * 2);
        CHECK(q && q[0] == 'q' && q[39999] == 'q' && p[99] == 'p');
        CHECK(arena.used <= (128u << 10) + n * 2);
    }
    bk_arena_release(&arena);
}

static const char *const cases[][2] = {
    /* variables of the loop, of the loop around it, of the template */
    {"{{$all := list}}{{$last := \"\"}}{{range $i := until 50}}{{$m := dict \"n\" (printf \"%d-%d\" $i $i)}}{{$last = $m.n}}{{$all = append $all $m}}"
     "{{range $k, $v := $m}}{{$w := upper $v}}{{end}}{{end}}{{$last}} {{len $all}} {{(index $all 7).n}} {{(last $all).n}}",
     "49-49 50 7-7 49-49"},
    /* older maps that are written to, also through younger ones */
    {"{{range $i := until 20}}{{$_ := set $.Values \"k\" (dict \"l\" (list (printf \"a%d\" $i)))}}{{if true}}{{end}}{{$_ = set $.Values.k \"m\" (printf \"b%d\" $i)}}{{end}}"
     "{{if true}}{{end}}{{first $.Values.k.l}} {{$.Values.k.m}}",
     "a19 b19"},
    /* what is gone over is the loop's alone */
    {"{{range splitList \",\" (printf \"%s,%s\" \"a,b\" \"c\")}}{{if true}}{{upper .}}{{end}}{{end}}", "ABC"},
    {"{{range $k, $v := dict \"x\" (printf \"%d\" 1) \"y\" (printf \"%d\" 2)}}{{if true}}{{end}}{{$k}}={{$v}};{{end}}", "x=1;y=2;"},
    {"{{with printf \"%s!\" \"dot\"}}{{if true}}{{end}}{{range until 3}}{{end}}{{.}}{{end}}", "dot!"},
    /* break, continue, else */
    {"{{$x := \"\"}}{{range $i := until 9}}{{$y := printf \"%d\" $i}}{{if eq $i 2}}{{continue}}{{end}}{{if eq $i 5}}{{break}}{{end}}{{$x = print $x $y}}{{end}}{{$x}}",
     "0134"},
    /* lists that grow in place */
    {"{{$l := list}}{{range until 30}}{{$l = append $l (print . \"x\")}}{{end}}{{$m := append $l \"y\"}}{{range until 2}}{{end}}{{$n := append $l \"z\"}}{{last $m}}{{last $n}}{{len $l}}",
     "yz30"},
    {"{{$s := slice (list \"a\" (print \"b\" 1) (print \"c\" 2)) 1}}{{range until 3}}{{end}}{{join \",\" $s}}", "b1,c2"},
    /* nested data from YAML, whose texts are views */
    {"{{$y := fromYaml \"a: [x, {b: 'it''s'}]\\nc: |\\n  text\\n\"}}{{range until 3}}{{end}}{{toYaml $y}}",
     "a:\n- x\n- b: it's\nc: |\n  text"},
    /* a time is followed by nobody: nothing is freed then */
    {"{{$t := toDate \"2006-01-02\" \"2024-05-06\"}}{{$s := print \"a\" 1}}{{range until 3}}{{end}}{{$s}}{{date \"2006\" $t}}", "a12024"},
    {"{{define \"u\"}}{{range until 3}}{{end}}{{.}}{{end}}{{template \"u\" (print \"p\" 1)}}", "p1"},
};

TEST(what_a_template_can_reach_stays) {
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_arena arena;
        fake_host host = {0};
        bk_str out = BK_S("");
        bk_arena_init(&arena, 0);
        bk_map *values = bk_map_new(&arena, 0);
        CHECK(values && sprig_render(&arena, &host, NULL, bk_str_c(cases[i][0]), bk_map_value(values), &out) == BK_OK);
        CHECK_STR(out, cases[i][1]);
        bk_arena_release(&arena);
    }
}

/* More garbage than the cap allows, of which little is alive at a time. */
TEST(loops_do_not_fill_the_memory) {
    static const char text[] =
        "{{$keep := list}}{{range $i := until 400}}{{$x := repeat 100000 \"y\"}}{{$z := upper $x}}{{$keep = append $keep (len $z)}}{{end}}"
        "{{len $keep}}{{last $keep}}";
    bk_arena arena;
    fake_host host = {0};
    bk_str out = BK_S("");
    bk_arena_init(&arena, 24u << 20);
    CHECK(sprig_render(&arena, &host, NULL, bk_str_c(text), bk_nil(), &out) == BK_OK);
    bk_arena_release(&arena);
}

TEST_MAIN()
