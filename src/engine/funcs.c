#include "engine/funcs.h"

#include "base/limits.h"
#include "tmpl/exec.h"
#include "value/gofmt.h"

bk_status bk_drop_no_value(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err) {
    const bk_str mark = BK_S("<no value>");
    bk_buf b;
    size_t at = bk_str_find(text, mark);
    *ret = text;
    if (at == BK_NPOS) return BK_OK;
    bk_buf_init(&b, arena, 0);
    for (; at != BK_NPOS; at = bk_str_find(text, mark)) {
        bk_buf_str(&b, bk_str_sub(text, 0, at));
        text = bk_str_from(text, at + mark.n);
    }
    bk_buf_str(&b, text);
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status fn_include(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    bk_str name = bk_value_str(args[0]), out;
    uint32_t *depth = bk_exec_counter(call->exec, name);
    if (!depth) return bk_call_nomem(call);
    if (*depth > BK_LIMIT_INCLUDE)
        return bk_call_fail(call, "rendering template has a nested reference name: %.*s: unable to execute template", BK_FMT(name));
    ++*depth;
    bk_status s = bk_exec_include(call->exec, name, args[1], &out);
    --*depth;
    if (s == BK_OK) *ret = bk_string(out);
    return s;
}

/* Puts `<what> "<text>": ` in front of the error, the text quoted as Go does. */
static bk_status wrap_text(bk_call *call, const char *what, bk_str text) {
    bk_buf quoted;
    bk_buf_init(&quoted, call->arena, 0);
    bk_fmt_quote(&quoted, text);
    return bk_err_wrap(call->err, "%s %.*s", what, BK_FMT(bk_buf_view(&quoted)));
}

static bk_status fn_tpl(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    (void)argc;
    bk_str text = bk_value_str(args[0]), out;
    bool parsed = false;
    bk_status s = bk_exec_tpl(call->exec, text, args[1], &out, &parsed);
    if (s == BK_ERR) return wrap_text(call, parsed ? "error during tpl function execution for" : "cannot parse template", text);
    BK_TRY(s);
    BK_TRY(bk_drop_no_value(call->arena, out, &out, call->err));
    *ret = bk_string(out);
    return BK_OK;
}

const bk_func bk_engine_funcs[] = {
    {"include", "sa:s", fn_include},
    {"tpl", "sa:s", fn_tpl},
};
const size_t bk_engine_func_count = BK_COUNT(bk_engine_funcs);
