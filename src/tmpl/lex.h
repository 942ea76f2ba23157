/* lex.h: the tokens of a template (internal to src/tmpl).
 *
 * The lexer is pulled: each call gives the next token. Outside of actions it looks for "{{" only; the text between is one token, trimmed where a
 * neighbouring action says so. Comments and spaces yield no token. A mistake is a token too (BK_TOK_ERROR, its text is the message), the last
 * one worth reading.
 *
 * Token kinds, their text in messages and their positions follow Go's text/template/parse, since parse errors show them. */
#ifndef BK_TMPL_LEX_H
#define BK_TMPL_LEX_H

#include "base/arena.h"
#include "base/buf.h"

typedef enum bk_tok_kind {
    BK_TOK_ERROR,
    BK_TOK_EOF,
    BK_TOK_TEXT,
    BK_TOK_LEFT,  /* {{ */
    BK_TOK_RIGHT, /* }} */
    BK_TOK_LEFT_PAREN,
    BK_TOK_RIGHT_PAREN,
    BK_TOK_CHAR,    /* any other printable ASCII: the comma, mistakes */
    BK_TOK_ASSIGN,  /* = */
    BK_TOK_DECLARE, /* := */
    BK_TOK_PIPE,
    BK_TOK_BOOL,
    BK_TOK_CHAR_CONST,
    BK_TOK_COMPLEX,
    BK_TOK_NUMBER,
    BK_TOK_STRING,
    BK_TOK_RAW_STRING,
    BK_TOK_IDENT,
    BK_TOK_FIELD,    /* .name */
    BK_TOK_VARIABLE, /* $name */
    BK_TOK_KEYWORD,  /* not a token: the rest are keywords */
    BK_TOK_DOT,
    BK_TOK_NIL,
    BK_TOK_BLOCK,
    BK_TOK_BREAK,
    BK_TOK_CONTINUE,
    BK_TOK_DEFINE,
    BK_TOK_ELSE,
    BK_TOK_END,
    BK_TOK_IF,
    BK_TOK_RANGE,
    BK_TOK_TEMPLATE,
    BK_TOK_WITH,
} bk_tok_kind;

typedef struct bk_tok {
    uint8_t kind; /* bk_tok_kind */
    bool spaced;  /* white space stands in front of it, inside of an action */
    uint32_t pos; /* where it starts in the text */
    bk_str val;   /* a view of the text; an error's message */
} bk_tok;

typedef struct bk_lexer {
    bk_arena *arena; /* messages of errors */
    bk_str in;       /* emptied by an error */
    size_t pos, start;
    size_t paren_depth;
    bool inside; /* between {{ and }} */
} bk_lexer;

/* `text` is borrowed and shorter than 4 GiB. */
void bk_lexer_init(bk_lexer *lexer, bk_arena *arena, bk_str text);
void bk_lexer_next(bk_lexer *lexer, bk_tok *ret);

/* ---- the usual in one step ----
 *
 * All of these are for within an action and take only words of ASCII; what they refuse is left for bk_lexer_next, which may take it. */

/* What stands behind the blanks that may come first; 0 at the end of the text. */
static inline char bk_lexer_first(const bk_lexer *lexer) {
    size_t at = lexer->pos;
    while (at < lexer->in.n && lexer->in.p[at] == ' ') at++;
    return at < lexer->in.n ? lexer->in.p[at] : 0;
}
/* Behind a token: whether a dot follows directly. */
static inline bool bk_lexer_at_dot(const bk_lexer *lexer) { return lexer->pos < lexer->in.n && lexer->in.p[lexer->pos] == '.'; }
/* Behind a token: reads the fields that follow directly and gives their names, at most so many. */
uint32_t bk_lexer_fields(bk_lexer *lexer, bk_str *ret, uint32_t most);
/* Reads the keyword and the end of the action, if nothing else is left of it. */
bool bk_lexer_lone(bk_lexer *lexer, bk_str keyword, bk_tok *ret_right);

/* A field or a variable with the fields behind it. */
typedef struct bk_lexer_names {
    bk_str variable; /* with its $; empty for a field */
    uint32_t pos, n;
    bk_str names[8];
} bk_lexer_names;
/* Reads such a thing and the end of the action, if nothing else is left of it. */
bool bk_lexer_path(bk_lexer *lexer, bk_lexer_names *ret, bk_tok *ret_right);

/* The token as messages show it: EOF, <if>, "word", "long words"... */
void bk_tok_print(bk_buf *out, const bk_tok *tok);
/* "U+0023 '#'" */
void bk_rune_print(bk_buf *out, uint32_t rune);

#endif
