/* yaml_straight.c: see yaml_straight.h. Functions take a place in the text and return the one where they stopped; NULL stands for everything that the general way has to judge. */
#include "data/yaml_straight.h"

#include <math.h>

#include "base/limits.h"
#include "base/vec.h"
#include "data/yaml.h"
#include "data/yaml_resolve.h"
#include "value/map.h"

enum { LEVELS = 100, LONGEST_KEY = 128, ANCHORS = 32, ALIASES = 100 /* from more on the general way asks how many there may be */ };

typedef unsigned char byte;

typedef struct reader {
    bk_yaml_scanner s;   /* for scalars that are not simple */
    int column;          /* of the next token, the first of its line; -1: the document has ended */
    bk_map_entry *items; /* of maps and lists that have not ended; those of lists have no key */
    size_t items_n, items_cap;
    struct anchor {
        bk_str name;
        bk_value value;
    } anchors[ANCHORS]; /* of scalars */
    size_t anchors_n, aliases;
    unsigned flags;
    bk_status status; /* not BK_OK: a lack of memory */
} reader;

/* What may begin a word of a list in brackets, and what may stand in it. Words that begin otherwise are rare. */
enum { WORD = 1, WORD_FIRST = 2 };
static const uint8_t classes[256] = {
    ['0' ... '9'] = WORD | WORD_FIRST,
    ['A' ... 'Z'] = WORD | WORD_FIRST,
    ['a' ... 'z'] = WORD | WORD_FIRST,
    ['_'] = WORD | WORD_FIRST,
    ['/'] = WORD | WORD_FIRST,
    ['$'] = WORD | WORD_FIRST,
    ['-'] = WORD,
    ['.'] = WORD,
};

/* What a scalar or collection that begins with a byte is. ODD: nothing that is read here. */
enum { ODD, PLAIN, SIGN /* plain unless a blank follows */, QUOTE, BLOCK, LIST, MAP, ANCHOR, ALIAS };
static const uint8_t kinds[256] = {
    ['$'] = PLAIN,         ['('] = PLAIN,  [')'] = PLAIN, ['+'] = PLAIN, ['.'] = PLAIN,  ['/'] = PLAIN, ['0' ... '9'] = PLAIN,
    [';'] = PLAIN,         ['<'] = PLAIN,  ['='] = PLAIN, ['_'] = PLAIN, ['^'] = PLAIN,  ['~'] = PLAIN, ['A' ... 'Z'] = PLAIN,
    ['a' ... 'z'] = PLAIN, ['\\'] = PLAIN, ['-'] = SIGN,  [':'] = SIGN,  ['?'] = SIGN,   ['"'] = QUOTE, ['\''] = QUOTE,
    ['|'] = BLOCK,         ['>'] = BLOCK,  ['['] = LIST,  ['{'] = MAP,   ['&'] = ANCHOR, ['*'] = ALIAS, [0x80 ... 0xFF] = PLAIN,
};
static bool is_plain(const byte *p) { return kinds[*p] == PLAIN || (kinds[*p] == SIGN && p[1] > ' '); }

/* ---- bytes ----
 *
 * Behind the text stand zeros, so that sixteen bytes can be looked at wherever it has not ended. No other byte of it is zero. */

#ifdef BK_VEC_MARKS
#define FIND(p, condition) \
    for (bk_vec c;; (p) += sizeof c) { \
        c = bk_vec_load(p); \
        unsigned marks = bk_vec_marks(condition); \
        if (!marks) continue; \
        (p) += __builtin_ctz(marks); \
        break; \
    }
#define OR |
#define IS(x) (bk_vec)(x)
#else
#define FIND(p, condition) \
    for (byte c;; (p)++) { \
        c = *(p); \
        if (condition) break; \
    }
#define OR ||
#define IS(x) (x)
#endif

/* The next of ':', '#', tab, line feed and the end. */
static inline const byte *find_mark(const byte *p) {
    FIND(p, IS(c == ':') OR IS(c == '#') OR IS(c <= '\n'))
    return p;
}

/* The next of ':', blank, line feed and the end. */
static inline const byte *find_key_end(const byte *p) {
    FIND(p, IS(c == ':') OR IS(c <= ' '))
    return p;
}

/* The next of the quote, '\', line feed, tab and the end. */
static inline const byte *find_quote(const byte *p, byte quote) {
    FIND(p, IS(c == quote) OR IS(c == '\\') OR IS(c <= '\n'))
    return p;
}

/* The end of the line. */
static inline const byte *find_feed(const byte *p) {
    FIND(p, IS(c == '\n') OR IS(c == 0))
    return p;
}

static inline const byte *skip_spaces(const byte *p) {
    while (*p == ' ') p++;
    return p;
}

static bk_str between(const byte *from, const byte *to) { return bk_str_of((const char *)from, (size_t)(to - from)); }

static bool is_entry(const byte *p) { return *p == '-' && p[1] <= ' '; }

/* ---- lines ---- */

/* The first token from the beginning of a line on. */
static const byte *at_line(reader *r, const byte *line) {
    for (;; line++) {
        const byte *p = line;
        for (uint64_t word;; p += 8) { /* mostly by eights */
            memcpy(&word, p, sizeof word);
            word ^= 0x2020202020202020u;
            if (!word) continue;
            p += __builtin_ctzll(word) / 8;
            break;
        }
        r->column = (int)(p - line);
        if (*p == '#') p = find_feed(p);
        else if (*p > ' ' && r->column == 0 && bk_yaml_document_mark(p)) r->column = -1;
        if (*p > ' ') return p;
        if (*p == 0) return r->column = -1, p;
        if (*p != '\n') return NULL;
        line = p;
    }
}

/* The first token behind the line of p, on which only blanks and a comment may follow. */
static const byte *behind(reader *r, const byte *p) {
    p = skip_spaces(p);
    if (*p == '#') p = find_feed(p);
    if (*p == '\n') return at_line(r, p + 1);
    r->column = -1;
    return *p == 0 ? p : NULL;
}

/* The same where the scanner has stopped, perhaps in the indentation of a line. */
static const byte *behind_scanned(reader *r) {
    const byte *p = r->s.p;
    while (p > r->s.base && p[-1] == ' ') p--;
    return p == r->s.base || p[-1] == '\n' ? at_line(r, p) : behind(r, r->s.p);
}

/* ---- items ---- */

static const byte *no_memory(reader *r) {
    r->status = bk_yaml_fail_nomem(&r->s);
    return NULL;
}

/* Makes room for one more. */
static bool push(reader *r, bk_str key) {
    if (BK_UNLIKELY(r->items_n == r->items_cap)) {
        size_t cap = r->items_cap ? r->items_cap * 2 : 64;
        bk_map_entry *items =
            cap > BK_LIMIT_LIST ? NULL : bk_arena_grow(r->s.scratch, r->items, r->items_cap * sizeof *items, cap * sizeof *items);
        if (!items) return no_memory(r) != NULL;
        r->items = items;
        r->items_cap = cap;
    }
    bk_map_entry *e = &r->items[r->items_n++];
    e->key = key;
    if (key.p) e->hash = bk_str_hash(key);
    return true;
}

static const byte *close_list(reader *r, size_t base, const byte *p, bk_value *ret) {
    size_t n = r->items_n - base;
    bk_value *items = n ? bk_arena_alloc(r->s.arena, n * sizeof *items) : NULL;
    if (n && !items) return no_memory(r);
    for (size_t i = 0; i < n; i++) items[i] = r->items[base + i].value;
    r->items_n = base;
    *ret = bk_list(items, n);
    return p;
}

static const byte *close_map(reader *r, size_t base, const byte *p, bk_value *ret) {
    size_t n = r->items_n - base;
    bk_map *map = bk_map_of(r->s.arena, n ? r->items + base : NULL, n);
    if (!map) return no_memory(r);
    if ((r->flags & BK_YAML_STRICT) && bk_map_len(map) < n) return NULL;
    r->items_n = base;
    *ret = bk_map_value(map);
    return p;
}

/* ---- scalars ---- */

/* The value of plain text; false for a number that JSON does not have. */
static bool guess(const reader *r, bk_str text, bk_value *ret) {
    bk_yaml_guess(text, ret);
    if (ret->kind == BK_STRING || (r->flags & BK_YAML_NUMBERS)) return ret->kind != BK_FLOAT || isfinite(ret->f);
    if (ret->kind == BK_INT) *ret = bk_float((double)ret->i);
    else if (ret->kind == BK_UINT) *ret = bk_float((double)ret->u);
    return ret->kind != BK_FLOAT || isfinite(ret->f);
}

/* Lets one of the scanner's functions read the scalar at p, in a collection at column `in`. */
static bool scan(reader *r, bk_status (*function)(bk_yaml_scanner *, bk_yaml_token *), const byte *p, int in, bk_str *ret) {
    bk_yaml_token token = {.type = BK_YT_SCALAR};
    r->s.p = p;
    r->s.indent = in;
    r->s.extra = r->s.line_index = 0; /* columns count only behind the end of this line */
    bk_status status = function(&r->s, &token);
    if (status != BK_OK && status != BK_ERR) r->status = status;
    *ret = token.value;
    return status == BK_OK;
}

static const byte *plain(reader *r, const byte *p, int in, bk_value *ret) {
    const byte *stop = find_mark(p + 1);
    bk_str text;
    for (; *stop > '\n'; stop = find_mark(stop + 1)) {
        if (*stop == ':' && stop[1] <= ' ') return NULL;
        if (*stop == '#' && stop[-1] == ' ') break;
    }
    const byte *next = behind(r, stop);
    if (next && r->column > in && *stop != '#') {
        if (!scan(r, bk_yaml_scan_plain, p, in, &text)) return NULL;
        next = behind_scanned(r);
    } else {
        while (stop[-1] == ' ') stop--;
        text = between(p, stop);
    }
    return guess(r, text, ret) ? next : NULL;
}

/* Behind the closing quote of a text on one line without escapes. */
static inline const byte *simple_quoted(const byte *p, bk_str *ret) {
    const byte quote = *p, *stop = find_quote(p + 1, quote);
    if (*stop != quote || stop[1] == '\'') return NULL;
    *ret = between(p + 1, stop);
    return stop + 1;
}

static const byte *quoted(reader *r, const byte *p, int in, bk_value *ret) {
    bk_str text;
    const byte *stop = simple_quoted(p, &text);
    if (!stop) {
        if (!scan(r, bk_yaml_scan_quoted, p, in, &text)) return NULL;
        stop = r->s.p;
    }
    *ret = bk_string(text);
    return behind(r, stop);
}

static const byte *block_scalar(reader *r, const byte *p, int in, bk_value *ret) {
    bk_str text;
    if (!scan(r, bk_yaml_scan_block, p, in, &text)) return NULL;
    *ret = bk_string(text);
    return behind_scanned(r);
}

/* A word or a text in quotes, in brackets. */
static const byte *flow_item(reader *r, const byte *p, bk_value *ret) {
    bk_str text;
    if (kinds[*p] == QUOTE) {
        p = simple_quoted(p, &text);
        *ret = bk_string(text);
        return p;
    }
    const byte *word = *p == '-' ? p + 1 : p;
    if (!(classes[*word] & WORD_FIRST)) return NULL;
    while (classes[*word] & WORD || (*word == ':' && classes[word[1]] & WORD)) word++;
    return guess(r, between(p, word), ret) ? word : NULL;
}

/* "[]", "[a, "b"]", on one line. */
static const byte *flow_list(reader *r, const byte *p, bk_value *ret) {
    size_t base = r->items_n;
    p = skip_spaces(p + 1);
    while (*p != ']') {
        bk_value v = bk_nil();
        p = flow_item(r, p, &v);
        if (!p || !push(r, (bk_str){0})) return NULL;
        r->items[r->items_n - 1].value = v;
        p = skip_spaces(p);
        if (*p == ']') break;
        if (*p != ',') return NULL;
        p = skip_spaces(p + 1);
        if (*p == ']') return NULL;
    }
    p = behind(r, p + 1);
    return p ? close_list(r, base, p, ret) : NULL;
}

static const byte *inline_value(reader *r, const byte *p, int in, bk_value *ret);

/* "&name" before a scalar, or "*name". */
static const byte *anchored(reader *r, const byte *p, int in, bk_value *ret) {
    const byte *stop = p + 1;
    bool alias = *p == '*';
    while (bk_yaml_alpha(*stop)) stop++;
    bk_str name = between(p + 1, stop);
    if (name.n == 0 || *stop > ' ') return NULL;
    size_t i = 0;
    while (i < r->anchors_n && !bk_str_eq(r->anchors[i].name, name)) i++;
    if (alias) {
        if (i == r->anchors_n || r->aliases++ == ALIASES) return NULL;
        *ret = r->anchors[i].value;
        return behind(r, stop);
    }
    p = skip_spaces(stop);
    if (i == ANCHORS || (kinds[*p] != QUOTE && !is_plain(p))) return NULL;
    p = inline_value(r, p, in, ret);
    if (!p) return NULL;
    r->anchors[i] = (struct anchor){name, *ret};
    if (i == r->anchors_n) r->anchors_n++;
    return p;
}

/* A scalar, or a collection in brackets, that begins on the line of its key or dash, in a collection at column `in`. */
static const byte *inline_value(reader *r, const byte *p, int in, bk_value *ret) {
    switch (kinds[*p]) {
    case PLAIN:
    case SIGN: return is_plain(p) ? plain(r, p, in, ret) : NULL;
    case QUOTE: return quoted(r, p, in, ret);
    case BLOCK: return block_scalar(r, p, in, ret);
    case LIST: return flow_list(r, p, ret);
    case MAP:
        p = skip_spaces(p + 1);
        p = *p == '}' ? behind(r, p + 1) : NULL;
        return p ? close_map(r, r->items_n, p, ret) : NULL;
    case ANCHOR:
    case ALIAS: return anchored(r, p, in, ret);
    default: return NULL;
    }
}

/* ---- collections ---- */

/* Whether plain text is the string that it looks like, or a number that reads as it is written. */
static bool is_key(const reader *r, bk_str text) {
    bk_value v;
    bk_yaml_guess(text, &v);
    if (v.kind == BK_STRING) return text.n > 2 || !bk_str_eq(text, BK_S("<<"));
    if (v.kind != BK_INT || (r->flags & BK_YAML_STRICT) || (text.p[0] == '0' && text.n > 1)) return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9') return false;
    return true;
}

/* Behind the ':' of the key at p. */
static const byte *read_key(const reader *r, const byte *p, bk_str *ret) {
    const byte *stop;
    if (kinds[*p] == QUOTE) {
        stop = simple_quoted(p, ret);
        if (!stop || *stop != ':' || stop[1] > ' ') return NULL;
    } else {
        if (!is_plain(p)) return NULL;
        stop = find_key_end(p + 1);
        while (*stop == ':' && stop[1] > ' ') stop = find_key_end(stop + 1);
        if (*stop != ':') return NULL;
        *ret = between(p, stop);
        if (!is_key(r, *ret)) return NULL;
    }
    return ret->n <= LONGEST_KEY ? stop + 1 : NULL;
}

static const byte *block(reader *r, const byte *p, int in, unsigned levels, bk_value *ret);
static const byte *list(reader *r, const byte *p, int column, unsigned levels, bk_value *ret);

/* What stands behind a key of a map at that column. */
static const byte *map_value(reader *r, const byte *p, int column, unsigned levels, bk_value *ret) {
    p = skip_spaces(p);
    if (*p > ' ' && *p != '#') return inline_value(r, p, column, ret);
    p = behind(r, p);
    if (p && r->column > column) return block(r, p, column, levels, ret);
    if (p && r->column == column && is_entry(p)) return list(r, p, column, levels, ret);
    *ret = bk_nil();
    return p;
}

static const byte *map(reader *r, const byte *p, int column, unsigned levels, bk_value *ret) {
    size_t base = r->items_n;
    if (levels == 0) return NULL;
    do {
        bk_str key;
        bk_value v;
        p = read_key(r, p, &key);
        if (!p || !push(r, key)) return NULL;
        size_t at = r->items_n - 1;
        p = map_value(r, p, column, levels - 1, &v);
        if (!p) return NULL;
        r->items[at].value = v;
    } while (r->column == column);
    return r->column < column ? close_map(r, base, p, ret) : NULL;
}

/* What stands behind the dash at p of a list at that column. */
static const byte *list_value(reader *r, const byte *p, int column, unsigned levels, bk_value *ret) {
    const byte *dash = p;
    bk_str key;
    p = skip_spaces(p + 1);
    if (*p > ' ' && *p != '#') {
        int inner = column + (int)(p - dash);
        if (is_entry(p)) return list(r, p, inner, levels, ret);
        return read_key(r, p, &key) ? map(r, p, inner, levels, ret) : inline_value(r, p, column, ret);
    }
    p = behind(r, p);
    if (p && r->column > column) return block(r, p, column, levels, ret);
    *ret = bk_nil();
    return p;
}

static const byte *list(reader *r, const byte *p, int column, unsigned levels, bk_value *ret) {
    size_t base = r->items_n;
    if (levels == 0) return NULL;
    do {
        bk_value v;
        if (!push(r, (bk_str){0})) return NULL;
        size_t at = r->items_n - 1;
        p = list_value(r, p, column, levels - 1, &v);
        if (!p) return NULL;
        r->items[at].value = v;
    } while (r->column == column && is_entry(p));
    return r->column <= column ? close_list(r, base, p, ret) : NULL;
}

/* What begins at p with the first token of a line, in a collection at column `in`. */
static const byte *block(reader *r, const byte *p, int in, unsigned levels, bk_value *ret) {
    bk_str key;
    if (is_entry(p)) return list(r, p, r->column, levels, ret);
    return read_key(r, p, &key) ? map(r, p, r->column, levels, ret) : inline_value(r, p, in, ret);
}

static bool read(reader *r, bk_value *ret) {
    const byte *p = at_line(r, r->s.base);
    if (p && r->column < 0 && *p == '-') p = behind(r, p + 3);
    if (!p || r->column < 0) return false;
    return block(r, p, -1, LEVELS, ret) && r->column < 0;
}

bk_status bk_yaml_straight(const bk_yaml_scanner *scanner, unsigned flags, bk_value *ret, bool *ret_done, bk_err *err) {
    *ret_done = false;
    if (scanner->broken || scanner->bom || scanner->breaks) return BK_OK;
    bk_err own = BK_ERR_INIT;
    bk_arena *arena = scanner->arena;
    bk_arena_point point = bk_arena_here(arena);
    reader r = {.s = *scanner, .flags = flags};
    bk_value v;
    r.s.err = &own;
    *ret_done = read(&r, &v);
    if (*ret_done) *ret = v;
    else if (!arena->log) bk_arena_back(arena, point);
    if (r.status != BK_OK) bk_err_move(err, &own);
    bk_err_release(&own);
    return r.status;
}
