/* walk.h: where templates call functions, found without executing anything. */
#ifndef BK_TMPL_WALK_H
#define BK_TMPL_WALK_H

#include "tmpl/tmpl.h"

#define BK_WALK_ARGS 8u               /* arguments of a call that are told */
#define BK_WALK_ARG_MAX ((size_t)200) /* bytes of an argument's text */

typedef struct bk_walk_arg {
    bk_str text;  /* the text of a constant, else the expression as Go prints it, cut */
    bool literal; /* a constant */
} bk_walk_arg;

typedef struct bk_walk_call {
    bk_str function;
    bk_str where;    /* "file:line:column" */
    bk_str template; /* the define or file that it stands in */
    bk_walk_arg args[BK_WALK_ARGS];
    size_t arg_count;
    bool piped; /* a last argument comes from a pipeline */
} bk_walk_call;

/* Calls `each` for every place in the set's templates, replaced definitions included, that names a function; texts live until it returns. Anything but BK_OK ends
 * the walk. */
bk_status bk_tmpl_walk(const bk_tmpl_set *set, bk_status (*each)(void *self, const bk_walk_call *call, bk_err *err), void *self,
                       bk_err *err);

#endif
