/* yaml_node_write.c: a tree to text, in the order of steps of go-yaml v3's emitter, since it decides where comments go. */
#include "base/limits.h"
#include "base/utf8.h"
#include "data/yaml_node_emit.h"
#include "data/yaml_resolve.h"

/* Where a node stands. */
typedef enum place { ROOT, ITEM, KEY, VALUE } place;

/* A node about to be written. */
typedef struct going {
    const bk_ynode *node;
    place where;
    bool simple;           /* a key on one line */
    bk_str handle, suffix; /* of the tag that is written; both empty: none */
    bk_ynode_style style;  /* of a scalar */
    bk_ytext can;
} going;

static void indicator(bk_ywriter *w, const char *text, bool need_space, bool is_space, bool is_indention) {
    bk_yaml_put_indicator(&w->e, bk_str_c(text), need_space, is_space, is_indention);
}

/* ---- what is written for a node ---- */

/* The tag that has to be written: none where the text says as much. */
static bk_str needed_tag(const bk_ynode *node, bool *ret_quote) {
    *ret_quote = false;
    if (node->tagged || node->tag.n == 0) return node->tag;
    if (node->kind != BK_YNODE_SCALAR) return (bk_str){0};
    bool string = bk_str_eq(node->tag, BK_S("!!str"));
    if (!string) return node->tag;
    bool quoted = node->style != BK_YSTYLE_PLAIN && node->style != BK_YSTYLE_FLOW;
    *ret_quote = !quoted && bk_yaml_guess_v3(node->value) != BK_YAML_TAG_STR;
    return (bk_str){0};
}

static void split_tag(bk_str tag, going *g) {
    if (bk_str_starts(tag, BK_S("!!"))) {
        g->handle = BK_S("!!");
        g->suffix = bk_str_from(tag, 2);
    } else if (bk_str_starts(tag, BK_S("!"))) {
        g->handle = BK_S("!");
        g->suffix = bk_str_from(tag, 1);
    } else {
        g->suffix = tag;
    }
}

/* What go-yaml does when it looks at the event that begins a node: its comments join those that wait. */
static bk_status meet(bk_ywriter *w, const bk_ynode *node, place where, bk_str tail, going *ret) {
    bool quote;
    *ret = (going){.node = node, .where = where};
    bool collection = node->kind == BK_YNODE_SEQ || node->kind == BK_YNODE_MAP;
    if (node->head.n) w->head = node->head;
    if (!collection && node->line.n) w->line = node->line;
    if (!collection && node->foot.n && where != KEY) w->foot = node->foot;
    if (tail.n && (node->kind == BK_YNODE_SCALAR || node->kind == BK_YNODE_MAP)) w->tail = tail;
    if (node->kind == BK_YNODE_ALIAS) return BK_OK;
    split_tag(needed_tag(node, &quote), ret);
    if (node->kind != BK_YNODE_SCALAR) return BK_OK;
    if (!bk_utf8_valid(node->value)) return bk_err_set(w->e.err, BK_ERR, "yaml: cannot marshal invalid UTF-8 data");
    ret->can = bk_ytext_of(node->value);
    ret->style = (bk_ynode_style)node->style;
    bool plain = ret->style == BK_YSTYLE_PLAIN || ret->style == BK_YSTYLE_FLOW;
    if (plain && bk_str_find_byte(node->value, '\n') != BK_NPOS) ret->style = BK_YSTYLE_LITERAL;
    else if (plain && quote) ret->style = BK_YSTYLE_DOUBLE;
    return BK_OK;
}

static bool is_simple_key(const going *g) {
    enum { LONGEST = 128 };
    const bk_ynode *node = g->node;
    if (node->kind == BK_YNODE_ALIAS) return node->value.n <= LONGEST;
    if (node->kind == BK_YNODE_SCALAR ? g->can.multiline : node->n > 0) return false;
    size_t length = node->anchor.n + g->handle.n + g->suffix.n;
    return length + (node->kind == BK_YNODE_SCALAR ? node->value.n : 0) <= LONGEST;
}

/* ---- the start of a node ---- */

static void put_anchor(bk_ywriter *w, const bk_ynode *node) {
    bool alias = node->kind == BK_YNODE_ALIAS;
    bk_str name = alias ? node->value : node->anchor;
    if (name.n == 0) return;
    indicator(w, alias ? "*" : "&", true, false, false);
    bk_yaml_put_indicator(&w->e, name, false, false, false);
}

static bool stays_in_tag(unsigned char c) {
    return (c | 0x20) - 'a' < 26u || c - '0' < 10u || (c && strchr("_-;/?:@&=+$,.~*'()[]", c) != NULL);
}

static void put_tag(bk_ywriter *w, const going *g) {
    static const char hex[] = "0123456789ABCDEF";
    if (g->handle.n == 0 && g->suffix.n == 0) return;
    if (g->handle.n) bk_yaml_put_indicator(&w->e, g->handle, true, false, false);
    else indicator(w, "!<", true, false, false);
    for (size_t i = 0; i < g->suffix.n; i++) {
        unsigned char c = (unsigned char)g->suffix.p[i];
        const char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
        if (stays_in_tag(c)) bk_yaml_put_indicator(&w->e, bk_str_sub(g->suffix, i, i + 1), false, false, false);
        else bk_yaml_put_indicator(&w->e, bk_str_of(escaped, 3), false, false, false);
    }
    if (g->handle.n == 0) indicator(w, ">", false, false, false);
}

/* A scalar or alias whole; of a collection anchor and tag. */
static void open_node(bk_ywriter *w, const going *g) {
    put_anchor(w, g->node);
    if (g->node->kind == BK_YNODE_ALIAS) return;
    put_tag(w, g);
    if (g->node->kind == BK_YNODE_SCALAR) bk_ywriter_text(w, g->node->value, g->can, g->style, g->simple);
}

/* ---- collections ---- */

static bk_status put_body(bk_ywriter *w, const going *g, unsigned budget);

/* The comments that a collection's end brings. */
static void meet_end(bk_ywriter *w, const going *g) {
    if (g->node->line.n) w->line = g->node->line;
    if (g->node->foot.n && g->where != KEY) w->foot = g->node->foot; /* a key's waits for its value */
}

static bool comments_wait(const bk_ywriter *w) { return w->line.n + w->foot.n + w->tail.n > 0; }

/* Line and foot comments, where they go behind a node's start. */
static void put_comments(bk_ywriter *w) {
    bk_ywriter_line(w);
    bk_ywriter_foot(w);
}

static bk_status put_block_seq(bk_ywriter *w, const going *g, unsigned budget) {
    int indent = w->e.indent;
    bool compact = (g->where == KEY || g->where == VALUE) && (w->e.column == 0 || !w->e.indention) && !w->wide;
    going item;
    if (indent < 0) w->e.indent = 0;
    else if (!compact) w->e.indent += 2;
    for (size_t i = 0; i < g->node->n; i++) {
        BK_TRY(meet(w, g->node->items[i], ITEM, (bk_str){0}, &item));
        bk_ywriter_head(w);
        bk_ywriter_indent(w);
        indicator(w, "-", true, false, true);
        open_node(w, &item);
        put_comments(w);
        BK_TRY(put_body(w, &item, budget));
    }
    meet_end(w, g);
    w->e.indent = indent;
    return BK_OK;
}

/* The line comment of a key goes behind a scalar value, unless that has one, and before a block. */
static void place_key_line(bk_ywriter *w, const bk_ynode *value) {
    if (w->key_line.n == 0) return;
    if (value->kind == BK_YNODE_SCALAR) {
        if (w->line.n) return;
        w->line = w->key_line;
        w->key_line = (bk_str){0};
    } else if (value->kind != BK_YNODE_ALIAS && value->style != BK_YSTYLE_FLOW) {
        bk_str line = w->line;
        w->line = w->key_line;
        bk_ywriter_line(w);
        w->line = line;
        w->key_line = (bk_str){0};
    }
}

static bk_status put_block_pair(bk_ywriter *w, const bk_ynode *key, const bk_ynode *value, bk_str tail, unsigned budget) {
    going k, v;
    BK_TRY(meet(w, key, KEY, tail, &k));
    bk_ywriter_head(w);
    bk_ywriter_indent(w);
    if (w->line.n) {
        w->key_line = w->line;
        w->line = (bk_str){0};
    }
    k.simple = is_simple_key(&k);
    if (!k.simple) indicator(w, "?", true, false, true);
    open_node(w, &k);
    BK_TRY(put_body(w, &k, budget));
    BK_TRY(meet(w, value, VALUE, (bk_str){0}, &v));
    if (!k.simple) bk_ywriter_indent(w);
    indicator(w, ":", !k.simple, false, !k.simple);
    place_key_line(w, value);
    open_node(w, &v);
    put_comments(w);
    return put_body(w, &v, budget);
}

static bk_status put_block_map(bk_ywriter *w, const going *g, unsigned budget) {
    const bk_ynode *node = g->node;
    int indent = w->e.indent;
    bk_str tail = {0};
    w->e.indent = indent < 0 ? 0 : indent + 2;
    for (size_t i = 0; i + 1 < node->n; i += 2) {
        BK_TRY(put_block_pair(w, node->items[i], node->items[i + 1], tail, budget));
        tail = node->items[i]->foot;
    }
    if (tail.n) w->tail = tail;
    meet_end(w, g);
    bk_ywriter_head(w);
    w->e.indent = indent;
    return BK_OK;
}

static void open_flow(bk_ywriter *w, const char *bracket) {
    indicator(w, bracket, true, true, false);
    w->e.indent = w->e.indent < 0 ? 2 : w->e.indent + 2;
    w->flow++;
}

static bk_status put_flow_seq(bk_ywriter *w, const going *g, unsigned budget) {
    int indent = w->e.indent;
    bool trail = true; /* a comma is there already, or none is needed */
    going item;
    open_flow(w, "[");
    for (size_t i = 0; i < g->node->n; i++) {
        BK_TRY(meet(w, g->node->items[i], ITEM, (bk_str){0}, &item));
        if (!trail) indicator(w, ",", false, false, false);
        bk_ywriter_head(w);
        if (w->e.column == 0) bk_ywriter_indent(w);
        trail = comments_wait(w);
        open_node(w, &item);
        if (comments_wait(w)) indicator(w, ",", false, false, false);
        put_comments(w);
        BK_TRY(put_body(w, &item, budget));
    }
    meet_end(w, g);
    w->flow--;
    w->e.indent = indent;
    if (w->e.column == 0) bk_ywriter_indent(w);
    indicator(w, "]", false, false, false);
    put_comments(w);
    return BK_OK;
}

static bk_status put_flow_pair(bk_ywriter *w, const bk_ynode *key, const bk_ynode *value, bk_str tail, bool *trail, unsigned budget) {
    going k, v;
    BK_TRY(meet(w, key, KEY, tail, &k));
    if (!*trail) indicator(w, ",", false, false, false);
    bk_ywriter_head(w);
    if (w->e.column == 0) bk_ywriter_indent(w);
    k.simple = is_simple_key(&k);
    if (!k.simple) indicator(w, "?", true, false, false);
    open_node(w, &k);
    BK_TRY(put_body(w, &k, budget));
    BK_TRY(meet(w, value, VALUE, (bk_str){0}, &v));
    indicator(w, ":", !k.simple, false, false);
    *trail = comments_wait(w);
    open_node(w, &v);
    if (comments_wait(w)) indicator(w, ",", false, false, false);
    put_comments(w);
    return put_body(w, &v, budget);
}

static bk_status put_flow_map(bk_ywriter *w, const going *g, unsigned budget) {
    const bk_ynode *node = g->node;
    int indent = w->e.indent;
    bool trail = true;
    bk_str tail = {0};
    open_flow(w, "{");
    for (size_t i = 0; i + 1 < node->n; i += 2) {
        BK_TRY(put_flow_pair(w, node->items[i], node->items[i + 1], tail, &trail, budget));
        tail = node->items[i]->foot;
    }
    if (tail.n) w->tail = tail;
    meet_end(w, g);
    if (w->head.n + w->foot.n + w->tail.n > 0 && !trail) indicator(w, ",", false, false, false);
    bk_ywriter_head(w);
    w->flow--;
    w->e.indent = indent;
    indicator(w, "}", false, false, false);
    put_comments(w);
    return BK_OK;
}

/* What is inside a collection. */
static bk_status put_body(bk_ywriter *w, const going *g, unsigned budget) {
    const bk_ynode *node = g->node;
    if (node->kind == BK_YNODE_SCALAR || node->kind == BK_YNODE_ALIAS) return BK_OK;
    if (budget == 0) return bk_err_limit(w->e.err, "nesting of a YAML text", BK_LIMIT_DEPTH);
    BK_TRY(bk_buf_check(w->e.out, w->e.err));
    bool flow = w->flow > 0 || node->style == BK_YSTYLE_FLOW || node->n == 0;
    if (node->kind == BK_YNODE_SEQ) return flow ? put_flow_seq(w, g, budget - 1) : put_block_seq(w, g, budget - 1);
    return flow ? put_flow_map(w, g, budget - 1) : put_block_map(w, g, budget - 1);
}

/* ---- documents ---- */

bk_ywriter *bk_ywriter_new(bk_arena *arena, bk_buf *out) {
    bk_ywriter *w = BK_NEW(arena, bk_ywriter);
    if (w)
        *w = (bk_ywriter){
            .e = {.out = out, .arena = arena, .indent = -1, .width = SIZE_MAX / 2, .whitespace = true, .indention = true, .pretty = true},
            .foot_indent = -1};
    return w;
}

bk_status bk_ywriter_put(bk_ywriter *w, const bk_ydoc *doc, bool wide, bk_err *err) {
    going root;
    w->e.err = err;
    w->wide = wide;
    if (doc->head.n) w->head = doc->head;
    if (w->started) {
        bk_ywriter_indent(w);
        indicator(w, "---", true, false, false);
        bk_ywriter_indent(w);
    }
    w->started = true;
    if (w->head.n) {
        bk_ywriter_head(w);
        bk_buf_byte(w->e.out, '\n');
        w->e.column = 0;
        w->e.indention = true;
    }
    BK_TRY(meet(w, doc->root, ROOT, (bk_str){0}, &root));
    bk_ywriter_head(w);
    open_node(w, &root);
    put_comments(w);
    BK_TRY(put_body(w, &root, BK_LIMIT_DEPTH));
    if (doc->foot.n) w->foot = doc->foot;
    w->foot_indent = 0;
    bk_ywriter_foot(w);
    w->foot_indent = -1;
    bk_ywriter_indent(w);
    return bk_buf_check(w->e.out, err);
}
