/* JSONPath templates against values. */
#include "base/limits.h"
#include "data/json.h"
#include "data/jsonpath_node.h"
#include "value/gofmt.h"
#include "value/map.h"

enum { NO_VALUE = 1 }; /* mark of a nil that is not even a value: what a loop is given for null, and where it has no rounds */

/* What an action found so far. */
typedef struct found {
    bk_value *p;
    size_t n, cap;
} found;

typedef struct finder {
    bk_arena *arena;
    bk_err *err;
    const bk_jsonpath_list *root;
    int begin, open, close; /* range and end words met, loops that are open */
    size_t last_end;        /* the node of the end met last; BK_NPOS: none */
    bool compared;          /* the failure came from a comparison */
    found *results;         /* one for each node that prints */
    size_t count, cap;
} finder;

static bool is_missing(bk_value v) { return v.kind == BK_NIL && v.spare == NO_VALUE; }

static bk_status add(finder *f, found *to, bk_value v) {
    if (to->n == to->cap) {
        size_t cap = to->cap ? to->cap * 2 : 4;
        void *p = bk_arena_grow(f->arena, to->p, to->cap * sizeof v, cap * sizeof v);
        if (!p) return bk_arena_fail(f->arena, f->err);
        to->p = p;
        to->cap = cap;
    }
    to->p[to->n++] = v;
    return BK_OK;
}

static bk_status add_all(finder *f, found *to, const found *from) {
    for (size_t i = 0; i < from->n; i++) BK_TRY(add(f, to, from->p[i]));
    return BK_OK;
}

/* ---- steps ---- */

static bk_status step_field(finder *f, const found *in, bk_str name, found *out) {
    for (size_t i = 0; i < in->n; i++) {
        bk_value *v = in->p[i].kind == BK_MAP ? bk_map_get(in->p[i].map, name) : NULL;
        if (v) BK_TRY(add(f, out, *v));
    }
    if (in->n && out->n == 0) return bk_err_set(f->err, BK_ERR, "%.*s is not found", BK_FMT(name));
    return BK_OK;
}

static bk_status out_of_bounds(finder *f, int64_t index, int64_t n) {
    return bk_err_set(f->err, BK_ERR, "array index out of bounds: index %lld, length %lld", (long long)index, (long long)n);
}

static int64_t plus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

static bk_status slice(finder *f, const bk_jsonpath_node *node, bk_value list, found *out) {
    int64_t n = list.len, from = node->bound[0].known ? node->bound[0].at : 0, to = node->bound[1].known ? node->bound[1].at : n;
    if (from < 0) from = plus(from, n);
    if (to < 0 || (to == 0 && node->bound[1].derived)) to = plus(to, n);
    if (from == to) return BK_OK;
    if (from >= n || from < 0) return out_of_bounds(f, from, n);
    if (to > n || to < 0) return out_of_bounds(f, plus(to, -1), n);
    if (from > to)
        return bk_err_set(f->err, BK_ERR, "starting index %lld is greater than ending index %lld", (long long)from, (long long)to);
    if (node->bound[2].known && node->bound[2].at <= 0) return bk_err_set(f->err, BK_ERR, "step must be > 0");
    int64_t step = node->bound[2].known ? node->bound[2].at : 1;
    for (int64_t i = from; i < to; i += step) {
        BK_TRY(add(f, out, list.items[i]));
        if (step >= to - i) break; /* the next one may be beyond all numbers */
    }
    return BK_OK;
}

static bk_status step_slice(finder *f, const bk_jsonpath_node *node, const found *in, found *out) {
    for (size_t i = 0; i < in->n; i++) {
        bk_value v = in->p[i];
        if (v.kind == BK_NIL && !is_missing(v)) continue;
        if (v.kind != BK_LIST) return bk_err_set(f->err, BK_ERR, "%s is not array or slice", bk_type_name(v));
        size_t before = out->n;
        BK_TRY(slice(f, node, v, out));
        if (out->n == before) return BK_OK; /* nothing asked for ends the step, as there */
    }
    return BK_OK;
}

/* What lies in a value: entries of a map by key, items, bytes of a text. */
static bk_status contents(finder *f, bk_value v, found *out) {
    if (v.kind == BK_MAP) {
        if (v.map && !bk_map_sort(v.map)) return bk_arena_fail(f->arena, f->err);
        for (size_t i = 0; i < bk_map_len(v.map); i++) BK_TRY(add(f, out, bk_map_at(v.map, i)->value));
    } else if (v.kind == BK_LIST) {
        for (uint32_t i = 0; i < v.len; i++) BK_TRY(add(f, out, v.items[i]));
    } else if (v.kind == BK_STRING) {
        for (uint32_t i = 0; i < v.len; i++) BK_TRY(add(f, out, bk_uint_typed(BK_T_UINT8, (unsigned char)v.s[i])));
    }
    return BK_OK;
}

/* A value that holds something, then what holds something in it. */
static bk_status descend(finder *f, bk_value v, found *out, unsigned budget) {
    if (budget == 0) return bk_err_limit(f->err, "nesting of values", BK_LIMIT_DEPTH);
    if (bk_value_len(v) == 0) return BK_OK;
    BK_TRY(add(f, out, v));
    if (v.kind == BK_LIST)
        for (uint32_t i = 0; i < v.len; i++) BK_TRY(descend(f, v.items[i], out, budget - 1));
    if (v.kind != BK_MAP) return BK_OK;
    if (!bk_map_sort(v.map)) return bk_arena_fail(f->arena, f->err);
    for (size_t i = 0; i < bk_map_len(v.map); i++) BK_TRY(descend(f, bk_map_at(v.map, i)->value, out, budget - 1));
    return BK_OK;
}

static bk_status step_word(finder *f, bk_str word, const found *in, found *out) {
    if (bk_str_eq(word, BK_S("range"))) {
        f->begin++;
        return add_all(f, out, in);
    }
    if (!bk_str_eq(word, BK_S("end"))) return bk_err_set(f->err, BK_ERR, "unrecognized identifier %.*s", BK_FMT(word));
    if (f->open == 0) return bk_err_set(f->err, BK_ERR, "not in range, nothing to end");
    f->close++;
    return BK_OK;
}

/* ---- filters ---- */

typedef enum basic { OTHER, BOOL, INT, UINT, FLOAT, STRING } basic;

static basic basic_of(bk_value v) {
    static const uint8_t kinds[] = {[BK_BOOL] = BOOL, [BK_INT] = INT, [BK_UINT] = UINT, [BK_FLOAT] = FLOAT, [BK_STRING] = STRING};
    return v.kind < BK_COUNT(kinds) ? (basic)kinds[v.kind] : OTHER;
}

typedef struct comparison {
    bool equal, less;
} comparison;

/* An integer and one without sign. */
static comparison compare_mixed(int64_t i, uint64_t u) {
    return (comparison){.equal = i >= 0 && (uint64_t)i == u, .less = i < 0 || (uint64_t)i < u};
}

/* Values of one kind, and integers of any; truths are equal or not, and in no order. */
static bk_status compare(finder *f, bk_value a, bk_value b, bool order, comparison *ret) {
    basic x = basic_of(a), y = basic_of(b);
    if (x == OTHER || y == OTHER || (order && x == BOOL && y == BOOL)) return bk_err_set(f->err, BK_ERR, "invalid type for comparison");
    if (x == INT && y == UINT) {
        *ret = compare_mixed(a.i, b.u);
    } else if (x == UINT && y == INT) {
        comparison c = compare_mixed(b.i, a.u);
        *ret = (comparison){.equal = c.equal, .less = !c.less && !c.equal};
    } else if (x != y) {
        return bk_err_set(f->err, BK_ERR, "incompatible types for comparison");
    } else if (x == STRING) {
        int c = bk_str_cmp(bk_value_str(a), bk_value_str(b));
        *ret = (comparison){.equal = c == 0, .less = c < 0};
    } else if (x == FLOAT) {
        *ret = (comparison){.equal = a.f == b.f, .less = a.f < b.f};
    } else if (x == INT) {
        *ret = (comparison){.equal = a.i == b.i, .less = a.i < b.i};
    } else if (x == UINT) {
        *ret = (comparison){.equal = a.u == b.u, .less = a.u < b.u};
    } else {
        *ret = (comparison){.equal = a.b == b.b};
    }
    return BK_OK;
}

static bk_status passes(finder *f, bk_str op, bk_value a, bk_value b, bool *ret) {
    bool equal = bk_str_eq(op, BK_S("==")), unequal = bk_str_eq(op, BK_S("!="));
    bool less = bk_str_eq(op, BK_S("<")), most = bk_str_eq(op, BK_S("<="));
    bool more = bk_str_eq(op, BK_S(">")), least = bk_str_eq(op, BK_S(">="));
    comparison c = {0};
    if (!(equal || unequal || less || most || more || least))
        return bk_err_set(f->err, BK_ERR, "unrecognized filter operator %.*s", BK_FMT(op));
    BK_TRY(compare(f, a, b, !equal && !unequal, &c));
    *ret = equal ? c.equal : unequal ? !c.equal : less ? c.less : most ? c.less || c.equal : more ? !c.less && !c.equal : !c.less;
    return BK_OK;
}

static bk_status walk_list(finder *f, const bk_jsonpath_list *list, const found *in, found *out, unsigned budget);

/* The one value of a side; *ret_none: there is none, which passes no filter. */
static bk_status side(finder *f, const bk_jsonpath_list *list, const found *item, bk_value *ret, bool *ret_none, unsigned budget) {
    found values = {0};
    BK_TRY(walk_list(f, list, item, &values, budget));
    if (values.n > 1) return bk_err_set(f->err, BK_ERR, "can only compare one element at a time");
    *ret_none = values.n == 0;
    if (values.n) *ret = values.p[0];
    return BK_OK;
}

static bk_status filter(finder *f, const bk_jsonpath_node *node, bk_value item, bool *ret, unsigned budget) {
    const found one = {.p = &item, .n = 1, .cap = 1};
    bk_value left = bk_nil(), right = bk_nil();
    bool none;
    *ret = false;
    if (node->text.n == 0) { /* failures do not show: what counts is whether something was found until then */
        found values = {0};
        bk_status s = walk_list(f, &node->lists[0], &one, &values, budget);
        *ret = values.n != 0;
        if (s == BK_ERR) bk_err_release(f->err);
        return s == BK_ERR ? BK_OK : s;
    }
    BK_TRY(side(f, &node->lists[0], &one, &left, &none, budget));
    if (none) return BK_OK;
    BK_TRY(side(f, &node->lists[1], &one, &right, &none, budget));
    if (none) return BK_OK;
    bk_status s = passes(f, node->text, left, right, ret);
    f->compared = s != BK_OK;
    return s;
}

static bk_status step_filter(finder *f, const bk_jsonpath_node *node, const found *in, found *out, unsigned budget) {
    for (size_t i = 0; i < in->n; i++) {
        bk_value list = in->p[i];
        if (list.kind != BK_LIST) return bk_err_set(f->err, BK_ERR, "%s is not array or slice and cannot be filtered", bk_type_name(list));
        for (uint32_t k = 0; k < list.len; k++) {
            bool pass;
            BK_TRY(filter(f, node, list.items[k], &pass, budget));
            if (pass) BK_TRY(add(f, out, list.items[k]));
        }
    }
    return BK_OK;
}

/* ---- nodes ---- */

static bk_status walk(finder *f, const bk_jsonpath_node *node, const found *in, found *out, unsigned budget) {
    if (budget == 0) return bk_err_limit(f->err, "nesting of a JSONPath template", BK_JSONPATH_DEPTH);
    switch (node->kind) {
    case BK_JP_TEXT: return add(f, out, bk_string(node->text));
    case BK_JP_LIST: return walk_list(f, &node->lists[0], in, out, budget - 1);
    case BK_JP_FIELD: return step_field(f, in, node->text, out);
    case BK_JP_WORD: return step_word(f, node->text, in, out);
    case BK_JP_SLICE: return step_slice(f, node, in, out);
    case BK_JP_FILTER: return step_filter(f, node, in, out, budget - 1);
    case BK_JP_NUMBER:
        for (size_t i = 0; i < in->n; i++) BK_TRY(add(f, out, node->constant));
        return BK_OK;
    case BK_JP_ALL:
        for (size_t i = 0; i < in->n; i++) BK_TRY(contents(f, in->p[i], out));
        return BK_OK;
    case BK_JP_DEEP:
        for (size_t i = 0; i < in->n; i++) BK_TRY(descend(f, in->p[i], out, BK_LIMIT_DEPTH));
        return BK_OK;
    case BK_JP_UNION:
        for (size_t i = 0; i < node->list_count; i++) {
            found part = {0};
            BK_TRY(walk_list(f, &node->lists[i], in, &part, budget - 1));
            BK_TRY(add_all(f, out, &part));
        }
        return BK_OK;
    }
    return BK_OK;
}

/* What is in hand when a node fails, which is all that a filter for existence looks at: mostly what the node was given. */
static found after_failure(const finder *f, const bk_jsonpath_node *node, const found *in, const found *out) {
    if (node->kind == BK_JP_FIELD || (node->kind == BK_JP_WORD && bk_str_eq(node->text, BK_S("end")))) return (found){0};
    return node->kind == BK_JP_FILTER && f->compared ? *out : *in;
}

/* Node after node. */
static bk_status walk_list(finder *f, const bk_jsonpath_list *list, const found *in, found *out, unsigned budget) {
    found now = *in;
    for (size_t i = 0; i < list->n; i++) {
        found then = {0};
        f->compared = false;
        bk_status s = walk(f, &list->p[i], &now, &then, budget);
        if (s != BK_OK) {
            *out = after_failure(f, &list->p[i], &now, &then);
            f->compared = false;
            return s;
        }
        now = then;
    }
    *out = now;
    return BK_OK;
}

/* ---- templates ---- */

static bk_status keep(finder *f, found values) {
    if (f->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 16;
        void *p = bk_arena_grow(f->arena, f->results, f->cap * sizeof values, cap * sizeof values);
        if (!p) return bk_arena_fail(f->arena, f->err);
        f->results = p;
        f->cap = cap;
    }
    f->results[f->count++] = values;
    return BK_OK;
}

static bk_status find(finder *f, bk_value data, size_t from, unsigned budget);

/* The nodes behind a range, once for each value. Without any they are still looked through, for the end; what they would print is dropped. */
static bk_status loop(finder *f, const found *values, size_t from, unsigned budget) {
    f->begin--;
    f->open++;
    for (size_t i = 0; i < values->n; i++) BK_TRY(find(f, values->p[i], from, budget));
    if (values->n == 0) {
        size_t count = f->count;
        BK_TRY(find(f, bk_nil(), from, budget));
        f->count = count;
    }
    f->open--;
    return BK_OK;
}

static bk_status find(finder *f, bk_value data, size_t from, unsigned budget) {
    found current = {0}; /* in the arena: an empty action hands it on */
    if (budget == 0) return bk_err_limit(f->err, "nesting of ranges", BK_JSONPATH_DEPTH);
    if (data.kind == BK_NIL) data.spare = NO_VALUE;
    BK_TRY(add(f, &current, data));
    for (size_t i = from; i < f->root->n; i++) {
        found values = {0};
        BK_TRY(walk(f, &f->root->p[i], &current, &values, BK_JSONPATH_DEPTH));
        if (f->close > 0 && f->close <= f->open) {
            f->close--;
            f->last_end = i;
            return BK_OK;
        }
        if (f->begin > 0) {
            BK_TRY(loop(f, &values, i + 1, budget - 1));
            if (f->last_end != BK_NPOS && f->last_end > i) i = f->last_end;
        } else {
            BK_TRY(keep(f, values));
        }
    }
    return BK_OK;
}

static bk_status print_value(finder *f, bk_buf *out, bk_value v) {
    if (v.kind == BK_MAP || v.kind == BK_LIST) return bk_json_encode(out, f->arena, v, BK_JSON_HTML, f->err);
    if (v.kind != BK_NIL) return bk_fmt_value(out, v, f->err);
    bk_buf_c(out, is_missing(v) ? "<no value>" : "null");
    return BK_OK;
}

bk_status bk_jsonpath_print(bk_buf *out, bk_arena *arena, const bk_jsonpath *path, bk_value data, bk_err *err) {
    finder f = {.arena = arena, .err = err, .root = path->root, .last_end = BK_NPOS};
    BK_TRY(find(&f, data, 0, BK_JSONPATH_DEPTH));
    for (size_t i = 0; i < f.count; i++) {
        for (size_t k = 0; k < f.results[i].n; k++) {
            if (k) bk_buf_byte(out, ' ');
            BK_TRY(print_value(&f, out, f.results[i].p[k]));
        }
    }
    return bk_buf_check(out, err);
}
