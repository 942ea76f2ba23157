/* tmpl_fixture.h: what the tests of src/tmpl share: data, a few functions of every signature, and a way to run a text. */
#ifndef BK_TESTS_TMPL_FIXTURE_H
#define BK_TESTS_TMPL_FIXTURE_H

#include "data/json.h"
#include "test.h"
#include "tmpl/exec.h"
#include "value/gofmt.h"
#include "value/map.h"

#define TMPL_VALUES \
    "{\"s\":\"hello\",\"e\":\"\",\"n\":null,\"i\":3,\"f\":1.5,\"t\":true,\"b\":false,\"l\":[1,2,3],\"ls\":[\"a\",\"b\"],\"el\":[]," \
    "\"m\":{\"a\":1,\"b\":\"two\",\"n\":null},\"em\":{},\"x\":{\"a\":{\"b\":{\"c\":\"deep\"}}},\"mix\":[1,null,{\"k\":\"v\"}]," \
    "\"html\":\"<a b='c'>&\\\"</a>\",\"uni\":\"h\\u00e9 \\u2713\\u0001\"}"

#define TMPL_FN(id) \
    static bk_status tmpl_fn_##id(BK_UNUSED bk_call *call, BK_UNUSED const bk_value *args, BK_UNUSED size_t argc, BK_UNUSED bk_value *ret)

TMPL_FN(same) {
    *ret = args[0];
    return BK_OK;
}
TMPL_FN(one) {
    *ret = bk_int(1);
    return BK_OK;
}
TMPL_FN(nil) {
    *ret = bk_nil();
    return BK_OK;
}
TMPL_FN(fail) { return bk_err_set_str(call->err, BK_ERR, bk_value_str(args[0])); }

static bk_status tmpl_items(bk_call *call, bk_type type, const bk_value *args, size_t argc, bk_value *ret) {
    bk_items items;
    bk_items_init(&items, call->arena);
    for (size_t i = 0; i < argc; i++) bk_items_add(&items, args[i]);
    return bk_items_list(&items, type, ret, call->err);
}
TMPL_FN(list) { return tmpl_items(call, BK_T_LIST, args, argc, ret); }
TMPL_FN(strs) { return tmpl_items(call, BK_T_STRINGS, args, argc, ret); }

TMPL_FN(dict) {
    bk_map *map = bk_map_new(call->arena, argc / 2);
    for (size_t i = 0; map && i + 1 < argc; i += 2)
        if (!bk_map_set(map, bk_value_str(args[i]), args[i + 1])) map = NULL;
    if (!map) return bk_call_nomem(call);
    *ret = bk_map_value(map);
    return BK_OK;
}
TMPL_FN(set) {
    if (!bk_map_set(args[0].map, bk_value_str(args[1]), args[2])) return bk_call_nomem(call);
    *ret = args[0];
    return BK_OK;
}
static bk_status tmpl_text(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_fmt_sprint(&out, args, argc, call->err));
    BK_TRY(bk_buf_check(&out, call->err));
    *ret = bk_string(bk_buf_take(&out));
    return BK_OK;
}
TMPL_FN(two) { return tmpl_text(call, args, argc, ret); }
TMPL_FN(var2) {
    bk_value shown[2] = {args[0], bk_nil()};
    BK_TRY(tmpl_items(call, BK_T_INTS, args + 1, argc - 1, &shown[1]));
    return tmpl_text(call, shown, 2, ret);
}
TMPL_FN(include) {
    bk_str text;
    uint32_t *depth = bk_exec_counter(call->exec, bk_value_str(args[0]));
    if (!depth) return bk_call_nomem(call);
    if (*depth > 1000) return bk_call_fail(call, "too deep");
    ++*depth;
    bk_status status = bk_exec_include(call->exec, bk_value_str(args[0]), args[1], &text);
    --*depth;
    if (status == BK_OK) *ret = bk_string(text);
    return status;
}
TMPL_FN(tpl) {
    bk_str text;
    bool parsed;
    bk_status status = bk_exec_tpl(call->exec, bk_value_str(args[0]), args[1], &text, &parsed);
    if (status == BK_OK) {
        *ret = bk_string(text);
        return BK_OK;
    }
    bk_buf message;
    bk_buf_init(&message, NULL, 0);
    bk_buf_c(&message, parsed ? "error during tpl function execution for " : "cannot parse template ");
    bk_fmt_quote(&message, bk_value_str(args[0]));
    bk_buf_c(&message, ": ");
    bk_buf_str(&message, bk_err_message(call->err));
    bk_err_replace(call->err, bk_buf_view(&message));
    bk_buf_release(&message);
    return status;
}
/* Asks for an effect and gives its answer. */
TMPL_FN(effect) {
    bk_str answer;
    BK_TRY(bk_call_effect(call, BK_FX_LOOKUP, args[0], &answer));
    *ret = bk_string(answer);
    return BK_OK;
}

static const bk_func tmpl_funcs[] = {
    {"dict", "a*:m", tmpl_fn_dict},       {"effect", "a:s", tmpl_fn_effect}, {"fL", "L:L", tmpl_fn_same},  {"fa", "a:a", tmpl_fn_same},
    {"fail", "s:s", tmpl_fn_fail},        {"fb", "b:b", tmpl_fn_same},       {"fd", "d:d", tmpl_fn_same},  {"fi", "i:i", tmpl_fn_same},
    {"fl", "l:l", tmpl_fn_same},          {"fm", "m:m", tmpl_fn_same},       {"fs", "s:s", tmpl_fn_same},  {"fu", "u:u", tmpl_fn_same},
    {"include", "sa:s", tmpl_fn_include}, {"list", "a*:L", tmpl_fn_list},    {"nilf", ":a", tmpl_fn_nil},  {"one", ":a", tmpl_fn_one},
    {"set", "msa:m", tmpl_fn_set},        {"strs", "s*:S", tmpl_fn_strs},    {"tpl", "sa:s", tmpl_fn_tpl}, {"two", "si:s", tmpl_fn_two},
    {"var2", "si*:s", tmpl_fn_var2},
};

/* A run: set up, then files parsed into `set`, then tmpl_run. */
typedef struct tmpl_run {
    bk_arena arena;
    bk_err err;
    bk_tmpl_set *set;
    bk_exec *exec;
    bk_value values;
    bk_buf out;
} tmpl_run;

BK_UNUSED static void tmpl_begin(tmpl_run *r) {
    *r = (tmpl_run){.err = BK_ERR_INIT};
    bk_arena_init(&r->arena, 0);
    r->arena.debug = true;
    bk_buf_init(&r->out, NULL, 0);
    r->set = bk_tmpl_set_new(&r->arena, BK_S("gotpl"));
    bk_tmpl_set_missing(r->set, BK_MISSING_ZERO);
    CHECK_OK(bk_tmpl_set_funcs(r->set, tmpl_funcs, BK_COUNT(tmpl_funcs), &r->err), &r->err);
    CHECK_OK(bk_json_decode(&r->arena, bk_str_c(TMPL_VALUES), 0, BK_T_MAP, &r->values, &r->err), &r->err);
}
BK_UNUSED static void tmpl_end(tmpl_run *r) {
    bk_buf_release(&r->out);
    bk_err_release(&r->err);
    bk_arena_release(&r->arena);
}
/* Parses `text` as file "x" and runs it. */
BK_UNUSED static bk_status tmpl_text_run(tmpl_run *r, const char *text, bk_effects *effects) {
    BK_TRY(bk_tmpl_parse(r->set, BK_S("x"), bk_str_c(text), 0, &r->err));
    r->exec = bk_exec_new(&r->arena, r->set, effects, NULL);
    if (!r->exec) return bk_arena_fail(&r->arena, &r->err);
    return bk_exec_run(r->exec, BK_S("x"), r->values, &r->out, &r->err);
}

/* A text and what it prints; with "!" in front, the error. */
typedef struct tmpl_case {
    const char *text, *want;
} tmpl_case;

BK_UNUSED static void tmpl_check(const tmpl_case *cases, size_t count, bk_missing missing) {
    for (size_t i = 0; i < count; i++) {
        tmpl_run r;
        tmpl_begin(&r);
        bk_tmpl_set_missing(r.set, missing);
        bk_status status = tmpl_text_run(&r, cases[i].text, NULL);
        bool fails = cases[i].want[0] == '!';
        int before = test_failures;
        CHECK((status != BK_OK) == fails);
        CHECK_STR(status == BK_OK ? bk_buf_view(&r.out) : bk_err_message(&r.err), cases[i].want + fails);
        if (test_failures != before) printf("    in %s\n", cases[i].text);
        tmpl_end(&r);
    }
}

#endif
