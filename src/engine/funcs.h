/* funcs.h: the template functions that need the template engine itself: include and tpl. */
#ifndef BK_ENGINE_FUNCS_H
#define BK_ENGINE_FUNCS_H

#include "tmpl/func.h"

/* Sorted by name. */
extern const bk_func bk_engine_funcs[];
extern const size_t bk_engine_func_count;

/* strings.ReplaceAll(text, "<no value>", ""): Helm takes out what Go prints for a field that is not there. A view of text when there is none. */
bk_status bk_drop_no_value(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err);

#endif
