/* print.h: showing values (internal to src/tmpl). */
#ifndef BK_TMPL_PRINT_H
#define BK_TMPL_PRINT_H

#include "tmpl/ast.h"

/* Appends what an action prints. */
bk_status bk_tmpl_print(bk_exec *exec, const bk_node *node, bk_value v);
/* The text that html, js and urlquery escape: the arguments as an action would print them, spaced as print does. */
bk_status bk_tmpl_args_text(bk_call *call, const bk_value *args, size_t argc, bk_str *ret);

bk_status bk_tmpl_fn_print(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_println(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);
bk_status bk_tmpl_fn_printf(bk_call *call, const bk_value *args, size_t argc, bk_value *ret);

#endif
