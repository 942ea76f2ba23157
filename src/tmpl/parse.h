/* parse.h: the parser's state (internal to src/tmpl).
 *
 * The parser is a recursive descent that looks ahead exactly as far as Go's does: the newest token read decides about the line that an error names.
 * Functions return NULL or false on failure and have filled p->err then. */
#ifndef BK_TMPL_PARSE_H
#define BK_TMPL_PARSE_H

#include "tmpl/lex.h"
#include "tmpl/scope.h"
#include "tmpl/set.h"

/* A template being parsed: the text's own, or that of a define or block within it. */
typedef struct bk_tree_state {
    bk_tok tok[2]; /* the newest first */
    int ahead;     /* tokens pushed back */
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
    bk_node mark;   /* the END or ELSE that was read last */
    void **scratch; /* children of unfinished nodes */
    size_t scratch_count, scratch_cap;
    struct bk_map *names; /* of trees: name to position in trees */
    bk_trees trees;
    size_t tree_cap;
} bk_parser;

/* ---- tokens ---- */
/* The pointer is good until another one is read. */
static inline const bk_tok *bk_parse_next(bk_parser *p) {
    bk_tree_state *t = p->t;
    if (t->ahead > 0) t->ahead--;
    else bk_lexer_next(&p->lexer, &t->tok[0]);
    return &t->tok[t->ahead];
}
/* The same, left to be read. */
static inline const bk_tok *bk_parse_peek(bk_parser *p) {
    bk_tree_state *t = p->t;
    if (t->ahead > 0) return &t->tok[t->ahead - 1];
    bk_lexer_next(&p->lexer, &t->tok[0]);
    t->ahead = 1;
    return &t->tok[0];
}
/* Puts back the token that was read last. */
static inline void bk_parse_backup(bk_parser *p) { p->t->ahead++; }
/* Puts back two tokens: the newest, which is still in place, and t1 before it. */
static inline void bk_parse_backup2(bk_parser *p, bk_tok t1) {
    p->t->tok[1] = t1;
    p->t->ahead = 2;
}

/* ---- failing: all return NULL ---- */
BK_COLD void *bk_parse_fail(bk_parser *p, bk_str message);
BK_COLD void *bk_parse_failf(bk_parser *p, const char *fmt, ...) BK_PRINTF(2, 3);
/* "<before>" + Go's %q of text + "<after>" */
BK_COLD void *bk_parse_fail_quoted(bk_parser *p, const char *before, bk_str text, const char *after);
BK_COLD void *bk_parse_fail_node(bk_parser *p, const char *before, const bk_node *node, const char *after);
BK_COLD void *bk_parse_unexpected(bk_parser *p, bk_tok tok, const char *context);
BK_COLD void *bk_parse_nomem(bk_parser *p);

/* ---- nodes ---- */
/* Zeroed, and inline, for then the size is known. */
static inline void *bk_parse_new(bk_parser *p, bk_node_kind kind, uint32_t pos, size_t size) {
    bk_node *node = bk_arena_alloc(p->arena, size);
    if (BK_UNLIKELY(!node)) return bk_parse_nomem(p);
    memset(node, 0, size);
    node->kind = (uint8_t)kind;
    node->pos = pos;
    return node;
}
#define BK_PARSE_NEW(p, kind, pos, type) ((type *)bk_parse_new((p), (kind), (pos), sizeof(type)))
/* Children collect on the scratch stack; what lies above `mark` becomes an array. */
bool bk_parse_push_slow(bk_parser *p, void *child) BK_MUST;
BK_MUST static inline bool bk_parse_push(bk_parser *p, void *child) {
    if (BK_UNLIKELY(p->scratch_count == p->scratch_cap)) return bk_parse_push_slow(p, child);
    p->scratch[p->scratch_count++] = child;
    return true;
}
void *bk_parse_collect(bk_parser *p, size_t mark, uint32_t *ret_count) BK_MUST;

/* ---- parse_expr.c ---- */
/* A pipeline and its first command: what most of them are. */
typedef struct bk_pipe_room {
    bk_node_pipe pipe;
    bk_node_command first;
} bk_pipe_room;
/* Up to the token `end`, into `room`, which is zeroed. `context` is what messages call it; "range" allows two variables. NULL on failure. */
bk_node_pipe *bk_parse_pipeline(bk_parser *p, bk_pipe_room *room, const char *context, bk_tok_kind end);
/* A field or a variable alone, up to the end of the action. False: it is something else, and nothing has been read; a variable that is not known is too. */
bool bk_parse_at_path(bk_parser *p, bk_lexer_names *ret);
bk_node_pipe *bk_parse_path(bk_parser *p, bk_pipe_room *room, const bk_lexer_names *path);

#endif
