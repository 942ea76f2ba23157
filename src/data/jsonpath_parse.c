/* JSONPath templates to nodes. */
#include "base/num.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "data/jsonpath_node.h"
#include "value/gofmt.h"

enum { END = -1 };

typedef struct parser {
    bk_arena *arena;
    bk_str in;
    size_t at, start; /* start: where the current piece begins */
    unsigned budget;  /* templates within templates */
    bk_err *err;
} parser;

static bk_status fail(parser *p, const char *why) { return bk_err_set(p->err, BK_ERR, "%s", why); }

static int32_t peek(const parser *p, size_t *ret_width) {
    *ret_width = 0;
    return p->at < p->in.n ? (int32_t)bk_utf8_decode(bk_str_from(p->in, p->at), ret_width) : END;
}

static int32_t next(parser *p) {
    size_t width;
    int32_t r = peek(p, &width);
    p->at += width;
    return r;
}

/* The piece read since the last one. */
static bk_str take(parser *p) {
    bk_str piece = bk_str_sub(p->in, p->start, p->at);
    p->start = p->at;
    return piece;
}

static bool looking_at(const parser *p, bk_str what) { return bk_str_starts(bk_str_from(p->in, p->at), what); }

static bool is_line_end(int32_t r) { return r == '\r' || r == '\n'; }

/* What ends a name. */
static bool is_terminator(int32_t r) { return r == END || is_line_end(r) || (r < 0x80 && r != 0 && strchr(" \t.,[]$@{}", r)); }

static bool is_name(int32_t r) { return r != END && (r == '_' || bk_rune_is_letter((uint32_t)r) || bk_rune_is_digit((uint32_t)r)); }

/* ---- nodes ---- */

static bk_jsonpath_node *add(parser *p, bk_jsonpath_list *list, bk_jsonpath_kind kind, bk_str text) {
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 4;
        void *grown = bk_arena_grow(p->arena, list->p, list->cap * sizeof *list->p, cap * sizeof *list->p);
        if (!grown) return NULL;
        list->p = grown;
        list->cap = cap;
    }
    bk_jsonpath_node *n = &list->p[list->n++];
    *n = (bk_jsonpath_node){.kind = kind, .text = text};
    return n;
}

static bk_status put(parser *p, bk_jsonpath_list *list, bk_jsonpath_kind kind, bk_str text) {
    return add(p, list, kind, text) ? BK_OK : bk_arena_fail(p->arena, p->err);
}

static bk_status put_constant(parser *p, bk_jsonpath_list *list, bk_value v) {
    bk_jsonpath_node *n = add(p, list, BK_JP_NUMBER, (bk_str){NULL, 0});
    if (!n) return bk_arena_fail(p->arena, p->err);
    n->constant = v;
    return BK_OK;
}

/* A node with room for lists below it. */
static bk_status put_lists(parser *p, bk_jsonpath_list *list, bk_jsonpath_kind kind, bk_str text, const bk_jsonpath_list *lists,
                           size_t count) {
    bk_jsonpath_node *n = add(p, list, kind, text);
    bk_jsonpath_list *copy = BK_NEW_ARRAY(p->arena, bk_jsonpath_list, count);
    if (!n || !copy) return bk_arena_fail(p->arena, p->err);
    memcpy(copy, lists, count * sizeof *copy);
    n->lists = copy;
    n->list_count = count;
    return BK_OK;
}

static bk_status parse(parser *p, bk_jsonpath_list *root);

/* The nodes of "{before text after}" as a template of its own. */
static bk_status parse_inner(parser *p, const char *before, bk_str text, const char *after, bk_jsonpath_list *ret) {
    parser inner = {.arena = p->arena, .budget = p->budget - 1, .err = p->err};
    bk_jsonpath_list root = {0};
    if (p->budget == 0) return bk_err_limit(p->err, "nesting of a JSONPath template", BK_JSONPATH_DEPTH);
    if (!bk_arena_printf(p->arena, &inner.in, "{%s%.*s%s}", before, BK_FMT(text), after)) return bk_arena_fail(p->arena, p->err);
    BK_TRY(parse(&inner, &root));
    *ret = root.p[0].lists[0]; /* the brace in front made it an action */
    return BK_OK;
}

/* ---- pieces of an action ---- */

static bk_status parse_word(parser *p, bk_jsonpath_list *list) {
    for (size_t width; !is_terminator(peek(p, &width));) p->at += width;
    bk_str word = take(p);
    bool yes = bk_str_eq(word, BK_S("true"));
    if (yes || bk_str_eq(word, BK_S("false"))) return put_constant(p, list, bk_bool(yes));
    return put(p, list, BK_JP_WORD, word);
}

static bk_status parse_number(parser *p, bk_jsonpath_list *list) {
    size_t width;
    int32_t r = peek(p, &width);
    if (r == '+' || r == '-') p->at++;
    for (;;) {
        r = peek(p, &width);
        if (r == END || (r != '.' && !bk_rune_is_digit((uint32_t)r))) break;
        p->at += width;
    }
    bk_str text = take(p);
    int64_t i;
    double f;
    if (bk_parse_int(text, 10, &i) == BK_NUM_OK) return put_constant(p, list, bk_int(i));
    if (bk_parse_float(text, &f) == BK_NUM_OK) return put_constant(p, list, bk_float(f));
    return bk_err_set(p->err, BK_ERR, "cannot parse number %.*s", BK_FMT(text));
}

/* A name up to what ends it; backslashes take away the meaning of the next character and go themselves. */
static bk_status parse_field(parser *p, bk_jsonpath_list *list) {
    size_t width;
    bk_buf name;
    take(p);
    for (int32_t r; !is_terminator(r = peek(p, &width));) {
        p->at += width;
        if (r == '\\') next(p);
    }
    bk_str text = take(p);
    if (bk_str_eq(text, BK_S("*"))) return put(p, list, BK_JP_ALL, text);
    if (bk_str_find_byte(text, '\\') == BK_NPOS) return put(p, list, BK_JP_FIELD, text);
    bk_buf_init(&name, p->arena, 0);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\\') bk_buf_byte(&name, text.p[i]);
    BK_TRY(bk_buf_check(&name, p->err));
    return put(p, list, BK_JP_FIELD, bk_buf_take(&name));
}

static bk_status parse_deep(parser *p, bk_jsonpath_list *list) {
    size_t width;
    if (list->n && list->p[list->n - 1].kind == BK_JP_DEEP) return fail(p, "invalid multiple recursive descent");
    p->at += 2;
    take(p);
    BK_TRY(put(p, list, BK_JP_DEEP, (bk_str){NULL, 0}));
    return is_name(peek(p, &width)) ? parse_field(p, list) : BK_OK;
}

/* ---- quoted text ---- */

static int digit(char c, int base) {
    int d = bk_hex_digit(c);
    return d < base ? d : -1;
}

/* `count` digits of the escape; false when there are not as many. */
static bool digits(bk_str *s, size_t count, int base, uint32_t *ret) {
    uint32_t v = 0;
    if (s->n < count) return false;
    for (size_t i = 0; i < count; i++) {
        int d = digit(s->p[i], base);
        if (d < 0) return false;
        v = v * base + (uint32_t)d;
    }
    *s = bk_str_from(*s, count);
    *ret = v;
    return true;
}

/* What stands behind a backslash, as in Go's string literals. */
static bool unescape(bk_str *s, char quote, bk_buf *out) {
    static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
    uint32_t v;
    if (s->n == 0) return false;
    char c = s->p[0];
    const char *simple = c ? strchr(from, c) : NULL;
    if (c >= '0' && c <= '7') {
        if (!digits(s, 3, 8, &v) || v > 255) return false;
        bk_buf_byte(out, (char)v);
        return true;
    }
    *s = bk_str_from(*s, 1);
    if (simple) {
        bk_buf_byte(out, to[simple - from]);
    } else if (c == quote) {
        bk_buf_byte(out, c);
    } else if (c == 'x') {
        if (!digits(s, 2, 16, &v)) return false;
        bk_buf_byte(out, (char)v);
    } else if (c == 'u' || c == 'U') {
        if (!digits(s, c == 'u' ? 4 : 8, 16, &v) || v > BK_RUNE_MAX || (v >= 0xD800 && v < 0xE000)) return false;
        bk_buf_rune(out, v);
    } else {
        return false;
    }
    return true;
}

/* Text with its quotes; false for what is no literal. */
static bool unquote(bk_str s, char quote, bk_buf *out) {
    if (s.n < 2) return false;
    s = bk_str_sub(s, 1, s.n - 1);
    while (s.n) {
        char c = s.p[0];
        if (c == quote) return false;
        if (c != '\\') {
            size_t width;
            bk_buf_rune(out, bk_utf8_decode(s, &width));
            s = bk_str_from(s, width);
            continue;
        }
        s = bk_str_from(s, 1);
        if (!unescape(&s, quote, out)) return false;
    }
    return true;
}

static bk_status parse_quoted(parser *p, bk_jsonpath_list *list, char quote) {
    bk_buf out;
    for (;;) {
        int32_t r = next(p);
        if (r == END || r == '\n') return fail(p, "unterminated quoted string");
        if (r == quote && p->in.p[p->at - 2] != '\\') break;
    }
    bk_str text = take(p), inside = bk_str_sub(text, 1, text.n - 1);
    if (bk_str_find_byte(inside, '\\') == BK_NPOS && bk_str_find_byte(inside, quote) == BK_NPOS) return put(p, list, BK_JP_TEXT, inside);
    bk_buf_init(&out, p->arena, 0);
    if (!unquote(text, quote, &out)) return bk_err_set(p->err, BK_ERR, "unquote string %.*s error invalid syntax", BK_FMT(text));
    BK_TRY(bk_buf_check(&out, p->err));
    return put(p, list, BK_JP_TEXT, bk_buf_take(&out));
}

/* ---- brackets ---- */

/* "-?[0-9]*" at the front of *s. */
static bk_str bound_text(bk_str *s) {
    size_t n = s->n && s->p[0] == '-';
    while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9') n++;
    bk_str text = bk_str_sub(*s, 0, n);
    *s = bk_str_from(*s, n);
    return text;
}

static bk_status parse_bound(parser *p, bk_str text, bk_jsonpath_bound *ret) {
    if (text.n == 0) return BK_OK;
    ret->known = true;
    if (bk_parse_int(text, 10, &ret->at) == BK_NUM_OK) return BK_OK;
    return bk_err_set(p->err, BK_ERR, "array index %.*s is not a number", BK_FMT(text));
}

static bk_status parse_slice(parser *p, bk_str text, bk_jsonpath_list *list) {
    bk_jsonpath_bound bound[3] = {0};
    bk_str rest = text, part[3] = {0};
    bool given[3] = {true, false, false};
    part[0] = bound_text(&rest);
    for (size_t i = 1; i < 3 && rest.n && rest.p[0] == ':'; i++) {
        rest = bk_str_from(rest, 1);
        part[i] = bound_text(&rest);
        given[i] = true;
    }
    if (rest.n) return bk_err_set(p->err, BK_ERR, "invalid array index %.*s", BK_FMT(text));
    for (size_t i = 0; i < 3; i++) BK_TRY(parse_bound(p, part[i], &bound[i]));
    if (!given[1]) bound[1] = (bk_jsonpath_bound){.at = (int64_t)((uint64_t)bound[0].at + 1), .known = true, .derived = true};
    bk_jsonpath_node *n = add(p, list, BK_JP_SLICE, text);
    if (!n) return bk_arena_fail(p->arena, p->err);
    memcpy(n->bound, bound, sizeof bound);
    return BK_OK;
}

static bk_str trim_blanks(bk_str s) {
    while (s.n && s.p[0] == ' ') s = bk_str_from(s, 1);
    while (s.n && s.p[s.n - 1] == ' ') s.n--;
    return s;
}

static bk_status parse_union(parser *p, bk_str text, bk_jsonpath_list *list) {
    size_t count = 1, i = 0;
    for (size_t k = 0; k < text.n; k++) count += text.p[k] == ',';
    bk_jsonpath_list *lists = BK_NEW_ARRAY(p->arena, bk_jsonpath_list, count);
    if (!lists) return bk_arena_fail(p->arena, p->err);
    for (bk_str part, rest = text; i < count; i++) {
        bk_str_cut(rest, BK_S(","), &part, &rest);
        BK_TRY(parse_inner(p, "[", trim_blanks(part), "]", &lists[i]));
    }
    return put_lists(p, list, BK_JP_UNION, text, lists, count);
}

static bool is_key(bk_str s) {
    return s.n >= 2 && s.p[0] == '\'' && s.p[s.n - 1] == '\'' && bk_str_find_byte(bk_str_sub(s, 1, s.n - 1), '\'') == BK_NPOS;
}

static bk_status parse_brackets(parser *p, bk_jsonpath_list *list) {
    for (int32_t r; (r = next(p)) != ']';)
        if (r == END || r == '\n') return fail(p, "unterminated array");
    bk_str text = take(p);
    text = bk_str_sub(text, 1, text.n - 1);
    if (bk_str_eq(text, BK_S("*"))) text = BK_S(":");
    if (bk_str_find_byte(text, ',') != BK_NPOS) return parse_union(p, text, list);
    if (!is_key(text)) return parse_slice(p, text, list);
    bk_jsonpath_list inner;
    BK_TRY(parse_inner(p, ".", bk_str_sub(text, 1, text.n - 1), "", &inner));
    for (size_t i = 0; i < inner.n; i++) {
        bk_jsonpath_node *n = add(p, list, BK_JP_FIELD, (bk_str){NULL, 0});
        if (!n) return bk_arena_fail(p->arena, p->err);
        *n = inner.p[i];
    }
    return BK_OK;
}

/* ---- filters ---- */

static bool is_operator(char c) { return c == '!' || c == '<' || c == '>' || c == '='; }

/* "left operator right": false when it is one expression, whose existence counts. */
static bool split_filter(bk_str text, bk_str *left, bk_str *op, bk_str *right) {
    size_t from = 0;
    while (from < text.n && !is_operator(text.p[from])) from++;
    size_t to = from;
    while (to < text.n && is_operator(text.p[to])) to++;
    if (to == text.n && to > from + 1) to--; /* something has to be left for the right */
    if (from == 0 || to == from || to == text.n) return false;
    *left = bk_str_sub(text, 0, from);
    *op = bk_str_sub(text, from, to);
    *right = bk_str_from(text, to);
    return true;
}

/* Up to the ")" that no quotes enclose; one pair of quotes is looked at. */
static bk_status skip_filter(parser *p) {
    int32_t quote = END;
    bool closed = false;
    for (;;) {
        int32_t r = next(p);
        if (r == END || r == '\n') return fail(p, "unterminated filter");
        if (r == '"' || r == '\'') {
            if (quote == END) quote = r;
            else if (r == quote && p->in.p[p->at - 2] != '\\') closed = true;
        }
        if (r == ')' && (quote == END || closed)) break;
    }
    return next(p) == ']' ? BK_OK : fail(p, "unclosed array expect ]");
}

static bk_status parse_filter(parser *p, bk_jsonpath_list *list) {
    bk_jsonpath_list sides[2] = {0};
    bk_str left, right, op = {"", 0};
    p->at += 3;
    take(p);
    BK_TRY(skip_filter(p));
    bk_str text = take(p);
    text.n -= 2;
    if (split_filter(text, &left, &op, &right)) {
        BK_TRY(parse_inner(p, "", left, "", &sides[0]));
        BK_TRY(parse_inner(p, "", right, "", &sides[1]));
    } else {
        BK_TRY(parse_inner(p, "", text, "", &sides[0]));
    }
    return put_lists(p, list, BK_JP_FILTER, op, sides, 2);
}

/* ---- templates ---- */

static bk_status unrecognized(parser *p, int32_t r) {
    bk_buf text;
    bk_buf_init(&text, p->arena, 0);
    bk_buf_printf(&text, "unrecognized character in action: U+%04X", (unsigned)r);
    if (bk_rune_is_print((uint32_t)r)) {
        bk_buf_c(&text, " '");
        bk_buf_rune(&text, (uint32_t)r);
        bk_buf_byte(&text, '\'');
    }
    return bk_err_set_str(p->err, BK_ERR, bk_buf_view(&text));
}

/* One piece behind the brace. */
static bk_status parse_piece(parser *p, bk_jsonpath_list *list) {
    size_t width;
    if (looking_at(p, BK_S("[?("))) return parse_filter(p, list);
    if (looking_at(p, BK_S(".."))) return parse_deep(p, list);
    int32_t r = peek(p, &width);
    if (r == END || is_line_end(r)) return fail(p, "unclosed action");
    if (r == '+' || r == '-' || bk_rune_is_digit((uint32_t)r)) return parse_number(p, list);
    if (is_name(r)) return parse_word(p, list);
    p->at += width;
    switch (r) {
    case ' ':
    case '@':
    case '$': take(p); return BK_OK;
    case '[': return parse_brackets(p, list);
    case '"':
    case '\'': return parse_quoted(p, list, (char)r);
    case '.': return parse_field(p, list);
    default: return unrecognized(p, r);
    }
}

static bk_status parse(parser *p, bk_jsonpath_list *root) {
    while (p->at < p->in.n) {
        size_t brace = bk_str_find_byte(bk_str_from(p->in, p->at), '{');
        p->at = brace == BK_NPOS ? p->in.n : p->at + brace;
        if (p->at > p->start) BK_TRY(put(p, root, BK_JP_TEXT, take(p)));
        if (brace == BK_NPOS) break;
        bk_jsonpath_list action = {0};
        p->at++;
        take(p);
        while (!looking_at(p, BK_S("}"))) BK_TRY(parse_piece(p, &action));
        p->at++;
        take(p);
        BK_TRY(put_lists(p, root, BK_JP_LIST, (bk_str){NULL, 0}, &action, 1));
    }
    return BK_OK;
}

bk_status bk_jsonpath_parse(bk_arena *arena, bk_str text, bk_jsonpath *ret, bk_err *err) {
    parser p = {.arena = arena, .in = text, .budget = BK_JSONPATH_DEPTH, .err = err};
    if (text.n > BK_JSONPATH_MAX) return bk_err_limit(err, "bytes of a JSONPath template", BK_JSONPATH_MAX);
    ret->root = BK_NEW(arena, bk_jsonpath_list);
    return ret->root ? parse(&p, ret->root) : bk_arena_fail(arena, err);
}
