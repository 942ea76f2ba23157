/* Statements: a loop over a stack of frames. */
#include "tmpl/run.h"

#include "base/limits.h"
#include "tmpl/print.h"

/* Go's maxExecDepth: {{template}} below {{template}}, within one include. */
#define MAX_DEPTH 100000u

/* ---- memory ---- */

bk_value *bk_stack_grow(bk_exec *ex, size_t n) {
    bk_stack_chunk *c = ex->stack, *next = c->next;
    if (!next || next->cap < n) {
        size_t cap = c->cap * 2 > 65536 ? 65536 : c->cap * 2, bytes;
        if (cap < n) cap = n;
        bool fits = __builtin_mul_overflow(cap, sizeof(bk_value), &bytes) == 0;
        bk_stack_chunk *fresh = fits ? bk_arena_array(ex->arena, 1, bytes + sizeof *fresh) : NULL;
        if (!fresh) {
            bk_arena_fail(ex->arena, ex->call.err);
            return NULL;
        }
        fresh->cap = cap;
        fresh->next = next;
        c->next = next = fresh;
    }
    next->n = n;
    ex->stack = next;
    return next->items;
}

BK_APART static bool more_frames(bk_exec *ex) {
    size_t cap = ex->frame_cap ? ex->frame_cap * 2 : 32, size = sizeof(bk_frame);
    void *wider = bk_arena_grow(ex->arena, ex->frames, ex->frame_cap * size, cap * size);
    if (!wider) {
        bk_arena_fail(ex->arena, ex->call.err);
        return false;
    }
    ex->frames = wider;
    ex->frame_cap = cap;
    return true;
}

/* A frame on top, for `nodes`; NULL without memory. Frames move when another one is pushed. */
static inline bk_frame *push(bk_exec *ex, bk_frame_kind kind, bk_nodes nodes) {
    if (BK_UNLIKELY(ex->frame_count == ex->frame_cap) && !more_frames(ex)) return NULL;
    bk_frame *f = &ex->frames[ex->frame_count++];
    f->kind = (uint8_t)kind;
    f->at = nodes.items;
    f->end = nodes.items + nodes.n;
    f->dot = ex->dot;
    return f;
}

/* ---- if, with ---- */

static bk_status enter_branch(bk_exec *ex, const bk_node_branch *b) {
    bk_value v;
    for (;;) {
        ex->at = &b->head;
        BK_TRY(bk_eval_pipe(ex, b->pipe, &v));
        bool truth = bk_truth(v);
        if (!truth && !b->has_else) return BK_OK;
        bk_nodes nodes = truth ? b->body : b->other;
        if (nodes.n == 0) return BK_OK;
        if (!truth && nodes.n == 1 && nodes.items[0]->kind == b->head.kind) {
            b = (const bk_node_branch *)nodes.items[0]; /* else if: no frame of its own */
            continue;
        }
        if (!push(ex, BK_FRAME_BODY, nodes)) return ex->call.err->code;
        if (truth && b->head.kind == BK_NODE_WITH) ex->dot = v;
        return BK_OK;
    }
}

/* ---- range ---- */

/* Sets the variables and dot for one round. */
static bk_status loop_round(bk_exec *ex, const bk_node_branch *b, bk_value index, bk_value item) {
    const bk_node_pipe *pipe = b->pipe;
    ex->dot = item;
    if (pipe->decls == 0) return BK_OK;
    if (!pipe->assign) {
        ex->vars[pipe->decl[pipe->decls - 1].where.slot] = item;
        if (pipe->decls == 2) ex->vars[pipe->decl[0].where.slot] = index;
        return BK_OK;
    }
    BK_TRY(bk_eval_set_var(ex, &pipe->decl[0], pipe->decls == 2 ? index : item));
    return pipe->decls == 2 ? bk_eval_set_var(ex, &pipe->decl[1], item) : BK_OK;
}

/* The next round of the loop on top, or its end. */
BK_APART static bk_status loop_next(bk_exec *ex, bk_frame *f) {
    if (f->i == f->n) {
        ex->dot = f->dot;
        bk_stack_release(ex, f->mark);
        ex->frame_count--;
        return BK_OK;
    }
    if (BK_UNLIKELY(ex->out->status != BK_OK)) return bk_buf_check(ex->out, ex->call.err);
    uint64_t i = f->i++;
    f->at = f->node->body.items;
    bk_value index = bk_int((int64_t)i), item;
    switch ((bk_loop_kind)f->loop) {
    case BK_LOOP_LIST: item = bk_item_of(f->type, ((const bk_value *)f->items)[i]); break;
    case BK_LOOP_BYTES: item = bk_uint_typed(BK_T_UINT8, ((const unsigned char *)f->items)[i]); break;
    case BK_LOOP_PAIRS:
        index = ((const bk_value *)f->items)[2 * i];
        item = bk_item_of(f->type, ((const bk_value *)f->items)[2 * i + 1]);
        break;
    case BK_LOOP_INT:
        index = bk_nil();
        item = bk_int_typed(f->type, (int64_t)i);
        break;
    default:
        index = bk_nil();
        item = bk_uint_typed(f->type, i);
        break;
    }
    return loop_round(ex, f->node, index, item);
}

/* The pairs of a map in key order, as they are now: the body may change the map. */
static bk_status snapshot(bk_exec *ex, bk_map *map, const bk_value **ret) {
    size_t n = bk_map_len(map);
    if (!bk_map_sort(map)) return bk_arena_fail(ex->call.arena, ex->call.err);
    bk_value *pairs = bk_stack_take(ex, n * 2);
    if (!pairs) return ex->call.err->code;
    for (size_t i = 0; i < n; i++) {
        const bk_map_entry *e = bk_map_at(map, i);
        pairs[2 * i] = bk_string(e->key);
        pairs[2 * i + 1] = e->value;
    }
    *ret = pairs;
    return BK_OK;
}

/* What a range goes over. *ret_n 0: nothing, the else list counts. */
static bk_status loop_over(bk_exec *ex, const bk_node_branch *b, bk_value v, bk_loop_kind *ret_kind, const void **ret_items,
                           uint64_t *ret_n) {
    *ret_items = NULL;
    *ret_n = 0;
    switch ((bk_kind)v.kind) {
    case BK_NIL: return BK_OK;
    case BK_INT:
    case BK_UINT:
        if (b->pipe->decls > 1) return bk_exec_fail_value(ex, "can't use ", v, " to iterate over more than one variable");
        *ret_kind = v.kind == BK_INT ? BK_LOOP_INT : BK_LOOP_UINT;
        *ret_n = v.kind == BK_INT && v.i < 0 ? 0 : v.u;
        return BK_OK;
    case BK_STRING:
        if (v.type != BK_T_BYTES) break;
        *ret_kind = BK_LOOP_BYTES;
        *ret_items = v.s;
        *ret_n = v.len;
        return BK_OK;
    case BK_LIST:
        *ret_kind = BK_LOOP_LIST;
        *ret_items = v.items;
        *ret_n = v.len;
        return BK_OK;
    case BK_MAP:
        *ret_kind = BK_LOOP_PAIRS;
        *ret_n = bk_map_len(v.map);
        return *ret_n ? snapshot(ex, v.map, (const bk_value **)ret_items) : BK_OK;
    default: break;
    }
    return bk_exec_fail_value(ex, "range can't iterate over ", v, "");
}

BK_APART static bk_status enter_range(bk_exec *ex, const bk_node_branch *b) {
    bk_value v, dot = ex->dot;
    bk_loop_kind kind = BK_LOOP_LIST;
    const void *items;
    uint64_t n;
    bk_stack_mark mark = bk_stack_marked(ex);
    ex->at = &b->head;
    BK_TRY(bk_eval_pipe(ex, b->pipe, &v));
    BK_TRY(loop_over(ex, b, v, &kind, &items, &n));
    if (n == 0) return !b->has_else || b->other.n == 0 || push(ex, BK_FRAME_BODY, b->other) ? BK_OK : ex->call.err->code;
    bk_frame *f = push(ex, BK_FRAME_LOOP, b->body);
    if (!f) return ex->call.err->code;
    f->loop = (uint8_t)kind;
    f->type = v.type;
    f->dot = dot;
    f->mark = mark;
    f->node = b;
    f->items = items;
    f->i = 0;
    f->n = n;
    return loop_next(ex, f);
}

/* break, continue: to the innermost loop. */
BK_APART static void leave_to_loop(bk_exec *ex, bool stop) {
    while (ex->frames[ex->frame_count - 1].kind != BK_FRAME_LOOP) ex->frame_count--;
    bk_frame *f = &ex->frames[ex->frame_count - 1];
    f->at = f->end;
    if (stop) f->i = f->n;
}

/* ---- templates ---- */

/* Goes into a template; the frame remembers the way back. */
BK_APART static bk_status enter_template(bk_exec *ex, const bk_tmpl *tmpl, bk_value dot) {
    bk_stack_mark mark = bk_stack_marked(ex);
    bk_value *vars = bk_stack_take(ex, tmpl->tree->slots);
    bk_frame *f = vars ? push(ex, BK_FRAME_CALL, tmpl->tree->root) : NULL;
    if (!f) return ex->call.err->code;
    f->mark = mark;
    f->tmpl = tmpl;
    f->caller = ex->tmpl;
    f->caller_at = ex->at;
    f->caller_vars = ex->vars;
    f->caller_depth = ex->depth;
    ex->vars = vars;
    ex->vars[0] = dot;
    ex->dot = dot;
    ex->tmpl = tmpl;
    return BK_OK;
}

static void leave_template(bk_exec *ex) {
    const bk_frame *f = &ex->frames[--ex->frame_count];
    bk_stack_release(ex, f->mark);
    ex->dot = f->dot;
    ex->vars = f->caller_vars;
    ex->tmpl = f->caller;
    ex->at = f->caller_at;
    ex->depth = f->caller_depth;
}

BK_APART static bk_status call_template(bk_exec *ex, const bk_node_template *node) {
    ex->at = &node->head;
    const bk_tmpl *tmpl = bk_tmpl_find(ex->set, node->name, node->hash);
    if (!tmpl) return bk_exec_fail_quoted(ex, "template ", node->name, " not defined");
    if (ex->depth == MAX_DEPTH) return bk_exec_failf(ex, "exceeded maximum template depth (%u)", MAX_DEPTH);
    bk_value dot = bk_nil();
    if (node->pipe) BK_TRY(bk_eval_pipe(ex, node->pipe, &dot));
    BK_TRY(enter_template(ex, tmpl, dot));
    ex->depth++;
    return BK_OK;
}

/* ---- the loop ---- */

static bk_status statement(bk_exec *ex, const bk_node *node) {
    switch ((bk_node_kind)node->kind) {
    case BK_NODE_TEXT: bk_buf_str(ex->out, ((const bk_node_text *)node)->text); return BK_OK;
    case BK_NODE_ACTION: {
        const bk_node_pipe *pipe = ((const bk_node_action *)node)->pipe;
        bk_value v;
        ex->at = node;
        BK_TRY(bk_eval_pipe(ex, pipe, &v));
        return pipe->decls ? BK_OK : bk_tmpl_print(ex, node, v);
    }
    case BK_NODE_IF:
    case BK_NODE_WITH: return enter_branch(ex, (const bk_node_branch *)node);
    case BK_NODE_RANGE: return enter_range(ex, (const bk_node_branch *)node);
    case BK_NODE_TEMPLATE: return call_template(ex, (const bk_node_template *)node);
    case BK_NODE_BREAK: leave_to_loop(ex, true); return BK_OK;
    case BK_NODE_CONTINUE: leave_to_loop(ex, false); return BK_OK;
    default: return bk_err_internal(ex->call.err, "a statement of an unknown kind");
    }
}

/* Runs until no more than `base` frames are left. */
static bk_status run(bk_exec *ex, size_t base) {
    while (ex->frame_count > base) {
        bk_frame *f = &ex->frames[ex->frame_count - 1];
        if (f->at != f->end) {
            BK_TRY(statement(ex, *f->at++));
            continue;
        }
        if (BK_UNLIKELY(ex->young.used >= ex->collect_at)) bk_exec_collect(ex, f);
        switch ((bk_frame_kind)f->kind) {
        case BK_FRAME_BODY:
            ex->dot = f->dot;
            ex->frame_count--;
            break;
        case BK_FRAME_LOOP: BK_TRY(loop_next(ex, f)); break;
        case BK_FRAME_CALL: leave_template(ex); break;
        }
    }
    return bk_buf_check(ex->out, ex->call.err);
}

/* ---- entries ---- */

bk_exec *bk_exec_new(bk_arena *arena, const bk_tmpl_set *set, bk_effects *effects, void *env) {
    enum { FIRST = 256 };
    bk_exec *ex = BK_NEW(arena, bk_exec);
    if (!ex) return NULL;
    ex->stack = ex->stack_first = bk_arena_array(arena, 1, sizeof *ex->stack + FIRST * sizeof(bk_value));
    if (!ex->stack) return NULL;
    ex->stack->cap = FIRST;
    ex->arena = arena;
    bk_arena_below(arena, &ex->young);
    bk_exec_collect_later(ex);
    ex->call = (bk_call){.arena = &ex->young, .keep = arena, .exec = ex, .env = env, .growing = &ex->growing};
    ex->set = set;
    ex->effects = effects;
    ex->missing = set->env->missing;
    return ex;
}

bk_status bk_exec_run(bk_exec *ex, bk_str name, bk_value dot, bk_buf *out, bk_err *err) {
    ex->call.err = err;
    ex->out = out;
    ex->link_count = 0;
    ex->frame_count = 0;
    ex->depth = ex->nest = 0;
    ex->tmpl = NULL;
    ex->at = ex->call_at = NULL;
    const bk_tmpl *tmpl = bk_tmpl_find(ex->set, name, bk_str_hash(name));
    if (!tmpl) return bk_exec_fail_unknown(ex, name);
    bk_stack_mark mark = bk_stack_marked(ex);
    ex->arena->log = &ex->log;
    bk_status status = enter_template(ex, tmpl, bk_bare(dot));
    if (status == BK_OK) status = run(ex, 0);
    ex->arena->log = NULL;
    bk_stack_release(ex, mark);
    return status;
}

bool bk_exec_is_text(const bk_exec *ex, bk_str name, bk_str *ret) {
    const bk_tmpl *tmpl = bk_tmpl_find(ex->set, name, bk_str_hash(name));
    if (!tmpl || tmpl->tree->root.n > 1) return false;
    const bk_node *node = tmpl->tree->root.n ? tmpl->tree->root.items[0] : NULL;
    if (node && node->kind != BK_NODE_TEXT) return false;
    *ret = node ? ((const bk_node_text *)node)->text : BK_S("");
    return true;
}

/* Runs a template of a set below the running one. What it prints goes behind the output so far and is taken off again. */
static bk_status run_nested(bk_exec *ex, const bk_tmpl_set *set, const bk_tmpl *tmpl, bk_value dot, bk_str *ret) {
    bk_exec outer = *ex;
    size_t from = ex->out->n;
    bk_stack_mark mark = bk_stack_marked(ex);
    if (ex->nest + BK_EXEC_RUN_COST > BK_EXEC_NEST)
        return bk_err_set(ex->call.err, BK_ERR_LIMIT, "exceeded maximum depth of nested calls (%u)", BK_EXEC_NEST);
    ex->nest += BK_EXEC_RUN_COST;
    ex->set = set;
    ex->at = ex->call_at;
    ex->depth = 0;
    bk_status status = enter_template(ex, tmpl, bk_bare(dot));
    if (status == BK_OK) status = run(ex, outer.frame_count);
    ex->set = outer.set;
    ex->tmpl = outer.tmpl;
    ex->at = outer.at;
    ex->call_at = outer.call_at;
    ex->dot = outer.dot;
    ex->vars = outer.vars;
    ex->depth = outer.depth;
    ex->nest = outer.nest;
    ex->frame_count = outer.frame_count;
    bk_stack_release(ex, mark);
    if (status == BK_OK && !bk_arena_dup(ex->call.arena, bk_str_from(bk_buf_view(ex->out), from), ret))
        status = bk_arena_fail(ex->call.arena, ex->call.err);
    bk_buf_cut(ex->out, from);
    return status;
}

bk_status bk_exec_include(bk_exec *ex, bk_str name, bk_value dot, bk_str *ret) {
    const bk_tmpl *tmpl = bk_tmpl_find(ex->set, name, bk_str_hash(name));
    return tmpl ? run_nested(ex, ex->set, tmpl, dot, ret) : bk_exec_fail_unknown(ex, name);
}

bk_status bk_exec_tpl(bk_exec *ex, bk_str text, bk_value dot, bk_str *ret, bool *ret_parsed) {
    const bk_tmpl_set *set;
    *ret_parsed = false;
    if (!bk_str_contains(text, BK_S("{{"))) {
        *ret = text;
        return BK_OK;
    }
    BK_TRY(bk_tpl_prepare(ex, text, &set));
    *ret_parsed = true;
    return run_nested(ex, set, bk_tmpl_find(set, set->name, bk_str_hash(set->name)), dot, ret);
}
