/* yaml_tape.h: one YAML document as an array of nodes, inside src/data only (users include yaml.h).
 *
 * Nodes stand in the order of the text: a collection is followed by all that is in it and knows where that ends; a map's children are
 * key, value, key, value. Aliases name the node that they stand for. */
#ifndef BK_DATA_YAML_TAPE_H
#define BK_DATA_YAML_TAPE_H

#include "data/yaml_scan.h"
#include "value/map.h"

typedef enum bk_yaml_node_kind { BK_YN_SCALAR, BK_YN_SEQ, BK_YN_MAP, BK_YN_ALIAS } bk_yaml_node_kind;

typedef struct bk_yaml_node {
    uint8_t kind;
    bool plain;   /* SCALAR: its type may be guessed: no quotes, or the tag "!" */
    bool active;  /* ALIAS: what it stands for is being decoded */
    bool quoted;  /* SCALAR: in quotes, or a block */
    uint32_t tag; /* place in the tags, plus one; 0: none. ALIAS: the node that it stands for */
    uint32_t line;
    uint32_t n; /* SCALAR, ALIAS: bytes of the text; SEQ, MAP: children */
    union {
        const char *text; /* SCALAR, ALIAS: the text, the name */
        size_t end;       /* SEQ, MAP: the node behind the last one inside */
    };
} bk_yaml_node;

typedef struct bk_yaml_tape {
    bk_yaml_node *nodes;
    size_t n, cap;
    bk_str *tags; /* in full: "tag:yaml.org,2002:int" */
    size_t tags_n, tags_cap;
} bk_yaml_tape;

/* What a node carries besides when comments are kept. */
typedef struct bk_yaml_note {
    bk_str head, beside, foot; /* comments: before, on its line, behind; of a collection the last two stand at its end */
    bk_str anchor;
    char style; /* its first character where that tells the style: quotes, "|", ">", "[", "{" */
} bk_yaml_note;

typedef struct bk_yaml_parser {
    bk_yaml_scanner s;
    bk_yaml_tape tape;
    bk_yaml_note *notes; /* of the tape's nodes, when s.comments is set */
    size_t notes_cap;
    bk_str doc_head, doc_foot;
    uint8_t state;
    uint8_t *states;
    size_t states_n, states_cap;
    uint32_t *marks; /* lines where the open collections began: context of errors */
    size_t marks_n, marks_cap;
    size_t *open; /* nodes of the open collections */
    size_t open_n, open_cap;
    bk_map *anchors;    /* name to node */
    bk_map *directives; /* of the document: handle of a tag to its prefix */
} bk_yaml_parser;

static inline bk_str bk_yaml_node_text(const bk_yaml_node *node) { return bk_str_of(node->text, node->n); }
static inline bk_str bk_yaml_node_tag(const bk_yaml_tape *tape, const bk_yaml_node *node) {
    return node->tag ? tape->tags[node->tag - 1] : (bk_str){0};
}
/* The node behind node i and all that is in it. */
static inline size_t bk_yaml_node_next(const bk_yaml_tape *tape, size_t i) {
    return tape->nodes[i].kind == BK_YN_SEQ || tape->nodes[i].kind == BK_YN_MAP ? tape->nodes[i].end : i + 1;
}

/* Starts on a text: texts of scalars will lie in `arena`, the rest in `scratch`. */
bk_status bk_yaml_parser_init(bk_yaml_parser *p, bk_arena *arena, bk_arena *scratch, bk_str text, bk_err *err) BK_MUST;
/* Reads the next document onto the tape, whose node 0 is its root. *ret_more is false, and the tape empty, at the end of the stream. */
bk_status bk_yaml_parse_document(bk_yaml_parser *p, bool *ret_more) BK_MUST;

/* go-yaml's guard against aliases that multiply: false when too large a part of all nodes visited lies within aliases. */
typedef struct bk_yaml_count {
    size_t nodes, by_alias;
    unsigned aliases; /* aliases around the current node */
} bk_yaml_count;

#define BK_YAML_TOO_MANY_ALIASES "document contains excessive aliasing"
bool bk_yaml_count_node(bk_yaml_count *count);

#endif
