/* constant.h: literals of templates (internal to src/tmpl). */
#ifndef BK_TMPL_CONSTANT_H
#define BK_TMPL_CONSTANT_H

#include "tmpl/ast.h"
#include "tmpl/lex.h"

typedef enum bk_constant_result {
    BK_CONSTANT_OK,
    BK_CONSTANT_BAD, /* *ret_message says why, as Go does */
    BK_CONSTANT_NOMEM,
} bk_constant_result;

/* A number, a character constant or a complex number into node (text, flag, i, u, f, value). */
bk_constant_result bk_constant_number(bk_arena *arena, const bk_tok *tok, bk_node_number *node, bk_str *ret_message);
/* strconv.Unquote of a quoted or raw string: a view where nothing is escaped. */
bk_constant_result bk_constant_string(bk_arena *arena, bk_str quoted, bk_str *ret, bk_str *ret_message);

#endif
