/* reflect.c: Go's types and kinds, as charts ask for them. */
#include "sprig/fn.h"

BK_FN(typeOf) { return fn_ret_str(ret, bk_str_c(bk_type_name(args[0]))); }
BK_FN(kindOf) { return fn_ret_str(ret, bk_str_c(bk_kind_name(args[0]))); }
BK_FN(typeIs) { return fn_ret_bool(ret, bk_str_eq(fn_str(args, 0), bk_str_c(bk_type_name(args[1])))); }
BK_FN(kindIs) { return fn_ret_bool(ret, bk_str_eq(fn_str(args, 0), bk_str_c(bk_kind_name(args[1])))); }

BK_FN(typeIsLike) {
    bk_str want = fn_str(args, 0), type = bk_str_c(bk_type_name(args[1]));
    bool pointer = type.n && type.p[0] == '*';
    return fn_ret_bool(ret, bk_str_eq(want, type) || (pointer && bk_str_eq(want, bk_str_from(type, 1))));
}

BK_FN(deepEqual) { return fn_ret_bool(ret, bk_deep_equal(args[0], args[1])); }
