/* Pipelines, commands, operands. */
#include "tmpl/constant.h"
#include "tmpl/parse.h"

/* ---- names ---- */

/* The names of the field tokens that follow directly, behind those that are there. */
static bool read_names(bk_parser *p, bk_names *names) {
    uint32_t cap = names->n;
    for (const bk_tok *tok; (tok = bk_parse_peek(p))->kind == BK_TOK_FIELD && !tok->spaced;) {
        if (names->n == cap) {
            uint32_t wider = cap < 2 ? cap + 2 : cap * 2;
            void *items = bk_arena_grow(p->arena, names->items, cap * sizeof *names->items, wider * sizeof *names->items);
            if (!items) return bk_parse_nomem(p) != NULL;
            names->items = items;
            cap = wider;
        }
        names->items[names->n++] = bk_parse_name(bk_str_from(bk_parse_next(p)->val, 1));
    }
    return true;
}

/* ---- terms ---- */

static bk_node *function(bk_parser *p, const bk_tok *tok) {
    const bk_found_func *found = bk_tmpl_resolve(p->set, tok->val);
    if (!found) return bk_parse_fail_quoted(p, "function ", tok->val, " not defined");
    return bk_parse_new_function(p, found, tok->val, tok->pos);
}

/* To Go, a field or a variable stands where the first field behind it does, if there is one: see more_names. */
static bk_node *field(bk_parser *p, const bk_tok *tok) {
    typedef struct field_room {
        bk_node_field field;
        bk_name name;
    } field_room;
    field_room *room = BK_PARSE_NEW(p, BK_NODE_FIELD, tok->pos, field_room);
    if (!room) return NULL;
    room->name = bk_parse_name(bk_str_from(tok->val, 1));
    room->field.names = (bk_names){&room->name, 1};
    return &room->field.head;
}

static bk_node *variable(bk_parser *p, const bk_tok *tok) {
    const bk_scope_var *var = bk_scope_known(&p->t->scope, tok->val);
    if (!var) return bk_parse_fail_quoted(p, "undefined variable ", tok->val, "");
    bk_node_variable *node = BK_PARSE_NEW(p, BK_NODE_VARIABLE, tok->pos, bk_node_variable);
    if (!node) return NULL;
    node->name = tok->val;
    return bk_scope_use(&p->t->scope, var, &node->where) ? &node->head : bk_parse_nomem(p);
}

static bk_node *number(bk_parser *p, bk_tok tok) {
    bk_str message;
    bk_node_number *node = BK_PARSE_NEW(p, BK_NODE_NUMBER, tok.pos, bk_node_number);
    if (!node) return NULL;
    switch (bk_constant_number(p->arena, &tok, node, &message)) {
    case BK_CONSTANT_OK: return &node->head;
    case BK_CONSTANT_BAD: return bk_parse_fail(p, message);
    case BK_CONSTANT_NOMEM: break;
    }
    return bk_parse_nomem(p);
}

static bk_node *string(bk_parser *p, bk_tok tok) {
    bk_str text, message;
    bk_node_string *node = BK_PARSE_NEW(p, BK_NODE_STRING, tok.pos, bk_node_string);
    if (!node) return NULL;
    node->quoted = tok.val;
    switch (bk_constant_string(p->arena, tok.val, &text, &message)) {
    case BK_CONSTANT_OK: node->value = bk_string(text); return &node->head;
    case BK_CONSTANT_BAD: return bk_parse_fail(p, message);
    case BK_CONSTANT_NOMEM: break;
    }
    return bk_parse_nomem(p);
}

static bk_node *parenthesis(bk_parser *p) {
    if (p->t->parens >= BK_TMPL_PARENS) return bk_parse_fail(p, BK_S("max expression depth exceeded"));
    p->t->parens++;
    bk_pipe_room *room = bk_parse_room(p, sizeof *room);
    bk_node_pipe *pipe = room ? bk_parse_pipeline(p, room, "parenthesized pipeline", BK_TOK_RIGHT_PAREN) : NULL;
    p->t->parens--;
    return pipe ? &pipe->head : NULL;
}

static bk_node *constant(bk_parser *p, const bk_tok *tok) {
    bk_node *node;
    switch (tok->kind) {
    case BK_TOK_DOT: return bk_parse_new(p, BK_NODE_DOT, tok->pos, sizeof(bk_node));
    case BK_TOK_NIL: return bk_parse_new(p, BK_NODE_NIL, tok->pos, sizeof(bk_node));
    case BK_TOK_BOOL:
        node = bk_parse_new(p, BK_NODE_BOOL, tok->pos, sizeof(bk_node));
        if (node) node->flag = tok->val.p[0] == 't';
        return node;
    case BK_TOK_STRING:
    case BK_TOK_RAW_STRING: return string(p, *tok);
    default: return number(p, *tok);
    }
}

/* False on failure; *ret NULL: the next token begins no term, and is still to be read. */
static bool term(bk_parser *p, bk_node **ret) {
    const bk_tok *tok = bk_parse_next(p);
    switch (tok->kind) {
    case BK_TOK_IDENT: *ret = function(p, tok); break;
    case BK_TOK_VARIABLE: *ret = variable(p, tok); break;
    case BK_TOK_FIELD: *ret = field(p, tok); break;
    case BK_TOK_LEFT_PAREN: *ret = parenthesis(p); break;
    case BK_TOK_DOT:
    case BK_TOK_NIL:
    case BK_TOK_BOOL:
    case BK_TOK_CHAR_CONST:
    case BK_TOK_COMPLEX:
    case BK_TOK_NUMBER:
    case BK_TOK_STRING:
    case BK_TOK_RAW_STRING: *ret = constant(p, tok); break;
    default:
        bk_parse_backup(p);
        *ret = NULL;
        return true;
    }
    return *ret != NULL;
}

/* Nothing has fields but fields, variables, functions and parentheses. */
static bool fields_after_constant(bk_parser *p, const bk_node *node) {
    bk_tok last = *bk_parse_next(p);
    while (bk_parse_peek(p)->kind == BK_TOK_FIELD && !bk_parse_peek(p)->spaced) last = *bk_parse_next(p);
    /* In Go the newest token now is the space behind the fields; the line counts. */
    if (bk_parse_peek(p)->spaced) p->t->tok[0].pos = last.pos + (uint32_t)last.val.n;
    return bk_parse_fail_node(p, "unexpected . after term ", node, "");
}

/* The unusual names behind a field or a variable, which had `own` by itself. */
static bool more_names(bk_parser *p, bk_node *node, uint32_t own, bk_names *names) {
    if (names->n == own) node->pos = bk_parse_peek(p)->pos;
    return read_names(p, names);
}

/* A term and the fields behind it: those of a field or a variable become its own, others a chain. */
static bool operand(bk_parser *p, bk_node **ret) {
    if (!term(p, ret)) return false;
    const bk_tok *tok = *ret ? bk_parse_peek(p) : NULL;
    if (!tok || tok->kind != BK_TOK_FIELD || tok->spaced) return true;
    uint32_t pos = tok->pos;
    bk_node *node = *ret;
    switch ((bk_node_kind)node->kind) {
    case BK_NODE_FIELD: return more_names(p, node, 1, &((bk_node_field *)node)->names);
    case BK_NODE_VARIABLE: return more_names(p, node, 0, &((bk_node_variable *)node)->names);
    case BK_NODE_PIPE:
    case BK_NODE_FUNCTION: break;
    default: return fields_after_constant(p, node);
    }
    bk_node_chain *chain = BK_PARSE_NEW(p, BK_NODE_CHAIN, pos, bk_node_chain);
    if (!chain) return false;
    chain->base = node;
    *ret = &chain->head;
    return read_names(p, &chain->names);
}

/* ---- commands ---- */

/* The next operand of a command: what `and` and `or` may skip is marked, so that variables declared in there are known to be uncertain. */
static bool command_operand(bk_parser *p, bk_node_command *cmd, bk_node **ret) {
    const bk_node *first = cmd->n >= 2 ? cmd->args[0] : NULL;
    bool skippable = first && first->kind == BK_NODE_FUNCTION && (first->flag == BK_SPECIAL_AND || first->flag == BK_SPECIAL_OR);
    if (!skippable) return operand(p, ret);
    bk_scope *scope = &p->t->scope;
    if (cmd->n == 2) cmd->reset_from = scope->live_count;
    scope->maybe++;
    bool ok = operand(p, ret);
    scope->maybe--;
    cmd->reset_to = scope->live_count;
    return ok;
}

static bool command(bk_parser *p, bk_node_command *cmd) {
    cmd->head.kind = BK_NODE_COMMAND;
    cmd->head.pos = bk_parse_peek(p)->pos;
    cmd->args = cmd->few;
    for (;;) {
        bk_node *node;
        if (!command_operand(p, cmd, &node) || (node && !bk_parse_add_arg(p, cmd, node))) return false;
        const bk_tok *tok = bk_parse_peek(p);
        if (tok->kind == BK_TOK_RIGHT || tok->kind == BK_TOK_RIGHT_PAREN) break;
        if (tok->kind == BK_TOK_PIPE) {
            bk_parse_next(p);
            break;
        }
        if (!node || !tok->spaced) return bk_parse_unexpected(p, *bk_parse_next(p), "operand");
    }
    return cmd->n > 0 || bk_parse_fail(p, BK_S("empty command"));
}

/* ---- pipelines ---- */

bool bk_parse_add_decl(bk_parser *p, bk_node_pipe *pipe, bk_str name) {
    if (!pipe->decl) pipe->decl = BK_NEW_ARRAY(p->arena, bk_decl, 2);
    if (!pipe->decl) return bk_parse_nomem(p);
    pipe->decl[pipe->decls++].name = name;
    return bk_scope_know(&p->t->scope, name) || bk_parse_nomem(p);
}

/* "$x :=", "$x =", "$i, $e :=" at the start; a variable that is followed by none of these is left to be read. */
static bool declarations(bk_parser *p, bk_node_pipe *pipe, const char *context) {
    for (;;) {
        if (bk_parse_peek(p)->kind != BK_TOK_VARIABLE) return true;
        bk_tok v = *bk_parse_next(p);
        const bk_tok *word = bk_parse_peek(p);
        if (word->kind == BK_TOK_ASSIGN || word->kind == BK_TOK_DECLARE) {
            pipe->assign = word->kind == BK_TOK_ASSIGN;
            bk_parse_next(p);
            return bk_parse_add_decl(p, pipe, v.val);
        }
        if (word->kind != BK_TOK_CHAR || word->val.p[0] != ',') {
            bk_parse_backup2(p, v);
            return true;
        }
        bk_parse_next(p);
        if (!bk_parse_add_decl(p, pipe, v.val)) return false;
        if (strcmp(context, "range") != 0 || pipe->decls == 2) return bk_parse_failf(p, "too many declarations in %s", context);
        uint8_t kind = bk_parse_peek(p)->kind;
        if (kind != BK_TOK_VARIABLE && kind != BK_TOK_RIGHT && kind != BK_TOK_RIGHT_PAREN)
            return bk_parse_fail(p, BK_S("range can only initialize variables"));
    }
}

static bool begins_operand(uint8_t kind) {
    return (kind >= BK_TOK_BOOL && kind <= BK_TOK_VARIABLE) || kind == BK_TOK_DOT || kind == BK_TOK_NIL || kind == BK_TOK_LEFT_PAREN;
}

static bool check(bk_parser *p, const bk_node_pipe *pipe, const char *context) {
    if (pipe->n == 0) return bk_parse_failf(p, "missing value for %s", context);
    for (uint32_t i = 1; i < pipe->n; i++) {
        uint8_t kind = pipe->cmds[i]->args[0]->kind;
        if (kind >= BK_NODE_DOT && kind <= BK_NODE_STRING) return bk_parse_failf(p, "non executable command in pipeline stage %u", i + 1);
    }
    return true;
}

/* Only now, with the commands read, do the variables come alive. */
static bool resolve(bk_parser *p, bk_node_pipe *pipe) {
    for (uint32_t i = 0; i < pipe->decls; i++) {
        bk_decl *d = &pipe->decl[i];
        bool ok = pipe->assign ? bk_scope_find(&p->t->scope, d->name, &d->where) : bk_scope_declare(&p->t->scope, d->name, &d->where);
        if (!ok) return bk_parse_nomem(p);
    }
    return true;
}

/* The commands: the first one in its room, others in the arena. */
static bool commands(bk_parser *p, bk_pipe_room *room, const char *context, bk_tok_kind end) {
    bk_node_pipe *pipe = &room->pipe;
    pipe->cmds = pipe->few;
    for (;;) {
        const bk_tok *tok = bk_parse_next(p);
        if (tok->kind == end) return true;
        if (!begins_operand(tok->kind)) return bk_parse_unexpected(p, *tok, context);
        bk_parse_backup(p);
        bk_node_command *cmd = pipe->n ? BK_PARSE_NEW(p, BK_NODE_COMMAND, 0, bk_node_command) : &room->first;
        if (!cmd || !command(p, cmd) || !bk_parse_add_command(p, pipe, cmd)) return false;
    }
}

/* Apart, so that the usual needs no room on the stack for all of this. */
__attribute__((noinline)) static bk_node_pipe *pipeline_by_tokens(bk_parser *p, bk_pipe_room *room, const char *context, bk_tok_kind end) {
    bk_node_pipe *pipe = &room->pipe;
    *room = (bk_pipe_room){.pipe.head = bk_parse_head(BK_NODE_PIPE, bk_parse_peek(p)->pos)};
    if (!declarations(p, pipe, context) || !commands(p, room, context, end)) return NULL;
    if (!check(p, pipe, context) || !resolve(p, pipe)) return NULL;
    bk_parse_find_word(pipe);
    return pipe;
}

bk_node_pipe *bk_parse_pipeline(bk_parser *p, bk_pipe_room *room, const char *context, bk_tok_kind end) {
    if (end == BK_TOK_RIGHT && p->t->ahead == 0) {
        bk_node_pipe *pipe = &room->pipe;
        bk_usual usual = bk_parse_usual(p, room, context);
        if (usual == BK_USUAL_READ) return !pipe->decls || resolve(p, pipe) ? pipe : NULL;
        if (usual == BK_USUAL_FAILED) return NULL;
    }
    return pipeline_by_tokens(p, room, context, end);
}
