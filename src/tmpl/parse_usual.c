/* What is usual in actions, read straight from the text: most templates hold little else. A pipeline is read as a whole or not at all: whatever is wrong in it, or just rare, makes
 * the parser read it once more by tokens, which is where all errors are worded. So nothing here looks for mistakes, and each part is free to know only the commonest forms.
 *
 * The functions take a place in the text and give a node, or NULL; p->at is the place behind it then. An action ends with two braces, so whatever is right has two bytes behind it:
 * a place that is before `stop`, the text's last byte, can be looked at with the byte that follows. */
#include "tmpl/constant.h"
#include "tmpl/parse.h"

enum { NAMES = 8, DEPTH = 16 /* of parentheses */ };

static inline uint32_t place(const bk_parser *p, const char *at) { return (uint32_t)(at - p->lexer.in.p); }

/* Behind the spaces, of which there is mostly one or none; `stop` at most. */
static inline const char *skip(const char *at, const char *stop) {
    if (at < stop && *at == ' ') at++;
    return at >= stop || (signed char)*at > ' ' ? at : bk_lex_spaces_end(at, stop);
}

/* Whether an operand may end there. */
static inline bool ends(const char *at) { return bk_lex_is(*at, BK_LEX_BEHIND) || (*at == '}' && at[1] == '}'); }

static inline uint32_t four(const char *at) {
    uint32_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/* There was no memory, which p->err says: the tokens are not to try again. */
BK_COLD static void *gives_up(bk_parser *p) {
    p->failed = true;
    return NULL;
}

BK_COLD static void *no_memory(bk_parser *p) {
    bk_parse_nomem(p);
    return gives_up(p);
}

static inline void *new_room(bk_parser *p, size_t size) {
    void *node = bk_parse_room(p, size);
    return BK_LIKELY(node != NULL) ? node : gives_up(p);
}

static inline bk_node *made(bk_parser *p, bk_node *node, const char *after) {
    p->at = after;
    return node;
}

/* ---- operands ---- */

/* The names from the dot at `at` on, behind a node of `size` bytes, which *ret_node is: their end, or NULL. */
BK_INLINE const char *read_names(bk_parser *p, const char *at, const char *stop, size_t size, void *ret_node, bk_names *ret) {
    char *node = new_room(p, size + NAMES * sizeof(bk_name));
    if (!node) return NULL;
    bk_name *names = (bk_name *)(void *)(node + size);
    uint32_t n = 0;
    if (stop - at > 8 && four(at) == four(".Val") && four(at + 4) == four("ues.")) { /* the first of every third */
        names[n++] = p->values;
        at += 7;
    }
    do {
        const char *from = at + 1;
        if (n == NAMES || !bk_lex_is(*from, BK_LEX_LETTER)) return NULL;
        at = bk_lex_word_end(from, stop);
        names[n++] = bk_parse_name(bk_str_of(from, (size_t)(at - from)));
    } while (*at == '.' && at < stop);
    if (at >= stop || !ends(at)) return NULL;
    bk_arena_shrink(p->arena, node, size + NAMES * sizeof(bk_name), size + n * sizeof(bk_name));
    memcpy(ret_node, &node, sizeof node);
    *ret = (bk_names){names, n};
    return at;
}

static bk_node *lone(bk_parser *p, bk_node_kind kind, const char *at, const char *after) {
    bk_node *node = new_room(p, sizeof *node);
    if (!node) return NULL;
    *node = bk_parse_head(kind, place(p, at));
    return made(p, node, after);
}

BK_APART static bk_node *field(bk_parser *p, const char *at, const char *stop) {
    bk_node_field *node;
    bk_names names;
    if (at + 1 < stop && ends(at + 1)) return lone(p, BK_NODE_DOT, at, at + 1);
    const char *after = read_names(p, at, stop, sizeof *node, &node, &names);
    if (!after) return NULL;
    /* To Go, a field stands where the first field behind it does. */
    node->head = bk_parse_head(BK_NODE_FIELD, place(p, names.n > 1 ? at + 1 + names.items[0].text.n : at));
    node->names = names;
    return made(p, &node->head, after);
}

BK_APART static bk_node *variable(bk_parser *p, const char *at, const char *stop) {
    const char *behind = bk_lex_word_end(at + 1, stop), *after = behind;
    if (after >= stop || !(*after == '.' || ends(after))) return NULL;
    bk_str name = bk_str_of(at, (size_t)(behind - at));
    const bk_scope_var *var = bk_scope_known(&p->t->scope, name);
    if (!var) return NULL;
    bk_node_variable *node;
    bk_names names = {.n = 0};
    if (*after == '.') after = read_names(p, after, stop, sizeof *node, &node, &names);
    else node = new_room(p, sizeof *node);
    if (!after || !node) return NULL;
    node->head = bk_parse_head(BK_NODE_VARIABLE, place(p, names.n ? behind : at));
    node->name = name;
    node->names = names;
    return bk_scope_use(&p->t->scope, var, &node->where) ? made(p, &node->head, after) : no_memory(p);
}

/* The closing quote of a text of ASCII without escapes; NULL: it is none such. */
static inline const char *quote_behind(const char *at, const char *stop) {
#ifdef BK_VEC_MARKS
    for (; stop - at >= 16; at += 16) {
        bk_vec_signed v = (bk_vec_signed)bk_vec_load(at); /* what is not ASCII is below zero */
        unsigned marks = bk_vec_marks((bk_vec)((v == '"') | (v == '\\') | (v < ' ')));
        if (!marks) continue;
        at += __builtin_ctz(marks);
        return *at == '"' ? at : NULL;
    }
#endif
    while (at < stop && *at != '"' && *at != '\\' && (signed char)*at >= ' ') at++;
    return at < stop && *at == '"' ? at : NULL;
}

/* Any other text: its closing quote. */
static const char *rare_quote_behind(const char *at, const char *stop) {
    for (; at < stop && *at != '"' && *at != '\n'; at++)
        if (*at == '\\') at++;
    return at < stop && *at == '"' ? at : NULL;
}

/* A constant whose text is what stands between the quotes, or is for bk_constant_string to say. */
static bk_node *constant(bk_parser *p, const char *at, const char *quote, const char *stop, bool plain) {
    bk_str text, message;
    if (!quote || quote + 1 >= stop || !ends(quote + 1)) return NULL;
    bk_str quoted = bk_str_of(at, (size_t)(quote + 1 - at));
    bk_constant_result result = BK_CONSTANT_OK;
    if (plain) text = bk_str_of(at + 1, quoted.n - 2);
    else result = bk_constant_string(p->arena, quoted, &text, &message);
    if (result == BK_CONSTANT_NOMEM) return no_memory(p);
    if (result != BK_CONSTANT_OK) return NULL;
    bk_node_string *node = new_room(p, sizeof *node);
    if (!node) return NULL;
    node->head = bk_parse_head(BK_NODE_STRING, place(p, at));
    node->quoted = quoted;
    node->value = bk_string(text);
    return made(p, &node->head, quote + 1);
}

BK_APART static bk_node *string(bk_parser *p, const char *at, const char *stop) {
    const char *quote = quote_behind(at + 1, stop);
    return quote ? constant(p, at, quote, stop, true) : constant(p, at, rare_quote_behind(at + 1, stop), stop, false);
}

BK_APART static bk_node *raw_string(bk_parser *p, const char *at, const char *stop) {
    return constant(p, at, memchr(at + 1, '`', (size_t)(stop - at) - 1), stop, false);
}

/* Digits, few enough for every type, that do not begin with a zero. */
BK_APART static bk_node *number(bk_parser *p, const char *at, const char *stop) {
    const char *after = at;
    int64_t value = 0;
    for (; after < stop && after - at < 16 && bk_lex_is(*after, BK_LEX_DIGIT); after++) value = value * 10 + (*after - '0');
    if (after - at > 15 || (*at == '0' && after - at > 1) || after >= stop || !ends(after)) return NULL;
    bk_node_number *node = new_room(p, sizeof *node);
    if (!node) return NULL;
    node->head = bk_parse_head(BK_NODE_NUMBER, place(p, at));
    node->head.flag = BK_NUM_INT | BK_NUM_UINT | BK_NUM_FLOAT;
    node->text = bk_str_of(at, (size_t)(after - at));
    node->i = value;
    node->u = (uint64_t)value;
    node->f = (double)value;
    node->value = bk_int(value);
    return made(p, &node->head, after);
}

static bk_node *function(bk_parser *p, const bk_found_func *found, bk_str name, const char *after) {
    bk_node *node = bk_parse_new_function(p, found, name, place(p, name.p));
    return node ? made(p, node, after) : gives_up(p);
}

/* A word that is no function used lately. */
BK_APART static bk_node *rare_word(bk_parser *p, bk_str name, const char *after) {
    bk_node *node;
    const bk_found_func *found;
    switch (bk_lexer_word(name)) {
    case BK_TOK_NIL: return lone(p, BK_NODE_NIL, name.p, after);
    case BK_TOK_BOOL:
        node = lone(p, BK_NODE_BOOL, name.p, after);
        if (node) node->flag = *name.p == 't';
        return node;
    case BK_TOK_IDENT: found = bk_tmpl_resolve(p->set, name); return found ? function(p, found, name, after) : NULL;
    default: return NULL;
    }
}

BK_APART static bk_node *word(bk_parser *p, const char *at, const char *stop) {
    const char *after = bk_lex_word_end(at, stop);
    if (after >= stop || !ends(after)) return NULL;
    bk_str name = bk_str_of(at, (size_t)(after - at));
    const bk_found_func *found = bk_tmpl_recent(p->set, name);
    if (found->name.n != name.n || !bk_bytes_eq(found->name.p, name.p, name.n)) return rare_word(p, name, after);
    return function(p, found, name, after);
}

static bk_node *parenthesis(bk_parser *p, const char *at);

static inline bk_node *operand(bk_parser *p, const char *at, const char *stop) {
    if (at >= stop) return NULL;
    switch (*at) {
    case '.': return field(p, at, stop);
    case '$': return variable(p, at, stop);
    case '"': return string(p, at, stop);
    case '`': return raw_string(p, at, stop);
    case '(': return parenthesis(p, at);
    case '0' ... '9': return number(p, at, stop);
    case 'a' ... 'z':
    case 'A' ... 'Z':
    case '_': return word(p, at, stop);
    default: return NULL;
    }
}

/* ---- commands and pipelines ---- */

/* Up to what ends it: a bar, a parenthesis, or the action's end, which p->at is before p->stop then. False: not. */
static bool command(bk_parser *p, bk_node_command *cmd, const char *at) {
    const char *stop = p->stop;
    cmd->head = bk_parse_head(BK_NODE_COMMAND, place(p, at));
    cmd->n = cmd->reset_from = cmd->reset_to = 0;
    cmd->args = cmd->few;
    do {
        bk_node *arg = operand(p, at, stop);
        if (!arg) return false;
        if (!bk_parse_add_arg(p, cmd, arg)) return gives_up(p);
        at = p->at;
        if (!bk_lex_is(*at, BK_LEX_SPACE)) return true;
        p->at = at = skip(at, stop);
    } while (*at != '|' && *at != ')' && *at != '}' && *at != '-');
    return at < stop;
}

/* The second command and those behind it; the first one is in its room. */
static bool more_commands(bk_parser *p, bk_node_pipe *pipe) {
    do {
        bk_node_command *cmd = new_room(p, sizeof *cmd);
        if (!cmd || !command(p, cmd, skip(p->at + 1, p->stop))) return false;
        if (cmd->few[0]->kind >= BK_NODE_DOT && cmd->few[0]->kind <= BK_NODE_STRING) return false; /* cannot be run */
        if (!bk_parse_add_command(p, pipe, cmd)) return gives_up(p);
    } while (*p->at == '|');
    return true;
}

BK_INLINE bool pipeline(bk_parser *p, bk_pipe_room *room, const char *at) {
    bk_node_pipe *pipe = &room->pipe;
    if (!command(p, &room->first, at)) return false;
    pipe->n = 1;
    pipe->cmds = pipe->few;
    pipe->few[0] = &room->first;
    if (*p->at == '|' && !more_commands(p, pipe)) return false;
    bk_parse_find_word(pipe);
    return true;
}

BK_APART static bk_node *parenthesis(bk_parser *p, const char *at) {
    if (p->depth == DEPTH) return NULL;
    bk_pipe_room *inner = new_room(p, sizeof *inner);
    if (!inner) return NULL;
    at = skip(at + 1, p->stop);
    inner->pipe = (bk_node_pipe){.head = bk_parse_head(BK_NODE_PIPE, place(p, at))};
    p->depth++;
    bool good = pipeline(p, inner, at) && *p->at == ')' && p->at + 1 < p->stop && ends(p->at + 1);
    p->depth--;
    if (!good) return NULL;
    return made(p, &inner->pipe.head, p->at + 1);
}

/* ---- the start of a pipeline ---- */

/* What "$x :=", "$x =" or, for a range, "$x, $y :=" declare. */
typedef struct declared {
    bk_str names[2];
    uint32_t n;
    bool assign;
} declared;

/* Where the commands begin behind the variable at `at`; NULL: ask the tokens. */
static const char *declarations(const char *at, const char *stop, bool range, declared *ret) {
    const char *after = bk_lex_word_end(at + 1, stop), *sign = skip(after, stop);
    *ret = (declared){.n = 0};
    if (range && after < stop && *after == ',') {
        const char *second = skip(after + 1, stop);
        if (second >= stop || *second != '$') return NULL;
        const char *second_end = bk_lex_word_end(second + 1, stop);
        sign = skip(second_end, stop);
        if (*sign != ':') return NULL;
        ret->names[1] = bk_str_of(second, (size_t)(second_end - second));
        ret->n = 1;
    }
    if (sign >= stop) return NULL;
    bool declares = *sign == ':' && sign[1] == '=';
    if (!declares && (*sign != '=' || sign == after)) return *sign == ',' || *sign == ':' ? NULL : at; /* a variable that is used */
    ret->names[0] = bk_str_of(at, (size_t)(after - at));
    ret->n++;
    ret->assign = !declares;
    return skip(sign + 1 + declares, stop);
}

/* The place behind what is declared at `at`, if anything is; NULL: ask the tokens, or p->failed. */
BK_APART static const char *declare(bk_parser *p, bk_node_pipe *pipe, const char *at, const char *context) {
    declared d;
    at = declarations(at, p->stop, strcmp(context, "range") == 0, &d);
    pipe->assign = d.assign;
    for (uint32_t i = 0; at && i < d.n; i++) {
        if (bk_parse_add_decl(p, pipe, d.names[i])) continue;
        p->failed = true;
        return NULL;
    }
    return at;
}

bk_usual bk_parse_usual(bk_parser *p, bk_pipe_room *room, const char *context) {
    const char *at = bk_lexer_first(&p->lexer);
    bk_node_pipe *pipe = &room->pipe;
    if (bk_lexer_end(&p->lexer) - at < 3) return BK_USUAL_NOT;
    *pipe = (bk_node_pipe){.head = bk_parse_head(BK_NODE_PIPE, place(p, at))};
    if (*at == '$') at = declare(p, pipe, at, context);
    if (at && pipeline(p, room, at) && bk_lexer_close(&p->lexer, p->at, &p->t->tok[0].pos)) return BK_USUAL_READ;
    bk_scope_forget(&p->t->scope, p->t->scope.known_count - pipe->decls); /* what it declares was made known */
    return p->failed ? BK_USUAL_FAILED : BK_USUAL_NOT;
}

/* ---- the start of an action ---- */

bool bk_parse_usual_name(bk_parser *p, bk_str *ret, uint32_t *ret_pos) {
    const char *at = bk_lexer_first(&p->lexer), *end = bk_lexer_end(&p->lexer);
    if (p->t->ahead || end - at < 4 || *at != '"') return false;
    const char *quote = quote_behind(at + 1, end - 1);
    if (!quote || quote + 2 >= end || !ends(quote + 1)) return false;
    *ret = bk_str_of(at + 1, (size_t)(quote - at) - 1);
    *ret_pos = p->t->tok[0].pos = place(p, at);
    p->lexer.pos = place(p, quote + 1);
    return true;
}

/* Whether one of the words of statements that are left to the tokens begins so. */
static bool may_be_keyword(uint32_t begin) {
    return begin == four("bloc") || begin == four("brea") || begin == four("cont") || begin == four("defi") || begin == four("temp");
}

/* Whether the action ends behind its word. */
static inline bool closes(bk_parser *p, const char *at) {
    at = skip(at, p->stop);
    return at < p->stop && bk_lexer_close(&p->lexer, at, &p->t->tok[0].pos);
}

bk_word bk_parse_usual_word(bk_parser *p) {
    const char *at = bk_lexer_first(&p->lexer), *end = bk_lexer_end(&p->lexer);
    if (at < end && !(*at >= 'a' && *at <= 'z')) return BK_WORD_NONE;
    if (end - at < 5) return BK_WORD_NOT;
    bk_word kind;
    ptrdiff_t n = 4;
    uint32_t begin = four(at);
    if (begin == four("else")) return closes(p, at + 4) ? BK_WORD_ELSE : BK_WORD_NOT;
    if (*at == 'e') {
        if (at[1] != 'n' || at[2] != 'd') return BK_WORD_NONE;
        return closes(p, at + 3) ? BK_WORD_END : BK_WORD_NOT;
    }
    if (*at == 'i' && at[1] == 'f') {
        kind = BK_WORD_IF;
        n = 2;
    } else if (begin == four("with")) {
        kind = BK_WORD_WITH;
    } else if (begin == four("rang") && at[4] == 'e') {
        kind = BK_WORD_RANGE;
        n = 5;
    } else if (begin == four("temp") && end - at > 8 && four(at + 4) == four("late")) {
        kind = BK_WORD_TEMPLATE;
        n = 8;
    } else {
        return may_be_keyword(begin) ? BK_WORD_NOT : BK_WORD_NONE;
    }
    if (end - at <= n || at[n] != ' ') return BK_WORD_NOT;
    p->t->tok[0].pos = place(p, at);
    p->lexer.pos = place(p, at + n);
    return kind;
}
