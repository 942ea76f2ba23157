/* defaults.c: choosing between values. A value is empty when it is nil, false, 0 or has no items. */
#include "sprig/fn.h"

BK_FN(default) {
    *ret = argc < 2 || fn_empty(args[1]) ? args[0] : args[1];
    return BK_OK;
}

BK_FN(empty) { return fn_ret_bool(ret, fn_empty(args[0])); }

BK_FN(coalesce) {
    size_t i = 0;
    while (i < argc && fn_empty(args[i])) i++;
    *ret = i < argc ? args[i] : bk_nil();
    return BK_OK;
}

BK_FN(all) {
    for (size_t i = 0; i < argc; i++)
        if (fn_empty(args[i])) return fn_ret_bool(ret, false);
    return fn_ret_bool(ret, true);
}

BK_FN(any) {
    for (size_t i = 0; i < argc; i++)
        if (!fn_empty(args[i])) return fn_ret_bool(ret, true);
    return fn_ret_bool(ret, false);
}

BK_FN(ternary) {
    *ret = args[args[2].b ? 0 : 1];
    return BK_OK;
}
