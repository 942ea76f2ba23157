/* builtin.h: the functions that every template has (internal to src/tmpl). */
#ifndef BK_TMPL_BUILTIN_H
#define BK_TMPL_BUILTIN_H

#include "tmpl/func.h"

/* ---- compare.c ---- */
bk_status bk_tmpl_fn_eq(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_ne(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_lt(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_le(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_gt(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_ge(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);

/* ---- escape.c ---- */
bk_status bk_tmpl_fn_html(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_js(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_urlquery(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);

#endif
