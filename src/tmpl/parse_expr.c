/* Pipelines, commands, operands. */
#include "tmpl/constant.h"
#include "tmpl/parse.h"

/* ---- names ---- */

static bk_name make_name(bk_str text) { return (bk_name){text, bk_str_hash(text), text.n && text.p[0] >= 'A' && text.p[0] <= 'Z'}; }

/* `first` names, then those of the field tokens that follow directly. */
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
        names->items[names->n++] = make_name(bk_str_from(bk_parse_next(p).val, 1));
    }
    return true;
}

/* ---- terms ---- */

static bk_node *function(bk_parser *p, bk_tok tok) {
    bool builtin;
    const bk_func *f = bk_tmpl_resolve(p->set, tok.val, &builtin);
    if (!f) return bk_parse_fail_quoted(p, "function ", tok.val, " not defined");
    bk_node_function *node = BK_PARSE_NEW(p, BK_NODE_FUNCTION, tok.pos, bk_node_function);
    if (!node) return NULL;
    node->func = f;
    node->name = tok.val;
    node->sig = bk_signature_of(f->signature);
    if (builtin && bk_str_eq(tok.val, BK_S("and"))) node->head.flag = BK_SPECIAL_AND;
    if (builtin && bk_str_eq(tok.val, BK_S("or"))) node->head.flag = BK_SPECIAL_OR;
    if (builtin && bk_str_eq(tok.val, BK_S("call"))) node->head.flag = BK_SPECIAL_CALL;
    return &node->head;
}

static bk_node *field(bk_parser *p, bk_tok tok) {
    bk_node_field *node = BK_PARSE_NEW(p, BK_NODE_FIELD, tok.pos, bk_node_field);
    if (!node) return NULL;
    node->names.items = BK_NEW(p->arena, bk_name);
    if (!node->names.items) return bk_parse_nomem(p);
    node->names.items[0] = make_name(bk_str_from(tok.val, 1));
    node->names.n = 1;
    return &node->head;
}

static bk_node *variable(bk_parser *p, bk_tok tok) {
    bk_scope *scope = &p->t->scope;
    if (!bk_scope_knows(scope, tok.val)) return bk_parse_fail_quoted(p, "undefined variable ", tok.val, "");
    bk_node_variable *node = BK_PARSE_NEW(p, BK_NODE_VARIABLE, tok.pos, bk_node_variable);
    if (!node) return NULL;
    node->name = tok.val;
    if (!bk_scope_find(scope, tok.val, &node->where)) return bk_parse_nomem(p);
    return &node->head;
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
    bk_node_pipe *pipe = bk_parse_pipeline(p, "parenthesized pipeline", BK_TOK_RIGHT_PAREN);
    p->t->parens--;
    return pipe ? &pipe->head : NULL;
}

/* False on failure; *ret NULL: the next token begins no term, and is still to be read. */
static bool term(bk_parser *p, bk_node **ret) {
    bk_tok tok = bk_parse_next(p);
    switch (tok.kind) {
    case BK_TOK_IDENT: *ret = function(p, tok); break;
    case BK_TOK_DOT: *ret = bk_parse_new(p, BK_NODE_DOT, tok.pos, sizeof(bk_node)); break;
    case BK_TOK_NIL: *ret = bk_parse_new(p, BK_NODE_NIL, tok.pos, sizeof(bk_node)); break;
    case BK_TOK_BOOL:
        *ret = bk_parse_new(p, BK_NODE_BOOL, tok.pos, sizeof(bk_node));
        if (*ret) (*ret)->flag = tok.val.p[0] == 't';
        break;
    case BK_TOK_VARIABLE: *ret = variable(p, tok); break;
    case BK_TOK_FIELD: *ret = field(p, tok); break;
    case BK_TOK_CHAR_CONST:
    case BK_TOK_COMPLEX:
    case BK_TOK_NUMBER: *ret = number(p, tok); break;
    case BK_TOK_LEFT_PAREN: *ret = parenthesis(p); break;
    case BK_TOK_STRING:
    case BK_TOK_RAW_STRING: *ret = string(p, tok); break;
    default:
        bk_parse_backup(p);
        *ret = NULL;
        return true;
    }
    return *ret != NULL;
}

/* Nothing has fields but fields, variables, functions and parentheses. */
static bool fields_after_constant(bk_parser *p, const bk_node *node) {
    bk_tok last = bk_parse_next(p);
    while (bk_parse_peek(p)->kind == BK_TOK_FIELD && !bk_parse_peek(p)->spaced) last = bk_parse_next(p);
    /* In Go the newest token now is the space behind the fields; the line counts. */
    if (bk_parse_peek(p)->spaced) p->t->tok[0].pos = last.pos + (uint32_t)last.val.n;
    return bk_parse_fail_node(p, "unexpected . after term ", node, "");
}

/* A term and the fields behind it: those of a field or a variable become its own, others a chain. */
static bool operand(bk_parser *p, bk_node **ret) {
    if (!term(p, ret)) return false;
    const bk_tok *tok = *ret ? bk_parse_peek(p) : NULL;
    if (!tok || tok->kind != BK_TOK_FIELD || tok->spaced) return true;
    uint32_t pos = tok->pos;
    bk_node *node = *ret;
    switch ((bk_node_kind)node->kind) {
    case BK_NODE_FIELD: node->pos = pos; return read_names(p, &((bk_node_field *)node)->names);
    case BK_NODE_VARIABLE: node->pos = pos; return read_names(p, &((bk_node_variable *)node)->names);
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

/* The operand number `at` of a command: what `and` and `or` may skip is marked, so that variables declared in there are known to be uncertain. */
static bool command_operand(bk_parser *p, bk_node_command *cmd, const bk_node *first, size_t at, bk_node **ret) {
    bool skippable = at >= 2 && first && first->kind == BK_NODE_FUNCTION && (first->flag == BK_SPECIAL_AND || first->flag == BK_SPECIAL_OR);
    if (!skippable) return operand(p, ret);
    bk_scope *scope = &p->t->scope;
    if (at == 2) cmd->reset_from = scope->live_count;
    scope->maybe++;
    bool ok = operand(p, ret);
    scope->maybe--;
    cmd->reset_to = scope->live_count;
    return ok;
}

static bk_node_command *command(bk_parser *p) {
    bk_node_command *cmd = BK_PARSE_NEW(p, BK_NODE_COMMAND, bk_parse_peek(p)->pos, bk_node_command);
    if (!cmd) return NULL;
    size_t mark = p->scratch_count;
    for (;;) {
        bk_node *node;
        size_t at = p->scratch_count - mark;
        if (!command_operand(p, cmd, at ? p->scratch[mark] : NULL, at, &node)) return NULL;
        if (node && !bk_parse_push(p, node)) return NULL;
        const bk_tok *tok = bk_parse_peek(p);
        if (tok->kind == BK_TOK_RIGHT || tok->kind == BK_TOK_RIGHT_PAREN) break;
        if (tok->kind == BK_TOK_PIPE) {
            bk_parse_next(p);
            break;
        }
        if (!node || !tok->spaced) return bk_parse_unexpected(p, bk_parse_next(p), "operand");
    }
    if (p->scratch_count == mark) return bk_parse_fail(p, BK_S("empty command"));
    cmd->args = (bk_node **)bk_parse_collect(p, mark, &cmd->n);
    return cmd->args ? cmd : NULL;
}

/* ---- pipelines ---- */

static bool add_decl(bk_parser *p, bk_node_pipe *pipe, bk_tok v) {
    if (!pipe->decl) pipe->decl = BK_NEW_ARRAY(p->arena, bk_decl, 2);
    if (!pipe->decl) return bk_parse_nomem(p);
    pipe->decl[pipe->decls++].name = v.val;
    return bk_scope_know(&p->t->scope, v.val) || bk_parse_nomem(p);
}

/* "$x :=", "$x =", "$i, $e :=" at the start; a variable that is followed by none of these is left to be read. */
static bool declarations(bk_parser *p, bk_node_pipe *pipe, const char *context) {
    for (;;) {
        if (bk_parse_peek(p)->kind != BK_TOK_VARIABLE) return true;
        bk_tok v = bk_parse_next(p);
        const bk_tok *word = bk_parse_peek(p);
        if (word->kind == BK_TOK_ASSIGN || word->kind == BK_TOK_DECLARE) {
            pipe->assign = word->kind == BK_TOK_ASSIGN;
            bk_parse_next(p);
            return add_decl(p, pipe, v);
        }
        if (word->kind != BK_TOK_CHAR || word->val.p[0] != ',') {
            bk_parse_backup2(p, v);
            return true;
        }
        bk_parse_next(p);
        if (!add_decl(p, pipe, v)) return false;
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

static void find_word(bk_node_pipe *pipe) {
    if (pipe->decls || pipe->n != 1 || pipe->cmds[0]->n != 1) return;
    const bk_node *word = pipe->cmds[0]->args[0];
    if (word->kind == BK_NODE_FIELD || word->kind == BK_NODE_VARIABLE) pipe->word = word;
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

bk_node_pipe *bk_parse_pipeline(bk_parser *p, const char *context, bk_tok_kind end) {
    bk_node_pipe *pipe = BK_PARSE_NEW(p, BK_NODE_PIPE, bk_parse_peek(p)->pos, bk_node_pipe);
    if (!pipe || !declarations(p, pipe, context)) return NULL;
    size_t mark = p->scratch_count;
    for (;;) {
        bk_tok tok = bk_parse_next(p);
        if (tok.kind == end) break;
        if (!begins_operand(tok.kind)) return bk_parse_unexpected(p, tok, context);
        bk_parse_backup(p);
        bk_node_command *cmd = command(p);
        if (!cmd || !bk_parse_push(p, cmd)) return NULL;
    }
    pipe->cmds = (bk_node_command **)bk_parse_collect(p, mark, &pipe->n);
    if (!pipe->cmds) return NULL;
    if (!check(p, pipe, context) || !resolve(p, pipe)) return NULL;
    find_word(pipe);
    return pipe;
}
