/* flow.c: fail and required. In lint mode they only leave a line in the log. */
#include "base/unicode.h"
#include "base/utf8.h"
#include "sprig/fn.h"
#include "value/gofmt.h"

static bool needs_quotes(bk_str s) {
    if (s.n == 0) return true;
    for (size_t i = 0, width; i < s.n; i += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(s, i), &width);
        if (rune < 0x80 ? rune <= ' ' || rune == '=' || rune == '"'
                        : rune == BK_RUNE_ERROR || bk_rune_is_space(rune) || !bk_rune_is_print(rune))
            return true;
    }
    return false;
}

/* msg="…" message=…, as Go's slog writes attributes. */
static bk_status log_line(bk_call *call, const char *level, const char *what, bk_str message) {
    bk_sprig_env *env = bk_sprig_env_of(call);
    if (!env->log) return BK_OK;
    bk_buf line;
    bk_buf_init(&line, call->arena, 0);
    bk_buf_printf(&line, "msg=\"%s\" message=", what);
    if (needs_quotes(message)) bk_fmt_quote(&line, message);
    else bk_buf_str(&line, message);
    BK_TRY(bk_buf_check(&line, call->err));
    return env->log(call, level, bk_buf_view(&line));
}

static bk_status fail_with(bk_call *call, bk_str message) {
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    bk_buf_c(&text, BK_WARN_START);
    bk_buf_str(&text, message);
    bk_buf_c(&text, BK_WARN_END);
    BK_TRY(bk_buf_check(&text, call->err));
    return bk_err_set_str(call->err, BK_ERR, bk_buf_view(&text));
}

BK_FN(fail) {
    if (!bk_sprig_env_of(call)->lint) return fail_with(call, fn_str(args, 0));
    BK_TRY(log_line(call, "INFO", "funcMap fail", fn_str(args, 0)));
    return fn_ret_str(ret, BK_S(""));
}

BK_FN(required) {
    bool nil = bk_is_nil(args[1]);
    if (!nil && !(bk_is_string(args[1]) && args[1].len == 0)) {
        *ret = args[1];
        return BK_OK;
    }
    if (!bk_sprig_env_of(call)->lint) return fail_with(call, fn_str(args, 0));
    BK_TRY(log_line(call, "WARN", nil ? "missing required value" : "missing required values", fn_str(args, 0)));
    return fn_ret_str(ret, BK_S(""));
}
