#include "tmpl/walk.h"

#include "base/limits.h"
#include "tmpl/set.h"

/* Blocks within blocks, and parentheses within those. */
#define WALK_DEPTH (BK_TMPL_NESTING + 2 * BK_TMPL_PARENS + 100)

typedef struct walker {
    const bk_tree *tree;
    bk_status (*each)(void *self, const bk_walk_call *call, bk_err *err);
    void *self;
    unsigned depth;
    bk_err *err;
} walker;

static bk_status expression(walker *w, const bk_node *node);
static bk_status statements(walker *w, const bk_nodes *nodes);

/* ---- a call ---- */

static void put_arg(bk_buf *room, const bk_node *node, bk_walk_arg *ret) {
    const bk_node_string *s = (const void *)node;
    const bk_node_number *n = (const void *)node;
    *ret = (bk_walk_arg){.literal = node->kind == BK_NODE_STRING || node->kind == BK_NODE_NUMBER};
    if (node->kind == BK_NODE_STRING) ret->text = bk_value_str(s->value);
    else if (node->kind == BK_NODE_NUMBER) ret->text = n->text;
    else {
        size_t before = room->n;
        bk_node_print(room, node);
        ret->text = bk_str_from(bk_buf_view(room), before);
    }
    ret->text = bk_str_sub(ret->text, 0, BK_WALK_ARG_MAX);
}

/* `command` is NULL for a function that stands alone as an argument. */
static bk_status tell(walker *w, const bk_node *node, const bk_node_command *command, bool piped) {
    const bk_node_function *f = (const void *)node;
    bk_walk_call call = {.function = f->name, .template = w->tree->name, .piped = piped};
    bk_arena arena;
    bk_buf where, room[BK_WALK_ARGS];
    bk_arena_init(&arena, 0);
    bk_buf_init(&where, &arena, 0);
    bk_node_where(&where, w->tree->source, node);
    for (uint32_t i = 1; command && i < command->n && call.arg_count < BK_WALK_ARGS; i++) {
        bk_buf_init(&room[call.arg_count], &arena, 0);
        put_arg(&room[call.arg_count], command->args[i], &call.args[call.arg_count]);
        call.arg_count++;
    }
    bk_status s = bk_buf_check(&where, w->err);
    call.where = bk_buf_view(&where);
    if (s == BK_OK) s = w->each(w->self, &call, w->err);
    bk_arena_release(&arena);
    return s;
}

/* ---- expressions ---- */

static bk_status command(walker *w, const bk_node_command *c, bool piped) {
    for (uint32_t i = 0; i < c->n; i++) {
        if (i == 0 && c->args[i]->kind == BK_NODE_FUNCTION) BK_TRY(tell(w, c->args[i], c, piped));
        else BK_TRY(expression(w, c->args[i]));
    }
    return BK_OK;
}

static bk_status pipeline(walker *w, const bk_node_pipe *pipe) {
    if (!pipe) return BK_OK;
    if (w->depth == 0) return bk_err_limit(w->err, "nesting of a template", WALK_DEPTH);
    w->depth--;
    for (uint32_t i = 0; i < pipe->n; i++) BK_TRY(command(w, pipe->cmds[i], i > 0));
    w->depth++;
    return BK_OK;
}

static bk_status expression(walker *w, const bk_node *node) {
    const bk_node_chain *chain = (const void *)node;
    if (node->kind == BK_NODE_FUNCTION) return tell(w, node, NULL, false);
    if (node->kind == BK_NODE_PIPE) return pipeline(w, (const void *)node);
    if (node->kind == BK_NODE_CHAIN) return expression(w, chain->base);
    return BK_OK;
}

/* ---- statements ---- */

/* A chain of "else if" nests no deeper however long it is, as where it is run. */
static bk_status branch(walker *w, const bk_node_branch *b) {
    for (;;) {
        BK_TRY(pipeline(w, b->pipe));
        BK_TRY(statements(w, &b->body));
        bool chained = b->head.kind != BK_NODE_RANGE && b->other.n == 1 && b->other.items[0]->kind == b->head.kind;
        if (!chained) return statements(w, &b->other);
        b = (const void *)b->other.items[0];
    }
}

static bk_status statement(walker *w, const bk_node *node) {
    switch (node->kind) {
    case BK_NODE_ACTION: return pipeline(w, ((const bk_node_action *)(const void *)node)->pipe);
    case BK_NODE_IF:
    case BK_NODE_WITH:
    case BK_NODE_RANGE: return branch(w, (const void *)node);
    case BK_NODE_TEMPLATE: return pipeline(w, ((const bk_node_template *)(const void *)node)->pipe);
    default: return BK_OK;
    }
}

static bk_status statements(walker *w, const bk_nodes *nodes) {
    if (w->depth == 0) return bk_err_limit(w->err, "nesting of a template", WALK_DEPTH);
    w->depth--;
    for (uint32_t i = 0; i < nodes->n; i++) BK_TRY(statement(w, nodes->items[i]));
    w->depth++;
    return BK_OK;
}

bk_status bk_tmpl_walk(const bk_tmpl_set *set, bk_status (*each)(void *self, const bk_walk_call *call, bk_err *err), void *self,
                       bk_err *err) {
    walker w = {.each = each, .self = self, .err = err};
    for (uint32_t i = 0; set->slots && i <= set->mask; i++) {
        const bk_tmpl *t = set->slots[i];
        for (const bk_def *d = t ? t->defs : NULL; d; d = d->older) {
            w.tree = d->tree;
            w.depth = WALK_DEPTH;
            BK_TRY(statements(&w, &d->tree->root));
        }
    }
    return BK_OK;
}
