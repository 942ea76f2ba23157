/* What the parser takes and refuses. The expectations are Go's own answers. */
#include "tmpl_fixture.h"

static const tmpl_case cases[] = {
    {"{{/* c */}}x{{- /* d */ -}} y", "xy"},
    {"{{ /* c */ }}", "!template: x:1: unexpected \"/\" in command"},
    {"{{/* unclosed", "!template: x:1: unclosed comment"},
    {"a{{/* x */ }}", "!template: x:1: comment ends before closing delimiter"},
    {"a {{- \"b\" -}} c", "abc"},
    {"a {{-3 -}} c", "a -3c"},
    {"a {{- 3-}} c", "!template: x:1: bad number syntax: \"3-\""},
    {"{{ if }}x{{ end }}", "!template: x:1: missing value for if"},
    {"{{ if true }}x", "!template: x:1: unexpected EOF"},
    {"{{ if true }}x{{ else }}y{{ else }}z{{ end }}", "!template: x:1: expected end; found {{else}}"},
    {"{{ else }}", "!template: x:1: unexpected {{else}}"},
    {"{{ end }}", "!template: x:1: unexpected {{end}}"},
    {"{{ if true }}{{ else if }}{{ end }}", "!template: x:1: missing value for if"},
    {"{{ range .l }}{{ else if true }}{{ end }}", "!template: x:1: unexpected <if> in input"},
    {"{{ with .m }}{{ else with .x }}{{ else if .y }}{{ end }}", "!template: x:1: unexpected <if> in input"},
    {"{{ define }}{{ end }}", "!template: x:1: unexpected \"}}\" in define clause"},
    {"{{ define \"a }}{{ end }}", "!template: x:1: unterminated quoted string"},
    {"{{ define \"a\" . }}{{ end }}", "!template: x:1: unexpected <.> in define clause"},
    {"{{ define \"a\" }}x", "!template: x:1: unexpected EOF"},
    {"{{ define \"a\" }}{{ else }}{{ end }}", "!template: x:1: unexpected {{else}} in define clause"},
    {"{{ if true }}{{ define \"a\" }}{{ end }}{{ end }}", "!template: x:1: unexpected <define> in command"},
    {"{{ define \"a\" }}1{{ end }}{{ define \"a\" }}2{{ end }}", "!template: x:1: template: multiple definition of template \"a\""},
    {"{{ define \"a\" }} {{ end }}{{ define \"a\" }}2{{ end }}{{ template \"a\" }}", "2"},
    {"{{ block \"a\" }}{{ end }}", "!template: x:1: missing value for block clause"},
    {"{{ block \"a\" . }}{{ else }}{{ end }}", "!template: x:1: unexpected {{else}} in block clause"},
    {"{{ template }}", "!template: x:1: unexpected \"}}\" in template clause"},
    {"{{ template a }}", "!template: x:1: unexpected \"a\" in template clause"},
    {"{{ template \"a\" \"b\" \"c\" | | }}", "!template: x:1: unexpected \"|\" in template clause"},
    {"{{ break }}", "!template: x:1: {{break}} outside {{range}}"},
    {"{{ range .l }}{{ break 1 }}{{ end }}", "!template: x:1: unexpected \"1\" in {{break}}"},
    {"{{ range .l }}{{ block \"z\" . }}{{ break }}{{ end }}{{ end }}", "!template: x:1: {{break}} outside {{range}}"},
    {"{{ $x }}", "!template: x:1: undefined variable \"$x\""},
    {"{{ $x = 1 }}{{ $x }}", "!template: x:1:8: executing \"x\" at <1>: undefined variable: $x"},
    {"{{ $x := $x }}", "!template: x:1:9: executing \"x\" at <$x>: undefined variable: $x"},
    {"{{ $x, $y := 1 }}", "!template: x:1: too many declarations in command"},
    {"{{ range $x, $y, $z := .l }}{{ end }}", "!template: x:1: too many declarations in range"},
    {"{{ range $x, 1 := .l }}{{ end }}", "!template: x:1: range can only initialize variables"},
    {"{{ range $x, $y }}{{ end }}", "!template: x:1: undefined variable \"$y\""},
    {"{{ if .t }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}", ""},
    {"{{ if .b }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}", "!template: x:1:37: executing \"x\" at <$x>: undefined variable: $x"},
    {"{{ with $x := .s }}{{ $x }}{{ end }}{{ $x }}", "!template: x:1: undefined variable \"$x\""},
    {"{{ . | 1 }}", "!template: x:1: non executable command in pipeline stage 2"},
    {"{{ . | nil }}", "!template: x:1: non executable command in pipeline stage 2"},
    {"{{ | print }}", "!template: x:1: unexpected \"|\" in command"},
    {"{{ print | }}", ""},
    {"{{ print || print }}", "!template: x:1: unexpected \"|\" in command"},
    {"{{ nofunc 1 }}", "!template: x:1: function \"nofunc\" not defined"},
    {"{{ 3.x }}", "!template: x:1: bad number syntax: \"3.x\""},
    {"{{ \"a\".b }}", "!template: x:1: unexpected . after term \"\\\"a\\\"\""},
    {"{{ nil.b }}", "!template: x:1: unexpected . after term \"nil\""},
    {"{{ . .x..y }}", "!template: x:1: unexpected <.> in operand"},
    {"{{ (.x }}", "!template: x:1: unclosed left paren"},
    {"{{ .x) }}", "!template: x:1: unexpected right paren"},
    {"{{ () }}", "!template: x:1: missing value for parenthesized pipeline"},
    {"{{ (print 1).x.y }}", "!template: x:1:10: executing \"x\" at <1>: can't evaluate field x in type string"},
    {"{{ 1_000 }} {{ 0x1F }} {{ 0b11 }} {{ 017 }} {{ 1e3 }} {{ 'a' }} {{ '\\n' }} {{ '\\u00e9' }} {{ 0x1p4 }} {{ -0x1e }} {{ 1.0 }} {{ .5 "
     "}}",
     "1000 31 3 15 1000 97 10 233 16 -30 1 0.5"},
    {"{{ 9223372036854775808 }}", "!template: x:1:3: executing \"x\" at <9223372036854775808>: 9223372036854775808 overflows int"},
    {"{{ 99999999999999999999 }}", "!template: x:1: integer overflow: \"99999999999999999999\""},
    {"{{ 1e }}", "!template: x:1: illegal number syntax: \"1e\""},
    {"{{ 08 }}", "!template: x:1: integer overflow: \"08\""},
    {"{{ 1x }}", "!template: x:1: bad number syntax: \"1x\""},
    {"{{ 'ab' }}", "!template: x:1: malformed character constant: 'ab'"},
    {"{{ '' }}", "!template: x:1: invalid syntax"},
    {"{{ 'a }}", "!template: x:1: unterminated character constant"},
    {"{{ \"a\\qb\" }}", "!template: x:1: invalid syntax"},
    {"{{ \"a }}", "!template: x:1: unterminated quoted string"},
    {"{{ `a }}", "!template: x:1: unterminated raw quoted string"},
    {"{{ \"a\\tb\\\"\\x41\\101\\u00e9\\U0001F600\" }}", "a\tb\"AA\303\251\360\237\230\200"},
    {"{{ a.b }}", "!template: x:1: function \"a\" not defined"},
    {"{{ print#1 }}", "!template: x:1: bad character U+0023 '#'"},
    {"{{ # }}", "!template: x:1: unexpected \"#\" in command"},
    {"{{ \342\230\203 }}", "!template: x:1: unrecognized character in action: U+2603 '\342\230\203'"},
    {"{{ \\ }}", "!template: x:1: unexpected \"\\\\\" in command"},
    {"{{ .\303\251 }} {{ .x-y }}", "!template: x:1: bad character U+002D '-'"},
    {"{{ print 1 , 2 }}", "!template: x:1: unexpected \",\" in operand"},
    {"{{ : }}", "!template: x:1: expected :="},
    {"{{ print\n1 }}{{ print \"", "!template: x:2: unterminated quoted string"},
    {"{{ print (1", "!template: x:1: unclosed action"},
    {"{{ if (1\n2 }}", "!template: x:2: unclosed left paren in action started at x:1"},
    {"{{ \"much too long a string constant\" := 1 }}", "!template: x:1: unexpected \":=\" in operand"},
    {"{{ $x+2 }}", "!template: x:1: bad character U+002B '+'"},
    {"{{", "!template: x:1: unclosed action"},
    {"{{ template", "!template: x:1: unclosed action"},
    {"{{ range", "!template: x:1: unclosed action"},
    {"{{ with", "!template: x:1: unclosed action"},
    {"{{ $x :=", "!template: x:1: unclosed action"},
    {"{{ range $x, $", "!template: x:1: unclosed action"},
    {"{{ print `a\nb` \"c\\\"d\" (print nil true) -}} e", "a\nbc\"d<nil> truee"},
    {"{{ $x\n\n nofunc }}", "!template: x:3: undefined variable \"$x\""},
    {"{{ (((((((((((((((((((print 1))))))))))))))))))) }}", "1"},
    {"{{ print 1\n | 2\n\n}}", "!template: x:4: non executable command in pipeline stage 2"},
    {"{{.m.x", "!template: x:1: unclosed action"},
    {"{{.m.", "!template: x:1: unexpected \".\" in operand"},
    {"{{.m.x-}} y", "!template: x:1: bad character U+002D '-'"},
    {"{{.m.x -}} y", "<no value>y"},
    {"{{ .m.\303\251 }}", "<no value>"},
    {"{{ .m.a.b }}", "!template: x:1:5: executing \"x\" at <.m.a.b>: can't evaluate field b in type interface {}"},
    {"{{ $.m.a.b }}", "!template: x:1:4: executing \"x\" at <$.m.a.b>: can't evaluate field b in type interface {}"},
    {"{{ $.x.a.b.c }}", "deep"},
    {"{{ .x.a.b.c.d.e.f.g.h.i }}",
     "!template: x:1:5: executing \"x\" at <.x.a.b.c.d.e.f.g.h.i>: can't evaluate field d in type interface {}"},
    {"{{ .n.b.c.d.e.f.g.h.i.j }}", "!template: x:1:5: executing \"x\" at <.n.b.c.d.e.f.g.h.i.j>: nil pointer evaluating interface {}.b"},
    {"{{ $x.y }}", "!template: x:1: undefined variable \"$x\""},
    {"{{\n$x }}", "!template: x:2: undefined variable \"$x\""},
    {"{{ .m.5 }}", "!template: x:1: unexpected \".5\" in operand"},
    {"{{end}}", "!template: x:1: unexpected {{end}}"},
    {"{{\n\nend -}}", "!template: x:3: unexpected {{end}}"},
    {"{{ end. }}", "!template: x:1: unexpected <.> in end"},
    {"{{ else 1 }}", "!template: x:1: unexpected \"1\" in else"},
    {"{{ enda }}", "!template: x:1: function \"enda\" not defined"},
    {"{{ if .t }}1{{- else -}} 2{{ end }}", "1"},
    {"{{ with $ }}{{ $y := 1 }}{{ $y }}{{ end }}{{ $y }}", "!template: x:1: undefined variable \"$y\""},
    {"{{ .s | }}", "hello"},
    {"{{ 15 }} {{ 123456789012345 }} {{ 1234567890123456 }} {{ 00 }} {{ 0 }} {{ -5 }}", "15 123456789012345 1234567890123456 0 0 -5"},
    {"{{ define \"a\" }}{{ .b }}{{ end }}{{ define \"b\" }}{{ $.x }}{{ end -}} {{ template \"a\" .m }}", "two"},
    {"{{ $ }}{{ $", "!template: x:1: unclosed action"},
    {"{{ with $x := .m }}{{ $x.a }}{{ $x.b.c }}{{ end }}",
     "!template: x:1:34: executing \"x\" at <$x.b.c>: can't evaluate field c in type interface {}"},
    {"{{ range $i, $x := .l }}{{ $i }}{{\t$x\t}}{{- end}}", "011223"},
    {"{{ .s.x.y }}", "!template: x:1:5: executing \"x\" at <.s.x.y>: can't evaluate field x in type interface {}"},
    {"{{.m.b\n}}\n{{-\n.s -}}\n x", "twohellox"},
    {"{{ if .m.b }}{{ else.x }}{{ end }}", "!template: x:1: unexpected \".x\" in else"},
    {"{{ if $q }}{{ end }}", "!template: x:1: undefined variable \"$q\""},
    {"{{ range .m.zz }}{{ else }}e{{ end }}", "e"},
    {"{{ .m.b}}}", "two}"},
};

TEST(parses_and_words_errors_as_go_does) { tmpl_check(cases, BK_COUNT(cases), BK_MISSING_ZERO); }

static bk_status parse_repeated(const char *open, const char *middle, const char *close, size_t n, bk_err *err) {
    bk_arena arena;
    bk_buf text;
    bk_arena_init(&arena, 0);
    bk_buf_init(&text, &arena, 0);
    for (size_t i = 0; i < n; i++) bk_buf_c(&text, open);
    bk_buf_c(&text, middle);
    for (size_t i = 0; i < n; i++) bk_buf_c(&text, close);
    bk_tmpl_set *set = bk_tmpl_set_new(&arena, BK_S("gotpl"));
    bk_status status = bk_tmpl_parse(set, BK_S("x"), bk_buf_view(&text), 0, err);
    bk_arena_release(&arena);
    return status;
}

TEST(refuses_what_nests_too_deep) {
    bk_err err = BK_ERR_INIT;
    CHECK_OK(parse_repeated("{{if 1}}", "", "{{end}}", BK_TMPL_NESTING, &err), &err);
    CHECK(parse_repeated("{{if 1}}", "", "{{end}}", 100000, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "template: x:1: nesting deeper than the limit of 1000");
    bk_err_release(&err);
    CHECK(parse_repeated("{{block \"a\" .}}", "", "{{end}}", 100000, &err) == BK_ERR);
    bk_err_release(&err);
    /* An else-if chain is no nesting. */
    CHECK_OK(parse_repeated("{{if 1}}x{{else if 2}}{{else if 3}}", "", "{{end}}", 500, &err), &err);
    CHECK(parse_repeated("", "{{if 0}}", "{{else if 1}}", 5000, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "template: x:1: unexpected EOF");
    bk_err_release(&err);
    CHECK(parse_repeated("", "{{1", "", 1, &err) == BK_ERR);
    bk_err_release(&err);
}

TEST(refuses_too_many_parentheses) {
    bk_err err = BK_ERR_INIT;
    bk_arena arena;
    for (size_t n = BK_TMPL_PARENS; n <= BK_TMPL_PARENS + 1; n++) {
        bk_buf text;
        bk_arena_init(&arena, 0);
        bk_buf_init(&text, &arena, 0);
        bk_buf_c(&text, "{{");
        bk_buf_fill(&text, '(', n);
        bk_buf_c(&text, "1");
        bk_buf_fill(&text, ')', n);
        bk_buf_c(&text, "}}");
        bk_tmpl_set *set = bk_tmpl_set_new(&arena, BK_S("gotpl"));
        bk_status status = bk_tmpl_parse(set, BK_S("x"), bk_buf_view(&text), 0, &err);
        CHECK((status == BK_OK) == (n == BK_TMPL_PARENS));
        bk_arena_release(&arena);
    }
    CHECK_STR(bk_err_message(&err), "template: x:1: max expression depth exceeded");
    bk_err_release(&err);
}

/* Later files replace what earlier ones define, but for empty templates. */
TEST(replaces_definitions) {
    tmpl_run r;
    tmpl_begin(&r);
    static const char *const files[] = {
        "{{define \"a\"}}1{{end}}{{define \"b\"}}1{{end}}{{define \"c\"}}  {{end}}",
        "{{define \"a\"}}2{{end}}{{define \"b\"}} {{/* nothing */}} {{end}}{{define \"c\"}}2{{end}}",
    };
    for (size_t i = 0; i < BK_COUNT(files); i++)
        CHECK_OK(bk_tmpl_parse(r.set, bk_str_c(i ? "two" : "one"), bk_str_c(files[i]), 0, &r.err), &r.err);
    CHECK_OK(tmpl_text_run(&r, "{{template \"a\"}}{{template \"b\"}}{{template \"c\"}}", NULL), &r.err);
    CHECK_VIEW(bk_buf_view(&r.out), BK_S("212"));
    CHECK(bk_tmpl_has(r.set, BK_S("one")) && !bk_tmpl_has(r.set, BK_S("three")));
    tmpl_end(&r);
}

TEST(finds_functions) {
    tmpl_run r;
    tmpl_begin(&r);
    for (size_t i = 1; i < bk_tmpl_builtin_count; i++) CHECK(strcmp(bk_tmpl_builtins[i - 1].name, bk_tmpl_builtins[i].name) < 0);
    CHECK(bk_tmpl_builtin_count == 19);
    CHECK(bk_tmpl_find_func(r.set, BK_S("printf")) && bk_tmpl_find_func(r.set, BK_S("dict")) && !bk_tmpl_find_func(r.set, BK_S("zz")));
    tmpl_end(&r);
}

TEST_MAIN()
