/* yaml_tree.c: nodes as values, for readers with types of their own. */
#include "base/limits.h"
#include "data/yaml.h"
#include "data/yaml_resolve.h"
#include "data/yaml_tape.h"

#define LONG_TAG "tag:yaml.org,2002:"

typedef struct builder {
    bk_arena *arena;
    bk_yaml_tape *tape;
    bk_yaml_count count;
    bk_err *err;
} builder;

static bk_str guessed_tag(bk_str text) {
    static const char *const names[] = {"!!str", "!!str", "!!null", "!!bool", "!!int", "!!float", "!!timestamp"};
    if (bk_str_eq(text, BK_S("<<"))) return BK_S("!!merge");
    return bk_str_c(names[bk_yaml_guess_v3(text)]);
}

static bk_status tag_of(builder *b, const bk_yaml_node *node, bk_str *ret) {
    bk_str tag = bk_yaml_node_tag(b->tape, node);
    if (tag.n == 0 || bk_str_eq(tag, BK_S("!"))) {
        if (node->kind == BK_YN_SEQ) *ret = BK_S("!!seq");
        else if (node->kind == BK_YN_MAP) *ret = BK_S("!!map");
        else *ret = node->quoted ? BK_S("!!str") : guessed_tag(bk_yaml_node_text(node));
        return BK_OK;
    }
    bool known = bk_str_starts(tag, BK_S(LONG_TAG));
    bk_str head = known ? BK_S("!!") : BK_S(""), rest = known ? bk_str_from(tag, sizeof LONG_TAG - 1) : tag;
    return bk_arena_cat(b->arena, head, rest, ret) ? BK_OK : bk_arena_fail(b->arena, b->err);
}

static bk_status build(builder *b, size_t at, unsigned budget, bk_value *ret);

static bk_status build_children(builder *b, size_t at, unsigned budget, bk_value *ret) {
    const bk_yaml_node *node = &b->tape->nodes[at];
    bk_value *items = node->n ? BK_NEW_ARRAY(b->arena, bk_value, node->n) : NULL;
    if (node->n && !items) return bk_arena_fail(b->arena, b->err);
    size_t child = at + 1;
    for (uint32_t i = 0; i < node->n; i++) {
        BK_TRY(build(b, child, budget, &items[i]));
        child = bk_yaml_node_next(b->tape, child);
    }
    *ret = bk_list(items, node->n);
    return BK_OK;
}

static bk_status build_alias(builder *b, bk_yaml_node *node, unsigned budget, bk_value *ret) {
    if (node->active) return bk_err_set(b->err, BK_ERR, "yaml: anchor '%.*s' value contains itself", BK_FMT(bk_yaml_node_text(node)));
    node->active = true;
    b->count.aliases++;
    BK_TRY(build(b, node->tag, budget, ret));
    b->count.aliases--;
    node->active = false;
    return BK_OK;
}

static bk_status build(builder *b, size_t at, unsigned budget, bk_value *ret) {
    bk_yaml_node *node = &b->tape->nodes[at];
    bk_str tag;
    if (budget == 0) return bk_err_limit(b->err, "nesting of a YAML text", BK_LIMIT_DEPTH);
    if (!bk_yaml_count_node(&b->count)) return bk_err_set(b->err, BK_ERR, "yaml: %s", BK_YAML_TOO_MANY_ALIASES);
    if (node->kind == BK_YN_ALIAS) return build_alias(b, node, budget - 1, ret);
    bk_value *parts = BK_NEW_ARRAY(b->arena, bk_value, 3);
    if (!parts) return bk_arena_fail(b->arena, b->err);
    BK_TRY(tag_of(b, node, &tag));
    parts[0] = bk_string(tag);
    parts[1] = bk_int64((int64_t)node->line + 1);
    if (node->kind == BK_YN_SCALAR) parts[2] = bk_string(bk_yaml_node_text(node));
    else BK_TRY(build_children(b, at, budget - 1, &parts[2]));
    *ret = bk_list(parts, 3);
    return BK_OK;
}

static bool is_empty(const bk_yaml_tape *tape) {
    return tape->n == 0 || (tape->nodes[0].kind == BK_YN_SCALAR && tape->nodes[0].n == 0 && !tape->nodes[0].quoted);
}

/* Documents behind the first are empty. */
static bk_status check_rest(bk_yaml_parser *p, bk_err *err) {
    bool more;
    for (;;) {
        BK_TRY(bk_yaml_parse_document(p, &more));
        if (!more) return BK_OK;
        if (!is_empty(&p->tape)) return bk_err_set(err, BK_ERR, "yaml: line %u: a second document", p->tape.nodes[0].line + 1);
    }
}

static bk_status read_tree(bk_arena *arena, bk_arena *scratch, bk_str text, bool one, bk_value *ret, bk_err *err) {
    bk_yaml_parser p;
    builder b = {.arena = arena, .tape = &p.tape, .err = err};
    bool more;
    *ret = bk_nil();
    BK_TRY(bk_yaml_parser_init(&p, arena, scratch, text, err));
    p.s.v3 = true;
    BK_TRY(bk_yaml_parse_document(&p, &more));
    if (!more) return BK_OK;
    BK_TRY(build(&b, 0, BK_LIMIT_DEPTH, ret));
    return one ? check_rest(&p, err) : BK_OK;
}

static bk_status tree(bk_arena *arena, bk_str text, bool one, bk_value *ret, bk_err *err) {
    bk_arena scratch;
    bk_value v;
    bk_arena_init(&scratch, 0);
    scratch.debug = arena->debug;
    bk_status status = read_tree(arena, &scratch, text, one, &v, err);
    bk_arena_release(&scratch);
    if (status == BK_OK) *ret = v;
    return status;
}

bk_status bk_yaml_tree_scalar(bk_arena *arena, bk_str tag, bk_str text, bk_value *ret, bk_err *err) {
    static const char *const typed[] = {"!!null", "!!bool", "!!int", "!!float", "!!timestamp"};
    bk_value v;
    *ret = bk_string(text);
    if (bk_str_eq(tag, BK_S("!!binary"))) return bk_yaml_resolve(arena, BK_S(LONG_TAG "binary"), text, ret, err);
    for (size_t i = 0; i < BK_COUNT(typed); i++) {
        if (!bk_str_eq(tag, bk_str_c(typed[i]))) continue;
        bk_str guess = guessed_tag(text);
        (void)bk_yaml_guess(text, &v);
        bool same = bk_str_eq(tag, guess), widened = bk_str_eq(tag, BK_S("!!float")) && bk_str_eq(guess, BK_S("!!int"));
        if (widened) v = bk_float(v.kind == BK_UINT ? (double)v.u : (double)v.i);
        if (!same && !widened)
            return bk_err_set(err, BK_ERR, "yaml: cannot decode %.*s `%.*s` as a %s", BK_FMT(guess), BK_FMT(text), typed[i]);
        *ret = v;
        return BK_OK;
    }
    return BK_OK;
}

bk_status bk_yaml_tree_more(bk_arena *arena, bk_str text, bool *ret, bk_err *err) {
    bk_arena scratch;
    bk_err ignored = BK_ERR_INIT;
    bk_yaml_parser p;
    bool more = true;
    *ret = false;
    bk_arena_init(&scratch, 0);
    scratch.debug = arena->debug;
    bk_status status = bk_yaml_parser_init(&p, &scratch, &scratch, text, err);
    if (status == BK_OK) {
        p.s.v3 = true;
        p.s.err = &ignored;
        for (size_t i = 0; more && !*ret; i++) {
            if (bk_yaml_parse_document(&p, &more) != BK_OK) *ret = true;
            else if (more && i) *ret = !is_empty(&p.tape);
        }
    }
    bk_err_release(&ignored);
    bk_arena_release(&scratch);
    return status;
}

bk_status bk_yaml_tree(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) { return tree(arena, text, false, ret, err); }

bk_status bk_yaml_tree_one(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) { return tree(arena, text, true, ret, err); }
