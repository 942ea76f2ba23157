/* toml_lex.h: the characters and the plain values of TOML, inside src/data only (users include toml.h). */
#ifndef BK_DATA_TOML_LEX_H
#define BK_DATA_TOML_LEX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "value/value.h"

/* End of the text, as a rune: NUL is refused elsewhere. */
#define BK_TOML_EOF 0u

typedef struct bk_toml_lexer {
    bk_str in;
    size_t start, at; /* the current item; the next character */
    size_t back;      /* width of the character read last: it can be read again */
    uint32_t line;
    bool at_eof;
    bk_arena *arena;
    bk_err *err;
    bk_str (*last_key)(void *self); /* the key that errors name; empty: none */
    bool starved;                   /* there was no memory to word an error */
    void *self;
} bk_toml_lexer;

/* `toml: line N (last key "k"): …` */
bk_status bk_toml_fail(bk_toml_lexer *lx, uint32_t line, const char *fmt, ...) BK_PRINTF(3, 4);
/* The same at the current place; at the end of the text it is the last line that counts. */
bk_status bk_toml_fail_here(bk_toml_lexer *lx, const char *fmt, ...) BK_PRINTF(2, 3);
/* A message that ends in "got X instead", X being the rune as %q shows it. */
bk_status bk_toml_fail_rune(bk_toml_lexer *lx, const char *before, uint32_t rune, const char *after);

/* Reads the next character. */
bk_status bk_toml_next(bk_toml_lexer *lx, uint32_t *ret);
void bk_toml_back(bk_toml_lexer *lx);
bk_status bk_toml_peek(bk_toml_lexer *lx, uint32_t *ret);
/* Steps over blanks; the item starts behind them. */
bk_status bk_toml_skip_blanks(bk_toml_lexer *lx);
/* From "#" to the end of the line. */
bk_status bk_toml_skip_comment(bk_toml_lexer *lx);
static inline void bk_toml_ignore(bk_toml_lexer *lx) { lx->start = lx->at; }
static inline bk_str bk_toml_current(const bk_toml_lexer *lx) { return bk_str_sub(lx->in, lx->start, lx->at); }

/* A character of a bare key. */
static inline bool bk_toml_bare(uint32_t c) { return (c | 0x20) - 'a' < 26u || c - '0' < 10u || c == '_' || c == '-'; }
/* Appends a string between quotes; a part of a key, between quotes if it needs them; a dotted key. */
void bk_toml_put_quoted(bk_buf *out, bk_str s);
void bk_toml_put_part(bk_buf *out, bk_str part);
void bk_toml_put_key(bk_buf *out, const bk_str *parts, size_t n);

static inline bool bk_toml_blank(uint32_t rune) { return rune == ' ' || rune == '\t'; }
static inline bool bk_toml_newline(uint32_t rune) { return rune == '\n' || rune == '\r'; }

/* A string whose opening quote has been read: basic or literal, on one line. */
bk_status bk_toml_string(bk_toml_lexer *lx, char quote, bk_str *ret);
/* A value that is no array and no table, from its first character `rune`, which has been read. */
bk_status bk_toml_scalar(bk_toml_lexer *lx, uint32_t rune, bk_value *ret);
/* What those call. */
bk_status bk_toml_long_string(bk_toml_lexer *lx, char quote, bk_str *ret);
bk_status bk_toml_number(bk_toml_lexer *lx, uint32_t rune, bk_value *ret);

#endif
