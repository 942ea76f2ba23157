#include "release/selector.h"

#include "base/num.h"

typedef enum kind { END, WORD, OPEN, CLOSE, COMMA, NOT, EQUAL, DOUBLE_EQUAL, NOT_EQUAL, GREATER, LESS } kind;

typedef struct token {
    kind kind;
    bk_str text;
} token;

typedef struct parser {
    bk_arena *arena;
    bk_str text;
    size_t at;
    size_t values; /* in all */
    token next;
    bk_err *err;
} parser;

static bool is_special(char c) { return c == '=' || c == '!' || c == '(' || c == ')' || c == ',' || c == '>' || c == '<'; }
static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void advance(parser *p) {
    static const struct {
        const char *text;
        kind kind;
    } symbols[] = {{"==", DOUBLE_EQUAL}, {"!=", NOT_EQUAL}, {"=", EQUAL},   {"!", NOT}, {"(", OPEN},
                   {")", CLOSE},         {",", COMMA},      {">", GREATER}, {"<", LESS}};
    while (p->at < p->text.n && is_space(p->text.p[p->at])) p->at++;
    size_t from = p->at;
    if (from == p->text.n) {
        p->next = (token){END, BK_S("")};
        return;
    }
    for (size_t i = 0; i < BK_COUNT(symbols); i++) {
        bk_str symbol = bk_str_c(symbols[i].text);
        if (!bk_str_starts(bk_str_from(p->text, from), symbol)) continue;
        p->at += symbol.n;
        p->next = (token){symbols[i].kind, symbol};
        return;
    }
    while (p->at < p->text.n && !is_space(p->text.p[p->at]) && !is_special(p->text.p[p->at])) p->at++;
    p->next = (token){WORD, bk_str_sub(p->text, from, p->at)};
}

static bk_status unable(parser *p, const char *expected) {
    return bk_err_set(p->err, BK_ERR, "unable to parse requirement: found '%.*s', expected: %s", BK_FMT(p->next.text), expected);
}

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/* "prefix.example/name", the prefix may be missing. */
static bool valid_key(bk_str key) {
    bk_str prefix, name;
    if (!bk_str_cut(key, BK_S("/"), &prefix, &name)) name = key;
    else if (!prefix.n || prefix.n > 253) return false;
    if (!name.n || name.n > 63 || !is_word(name.p[0]) || !is_word(name.p[name.n - 1])) return false;
    for (size_t i = 0; i < name.n; i++)
        if (!is_word(name.p[i]) && name.p[i] != '-' && name.p[i] != '_' && name.p[i] != '.') return false;
    return true;
}

static bk_status check_key(parser *p, bk_str key) {
    if (valid_key(key)) return BK_OK;
    return bk_err_set(
        p->err, BK_ERR,
        "unable to parse requirement: <nil>: Invalid value: \"%.*s\": a valid label key must consist of alphanumeric characters, "
        "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
        "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' "
        "(e.g. 'example.com/MyName')",
        BK_FMT(key));
}

static bk_status add_value(parser *p, bk_str *values, size_t *n, bk_str value) {
    if (p->values++ == BK_SELECTOR_MAX) return bk_err_limit(p->err, "values of a selector", BK_SELECTOR_MAX);
    values[(*n)++] = value;
    return BK_OK;
}

/* (a, b,) */
static bk_status parse_set(parser *p, bk_str *values, size_t *n) {
    if (p->next.kind != OPEN) return unable(p, "'('");
    do {
        advance(p);
        bk_str value = p->next.kind == WORD ? p->next.text : BK_S("");
        if (p->next.kind == WORD) advance(p);
        BK_TRY(add_value(p, values, n, value));
    } while (p->next.kind == COMMA);
    if (p->next.kind != CLOSE) return unable(p, "',' or ')'");
    advance(p);
    return BK_OK;
}

static bool op_of(const token *t, bk_selector_op *ret) {
    switch (t->kind) {
    case EQUAL:
    case DOUBLE_EQUAL: *ret = BK_SELECT_IN; return true;
    case NOT_EQUAL: *ret = BK_SELECT_NOT_IN; return true;
    case GREATER: *ret = BK_SELECT_GREATER; return true;
    case LESS: *ret = BK_SELECT_LESS; return true;
    default: break;
    }
    *ret = bk_str_eq(t->text, BK_S("in")) ? BK_SELECT_IN : BK_SELECT_NOT_IN;
    return t->kind == WORD && (bk_str_eq(t->text, BK_S("in")) || bk_str_eq(t->text, BK_S("notin")));
}

static bk_status parse_requirement(parser *p, bk_requirement *ret) {
    bool negated = p->next.kind == NOT;
    if (negated) advance(p);
    if (p->next.kind != WORD) return unable(p, "identifier");
    *ret = (bk_requirement){.key = p->next.text, .op = negated ? BK_SELECT_ABSENT : BK_SELECT_EXISTS};
    BK_TRY(check_key(p, ret->key));
    advance(p);
    if (negated || p->next.kind == END || p->next.kind == COMMA) return BK_OK;
    if (!op_of(&p->next, &ret->op)) return unable(p, "in, notin, =, ==, !=, gt, lt");
    bool set = p->next.kind == WORD;
    bk_str *values = BK_NEW_ARRAY(p->arena, bk_str, BK_SELECTOR_MAX + 1);
    if (!values) return bk_arena_fail(p->arena, p->err);
    ret->values = values;
    advance(p);
    if (set) return parse_set(p, values, &ret->count);
    bk_str value = p->next.kind == WORD ? p->next.text : BK_S("");
    if (p->next.kind == WORD) advance(p);
    int64_t n;
    if (ret->op >= BK_SELECT_GREATER && bk_parse_int(value, 10, &n) != BK_NUM_OK)
        return bk_err_set(
            p->err, BK_ERR,
            "unable to parse requirement: values[0][%.*s]: Invalid value: \"%.*s\": for 'Gt', 'Lt' operators, the value must be an integer",
            BK_FMT(ret->key), BK_FMT(value));
    return add_value(p, values, &ret->count, value);
}

bk_status bk_selector_parse(bk_arena *arena, bk_str text, bk_selector *ret, bk_err *err) {
    parser p = {.arena = arena, .text = text, .err = err};
    *ret = (bk_selector){0};
    advance(&p);
    if (p.next.kind == END) return BK_OK;
    if (p.next.kind != WORD && p.next.kind != NOT)
        return bk_err_set(err, BK_ERR, "found '%.*s', expected: !, identifier, or 'end of string'", BK_FMT(p.next.text));
    for (;;) {
        if (ret->n == BK_SELECTOR_MAX) return bk_err_limit(err, "requirements of a selector", BK_SELECTOR_MAX);
        if ((ret->n & (ret->n - 1)) == 0) {
            size_t cap = ret->n ? ret->n * 2 : 1;
            void *more = bk_arena_grow(arena, ret->p, ret->n * sizeof *ret->p, cap * sizeof *ret->p);
            if (!more) return bk_arena_fail(arena, err);
            ret->p = more;
        }
        BK_TRY(parse_requirement(&p, &ret->p[ret->n++]));
        if (p.next.kind == END) return BK_OK;
        if (p.next.kind != COMMA) return bk_err_set(err, BK_ERR, "found '%.*s', expected: ',' or 'end of string'", BK_FMT(p.next.text));
        advance(&p);
        if (p.next.kind != WORD && p.next.kind != NOT)
            return bk_err_set(err, BK_ERR, "found '%.*s', expected: identifier after ','", BK_FMT(p.next.text));
    }
}

static bool matches(const bk_requirement *r, const bk_value *label) {
    bool there = label && bk_is_string(*label), in = false;
    int64_t a, b;
    for (size_t i = 0; there && i < r->count; i++) in = in || bk_str_eq(r->values[i], bk_value_str(*label));
    switch (r->op) {
    case BK_SELECT_IN: return there && in;
    case BK_SELECT_NOT_IN: return !in;
    case BK_SELECT_EXISTS: return there;
    case BK_SELECT_ABSENT: return !there;
    case BK_SELECT_GREATER:
    case BK_SELECT_LESS: break;
    }
    if (!there || bk_parse_int(bk_value_str(*label), 10, &a) != BK_NUM_OK || bk_parse_int(r->values[0], 10, &b) != BK_NUM_OK) return false;
    return r->op == BK_SELECT_GREATER ? a > b : a < b;
}

bool bk_selector_matches(const bk_selector *selector, bk_map *labels) {
    for (size_t i = 0; i < selector->n; i++)
        if (!matches(&selector->p[i], bk_map_get(labels, selector->p[i].key))) return false;
    return true;
}
