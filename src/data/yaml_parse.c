/* yaml_parse.c: tokens to nodes: the grammar as a machine with a stack of states, so that nesting costs no stack of C. */
#include "base/limits.h"
#include "data/yaml_comment.h"
#include "data/yaml_tape.h"

enum state {
    DOC_FIRST,
    DOC_START,
    DOC_CONTENT,
    DOC_END,
    BLOCK_NODE,
    SEQ_FIRST,
    SEQ_ENTRY,
    INDENTLESS_ENTRY,
    MAP_FIRST,
    MAP_KEY,
    MAP_VALUE,
    FLOW_SEQ_FIRST,
    FLOW_SEQ_ENTRY,
    PAIR_KEY, /* [a: b]: a map of one pair within a flow sequence */
    PAIR_VALUE,
    PAIR_END,
    FLOW_MAP_FIRST,
    FLOW_MAP_KEY,
    FLOW_MAP_VALUE,
    FLOW_MAP_EMPTY,
    STREAM_END,
};

static bk_status nomem(bk_yaml_parser *p) { return bk_yaml_fail_nomem(&p->s); }

/* The items with room for one more, perhaps elsewhere; NULL without memory. */
static void *room(bk_yaml_parser *p, void *items, size_t n, size_t *cap, size_t size) {
    if (BK_LIKELY(n < *cap)) return items;
    size_t more = *cap ? *cap * 2 : 32;
    if (more > BK_LIMIT_LIST) return p->s.scratch->hit_cap = true, NULL;
    void *grown = bk_arena_grow(p->s.scratch, items, *cap * size, more * size);
    if (grown) *cap = more;
    return grown;
}

/* ---- states and marks ---- */

static bk_status push_state(bk_yaml_parser *p, enum state state) {
    uint8_t *states = room(p, p->states, p->states_n, &p->states_cap, 1);
    if (!states) return nomem(p);
    p->states = states;
    states[p->states_n++] = (uint8_t)state;
    return BK_OK;
}
static void pop_state(bk_yaml_parser *p) { p->state = p->states[--p->states_n]; }

static bk_status push_mark(bk_yaml_parser *p, uint32_t line) {
    uint32_t *marks = room(p, p->marks, p->marks_n, &p->marks_cap, sizeof *marks);
    if (!marks) return nomem(p);
    p->marks = marks;
    marks[p->marks_n++] = line;
    return BK_OK;
}

/* The next token, and with it the comments that belong to it. */
static bk_yaml_token *peek(bk_yaml_parser *p) {
    bk_yaml_token *token = bk_yaml_peek(&p->s);
    if (BK_UNLIKELY(p->s.comments != NULL) && token && bk_yaml_comment_give(&p->s, token) != BK_OK) return NULL;
    return token;
}
/* The same, or out. */
#define PEEK(token) \
    do { \
        (token) = peek(p); \
        if (!(token)) return p->s.err->code; \
    } while (0)
/* The token behind the next one. */
#define TAKE_AND_PEEK(token) \
    do { \
        bk_yaml_take(&p->s); \
        PEEK(token); \
    } while (0)

static bk_status fail(bk_yaml_parser *p, const bk_yaml_token *token, uint32_t context, const char *problem) {
    return bk_yaml_fail_parse(&p->s, token->line, context, problem);
}

/* ---- comments ---- */

/* The comments that wait go to this node. */
static void note_comments(bk_yaml_parser *p, bk_yaml_note *note) {
    bk_yaml_comments *c = p->s.comments;
    note->head = bk_buf_take(&c->head);
    note->beside = bk_buf_take(&c->beside);
    note->foot = bk_buf_take(&c->foot);
    c->stem = (bk_str){0};
}

/* The last node, which is just begun. */
static bk_yaml_note *last_note(bk_yaml_parser *p) { return &p->notes[p->tape.n - 1]; }

/* The same for a node that begins with the token. */
static void note_start(bk_yaml_parser *p, const bk_yaml_token *token) {
    if (BK_LIKELY(!p->s.comments)) return;
    bk_yaml_note *note = last_note(p);
    note_comments(p, note);
    if (!token->plain) note->style = (char)p->s.base[token->index];
}

/* A block collection takes but its stem; the rest is its first child's. */
static void note_block(bk_yaml_parser *p) {
    if (BK_LIKELY(!p->s.comments)) return;
    last_note(p)->head = p->s.comments->stem;
    p->s.comments->stem = (bk_str){0};
}

/* At the end of the innermost collection: what waits stands behind it. A head there is lost, as in go-yaml. */
static void note_end(bk_yaml_parser *p, bool takes) {
    if (BK_LIKELY(!p->s.comments)) return;
    bk_yaml_note *note = &p->notes[p->open[p->open_n - 1]];
    bk_str head = note->head;
    note->beside = note->foot = (bk_str){0};
    if (takes) note_comments(p, note);
    note->head = head;
}

/* Cuts the comment that waits as a head: *ret_first gets the first n bytes, what is behind the line break there goes on waiting. */
static void cut_head(bk_yaml_parser *p, size_t n, size_t behind, bk_str *ret_first) {
    bk_str whole = bk_buf_take(&p->s.comments->head);
    *ret_first = bk_str_sub(whole, 0, n);
    bk_buf_str(&p->s.comments->head, bk_str_from(whole, behind));
}

/* Behind the "-" of an entry: when a block collection follows, the comment before the "-" (`head` bytes of what waits) is that of the collection, not
 * of its first child. */
static bk_status note_stem(bk_yaml_parser *p, size_t head) {
    const bk_yaml_token *token;
    if (BK_LIKELY(!p->s.comments) || head == 0) return BK_OK;
    PEEK(token);
    if (token->type == BK_YT_BLOCK_SEQ || token->type == BK_YT_BLOCK_MAP) cut_head(p, head, head + 1, &p->s.comments->stem);
    return BK_OK;
}

static size_t head_length(const bk_yaml_parser *p) { return p->s.comments ? p->s.comments->head.n : 0; }

/* Before the first node of a document without "---": what stands before the last empty line is the document's own. */
static void note_document(bk_yaml_parser *p) {
    if (BK_LIKELY(!p->s.comments)) return;
    bk_str head = bk_buf_view(&p->s.comments->head);
    for (size_t i = head.n; i-- > 1;) {
        if (head.p[i] != '\n' || (i + 1 < head.n && head.p[i - 1] != '\n')) continue;
        cut_head(p, i + 1 < head.n ? i - 1 : i, i + 1, &p->doc_head);
        return;
    }
}

static void note_document_end(bk_yaml_parser *p) {
    bk_yaml_note note;
    if (BK_LIKELY(!p->s.comments)) return;
    note_comments(p, &note);
    p->doc_foot = note.foot.n ? note.foot : note.head;
}

/* ---- nodes ---- */

typedef struct properties {
    bk_str anchor, tag;
    bool has_anchor;
    uint32_t line;
} properties;

static bk_status add_node(bk_yaml_parser *p, bk_yaml_node node, const properties *with) {
    bk_yaml_tape *tape = &p->tape;
    bk_yaml_node *nodes = room(p, tape->nodes, tape->n, &tape->cap, sizeof node);
    if (!nodes) return nomem(p);
    tape->nodes = nodes;
    if (with && with->has_anchor && !bk_map_set(p->anchors, with->anchor, bk_int64((int64_t)tape->n))) return nomem(p);
    if (with && with->tag.n) {
        bk_str *tags = room(p, tape->tags, tape->tags_n, &tape->tags_cap, sizeof *tags);
        if (!tags) return nomem(p);
        tape->tags = tags;
        tags[tape->tags_n++] = with->tag;
        node.tag = (uint32_t)tape->tags_n;
    }
    if (BK_UNLIKELY(p->s.comments != NULL)) {
        bk_yaml_note *notes = room(p, p->notes, tape->n, &p->notes_cap, sizeof *notes);
        if (!notes) return nomem(p);
        p->notes = notes;
        notes[tape->n] = (bk_yaml_note){.anchor = with ? with->anchor : (bk_str){0}};
    }
    if (p->open_n) nodes[p->open[p->open_n - 1]].n++;
    nodes[tape->n++] = node;
    return BK_OK;
}

static bk_status add_scalar(bk_yaml_parser *p, bk_str text, bool plain, const properties *with) {
    return add_node(p, (bk_yaml_node){.kind = BK_YN_SCALAR, .plain = plain, .line = with->line, .n = (uint32_t)text.n, .text = text.p},
                    with);
}

static bk_status add_empty(bk_yaml_parser *p, uint32_t line) {
    return add_node(p, (bk_yaml_node){.kind = BK_YN_SCALAR, .plain = true, .line = line, .text = ""}, NULL);
}

static bk_status open_node(bk_yaml_parser *p, bk_yaml_node_kind kind, const properties *with, enum state state) {
    BK_TRY(add_node(p, (bk_yaml_node){.kind = (uint8_t)kind, .line = with->line}, with));
    size_t *open = room(p, p->open, p->open_n, &p->open_cap, sizeof *open);
    if (!open) return nomem(p);
    p->open = open;
    open[p->open_n++] = p->tape.n - 1;
    p->state = (uint8_t)state;
    return BK_OK;
}

static bk_status open_flow(bk_yaml_parser *p, const bk_yaml_token *token, bk_yaml_node_kind kind, const properties *with,
                           enum state state) {
    BK_TRY(open_node(p, kind, with, state));
    note_start(p, token);
    return BK_OK;
}

static bk_status open_block(bk_yaml_parser *p, bk_yaml_node_kind kind, const properties *with, enum state state) {
    BK_TRY(open_node(p, kind, with, state));
    note_block(p);
    return BK_OK;
}

static void close_node(bk_yaml_parser *p) { p->tape.nodes[p->open[--p->open_n]].end = p->tape.n; }

/* The end of a collection that has a mark and a closing token; `comments`: it takes those that wait. */
static void finish_collection(bk_yaml_parser *p, bool comments) {
    note_end(p, comments);
    pop_state(p);
    p->marks_n--;
    close_node(p);
    bk_yaml_take(&p->s);
}

static bk_status add_alias(bk_yaml_parser *p, const bk_yaml_token *token) {
    bk_value *target = bk_map_get(p->anchors, token->value);
    if (!target) return bk_err_set(p->s.err, BK_ERR, "yaml: unknown anchor '%.*s' referenced", BK_FMT(token->value));
    bk_yaml_node node = {
        .kind = BK_YN_ALIAS, .line = token->line, .n = (uint32_t)token->value.n, .text = token->value.p, .tag = (uint32_t)target->i};
    return add_node(p, node, NULL);
}

/* The full tag of a handle and its suffix. */
static bk_status resolve_tag(bk_yaml_parser *p, bk_str handle, bk_str suffix, uint32_t line, uint32_t context, bk_str *ret) {
    if (handle.n == 0) return *ret = suffix, BK_OK;
    bk_value *prefix = bk_map_get(p->directives, handle);
    if (prefix && !bk_arena_cat(p->s.scratch, bk_value_str(*prefix), suffix, ret)) return nomem(p);
    if (prefix && ret->n) return BK_OK;
    return bk_yaml_fail_parse(&p->s, line, context, "found undefined tag handle");
}

/* An anchor and a tag, in either order. */
static bk_status read_properties(bk_yaml_parser *p, properties *ret, bk_yaml_token **token) {
    bk_str handle = {0}, suffix = {0};
    bool has_tag = false;
    uint32_t tag_line = 0;
    bk_yaml_token *t = *token;
    *ret = (properties){.line = t->line};
    for (uint8_t first = 0; (t->type == BK_YT_ANCHOR || t->type == BK_YT_TAG) && t->type != first;) {
        if (ret->has_anchor && has_tag) break;
        first = t->type;
        if (t->type == BK_YT_ANCHOR) {
            ret->has_anchor = true;
            ret->anchor = t->value;
        } else {
            has_tag = true;
            handle = t->value;
            suffix = t->suffix;
            tag_line = t->line;
        }
        TAKE_AND_PEEK(t);
    }
    *token = t;
    return has_tag ? resolve_tag(p, handle, suffix, tag_line, ret->line, &ret->tag) : BK_OK;
}

static bk_status parse_scalar(bk_yaml_parser *p, const bk_yaml_token *token, const properties *with) {
    bool plain = with->tag.n == 0 ? token->plain : with->tag.n == 1 && with->tag.p[0] == '!';
    bool quoted = !token->plain;
    BK_TRY(add_scalar(p, token->value, plain, with));
    p->tape.nodes[p->tape.n - 1].quoted = quoted;
    note_start(p, token);
    pop_state(p);
    bk_yaml_take(&p->s);
    return BK_OK;
}

static bk_status parse_node(bk_yaml_parser *p, bool block, bool indentless) {
    bk_yaml_token *token;
    properties with;
    PEEK(token);
    if (token->type == BK_YT_ALIAS) {
        BK_TRY(add_alias(p, token));
        note_start(p, &(bk_yaml_token){.plain = true});
        pop_state(p);
        bk_yaml_take(&p->s);
        return BK_OK;
    }
    BK_TRY(read_properties(p, &with, &token));
    switch ((bk_yaml_token_type)token->type) {
    case BK_YT_SCALAR: return parse_scalar(p, token, &with);
    case BK_YT_FLOW_SEQ: return open_flow(p, token, BK_YN_SEQ, &with, FLOW_SEQ_FIRST);
    case BK_YT_FLOW_MAP: return open_flow(p, token, BK_YN_MAP, &with, FLOW_MAP_FIRST);
    case BK_YT_ENTRY:
        if (indentless) return open_node(p, BK_YN_SEQ, &with, INDENTLESS_ENTRY);
        break;
    case BK_YT_BLOCK_SEQ:
        if (block) return open_block(p, BK_YN_SEQ, &with, SEQ_FIRST);
        break;
    case BK_YT_BLOCK_MAP:
        if (block) return open_block(p, BK_YN_MAP, &with, MAP_FIRST);
        break;
    default: break;
    }
    if (with.anchor.n == 0 && with.tag.n == 0) return fail(p, token, with.line, "did not find expected node content");
    BK_TRY(add_scalar(p, BK_S(""), with.tag.n == 0, &with));
    pop_state(p);
    return BK_OK;
}

/* A node in that state, after which comes `next`. */
static bk_status node_then(bk_yaml_parser *p, enum state next, bool block, bool indentless) {
    BK_TRY(push_state(p, next));
    return parse_node(p, block, indentless);
}

static bk_status empty_then(bk_yaml_parser *p, enum state next, uint32_t line) {
    p->state = (uint8_t)next;
    return add_empty(p, line);
}

/* ---- block collections ---- */

static bk_status parse_seq_entry(bk_yaml_parser *p, bool first) {
    bk_yaml_token *token;
    PEEK(token);
    if (first) {
        BK_TRY(push_mark(p, token->line));
        TAKE_AND_PEEK(token);
    }
    if (token->type == BK_YT_BLOCK_END) return finish_collection(p, false), BK_OK;
    if (token->type != BK_YT_ENTRY) return fail(p, token, p->marks[p->marks_n - 1], "did not find expected '-' indicator");
    uint32_t line = token->line;
    size_t head = head_length(p);
    TAKE_AND_PEEK(token);
    BK_TRY(note_stem(p, head));
    if (token->type == BK_YT_ENTRY || token->type == BK_YT_BLOCK_END) return empty_then(p, SEQ_ENTRY, line);
    return node_then(p, SEQ_ENTRY, true, false);
}

static bk_status parse_indentless_entry(bk_yaml_parser *p) {
    bk_yaml_token *token;
    PEEK(token);
    if (token->type != BK_YT_ENTRY) {
        note_end(p, false);
        pop_state(p);
        close_node(p);
        return BK_OK;
    }
    uint32_t line = token->line;
    size_t head = head_length(p);
    TAKE_AND_PEEK(token);
    BK_TRY(note_stem(p, head));
    if (token->type == BK_YT_ENTRY || token->type == BK_YT_KEY || token->type == BK_YT_VALUE || token->type == BK_YT_BLOCK_END)
        return empty_then(p, INDENTLESS_ENTRY, line);
    return node_then(p, INDENTLESS_ENTRY, true, false);
}

/* What stands behind "?" or ":" of a block map. */
static bk_status parse_map_part(bk_yaml_parser *p, uint32_t line, enum state next) {
    bk_yaml_token *token;
    TAKE_AND_PEEK(token);
    if (token->type == BK_YT_KEY || token->type == BK_YT_VALUE || token->type == BK_YT_BLOCK_END) return empty_then(p, next, line);
    return node_then(p, next, true, true);
}

static bk_status parse_map_key(bk_yaml_parser *p, bool first) {
    bk_yaml_token *token;
    PEEK(token);
    if (first) {
        BK_TRY(push_mark(p, token->line));
        TAKE_AND_PEEK(token);
    }
    if (token->type == BK_YT_KEY) return parse_map_part(p, token->line, MAP_VALUE);
    if (token->type == BK_YT_BLOCK_END) return finish_collection(p, true), BK_OK;
    return fail(p, token, p->marks[p->marks_n - 1], "did not find expected key");
}

static bk_status parse_map_value(bk_yaml_parser *p) {
    bk_yaml_token *token;
    PEEK(token);
    if (token->type == BK_YT_VALUE) return parse_map_part(p, token->line, MAP_KEY);
    return empty_then(p, MAP_KEY, token->line);
}

/* ---- flow collections ---- */

static bk_status parse_flow_seq_entry(bk_yaml_parser *p, bool first) {
    bk_yaml_token *token;
    PEEK(token);
    if (first) {
        BK_TRY(push_mark(p, token->line));
        TAKE_AND_PEEK(token);
    }
    if (token->type != BK_YT_FLOW_SEQ_END && !first) {
        if (token->type != BK_YT_FLOW_ENTRY) return fail(p, token, p->marks[p->marks_n - 1], "did not find expected ',' or ']'");
        TAKE_AND_PEEK(token);
    }
    if (token->type == BK_YT_FLOW_SEQ_END) return finish_collection(p, true), BK_OK;
    if (token->type != BK_YT_KEY) return node_then(p, FLOW_SEQ_ENTRY, false, false);
    BK_TRY(open_node(p, BK_YN_MAP, &(properties){.line = token->line}, PAIR_KEY));
    if (BK_UNLIKELY(p->s.comments != NULL)) last_note(p)->style = '{';
    bk_yaml_take(&p->s);
    return BK_OK;
}

static bk_status parse_pair_key(bk_yaml_parser *p) {
    bk_yaml_token *token;
    PEEK(token);
    if (token->type != BK_YT_VALUE && token->type != BK_YT_FLOW_ENTRY && token->type != BK_YT_FLOW_SEQ_END)
        return node_then(p, PAIR_VALUE, false, false);
    uint32_t line = token->line;
    bk_yaml_take(&p->s); /* go-yaml swallows that token */
    return empty_then(p, PAIR_VALUE, line);
}

static bk_status parse_pair_value(bk_yaml_parser *p) {
    bk_yaml_token *token;
    PEEK(token);
    uint32_t line = token->line;
    if (token->type == BK_YT_VALUE) {
        TAKE_AND_PEEK(token);
        if (token->type != BK_YT_FLOW_ENTRY && token->type != BK_YT_FLOW_SEQ_END) return node_then(p, PAIR_END, false, false);
    }
    return empty_then(p, PAIR_END, line);
}

static bk_status parse_pair_end(bk_yaml_parser *p) {
    bk_yaml_token *token;
    PEEK(token);
    note_end(p, false);
    close_node(p);
    p->state = FLOW_SEQ_ENTRY;
    return BK_OK;
}

/* What stands behind "?" of a flow map. */
static bk_status parse_flow_map_key_node(bk_yaml_parser *p) {
    bk_yaml_token *token;
    TAKE_AND_PEEK(token);
    if (token->type == BK_YT_VALUE || token->type == BK_YT_FLOW_ENTRY || token->type == BK_YT_FLOW_MAP_END)
        return empty_then(p, FLOW_MAP_VALUE, token->line);
    return node_then(p, FLOW_MAP_VALUE, false, false);
}

static bk_status parse_flow_map_key(bk_yaml_parser *p, bool first) {
    bk_yaml_token *token;
    PEEK(token);
    if (first) {
        BK_TRY(push_mark(p, token->line));
        TAKE_AND_PEEK(token);
    }
    if (token->type != BK_YT_FLOW_MAP_END && !first) {
        if (token->type != BK_YT_FLOW_ENTRY) return fail(p, token, p->marks[p->marks_n - 1], "did not find expected ',' or '}'");
        TAKE_AND_PEEK(token);
    }
    if (token->type == BK_YT_FLOW_MAP_END) return finish_collection(p, true), BK_OK;
    return token->type == BK_YT_KEY ? parse_flow_map_key_node(p) : node_then(p, FLOW_MAP_EMPTY, false, false);
}

static bk_status parse_flow_map_value(bk_yaml_parser *p, bool empty) {
    bk_yaml_token *token;
    PEEK(token);
    if (!empty && token->type == BK_YT_VALUE) {
        TAKE_AND_PEEK(token);
        if (token->type != BK_YT_FLOW_ENTRY && token->type != BK_YT_FLOW_MAP_END) return node_then(p, FLOW_MAP_KEY, false, false);
    }
    return empty_then(p, FLOW_MAP_KEY, token->line);
}

/* ---- documents ---- */

static bk_status add_directive(bk_yaml_parser *p, bk_str handle, bk_str prefix, bool again, uint32_t line) {
    if (!p->directives) p->directives = bk_map_new(p->s.scratch, 4);
    if (bk_map_get(p->directives, handle)) return again ? BK_OK : bk_yaml_fail_parse(&p->s, line, 0, "found duplicate %TAG directive");
    return p->directives && bk_map_set(p->directives, handle, bk_string(prefix)) ? BK_OK : nomem(p);
}

static bk_status read_directives(bk_yaml_parser *p) {
    bk_yaml_token *token;
    bool version = false;
    PEEK(token);
    while (token->type == BK_YT_VERSION || token->type == BK_YT_TAG_DIRECTIVE) {
        if (token->type == BK_YT_TAG_DIRECTIVE) {
            BK_TRY(add_directive(p, token->value, token->suffix, false, token->line));
        } else {
            if (version) return fail(p, token, 0, "found duplicate %YAML directive");
            if (token->major != 1 || token->minor != 1) return fail(p, token, 0, "found incompatible YAML document");
            version = true;
        }
        TAKE_AND_PEEK(token);
    }
    BK_TRY(add_directive(p, BK_S("!"), BK_S("!"), true, token->line));
    return add_directive(p, BK_S("!!"), BK_S("tag:yaml.org,2002:"), true, token->line);
}

static bk_status parse_doc_start(bk_yaml_parser *p, bool first) {
    bk_yaml_token *token;
    PEEK(token);
    while (!first && token->type == BK_YT_DOC_END) TAKE_AND_PEEK(token);
    if (token->type == BK_YT_STREAM_END) {
        p->state = STREAM_END;
        return BK_OK;
    }
    bool bare = first && token->type != BK_YT_VERSION && token->type != BK_YT_TAG_DIRECTIVE && token->type != BK_YT_DOC_START;
    BK_TRY(read_directives(p));
    if (!bare) {
        PEEK(token);
        if (token->type != BK_YT_DOC_START) return fail(p, token, 0, "did not find expected <document start>");
        bk_yaml_take(&p->s);
    }
    if (bare) note_document(p);
    BK_TRY(push_state(p, DOC_END));
    p->state = bare ? BLOCK_NODE : DOC_CONTENT;
    return BK_OK;
}

static bk_status parse_doc_content(bk_yaml_parser *p) {
    bk_yaml_token *token;
    PEEK(token);
    switch ((bk_yaml_token_type)token->type) {
    case BK_YT_VERSION:
    case BK_YT_TAG_DIRECTIVE:
    case BK_YT_DOC_START:
    case BK_YT_DOC_END:
    case BK_YT_STREAM_END: pop_state(p); return add_empty(p, token->line);
    default: return parse_node(p, true, false);
    }
}

static bk_status parse_doc_end(bk_yaml_parser *p) {
    bk_yaml_token *token;
    PEEK(token);
    if (token->type == BK_YT_DOC_END) bk_yaml_take(&p->s);
    note_document_end(p);
    p->directives = NULL;
    p->state = DOC_START;
    return BK_OK;
}

static bk_status step(bk_yaml_parser *p) {
    switch ((enum state)p->state) {
    case DOC_FIRST: return parse_doc_start(p, true);
    case DOC_START: return parse_doc_start(p, false);
    case DOC_CONTENT: return parse_doc_content(p);
    case DOC_END: return parse_doc_end(p);
    case BLOCK_NODE: return parse_node(p, true, false);
    case SEQ_FIRST: return parse_seq_entry(p, true);
    case SEQ_ENTRY: return parse_seq_entry(p, false);
    case INDENTLESS_ENTRY: return parse_indentless_entry(p);
    case MAP_FIRST: return parse_map_key(p, true);
    case MAP_KEY: return parse_map_key(p, false);
    case MAP_VALUE: return parse_map_value(p);
    case FLOW_SEQ_FIRST: return parse_flow_seq_entry(p, true);
    case FLOW_SEQ_ENTRY: return parse_flow_seq_entry(p, false);
    case PAIR_KEY: return parse_pair_key(p);
    case PAIR_VALUE: return parse_pair_value(p);
    case PAIR_END: return parse_pair_end(p);
    case FLOW_MAP_FIRST: return parse_flow_map_key(p, true);
    case FLOW_MAP_KEY: return parse_flow_map_key(p, false);
    case FLOW_MAP_VALUE: return parse_flow_map_value(p, false);
    case FLOW_MAP_EMPTY: return parse_flow_map_value(p, true);
    case STREAM_END: break;
    }
    return BK_OK;
}

bk_status bk_yaml_parser_init(bk_yaml_parser *p, bk_arena *arena, bk_arena *scratch, bk_str text, bk_err *err) {
    *p = (bk_yaml_parser){.state = DOC_FIRST};
    return bk_yaml_scanner_init(&p->s, arena, scratch, text, err);
}

bk_status bk_yaml_parse_document(bk_yaml_parser *p, bool *ret_more) {
    p->tape.n = p->tape.tags_n = 0;
    *ret_more = false;
    p->anchors = bk_map_new(p->s.scratch, 0);
    if (!p->anchors) return nomem(p);
    do {
        BK_TRY(step(p));
    } while (p->state != DOC_START && p->state != STREAM_END);
    *ret_more = p->state == DOC_START;
    return BK_OK;
}

/* How large the part may be. */
static double allowed_part(size_t nodes) {
    enum { LOW = 400000, HIGH = 4000000 };
    if (nodes <= LOW) return 0.99;
    if (nodes >= HIGH) return 0.10;
    return 0.99 - 0.89 * ((double)(nodes - LOW) / (HIGH - LOW));
}

bool bk_yaml_count_node(bk_yaml_count *count) {
    count->nodes++;
    if (count->aliases == 0) return true;
    count->by_alias++;
    return count->by_alias <= 100 || count->nodes <= 1000 || (double)count->by_alias / (double)count->nodes <= allowed_part(count->nodes);
}
