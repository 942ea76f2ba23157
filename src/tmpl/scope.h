/* scope.h: the variables of a template while it is parsed (internal to src/tmpl).
 *
 * Two things are tracked, because Go does. What the parser *knows*: the names it has seen declared or assigned, which decides about "undefined
 * variable". And what is *live*: the stack of variables as execution will have it; a variable's slot is its place there. They
 * differ for `{{$x = 1}}` without a declaration, for `{{$x := $x}}`, and in an else branch, which still knows what the other branch declared. */
#ifndef BK_TMPL_SCOPE_H
#define BK_TMPL_SCOPE_H

#include "tmpl/ast.h"

typedef struct bk_scope_var {
    bk_str name;
    uint32_t hash;
    uint32_t known; /* how often it is on the known stack */
    uint32_t live;  /* its newest slot + 1, 0: none */
} bk_scope_var;

typedef struct bk_scope_live {
    uint32_t var;
    uint32_t older; /* the variable's slot + 1 below this one */
    bool maybe;     /* declared where execution may not come by */
} bk_scope_live;

typedef struct bk_scope {
    bk_arena *arena;
    bk_scope_var *vars; /* the first is $ */
    uint32_t *table;    /* variables but $ by hash: their numbers, 0: none; made when the first is declared */
    uint32_t table_mask;
    uint32_t *known;
    bk_scope_live *live;
    uint32_t var_count, var_cap, known_count, known_cap, live_count, live_cap;
    uint32_t slots; /* the most that were live at once */
    uint32_t maybe; /* > 0: what is declared now may be skipped */
    struct {
        bk_scope_var vars[2];
        bk_scope_live live[2];
    } room; /* the first of both */
} bk_scope;

/* A scope that holds $ in slot 0; it may not be moved. */
void bk_scope_init(bk_scope *scope, bk_arena *arena);
/* The parser has read a declaration or an assignment. False without memory, here and below. */
bool bk_scope_know(bk_scope *scope, bk_str name) BK_MUST;
/* The variable, if it is known; else NULL. */
const bk_scope_var *bk_scope_known(const bk_scope *scope, bk_str name);
/* Execution declares it: a new slot. */
bool bk_scope_declare(bk_scope *scope, bk_str name, bk_slot *ret) BK_MUST;
/* Where a use finds it; BK_NO_SLOT when nothing declares it. */
bool bk_scope_use(bk_scope *scope, const bk_scope_var *var, bk_slot *ret) BK_MUST;
bool bk_scope_find(bk_scope *scope, bk_str name, bk_slot *ret) BK_MUST;
/* Back to the counts that known_count and live_count had. */
void bk_scope_forget(bk_scope *scope, uint32_t known_count);
void bk_scope_pop(bk_scope *scope, uint32_t live_count);

#endif
