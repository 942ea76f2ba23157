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
#include "base/vec.h"

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

/* ---- the usual without tokens ----
 *
 * The parser reads most of what stands in actions straight from the text (parse_usual.c). Whatever is not usual, and all that is wrong, is left as it is for bk_lexer_next. */

/* What an ASCII character can be; the rest of the bytes begin or continue wider runes. */
enum {
    BK_LEX_SPACE = 1,
    BK_LEX_WORD = 2,
    BK_LEX_DIGIT = 4,
    BK_LEX_TERMINATOR = 8, /* may follow a word */
    BK_LEX_NAME = 16,      /* begins a word, a field or a variable */
    BK_LEX_LETTER = 32,    /* begins a word */
    BK_LEX_BEHIND = 64,    /* may follow an operand (and so may "}}") */
};
extern const uint8_t bk_lex_classes[256];
static inline bool bk_lex_is(char c, uint8_t class) { return bk_lex_classes[(unsigned char)c] & class; }

static inline const char *bk_lex_spaces_end(const char *p, const char *end) {
    while (p < end && bk_lex_is(*p, BK_LEX_SPACE)) p++;
    return p;
}

/* The end of the letters, digits and underscores of ASCII from p on. */
static inline const char *bk_lex_word_end(const char *p, const char *end) {
#ifdef BK_VEC_MARKS
    /* Shifted so that the last of a kind is the largest signed byte: one comparison each, which is what the processor has. */
    for (; end - p >= 16; p += 16) {
        bk_vec v = bk_vec_load(p);
        bk_vec letters = (bk_vec)((bk_vec_signed)((v | 0x20) + (0x7f - 'z')) > 0x7f - 26);
        bk_vec digits = (bk_vec)((bk_vec_signed)(v + (0x7f - '9')) > 0x7f - 10);
        unsigned marks = bk_vec_marks(letters | digits | (bk_vec)(v == '_'));
        if (marks != 0xFFFF) return p + __builtin_ctz(~marks);
    }
#endif
    while (p < end && bk_lex_is(*p, BK_LEX_WORD)) p++;
    return p;
}

/* Within an action: what stands behind the spaces that may come first, if the text goes on; else its end. */
static inline const char *bk_lexer_first(const bk_lexer *lexer) {
    const char *p = lexer->in.p + lexer->pos, *end = lexer->in.p + lexer->in.n;
    if (p < end && *p == ' ') p++; /* mostly one or none */
    return p < end && (signed char)*p <= ' ' ? bk_lex_spaces_end(p, end) : p;
}
static inline const char *bk_lexer_end(const bk_lexer *lexer) { return lexer->in.p + lexer->in.n; }

/* Outside of actions: reads the text up to the next "{{", which may be empty, and the "{{", which is at *ret_left then. False: no action follows, or a comment does. */
bool bk_lexer_action(bk_lexer *lexer, bk_str *ret_text, uint32_t *ret_left);
bool bk_lexer_close_trimming(bk_lexer *lexer, const char *dash, uint32_t *ret_right);
/* Within an action, outside of parentheses: reads its end, if that stands at p, which is in front of the text's last byte; a space before p is read already. */
static inline bool bk_lexer_close(bk_lexer *lexer, const char *p, uint32_t *ret_right) {
    if (*p == '-') return bk_lexer_close_trimming(lexer, p, ret_right);
    if (*p != '}' || p[1] != '}') return false;
    *ret_right = (uint32_t)(p - lexer->in.p);
    lexer->pos = *ret_right + 2;
    lexer->inside = false;
    return true;
}
/* What a word is: an identifier, a constant, or one of the keywords. */
bk_tok_kind bk_lexer_word(bk_str word);

/* The token as messages show it: EOF, <if>, "word", "long words"... */
void bk_tok_print(bk_buf *out, const bk_tok *tok);
/* "U+0023 '#'" */
void bk_rune_print(bk_buf *out, uint32_t rune);

#endif
