/* regexes.c: regular expressions. The mustX report what the compiler says; the X panic in Sprig, which words it differently. */
#include "sprig/fn.h"
#include "value/gofmt.h"

static bk_status compile(bk_call *call, bk_str pattern, const bk_regex **ret) {
    return bk_regex_cache_get(&bk_sprig_env_of(call)->regex, pattern, ret, call->err);
}

/* regexp.MustCompile's panic. */
static bk_status must_compile(bk_call *call, bk_str pattern, const bk_regex **ret) {
    bk_status status = compile(call, pattern, ret);
    if (status != BK_ERR) return status;
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    bk_buf_c(&text, "regexp: Compile(");
    if (bk_fmt_can_backquote(pattern)) {
        bk_buf_byte(&text, '`');
        bk_buf_str(&text, pattern);
        bk_buf_byte(&text, '`');
    } else {
        bk_fmt_quote(&text, pattern);
    }
    bk_buf_c(&text, "): ");
    bk_buf_str(&text, bk_err_message(call->err));
    if (!bk_buf_ok(&text)) return status;
    return bk_err_replace(call->err, bk_buf_view(&text));
}

typedef bk_status (*compiler)(bk_call *call, bk_str pattern, const bk_regex **ret);

BK_FN(mustRegexMatch) {
    const bk_regex *regex;
    bool found;
    BK_TRY(compile(call, fn_str(args, 0), &regex));
    BK_TRY(bk_regex_match(regex, call->arena, fn_str(args, 1), &found, call->err));
    return fn_ret_bool(ret, found);
}

BK_FN(regexMatch) {
    bk_status status = bk_sprig_mustRegexMatch(call, args, argc, ret);
    return fn_forgive(call, status) ? fn_ret_bool(ret, false) : status;
}

static bk_status find(bk_call *call, compiler by, const bk_value *args, bk_value *ret) {
    const bk_regex *regex;
    bk_matches found;
    BK_TRY(by(call, fn_str(args, 0), &regex));
    BK_TRY(bk_regex_find(regex, call->arena, fn_str(args, 1), 1, false, &found, call->err));
    return fn_ret_str(ret, found.count ? bk_str_sub(fn_str(args, 1), found.spans[0].from, found.spans[0].to) : BK_S(""));
}

BK_FN(regexFind) { return find(call, must_compile, args, ret); }
BK_FN(mustRegexFind) { return find(call, compile, args, ret); }

static bk_status find_all(bk_call *call, compiler by, const bk_value *args, bk_value *ret) {
    const bk_regex *regex;
    bk_matches found;
    BK_TRY(by(call, fn_str(args, 0), &regex));
    BK_TRY(bk_regex_find(regex, call->arena, fn_str(args, 1), args[2].i, false, &found, call->err));
    bk_value *items = NULL; /* nothing found is Go's nil slice */
    if (found.count) BK_TRY(fn_items(call, found.count, &items));
    for (size_t i = 0; i < found.count; i++) {
        bk_span span = found.spans[i * found.width];
        items[i] = bk_string(bk_str_sub(fn_str(args, 1), span.from, span.to));
    }
    *ret = bk_list_typed(BK_T_STRINGS, items, found.count);
    return BK_OK;
}

BK_FN(regexFindAll) { return find_all(call, must_compile, args, ret); }
BK_FN(mustRegexFindAll) { return find_all(call, compile, args, ret); }

static bk_status replace(bk_call *call, compiler by, bool literal, const bk_value *args, bk_value *ret) {
    const bk_regex *regex;
    bk_str result;
    BK_TRY(by(call, fn_str(args, 0), &regex));
    BK_TRY(bk_regex_replace(regex, call->arena, fn_str(args, 1), fn_str(args, 2), literal, &result, call->err));
    return fn_ret_str(ret, result);
}

BK_FN(regexReplaceAll) { return replace(call, must_compile, false, args, ret); }
BK_FN(mustRegexReplaceAll) { return replace(call, compile, false, args, ret); }
BK_FN(regexReplaceAllLiteral) { return replace(call, must_compile, true, args, ret); }
BK_FN(mustRegexReplaceAllLiteral) { return replace(call, compile, true, args, ret); }

static bk_status split(bk_call *call, compiler by, const bk_value *args, bk_value *ret) {
    const bk_regex *regex;
    BK_TRY(by(call, fn_str(args, 0), &regex));
    return bk_regex_split(regex, call->arena, fn_str(args, 1), args[2].i, ret, call->err);
}

BK_FN(regexSplit) { return split(call, must_compile, args, ret); }
BK_FN(mustRegexSplit) { return split(call, compile, args, ret); }

BK_FN(regexQuoteMeta) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bk_regex_quote(&out, fn_str(args, 0));
    return fn_ret_buf(call, &out, ret);
}
