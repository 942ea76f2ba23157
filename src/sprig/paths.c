/* paths.c: slash-separated paths, as Go's path package takes them; the os* functions do the same on the systems that charts are made for. */
#include "sprig/fn.h"
#include "text/path.h"

static bk_status clean(bk_call *call, bk_str path, bk_value *ret) {
    if (!bk_path_clean(call->arena, path, &path)) return bk_call_nomem(call);
    return fn_ret_str(ret, path);
}

BK_FN(clean) { return clean(call, fn_str(args, 0), ret); }

BK_FN(dir) {
    bk_str s = fn_str(args, 0);
    size_t slash = bk_str_rfind_byte(s, '/');
    return clean(call, bk_str_sub(s, 0, slash == BK_NPOS ? 0 : slash + 1), ret);
}

BK_FN(base) { return fn_ret_str(ret, bk_path_last(fn_str(args, 0))); }

BK_FN(ext) {
    bk_str s = fn_str(args, 0);
    size_t dot = bk_str_rfind_byte(s, '.'), slash = bk_str_rfind_byte(s, '/');
    if (dot == BK_NPOS || (slash != BK_NPOS && slash > dot)) return fn_ret_str(ret, BK_S(""));
    return fn_ret_str(ret, bk_str_from(s, dot));
}

BK_FN(isAbs) { return fn_ret_bool(ret, args[0].len && args[0].s[0] == '/'); }
