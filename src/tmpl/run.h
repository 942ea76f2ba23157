/* run.h: the executor's state (internal to src/tmpl). */
#ifndef BK_TMPL_RUN_H
#define BK_TMPL_RUN_H

#include "tmpl/exec.h"
#include "tmpl/set.h"
#include "value/map.h"

/* Go's reflection knows a value's static type as well: an item of a []interface {} is "an interface {} that holds a string". Error texts
 * and nil tell the two apart, so values in the executor carry a mark. Nil with the mark is a nil interface {}, nil without
 * it is "no value". The mark is set when a value is read from a container or returned as interface {}; it never leaves the executor but for
 * the arguments of letter `r`. */
#define BK_IFACE 0x8000u

static inline bk_value bk_bare(bk_value v) {
    v.spare &= (uint16_t)~BK_IFACE;
    return v;
}
static inline bool bk_is_iface(bk_value v) { return v.spare & BK_IFACE; }
static inline bool bk_no_value(bk_value v) { return v.kind == BK_NIL && !bk_is_iface(v); }
static inline bk_value bk_nil_iface(void) {
    bk_value v = bk_nil();
    v.spare = BK_IFACE;
    return v;
}
/* Items of such a container are interface {}. */
static inline bool bk_holds_iface(uint8_t type) {
    return type == BK_T_MAP || type == BK_T_LIST || type == BK_T_VALUES || type == BK_T_YAML_MAP;
}
static inline bk_value bk_item_of(uint8_t container, bk_value item) {
    if (bk_holds_iface(container)) item.spare |= BK_IFACE;
    return item;
}
/* Go's name of the static type. */
static inline const char *bk_static_type(bk_value v) { return bk_is_iface(v) ? "interface {}" : bk_type_name(v); }
/* What a container has for a key that it has not. */
bk_value bk_zero_item(uint8_t container);

/* A slot of a variable that was not declared yet. */
#define BK_T_UNSET 0xFFu

/* ---- the stack of values: arguments, variables, snapshots of maps ---- */

typedef struct bk_stack_chunk {
    struct bk_stack_chunk *next;
    size_t n, cap;
    bk_value items[];
} bk_stack_chunk;

typedef struct bk_stack_mark {
    bk_stack_chunk *chunk;
    size_t n;
} bk_stack_mark;

/* ---- frames: what {{end}} returns to ---- */

typedef enum bk_frame_kind {
    BK_FRAME_BODY, /* of if, with, else */
    BK_FRAME_LOOP,
    BK_FRAME_CALL, /* a template's root */
} bk_frame_kind;

typedef enum bk_loop_kind { BK_LOOP_LIST, BK_LOOP_BYTES, BK_LOOP_PAIRS, BK_LOOP_INT, BK_LOOP_UINT } bk_loop_kind;

typedef struct bk_frame {
    bk_node *const *at, *const *end; /* statements to come */
    uint8_t kind;                    /* bk_frame_kind */
    uint8_t loop;                    /* bk_loop_kind */
    uint8_t type;                    /* LOOP: of the container or the number */
    bk_value dot;                    /* to restore */
    bk_stack_mark mark;
    union {
        struct {
            const bk_node_branch *node;
            const void *items; /* list items; bytes; keys and values in turn */
            uint64_t i, n;
        };
        struct { /* CALL: the callee, and the caller to restore */
            const bk_tmpl *tmpl, *caller;
            const bk_node *caller_at;
            bk_value *caller_vars;
            uint32_t caller_depth;
        };
    };
} bk_frame;

typedef struct bk_tpl_cache bk_tpl_cache;

struct bk_exec {
    bk_call call;       /* arena, err, exec, env: what functions get; its arena is `young` */
    bk_arena *arena;    /* what lives as long as the executor */
    bk_arena young;     /* values made by templates */
    bk_map_log log;     /* older maps that were written to */
    bk_growing growing; /* call.growing */
    size_t collect_at;  /* the size of `young` that is worth a look */
    const bk_tmpl_set *set;
    bk_effects *effects;
    bk_buf *out;
    const bk_tmpl *tmpl;    /* running */
    const bk_node *at;      /* where, for errors */
    const bk_node *call_at; /* where the function stands that was called last: effects are asked from there */
    bk_value dot;
    bk_value *vars;
    bk_missing missing;
    bk_stack_chunk *stack, *stack_first; /* zeroed where no value was */
    bk_frame *frames;
    size_t frame_count, frame_cap;
    uint32_t depth; /* {{template}} within this run */
    uint32_t nest;  /* what is on the C stack, in units of one pipeline: it bounds the stack whatever the template does */
    bk_map *counters;
    bk_tpl_cache *cache;
    uint32_t failures; /* errors raised here so far: tells a function's own failure from a nested template's */
    size_t *links;     /* the chain: lengths of tails of the message, innermost first */
    size_t link_count, link_cap;
};

bk_value *bk_stack_grow(bk_exec *exec, size_t n);
/* Room for n values, uninitialised; NULL without memory (err is set). Given back by bk_stack_release of an earlier mark. */
static inline bk_value *bk_stack_take(bk_exec *exec, size_t n) {
    bk_stack_chunk *c = exec->stack;
    if (BK_LIKELY(n <= c->cap - c->n)) {
        bk_value *p = c->items + c->n;
        c->n += n;
        return p;
    }
    return bk_stack_grow(exec, n);
}
static inline bk_stack_mark bk_stack_marked(const bk_exec *exec) { return (bk_stack_mark){exec->stack, exec->stack->n}; }
static inline void bk_stack_release(bk_exec *exec, bk_stack_mark mark) {
    exec->stack = mark.chunk;
    mark.chunk->n = mark.n;
}

/* ---- collect.c ---- */

/* Takes back values that are out of reach; does nothing while a function runs. `done`: the frame on top, whose statements are run; or NULL. */
void bk_exec_collect(bk_exec *exec, const bk_frame *done);
/* Sets the size at which that is worth while again. */
void bk_exec_collect_later(bk_exec *exec);

/* ---- fail.c: errors at exec->at; all return the status ---- */

BK_COLD bk_status bk_exec_fail(bk_exec *exec, bk_str message);
BK_COLD bk_status bk_exec_failf(bk_exec *exec, const char *fmt, ...) BK_PRINTF(2, 3);
/* before + Go's %q of text + after */
BK_COLD bk_status bk_exec_fail_quoted(bk_exec *exec, const char *before, bk_str text, const char *after);
/* before + the node + after */
BK_COLD bk_status bk_exec_fail_node(bk_exec *exec, const char *before, const bk_node *node, const char *after);
/* before + the value as an action prints it + after */
BK_COLD bk_status bk_exec_fail_value(bk_exec *exec, const char *before, bk_value v, const char *after);
/* Go's ExecuteTemplate of a name that the set does not have: no execution, so no place. */
BK_COLD bk_status bk_exec_fail_unknown(bk_exec *exec, bk_str name);
/* call.err holds what function `name` said; `failures` is exec->failures from before the call. */
BK_COLD bk_status bk_exec_fail_call(bk_exec *exec, bk_str name, uint32_t failures, bk_status status);

/* ---- eval.c ---- */

/* A pipeline with exec->dot; the result carries no mark. */
bk_status bk_eval_pipe(bk_exec *exec, const bk_node_pipe *pipe, bk_value *ret);
/* Puts a value into the variable of a declaration or assignment. */
bk_status bk_eval_set_var(bk_exec *exec, const bk_decl *decl, bk_value v);

/* What stands behind a command's first word. */
typedef struct bk_args {
    bk_node *const *items;
    uint32_t n;
    const bk_value *final; /* from the pipeline's stage before; NULL: none */
} bk_args;

/* An argument, converted for a parameter of that letter (func.h); letter 0: no type is wanted. */
bk_status bk_eval_arg(bk_exec *exec, const bk_node *node, char letter, bk_value *ret);
/* A function without arguments, as an operand. */
bk_status bk_eval_function(bk_exec *exec, const bk_node_function *fn, const bk_node *at, const bk_args *args, bk_value *ret);
/* v.names…, the last of them perhaps a method with arguments. */
bk_status bk_eval_fields(bk_exec *exec, const bk_node *node, bk_names names, const bk_args *args, bk_value *v);

/* ---- call.c ---- */

/* Calls a function, or a method (self is its receiver). Errors of the function itself are at `at`. */
bk_status bk_exec_call(bk_exec *exec, const bk_node_function *fn, const bk_node *at, const bk_args *args, const bk_value *self,
                       bk_value *ret);
/* Makes v fit a parameter of that letter. */
bk_status bk_exec_convert(bk_exec *exec, char letter, bk_value *v);
/* Go's name of a parameter's type. */
const char *bk_letter_type(char letter);
bool bk_letter_takes_nil(char letter);
/* The nil of that type. */
bk_value bk_letter_nil(char letter);

/* ---- tpl.c ---- */

/* The set to run a text in, with the text as the template of the set's name: parsed and cached. */
bk_status bk_tpl_prepare(bk_exec *exec, bk_str text, const bk_tmpl_set **ret);

#endif
