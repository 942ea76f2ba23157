/* toml_lex.c: characters and strings. */
#include "data/toml_lex.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/utf8.h"
#include "value/gofmt.h"

/* ---- errors ---- */

static bk_status fail(bk_toml_lexer *lx, uint32_t line, const char *fmt, va_list args) {
    bk_buf head;
    bk_err plain = BK_ERR_INIT;
    bk_str key = lx->last_key(lx->self), all;
    if (lx->starved) return bk_arena_fail(lx->arena, lx->err);
    bk_err_setv(&plain, BK_ERR, fmt, args);
    bk_buf_init(&head, lx->arena, 0);
    bk_buf_printf(&head, "toml: line %d", (int)line);
    if (key.n) {
        bk_buf_c(&head, " (last key ");
        bk_fmt_quote(&head, key);
        bk_buf_byte(&head, ')');
    }
    bk_buf_c(&head, ": ");
    bool ok = bk_buf_ok(&head) && bk_arena_cat(lx->arena, bk_buf_view(&head), bk_err_message(&plain), &all);
    bk_err_release(&plain);
    return ok ? bk_err_set_str(lx->err, BK_ERR, all) : bk_arena_fail(lx->arena, lx->err);
}

bk_status bk_toml_fail(bk_toml_lexer *lx, uint32_t line, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    bk_status status = fail(lx, line, fmt, args);
    va_end(args);
    return status;
}

bk_status bk_toml_fail_here(bk_toml_lexer *lx, const char *fmt, ...) {
    va_list args;
    uint32_t line = lx->line;
    if (lx->at_eof && lx->at > 0 && lx->in.p[lx->at - 1] == '\n') line--;
    va_start(args, fmt);
    bk_status status = fail(lx, line, fmt, args);
    va_end(args);
    return status;
}

bk_status bk_toml_fail_rune(bk_toml_lexer *lx, const char *before, uint32_t rune, const char *after) {
    bk_buf quoted;
    bk_buf_init(&quoted, lx->arena, 0);
    bk_fmt_quote_rune(&quoted, rune);
    BK_TRY(bk_buf_check(&quoted, lx->err));
    bk_str s = bk_buf_view(&quoted);
    return bk_toml_fail_here(lx, "%s%.*s%s", before, BK_FMT(s), after);
}

/* ---- characters ---- */

bk_status bk_toml_next(bk_toml_lexer *lx, uint32_t *ret) {
    if (lx->at >= lx->in.n) {
        lx->at_eof = true;
        return *ret = BK_TOML_EOF, BK_OK;
    }
    unsigned char c = (unsigned char)lx->in.p[lx->at];
    size_t width = 1;
    uint32_t rune = c;
    if (c == '\n') lx->line++;
    if (c >= 0x80) {
        rune = bk_utf8_decode(bk_str_from(lx->in, lx->at), &width);
        if (rune == BK_RUNE_ERROR && width == 1) return bk_toml_fail(lx, lx->line, "invalid UTF-8 byte: 0x%02x", c);
    }
    bool lone = c == '\r' && (lx->at + 1 == lx->in.n || lx->in.p[lx->at + 1] != '\n');
    if (lone || c == 0x7F || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
        return bk_toml_fail(lx, lx->line, "TOML files cannot contain control characters: '0x%02x'", c);
    lx->back = width;
    lx->at += width;
    *ret = rune;
    return BK_OK;
}

void bk_toml_back(bk_toml_lexer *lx) {
    if (lx->at_eof) {
        lx->at_eof = false;
        return;
    }
    /* Mostly one step back; strings go back up to three quotes, which are of one byte. */
    lx->at -= lx->back;
    lx->back = 1;
    if (lx->at < lx->in.n && lx->in.p[lx->at] == '\n') lx->line--;
}

bk_status bk_toml_peek(bk_toml_lexer *lx, uint32_t *ret) {
    size_t back = lx->back;
    BK_TRY(bk_toml_next(lx, ret));
    bk_toml_back(lx);
    lx->back = back;
    return BK_OK;
}

bk_status bk_toml_skip_blanks(bk_toml_lexer *lx) {
    while (lx->at < lx->in.n && bk_toml_blank((unsigned char)lx->in.p[lx->at])) lx->at++;
    bk_toml_ignore(lx);
    uint32_t rune;
    return bk_toml_peek(lx, &rune);
}

bk_status bk_toml_skip_comment(bk_toml_lexer *lx) {
    uint32_t rune;
    do {
        BK_TRY(bk_toml_next(lx, &rune));
    } while (!bk_toml_newline(rune) && rune != BK_TOML_EOF);
    bk_toml_back(lx);
    bk_toml_ignore(lx);
    return BK_OK;
}

/* ---- escapes ---- */

/* Checks the digits of \xNN, \uNNNN, \UNNNNNNNN. */
static bk_status hex_escape(bk_toml_lexer *lx, unsigned digits, const char *name, char code) {
    for (unsigned i = 0; i < digits; i++) {
        uint32_t rune;
        BK_TRY(bk_toml_next(lx, &rune));
        if (bk_hex_digit(rune) >= 0) continue;
        bk_buf quoted;
        bk_buf_init(&quoted, lx->arena, 0);
        bk_fmt_quote(&quoted, bk_toml_current(lx));
        bk_str s = bk_buf_view(&quoted);
        return bk_toml_fail_here(lx, "expected %s hexadecimal digits after '\\%c', but got %.*s instead", name, code, BK_FMT(s));
    }
    return BK_OK;
}

/* Checks the escape whose backslash has been read. */
static bk_status check_escape(bk_toml_lexer *lx) {
    uint32_t rune;
    BK_TRY(bk_toml_next(lx, &rune));
    switch (rune) {
    case 'x': return hex_escape(lx, 2, "two", 'x');
    case 'u': return hex_escape(lx, 4, "four", 'u');
    case 'U': return hex_escape(lx, 8, "eight", 'U');
    default:
        if (rune < 0x80 && rune && strchr("ebtnfr\" \t\\", (int)rune)) return BK_OK;
        break;
    }
    char text[5] = {0};
    if (rune) bk_utf8_encode(rune, text);
    uint32_t line = lx->at_eof ? lx->line - 1 : lx->line;
    if (!rune) return bk_toml_fail(lx, line, "invalid escape in string '\\%c'", 0);
    return bk_toml_fail(lx, line, "invalid escape in string '\\%s'", text);
}

/* The rune of the hexadecimal escape at s[i], "\" being at i. */
static bk_status hex_rune(bk_toml_lexer *lx, bk_str s, size_t i, unsigned digits, uint32_t line, bk_buf *out) {
    uint32_t rune = 0;
    for (unsigned k = 0; k < digits; k++) rune = rune << 4 | (uint32_t)bk_hex_digit((unsigned char)s.p[i + 2 + k]);
    bk_str text = bk_str_sub(s, i + 2, i + 2 + digits);
    if (rune > BK_RUNE_MAX || (rune >= 0xD800 && rune <= 0xDFFF))
        return bk_toml_fail(lx, line, "Escaped character '\\u%.*s' is not valid UTF-8.", BK_FMT(text));
    bk_buf_rune(out, rune);
    return BK_OK;
}

/* What a string stands for, whose escapes have been checked. */
static bk_status unescape(bk_toml_lexer *lx, bk_str s, uint32_t line, bk_str *ret) {
    static const char codes[] = "btnfre\"\\", values[] = "\b\t\n\f\r\x1B\"\\";
    bk_buf out;
    if (bk_str_find_byte(s, '\\') == BK_NPOS) return *ret = s, BK_OK;
    bk_buf_init(&out, lx->arena, 0);
    for (size_t i = 0; i < s.n;) {
        size_t run = i;
        while (i < s.n && s.p[i] != '\\') i++;
        bk_buf_bytes(&out, s.p + run, i - run);
        if (i >= s.n) break;
        char code = s.p[i + 1];
        unsigned digits = code == 'x' ? 2 : code == 'u' ? 4 : code == 'U' ? 8 : 0;
        const char *hit = digits ? NULL : strchr(codes, code);
        if (bk_toml_blank((unsigned char)code)) return bk_toml_fail(lx, line, "invalid escape: '\\%c'", code);
        if (digits) BK_TRY(hex_rune(lx, s, i, digits, line, &out));
        else if (hit) bk_buf_byte(&out, values[hit - codes]);
        i += 2 + digits;
    }
    BK_TRY(bk_buf_check(&out, lx->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* ---- strings ---- */

bk_status bk_toml_string(bk_toml_lexer *lx, char quote, bk_str *ret) {
    uint32_t rune;
    bk_toml_ignore(lx);
    for (;;) {
        BK_TRY(bk_toml_next(lx, &rune));
        if (rune == BK_TOML_EOF)
            return bk_toml_fail_here(lx, quote == '"' ? "unexpected EOF; expected '\"'" : "unexpected EOF; expected \"'\"");
        if (bk_toml_newline(rune)) return bk_toml_fail(lx, lx->line - 1, "strings cannot contain newlines");
        if (rune == (unsigned char)quote) break;
        if (rune == '\\' && quote == '"') BK_TRY(check_escape(lx));
    }
    bk_str s = bk_str_sub(lx->in, lx->start, lx->at - 1);
    uint32_t line = lx->line;
    bk_toml_ignore(lx);
    if (quote == '\'') return *ret = s, BK_OK;
    return unescape(lx, s, line, ret);
}

/* A line feed just behind the opening quotes does not count. */
static bk_str strip_first_newline(bk_str s) {
    if (bk_str_starts(s, BK_S("\n"))) return bk_str_from(s, 1);
    return bk_str_starts(s, BK_S("\r\n")) ? bk_str_from(s, 2) : s;
}

/* A backslash at the end of a line takes the line break and all white space behind it away. */
static bk_status strip_escaped_newlines(bk_toml_lexer *lx, bk_str s, bk_str *ret) {
    bk_buf out;
    size_t done = 0, i = 0;
    bk_buf_init(&out, lx->arena, 0);
    while (i < s.n) {
        size_t hit = bk_str_find_byte(bk_str_from(s, i), '\\');
        if (hit == BK_NPOS) break;
        i += hit;
        if (i + 1 < s.n && s.p[i + 1] == '\\') {
            i += 2;
            continue;
        }
        size_t j = i + 1;
        bool feed = false;
        for (; j < s.n && (s.p[j] == ' ' || s.p[j] == '\t' || s.p[j] == '\r' || s.p[j] == '\n'); j++) feed |= s.p[j] == '\n';
        if (feed) {
            bk_buf_bytes(&out, s.p + done, i - done);
            done = i = j;
        } else {
            i++;
        }
    }
    if (done == 0) return *ret = s, BK_OK;
    bk_buf_bytes(&out, s.p + done, s.n - done);
    BK_TRY(bk_buf_check(&out, lx->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* Three quotes have been read and one more is there: up to two belong to the text. *ret_more: go on reading. */
static bk_status extra_quote(bk_toml_lexer *lx, char quote) {
    bk_str now = bk_toml_current(lx);
    bool basic = quote == '"', five = bk_str_ends(now, basic ? BK_S("\"\"\"\"\"") : BK_S("'''''"));
    if (five && !(basic && bk_str_ends(now, BK_S("\\\"\"\"\"\""))))
        return bk_toml_fail_here(lx, basic ? "unexpected '\"\"\"\"\"\"'" : "unexpected \"''''''\"");
    bk_toml_back(lx);
    bk_toml_back(lx);
    return BK_OK;
}

/* The quote has been read: are two more behind it? Otherwise the place is behind those that are. */
static bk_status closing_quotes(bk_toml_lexer *lx, char quote, bool *ret) {
    uint32_t rune;
    *ret = false;
    BK_TRY(bk_toml_next(lx, &rune));
    if (rune != (unsigned char)quote) return bk_toml_back(lx), BK_OK;
    BK_TRY(bk_toml_next(lx, &rune));
    if (rune != (unsigned char)quote) {
        bk_toml_back(lx);
        lx->back = 1;
        bk_toml_back(lx);
        return BK_OK;
    }
    lx->back = 1;
    BK_TRY(bk_toml_peek(lx, &rune));
    if (rune == (unsigned char)quote) return extra_quote(lx, quote);
    *ret = true;
    return BK_OK;
}

/* Behind a backslash: a line break, or an escape. */
static bk_status long_escape(bk_toml_lexer *lx) {
    uint32_t rune;
    BK_TRY(bk_toml_peek(lx, &rune));
    return bk_toml_newline(rune) ? bk_toml_next(lx, &rune) : check_escape(lx);
}

bk_status bk_toml_long_string(bk_toml_lexer *lx, char quote, bk_str *ret) {
    uint32_t rune;
    bool basic = quote == '"';
    bk_toml_ignore(lx);
    for (bool closed = false; !closed;) {
        BK_TRY(bk_toml_next(lx, &rune));
        if (rune == BK_TOML_EOF)
            return bk_toml_fail_here(lx, basic ? "unexpected EOF; expected '\"\"\"'" : "unexpected EOF; expected \"'''\"");
        if (rune == (unsigned char)quote) BK_TRY(closing_quotes(lx, quote, &closed));
        else if (rune == '\\' && basic) BK_TRY(long_escape(lx));
    }
    bk_str s = strip_first_newline(bk_str_sub(lx->in, lx->start, lx->at - 3));
    uint32_t line = lx->line;
    bk_toml_ignore(lx);
    if (!basic) return *ret = s, BK_OK;
    BK_TRY(strip_escaped_newlines(lx, s, &s));
    return unescape(lx, s, line, ret);
}
