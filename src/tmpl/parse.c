/* Errors, nodes, and the structure of a text: lists, actions, control structures, definitions. */
#include "tmpl/parse.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/unicode.h"
#include "base/utf8.h"
#include "tmpl/constant.h"
#include "value/gofmt.h"
#include "value/map.h"

/* ---- failing ---- */

static size_t line_of(const bk_parser *p, uint32_t pos) {
    bk_str before = bk_str_sub(p->source->text, 0, pos);
    size_t line = 1;
    for (size_t at; (at = bk_str_find_byte(before, '\n')) != BK_NPOS; line++) before = bk_str_from(before, at + 1);
    return line;
}

static void begin_message(bk_parser *p, bk_buf *b) {
    bk_buf_init(b, p->arena, 0);
    bk_buf_c(b, "template: ");
    bk_buf_str(b, p->source->name);
    bk_buf_byte(b, ':');
    bk_buf_uint(b, line_of(p, p->t->tok[0].pos));
    bk_buf_c(b, ": ");
}

static void *end_message(bk_parser *p, const bk_buf *b) {
    if (bk_buf_check(b, p->err) == BK_OK) bk_err_set_str(p->err, BK_ERR, bk_buf_view(b));
    return NULL;
}

void *bk_parse_fail(bk_parser *p, bk_str message) {
    bk_buf b;
    begin_message(p, &b);
    bk_buf_str(&b, message);
    return end_message(p, &b);
}

void *bk_parse_failf(bk_parser *p, const char *fmt, ...) {
    char text[160];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return bk_parse_fail(p, bk_str_c(text));
}

void *bk_parse_fail_quoted(bk_parser *p, const char *before, bk_str text, const char *after) {
    bk_buf b;
    begin_message(p, &b);
    bk_buf_c(&b, before);
    bk_fmt_quote(&b, text);
    bk_buf_c(&b, after);
    return end_message(p, &b);
}

void *bk_parse_fail_node(bk_parser *p, const char *before, const bk_node *node, const char *after) {
    bool quote = node->kind != BK_NODE_END && node->kind != BK_NODE_ELSE;
    bk_buf text, b;
    bk_buf_init(&text, p->arena, 0);
    bk_node_print(&text, node);
    begin_message(p, &b);
    bk_buf_c(&b, before);
    if (quote) bk_fmt_quote(&b, bk_buf_view(&text));
    else bk_buf_str(&b, bk_buf_view(&text));
    bk_buf_c(&b, after);
    return end_message(p, &b);
}

/* Where an action that spans lines began, behind an error of the lexer. */
static void print_action_start(bk_parser *p, bk_buf *b, bk_tok tok) {
    if (!p->t->in_action) return;
    size_t line = line_of(p, p->t->action_pos);
    if (line == line_of(p, tok.pos)) return;
    bk_buf_c(b, bk_str_ends(tok.val, BK_S(" action")) ? " started at " : " in action started at ");
    bk_buf_str(b, p->source->name);
    bk_buf_byte(b, ':');
    bk_buf_uint(b, line);
}

void *bk_parse_unexpected(bk_parser *p, bk_tok tok, const char *context) {
    bk_buf b;
    begin_message(p, &b);
    if (tok.kind == BK_TOK_ERROR) {
        bk_buf_str(&b, tok.val);
        print_action_start(p, &b, tok);
        return end_message(p, &b);
    }
    bk_buf_c(&b, "unexpected ");
    bk_tok_print(&b, &tok);
    bk_buf_c(&b, " in ");
    bk_buf_c(&b, context);
    return end_message(p, &b);
}

void *bk_parse_nomem(bk_parser *p) {
    bk_arena_fail(p->arena, p->err);
    return NULL;
}

/* ---- nodes ---- */

void *bk_parse_widen(bk_parser *p, void *items, uint32_t n, size_t few) {
    if (n & (n - 1)) return items; /* the room is doubled each time */
    size_t size = n * sizeof(void *);
    void *wider = n == few ? bk_arena_alloc(p->arena, size * 2) : bk_arena_grow(p->arena, items, size, size * 2);
    if (!wider) return bk_parse_nomem(p);
    if (n == few) memcpy(wider, items, size);
    return wider;
}

/* ---- lists ---- */

/* Statements collect in p->nodes until their list ends. */
BK_APART static bool more_room(bk_parser *p) {
    size_t cap = p->node_cap ? p->node_cap * 2 : 64, size = sizeof *p->nodes;
    void *wider = bk_arena_grow(p->arena, (void *)p->nodes, p->node_cap * size, cap * size);
    if (!wider) return bk_parse_nomem(p);
    p->nodes = (bk_node **)wider;
    p->node_cap = cap;
    return true;
}

static inline bool push(bk_parser *p, bk_node *node) {
    if (BK_UNLIKELY(p->node_count == p->node_cap) && !more_room(p)) return false;
    p->nodes[p->node_count++] = node;
    return true;
}

/* Those above `mark` as a list. */
static bool collect(bk_parser *p, size_t mark, bk_nodes *ret) {
    size_t n = p->node_count - mark;
    bk_node **items = (bk_node **)bk_parse_room(p, n * sizeof *items);
    *ret = (bk_nodes){items, (uint32_t)n};
    p->node_count = mark;
    if (!items) return false;
    bk_node *const *nodes = p->nodes;
    for (size_t i = 0; i < n; i++) items[i] = nodes[mark + i]; /* few, mostly */
    return true;
}

/* ---- trees ---- */

static bool all_space(bk_str s) {
    for (size_t width; s.n; s = bk_str_from(s, width))
        if (!bk_rune_is_space(bk_utf8_decode(s, &width))) return false;
    return true;
}

static bool is_empty(bk_nodes nodes) {
    for (uint32_t i = 0; i < nodes.n; i++) {
        const bk_node *node = nodes.items[i];
        if (node->kind != BK_NODE_TEXT || !all_space(((const bk_node_text *)node)->text)) return false;
    }
    return true;
}

/* Adds a tree to the text's trees; of two with one name, one must be empty. */
static bool add_tree(bk_parser *p, bk_str name, bk_str raw, bk_nodes root) {
    bk_value *at = bk_map_get(p->names, name);
    bool empty = is_empty(root);
    if (at && !p->trees.items[at->i]->empty) {
        if (empty) return true;
        return bk_parse_fail_quoted(p, "template: multiple definition of template ", name, "");
    }
    bk_tree *tree = BK_NEW(p->arena, bk_tree);
    if (!tree) return bk_parse_nomem(p);
    *tree = (bk_tree){p->source, name, raw, root, p->t->scope.slots, empty};
    if (at) {
        p->trees.items[at->i] = tree;
        return true;
    }
    if (p->trees.n == p->tree_cap) {
        size_t cap = p->tree_cap ? p->tree_cap * 2 : 4;
        void *items = bk_arena_grow(p->arena, (void *)p->trees.items, p->tree_cap * sizeof(bk_tree *), cap * sizeof(bk_tree *));
        if (!items) return bk_parse_nomem(p);
        p->trees.items = (bk_tree **)items;
        p->tree_cap = cap;
    }
    if (!bk_map_set(p->names, name, bk_int((int64_t)p->trees.n))) return bk_parse_nomem(p);
    p->trees.items[p->trees.n++] = tree;
    return true;
}

static bool enter(bk_parser *p) {
    if (p->nesting >= BK_TMPL_NESTING) return bk_parse_failf(p, "nesting deeper than the limit of %u", BK_TMPL_NESTING);
    p->nesting++;
    return true;
}

/* ---- texts and lists ---- */

static inline bk_node *action(bk_parser *p);
static bool definition(bk_parser *p, uint32_t from);

static bool push_text(bk_parser *p, bk_str text) {
    bk_node_text *node = bk_parse_room(p, sizeof *node);
    if (!node) return false;
    node->head = bk_parse_head(BK_NODE_TEXT, (uint32_t)(text.p - p->lexer.in.p));
    node->text = text;
    return push(p, &node->head);
}

typedef enum begun { BEGUN, TEXT_ENDED, BEGUN_FAILED } begun;

/* The same where a comment comes first, or the text's end, or a token was put back. */
BK_APART static begun begin_by_tokens(bk_parser *p) {
    for (;;) {
        const bk_tok *tok = bk_parse_next(p);
        if (tok->kind == BK_TOK_EOF) return TEXT_ENDED;
        if (tok->kind == BK_TOK_LEFT) {
            p->t->action_pos = tok->pos;
            return BEGUN;
        }
        if (tok->kind != BK_TOK_TEXT) return bk_parse_unexpected(p, *tok, "input"), BEGUN_FAILED;
        if (!push_text(p, tok->val)) return BEGUN_FAILED;
    }
}

/* Reads the text in front of an action, and "{{", whose place is the newest token's then. */
static inline begun begin_action(bk_parser *p) {
    bk_tree_state *t = p->t;
    bk_str text;
    if (t->ahead || !bk_lexer_action(&p->lexer, &text, &t->tok[0].pos)) return begin_by_tokens(p);
    t->action_pos = t->tok[0].pos;
    return !text.n || push_text(p, text) ? BEGUN : BEGUN_FAILED;
}

/* Behind "{{": reads the word if a definition begins. */
static bool begins_define(bk_parser *p) {
    const char *at = bk_lexer_first(&p->lexer);
    if (bk_lexer_end(&p->lexer) - at < 4 || at[0] != 'd' || at[1] != 'e' || at[2] != 'f' || at[3] != 'i') return false;
    if (bk_parse_next(p)->kind == BK_TOK_DEFINE) return true;
    bk_parse_backup(p);
    return false;
}

/* What ends a list is no node of it. */
static bk_node *list_end(bk_parser *p, bk_node_kind kind, uint32_t pos) {
    p->mark = (bk_node){.kind = (uint8_t)kind, .pos = pos};
    return &p->mark;
}

/* Up to {{end}} or {{else}}, which is returned, or the end of a `whole` text, which alone may hold definitions; NULL on failure. */
static bk_node *item_list(bk_parser *p, bk_nodes *ret, bool whole) {
    size_t mark = p->node_count;
    for (;;) {
        begun begun = begin_action(p);
        if (BK_UNLIKELY(begun == BEGUN_FAILED)) return NULL;
        if (BK_UNLIKELY(begun == TEXT_ENDED && !whole)) return bk_parse_fail(p, BK_S("unexpected EOF"));
        if (whole && begun == BEGUN && begins_define(p)) {
            if (!definition(p, p->t->action_pos)) return NULL;
            continue;
        }
        bk_node *node = begun == BEGUN ? action(p) : list_end(p, BK_NODE_EOF, 0);
        if (!node) return NULL;
        if (node->kind >= BK_NODE_END) return collect(p, mark, ret) ? node : NULL;
        if (!push(p, node)) return NULL;
    }
}

static bool expect_right(bk_parser *p, const char *context, bk_tok *ret) {
    *ret = *bk_parse_next(p);
    return ret->kind == BK_TOK_RIGHT || bk_parse_unexpected(p, *ret, context);
}

static bool template_name(bk_parser *p, const char *context, bk_str *ret, uint32_t *ret_pos) {
    if (bk_parse_usual_name(p, ret, ret_pos)) return true;
    bk_tok tok = *bk_parse_next(p);
    bk_str message;
    *ret_pos = tok.pos;
    if (tok.kind != BK_TOK_STRING && tok.kind != BK_TOK_RAW_STRING) return bk_parse_unexpected(p, tok, context);
    switch (bk_constant_string(p->arena, tok.val, ret, &message)) {
    case BK_CONSTANT_OK: return true;
    case BK_CONSTANT_BAD: return bk_parse_fail(p, message);
    case BK_CONSTANT_NOMEM: break;
    }
    return bk_parse_nomem(p);
}

/* The body of a define or block, as a template of its own; `from` is where its action began. The state is the new tree's. */
static bool own_body(bk_parser *p, bk_tree_state *outer, bk_str name, uint32_t from, const char *context) {
    bk_nodes root;
    const bk_node *end = item_list(p, &root, false);
    if (!end) return false;
    if (end->kind != BK_NODE_END) {
        if (outer) p->t = outer; /* the line in the message is the outer tree's */
        return bk_parse_fail_node(p, "unexpected ", end, strcmp(context, "block clause") == 0 ? " in block clause" : " in define clause");
    }
    return add_tree(p, name, bk_str_sub(p->source->text, from, (size_t)end->pos + 2), root);
}

/* After "{{define". */
BK_APART static bool definition(bk_parser *p, uint32_t from) {
    static const char context[] = "define clause";
    bk_tree_state *outer = p->t, inner = {.ahead = 0};
    bk_str name;
    bk_tok tok;
    uint32_t pos;
    if (!enter(p)) return false;
    bk_scope_init(&inner.scope, p->arena);
    p->t = &inner;
    bool ok = template_name(p, context, &name, &pos) && expect_right(p, context, &tok) && own_body(p, NULL, name, from, context);
    p->t = outer;
    p->nesting--;
    return ok;
}

/* ---- control structures ---- */

/* The list behind the pipeline of one if, with or range. */
static bk_node *branch_body(bk_parser *p, bk_node_branch *b) {
    bool range = b->head.kind == BK_NODE_RANGE;
    p->t->range_depth += range;
    bk_node *end = item_list(p, &b->body, false);
    p->t->range_depth -= range;
    return end;
}

static const char *branch_name(bk_node_kind kind) { return kind == BK_NODE_IF ? "if" : kind == BK_NODE_WITH ? "with" : "range"; }

static bk_node_branch *branch(bk_parser *p, bk_node_kind kind) {
    typedef struct branch_room {
        bk_node_branch branch;
        bk_pipe_room pipe;
    } branch_room;
    branch_room *room = bk_parse_room(p, sizeof *room);
    if (!room) return NULL;
    bk_node_branch *b = &room->branch;
    *b = (bk_node_branch){.head = bk_parse_head(kind, 0)};
    b->pipe = bk_parse_pipeline(p, &room->pipe, branch_name(kind), BK_TOK_RIGHT);
    if (!b->pipe) return NULL;
    b->head.pos = b->pipe->head.pos;
    return b;
}

/* "else if" and "else with" go on with the next branch, alone in the list of the one before. */
static bool chains(bk_parser *p, bk_node_kind kind, const bk_node *end) {
    if (kind == BK_NODE_RANGE || end->flag != (kind == BK_NODE_IF ? BK_TOK_IF : BK_TOK_WITH)) return false;
    bk_parse_next(p);
    return true;
}

/* {{else}} was read: its list and the end. */
static bool else_body(bk_parser *p, bk_node_branch *b) {
    const bk_node *end = item_list(p, &b->other, false);
    if (!end) return false;
    return end->kind == BK_NODE_END || bk_parse_fail_node(p, "expected end; found ", end, "");
}

static bk_node *control(bk_parser *p, bk_node_kind kind) {
    bk_scope *scope = &p->t->scope;
    uint32_t known = scope->known_count, live = scope->live_count;
    if (!enter(p)) return NULL;
    bk_node_branch *first = branch(p, kind), *b = first;
    while (b) {
        uint32_t after_pipe = scope->live_count;
        const bk_node *end = branch_body(p, b);
        if (!end) return NULL;
        bk_scope_pop(scope, after_pipe);
        if (end->kind == BK_NODE_END) break;
        b->has_else = true;
        if (!chains(p, kind, end)) {
            if (!else_body(p, b)) return NULL;
            break;
        }
        bk_node_branch *next = branch(p, kind);
        size_t mark = p->node_count;
        if (!next || !push(p, &next->head) || !collect(p, mark, &b->other)) return NULL;
        b = next;
    }
    p->nesting--;
    bk_scope_forget(scope, known);
    bk_scope_pop(scope, live);
    return b ? &first->head : NULL;
}

static bk_node *leave_loop(bk_parser *p, bk_node_kind kind, uint32_t pos) {
    const char *name = kind == BK_NODE_BREAK ? "{{break}}" : "{{continue}}";
    bk_tok tok;
    if (!expect_right(p, name, &tok)) return NULL;
    if (p->t->range_depth == 0) return bk_parse_failf(p, "%s outside {{range}}", name);
    return bk_parse_new(p, kind, pos, sizeof(bk_node));
}

static bk_node *end_action(bk_parser *p) {
    bk_tok tok;
    return expect_right(p, "end", &tok) ? list_end(p, BK_NODE_END, tok.pos) : NULL;
}

/* flag: the token that goes on with it, which is left to be read. */
static bk_node *else_action(bk_parser *p) {
    bk_tok tok = *bk_parse_peek(p);
    bool goes_on = tok.kind == BK_TOK_IF || tok.kind == BK_TOK_WITH;
    if (!goes_on && !expect_right(p, "else", &tok)) return NULL;
    bk_node *mark = list_end(p, BK_NODE_ELSE, tok.pos);
    mark->flag = goes_on ? tok.kind : 0;
    return mark;
}

static bk_node *template_node(bk_parser *p, uint32_t pos, bk_str name, bk_node_pipe *pipe) {
    bk_node_template *node = BK_PARSE_NEW(p, BK_NODE_TEMPLATE, pos, bk_node_template);
    if (!node) return NULL;
    node->name = name;
    node->hash = bk_str_hash(name);
    node->pipe = pipe;
    return &node->head;
}

static bk_node_pipe *own_pipeline(bk_parser *p, const char *context) {
    bk_pipe_room *room = bk_parse_room(p, sizeof *room);
    return room ? bk_parse_pipeline(p, room, context, BK_TOK_RIGHT) : NULL;
}

/* Whether the action may end here: for whoever must know without reading a token. */
static bool may_end(const bk_parser *p) {
    const char *at = bk_lexer_first(&p->lexer);
    return p->t->ahead || at == bk_lexer_end(&p->lexer) || *at == '}' || *at == '-';
}

static bk_node *template_action(bk_parser *p) {
    static const char context[] = "template clause";
    bk_str name;
    uint32_t pos;
    if (!template_name(p, context, &name, &pos)) return NULL;
    if (may_end(p)) {
        if (bk_parse_next(p)->kind == BK_TOK_RIGHT) return template_node(p, pos, name, NULL);
        bk_parse_backup(p);
    }
    bk_node_pipe *pipe = own_pipeline(p, context);
    return pipe ? template_node(p, pos, name, pipe) : NULL;
}

/* A define on the spot and a call of it. */
static bk_node *block_action(bk_parser *p, uint32_t from) {
    static const char context[] = "block clause";
    bk_str name;
    uint32_t pos;
    if (!template_name(p, context, &name, &pos)) return NULL;
    bk_node_pipe *pipe = own_pipeline(p, context);
    bk_tree_state *outer = p->t, inner = {.ahead = 0};
    if (!pipe || !enter(p)) return NULL;
    bk_scope_init(&inner.scope, p->arena);
    p->t = &inner;
    bool ok = own_body(p, outer, name, from, context);
    p->t = outer;
    p->nesting--;
    return !ok ? NULL : template_node(p, pos, name, pipe);
}

/* ---- actions ---- */

static bk_node *pipeline_action(bk_parser *p) {
    typedef struct action_room {
        bk_node_action action;
        bk_pipe_room pipe;
    } action_room;
    action_room *room = bk_parse_room(p, sizeof *room);
    bk_node_pipe *pipe = room ? bk_parse_pipeline(p, &room->pipe, "command", BK_TOK_RIGHT) : NULL;
    if (!pipe) return NULL;
    room->action.head = bk_parse_head(BK_NODE_ACTION, pipe->head.pos);
    room->action.pipe = pipe;
    return &room->action.head;
}

BK_APART static bk_node *statement_by_tokens(bk_parser *p) {
    const bk_tok *tok = bk_parse_next(p);
    switch (tok->kind) {
    case BK_TOK_BLOCK: return block_action(p, p->t->action_pos);
    case BK_TOK_BREAK: return leave_loop(p, BK_NODE_BREAK, tok->pos);
    case BK_TOK_CONTINUE: return leave_loop(p, BK_NODE_CONTINUE, tok->pos);
    case BK_TOK_ELSE: return else_action(p);
    case BK_TOK_END: return end_action(p);
    case BK_TOK_IF: return control(p, BK_NODE_IF);
    case BK_TOK_RANGE: return control(p, BK_NODE_RANGE);
    case BK_TOK_TEMPLATE: return template_action(p);
    case BK_TOK_WITH: return control(p, BK_NODE_WITH);
    default: break;
    }
    bk_parse_backup(p);
    return pipeline_action(p);
}

/* Behind "{{". */
static inline bk_node *statement(bk_parser *p) {
    switch (p->t->ahead == 0 ? bk_parse_usual_word(p) : BK_WORD_NOT) {
    case BK_WORD_IF: return control(p, BK_NODE_IF);
    case BK_WORD_RANGE: return control(p, BK_NODE_RANGE);
    case BK_WORD_WITH: return control(p, BK_NODE_WITH);
    case BK_WORD_TEMPLATE: return template_action(p);
    case BK_WORD_END: return list_end(p, BK_NODE_END, p->t->tok[0].pos);
    case BK_WORD_ELSE: return list_end(p, BK_NODE_ELSE, p->t->tok[0].pos);
    case BK_WORD_NONE: return pipeline_action(p);
    default: return statement_by_tokens(p);
    }
}

static inline bk_node *action(bk_parser *p) {
    bk_tree_state *t = p->t;
    t->in_action = true;
    bk_node *node = statement(p);
    t->in_action = false;
    return node;
}

static bool whole_text(bk_parser *p) {
    bk_nodes root;
    const bk_node *end = item_list(p, &root, true);
    if (!end) return false;
    if (end->kind != BK_NODE_EOF) return bk_parse_fail_node(p, "unexpected ", end, "");
    return add_tree(p, p->source->name, p->source->text, root);
}

bk_status bk_tmpl_parse_text(const bk_tmpl_set *set, bk_str name, bk_str text, bk_trees *ret, bk_err *err) {
    bk_arena *arena = set->arena;
    bk_source *source = BK_NEW(arena, bk_source);
    bk_tree_state state = {.ahead = 0};
    bk_parser p = {.arena = arena, .err = err, .set = set, .source = source, .t = &state, .names = bk_map_new(arena, 1)};
    p.values = bk_parse_name(BK_S("Values"));
    if (!source || !p.names) return bk_arena_fail(arena, err);
    bk_scope_init(&state.scope, arena);
    if (text.n >= UINT32_MAX) return bk_err_limit(err, "bytes of a template", UINT32_MAX);
    *source = (bk_source){name, text};
    bk_lexer_init(&p.lexer, arena, text);
    p.stop = text.n ? text.p + text.n - 1 : text.p;
    if (!whole_text(&p)) return err->code;
    *ret = p.trees;
    return BK_OK;
}
