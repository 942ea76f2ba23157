/* parse.h: the parser's state (internal to src/tmpl).
 *
 * The parser is a recursive descent with three tokens of look-ahead, as Go's is: the number of tokens read decides about the line that an error names.
 * Functions return NULL or false on failure and have filled p->err then. */
#ifndef BK_TMPL_PARSE_H
#define BK_TMPL_PARSE_H

#include "tmpl/lex.h"
#include "tmpl/scope.h"
#include "tmpl/set.h"

/* A template being parsed: the text's own, or that of a define or block within it. */
typedef struct bk_tree_state {
    bk_tok tok[3];
    int ahead;           /* tokens pushed back */
    bool in_action;
    uint32_t action_pos; /* where the action began */
    uint32_t range_depth;
    uint32_t parens;
    bk_scope scope;
} bk_tree_state;

typedef struct bk_parser {
    bk_arena *arena;
    bk_err *err;
    const bk_tmpl_set *set;
    const bk_source *source;
    bk_lexer lexer;
    bk_tree_state *t; /* the innermost */
    uint32_t nesting;
    void **scratch; /* children of unfinished nodes */
    size_t scratch_count, scratch_cap;
    struct bk_map *names; /* of trees: name to position in trees */
    bk_trees trees;
    size_t tree_cap;
} bk_parser;

/* ---- tokens ---- */
bk_tok bk_parse_next(bk_parser *p);
bk_tok bk_parse_next_word(bk_parser *p); /* the next that is no space */
bk_tok bk_parse_peek(bk_parser *p);
bk_tok bk_parse_peek_word(bk_parser *p);
static inline void bk_parse_backup(bk_parser *p) { p->t->ahead++; }
/* Puts back two or three tokens: the newest is still in place. */
void bk_parse_backup2(bk_parser *p, bk_tok t1);
void bk_parse_backup3(bk_parser *p, bk_tok t2, bk_tok t1);

/* ---- failing: all return NULL ---- */
void *bk_parse_fail(bk_parser *p, bk_str message);
void *bk_parse_failf(bk_parser *p, const char *fmt, ...) BK_PRINTF(2, 3);
/* "<before>" + Go's %q of text + "<after>" */
void *bk_parse_fail_quoted(bk_parser *p, const char *before, bk_str text, const char *after);
void *bk_parse_fail_node(bk_parser *p, const char *before, const bk_node *node, const char *after);
void *bk_parse_unexpected(bk_parser *p, bk_tok tok, const char *context);
void *bk_parse_nomem(bk_parser *p);

/* ---- nodes ---- */
void *bk_parse_new(bk_parser *p, bk_node_kind kind, uint32_t pos, size_t size);
#define BK_PARSE_NEW(p, kind, pos, type) ((type *)bk_parse_new((p), (kind), (pos), sizeof(type)))
/* Children collect on the scratch stack; what lies above `mark` becomes an array. */
bool bk_parse_push(bk_parser *p, void *child) BK_MUST;
bool bk_parse_collect(bk_parser *p, size_t mark, void ***ret, uint32_t *ret_count) BK_MUST;

/* ---- parse_expr.c ---- */
/* Up to the token `end`. `context` is what messages call it; "range" allows two variables. */
bk_node_pipe *bk_parse_pipeline(bk_parser *p, const char *context, bk_tok_kind end);

#endif
