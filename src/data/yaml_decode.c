/* yaml_decode.c: nodes to values. */
#include <math.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"
#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_resolve.h"
#include "data/yaml_show.h"
#include "data/yaml_straight.h"
#include "data/yaml_tape.h"

#define MERGE_TAG "tag:yaml.org,2002:merge"

/* A key that JSON cannot have, in the map where it stands. That counts when the whole document has proved to be YAML, and nothing has
 * taken its place. */
typedef struct bad_key {
    const bk_map *map;
    bk_value key;
    size_t value_at;
} bad_key;

enum { MOST_BAD_KEYS = 64 };

typedef struct decoder {
    bk_arena *arena, *scratch;
    bk_yaml_tape *tape;
    unsigned flags;
    bool raw;     /* for messages: the tree as go-yaml has it */
    bool by_json; /* the values come back from JSON */
    bool strange; /* a number was met that JSON does not know */
    bk_yaml_count count;
    bk_buf twice; /* keys set twice: a line each */
    bad_key *bad; /* keys that JSON cannot have */
    size_t bad_n;
    bool deep; /* the failure is that of JSON's depth */
    bk_err *err;
} decoder;

static bk_status fail(decoder *d, const char *problem) { return bk_err_set(d->err, BK_ERR, "yaml: %s", problem); }
static bk_status nomem(decoder *d) { return bk_arena_fail(d->arena->hit_cap ? d->arena : d->scratch, d->err); }

static bk_status visit(decoder *d) { return bk_yaml_count_node(&d->count) ? BK_OK : fail(d, BK_YAML_TOO_MANY_ALIASES); }

static bk_status decode(decoder *d, size_t at, unsigned depth, bk_value *ret);

/* What JSON does to binary data: U+FFFD for each bad byte. */
static bk_status clean_utf8(decoder *d, bk_value *v) {
    bk_buf out;
    bk_str s = bk_value_str(*v);
    bk_buf_init(&out, d->arena, 0);
    for (size_t i = 0, width; i < s.n; i += width) bk_buf_rune(&out, bk_utf8_decode(bk_str_from(s, i), &width));
    BK_TRY(bk_buf_check(&out, d->err));
    *v = bk_string(bk_buf_take(&out));
    return BK_OK;
}

static bk_status decode_scalar(decoder *d, const bk_yaml_node *node, bk_value *ret) {
    bk_str text = bk_yaml_node_text(node);
    if (BK_LIKELY(node->tag == 0)) {
        if (node->plain) bk_yaml_guess(text, ret);
        else *ret = bk_string(text);
    } else {
        BK_TRY(bk_yaml_resolve(d->arena, bk_yaml_node_tag(d->tape, node), text, ret, d->err));
        if (d->by_json && ret->kind == BK_STRING && !bk_utf8_valid(bk_value_str(*ret))) BK_TRY(clean_utf8(d, ret));
    }
    if (ret->kind == BK_FLOAT && !isfinite(ret->f)) d->strange = true;
    return BK_OK;
}

/* A number as JSON would give it back. */
static bk_value as_float(bk_value v) {
    if (v.kind == BK_INT) return bk_float((double)v.i);
    if (v.kind == BK_UINT) return bk_float((double)v.u);
    return v;
}

/* An alias: its target, decoded anew. */
static bk_status enter_alias(decoder *d, bk_yaml_node *node) {
    if (node->active) return bk_err_set(d->err, BK_ERR, "yaml: anchor '%.*s' value contains itself", BK_FMT(bk_yaml_node_text(node)));
    node->active = true;
    d->count.aliases++;
    return BK_OK;
}

static void leave_alias(decoder *d, bk_yaml_node *node) {
    node->active = false;
    d->count.aliases--;
}

static bk_status decode_list(decoder *d, size_t at, unsigned depth, bk_value *ret) {
    const bk_yaml_node *node = &d->tape->nodes[at];
    bk_value *items = node->n ? bk_arena_alloc(d->arena, node->n * sizeof *items) : NULL;
    if (node->n && !items) return nomem(d);
    size_t child = at + 1;
    for (uint32_t i = 0; i < node->n; i++) {
        BK_TRY(decode(d, child, depth, &items[i]));
        child = bk_yaml_node_next(d->tape, child);
    }
    *ret = bk_list(items, node->n);
    return BK_OK;
}

/* ---- maps ---- */

/* A map under construction. Keys of other types than string are strings in the result, yet do not count as the same key. */
typedef struct target {
    bk_map *map;
    bk_map *types; /* strict only, from the first key on that is no string: which types a key came as, a bit each */
} target;

/* The value as messages show it, in scratch memory. */
static bk_str shown(decoder *d, bk_value v) {
    bk_buf out;
    bk_err ignored = BK_ERR_INIT;
    bk_buf_init(&out, d->scratch, 1u << 20);
    bk_status status = bk_yaml_show(&out, d->scratch, v, &ignored);
    bk_err_release(&ignored);
    return status == BK_OK && bk_buf_ok(&out) ? bk_buf_view(&out) : BK_S("?");
}

static bk_status fail_key(decoder *d, bk_value key) {
    bk_buf message;
    bk_buf_init(&message, d->scratch, 0);
    bk_buf_c(&message, "yaml: invalid map key: ");
    bk_buf_str(&message, shown(d, key));
    if (message.status != BK_OK) return bk_buf_check(&message, d->err);
    return bk_err_set_str(d->err, BK_ERR, bk_buf_view(&message));
}

/* Remembers a bad key, and the last value that it was given. */
static bk_status note_bad(decoder *d, const bk_map *map, bk_value key, size_t value_at) {
    size_t i = 0;
    if (!d->bad) d->bad = BK_NEW_ARRAY(d->scratch, bad_key, MOST_BAD_KEYS);
    if (!d->bad) return nomem(d);
    while (i < d->bad_n && !(d->bad[i].map == map && bk_deep_equal(d->bad[i].key, key))) i++;
    if (i == MOST_BAD_KEYS) return BK_OK;
    d->bad[i] = (bad_key){map, key, value_at};
    if (i == d->bad_n) d->bad_n++;
    return BK_OK;
}

/* The error shows key and value the way Go does. */
static bk_status fail_bad(decoder *d, const bad_key *bad) {
    bk_value value;
    bk_buf message;
    d->raw = true;
    BK_TRY(decode(d, bad->value_at, BK_JSON_DEPTH, &value));
    bk_buf_init(&message, d->scratch, 0);
    bk_buf_c(&message, "unsupported map key of type: ");
    bk_buf_c(&message, bk_is_nil(bad->key) ? "%!s(<nil>)" : bk_type_name(bad->key));
    bk_buf_c(&message, ", key: ");
    bk_buf_str(&message, shown(d, bad->key));
    bk_buf_c(&message, ", value: ");
    bk_buf_str(&message, shown(d, value));
    if (message.status != BK_OK) return bk_buf_check(&message, d->err);
    return bk_err_set_str(d->err, BK_ERR, bk_buf_view(&message));
}

/* The key as a string; *ret_ok is false when JSON has no such key. */
static bk_status key_text(decoder *d, bk_value key, bk_str *ret, bool *ret_ok) {
    char text[BK_FLOAT_TEXT];
    bk_str s = BK_S("");
    if (key.kind == BK_FLOAT && !d->raw) key.f = (double)(float)key.f; /* JSON's keys are written as such, and so may become infinite */
    *ret_ok = !bk_is_nil(key) && key.kind != BK_UINT;
    if (BK_LIKELY(key.kind == BK_STRING)) s = bk_value_str(key);
    else if (key.kind == BK_BOOL) s = key.b ? BK_S("true") : BK_S("false");
    else if (key.kind == BK_INT) s = bk_str_of(text, bk_format_int(key.i, text));
    else if (key.kind == BK_UINT) s = bk_str_of(text, bk_format_uint(key.u, text));
    else if (key.kind == BK_FLOAT && isnan(key.f)) s = BK_S(".nan");
    else if (key.kind == BK_FLOAT && isinf(key.f)) s = key.f < 0 ? BK_S("-.inf") : BK_S(".inf");
    else if (key.kind == BK_FLOAT) s = bk_str_of(text, bk_format_float(key.f, 'g', -1, d->raw ? 64 : 32, text));
    if (d->raw) {
        const char class = (char)bk_yaml_key_class_of(key);
        return bk_arena_cat(d->scratch, bk_str_of(&class, 1), s, ret) ? BK_OK : nomem(d);
    }
    if (s.p != text) return *ret = s, BK_OK;
    return bk_arena_dup(d->arena, s, ret) ? BK_OK : nomem(d);
}

/* Strict: has this key, of this type, been set? */
static bk_status was_set(decoder *d, target *to, bk_value key, bk_str text, bool *ret) {
    bk_value *there = bk_map_get(to->map, text), *types = bk_map_get(to->types, text);
    int64_t bit = (int64_t)1 << key.kind, seen = types ? types->i : there ? (int64_t)1 << BK_STRING : 0;
    *ret = (seen & bit) != 0;
    if (key.kind == BK_STRING && !to->types) return BK_OK;
    if (!to->types) to->types = bk_map_new(d->scratch, 4);
    return to->types && bk_map_set(to->types, text, bk_int64(seen | bit)) ? BK_OK : nomem(d);
}

static bk_status note_twice(decoder *d, const bk_yaml_node *value, bk_value key) {
    bk_buf_printf(&d->twice, "\n  line %u: key ", (unsigned)value->line + 1);
    bk_buf_str(&d->twice, shown(d, key));
    bk_buf_c(&d->twice, " already set in map");
    return d->twice.status == BK_OK ? BK_OK : bk_buf_check(&d->twice, d->err);
}

static bk_status set_pair(decoder *d, target *to, size_t key_at, size_t value_at, unsigned depth) {
    bk_value key, value;
    bk_str text;
    bool raw = d->raw, ok, twice = false;
    d->raw = true; /* keys show up in messages only */
    BK_TRY(decode(d, key_at, depth, &key));
    d->raw = raw;
    if (key.kind == BK_MAP || key.kind == BK_LIST) return fail_key(d, key);
    BK_TRY(decode(d, value_at, depth, &value));
    BK_TRY(key_text(d, key, &text, &ok));
    if (d->flags & BK_YAML_STRICT) BK_TRY(was_set(d, to, key, text, &twice));
    if (twice) return note_twice(d, &d->tape->nodes[value_at], key);
    if (!ok && !d->raw) BK_TRY(note_bad(d, to->map, key, value_at));
    return bk_map_set(to->map, text, value) ? BK_OK : nomem(d);
}

static bk_status merge(decoder *d, target *to, size_t at, unsigned depth);

static bk_status fill_map(decoder *d, target *to, size_t at, unsigned depth) {
    const bk_yaml_tape *tape = d->tape;
    size_t key = at + 1, end = tape->nodes[at].end;
    while (key < end) {
        const bk_yaml_node *node = &tape->nodes[key];
        size_t value = bk_yaml_node_next(tape, key);
        bool merges = node->kind == BK_YN_SCALAR && bk_str_eq(bk_yaml_node_text(node), BK_S("<<")) &&
                      (node->plain || bk_str_eq(bk_yaml_node_tag(tape, node), BK_S(MERGE_TAG)));
        if (merges) BK_TRY(merge(d, to, value, depth));
        else BK_TRY(set_pair(d, to, key, value, depth));
        key = bk_yaml_node_next(tape, value);
    }
    return BK_OK;
}

/* Puts the pairs of the map at that node, or of the one that it names, into `to`. */
static bk_status merge_map(decoder *d, target *to, size_t at, unsigned depth) {
    bk_yaml_node *node = &d->tape->nodes[at];
    BK_TRY(visit(d));
    if (node->kind == BK_YN_MAP) return fill_map(d, to, at, depth);
    BK_TRY(enter_alias(d, node));
    BK_TRY(visit(d));
    BK_TRY(fill_map(d, to, node->tag, depth));
    leave_alias(d, node);
    return BK_OK;
}

static bool names_map(const decoder *d, const bk_yaml_node *node) {
    return node->kind == BK_YN_MAP || (node->kind == BK_YN_ALIAS && d->tape->nodes[node->tag].kind == BK_YN_MAP);
}

static bk_status merge(decoder *d, target *to, size_t at, unsigned depth) {
    static const char want[] = "map merge requires map or sequence of maps as the value";
    const bk_yaml_node *node = &d->tape->nodes[at];
    if (depth == 0) return bk_err_limit(d->err, "nesting of merged maps", BK_JSON_DEPTH);
    if (names_map(d, node)) return merge_map(d, to, at, depth - 1);
    if (node->kind != BK_YN_SEQ) return fail(d, want);
    /* The last of the list first, so that earlier ones win. */
    size_t *children = node->n ? bk_arena_alloc(d->scratch, node->n * sizeof *children) : NULL;
    if (node->n && !children) return nomem(d);
    size_t child = at + 1;
    for (uint32_t i = 0; i < node->n; i++) {
        children[i] = child;
        child = bk_yaml_node_next(d->tape, child);
    }
    for (uint32_t i = node->n; i-- > 0;) {
        if (!names_map(d, &d->tape->nodes[children[i]])) return fail(d, want);
        BK_TRY(merge_map(d, to, children[i], depth - 1));
    }
    return BK_OK;
}

static bk_status decode_map(decoder *d, size_t at, unsigned depth, bk_value *ret) {
    target to = {.map = bk_map_new(d->arena, d->tape->nodes[at].n / 2)};
    if (!to.map) return nomem(d);
    BK_TRY(fill_map(d, &to, at, depth));
    *ret = bk_map_typed(d->raw ? BK_T_YAML_MAP : BK_T_MAP, to.map);
    return BK_OK;
}

static bk_status decode(decoder *d, size_t at, unsigned depth, bk_value *ret) {
    bk_yaml_node *node = &d->tape->nodes[at];
    BK_TRY(visit(d));
    if (node->kind == BK_YN_SCALAR) {
        BK_TRY(decode_scalar(d, node, ret));
        if (!d->raw && !(d->flags & BK_YAML_NUMBERS)) *ret = as_float(*ret);
        return BK_OK;
    }
    if (depth == 0) {
        d->deep = true;
        return bk_err_set(d->err, BK_ERR, "invalid character '%c' exceeded max depth", node->kind == BK_YN_SEQ ? '[' : '{');
    }
    if (node->kind == BK_YN_SEQ) return decode_list(d, at, depth - 1, ret);
    if (node->kind == BK_YN_MAP) return decode_map(d, at, depth - 1, ret);
    BK_TRY(enter_alias(d, node));
    BK_TRY(decode(d, node->tag, depth, ret));
    leave_alias(d, node);
    return BK_OK;
}

/* ---- what JSON refuses ---- */

/* A bad key that is in the value still, outer ones first. */
static const bad_key *find_bad(const decoder *d, bk_value v) {
    const bad_key *found = NULL;
    if (v.kind == BK_MAP)
        for (size_t i = 0; i < d->bad_n; i++)
            if (d->bad[i].map == v.map) return &d->bad[i];
    if (v.kind == BK_LIST)
        for (uint32_t i = 0; i < v.len && !found; i++) found = find_bad(d, v.items[i]);
    if (v.kind == BK_MAP)
        for (size_t i = 0; i < bk_map_len(v.map) && !found; i++) found = find_bad(d, bk_map_at(v.map, i)->value);
    return found;
}

/* The first number, in JSON's order, that JSON does not know. */
static bool find_strange(bk_value v, double *ret) {
    if (v.kind == BK_FLOAT && !isfinite(v.f)) return *ret = v.f, true;
    if (v.kind == BK_LIST)
        for (uint32_t i = 0; i < v.len; i++)
            if (find_strange(v.items[i], ret)) return true;
    if (v.kind == BK_MAP && bk_map_sort(v.map))
        for (size_t i = 0; i < bk_map_len(v.map); i++)
            if (find_strange(bk_map_at(v.map, i)->value, ret)) return true;
    return false;
}

static bk_status check_json(decoder *d, bk_value v) {
    double f;
    if (d->twice.n) {
        bk_str all;
        if (!bk_arena_cat(d->scratch, BK_S("yaml: unmarshal errors:"), bk_buf_view(&d->twice), &all)) return nomem(d);
        return bk_err_set_str(d->err, BK_ERR, all);
    }
    const bad_key *bad = d->bad_n ? find_bad(d, v) : NULL;
    if (bad) return fail_bad(d, bad);
    if (!d->strange || !find_strange(v, &f)) return BK_OK;
    return bk_err_set(d->err, BK_ERR, "json: unsupported value: %s", isnan(f) ? "NaN" : f < 0 ? "-Inf" : "+Inf");
}

/* Reads the first document. *ret_deep: the failure is one of decoding the JSON. */
static bk_status read(bk_arena *arena, bk_arena *scratch, bk_str text, unsigned flags, bool by_json, bk_value *ret, bool *ret_deep,
                      bk_err *err) {
    bk_yaml_parser p;
    decoder d = {
        .arena = arena, .scratch = scratch, .flags = flags, .by_json = by_json, .err = err, .count = {.nodes = 1}, .tape = &p.tape};
    bk_value v = bk_nil();
    bool more, done = false;
    bk_buf_init(&d.twice, scratch, 0);
    BK_TRY(bk_yaml_parser_init(&p, arena, scratch, text, err));
    if (!(flags & BK_YAML_TOKENS)) BK_TRY(bk_yaml_straight(&p.s, flags, ret, &done, err));
    if (done) return BK_OK;
    BK_TRY(bk_yaml_parse_document(&p, &more));
    if (more) {
        bk_status status = decode(&d, 0, BK_JSON_DEPTH, &v);
        *ret_deep = d.deep;
        if (status != BK_OK) return status;
        BK_TRY(check_json(&d, v));
    }
    *ret = v;
    return BK_OK;
}

bk_status bk_yaml_read(bk_arena *arena, bk_str text, unsigned flags, bk_value *ret, bk_err *err) {
    bk_arena scratch;
    bool deep = false;
    bk_arena_init(&scratch, 0);
    scratch.debug = arena->debug;
    scratch.moves = true;
    bk_status status = read(arena, &scratch, text, flags, false, ret, &deep, err);
    bk_arena_release(&scratch);
    return status;
}

static bk_status fail_target(bk_arena *arena, bk_value v, bk_type type, bk_value *ret, bk_err *err) {
    const char *kind = v.kind == BK_MAP      ? "object"
                       : v.kind == BK_LIST   ? "array"
                       : v.kind == BK_STRING ? "string"
                       : v.kind == BK_BOOL   ? "bool"
                                             : "number";
    bk_value empty = bk_list_typed(type, bk_no_items, 0);
    if (type == BK_T_MAP) {
        bk_map *m = bk_map_new(arena, 0);
        if (!m) return bk_arena_fail(arena, err);
        empty = bk_map_value(m);
    }
    *ret = empty;
    if (bk_is_nil(v)) return BK_OK;
    return bk_err_set(err, BK_ERR, "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go value of type %s", kind,
                      bk_type_name(empty));
}

bk_status bk_yaml_decode(bk_arena *arena, bk_str text, unsigned flags, bk_type target, bk_value *ret, bk_err *err) {
    bk_arena scratch;
    bool deep = false;
    bk_value v;
    bk_arena_init(&scratch, 0);
    scratch.debug = arena->debug;
    scratch.moves = true;
    bk_status status = read(arena, &scratch, text, flags, true, &v, &deep, err);
    bk_arena_release(&scratch);
    if (status == BK_ERR) return bk_err_wrap(err, deep ? "error unmarshaling JSON: while decoding JSON" : "error converting YAML to JSON");
    if (status != BK_OK) return status;
    if (target != BK_T_NIL && v.type != target) return fail_target(arena, v, target, ret, err);
    *ret = v;
    return BK_OK;
}

bool bk_yaml_coerce_string(bk_arena *arena, bk_value v, bk_value *ret) {
    char text[BK_FLOAT_TEXT];
    size_t n;
    bk_str s;
    *ret = v;
    switch ((bk_kind)v.kind) {
    case BK_BOOL: *ret = bk_string(v.b ? BK_S("true") : BK_S("false")); return true;
    case BK_INT: n = bk_format_int(v.i, text); break;
    case BK_UINT: n = bk_format_uint(v.u, text); break;
    case BK_FLOAT: n = bk_format_float(v.f, 'g', -1, 32, text); break;
    default: return true;
    }
    if (!bk_arena_dup(arena, bk_str_of(text, n), &s)) return false;
    *ret = bk_string(s);
    return true;
}
