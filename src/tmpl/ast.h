/* ast.h: a parsed template (internal to src/tmpl).
 *
 * Nodes lie in the set's arena, never change after the parse, and are shared by every set that holds the template. Each begins with a bk_node; its
 * `kind` says which of the structs below it is. Text is never copied: names and constants are views of the source.
 *
 * What can be known is settled by the parser: functions are resolved, field names carry their hash, variables are slots of a flat array,
 * constants are values. Everything that Go's parser leaves to execution (a variable that was only ever assigned, say) stays an
 * error of execution here. */
#ifndef BK_TMPL_AST_H
#define BK_TMPL_AST_H

#include "base/buf.h"
#include "tmpl/func.h"

typedef enum bk_node_kind {
    /* statements */
    BK_NODE_TEXT,
    BK_NODE_ACTION,
    BK_NODE_IF,
    BK_NODE_WITH,
    BK_NODE_RANGE,
    BK_NODE_TEMPLATE,
    BK_NODE_BREAK,
    BK_NODE_CONTINUE,
    /* expressions */
    BK_NODE_PIPE,
    BK_NODE_COMMAND,
    BK_NODE_FIELD,
    BK_NODE_VARIABLE,
    BK_NODE_CHAIN,
    BK_NODE_FUNCTION,
    BK_NODE_DOT,
    BK_NODE_NIL,
    BK_NODE_BOOL,
    BK_NODE_NUMBER,
    BK_NODE_STRING,
    /* parser only: they end a list */
    BK_NODE_END,
    BK_NODE_ELSE,
    BK_NODE_EOF,
} bk_node_kind;

typedef struct bk_node {
    uint8_t kind;
    uint8_t flag; /* by kind */
    uint16_t spare;
    uint32_t pos; /* in the source's text */
} bk_node;

/* A sequence of statements. */
typedef struct bk_nodes {
    bk_node **items;
    uint32_t n;
} bk_nodes;

/* A field's name, ready for look-up. */
typedef struct bk_name {
    bk_str text;
    uint32_t hash;
    bool exported; /* begins with a capital letter: could be a method */
} bk_name;

typedef struct bk_names {
    bk_name *items;
    uint32_t n;
} bk_names;

/* Where a variable lives: a slot of the running template's array. `next` is set where a declaration may not have run (it stands in an
 * argument that `and` or `or` can skip): then the slot may be unset and the next one counts. slot BK_NO_SLOT: Go's parser took
 * the name, but nothing declares it. */
typedef struct bk_slot {
    uint32_t slot;
    const struct bk_slot *next;
} bk_slot;
#define BK_NO_SLOT UINT32_MAX

typedef struct bk_node_command {
    bk_node head; /* COMMAND */
    uint32_t n;
    uint32_t reset_from, reset_to; /* and, or: slots that skipped arguments leave unset */
    bk_node **args;
    bk_node *few[4]; /* where args points when they are few */
} bk_node_command;

typedef struct bk_decl {
    bk_str name;
    bk_slot where;
} bk_decl;

typedef struct bk_node_pipe {
    bk_node head; /* PIPE */
    bool assign;  /* $x = …, not $x := … */
    uint8_t decls;
    uint32_t n;
    bk_node_command **cmds;
    bk_node_command *few[2]; /* where cmds points when they are few */
    const bk_node *word;     /* the whole pipeline, when it is one field or variable: the common case */
    bk_decl *decl;           /* two, where there is one at all */
} bk_node_pipe;

typedef struct bk_node_text {
    bk_node head;
    bk_str text;
} bk_node_text;

typedef struct bk_node_action {
    bk_node head;
    bk_node_pipe *pipe;
} bk_node_action;

/* IF, WITH, RANGE; `else if` is an IF alone in the other list. */
typedef struct bk_node_branch {
    bk_node head;
    bool has_else;
    bk_node_pipe *pipe;
    bk_nodes body, other;
} bk_node_branch;

typedef struct bk_node_template {
    bk_node head;
    uint32_t hash;
    bk_str name;
    bk_node_pipe *pipe; /* NULL: none */
} bk_node_template;

typedef struct bk_node_field {
    bk_node head; /* FIELD */
    bk_names names;
} bk_node_field;

typedef struct bk_node_variable {
    bk_node head; /* VARIABLE */
    bk_str name;  /* with its $ */
    bk_slot where;
    bk_names names; /* fields behind it */
} bk_node_variable;

typedef struct bk_node_chain {
    bk_node head;  /* CHAIN */
    bk_node *base; /* PIPE or FUNCTION */
    bk_names names;
} bk_node_chain;

/* What the executor does itself instead of calling code. */
typedef enum bk_special { BK_SPECIAL_NONE, BK_SPECIAL_AND, BK_SPECIAL_OR, BK_SPECIAL_CALL } bk_special;

/* A signature (func.h), taken apart. */
typedef struct bk_signature {
    const char *params; /* one letter each */
    uint32_t n;         /* letters; the last one stands for 0 or more arguments when variadic */
    bool variadic;
    char result;
} bk_signature;

typedef struct bk_node_function {
    bk_node head; /* FUNCTION; flag: bk_special */
    const bk_func *func;
    bk_str name;
    bk_signature sig;
} bk_node_function;

/* head.flag of a number */
enum { BK_NUM_INT = 1, BK_NUM_UINT = 2, BK_NUM_FLOAT = 4, BK_NUM_COMPLEX = 8, BK_NUM_OVERFLOW = 16 };

typedef struct bk_node_number {
    bk_node head; /* NUMBER; flag: which of i, u, f hold it; OVERFLOW: it has no value where the type is open */
    bk_str text;
    int64_t i;
    uint64_t u;
    double f;
    bk_value value; /* its value where nothing says which type is wanted */
} bk_node_number;

typedef struct bk_node_string {
    bk_node head;
    bk_str quoted;
    bk_value value;
} bk_node_string;

/* DOT, NIL, BOOL (flag: its value), BREAK, CONTINUE, END, ELSE, EOF are a bare bk_node. */

/* One text that was parsed. */
typedef struct bk_source {
    bk_str name, text;
} bk_source;

/* One template: a whole text, or what a define or block holds. */
typedef struct bk_tree {
    const bk_source *source;
    bk_str name;
    bk_str raw; /* its bytes, with the define's or block's own actions: what makes two definitions the same */
    bk_nodes root;
    uint32_t slots; /* variables alive at once, $ included */
    bool empty;     /* nothing but space and comments */
} bk_tree;

/* The node as Go's String methods write it: in error messages. */
void bk_node_print(bk_buf *out, const bk_node *node);
/* "file:line:column" of a node, as Go's ErrorContext counts. */
void bk_node_where(bk_buf *out, const bk_source *source, const bk_node *node);

/* Takes a signature apart. */
bk_signature bk_signature_of(const char *signature);

#endif
