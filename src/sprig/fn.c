#include "sprig/fn.h"

#include "value/gofmt.h"

bk_status fn_ret_buf(bk_call *call, bk_buf *buf, bk_value *ret) {
    BK_TRY(bk_buf_check(buf, call->err));
    *ret = bk_string(bk_buf_take(buf));
    return BK_OK;
}

bk_status fn_bytes(bk_call *call, size_t n, char **ret) {
    if (n >= BK_LIMIT_STRING) return bk_err_limit(call->err, "size of a string", BK_LIMIT_STRING);
    *ret = bk_arena_alloc(call->arena, n + 1);
    if (!*ret) return bk_call_nomem(call);
    (*ret)[n] = 0;
    return BK_OK;
}

bk_status fn_items(bk_call *call, size_t n, bk_value **ret) {
    size_t bytes;
    if (n > BK_LIMIT_LIST || !bk_mul(n, sizeof **ret, &bytes)) {
        bk_err_limit(call->err, "items of a list", BK_LIMIT_LIST);
        return BK_ERR_LIMIT;
    }
    *ret = bk_arena_alloc(call->arena, bytes);
    if (*ret) return BK_OK;
    return bk_call_nomem(call) == BK_ERR_LIMIT ? BK_ERR_LIMIT : BK_ERR_NOMEM;
}

bk_status fn_put_text(bk_call *call, bk_buf *out, bk_value v) {
    if (v.kind != BK_STRING) return bk_fmt_value(out, v, call->err);
    bk_buf_str(out, bk_value_str(v));
    return BK_OK;
}

bk_status fn_text(bk_call *call, bk_value v, bk_str *ret) {
    if (v.kind == BK_STRING) {
        *ret = bk_value_str(v);
        return BK_OK;
    }
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    BK_TRY(bk_fmt_value(&out, v, call->err));
    BK_TRY(bk_buf_check(&out, call->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

bk_status fn_texts(bk_call *call, bk_value v, bk_value *ret) {
    if (v.type == BK_T_STRINGS) {
        *ret = v;
        return BK_OK;
    }
    bool one = !fn_is_seq(v);
    fn_seq s = {v, one ? 1 : v.len};
    bk_value *items;
    BK_TRY(fn_items(call, s.n, &items));
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bk_value item = one ? v : fn_seq_at(&s, i);
        if (bk_is_nil(item)) continue;
        bk_str text;
        BK_TRY(fn_text(call, item, &text));
        items[n++] = bk_string(text);
    }
    *ret = bk_list_typed(BK_T_STRINGS, n ? items : bk_no_items, n);
    return BK_OK;
}

bool fn_empty(bk_value v) { return !bk_truth(v); }

bk_status fn_seq_of(bk_call *call, bk_value v, const char *refusal, fn_seq *ret) {
    if (bk_is_nil(v)) return fn_panic_nil(call);
    if (!fn_is_seq(v)) return bk_call_fail(call, "%s%s", refusal, bk_kind_name(v));
    *ret = (fn_seq){v, v.len};
    return BK_OK;
}

void fn_seq_copy(const fn_seq *s, size_t from, size_t n, bk_value *to) {
    if (s->v.kind == BK_LIST) {
        if (n) memcpy(to, s->v.items + from, n * sizeof *to);
        return;
    }
    for (size_t i = 0; i < n; i++) to[i] = fn_seq_at(s, from + i);
}

bk_status fn_panic_nil(bk_call *call) { return bk_call_fail(call, "runtime error: invalid memory address or nil pointer dereference"); }

bk_status fn_panic_makeslice(bk_call *call) { return bk_call_fail(call, "runtime error: makeslice: len out of range"); }

bk_status fn_panic_conversion(bk_call *call, bk_value v, const char *want) {
    return bk_call_fail(call, "interface conversion: interface {} is %s, not %s", bk_is_nil(v) ? "nil" : bk_type_name(v), want);
}

bool fn_forgive(bk_call *call, bk_status status) {
    if (status != BK_ERR) return false;
    bk_err_release(call->err);
    return true;
}
