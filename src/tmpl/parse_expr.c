/* Pipelines, commands, operands. */
#include "tmpl/constant.h"
#include "tmpl/parse.h"

/* ---- names ---- */

static bk_name make_name(bk_str text) { return (bk_name){text, bk_str_hash(text), text.n && text.p[0] >= 'A' && text.p[0] <= 'Z'}; }

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
        names->items[names->n++] = make_name(bk_str_from(bk_parse_next(p)->val, 1));
    }
    return true;
}

/* A node of `size` bytes with the names behind it. */
static void *new_with_names(bk_parser *p, bk_node_kind kind, uint32_t pos, size_t size, const bk_str *names, uint32_t n, bk_names *ret) {
    bk_node *node = bk_arena_alloc(p->arena, size + n * sizeof(bk_name));
    if (!node) return bk_parse_nomem(p);
    memset(node, 0, size);
    node->kind = (uint8_t)kind;
    node->pos = pos;
    bk_name *items = (bk_name *)(void *)((char *)node + size);
    for (uint32_t i = 0; i < n; i++) items[i] = make_name(names[i]);
    *ret = (bk_names){items, n};
    return node;
}

/* ---- terms ---- */

static bk_node *function(bk_parser *p, const bk_tok *tok) {
    bool builtin;
    const bk_func *f = bk_tmpl_resolve(p->set, tok->val, &builtin);
    if (!f) return bk_parse_fail_quoted(p, "function ", tok->val, " not defined");
    bk_node_function *node = BK_PARSE_NEW(p, BK_NODE_FUNCTION, tok->pos, bk_node_function);
    if (!node) return NULL;
    node->func = f;
    node->name = tok->val;
    node->sig = bk_signature_of(f->signature);
    if (!builtin) return &node->head;
    if (bk_str_eq(tok->val, BK_S("and"))) node->head.flag = BK_SPECIAL_AND;
    if (bk_str_eq(tok->val, BK_S("or"))) node->head.flag = BK_SPECIAL_OR;
    if (bk_str_eq(tok->val, BK_S("call"))) node->head.flag = BK_SPECIAL_CALL;
    return &node->head;
}

static bk_node *new_field(bk_parser *p, uint32_t pos, const bk_str *text, uint32_t n) {
    bk_names names;
    bk_node_field *node = new_with_names(p, BK_NODE_FIELD, pos, sizeof *node, text, n, &names);
    if (node) node->names = names;
    return node ? &node->head : NULL;
}

static bk_node *new_variable(bk_parser *p, bk_str name, uint32_t pos, const bk_str *text, uint32_t n) {
    bk_names names;
    bk_node_variable *node = new_with_names(p, BK_NODE_VARIABLE, pos, sizeof *node, text, n, &names);
    if (!node) return NULL;
    node->name = name;
    node->names = names;
    if (!bk_scope_find(&p->t->scope, name, &node->where)) return bk_parse_nomem(p);
    return &node->head;
}

/* To Go, a field or a variable stands where the first field behind it does, if there is one. */
static bk_node *field(bk_parser *p, const bk_tok *tok) {
    bk_str text[8] = {bk_str_of(tok->val.p + 1, tok->val.n - 1)};
    uint32_t pos = tok->pos, behind = (uint32_t)p->lexer.pos, n = 1;
    if (p->t->ahead == 0) n += bk_lexer_fields(&p->lexer, text + 1, BK_COUNT(text) - 1);
    return new_field(p, n > 1 ? behind : pos, text, n);
}

static bk_node *variable(bk_parser *p, const bk_tok *tok) {
    bk_str text[8], name = tok->val;
    uint32_t pos = tok->pos, behind = (uint32_t)p->lexer.pos, n = 0;
    if (!bk_scope_knows(&p->t->scope, name)) return bk_parse_fail_quoted(p, "undefined variable ", name, "");
    if (p->t->ahead == 0) n = bk_lexer_fields(&p->lexer, text, BK_COUNT(text));
    return new_variable(p, name, n ? behind : pos, text, n);
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
    bk_pipe_room *room = BK_PARSE_NEW(p, BK_NODE_PIPE, 0, bk_pipe_room);
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

/* The operands of a command: the first one alone, or all of them above `mark`. */
static bool command(bk_parser *p, bk_node_command *cmd) {
    size_t mark = p->scratch_count, n = 0;
    cmd->head.kind = BK_NODE_COMMAND;
    cmd->head.pos = bk_parse_peek(p)->pos;
    for (;;) {
        bk_node *node;
        if (!command_operand(p, cmd, cmd->only, n, &node)) return false;
        if (n == 0) cmd->only = node;
        else if (node && ((n == 1 && !bk_parse_push(p, cmd->only)) || !bk_parse_push(p, node))) return false;
        n += node != NULL;
        const bk_tok *tok = bk_parse_peek(p);
        if (tok->kind == BK_TOK_RIGHT || tok->kind == BK_TOK_RIGHT_PAREN) break;
        if (tok->kind == BK_TOK_PIPE) {
            bk_parse_next(p);
            break;
        }
        if (!node || !tok->spaced) return bk_parse_unexpected(p, *bk_parse_next(p), "operand");
    }
    if (n == 0) return bk_parse_fail(p, BK_S("empty command"));
    cmd->n = 1;
    cmd->args = &cmd->only;
    if (n > 1) cmd->args = (bk_node **)bk_parse_collect(p, mark, &cmd->n);
    return cmd->args != NULL;
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
        bk_tok v = *bk_parse_next(p);
        if (p->t->ahead == 0 && bk_lexer_at_dot(&p->lexer)) {
            bk_parse_backup(p);
            return true;
        }
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

/* The commands: the first one in its room, others in the arena. */
static bool commands(bk_parser *p, bk_pipe_room *room, const char *context, bk_tok_kind end) {
    bk_node_pipe *pipe = &room->pipe;
    size_t mark = p->scratch_count;
    for (uint32_t n = 0;; n++) {
        const bk_tok *tok = bk_parse_next(p);
        if (tok->kind == end) break;
        if (!begins_operand(tok->kind)) return bk_parse_unexpected(p, *tok, context);
        bk_parse_backup(p);
        bk_node_command *cmd = n ? BK_PARSE_NEW(p, BK_NODE_COMMAND, 0, bk_node_command) : &room->first;
        if (!cmd || !command(p, cmd)) return false;
        if (n == 1 && !bk_parse_push(p, pipe->only)) return false;
        if (n == 0) pipe->only = cmd;
        else if (!bk_parse_push(p, cmd)) return false;
        pipe->n = n + 1;
    }
    pipe->cmds = &pipe->only;
    if (pipe->n > 1) pipe->cmds = (bk_node_command **)bk_parse_collect(p, mark, &pipe->n);
    return pipe->cmds != NULL;
}

bool bk_parse_at_path(bk_parser *p, bk_lexer_names *ret) {
    bk_lexer before = p->lexer;
    bk_tok right;
    if (p->t->ahead || !bk_lexer_path(&p->lexer, ret, &right)) return false;
    if (ret->variable.n && !bk_scope_knows(&p->t->scope, ret->variable)) {
        p->lexer = before;
        return false;
    }
    p->t->tok[0] = right;
    return true;
}

bk_node_pipe *bk_parse_path(bk_parser *p, bk_pipe_room *room, const bk_lexer_names *path) {
    bk_node_pipe *pipe = &room->pipe;
    bk_node_command *cmd = &room->first;
    uint32_t pos = path->pos;
    bk_node *word;
    if (path->variable.n) {
        if (path->n) pos += (uint32_t)path->variable.n;
        word = new_variable(p, path->variable, pos, path->names, path->n);
    } else {
        if (path->n > 1) pos += 1 + (uint32_t)path->names[0].n;
        word = new_field(p, pos, path->names, path->n);
    }
    if (!word) return NULL;
    cmd->head = (bk_node){.kind = BK_NODE_COMMAND, .pos = path->pos};
    cmd->n = 1;
    cmd->only = word;
    cmd->args = &cmd->only;
    pipe->head = (bk_node){.kind = BK_NODE_PIPE, .pos = path->pos};
    pipe->n = 1;
    pipe->only = cmd;
    pipe->cmds = &pipe->only;
    pipe->word = word;
    return pipe;
}

bk_node_pipe *bk_parse_pipeline(bk_parser *p, bk_pipe_room *room, const char *context, bk_tok_kind end) {
    bk_node_pipe *pipe = &room->pipe;
    bk_lexer_names path;
    if (end == BK_TOK_RIGHT && bk_parse_at_path(p, &path)) return bk_parse_path(p, room, &path);
    pipe->head.kind = BK_NODE_PIPE;
    pipe->head.pos = bk_parse_peek(p)->pos;
    if (!declarations(p, pipe, context) || !commands(p, room, context, end)) return NULL;
    if (!check(p, pipe, context) || !resolve(p, pipe)) return NULL;
    find_word(pipe);
    return pipe;
}
