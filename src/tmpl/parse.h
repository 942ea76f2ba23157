/* parse.h: the parser's state (internal to src/tmpl).
 *
 * The parser is a recursive descent that looks ahead exactly as far as Go's does: the newest token read decides about the line that an error names.
 * Functions return NULL or false on failure and have filled p->err then. */
#ifndef BK_TMPL_PARSE_H
#define BK_TMPL_PARSE_H

#include "base/hash.h"
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
    bk_name values; /* "Values" */
    /* parse_usual.c */
    const char *at, *stop; /* where it goes on; the text's last byte */
    uint32_t depth;        /* of parentheses */
    bool failed;           /* not for what the text says */
    bk_node **nodes;       /* statements of unfinished lists */
    size_t node_count, node_cap;
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
/* Inline, for then the size is known. Not zeroed: what is usual fills all of its fields. */
static inline void *bk_parse_room(bk_parser *p, size_t size) {
    void *room = bk_arena_alloc(p->arena, size);
    return BK_LIKELY(room != NULL) ? room : bk_parse_nomem(p);
}
static inline bk_node bk_parse_head(bk_node_kind kind, uint32_t pos) { return (bk_node){.kind = (uint8_t)kind, .pos = pos}; }
/* Zeroed. */
static inline void *bk_parse_new(bk_parser *p, bk_node_kind kind, uint32_t pos, size_t size) {
    bk_node *node = bk_parse_room(p, size);
    if (BK_UNLIKELY(!node)) return NULL;
    memset(node, 0, size);
    *node = bk_parse_head(kind, pos);
    return node;
}
#define BK_PARSE_NEW(p, kind, pos, type) ((type *)bk_parse_new((p), (kind), (pos), sizeof(type)))
/* Room for one more in an array of n pointers that began in a node, which holds a few (a power of two): where the array is then. NULL without memory. */
void *bk_parse_widen(bk_parser *p, void *items, uint32_t n, size_t few) BK_MUST;
BK_MUST static inline bool bk_parse_add_arg(bk_parser *p, bk_node_command *cmd, bk_node *arg) {
    size_t few = BK_COUNT(cmd->few);
    if (BK_UNLIKELY(cmd->n >= few) && !(cmd->args = bk_parse_widen(p, (void *)cmd->args, cmd->n, few))) return false;
    cmd->args[cmd->n++] = arg;
    return true;
}
BK_MUST static inline bool bk_parse_add_command(bk_parser *p, bk_node_pipe *pipe, bk_node_command *cmd) {
    size_t few = BK_COUNT(pipe->few);
    if (BK_UNLIKELY(pipe->n >= few) && !(pipe->cmds = bk_parse_widen(p, (void *)pipe->cmds, pipe->n, few))) return false;
    pipe->cmds[pipe->n++] = cmd;
    return true;
}
/* The pipeline's `word`, where it is one. */
static inline void bk_parse_find_word(bk_node_pipe *pipe) {
    if (pipe->n != 1 || pipe->decls || pipe->few[0]->n != 1) return;
    const bk_node *word = pipe->few[0]->few[0];
    if (word->kind == BK_NODE_FIELD || word->kind == BK_NODE_VARIABLE) pipe->word = word;
}

/* ---- parse_expr.c ---- */
/* A pipeline and its first command: what most of them are. */
typedef struct bk_pipe_room {
    bk_node_pipe pipe;
    bk_node_command first;
} bk_pipe_room;
/* Up to the token `end`, into `room`, which need not be zeroed. `context` is what messages call it; "range" allows two variables. NULL on failure. */
bk_node_pipe *bk_parse_pipeline(bk_parser *p, bk_pipe_room *room, const char *context, bk_tok_kind end);
/* "$x" of a declaration or an assignment was read. */
bool bk_parse_add_decl(bk_parser *p, bk_node_pipe *pipe, bk_str name) BK_MUST;

/* ---- nodes of names ---- */
static inline bk_name bk_parse_name(bk_str text) {
    return (bk_name){text, bk_str_hash_inline(text), text.n && text.p[0] >= 'A' && text.p[0] <= 'Z'};
}

static inline bk_node *bk_parse_new_function(bk_parser *p, const bk_found_func *found, bk_str name, uint32_t pos) {
    bk_node_function *node = bk_parse_room(p, sizeof *node);
    if (!node) return NULL;
    node->head = bk_parse_head(BK_NODE_FUNCTION, pos);
    node->head.flag = found->special;
    node->func = found->func;
    node->name = name;
    node->sig = found->sig;
    return &node->head;
}

/* ---- parse_usual.c: what is usual, straight from the text ----
 *
 * For when no token was put back. */
/* A pipeline up to the end of its action, which is the newest token then; the variables it declares are still to be resolved. */
typedef enum bk_usual { BK_USUAL_NOT /* nothing was read: ask the tokens */, BK_USUAL_READ, BK_USUAL_FAILED } bk_usual;
bk_usual bk_parse_usual(bk_parser *p, bk_pipe_room *room, const char *context);

/* At the start of an action: reads one of these words, "end" and "else" with the end of their action, which is the newest token then. NONE: what stands there is a pipeline;
 * NOT: ask the tokens. */
typedef enum bk_word {
    BK_WORD_NOT,
    BK_WORD_NONE,
    BK_WORD_IF,
    BK_WORD_RANGE,
    BK_WORD_WITH,
    BK_WORD_TEMPLATE,
    BK_WORD_END,
    BK_WORD_ELSE
} bk_word;
bk_word bk_parse_usual_word(bk_parser *p);
/* The name of a template. False: ask the tokens. */
bool bk_parse_usual_name(bk_parser *p, bk_str *ret, uint32_t *ret_pos);

#endif
