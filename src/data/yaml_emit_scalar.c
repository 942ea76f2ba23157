/* yaml_emit_scalar.c: which style a string gets, and writing it. */
#include "base/utf8.h"
#include "base/vec.h"
#include "data/yaml_emit.h"
#include "data/yaml_resolve.h"

/* ---- places ---- */

static void put_bytes(bk_yaml_emitter *e, const char *p, size_t n, size_t columns) {
    bk_buf_bytes(e->out, p, n);
    e->column += columns;
}

static void put_newline(bk_yaml_emitter *e) {
    bk_buf_byte(e->out, '\n');
    e->column = 0;
    if (e->pretty) e->indention = true;
}

void bk_yaml_put_indent(bk_yaml_emitter *e) {
    size_t indent = e->indent < 0 ? 0 : (size_t)e->indent;
    if (!e->indention || e->column > indent || (e->column == indent && !e->whitespace)) put_newline(e);
    if (e->column < indent) {
        bk_buf_fill(e->out, ' ', indent - e->column);
        e->column = indent;
    }
    e->whitespace = true;
    if (!e->pretty) e->indention = true;
}

void bk_yaml_put_indicator(bk_yaml_emitter *e, bk_str indicator, bool need_space, bool is_space, bool is_indention) {
    if (need_space && !e->whitespace) put_bytes(e, " ", 1, 1);
    put_bytes(e, indicator.p, indicator.n, indicator.n);
    e->whitespace = is_space;
    e->indention = e->indention && is_indention;
}

static void put_plain(bk_yaml_emitter *e, bk_str s, size_t columns) {
    if (!e->whitespace) put_bytes(e, " ", 1, 1);
    put_bytes(e, s.p, s.n, columns);
    e->whitespace = e->indention = false;
}

void bk_yaml_put_word(bk_yaml_emitter *e, bk_str text) { put_plain(e, text, text.n); }

/* ---- analysis ---- */

typedef struct analysis {
    bool plain, single, block; /* styles that can hold the string */
    bool multiline;
    bool feeds; /* holds a line feed */
    size_t columns;
} analysis;

enum { SPACE = 1, COLON, FEED, WIDE, SPECIAL };
static const uint8_t classes[256] = {
    [0 ... '\n' - 1] = SPECIAL, ['\n'] = FEED,          ['\n' + 1 ... 0x1F] = SPECIAL, [' '] = SPACE, [':'] = COLON,
    [0x7F] = SPECIAL,           [0x80 ... 0xFF] = WIDE,
};

static bool is_break_rune(uint32_t rune) { return rune == '\n' || rune == '\r' || rune == 0x85 || rune == 0x2028 || rune == 0x2029; }

/* Characters that go-yaml writes as they are. Those beyond the basic plane are not among them. */
static bool is_printable(uint32_t rune) {
    if (rune < 0x80) return rune == '\n' || (rune >= 0x20 && rune < 0x7F);
    return rune >= 0xA0 && rune < 0x10000 && rune != 0xFEFF && rune != 0xFFFE && rune != 0xFFFF;
}

/* Reading JSON as YAML fails on these, and U+0085 it takes for a line break. */
static bool breaks_json(uint32_t rune) { return (rune >= 0x7F && rune < 0xA0) || rune == 0xFFFE || rune == 0xFFFF; }

static bool starts_with_indicator(bk_str s) {
    bool alone = s.n == 1 || s.p[1] == ' ' || s.p[1] == '\t', thrice = s.n >= 3 && s.p[0] == s.p[1] && s.p[0] == s.p[2];
    switch (s.p[0]) {
    case '#':
    case ',':
    case '[':
    case ']':
    case '{':
    case '}':
    case '&':
    case '*':
    case '!':
    case '|':
    case '>':
    case '\'':
    case '"':
    case '%':
    case '@':
    case '`': return true;
    case '?':
    case ':': return alone;
    case '-': return alone || thrice;
    case '.': return thrice;
    default: return false;
    }
}

/* What the pass over the characters gathers. */
typedef struct pass {
    bool breaks, special, tab, indicator;
    bool break_space, space_break; /* a space behind, before a line break */
    bool was_space, was_break, was_white;
} pass;

static void pass_char(pass *p, uint32_t rune, bool last, unsigned char next, bool first) {
    bool space = rune == ' ', line_break = is_break_rune(rune);
    if (!first && rune == ':' && (last || next == ' ' || next == '\t')) p->indicator = true;
    if (!first && rune == '#' && p->was_white) p->indicator = true;
    if (rune == '\t') p->tab = true;
    else if (!is_printable(rune)) p->special = true;
    if (space && p->was_break) p->break_space = true;
    if (line_break) {
        p->breaks = true;
        if (p->was_space) p->space_break = true;
    }
    p->was_space = space;
    p->was_break = line_break;
    p->was_white = space || line_break || rune == '\t' || rune == 0;
}

/* Every rune looked at. */
static void analyze_slow(bk_yaml_emitter *e, bk_str s, analysis *a) {
    pass p = {.was_white = true};
    size_t width, columns = 0;
    uint32_t rune = 0, front = bk_utf8_decode(s, &width);
    for (size_t i = 0; i < s.n; i += width, columns++) {
        rune = bk_utf8_decode(bk_str_from(s, i), &width);
        if (e->by_json && (breaks_json(rune) || (rune == BK_RUNE_ERROR && width == 1))) e->bail = true;
        bool last = i + width >= s.n;
        pass_char(&p, rune, last, last ? 0 : (unsigned char)s.p[i + width], i == 0);
        if (rune == '\n') a->feeds = true;
    }
    if (p.tab && !e->pretty) p.special = true;
    bool edge = front == ' ' || rune == ' ' || is_break_rune(front) || is_break_rune(rune);
    a->columns = columns;
    a->multiline = p.breaks;
    a->plain = !edge && !p.break_space && !p.space_break && !p.special && !p.tab && !p.breaks && !p.indicator && !starts_with_indicator(s);
    a->single = !p.break_space && !p.space_break && !p.special && !p.tab;
    a->block = rune != ' ' && !p.space_break && !p.special;
}

/* What a text of printable ASCII, line feeds and more than ASCII has. */
typedef struct look {
    bool wide;        /* more than ASCII */
    bool indicator;   /* ": " or " #" */
    bool feeds;       /* line feeds */
    bool space_break; /* one of them behind a space */
} look;

#ifdef BK_VEC_MARKS
/* Looks at all but the last byte of a text that has more than sixteen. False: something else is there. */
static bool look_at_long(bk_str s, look *ret) {
    bk_vec odd = {}, wide = {}, feeds = {}, indicators = {}, breaks = {};
    const char *last = s.p + s.n - 17;
    for (const char *p = s.p;; p = last - p > 16 ? p + 16 : last) { /* the last piece reaches back */
        bk_vec v = bk_vec_load(p), next = bk_vec_load(p + 1), feed = (bk_vec)(v == '\n'), space = (bk_vec)(v == ' ');
        bk_vec above = (bk_vec)((bk_vec_signed)v < 0);
        odd |= bk_vec_unprintable(v) ^ (feed | above);
        wide |= above;
        feeds |= feed;
        indicators |= ((bk_vec)(v == ':') & (bk_vec)(next == ' ')) | (space & (bk_vec)(next == '#'));
        breaks |= space & (bk_vec)(next == '\n');
        if (p == last) break;
    }
    *ret = (look){bk_vec_any(wide), bk_vec_any(indicators), bk_vec_any(feeds), bk_vec_any(breaks)};
    return !bk_vec_any(odd);
}
#endif

/* False when there are other characters. */
static bool look_at(bk_str s, look *ret) {
    size_t i = 0;
    *ret = (look){0};
#ifdef BK_VEC_MARKS
    if (s.n > 16) {
        if (!look_at_long(s, ret)) return false;
        i = s.n - 1;
    }
#endif
    for (; i < s.n; i++) {
        uint8_t class = classes[(unsigned char)s.p[i]];
        if (class == 0) continue;
        char next = i + 1 < s.n ? s.p[i + 1] : ' ';
        if (class == SPECIAL) return false;
        if (class == WIDE) ret->wide = true;
        else if (class == FEED) ret->feeds = true;
        else if (next == (class == COLON ? ' ' : '#')) ret->indicator = true;
        else if (class == SPACE && next == '\n') ret->space_break = true;
    }
    return true;
}

/* Whether what is more than ASCII in a text is printable and ends no lines; counts the columns. */
static bool is_plainly_wide(bk_str s, size_t *ret_columns) {
    for (size_t columns = 0, width;; columns++) {
        size_t run = bk_utf8_ascii(s);
        columns += run;
        s = bk_str_from(s, run);
        if (s.n == 0) return *ret_columns = columns, true;
        uint32_t rune = bk_utf8_decode(s, &width);
        if (width == 1 || !is_printable(rune) || is_break_rune(rune)) return false;
        s = bk_str_from(s, width);
    }
}

static analysis analyze(bk_yaml_emitter *e, bk_str s) {
    analysis a = {.plain = true, .single = true, .columns = s.n};
    look l;
    if (s.n == 0) return a;
    if (!look_at(s, &l) || (l.wide && !is_plainly_wide(s, &a.columns))) {
        analyze_slow(e, s, &a);
        return a;
    }
    bool edge = s.p[0] == ' ' || s.p[s.n - 1] == ' ';
    a.feeds = a.multiline = l.feeds; /* what has line feeds goes into a block or into double quotes */
    a.plain = !edge && !l.indicator && !starts_with_indicator(s);
    a.block = s.p[s.n - 1] != ' ' && !l.space_break;
    return a;
}

/* ^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$ : numbers to the base 60 of old YAML. */
static bool is_base60(bk_str s) {
    size_t i = 0, groups = 0;
    if (bk_str_find_byte(s, ':') == BK_NPOS) return false;
    if (s.p[0] == '-' || s.p[0] == '+') i++;
    if (i >= s.n || s.p[i] < '0' || s.p[i] > '9') return false;
    while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_')) i++;
    while (i < s.n && s.p[i] == ':') {
        size_t from = ++i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') i++;
        if (i == from || i - from > 2 || (i - from == 2 && s.p[from] > '5')) return false;
        groups++;
    }
    if (groups && i < s.n && s.p[i] == '.') {
        i++;
        while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_')) i++;
    }
    return groups && i == s.n;
}

/* Without quotes it would be read as something else. */
static bool is_ambiguous(bk_str s) {
    bk_value ignored;
    if (s.n && !bk_yaml_hints[(unsigned char)s.p[0]]) return false;
    return bk_yaml_guess(s, &ignored) != BK_YAML_TAG_STR || (s.n && is_base60(s));
}

/* ---- styles ---- */

/* The rest of a line is long enough to fold at the space at position i. */
static bool folds(const bk_yaml_emitter *e, bool allowed, bool after_space) { return allowed && !after_space && e->column > e->width; }

static void put_char(bk_yaml_emitter *e, bk_str s, size_t *i) {
    size_t n = 1;
    while (*i + n < s.n && ((unsigned char)s.p[*i + n] & 0xC0) == 0x80) n++;
    put_bytes(e, s.p + *i, n, 1);
    *i += n;
}

/* Plain and longer than the line. */
static void put_plain_folded(bk_yaml_emitter *e, bk_str s) {
    bool spaces = false;
    if (!e->whitespace) put_bytes(e, " ", 1, 1);
    for (size_t i = 0; i < s.n;) {
        bool space = s.p[i] == ' ';
        if (space && folds(e, true, spaces) && s.p[i + 1] != ' ') {
            bk_yaml_put_indent(e);
            i++;
        } else {
            put_char(e, s, &i);
        }
        if (!space) e->indention = false;
        spaces = space;
    }
    e->whitespace = e->indention = false;
}

/* The line break at s[i] if it is LS or PS: the only ones that single quotes meet. */
static bool is_separator(bk_str s, size_t i) {
    return s.n - i >= 3 && s.p[i] == '\xE2' && s.p[i + 1] == '\x80' && (s.p[i + 2] == '\xA8' || s.p[i + 2] == '\xA9');
}

static void put_separator(bk_yaml_emitter *e, bk_str s, size_t *i) {
    bk_buf_bytes(e->out, s.p + *i, 3);
    e->column = 0;
    e->indention = true;
    *i += 3;
}

static void put_single_quoted(bk_yaml_emitter *e, bk_str s, bool fold) {
    bool spaces = false, breaks = false;
    bk_yaml_put_indicator(e, BK_S("'"), true, false, false);
    for (size_t i = 0; i < s.n;) {
        if (s.p[i] == ' ') {
            if (folds(e, fold, spaces) && i > 0 && i < s.n - 1 && s.p[i + 1] != ' ') {
                bk_yaml_put_indent(e);
                i++;
            } else {
                put_char(e, s, &i);
            }
            spaces = true;
        } else if (is_separator(s, i)) {
            put_separator(e, s, &i);
            breaks = true;
        } else {
            if (breaks) bk_yaml_put_indent(e);
            if (s.p[i] == '\'') put_bytes(e, "'", 1, 1);
            put_char(e, s, &i);
            e->indention = false;
            spaces = breaks = false;
        }
    }
    bk_yaml_put_indicator(e, BK_S("'"), false, false, false);
}

static void put_escape(bk_yaml_emitter *e, uint32_t rune) {
    static const char codes[] = "0\0a\x07"
                                "b\x08"
                                "t\x09"
                                "n\x0A"
                                "v\x0B"
                                "f\x0C"
                                "r\x0D"
                                "e\x1B"
                                "\"\"\\\\";
    static const char hex[] = "0123456789ABCDEF";
    char text[10] = {'\\'};
    size_t n = 1;
    for (size_t i = 0; i + 1 < sizeof codes && n == 1; i += 2)
        if ((unsigned char)codes[i + 1] == rune) text[n++] = codes[i];
    if (n == 1) {
        char code = rune == 0x85 ? 'N' : rune == 0xA0 ? '_' : rune == 0x2028 ? 'L' : rune == 0x2029 ? 'P' : 0;
        unsigned digits = code ? 0 : rune <= 0xFF ? 2 : rune <= 0xFFFF ? 4 : 8;
        text[n++] = code ? code : digits == 2 ? 'x' : digits == 4 ? 'u' : 'U';
        while (digits-- > 0) text[n++] = hex[rune >> (4 * digits) & 15];
    }
    put_bytes(e, text, n, n);
}

void bk_yaml_put_double_quoted(bk_yaml_emitter *e, bk_str s, bool fold) {
    bool spaces = false, bom = bk_str_starts(s, BK_S("\xEF\xBB\xBF")); /* go-yaml then escapes every character */
    bk_yaml_put_indicator(e, BK_S("\""), true, false, false);
    for (size_t i = 0, width; i < s.n;) {
        uint32_t rune = bk_utf8_decode(bk_str_from(s, i), &width);
        if (bom || !is_printable(rune) || is_break_rune(rune) || rune == '"' || rune == '\\') {
            put_escape(e, rune);
            i += width;
            spaces = false;
        } else if (rune == ' ') {
            if (folds(e, fold, spaces) && i > 0 && i < s.n - 1) {
                bk_yaml_put_indent(e);
                if (s.p[i + 1] == ' ') put_bytes(e, "\\", 1, 1);
                i++;
            } else {
                put_char(e, s, &i);
            }
            spaces = true;
        } else {
            put_bytes(e, s.p + i, width, 1);
            i += width;
            spaces = false;
        }
    }
    bk_yaml_put_indicator(e, BK_S("\""), false, false, false);
}

/* The last character of s, as a line break. */
static bool ends_with_break(bk_str s) {
    size_t width;
    return s.n && is_break_rune(bk_utf8_decode_last(s, &width));
}

/* `wide`: there is more than ASCII in it. */
static void put_literal(bk_yaml_emitter *e, bk_str s, bool wide) {
    bool breaks = true;
    size_t width;
    bk_yaml_put_indicator(e, BK_S("|"), true, false, false);
    if (s.p[0] == ' ' || is_break_rune(bk_utf8_decode(s, &width))) bk_yaml_put_indicator(e, BK_S("2"), false, false, false);
    if (!ends_with_break(s)) {
        bk_yaml_put_indicator(e, BK_S("-"), false, false, false);
    } else {
        bk_utf8_decode_last(s, &width);
        if (s.n == width || ends_with_break(bk_str_sub(s, 0, s.n - width))) bk_yaml_put_indicator(e, BK_S("+"), false, false, false);
    }
    put_newline(e);
    e->indention = e->whitespace = true;
    for (size_t i = 0; i < s.n;) {
        if (s.p[i] == '\n') {
            put_newline(e);
            e->indention = breaks = true;
            i++;
        } else if (wide && is_separator(s, i)) {
            put_separator(e, s, &i);
            breaks = true;
        } else {
            if (breaks) bk_yaml_put_indent(e);
            size_t from = i;
            if (wide) {
                while (i < s.n && s.p[i] != '\n' && !is_separator(s, i)) i++;
            } else {
                const char *feed = memchr(s.p + i, '\n', s.n - i);
                i = feed ? (size_t)(feed - s.p) : s.n;
            }
            put_bytes(e, s.p + from, i - from, i - from); /* the column only has to differ from 0 */
            e->indention = breaks = false;
        }
    }
}

/* Text that is no UTF-8 is written as !!binary, in lines of 70. */
static void put_binary(bk_yaml_emitter *e, bk_str s) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bk_buf text;
    size_t line = 0;
    bk_buf_init(&text, e->arena, 0);
    for (size_t i = 0; i < s.n; i += 3) {
        size_t left = s.n - i;
        uint32_t b = (uint32_t)(unsigned char)s.p[i] << 16;
        if (left > 1) b |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
        if (left > 2) b |= (unsigned char)s.p[i + 2];
        const char four[4] = {digits[b >> 18], digits[b >> 12 & 63], left > 1 ? digits[b >> 6 & 63] : '=', left > 2 ? digits[b & 63] : '='};
        for (int k = 0; k < 4; k++) {
            bk_buf_byte(&text, four[k]);
            if (++line == 70) {
                bk_buf_byte(&text, '\n');
                line = 0;
            }
        }
    }
    size_t encoded = (s.n + 2) / 3 * 4;
    if (encoded >= 70 && line) bk_buf_byte(&text, '\n');
    if (encoded < 70) bk_buf_cut(&text, encoded);
    if (text.status != BK_OK) e->out->status = text.status;
    bk_yaml_put_indicator(e, BK_S("!!binary"), true, false, false);
    int indent = e->indent;
    e->indent = indent < 0 ? 2 : indent + 2;
    if (encoded < 70) put_plain(e, bk_buf_view(&text), encoded);
    else put_literal(e, bk_buf_view(&text), false);
    e->indent = indent;
}

static void put_analyzed(bk_yaml_emitter *e, bk_str s, const analysis *a, bool simple_key) {
    bool literal = a->feeds, plain = !literal && !is_ambiguous(s), fold = !simple_key;
    int indent = e->indent;
    /* Lines that go on are indented deeper than the collection. */
    e->indent = indent < 0 ? 2 : indent + 2;
    if (literal && a->block && !simple_key) {
        put_literal(e, s, a->columns != s.n);
    } else if (plain && a->plain) {
        if (fold && e->column + a->columns > e->width) put_plain_folded(e, s);
        else put_plain(e, s, a->columns);
    } else if (plain && a->single && !(simple_key && a->multiline)) {
        put_single_quoted(e, s, fold);
    } else {
        bk_yaml_put_double_quoted(e, s, fold);
    }
    e->indent = indent;
}

void bk_yaml_put_string(bk_yaml_emitter *e, bk_str s, bool simple_key) {
    if (!e->by_json && !bk_utf8_valid(s)) {
        put_binary(e, s);
        return;
    }
    analysis a = analyze(e, s);
    if (!e->bail) put_analyzed(e, s, &a, simple_key);
}

void bk_yaml_put_simple_key(bk_yaml_emitter *e, bk_str s, bool *ret_simple) {
    enum { LONGEST = 128, SUSPECT = 165 };
    *ret_simple = s.n <= LONGEST;
    /* Long keys may be too long for the way through JSON: six characters for a byte at most. */
    if (e->by_json && s.n > SUSPECT) e->bail = true;
    if (!*ret_simple || e->bail) return;
    if (!e->by_json && !bk_utf8_valid(s)) {
        put_binary(e, s);
        return;
    }
    analysis a = analyze(e, s);
    *ret_simple = !a.multiline;
    if (*ret_simple && !e->bail) put_analyzed(e, s, &a, true);
}
