/* yaml_scalar.c: plain, quoted and block scalars. */
#include "base/buf.h"
#include "base/num.h"
#include "base/utf8.h"
#include "data/yaml_comment.h"

/* Text under construction. As long as nothing had to be changed it is a view of the input: [from, to). */
typedef struct text {
    bk_yaml_scanner *s;
    const unsigned char *from, *to;
    bk_buf buf;
    bool copied;
} text;

static void text_begin(text *t, bk_yaml_scanner *s) {
    *t = (text){.s = s, .from = s->p, .to = s->p};
    bk_buf_init(&t->buf, s->arena, 0);
}

/* From here on a copy. */
static void text_copy(text *t) {
    if (t->copied) return;
    t->copied = true;
    bk_buf_bytes(&t->buf, (const char *)t->from, (size_t)(t->to - t->from));
}

/* Appends the bytes from p to the scanner's place. */
static void text_add(text *t, const unsigned char *p) {
    if (t->copied) bk_buf_bytes(&t->buf, (const char *)p, (size_t)(t->s->p - p));
    else t->to = t->s->p;
}

static bk_status text_end(text *t, bk_str *ret) {
    if (!t->copied) {
        *ret = bk_str_of((const char *)t->from, (size_t)(t->to - t->from));
        return BK_OK;
    }
    if (t->buf.status != BK_OK) return bk_buf_check(&t->buf, t->s->err);
    *ret = bk_buf_take(&t->buf);
    return BK_OK;
}

/* The line breaks between two lines of a scalar: the first, and the rest. */
typedef struct breaks {
    bool any;  /* the first break has been seen */
    bool feed; /* it reads as a line feed: all but LS and PS do */
    const unsigned char *first;
    size_t count;              /* of the rest */
    const unsigned char *rest; /* where the rest begins; spaces may stand between */
} breaks;

/* Appends the line break at p as it is read: CR, LF, CR LF and NEL as a line feed. */
static void put_break(bk_buf *out, const unsigned char *p) {
    if (*p == 0xE2) bk_buf_bytes(out, (const char *)p, 3);
    else bk_buf_byte(out, '\n');
}

/* Steps over the break at the scanner's place and counts it in. */
static void take_break(bk_yaml_scanner *s, breaks *b, unsigned width) {
    if (!b->any) {
        *b = (breaks){.any = true, .feed = *s->p != 0xE2, .first = s->p};
    } else if (b->count++ == 0) {
        b->rest = s->p;
    }
    bk_yaml_newline(s, width);
}

/* Folds: one line feed becomes a space, of more the first is dropped. */
static void put_fold(text *t, breaks *b) {
    text_copy(t);
    if (!b->feed) put_break(&t->buf, b->first);
    else if (b->count == 0) bk_buf_byte(&t->buf, ' ');
    const unsigned char *p = b->rest;
    for (size_t n = b->count; n > 0;) {
        unsigned width = bk_yaml_break(p);
        if (width) {
            put_break(&t->buf, p);
            n--;
        }
        p += width ? width : 1;
    }
    *b = (breaks){0};
}

/* ---- plain ---- */

enum { STOP = 1, STOP_FLOW = 2, WIDE = 4 };
static const uint8_t plain_class[256] = {
    [0] = STOP,        ['\t'] = STOP,     ['\n'] = STOP,          ['\r'] = STOP,     [' '] = STOP,
    [':'] = STOP,      [','] = STOP_FLOW, ['?'] = STOP_FLOW,      ['['] = STOP_FLOW, [']'] = STOP_FLOW,
    ['{'] = STOP_FLOW, ['}'] = STOP_FLOW, [0x80 ... 0xFF] = WIDE,
};

/* Steps over characters of a plain scalar up to white space or an indicator. */
static void plain_run(bk_yaml_scanner *s) {
    uint8_t stops = s->flow > 0 ? STOP | STOP_FLOW | WIDE : STOP | WIDE;
    const unsigned char *p = s->p;
    for (;;) {
        while (!(plain_class[*p] & stops)) p++;
        if (*p == ':' && !bk_yaml_blankz(p + 1)) {
            p++;
        } else if (*p >= 0x80 && !bk_yaml_break(p)) {
            if ((*p & 0xC0) == 0x80) s->extra++;
            p++;
        } else {
            break;
        }
    }
    s->p = p;
}

/* White space after a run. False: a tab where indentation should be. */
static bool plain_space(bk_yaml_scanner *s, breaks *b) {
    for (;;) {
        unsigned width = bk_yaml_break(s->p);
        if (width) {
            take_break(s, b, width);
        } else if (*s->p == '\t' && b->any && (int)bk_yaml_column(s) < s->indent + 1) {
            return false;
        } else if (bk_yaml_blank(*s->p)) {
            s->p++;
        } else {
            return true;
        }
    }
}

bk_status bk_yaml_scan_plain(bk_yaml_scanner *s, bk_yaml_token *token) {
    text t;
    breaks b = {0};
    text_begin(&t, s);
    for (;;) {
        if (b.any && bk_yaml_column(s) == 0 && bk_yaml_document_mark(s->p)) break;
        if (*s->p == '#') break;
        const unsigned char *run = s->p;
        plain_run(s);
        if (s->p > run) {
            if (b.any) put_fold(&t, &b);
            else if (t.copied) bk_buf_bytes(&t.buf, (const char *)t.to, (size_t)(run - t.to)); /* the blanks between */
            text_add(&t, run);
            t.to = s->p;
        }
        if (!bk_yaml_blank(*s->p) && !bk_yaml_break(s->p)) break;
        if (!plain_space(s, &b)) return bk_yaml_fail_scan(s, token->line, "found a tab character that violates indentation");
        if (s->flow == 0 && (int)bk_yaml_column(s) < s->indent + 1) break;
    }
    if (b.any) s->key_allowed = true;
    return text_end(&t, &token->value);
}

/* ---- quoted ---- */

static bk_status escape_code(bk_yaml_scanner *s, text *t, uint32_t line, unsigned length) {
    uint64_t rune = 0;
    char bytes[4];
    for (unsigned i = 0; i < length; i++) {
        int digit = bk_hex_digit(s->p[i]);
        if (digit < 0) {
            if (s->p + i == s->end) s->p = s->end;
            return bk_yaml_fail_scan(s, line, "did not find expected hexdecimal number");
        }
        rune = rune << 4 | (unsigned)digit;
    }
    if ((rune >= 0xD800 && rune <= 0xDFFF) || rune > BK_RUNE_MAX)
        return bk_yaml_fail_scan(s, line, "found invalid Unicode character escape code");
    s->p += length;
    bk_buf_bytes(&t->buf, bytes, bk_utf8_encode((uint32_t)rune, bytes));
    return BK_OK;
}

/* The escape at the scanner's place, which is no escaped line break. */
static bk_status escape(bk_yaml_scanner *s, text *t, uint32_t line) {
    static const struct {
        char code, text[4];
    } table[] = {{'0', ""},         {'a', "\a"},       {'b', "\b"},           {'t', "\t"},          {'\t', "\t"}, {'n', "\n"}, {'v', "\v"},
                 {'f', "\f"},       {'r', "\r"},       {'e', "\x1B"},         {' ', " "},           {'"', "\""},  {'\'', "'"}, {'\\', "\\"},
                 {'N', "\xC2\x85"}, {'_', "\xC2\xA0"}, {'L', "\xE2\x80\xA8"}, {'P', "\xE2\x80\xA9"}};
    unsigned char code = s->p[1];
    text_copy(t);
    unsigned length = code == 'x' ? 2 : code == 'u' ? 4 : code == 'U' ? 8 : 0;
    if (length) {
        s->p += 2;
        return escape_code(s, t, line, length);
    }
    for (size_t i = 0; i < BK_COUNT(table); i++) {
        if (code != (unsigned char)table[i].code) continue;
        s->p += 2;
        size_t n = 0;
        while (n < sizeof table[i].text && table[i].text[n]) n++;
        bk_buf_bytes(&t->buf, table[i].text, code == '0' ? 1 : n);
        return BK_OK;
    }
    if (s->p + 1 == s->end) s->p = s->end;
    return bk_yaml_fail_scan(s, line, "found unknown escape character");
}

/* Characters that stand for themselves. */
static void quoted_run(bk_yaml_scanner *s, text *t, unsigned char quote) {
    const unsigned char *p = s->p, *run = p;
    for (;; p++) {
        if (*p > '\'' && *p != '\\' && *p < 0x80) continue;
        if (*p <= ' ' || *p == quote) break;
        if (*p == '\\' && quote == '"') break;
        if (*p < 0x80) continue;
        if (bk_yaml_break(p)) break;
        if ((*p & 0xC0) == 0x80) s->extra++;
    }
    s->p = p;
    if (p > run) text_add(t, run);
}

/* Up to white space or the closing quote. *ret_joined: an escaped line break ended the run. */
static bk_status quoted_words(bk_yaml_scanner *s, text *t, unsigned char quote, uint32_t line, bool *ret_joined) {
    *ret_joined = false;
    for (;;) {
        quoted_run(s, t, quote);
        if (*s->p == quote) {
            if (quote == '"' || s->p[1] != quote) return BK_OK;
            text_copy(t);
            bk_buf_byte(&t->buf, '\'');
            s->p += 2;
        } else if (*s->p == '\\') {
            unsigned width = bk_yaml_break(s->p + 1);
            if (width) {
                text_copy(t);
                s->p++;
                bk_yaml_newline(s, width);
                *ret_joined = true;
                return BK_OK;
            }
            BK_TRY(escape(s, t, line));
        } else {
            return BK_OK;
        }
    }
}

bk_status bk_yaml_scan_quoted(bk_yaml_scanner *s, bk_yaml_token *token) {
    unsigned char quote = *s->p++;
    text t;
    text_begin(&t, s);
    for (;;) {
        if (bk_yaml_column(s) == 0 && bk_yaml_document_mark(s->p))
            return bk_yaml_fail_scan(s, token->line, "found unexpected document indicator");
        if (s->p == s->end) return bk_yaml_fail_scan(s, token->line, "found unexpected end of stream");
        bool joined;
        breaks b = {0};
        BK_TRY(quoted_words(s, &t, quote, token->line, &joined));
        if (*s->p == quote) break;
        const unsigned char *blanks = s->p;
        for (unsigned width; (width = bk_yaml_break(s->p)) || bk_yaml_blank(*s->p);) {
            if (!width) s->p++;
            else if (joined && !b.any) b = (breaks){.any = true, .feed = true, .count = 1, .rest = s->p}, bk_yaml_newline(s, width);
            else take_break(s, &b, width);
        }
        if (b.any) put_fold(&t, &b);
        else if (!joined) text_add(&t, blanks);
    }
    s->p++;
    return text_end(&t, &token->value);
}

/* ---- block ---- */

typedef struct block {
    bool literal;
    int chomp;       /* -1 strip, 0 clip, 1 keep */
    uint32_t indent; /* 0: not known yet */
    bk_buf out, trailing;
} block;

/* "+", "-" and a digit, in either order, a comment, the end of the line. */
static bk_status block_header(bk_yaml_scanner *s, block *b, const bk_yaml_token *token) {
    uint32_t line = token->line;
    unsigned increment = 0;
    for (int i = 0; i < 2; i++) {
        if (*s->p == '+' || *s->p == '-') {
            if (b->chomp) break;
            b->chomp = *s->p == '+' ? 1 : -1;
        } else if (*s->p >= '0' && *s->p <= '9') {
            if (increment) break;
            if (*s->p == '0') return bk_yaml_fail_scan(s, line, "found an indentation indicator equal to 0");
            increment = *s->p - '0';
        } else {
            break;
        }
        s->p++;
    }
    bk_yaml_skip_blanks(s);
    if (s->comments && *s->p == '#') BK_TRY(bk_yaml_comment_beside(s, token->index));
    if (*s->p == '#') bk_yaml_skip_comment(s);
    unsigned width = bk_yaml_break(s->p);
    if (!width && s->p != s->end) return bk_yaml_fail_scan(s, line, "did not find expected comment or line break");
    if (width) bk_yaml_newline(s, width);
    if (increment) b->indent = s->indent >= 0 ? (uint32_t)s->indent + increment : increment;
    return BK_OK;
}

/* Indentation and empty lines; finds the indentation when it is not known. */
static bk_status block_breaks(bk_yaml_scanner *s, block *b, uint32_t line) {
    uint32_t deepest = 0;
    for (;;) {
        while (*s->p == ' ' && (b->indent == 0 || bk_yaml_column(s) < b->indent)) s->p++;
        uint32_t column = bk_yaml_column(s);
        if (column > deepest) deepest = column;
        if (*s->p == '\t' && (b->indent == 0 || column < b->indent))
            return bk_yaml_fail_scan(s, line, "found a tab character where an indentation space is expected");
        unsigned width = bk_yaml_break(s->p);
        if (!width) break;
        put_break(&b->trailing, s->p);
        bk_yaml_newline(s, width);
    }
    if (b->indent == 0) {
        b->indent = deepest;
        if (s->indent >= 0 && b->indent < (uint32_t)s->indent + 1) b->indent = (uint32_t)s->indent + 1;
        if (b->indent < 1) b->indent = 1;
    }
    return BK_OK;
}

static void block_line(bk_yaml_scanner *s, block *b) {
    const unsigned char *from = s->p;
    for (;; s->p++) {
        while (bk_yaml_in_line(s->p)) s->p += 8;
        while (*s->p && *s->p != '\n' && *s->p != '\r' && *s->p < 0x80) s->p++;
        if (*s->p < 0x80 || bk_yaml_break(s->p)) break;
        if ((*s->p & 0xC0) == 0x80) s->extra++;
    }
    bk_buf_bytes(&b->out, (const char *)from, (size_t)(s->p - from));
}

static bk_status block_lines(bk_yaml_scanner *s, block *b, uint32_t line) {
    const unsigned char *leading = NULL; /* the break before this line */
    bool was_blank = false;
    BK_TRY(block_breaks(s, b, line));
    while (bk_yaml_column(s) == b->indent && s->p != s->end) {
        bool blank = bk_yaml_blank(*s->p);
        if (!b->literal && !was_blank && !blank && leading && *leading != 0xE2) {
            if (b->trailing.n == 0) bk_buf_byte(&b->out, ' ');
        } else if (leading) {
            put_break(&b->out, leading);
        }
        bk_buf_str(&b->out, bk_buf_view(&b->trailing));
        bk_buf_reset(&b->trailing);
        was_blank = blank;
        block_line(s, b);
        unsigned width = bk_yaml_break(s->p);
        leading = width ? s->p : NULL;
        if (width) bk_yaml_newline(s, width);
        BK_TRY(block_breaks(s, b, line));
    }
    if (b->chomp != -1 && leading) put_break(&b->out, leading);
    if (b->chomp == 1) bk_buf_str(&b->out, bk_buf_view(&b->trailing));
    return BK_OK;
}

bk_status bk_yaml_scan_block(bk_yaml_scanner *s, bk_yaml_token *token) {
    block b = {.literal = *s->p++ == '|'};
    bk_buf_init(&b.out, s->arena, 0);
    bk_buf_init(&b.trailing, s->scratch, 0);
    BK_TRY(block_header(s, &b, token));
    BK_TRY(block_lines(s, &b, token->line));
    if (b.trailing.status != BK_OK) return bk_buf_check(&b.trailing, s->err);
    BK_TRY(bk_buf_check(&b.out, s->err));
    token->value = bk_buf_take(&b.out);
    return BK_OK;
}
