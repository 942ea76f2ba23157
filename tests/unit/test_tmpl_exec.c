/* What templates print and how they fail. The expectations are Go's own answers. */
#include "tmpl_fixture.h"

static const tmpl_case zero_cases[] = {
    {"{{ . | len }} {{ .s }} {{ .n }} {{ .zz }} {{ .l }} {{ .m }} {{ .f }} {{ .i }} {{ true }} {{ 1.0 }} {{ 1e6 }}",
     "16 hello <no value> <no value> [1 2 3] map[a:1 b:two n:<nil>] 1.5 3 true 1 1e+06"},
    {"{{ .x.a.b.c }} {{ .x.zz }} {{ (.x.zz).y }}", "deep <no value> <no value>"},
    {"{{ .x.zz.y }}", "!template: x:1:5: executing \"x\" at <.x.zz.y>: nil pointer evaluating interface {}.y"},
    {"{{ .s.y }}", "!template: x:1:5: executing \"x\" at <.s.y>: can't evaluate field y in type interface {}"},
    {"{{ with .s }}{{ .y }}{{ end }}", "!template: x:1:16: executing \"x\" at <.y>: can't evaluate field y in type string"},
    {"{{ range .mix }}{{ .k }}{{ end }}", "!template: x:1:19: executing \"x\" at <.k>: can't evaluate field k in type interface {}"},
    {"{{ range .l }}{{ . }},{{ end }}|{{ range .el }}x{{ else }}none{{ end }}|{{ range $i, $e := .ls }}{{ $i }}{{ $e }}{{ end }}|{{ range "
     "$k, $v := .m }}{{ $k }}={{ $v }};{{ end }}",
     "1,2,3,|none|0a1b|a=1;b=two;n=<no value>;"},
    {"{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}{{ range -1 }}x{{ else }}-{{ end }}", "01201-"},
    {"{{ range $i, $j := 3 }}{{ end }}", "!template: x:1:19: executing \"x\" at <3>: can't use 3 to iterate over more than one variable"},
    {"{{ range .s }}{{ end }}", "!template: x:1:9: executing \"x\" at <.s>: range can't iterate over hello"},
    {"{{ range .f }}{{ end }}", "!template: x:1:9: executing \"x\" at <.f>: range can't iterate over 1.5"},
    {"{{ range .n }}x{{ else }}nil{{ end }}", "nil"},
    {"{{ range .l }}{{ if eq . 2.0 }}{{ continue }}{{ end }}{{ . }}{{ if eq . 3.0 }}{{ break }}{{ end }}{{ end }}", "13"},
    {"{{ range .l }}{{ range $.ls }}{{ . }}{{ break }}{{ end }}{{ . }}{{ end }}", "a1a2a3"},
    {"{{ $x := 1 }}{{ range .l }}{{ $x = . }}{{ end }}{{ $x }}", "3"},
    {"{{ $i := 0 }}{{ $e := 0 }}{{ range $i, $e = .ls }}{{ end }}{{ $i }}{{ $e }}", "1b"},
    {"{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "21"},
    {"{{ $x := 1 }}{{ or true ($x := 2) }}{{ $x }}{{ or false ($x := 3) }}{{ $x }}", "true133"},
    {"{{ or true ($y := 2) }}{{ $y }}", "!template: x:1:26: executing \"x\" at <$y>: undefined variable: $y"},
    {"{{ range $i, $e := .ls }}{{ or $i ($q := 5) }}{{ $q }}{{ end }}",
     "!template: x:1:49: executing \"x\" at <$q>: undefined variable: $q"},
    {"{{ $ := 5 }}{{ $ }}", "5"},
    {"{{ with $y := .m }}{{ $y.a }}{{ .a }}{{ else }}no{{ end }}{{ with .em }}yes{{ else with .s }}{{ . }}{{ end }}", "11hello"},
    {"{{ if .n }}a{{ else if .e }}b{{ else if .el }}c{{ else if .em }}d{{ else if 0.0 }}e{{ else }}f{{ end }}", "f"},
    {"{{ define \"a\" }}<{{ . }}{{ $ }}>{{ end }}{{ template \"a\" .s }}{{ template \"a\" }}{{ block \"c\" .l }}{{ len . }}{{ end }}",
     "<hellohello><<no value><no value>>3"},
    {"{{ template \"none\" . }}", "!template: x:1:12: executing \"x\" at <{{template \"none\" .}}>: template \"none\" not defined"},
    {"{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" .s }}",
     "!template: x:1:28: executing \"r\" at <{{template \"r\" .}}>: exceeded maximum template depth (100000)"},
    {"{{ define \"r\" }}{{ include \"r\" . }}{{ end }}{{ include \"none\" . }}",
     "!template: x:1:47: executing \"x\" at <include \"none\" .>: error calling include: template: no template \"none\" associated with "
     "template \"gotpl\""},
    {"{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ .zz.y }}{{ end }}{{ include \"a\" . }}",
     "!template: x:1:83: executing \"x\" at <include \"a\" .>: error calling include: template: x:1:19: executing \"a\" at <include \"b\" "
     ".>: error calling include: template: x:1:66: executing \"b\" at <.zz.y>: nil pointer evaluating interface {}.y"},
    {"{{ define \"a\" }}[{{ .k }}]{{ end }}{{ include \"a\" (dict \"k\" \"v\") | print }}{{ tpl \"{{ .s }}{{ include \\\"a\\\" . }}\" . }}",
     "[v]hello[<no value>]"},
    {"{{ tpl \"{{ define \\\"t\\\" }}T{{ . }}{{ end }}{{ include \\\"t\\\" .s }}\" . }}{{ include \"t\" . }}",
     "!template: x:1:74: executing \"x\" at <include \"t\" .>: error calling include: template: no template \"t\" associated with template "
     "\"gotpl\""},
    {"{{ tpl \"{{ if }}\" . }}", "!template: x:1:3: executing \"x\" at <tpl \"{{ if }}\" .>: error calling tpl: cannot parse template \"{{ "
                                 "if }}\": template: gotpl:1: missing value for if"},
    {"{{ tpl \"x{{ .s.y }}\" . }}",
     "!template: x:1:3: executing \"x\" at <tpl \"x{{ .s.y }}\" .>: error calling tpl: error during tpl function execution for \"x{{ .s.y "
     "}}\": template: gotpl:1:6: executing \"gotpl\" at <.s.y>: can't evaluate field y in type interface {}"},
    {"{{ tpl \"plain }} text\" . }}{{ tpl \"\" . }}{{ tpl \"{{/* c */}}\" . }}", "plain }} text"},
    {"{{ fail \"boom\" }}", "!template: x:1:3: executing \"x\" at <fail \"boom\">: error calling fail: boom"},
    {"{{ .m | fail }}", "!template: x:1:8: executing \"x\" at <fail>: wrong type for value; expected string; got map[string]interface {}"},
    {"{{ 1 | fi }} {{ fi 'a' }} {{ fd 2 }} {{ fs \"x\" }} {{ fb true }} {{ fl 1e3 }} {{ fm nil }} {{ fL nil }} {{ fa nil }}",
     "1 97 2 x true 1000 map[] [] <no value>"},
    {"{{ fi 1.5 }}", "!template: x:1:6: executing \"x\" at <1.5>: expected integer; found 1.5"},
    {"{{ fi \"x\" }}", "!template: x:1:6: executing \"x\" at <\"x\">: expected integer; found \"x\""},
    {"{{ fs 1 }}", "!template: x:1:6: executing \"x\" at <1>: expected string; found 1"},
    {"{{ fb 1 }}", "!template: x:1:6: executing \"x\" at <1>: expected bool; found 1"},
    {"{{ fd \"x\" }}", "!template: x:1:6: executing \"x\" at <\"x\">: expected float; found \"x\""},
    {"{{ fu -1 }}", "!template: x:1:6: executing \"x\" at <-1>: expected unsigned integer; found -1"},
    {"{{ fm 1 }}", "!template: x:1:6: executing \"x\" at <1>: can't handle 1 for arg of type map[string]interface {}"},
    {"{{ fL \"x\" }}", "!template: x:1:6: executing \"x\" at <\"x\">: can't handle \"x\" for arg of type []interface {}"},
    {"{{ fs nil }}", "!template: x:1:6: executing \"x\" at <nil>: cannot assign nil to string"},
    {"{{ fs .n }}", "!template: x:1:6: executing \"x\" at <.n>: wrong type for value; expected string; got interface {}"},
    {"{{ fs (.n) }}", "!template: x:1:7: executing \"x\" at <.n>: invalid value; expected string"},
    {"{{ .zz | fs }}", "!template: x:1:9: executing \"x\" at <fs>: invalid value; expected string"},
    {"{{ .f | fi }}", "!template: x:1:8: executing \"x\" at <fi>: wrong type for value; expected int; got float64"},
    {"{{ fL (strs \"a\") }}", "!template: x:1:12: executing \"x\" at <\"a\">: wrong type for value; expected []interface {}; got []string"},
    {"{{ fs }}", "!template: x:1:3: executing \"x\" at <fs>: wrong number of args for fs: want 1 got 0"},
    {"{{ fs \"a\" \"b\" }}", "!template: x:1:3: executing \"x\" at <fs>: wrong number of args for fs: want 1 got 2"},
    {"{{ two \"a\" }}", "!template: x:1:3: executing \"x\" at <two>: wrong number of args for two: want 2 got 1"},
    {"{{ var2 }}", "!template: x:1:3: executing \"x\" at <var2>: wrong number of args for var2: want at least 1 got 0"},
    {"{{ var2 \"a\" 1 2 | print }} {{ 3 | var2 \"a\" }}", "a[1 2] a[3]"},
    {"{{ .s \"arg\" }}", "!template: x:1:3: executing \"x\" at <.s>: s is not a method but has arguments"},
    {"{{ 1 2 }}", "!template: x:1:3: executing \"x\" at <1>: can't give argument to non-function 1"},
    {"{{ \"a\" | .s }}", "!template: x:1:9: executing \"x\" at <.s>: s is not a method but has arguments"},
    {"{{ (1) 2 }}", "!template: x:1:3: executing \"x\" at <(1) 2>: can't give argument to non-function 1"},
    {"{{ nil }}", "!template: x:1:3: executing \"x\" at <nil>: nil is not a command"},
    {"{{ $x := .m }}{{ $x 1 }}", "!template: x:1:17: executing \"x\" at <$x>: can't give argument to non-function $x"},
    {"{{ and 1 0 2 }} {{ and 1 2 }} {{ or 0 \"\" .n \"x\" }} {{ or 0 \"\" }} {{ and true (fail \"no\") }}",
     "!template: x:1:78: executing \"x\" at <fail \"no\">: error calling fail: no"},
    {"{{ and false (fail \"no\") }}{{ or 1 (fail \"no\") }} {{ 0 | or \"\" }} {{ not .n }} {{ not 1 }}", "false1 0 true false"},
    {"{{ index .m \"a\" }} {{ index .l 1 }} {{ index .x \"a\" \"b\" \"c\" }} {{ index .m \"zz\" }} {{ index .s 1 }} {{ index .mix 2 \"k\" "
     "}}",
     "1 2 deep <no value> 101 v"},
    {"{{ index .l 3 }}", "!template: x:1:3: executing \"x\" at <index .l 3>: error calling index: reflect: slice index out of range"},
    {"{{ index .l 4 }}", "!template: x:1:3: executing \"x\" at <index .l 4>: error calling index: index out of range: 4"},
    {"{{ index .l -1 }}", "!template: x:1:3: executing \"x\" at <index .l -1>: error calling index: index out of range: -1"},
    {"{{ index .l \"a\" }}",
     "!template: x:1:3: executing \"x\" at <index .l \"a\">: error calling index: cannot index slice/array with type string"},
    {"{{ index .m 1 }}", "!template: x:1:3: executing \"x\" at <index .m 1>: error calling index: value has type int; should be string"},
    {"{{ index .n 1 }}", "!template: x:1:3: executing \"x\" at <index .n 1>: error calling index: index of untyped nil"},
    {"{{ index .mix 1 0 }}", "!template: x:1:3: executing \"x\" at <index .mix 1 0>: error calling index: index of nil pointer"},
    {"{{ index .f 1 }}", "!template: x:1:3: executing \"x\" at <index .f 1>: error calling index: can't index item of type float64"},
    {"{{ slice .s 1 3 }} {{ slice .ls 1 }} {{ slice .s }}", "el [b] hello"},
    {"{{ slice .s 3 1 }}", "!template: x:1:3: executing \"x\" at <slice .s 3 1>: error calling slice: invalid slice index: 3 > 1"},
    {"{{ slice .s 1 2 3 }}", "!template: x:1:3: executing \"x\" at <slice .s 1 2 3>: error calling slice: cannot 3-index slice a string"},
    {"{{ slice .m 1 }}",
     "!template: x:1:3: executing \"x\" at <slice .m 1>: error calling slice: can't slice item of type map[string]interface {}"},
    {"{{ len .s }}{{ len .l }}{{ len .m }}", "533"},
    {"{{ len 3 }}", "!template: x:1:3: executing \"x\" at <len 3>: error calling len: len of type int"},
    {"{{ len .n }}", "!template: x:1:3: executing \"x\" at <len .n>: error calling len: len of nil pointer"},
    {"{{ len (.n) }}",
     "!template: x:1:3: executing \"x\" at <len (.n)>: error calling len: reflect: call of reflect.Value.Type on zero Value"},
    {"{{ print 1 2 \"a\" \"b\" 3 nil }}|{{ println 1 \"a\" }}|{{ printf \"%s-%d-%v-%q\" \"a\" 1 .l \"x\" }}",
     "1 2ab3 <nil>|1 a\n|a-1-[1 2 3]-\"x\""},
    {"{{ printf 1 }}", "!template: x:1:10: executing \"x\" at <1>: expected string; found 1"},
    {"{{ html .html }} {{ js .html }} {{ urlquery .html }} {{ js .uni }} {{ html 1 .n \"x\" }}",
     "&lt;a b=&#39;c&#39;&gt;&amp;&#34;&lt;/a&gt; \\u003Ca b\\u003D\\'c\\'\\u003E\\u0026\\\"\\u003C/a\\u003E "
     "%3Ca+b%3D%27c%27%3E%26%22%3C%2Fa%3E h\303\251 \342\234\223\\u0001 1&lt;no value&gt;x"},
    {"{{ eq 1 1 }} {{ eq .i 3.0 }} {{ eq .s \"a\" \"hello\" }} {{ eq .n nil }} {{ eq .m nil }} {{ ne 1 2 }} {{ eq (fu 1) 1 }} {{ lt -1 (fu "
     "1) }} {{ lt \"a\" \"b\" }} {{ le 1 1 }} {{ gt 2 1 }} {{ ge 1.5 2.5 }} {{ eq true true }}",
     "true true true true false true true true true true true false true"},
    {"{{ eq 1 1.0 }}",
     "!template: x:1:3: executing \"x\" at <eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64"},
    {"{{ eq 1 }}", "!template: x:1:3: executing \"x\" at <eq 1>: error calling eq: missing argument for comparison"},
    {"{{ eq .m .m }}", "!template: x:1:3: executing \"x\" at <eq .m .m>: error calling eq: non-comparable type map[a:%!s(float64=1) b:two "
                       "n:<nil>]: map[string]interface {}"},
    {"{{ eq .m .l }}", "!template: x:1:3: executing \"x\" at <eq .m .l>: error calling eq: non-comparable types map[a:%!s(float64=1) b:two "
                       "n:<nil>]: map[string]interface {}, []interface {}: [1 2 3]"},
    {"{{ eq .n .m }} {{ eq (list) nil }}", "false false"},
    {"{{ lt .m 1 }}", "!template: x:1:3: executing \"x\" at <lt .m 1>: error calling lt: invalid type for comparison"},
    {"{{ lt 1 \"a\" }}",
     "!template: x:1:3: executing \"x\" at <lt 1 \"a\">: error calling lt: incompatible types for comparison: int and string"},
    {"{{ lt true false }}", "!template: x:1:3: executing \"x\" at <lt true false>: error calling lt: invalid type for comparison"},
    {"{{ gt .n 1 }}", "!template: x:1:3: executing \"x\" at <gt .n 1>: error calling gt: invalid type for comparison"},
    {"{{ call .s 1 }}", "!template: x:1:3: executing \"x\" at <call .s 1>: error calling call: non-function .s of type string"},
    {"{{ call nil }}", "!template: x:1:3: executing \"x\" at <call nil>: error calling call: call of nil"},
    {"{{ 3 | call }}", "!template: x:1:7: executing \"x\" at <call>: error calling call: non-function <int Value> of type int"},
    {"{{ nilf.x }}", "!template: x:1:3: executing \"x\" at <nilf>: nil pointer evaluating interface {}.x"},
    {"{{ (nilf).x }}|", "<no value>|"},
    {"{{ one | fi }}", "1"},
    {"{{ list 1 \"a\" nil .n (list) }} {{ dict \"a\" .n }}", "[1 a <nil> <nil> []] map[a:<nil>]"},
    {"{{ (dict \"a\" (dict \"b\" 1)).a.b }} {{ (index .l 0) }}", "1 1"},
    {"{{ .m.a.b }}", "!template: x:1:5: executing \"x\" at <.m.a.b>: can't evaluate field b in type interface {}"},
    {"{{ set .em \"k\" .s | len }}{{ .em.k }}", "1hello"},
    {"{{ range $k, $v := .em }}{{ set $.em \"z\" 1 | len }}{{ $k }}{{ end }}{{ len .em }}", "0"},
    {"{{ 1.5 | printf \"%.2f\" | fs | len }}", "4"},
    {"{{ printf \"%d\" 3 | printf \"%s%s\" \"x\" | print }}", "x3"},
};

static const tmpl_case error_cases[] = {
    {"{{ .zz }}", "!template: x:1:3: executing \"x\" at <.zz>: map has no entry for key \"zz\""},
    {"{{ .x.zz.y }}", "!template: x:1:5: executing \"x\" at <.x.zz.y>: map has no entry for key \"zz\""},
    {"{{ .m.n }}", "<no value>"},
    {"{{ .m.n.y }}", "!template: x:1:5: executing \"x\" at <.m.n.y>: nil pointer evaluating interface {}.y"},
    {"{{ (.m.n).y }}", "!template: x:1:6: executing \"x\" at <.m.n>: nil data; no entry for key \"y\""},
    {"{{ with .zz }}{{ end }}", "!template: x:1:8: executing \"x\" at <.zz>: map has no entry for key \"zz\""},
    {"{{ template \"a\" }}{{ define \"a\" }}{{ .x }}{{ end }}",
     "!template: x:1:37: executing \"a\" at <.x>: nil data; no entry for key \"x\""},
    {"{{ index .m \"zz\" }}", "<no value>"},
};

static const tmpl_case invalid_cases[] = {
    {"{{ .zz }}", "<no value>"},
    {"{{ .zz.y }}", "<no value>"},
    {"{{ .n.y }}", "!template: x:1:5: executing \"x\" at <.n.y>: nil pointer evaluating interface {}.y"},
};

TEST(runs_as_go_does) { tmpl_check(zero_cases, BK_COUNT(zero_cases), BK_MISSING_ZERO); }
TEST(missing_keys_are_errors) { tmpl_check(error_cases, BK_COUNT(error_cases), BK_MISSING_ERROR); }
TEST(missing_keys_are_no_value) { tmpl_check(invalid_cases, BK_COUNT(invalid_cases), BK_MISSING_INVALID); }

/* The links of a chain begin where each template's own error does. */
TEST(tells_the_chain_of_errors) {
    tmpl_run r;
    tmpl_begin(&r);
    CHECK(tmpl_text_run(&r, "{{define \"a\"}}{{include \"b\" .}}{{end}}{{define \"b\"}}{{fail \"boom\"}}{{end}}{{include \"a\" .}}",
                        NULL) == BK_ERR);
    static const char *const links[] = {
        "template: x:1:76: executing \"x\" at <include \"a\" .>: error calling include: template: x:1:16: executing \"a\" at <include \"b\" .>: error calling include: template: x:1:54: executing \"b\" at <fail \"boom\">: error calling fail: boom",
        "template: x:1:16: executing \"a\" at <include \"b\" .>: error calling include: template: x:1:54: executing \"b\" at <fail \"boom\">: error calling fail: boom",
        "template: x:1:54: executing \"b\" at <fail \"boom\">: error calling fail: boom",
        "boom",
    };
    for (size_t i = 0; i < BK_COUNT(links); i++) CHECK_STR(bk_str_from(bk_err_message(&r.err), bk_exec_chain(r.exec, i)), links[i]);
    CHECK(bk_exec_chain(r.exec, BK_COUNT(links)) == BK_NPOS);
    tmpl_end(&r);
}

/* Names through tables of methods and through classes. */
static bk_status method_join(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    CHECK(argc == 3);
    return tmpl_text(call, args + 1, argc - 1, ret);
}
static const bk_func methods[] = {{"Join", "si:s", method_join}};
static bool class_field(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
    (void)self;
    if (bk_str_eq(name, BK_S("hidden"))) *ret = bk_object_value(BK_T_FUNC, NULL);
    else if (bk_str_eq(name, BK_S("Plain"))) *ret = bk_int(7);
    else return bk_method_field(methods, BK_COUNT(methods), arena, name, ret);
    return true;
}
static const bk_class class = {.name = "*some.Thing", .field = class_field};

TEST(calls_methods) {
    static const tmpl_case cases[] = {
        {"{{.o.Join \"a\" 1}} {{.v.Join \"b\" 2}} {{.o.Plain}} {{.v.Other}}|{{2 | .v.Join \"c\"}}", "a1 b2 7 other|c2"},
        {"{{.o.Join 1}}", "!template: x:1:4: executing \"x\" at <.o.Join>: wrong number of args for Join: want 2 got 1"},
        {"{{.o.Join 1 2}}", "!template: x:1:10: executing \"x\" at <1>: expected string; found 1"},
        {"{{.o.hidden}}", "!template: x:1:4: executing \"x\" at <.o.hidden>: hidden is an unexported field of struct type interface {}"},
        {"{{.o.None}}", "!template: x:1:4: executing \"x\" at <.o.None>: can't evaluate field None in type interface {}"},
        {"{{with .o}}{{.None}}{{end}}", "!template: x:1:13: executing \"x\" at <.None>: can't evaluate field None in type *some.Thing"},
        {"{{.o.Plain 1}}", "!template: x:1:4: executing \"x\" at <.o.Plain>: Plain has arguments but cannot be invoked as function"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        tmpl_run r;
        tmpl_begin(&r);
        const bk_object object = {.class = &class};
        bk_map *map = bk_map_new(&r.arena, 1);
        CHECK(bk_map_set(map, BK_S("Other"), bk_string(BK_S("other"))));
        bk_tmpl_set_methods(r.set, BK_T_VALUES, methods, BK_COUNT(methods));
        CHECK(bk_map_set(r.values.map, BK_S("o"), bk_object_value(BK_T_POINTER, &object)));
        CHECK(bk_map_set(r.values.map, BK_S("v"), bk_map_typed(BK_T_VALUES, map)));
        bk_status status = tmpl_text_run(&r, cases[i].text, NULL);
        CHECK_STR(status == BK_OK ? bk_buf_view(&r.out) : bk_err_message(&r.err), cases[i].want + (status != BK_OK));
        tmpl_end(&r);
    }
}

/* Depths: Go's for {{template}}, ours for what needs the C stack. */
TEST(bounds_recursion) {
    tmpl_run r;
    tmpl_begin(&r);
    CHECK(tmpl_text_run(&r, "{{define \"a\"}}{{with 1}}{{template \"a\"}}{{end}}{{end}}{{template \"a\"}}", NULL) == BK_ERR);
    CHECK(bk_str_ends(bk_err_message(&r.err), BK_S("exceeded maximum template depth (100000)")));
    tmpl_end(&r);
    tmpl_begin(&r);
    CHECK(tmpl_text_run(&r, "{{define \"a\"}}{{if 1}}{{include \"a\" .}}{{end}}{{end}}{{include \"a\" .}}", NULL) == BK_ERR);
    CHECK(bk_str_ends(bk_err_message(&r.err), BK_S("error calling include: too deep")));
    tmpl_end(&r);
    tmpl_begin(&r);
    CHECK(tmpl_text_run(&r, "{{define \"a\"}}{{print (print (print (tpl \"{{template \\\"a\\\"}}\" .)))}}{{end}}{{template \"a\"}}",
                        NULL) != BK_OK);
    CHECK(bk_str_contains(bk_err_message(&r.err), BK_S("exceeded maximum depth of nested calls")));
    tmpl_end(&r);
}

TEST(stops_when_the_output_is_full) {
    tmpl_run r;
    tmpl_begin(&r);
    r.out.max = 1000;
    CHECK(tmpl_text_run(&r, "{{range 9223372036854775807}}0123456789{{end}}", NULL) == BK_ERR_LIMIT);
    CHECK(r.out.n <= 1000);
    tmpl_end(&r);
}

/* Every allocation may fail. */
TEST(survives_without_memory) {
    static const char text[] =
        "{{define \"a\"}}{{.}}{{range $k, $v := .}}{{$k}}={{$v | printf \"%v\"}}{{end}}{{end}}{{$x := .m}}"
        "{{with .x}}{{.a.b.c}}{{else}}{{end}}{{or false ($y := 1)}}{{include \"a\" .m}}{{tpl \"{{.s}}{{define `d`}}{{end}}\" .}}{{.l.zz}}";
    bool done = false;
    for (size_t n = 1; !done && n < 2000; n++) {
        tmpl_run r;
        tmpl_begin(&r);
        r.arena.count = 0;
        r.arena.fail_at = n;
        bk_status status = tmpl_text_run(&r, text, NULL);
        CHECK(status != BK_OK);
        done = status == BK_ERR;
        tmpl_end(&r);
    }
    CHECK(done);
}

TEST_MAIN()
