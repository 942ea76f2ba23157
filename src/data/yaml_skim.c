/* yaml_skim.c: see yaml_skim.h. Each refusal (return false) costs a reading of the whole and no more, so whatever is not clear is refused. */
#include "data/yaml_skim.h"

#include "base/vec.h"
#include "data/yaml_scan.h"

enum { MOST_LEVELS = 64, LONGEST_KEY = 128, LONGEST_INT = 10 };

/* A list or a map that has begun. A list may stand at the column of the map whose value it is. */
typedef struct level {
    ptrdiff_t column;
    bool list;
} level;

typedef struct skim {
    const char *p, *end; /* the next line; of the text */
    level levels[MOST_LEVELS];
    unsigned depth;
    bool open;                /* the entry that was read last has no value so far */
    bool goes_on;             /* a plain scalar came last: a line that stands deeper belongs to it */
    bool tabs;                /* there are tabs in the text */
    const char *part;         /* where the lines of a wanted member begin */
    const bk_yaml_wanted *in; /* the wanted member at the top whose lines these are */
    const bk_yaml_wanted *wanted;
    size_t wanted_count;
    bk_buf *out;
} skim;

/* What a character may be. */
enum { KEY = 1, KEY_FIRST = 2, PLAIN_FIRST = 4, SIGN = 8 };
#define LETTER (KEY | KEY_FIRST | PLAIN_FIRST)
static const uint8_t classes[256] = {
    ['0' ... '9'] = LETTER, ['A' ... 'Z'] = LETTER, ['a' ... 'z'] = LETTER, ['_'] = LETTER,      ['/'] = LETTER,      ['$'] = LETTER,
    ['-'] = KEY | SIGN,     ['.'] = KEY | SIGN,     ['+'] = SIGN,           ['('] = PLAIN_FIRST, ['^'] = PLAIN_FIRST,
};
static bool is(char c, uint8_t class) { return classes[(unsigned char)c] & class; }

#define SPACES UINT64_C(0x2020202020202020)

/* Mostly the indentation of a line: by eights. */
static const char *skip_spaces(const char *at, const char *end) {
    for (uint64_t word; end - at >= 8; at += 8) {
        memcpy(&word, at, sizeof word);
        word ^= SPACES;
        if (word) return at + __builtin_ctzll(word) / 8;
    }
    while (at < end && *at == ' ') at++;
    return at;
}

/* Whether n > 0 spaces stand there, as they mostly do. */
static bool has_margin(const char *at, const char *end, ptrdiff_t n) {
    uint64_t word;
    if (n > 8 || end - at < 8) return skip_spaces(at, end) - at >= n;
    memcpy(&word, at, sizeof word);
    return (word ^ SPACES) << (64 - 8 * n) == 0;
}

/* The first ':' or '#' from `at` on, or eol; the text goes on up to `end`. */
static const char *find_mark(const char *at, const char *eol, const char *end) {
#ifdef BK_VEC_MARKS
    for (; at < eol && end - at >= 16; at += 16) {
        bk_vec v = bk_vec_load(at);
        unsigned marks = bk_vec_marks((bk_vec)(v == ':') | (bk_vec)(v == '#'));
        if (marks) return eol - at > __builtin_ctz(marks) ? at + __builtin_ctz(marks) : eol;
    }
    if (at > eol) return eol;
#else
    (void)end;
#endif
    while (at < eol && *at != ':' && *at != '#') at++;
    return at;
}

static const char *line_end(const skim *s, const char *at) {
#ifdef BK_VEC_MARKS
    for (; s->end - at >= 16; at += 16) {
        unsigned feeds = bk_vec_marks((bk_vec)(bk_vec_load(at) == '\n'));
        if (feeds) return at + __builtin_ctz(feeds);
    }
#endif
    const char *feed = at < s->end ? memchr(at, '\n', (size_t)(s->end - at)) : NULL;
    return feed ? feed : s->end;
}

static bool next_line(skim *s, const char *eol) {
    s->p = eol < s->end ? eol + 1 : eol;
    return true;
}

static ptrdiff_t column(const skim *s) { return s->levels[s->depth - 1].column; }

/* Behind a value there may be a comment. */
static bool rest_is_empty(skim *s, const char *at, const char *eol) {
    const char *from = at;
    at = skip_spaces(at, eol);
    return (at == eol || (*at == '#' && at > from)) && next_line(s, eol);
}

/* ---- values ---- */

/* Text of a plain scalar up to the end of the line. */
static bool plain_text(skim *s, const char *at, const char *eol) {
    s->goes_on = true;
    for (const char *c = at; (c = find_mark(c, eol, s->end)) < eol; c++) {
        if (*c == ':' && (c + 1 == eol || c[1] == ' ')) return false;
        if (*c == '#' && (c == at || c[-1] == ' ')) s->goes_on = false; /* a comment */
    }
    return next_line(s, eol);
}

/* What JSON has no number for, behind its sign. */
static bool is_strange(const char *at, const char *eol) {
    bk_str word = bk_str_of(at, eol - at < 4 ? (size_t)(eol - at) : 4);
    return bk_str_eq_fold(word, BK_S(".inf")) || bk_str_eq_fold(word, BK_S(".nan"));
}

/* A word, a number, a path, an option; not the item "- x". */
static bool plain(skim *s, const char *at, const char *eol) {
    const char *word = at + is(*at, SIGN);
    if (word == eol || is_strange(at, eol)) return false;
    if (!is(*word, *at == '+' || *at == '.' ? KEY_FIRST : PLAIN_FIRST) && !(word > at && *word == '-')) return false;
    return plain_text(s, at, eol);
}

/* Whether the text of a quoted scalar from `at` to `end` is good: each of its further lines stands deeper than the map or list that it is in. */
static bool quoted_lines(const skim *s, const char *at, const char *end) {
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        const char *text = skip_spaces(++at, end);
        if (s->tabs || (text < end && *text != '\n' && text - at <= column(s)) || text == end) return false;
    }
    return true;
}

/* The closing quote of a scalar in double quotes that has escapes. */
static const char *close_escaped(const char *at, const char *end) {
    for (; at < end && *at != '"'; at++)
        if (*at == '\\' && (++at == end || !strchr("\nabtnvfre \"\\N_LP", *at) || !*at)) return NULL;
    return at < end ? at : NULL;
}

static bool quoted(skim *s, const char *at, char quote) {
    const char *close = memchr(at + 1, quote, (size_t)(s->end - at) - 1);
    if (close && quote == '"' && memchr(at, '\\', (size_t)(close - at))) close = close_escaped(at + 1, s->end);
    while (close && quote == '\'' && close + 1 < s->end && close[1] == '\'') close = memchr(close + 2, quote, (size_t)(s->end - close) - 2);
    return close && quoted_lines(s, at, close) && rest_is_empty(s, close + 1, line_end(s, close));
}

/* An item in brackets: a word, or a text in quotes. NULL: something else. */
static const char *flow_item(const char *at, const char *eol) {
    if (at < eol && (*at == '"' || *at == '\'')) {
        const char *close = memchr(at + 1, *at, (size_t)(eol - at) - 1);
        if (close && *at == '"' && memchr(at, '\\', (size_t)(close - at))) close = close_escaped(at + 1, eol);
        return close ? close + 1 : NULL;
    }
    const char *word = at < eol && *at == '-' ? at + 1 : at;
    if (word == eol || !is(*word, KEY_FIRST) || is_strange(at, eol)) return NULL;
    while (word < eol && is(*word, KEY)) word++;
    return word;
}

/* "{}", "[]", "[a, "b"]" */
static bool flow(skim *s, const char *at, const char *eol) {
    if (*at == '{') return at + 1 < eol && at[1] == '}' && rest_is_empty(s, at + 2, eol);
    at = skip_spaces(at + 1, eol);
    if (at < eol && *at == ']') return rest_is_empty(s, at + 1, eol);
    for (;; at = skip_spaces(at + 1, eol)) {
        at = flow_item(at, eol);
        if (!at) return false;
        at = skip_spaces(at, eol);
        if (at < eol && *at == ']') return rest_is_empty(s, at + 1, eol);
        if (at == eol || *at != ',') return false;
    }
}

/* A block scalar, whose "|" or ">" is at `at`. */
static bool block(skim *s, const char *at, const char *eol) {
    if (++at < eol && (*at == '-' || *at == '+')) at++;
    if (!rest_is_empty(s, at, eol)) return false;
    ptrdiff_t indent = 0, blank = 0; /* of the text, once it has begun; of the empty lines before it */
    for (; s->p < s->end; next_line(s, eol)) {
        if (indent && has_margin(s->p, s->end, indent)) {
            eol = line_end(s, s->p);
            continue;
        }
        at = skip_spaces(s->p, s->end);
        ptrdiff_t n = at - s->p;
        eol = at;
        if (at == s->end || *at == '\n') {
            if (!indent && n > blank) blank = n;
            continue;
        }
        if (*at == '\t') return false;
        if (indent || n <= column(s)) break;
        if (blank > n) return false;
        indent = n;
        eol = line_end(s, at);
    }
    return true;
}

/* What follows "key:" or "- ", or stands on a line of its own. */
static bool value(skim *s, const char *at, const char *eol) {
    s->open = false;
    switch (*at) {
    case '|':
    case '>': return block(s, at, eol);
    case '"':
    case '\'': return quoted(s, at, *at);
    case '[':
    case '{': return flow(s, at, eol);
    default: return plain(s, at, eol);
    }
}

/* The same, where there may be none. */
static bool value_or_none(skim *s, const char *at, const char *eol) {
    at = skip_spaces(at, eol);
    if (at < eol && *at != '#') return value(s, at, eol);
    s->open = true;
    return next_line(s, eol);
}

/* ---- entries ---- */

static bool push(skim *s, ptrdiff_t at, bool list) {
    if (s->depth == MOST_LEVELS) return false;
    s->levels[s->depth++] = (level){at, list};
    return true;
}

/* Leaves the lists and maps that stand deeper. */
static void leave(skim *s, ptrdiff_t at) {
    for (; s->depth && column(s) > at; s->depth--) s->open = false;
}

static bool enter_list(skim *s, ptrdiff_t at) {
    leave(s, at);
    if (!s->depth) return false;
    if (column(s) == at && s->levels[s->depth - 1].list) return true;
    return s->open && push(s, at, true);
}

static bool enter_map(skim *s, ptrdiff_t at) {
    leave(s, at);
    if (!s->depth) return at == 0 && push(s, at, false);
    if (column(s) == at && s->levels[s->depth - 1].list) {
        /* Only a list at the column of a map can end so. */
        if (s->depth < 2 || s->levels[s->depth - 2].column != at) return false;
        s->depth--;
    }
    return column(s) == at || (s->open && push(s, at, false));
}

/* The ":" behind a key that begins at `at`, NULL when there is none. */
static const char *key_end(const char *at, const char *eol, bk_str *ret) {
    const char *c = at;
    if (eol - at > LONGEST_KEY) eol = at + LONGEST_KEY;
    if (*at == '"' || *at == '\'') {
        c = memchr(at + 1, *at, (size_t)(eol - at) - 1);
        if (!c || memchr(at, '\\', (size_t)(c - at))) return NULL;
        *ret = bk_str_of(at + 1, (size_t)(c - at) - 1);
        c++;
    } else {
        if (*at == '.' ? at + 1 == eol || !is(at[1], KEY_FIRST) : !is(*at, KEY_FIRST)) return NULL;
        while (c < eol && is(*c, KEY)) c++;
        *ret = bk_str_of(at, (size_t)(c - at));
    }
    return c < eol && *c == ':' ? c : NULL;
}

/* A plain key that may not be one of JSON: null, .inf, a number beyond int64. */
static bool is_odd_key(bk_str key) {
    bool digit = key.p[0] >= '0' && key.p[0] <= '9';
    return (digit && key.n > LONGEST_INT) || (key.p[0] == '.' && key.n == 4) || bk_str_eq_fold(key, BK_S("null"));
}

/* The lines of a wanted member end before `end`. */
static void end_part(skim *s, const char *end) {
    if (s->part) bk_buf_bytes(s->out, s->part, (size_t)(end - s->part));
    s->part = NULL;
}

/* A member of the document, or of one of its members. */
static void begin_part(skim *s, bk_str key, const char *line) {
    if (s->depth == 1) {
        end_part(s, line);
        s->in = NULL;
        for (size_t i = 0; i < s->wanted_count && !s->in; i++)
            if (bk_str_eq_fold(key, s->wanted[i].name)) s->in = &s->wanted[i];
        if (s->in) s->part = line;
    } else if (s->in && s->in->below) {
        end_part(s, line);
        for (size_t i = 0; i < s->in->below_count && !s->part; i++)
            if (bk_str_eq_fold(key, s->in->below[i])) s->part = line;
    }
}

/* A line that begins something at `at`. */
static bool entries(skim *s, const char *at, const char *eol) {
    const char *line = s->p, *end;
    bk_str key;
    while (*at == '-' && (at + 1 == eol || at[1] == ' ')) {
        if (!enter_list(s, at - line)) return false;
        s->open = true;
        at = skip_spaces(at + 1, eol);
        if (at == eol || *at == '#') return next_line(s, eol);
    }
    end = key_end(at, eol, &key);
    if (end && (end + 1 == eol || end[1] == ' ')) {
        if ((*at != '"' && *at != '\'' && is_odd_key(key)) || !enter_map(s, at - line)) return false;
        if (s->depth <= 2) begin_part(s, key, line);
        return value_or_none(s, end + 1, eol);
    }
    return s->depth && s->open && at - line > column(s) && value(s, at, eol);
}

static bool line(skim *s) {
    const char *eol = line_end(s, s->p), *at = skip_spaces(s->p, eol);
    if (at == eol) return next_line(s, eol);
    if (s->tabs && memchr(at, '\t', (size_t)(eol - at))) return false;
    if (*at == '#') {
        s->goes_on = false;
        return next_line(s, eol);
    }
    if (s->goes_on && at - s->p > column(s)) return plain_text(s, at, eol);
    s->goes_on = false;
    return entries(s, at, eol);
}

bool bk_yaml_skim(bk_str text, const bk_yaml_wanted *wanted, size_t count, bk_buf *out) {
    skim s = {.p = text.p, .end = text.p + text.n, .wanted = wanted, .wanted_count = count, .out = out};
    unsigned seen;
    if (!bk_yaml_characters(text, &seen) || (seen & BK_YAML_HAS_BREAKS)) return false;
    s.tabs = seen & BK_YAML_HAS_TABS;
    while (s.p < s.end)
        if (!line(&s)) return false;
    end_part(&s, s.end);
    return s.depth > 0 && bk_buf_ok(out);
}
