#include "tmpl/lex.h"

#include <string.h>

#include "base/unicode.h"
#include "base/utf8.h"
#include "value/gofmt.h"

#define END_OF_TEXT UINT32_MAX /* what next() gives at the end */

void bk_lexer_init(bk_lexer *lx, bk_arena *arena, bk_str text) { *lx = (bk_lexer){.arena = arena, .in = text}; }

/* What an ASCII character can be; the rest of the bytes begin or continue wider runes. */
enum { SPACE = 1, WORD = 2, DIGIT = 4, TERMINATOR = 8, NAME = 16 /* begins a word, a field or a variable */ };
static const uint8_t classes[256] = {
    [' '] = SPACE | TERMINATOR,
    ['\t'] = SPACE | TERMINATOR,
    ['\r'] = SPACE | TERMINATOR,
    ['\n'] = SPACE | TERMINATOR,
    ['0' ... '9'] = WORD | DIGIT,
    ['a' ... 'z'] = WORD | NAME,
    ['A' ... 'Z'] = WORD | NAME,
    ['_'] = WORD | NAME,
    ['.'] = TERMINATOR | NAME,
    [','] = TERMINATOR,
    ['|'] = TERMINATOR,
    [':'] = TERMINATOR,
    ['$'] = NAME,
    [')'] = TERMINATOR,
    ['('] = TERMINATOR,
};
static inline bool is(char c, uint8_t class) { return classes[(unsigned char)c] & class; }

static bool is_word(uint32_t c) { return c < 0x80 ? is((char)c, WORD) : bk_rune_is_letter(c) || bk_rune_is_digit(c); }

/* ---- moving ---- */

static uint32_t peek(const bk_lexer *lx, size_t *ret_width) {
    if (lx->pos >= lx->in.n) {
        *ret_width = 0;
        return END_OF_TEXT;
    }
    unsigned char c = (unsigned char)lx->in.p[lx->pos];
    if (c < 0x80) {
        *ret_width = 1;
        return c;
    }
    return bk_utf8_decode(bk_str_from(lx->in, lx->pos), ret_width);
}

static uint32_t next(bk_lexer *lx) {
    size_t width;
    uint32_t c = peek(lx, &width);
    lx->pos += width;
    return c;
}

static uint32_t peek_only(const bk_lexer *lx) {
    size_t width;
    return peek(lx, &width);
}

/* The byte at pos + ahead, 0 beyond the end (no character that is looked for is a NUL). */
static char byte_at(const bk_lexer *lx, size_t ahead) { return ahead < lx->in.n - lx->pos ? lx->in.p[lx->pos + ahead] : 0; }

static bool accept(bk_lexer *lx, const char *set) {
    char c = byte_at(lx, 0);
    if (!c || !strchr(set, c)) return false;
    lx->pos++;
    return true;
}

static void accept_run(bk_lexer *lx, const char *set) {
    while (accept(lx, set)) {}
}

/* ---- making tokens ---- */

static bk_tok emit(bk_lexer *lx, bk_tok_kind kind) {
    bk_tok tok = {(uint8_t)kind, false, (uint32_t)lx->start, {lx->in.p + lx->start, lx->pos - lx->start}};
    lx->start = lx->pos;
    return tok;
}

static bk_tok fail_with(bk_lexer *lx, bk_str message) {
    bk_tok tok = {BK_TOK_ERROR, false, (uint32_t)lx->start, message};
    lx->in.n = lx->pos = lx->start = 0;
    return tok;
}

static bk_tok fail(bk_lexer *lx, const char *message) { return fail_with(lx, bk_str_c(message)); }

void bk_rune_print(bk_buf *out, uint32_t rune) {
    bk_buf_printf(out, "U+%04X", (unsigned)rune);
    if (!bk_rune_is_print(rune)) return;
    bk_buf_c(out, " '");
    bk_buf_rune(out, rune);
    bk_buf_byte(out, '\'');
}

static bk_tok fail_rune(bk_lexer *lx, const char *message, uint32_t rune) {
    bk_buf b;
    bk_buf_init(&b, lx->arena, 0);
    bk_buf_c(&b, message);
    bk_rune_print(&b, rune);
    return fail_with(lx, bk_buf_take(&b));
}

static bk_tok fail_number(bk_lexer *lx) {
    bk_buf b;
    bk_buf_init(&b, lx->arena, 0);
    bk_buf_c(&b, "bad number syntax: ");
    bk_fmt_quote(&b, bk_str_sub(lx->in, lx->start, lx->pos));
    return fail_with(lx, bk_buf_take(&b));
}

/* ---- delimiters ---- */

static bool at_close(const bk_lexer *lx, size_t ahead) { return byte_at(lx, ahead) == '}' && byte_at(lx, ahead + 1) == '}'; }

/* At " -}}" or "}}". */
static bool at_right(const bk_lexer *lx, bool *ret_trim) {
    *ret_trim = is(byte_at(lx, 0), SPACE) && byte_at(lx, 1) == '-' && at_close(lx, 2);
    return *ret_trim || at_close(lx, 0);
}

static bool has_left_trim(bk_str in, size_t at) { return at + 1 < in.n && in.p[at] == '-' && is(in.p[at + 1], SPACE); }

static void skip_spaces(bk_lexer *lx) {
    const char *p = lx->in.p + lx->pos, *end = lx->in.p + lx->in.n;
    while (p < end && is(*p, SPACE)) p++;
    lx->pos = (size_t)(p - lx->in.p);
}

static bk_tok lex_right(bk_lexer *lx) {
    bool trim;
    at_right(lx, &trim);
    if (trim) lx->start = lx->pos += 2;
    lx->pos += 2;
    bk_tok tok = emit(lx, BK_TOK_RIGHT);
    if (trim) skip_spaces(lx);
    lx->start = lx->pos;
    lx->inside = false;
    return tok;
}

/* Skips a comment whose opening mark is at pos. False: *ret is the error. */
static bool skip_comment(bk_lexer *lx, bk_tok *ret) {
    lx->start = lx->pos;
    lx->pos += 2;
    size_t x = bk_str_find(bk_str_from(lx->in, lx->pos), BK_S("*/"));
    if (x == BK_NPOS) {
        *ret = fail(lx, "unclosed comment");
        return false;
    }
    lx->pos += x + 2;
    bool trim;
    if (!at_right(lx, &trim)) {
        *ret = fail(lx, "comment ends before closing delimiter");
        return false;
    }
    lx->pos += trim ? 4 : 2;
    if (trim) skip_spaces(lx);
    lx->start = lx->pos;
    return true;
}

/* Position of the next "{{" or BK_NPOS. */
static size_t find_left(bk_str in, size_t from) {
    while (from + 1 < in.n) {
        const char *p = memchr(in.p + from, '{', in.n - 1 - from);
        if (!p) return BK_NPOS;
        if (p[1] == '{') return (size_t)(p - in.p);
        from = (size_t)(p - in.p) + 1;
    }
    return BK_NPOS;
}

static bk_tok lex_text(bk_lexer *lx) {
    for (;;) {
        size_t left = find_left(lx->in, lx->pos);
        if (left == BK_NPOS) {
            lx->pos = lx->in.n;
            return emit(lx, lx->pos > lx->start ? BK_TOK_TEXT : BK_TOK_EOF);
        }
        bool trim = has_left_trim(lx->in, left + 2);
        size_t end = left;
        if (trim)
            while (end > lx->start && is(lx->in.p[end - 1], SPACE)) end--;
        if (end > lx->start) {
            bk_tok tok = {BK_TOK_TEXT, false, (uint32_t)lx->start, {lx->in.p + lx->start, end - lx->start}};
            lx->start = lx->pos = left;
            return tok;
        }
        lx->start = left;
        size_t after = left + (trim ? 4 : 2);
        bool comment = after + 1 < lx->in.n && lx->in.p[after] == '/' && lx->in.p[after + 1] == '*';
        if (!comment) {
            lx->pos = left + 2;
            bk_tok tok = emit(lx, BK_TOK_LEFT);
            lx->start = lx->pos = after;
            lx->inside = true;
            lx->paren_depth = 0;
            return tok;
        }
        lx->pos = after;
        bk_tok error;
        if (!skip_comment(lx, &error)) return error;
    }
}

/* ---- inside of actions ---- */

/* At a character that may follow a word; so .X.Y is two tokens and $x+2 a mistake. */
static bool at_terminator(const bk_lexer *lx) { return lx->pos >= lx->in.n || is(lx->in.p[lx->pos], TERMINATOR) || at_close(lx, 0); }

static bk_tok_kind keyword(bk_str word) {
    static const struct {
        bk_str word;
        uint8_t kind;
    } table[] = {
        {{"if", 2}, BK_TOK_IF},       {{"end", 3}, BK_TOK_END},           {{"else", 4}, BK_TOK_ELSE},     {{"range", 5}, BK_TOK_RANGE},
        {{"with", 4}, BK_TOK_WITH},   {{"template", 8}, BK_TOK_TEMPLATE}, {{"define", 6}, BK_TOK_DEFINE}, {{"block", 5}, BK_TOK_BLOCK},
        {{"break", 5}, BK_TOK_BREAK}, {{"continue", 8}, BK_TOK_CONTINUE}, {{"nil", 3}, BK_TOK_NIL},       {{"true", 4}, BK_TOK_BOOL},
        {{"false", 5}, BK_TOK_BOOL},
    };
    if (word.n < 2 || word.n > 8) return BK_TOK_IDENT;
    for (size_t i = 0; i < BK_COUNT(table); i++)
        if (table[i].word.p[0] == word.p[0] && bk_str_eq(word, table[i].word)) return (bk_tok_kind)table[i].kind;
    return BK_TOK_IDENT;
}

/* The end of the letters, digits and underscores of ASCII from p on. */
static inline const char *word_end(const char *p, const char *end) {
#ifdef __wasm_simd128__ /* every round of a loop costs the compartment a look at its time */
    typedef unsigned char vec __attribute__((vector_size(16)));
    for (vec v; end - p >= 16; p += 16) {
        memcpy(&v, p, sizeof v);
        vec letters = (vec)((v | 0x20) - 'a' < 26), digits = (vec)(v - '0' < 10), word = letters | digits | (vec)(v == '_');
        unsigned marks = (unsigned)__builtin_wasm_bitmask_i8x16((__attribute__((vector_size(16))) signed char)word);
        if (marks != 0xFFFF) return p + __builtin_ctz(~marks);
    }
#endif
    while (p < end && is(*p, WORD)) p++;
    return p;
}

static void skip_word(bk_lexer *lx) {
    for (size_t width;; lx->pos += width) {
        const char *end = lx->in.p + lx->in.n, *p = word_end(lx->in.p + lx->pos, end);
        lx->pos = (size_t)(p - lx->in.p);
        if (p == end || (unsigned char)*p < 0x80 || !is_word(peek(lx, &width))) return;
    }
}

static bk_tok lex_ident(bk_lexer *lx) {
    skip_word(lx);
    if (!at_terminator(lx)) return fail_rune(lx, "bad character ", peek_only(lx));
    return emit(lx, keyword(bk_str_sub(lx->in, lx->start, lx->pos)));
}

/* After the "." or "$". */
static bk_tok lex_field_or_variable(bk_lexer *lx, bk_tok_kind kind) {
    if (at_terminator(lx)) return emit(lx, kind == BK_TOK_VARIABLE ? BK_TOK_VARIABLE : BK_TOK_DOT);
    skip_word(lx);
    if (!at_terminator(lx)) return fail_rune(lx, "bad character ", peek_only(lx));
    return emit(lx, kind);
}

static bool scan_number(bk_lexer *lx) {
    const char *digits = "0123456789_";
    char base = 'd';
    accept(lx, "+-");
    if (accept(lx, "0")) {
        if (accept(lx, "xX")) {
            digits = "0123456789abcdefABCDEF_";
            base = 'x';
        } else if (accept(lx, "oO")) {
            digits = "01234567_";
            base = 'o';
        } else if (accept(lx, "bB")) {
            digits = "01_";
            base = 'b';
        }
    }
    accept_run(lx, digits);
    if (accept(lx, ".")) accept_run(lx, digits);
    if ((base == 'd' && accept(lx, "eE")) || (base == 'x' && accept(lx, "pP"))) {
        accept(lx, "+-");
        accept_run(lx, "0123456789_");
    }
    accept(lx, "i");
    if (is_word(peek_only(lx))) {
        next(lx);
        return false;
    }
    return true;
}

static bk_tok lex_number(bk_lexer *lx) {
    if (!scan_number(lx)) return fail_number(lx);
    char sign = byte_at(lx, 0);
    if (sign != '+' && sign != '-') return emit(lx, BK_TOK_NUMBER);
    if (!scan_number(lx) || lx->in.p[lx->pos - 1] != 'i') return fail_number(lx);
    return emit(lx, BK_TOK_COMPLEX);
}

/* After the opening quote: up to the closing one, on the same line; a backslash hides the next character. */
static bk_tok lex_quoted(bk_lexer *lx, char quote, bk_tok_kind kind, const char *unterminated) {
    while (lx->pos < lx->in.n) {
        char c = lx->in.p[lx->pos++];
        if (c == quote) return emit(lx, kind);
        if (c == '\n') break;
        if (c == '\\') {
            if (lx->pos >= lx->in.n || lx->in.p[lx->pos] == '\n') break;
            lx->pos++;
        }
    }
    return fail(lx, unterminated);
}

static bk_tok lex_raw(bk_lexer *lx) {
    const char *end = lx->pos < lx->in.n ? memchr(lx->in.p + lx->pos, '`', lx->in.n - lx->pos) : NULL;
    if (!end) return fail(lx, "unterminated raw quoted string");
    lx->pos = (size_t)(end - lx->in.p) + 1;
    return emit(lx, BK_TOK_RAW_STRING);
}

static bk_tok lex_paren(bk_lexer *lx, char c) {
    if (c == '(') {
        lx->paren_depth++;
        return emit(lx, BK_TOK_LEFT_PAREN);
    }
    if (lx->paren_depth == 0) return fail(lx, "unexpected right paren");
    lx->paren_depth--;
    return emit(lx, BK_TOK_RIGHT_PAREN);
}

/* At something that is no space, or at the space of " -}}". */
static bk_tok lex_word(bk_lexer *lx) {
    uint32_t c = peek_only(lx);
    if (c == END_OF_TEXT) return fail(lx, "unclosed action");
    uint8_t class = c < 0x80 ? classes[c] : 0;
    if ((class & SPACE) || (c == '}' && at_close(lx, 0))) return lx->paren_depth == 0 ? lex_right(lx) : fail(lx, "unclosed left paren");
    bool number = (class & DIGIT) || c == '+' || c == '-' || (c == '.' && (lx->pos + 1 >= lx->in.n || is(byte_at(lx, 1), DIGIT)));
    if (number) return lex_number(lx);
    if ((class & WORD) || (c >= 0x80 && is_word(c))) return lex_ident(lx);
    next(lx);
    switch (c) {
    case '.': return lex_field_or_variable(lx, BK_TOK_FIELD);
    case '$': return lex_field_or_variable(lx, BK_TOK_VARIABLE);
    case '=': return emit(lx, BK_TOK_ASSIGN);
    case ':':
        if (next(lx) != '=') return fail(lx, "expected :=");
        return emit(lx, BK_TOK_DECLARE);
    case '|': return emit(lx, BK_TOK_PIPE);
    case '"': return lex_quoted(lx, '"', BK_TOK_STRING, "unterminated quoted string");
    case '\'': return lex_quoted(lx, '\'', BK_TOK_CHAR_CONST, "unterminated character constant");
    case '`': return lex_raw(lx);
    case '(':
    case ')': return lex_paren(lx, (char)c);
    default: break;
    }
    if (c < 0x80 && bk_rune_is_print(c)) return emit(lx, BK_TOK_CHAR);
    return fail_rune(lx, "unrecognized character in action: ", c);
}

/* Nine of ten tokens: a word, a field or a variable of ASCII, with something behind it that may be there. It begins at p. */
static bool lex_name(bk_lexer *lx, const char *p, bool spaced, bk_tok *ret) {
    const char *end = lx->in.p + lx->in.n, *after = word_end(p + 1, end);
    if (after == end || (*p == '.' && is(p[1], DIGIT))) return false;
    if (!is(*after, TERMINATOR) && !(*after == '}' && end - after > 1 && after[1] == '}')) return false;
    bk_str text = bk_str_of(p, (size_t)(after - p));
    bk_tok_kind kind = *p == '$' ? BK_TOK_VARIABLE : *p != '.' ? keyword(text) : text.n > 1 ? BK_TOK_FIELD : BK_TOK_DOT;
    *ret = (bk_tok){(uint8_t)kind, spaced, (uint32_t)(p - lx->in.p), text};
    lx->start = lx->pos = (size_t)(after - lx->in.p);
    return true;
}

static void lex_inside(bk_lexer *lx, bk_tok *ret) {
    size_t from = lx->pos;
    skip_spaces(lx);
    const char *p = lx->in.p + lx->pos;
    bool spaced = lx->pos > from;
    if (lx->pos < lx->in.n && is(*p, NAME) && lex_name(lx, p, spaced, ret)) return;
    if (spaced && byte_at(lx, 0) == '-' && at_close(lx, 1)) lx->pos--; /* the last space belongs to " -}}" */
    spaced = lx->pos > from;
    lx->start = lx->pos;
    *ret = lex_word(lx);
    ret->spaced = spaced;
}

void bk_lexer_next(bk_lexer *lx, bk_tok *ret) {
    if (lx->inside) lex_inside(lx, ret);
    else *ret = lex_text(lx);
}

void bk_tok_print(bk_buf *out, const bk_tok *tok) {
    if (tok->kind == BK_TOK_EOF) {
        bk_buf_c(out, "EOF");
    } else if (tok->kind == BK_TOK_ERROR) {
        bk_buf_str(out, tok->val);
    } else if (tok->kind > BK_TOK_KEYWORD) {
        bk_buf_byte(out, '<');
        bk_buf_str(out, tok->val);
        bk_buf_byte(out, '>');
    } else if (tok->val.n > 10) {
        size_t n = 0;
        for (int runes = 0; runes < 10 && n < tok->val.n; runes++) {
            size_t width;
            bk_utf8_decode(bk_str_from(tok->val, n), &width);
            n += width;
        }
        bk_fmt_quote(out, bk_str_sub(tok->val, 0, n));
        bk_buf_c(out, "...");
    } else {
        bk_fmt_quote(out, tok->val);
    }
}
