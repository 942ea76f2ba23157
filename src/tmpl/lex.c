#include "tmpl/lex.h"

#include <string.h>

#include "base/unicode.h"
#include "base/utf8.h"
#include "value/gofmt.h"

#define END_OF_TEXT UINT32_MAX /* what next() gives at the end */

void bk_lexer_init(bk_lexer *lx, bk_arena *arena, bk_str text) { *lx = (bk_lexer){.arena = arena, .in = text}; }

enum {
    SPACE = BK_LEX_SPACE,
    WORD = BK_LEX_WORD,
    DIGIT = BK_LEX_DIGIT,
    TERMINATOR = BK_LEX_TERMINATOR,
    NAME = BK_LEX_NAME,
    LETTER = BK_LEX_LETTER,
    BEHIND = BK_LEX_BEHIND,
};
const uint8_t bk_lex_classes[256] = {
    [' '] = SPACE | TERMINATOR | BEHIND,
    ['\t'] = SPACE | TERMINATOR | BEHIND,
    ['\r'] = SPACE | TERMINATOR | BEHIND,
    ['\n'] = SPACE | TERMINATOR | BEHIND,
    ['0' ... '9'] = WORD | DIGIT,
    ['a' ... 'z'] = WORD | NAME | LETTER,
    ['A' ... 'Z'] = WORD | NAME | LETTER,
    ['_'] = WORD | NAME | LETTER,
    ['.'] = TERMINATOR | NAME,
    [','] = TERMINATOR,
    ['|'] = TERMINATOR | BEHIND,
    [':'] = TERMINATOR,
    ['$'] = NAME,
    [')'] = TERMINATOR | BEHIND,
    ['('] = TERMINATOR,
};
static inline bool is(char c, uint8_t class) { return bk_lex_is(c, class); }

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

static void emit(bk_lexer *lx, bk_tok *ret, bk_tok_kind kind) {
    *ret = (bk_tok){(uint8_t)kind, false, (uint32_t)lx->start, {lx->in.p + lx->start, lx->pos - lx->start}};
    lx->start = lx->pos;
}

static void fail_with(bk_lexer *lx, bk_tok *ret, bk_str message) {
    *ret = (bk_tok){BK_TOK_ERROR, false, (uint32_t)lx->start, message};
    lx->in.n = lx->pos = lx->start = 0;
}

static void fail(bk_lexer *lx, bk_tok *ret, const char *message) { fail_with(lx, ret, bk_str_c(message)); }

void bk_rune_print(bk_buf *out, uint32_t rune) {
    bk_buf_printf(out, "U+%04X", (unsigned)rune);
    if (!bk_rune_is_print(rune)) return;
    bk_buf_c(out, " '");
    bk_buf_rune(out, rune);
    bk_buf_byte(out, '\'');
}

static void fail_rune(bk_lexer *lx, bk_tok *ret, const char *message, uint32_t rune) {
    bk_buf b;
    bk_buf_init(&b, lx->arena, 0);
    bk_buf_c(&b, message);
    bk_rune_print(&b, rune);
    fail_with(lx, ret, bk_buf_take(&b));
}

static void fail_number(bk_lexer *lx, bk_tok *ret) {
    bk_buf b;
    bk_buf_init(&b, lx->arena, 0);
    bk_buf_c(&b, "bad number syntax: ");
    bk_fmt_quote(&b, bk_str_sub(lx->in, lx->start, lx->pos));
    fail_with(lx, ret, bk_buf_take(&b));
}

/* ---- delimiters ---- */

static bool at_close(const bk_lexer *lx, size_t ahead) { return byte_at(lx, ahead) == '}' && byte_at(lx, ahead + 1) == '}'; }

/* At " -}}" or "}}". */
static bool at_right(const bk_lexer *lx, bool *ret_trim) {
    *ret_trim = is(byte_at(lx, 0), SPACE) && byte_at(lx, 1) == '-' && at_close(lx, 2);
    return *ret_trim || at_close(lx, 0);
}

/* Behind "{{". */
static inline bool has_left_trim(const char *p, const char *end) { return end - p > 1 && *p == '-' && is(p[1], SPACE); }
static inline bool begins_comment(const char *p, const char *end) { return end - p > 1 && *p == '/' && p[1] == '*'; }

/* The start of the spaces before `end`, which do not go beyond p. `text` begins at p or before it: what stands there may be looked at, too. */
static inline const char *spaces_start(const char *text, const char *p, const char *end) {
#ifdef BK_VEC_MARKS
    for (; end > p && end - text >= 16; end -= 16) {
        bk_vec v = bk_vec_load(end - 16);
        unsigned others = ~bk_vec_marks((bk_vec)((v == ' ') | (v == '\n') | (v == '\t') | (v == '\r'))) & 0xFFFF;
        if (!others) continue;
        end -= __builtin_clz(others) - 16;
        break;
    }
#else
    (void)text;
#endif
    while (end > p && is(end[-1], SPACE)) end--;
    return end > p ? end : p;
}

static void skip_spaces(bk_lexer *lx) { lx->pos = (size_t)(bk_lexer_first(lx) - lx->in.p); }

static void lex_right(bk_lexer *lx, bk_tok *ret) {
    bool trim;
    at_right(lx, &trim);
    if (trim) lx->start = lx->pos += 2;
    lx->pos += 2;
    emit(lx, ret, BK_TOK_RIGHT);
    if (trim) skip_spaces(lx);
    lx->start = lx->pos;
    lx->inside = false;
}

/* Skips a comment whose opening mark is at pos. False: *ret is the error. */
__attribute__((noinline)) static bool skip_comment(bk_lexer *lx, bk_tok *ret) {
    lx->start = lx->pos;
    lx->pos += 2;
    size_t x = bk_str_find(bk_str_from(lx->in, lx->pos), BK_S("*/"));
    if (x == BK_NPOS) {
        fail(lx, ret, "unclosed comment");
        return false;
    }
    lx->pos += x + 2;
    bool trim;
    if (!at_right(lx, &trim)) {
        fail(lx, ret, "comment ends before closing delimiter");
        return false;
    }
    lx->pos += trim ? 4 : 2;
    if (trim) skip_spaces(lx);
    lx->start = lx->pos;
    return true;
}

/* The next "{{" or NULL. */
static inline const char *find_left(const char *p, const char *end) {
#ifdef BK_VEC_MARKS
    while (end - p > 16) {
        unsigned marks = bk_vec_marks((bk_vec)(bk_vec_load(p) == '{'));
        if (!marks) {
            p += 16;
            continue;
        }
        p += __builtin_ctz(marks);
        if (p[1] == '{') return p;
        p++;
    }
#endif
    for (; end - p > 1; p++) {
        if (*p != '{') p = memchr(p, '{', (size_t)(end - p) - 1);
        if (!p || p[1] == '{') return p;
    }
    return NULL;
}

static void lex_text(bk_lexer *lx, bk_tok *ret) {
    lx->start = lx->pos;
    for (;;) {
        const char *end = bk_lexer_end(lx), *left = find_left(lx->in.p + lx->pos, end);
        if (!left) {
            lx->pos = lx->in.n;
            emit(lx, ret, lx->pos > lx->start ? BK_TOK_TEXT : BK_TOK_EOF);
            return;
        }
        const char *from = lx->in.p + lx->start, *to = left, *after = left + 2;
        if (has_left_trim(after, end)) {
            to = spaces_start(lx->in.p, from, left);
            after += 2;
        }
        if (to > from) {
            *ret = (bk_tok){BK_TOK_TEXT, false, (uint32_t)lx->start, {from, (size_t)(to - from)}};
            lx->pos = (size_t)(left - lx->in.p);
            return;
        }
        lx->start = (size_t)(left - lx->in.p);
        lx->pos = (size_t)(after - lx->in.p);
        if (!begins_comment(after, end)) {
            *ret = (bk_tok){BK_TOK_LEFT, false, (uint32_t)lx->start, {left, 2}};
            lx->inside = true;
            return;
        }
        if (!skip_comment(lx, ret)) return;
    }
}

/* ---- inside of actions ---- */

/* At a character that may follow a word; so .X.Y is two tokens and $x+2 a mistake. */
static bool at_terminator(const bk_lexer *lx) { return lx->pos >= lx->in.n || is(lx->in.p[lx->pos], TERMINATOR) || at_close(lx, 0); }

bk_tok_kind bk_lexer_word(bk_str word) {
    static const struct {
        bk_str word;
        uint8_t kind;
    } table[] = {
        {{"if", 2}, BK_TOK_IF},       {{"end", 3}, BK_TOK_END},           {{"else", 4}, BK_TOK_ELSE},     {{"range", 5}, BK_TOK_RANGE},
        {{"with", 4}, BK_TOK_WITH},   {{"template", 8}, BK_TOK_TEMPLATE}, {{"define", 6}, BK_TOK_DEFINE}, {{"block", 5}, BK_TOK_BLOCK},
        {{"break", 5}, BK_TOK_BREAK}, {{"continue", 8}, BK_TOK_CONTINUE}, {{"nil", 3}, BK_TOK_NIL},       {{"true", 4}, BK_TOK_BOOL},
        {{"false", 5}, BK_TOK_BOOL},
    };
    /* The letters that a keyword can begin with. */
    enum { FIRST = 1 << ('i' - 'a') | 1 << ('e' - 'a') | 1 << ('r' - 'a') | 1 << ('w' - 'a') | 1 << ('t' - 'a') | 1 << ('d' - 'a') };
    enum { FIRST_TOO = 1 << ('b' - 'a') | 1 << ('c' - 'a') | 1 << ('n' - 'a') | 1 << ('f' - 'a') };
    unsigned letter = (unsigned char)word.p[0] - 'a';
    if (word.n < 2 || word.n > 8 || letter >= 26 || !((FIRST | FIRST_TOO) >> letter & 1)) return BK_TOK_IDENT;
    for (size_t i = 0; i < BK_COUNT(table); i++) {
        size_t n = 0;
        if (table[i].word.n != word.n) continue;
        while (n < word.n && table[i].word.p[n] == word.p[n]) n++;
        if (n == word.n) return (bk_tok_kind)table[i].kind;
    }
    return BK_TOK_IDENT;
}

static void skip_word(bk_lexer *lx) {
    for (size_t width;; lx->pos += width) {
        const char *end = lx->in.p + lx->in.n, *p = bk_lex_word_end(lx->in.p + lx->pos, end);
        lx->pos = (size_t)(p - lx->in.p);
        if (p == end || (unsigned char)*p < 0x80 || !is_word(peek(lx, &width))) return;
    }
}

static void lex_ident(bk_lexer *lx, bk_tok *ret) {
    skip_word(lx);
    if (at_terminator(lx)) emit(lx, ret, bk_lexer_word(bk_str_sub(lx->in, lx->start, lx->pos)));
    else fail_rune(lx, ret, "bad character ", peek_only(lx));
}

/* After the "." or "$". */
static void lex_field_or_variable(bk_lexer *lx, bk_tok *ret, bk_tok_kind kind) {
    if (at_terminator(lx)) {
        emit(lx, ret, kind == BK_TOK_VARIABLE ? BK_TOK_VARIABLE : BK_TOK_DOT);
        return;
    }
    skip_word(lx);
    if (at_terminator(lx)) emit(lx, ret, kind);
    else fail_rune(lx, ret, "bad character ", peek_only(lx));
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

static void lex_number(bk_lexer *lx, bk_tok *ret) {
    if (!scan_number(lx)) {
        fail_number(lx, ret);
        return;
    }
    char sign = byte_at(lx, 0);
    if (sign != '+' && sign != '-') emit(lx, ret, BK_TOK_NUMBER);
    else if (scan_number(lx) && lx->in.p[lx->pos - 1] == 'i') emit(lx, ret, BK_TOK_COMPLEX);
    else fail_number(lx, ret);
}

/* After the opening quote: up to the closing one, on the same line; a backslash hides the next character. */
static void lex_quoted(bk_lexer *lx, bk_tok *ret, char quote, bk_tok_kind kind, const char *unterminated) {
    const char *p = lx->in.p + lx->pos, *end = lx->in.p + lx->in.n;
    for (; p < end && *p != '\n'; p++) {
        if (*p == quote) {
            lx->pos = (size_t)(p - lx->in.p) + 1;
            emit(lx, ret, kind);
            return;
        }
        if (*p != '\\') continue;
        p++;
        if (p == end || *p == '\n') break;
    }
    fail(lx, ret, unterminated);
}

static void lex_raw(bk_lexer *lx, bk_tok *ret) {
    const char *end = lx->pos < lx->in.n ? memchr(lx->in.p + lx->pos, '`', lx->in.n - lx->pos) : NULL;
    if (!end) {
        fail(lx, ret, "unterminated raw quoted string");
        return;
    }
    lx->pos = (size_t)(end - lx->in.p) + 1;
    emit(lx, ret, BK_TOK_RAW_STRING);
}

static void lex_paren(bk_lexer *lx, bk_tok *ret, char c) {
    if (c == '(') {
        lx->paren_depth++;
        emit(lx, ret, BK_TOK_LEFT_PAREN);
    } else if (lx->paren_depth == 0) {
        fail(lx, ret, "unexpected right paren");
    } else {
        lx->paren_depth--;
        emit(lx, ret, BK_TOK_RIGHT_PAREN);
    }
}

/* Behind c, the first character of something that is no word and no number. */
static void lex_mark(bk_lexer *lx, bk_tok *ret, uint32_t c) {
    switch (c) {
    case '.': lex_field_or_variable(lx, ret, BK_TOK_FIELD); return;
    case '$': lex_field_or_variable(lx, ret, BK_TOK_VARIABLE); return;
    case '=': emit(lx, ret, BK_TOK_ASSIGN); return;
    case ':':
        if (next(lx) == '=') emit(lx, ret, BK_TOK_DECLARE);
        else fail(lx, ret, "expected :=");
        return;
    case '|': emit(lx, ret, BK_TOK_PIPE); return;
    case '"': lex_quoted(lx, ret, '"', BK_TOK_STRING, "unterminated quoted string"); return;
    case '\'': lex_quoted(lx, ret, '\'', BK_TOK_CHAR_CONST, "unterminated character constant"); return;
    case '`': lex_raw(lx, ret); return;
    case '(':
    case ')': lex_paren(lx, ret, (char)c); return;
    default: break;
    }
    if (c < 0x80 && bk_rune_is_print(c)) emit(lx, ret, BK_TOK_CHAR);
    else fail_rune(lx, ret, "unrecognized character in action: ", c);
}

/* At something that is no space, or at the space of " -}}". */
__attribute__((noinline)) static void lex_word(bk_lexer *lx, bk_tok *ret) {
    uint32_t c = peek_only(lx);
    if (c == END_OF_TEXT) {
        fail(lx, ret, "unclosed action");
        return;
    }
    uint8_t class = c < 0x80 ? bk_lex_classes[c] : 0;
    if ((class & SPACE) || (c == '}' && at_close(lx, 0))) {
        if (lx->paren_depth == 0) lex_right(lx, ret);
        else fail(lx, ret, "unclosed left paren");
        return;
    }
    bool number = (class & DIGIT) || c == '+' || c == '-' || (c == '.' && (lx->pos + 1 >= lx->in.n || is(byte_at(lx, 1), DIGIT)));
    if (number) {
        lex_number(lx, ret);
    } else if ((class & WORD) || (c >= 0x80 && is_word(c))) {
        lex_ident(lx, ret);
    } else {
        next(lx);
        lex_mark(lx, ret, c);
    }
}

/* ---- the usual ---- */

/* The end of a word of ASCII whose first character is before p; NULL when what stands behind it may not be there. */
static inline const char *good_word(const char *p, const char *end) {
    const char *after = bk_lex_word_end(p, end);
    if (after == end) return NULL;
    return is(*after, TERMINATOR) || (*after == '}' && end - after > 1 && after[1] == '}') ? after : NULL;
}

/* Nine of ten tokens: a word, a field or a variable of ASCII. It begins at p. */
static bool lex_name(bk_lexer *lx, const char *p, bool spaced, bk_tok *ret) {
    const char *end = lx->in.p + lx->in.n, *after = good_word(p + 1, end);
    if (!after || (*p == '.' && is(p[1], DIGIT))) return false;
    bk_str text = bk_str_of(p, (size_t)(after - p));
    bk_tok_kind kind = *p == '$' ? BK_TOK_VARIABLE : *p != '.' ? bk_lexer_word(text) : text.n > 1 ? BK_TOK_FIELD : BK_TOK_DOT;
    *ret = (bk_tok){(uint8_t)kind, spaced, (uint32_t)(p - lx->in.p), text};
    lx->start = lx->pos = (size_t)(after - lx->in.p);
    return true;
}

/* The end of an action, whose braces are at p. */
static void lex_close(bk_lexer *lx, const char *p, bool spaced, bool trim, bk_tok *ret) {
    *ret = (bk_tok){BK_TOK_RIGHT, spaced, (uint32_t)(p - lx->in.p), {p, 2}};
    p += 2;
    if (trim) p = bk_lex_spaces_end(p, lx->in.p + lx->in.n);
    lx->start = lx->pos = (size_t)(p - lx->in.p);
    lx->inside = false;
}

/* A text in quotes without escapes, a small number, a bar, a parenthesis: from p up to what is returned; NULL: something else. */
static const char *simple(bk_lexer *lx, const char *p, const char *end, bk_tok_kind *ret) {
    const char *after = p + 1;
    switch (*p) {
    case '"':
        *ret = BK_TOK_STRING;
        while (after < end && *after != '"' && *after != '\\' && *after != '\n') after++;
        return after < end && *after == '"' ? after + 1 : NULL;
    case '1' ... '9':
        *ret = BK_TOK_NUMBER;
        while (after < end && is(*after, DIGIT)) after++;
        return after < end && (*after == ' ' || *after == ')' || *after == '}') ? after : NULL;
    case '|': *ret = BK_TOK_PIPE; return after;
    case '(':
        lx->paren_depth++;
        *ret = BK_TOK_LEFT_PAREN;
        return after;
    case ')':
        if (lx->paren_depth == 0) return NULL;
        lx->paren_depth--;
        *ret = BK_TOK_RIGHT_PAREN;
        return after;
    default: return NULL;
    }
}

static void lex_inside(bk_lexer *lx, bk_tok *ret) {
    size_t from = lx->pos;
    const char *end = lx->in.p + lx->in.n, *p = bk_lex_spaces_end(lx->in.p + from, end);
    lx->pos = (size_t)(p - lx->in.p);
    bool spaced = lx->pos > from;
    if (p < end && is(*p, NAME) && lex_name(lx, p, spaced, ret)) return;
    if (spaced && end - p > 2 && *p == '-' && p[1] == '}' && p[2] == '}') {
        lx->pos--; /* the last space belongs to " -}}" */
        spaced = lx->pos > from;
        if (lx->paren_depth == 0) {
            lex_close(lx, p + 1, spaced, true, ret);
            return;
        }
    } else if (end - p > 1 && *p == '}' && p[1] == '}' && lx->paren_depth == 0) {
        lex_close(lx, p, spaced, false, ret);
        return;
    } else if (p < end) {
        bk_tok_kind kind;
        const char *after = simple(lx, p, end, &kind);
        if (after) {
            *ret = (bk_tok){(uint8_t)kind, spaced, (uint32_t)(p - lx->in.p), {p, (size_t)(after - p)}};
            lx->start = lx->pos = (size_t)(after - lx->in.p);
            return;
        }
    }
    lx->start = lx->pos;
    lex_word(lx, ret);
    ret->spaced = spaced;
}

void bk_lexer_next(bk_lexer *lx, bk_tok *ret) {
    if (lx->inside) lex_inside(lx, ret);
    else lex_text(lx, ret);
}

/* ---- whole actions ---- */

bool bk_lexer_action(bk_lexer *lx, bk_str *ret_text, uint32_t *ret_left) {
    const char *from = lx->in.p + lx->pos, *end = bk_lexer_end(lx), *left = find_left(from, end);
    if (!left) return false;
    const char *after = left + 2, *to = left;
    if (has_left_trim(after, end)) {
        after += 2;
        to = spaces_start(lx->in.p, from, left);
    }
    if (begins_comment(after, end)) return false;
    *ret_text = bk_str_of(from, (size_t)(to - from));
    *ret_left = (uint32_t)(left - lx->in.p);
    lx->pos = (size_t)(after - lx->in.p);
    lx->inside = true;
    return true;
}

bool bk_lexer_close_trimming(bk_lexer *lx, const char *dash, uint32_t *ret) {
    const char *end = bk_lexer_end(lx), *right = dash + 1;
    if (!is(dash[-1], SPACE) || end - right < 2 || *right != '}' || right[1] != '}') return false;
    *ret = (uint32_t)(right - lx->in.p);
    lx->pos = (size_t)(bk_lex_spaces_end(right + 2, end) - lx->in.p);
    lx->inside = false;
    return true;
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
