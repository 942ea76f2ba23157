/* yaml_node_read.c: text to a tree with comments. */
#include "base/limits.h"
#include "data/yaml_comment.h"
#include "data/yaml_node.h"
#include "data/yaml_resolve.h"
#include "data/yaml_tape.h"

#define LONG_TAG "tag:yaml.org,2002:"

typedef struct builder {
    bk_arena *arena;
    const bk_yaml_parser *p;
    bk_err *err;
} builder;

static uint8_t style_of(char first) {
    switch (first) {
    case '"': return BK_YSTYLE_DOUBLE;
    case '\'': return BK_YSTYLE_SINGLE;
    case '|': return BK_YSTYLE_LITERAL;
    case '>': return BK_YSTYLE_FOLDED;
    case '[':
    case '{': return BK_YSTYLE_FLOW;
    default: return BK_YSTYLE_PLAIN;
    }
}

static bk_status set_tag(builder *b, bk_ynode *node, bk_str tag) {
    if (tag.n == 0 || bk_str_eq(tag, BK_S("!"))) return BK_OK;
    node->tagged = true;
    bool known = bk_str_starts(tag, BK_S(LONG_TAG));
    bk_str head = known ? BK_S("!!") : BK_S(""), rest = known ? bk_str_from(tag, sizeof LONG_TAG - 1) : tag;
    return bk_arena_cat(b->arena, head, rest, &node->tag) ? BK_OK : bk_arena_fail(b->arena, b->err);
}

static bk_status build(builder *b, size_t at, unsigned budget, bk_ynode **ret);

/* The comment behind a key's value is the key's; one before the next key, at the end of a deeper block, is the former key's. */
static void settle_foot(bk_ynode *map, size_t i) {
    bk_ynode *node = map->items[i], *key = i ? map->items[i - 1] : NULL;
    if (i % 2 == 0) {
        if (node->foot.n == 0 || i < 2 || map->style == BK_YSTYLE_FLOW) return;
        map->items[i - 2]->foot = node->foot;
        node->foot = (bk_str){0};
    } else if (key->foot.n == 0 && node->foot.n) {
        key->foot = node->foot;
        node->foot = (bk_str){0};
    }
}

static bk_status build_children(builder *b, size_t at, unsigned budget, bk_ynode *node) {
    const bk_yaml_tape *tape = &b->p->tape;
    size_t child = at + 1;
    node->cap = tape->nodes[at].n;
    node->items = node->cap ? BK_NEW_ARRAY(b->arena, bk_ynode *, node->cap) : NULL;
    if (node->cap && !node->items) return bk_arena_fail(b->arena, b->err);
    while (node->n < node->cap) {
        BK_TRY(build(b, child, budget, &node->items[node->n]));
        if (node->kind == BK_YNODE_MAP) settle_foot(node, node->n);
        node->n++;
        child = bk_yaml_node_next(tape, child);
    }
    if (node->kind == BK_YNODE_MAP && node->style != BK_YSTYLE_FLOW && node->foot.n && node->n > 1) {
        node->items[node->n - 2]->foot = node->foot;
        node->foot = (bk_str){0};
    }
    return BK_OK;
}

static bk_status build(builder *b, size_t at, unsigned budget, bk_ynode **ret) {
    static const uint8_t kinds[] = {
        [BK_YN_SCALAR] = BK_YNODE_SCALAR, [BK_YN_SEQ] = BK_YNODE_SEQ, [BK_YN_MAP] = BK_YNODE_MAP, [BK_YN_ALIAS] = BK_YNODE_ALIAS};
    const bk_yaml_node *from = &b->p->tape.nodes[at];
    const bk_yaml_note *note = &b->p->notes[at];
    if (budget == 0) return bk_err_limit(b->err, "nesting of a YAML text", BK_LIMIT_DEPTH);
    bk_ynode *node = BK_NEW(b->arena, bk_ynode);
    if (!node) return bk_arena_fail(b->arena, b->err);
    *node = (bk_ynode){.kind = kinds[from->kind],
                       .style = style_of(note->style),
                       .anchor = note->anchor,
                       .head = note->head,
                       .line = note->beside,
                       .foot = note->foot};
    *ret = node;
    if (from->kind != BK_YN_ALIAS) BK_TRY(set_tag(b, node, bk_yaml_node_tag(&b->p->tape, from)));
    if (from->kind == BK_YN_SEQ || from->kind == BK_YN_MAP) return build_children(b, at, budget - 1, node);
    node->value = bk_yaml_node_text(from);
    /* go-yaml takes this for a tag of its own that the text alone does not suggest: it is written out. */
    bool merge = node->kind == BK_YNODE_SCALAR && !node->tagged && node->style == BK_YSTYLE_PLAIN && bk_str_eq(node->value, BK_S("<<"));
    if (merge) node->tag = BK_S("!!merge");
    return BK_OK;
}

static bk_status read_doc(bk_arena *arena, bk_arena *scratch, bk_str text, bk_ydoc *ret, bool *ret_any, bk_err *err) {
    bk_yaml_parser p;
    builder b = {.arena = arena, .p = &p, .err = err};
    *ret = (bk_ydoc){0};
    BK_TRY(bk_yaml_parser_init(&p, arena, scratch, text, err));
    p.s.v3 = true;
    BK_TRY(bk_yaml_comments_keep(&p.s));
    BK_TRY(bk_yaml_parse_document(&p, ret_any));
    if (!*ret_any) return BK_OK;
    ret->head = p.doc_head;
    ret->foot = p.doc_foot;
    return build(&b, 0, BK_LIMIT_DEPTH, &ret->root);
}

bk_status bk_ydoc_read(bk_arena *arena, bk_str text, bk_ydoc *ret, bool *ret_any, bk_err *err) {
    bk_arena scratch;
    bk_ydoc doc;
    bool any = false;
    bk_arena_init(&scratch, 0);
    scratch.debug = arena->debug;
    bk_status status = read_doc(arena, &scratch, text, &doc, &any, err);
    bk_arena_release(&scratch);
    if (status != BK_OK) return status;
    *ret = doc;
    *ret_any = any;
    return BK_OK;
}

/* ---- looking and changing ---- */

bool bk_ynode_is_null(const bk_ynode *node) {
    bk_value ignored;
    if (node->tag.n) return bk_str_eq(node->tag, BK_S("!!null"));
    return node->kind == BK_YNODE_SCALAR && node->style == BK_YSTYLE_PLAIN && bk_yaml_guess(node->value, &ignored) == BK_YAML_TAG_NULL;
}

bk_ynode *bk_ynode_get(const bk_ynode *map, bk_str key) {
    if (map->kind != BK_YNODE_MAP) return NULL;
    for (size_t i = 0; i + 1 < map->n; i += 2)
        if (bk_str_eq(map->items[i]->value, key)) return map->items[i + 1];
    return NULL;
}

bool bk_ynode_append(bk_arena *arena, bk_ynode *to, bk_ynode *const *items, size_t count) {
    if (to->cap - to->n < count) {
        size_t more = (to->n + count) * 2;
        bk_ynode **grown = (bk_ynode **)bk_arena_grow(arena, (void *)to->items, to->cap * sizeof *items, more * sizeof *items);
        if (!grown) return false;
        to->items = grown;
        to->cap = more;
    }
    for (size_t i = 0; i < count; i++) to->items[to->n++] = items[i];
    return true;
}

void bk_ynode_cut(bk_ynode *from, size_t at, size_t count) {
    from->n -= count;
    for (size_t i = at; i < from->n; i++) from->items[i] = from->items[i + count];
}
