/* What an action prints, and the printing functions: all through the one formatter (value/gofmt.h). */
#include "tmpl/print.h"

#include "base/num.h"
#include "tmpl/run.h"
#include "value/gofmt.h"

bk_status bk_tmpl_print(bk_exec *ex, const bk_node *node, bk_value v) {
    bk_buf *out = ex->out;
    ex->at = node;
    switch ((bk_kind)v.kind) {
    case BK_NIL: bk_buf_str(out, BK_S("<no value>")); return BK_OK;
    case BK_BOOL: bk_buf_str(out, v.b ? BK_S("true") : BK_S("false")); return BK_OK;
    case BK_STRING:
        if (v.type != BK_T_STRING) break;
        bk_buf_str(out, bk_value_str(v));
        return BK_OK;
    case BK_INT:
        if (v.type == BK_T_DURATION || v.type == BK_T_MONTH || v.type == BK_T_WEEKDAY) break;
        bk_buf_int(out, v.i);
        return BK_OK;
    case BK_OBJECT:
        if (!v.object || !v.object->class->show) break;
        return v.object->class->show(v.object, out, ex->call.err);
    case BK_FLOAT:
        /* What YAML reads as a number is a float64, and mostly a small whole one. Zero has a sign, and 1e6 an exponent. */
        if (!(v.f >= 1 && v.f < 1e6) || (double)(int64_t)v.f != v.f) break;
        bk_buf_int(out, (int64_t)v.f);
        return BK_OK;
    default: break;
    }
    if (v.type == BK_T_FUNC) return bk_exec_fail_node(ex, "can't print ", node, " of type func");
    return bk_fmt_value(out, v, ex->call.err);
}

/* What is shown of an argument: of a pointer the struct, where no method speaks. */
static bk_value shown_of(bk_value v) {
    if (bk_is_nil(v)) return bk_string(BK_S("<no value>"));
    if (v.kind == BK_OBJECT && v.type == BK_T_POINTER && v.object && v.object->class->fields && !v.object->class->print)
        v.type = BK_T_STRUCT;
    return v;
}

static bk_status text_of(bk_call *call, const bk_value *args, size_t argc, bk_buf *out) {
    bk_value *shown = BK_NEW_ARRAY(call->arena, bk_value, argc);
    if (!shown) return bk_call_nomem(call);
    for (size_t i = 0; i < argc; i++) shown[i] = shown_of(args[i]);
    return bk_fmt_sprint(out, shown, argc, call->err);
}

bk_status bk_tmpl_args_text(bk_call *call, const bk_value *args, size_t argc, bk_str *ret) {
    if (argc == 1 && args[0].type == BK_T_STRING) {
        *ret = bk_value_str(args[0]);
        return BK_OK;
    }
    bk_buf b;
    bk_buf_init(&b, call->arena, 0);
    BK_TRY(text_of(call, args, argc, &b));
    BK_TRY(bk_buf_check(&b, call->err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

/* ---- functions ---- */

static bk_status finish(bk_call *call, bk_buf *b, bk_status status, bk_value *ret) {
    BK_TRY(status);
    BK_TRY(bk_buf_check(b, call->err));
    *ret = bk_string(bk_buf_take(b));
    return BK_OK;
}

bk_status bk_tmpl_fn_print(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    bk_buf b;
    bk_buf_init(&b, call->arena, 0);
    return finish(call, &b, bk_fmt_sprint(&b, args, argc, call->err), ret);
}

bk_status bk_tmpl_fn_println(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    bk_buf b;
    bk_buf_init(&b, call->arena, 0);
    return finish(call, &b, bk_fmt_sprintln(&b, args, argc, call->err), ret);
}

bk_status bk_tmpl_fn_printf(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    bk_buf b;
    bk_buf_init(&b, call->arena, 0);
    return finish(call, &b, bk_fmt_sprintf(&b, bk_value_str(args[0]), args + 1, argc - 1, call->err), ret);
}
