/* yaml_node.h: YAML as a tree that remembers how it was written: comments, styles, tags, anchors, aliases.
 *
 * For texts that are changed and written again, as post-renderers' are: reading and writing are those of go-yaml v3's Node, down to which
 * comment belongs to which node. What is not remembered: indentation, line breaks within plain and quoted scalars, empty lines, %TAG and %YAML.
 *
 * All of a tree lies in the arena, texts included. Nesting is bounded by BK_LIMIT_DEPTH, the rest by the arena's cap. */
#ifndef BK_DATA_YAML_NODE_H
#define BK_DATA_YAML_NODE_H

#include "base/buf.h"

typedef enum bk_ynode_kind { BK_YNODE_SCALAR, BK_YNODE_SEQ, BK_YNODE_MAP, BK_YNODE_ALIAS } bk_ynode_kind;

typedef enum bk_ynode_style {
    BK_YSTYLE_PLAIN, /* SEQ, MAP: one line for each child */
    BK_YSTYLE_DOUBLE,
    BK_YSTYLE_SINGLE,
    BK_YSTYLE_LITERAL,
    BK_YSTYLE_FOLDED,
    BK_YSTYLE_FLOW, /* SEQ, MAP: in brackets; a scalar may have got it from a collection that it replaced */
} bk_ynode_style;

typedef struct bk_ynode bk_ynode;
struct bk_ynode {
    uint8_t kind, style;
    bool tagged;  /* the tag stood in the text and is written again */
    bk_str tag;   /* in short: "!!str", "!mine"; empty: the one that the text suggests */
    bk_str value; /* SCALAR: the text; ALIAS: the anchor's name */
    bk_str anchor;
    bk_str head, line, foot; /* comments: on lines before, behind it on its line, on lines after; with their "#" */
    bk_ynode **items;        /* SEQ: the entries; MAP: key, value, key, value, … */
    size_t n, cap;
};

typedef struct bk_ydoc {
    bk_ynode *root;
    bk_str head, foot; /* comments of the document as a whole */
} bk_ydoc;

/* Reads the first document of a text; what follows it is not looked at. *ret_any is false for a text without a document (comments alone are none).
 * Errors: "yaml: line 3: …", as v3 words them. */
bk_status bk_ydoc_read(bk_arena *arena, bk_str text, bk_ydoc *ret, bool *ret_any, bk_err *err);

/* Whether the node is null: by its tag, or a plain scalar that reads as null. */
bool bk_ynode_is_null(const bk_ynode *node);
/* The value of the first key with that text, aliases and keys of other kinds included; NULL: none, or no map. */
bk_ynode *bk_ynode_get(const bk_ynode *map, bk_str key);
/* Appends children: one to a sequence, two to a map. False without memory. */
bool bk_ynode_append(bk_arena *arena, bk_ynode *to, bk_ynode *const *items, size_t count) BK_MUST;
/* Takes `count` children out. */
void bk_ynode_cut(bk_ynode *from, size_t at, size_t count);

/* Writes documents, one after the other, with "---" between them. Indentation is 2; lines never fold. */
typedef struct bk_ywriter bk_ywriter;
/* NULL without memory. Text is appended to `out`; the arena serves scratch. */
bk_ywriter *bk_ywriter_new(bk_arena *arena, bk_buf *out);
/* `wide`: sequences within maps are indented. */
bk_status bk_ywriter_put(bk_ywriter *writer, const bk_ydoc *doc, bool wide, bk_err *err);

#endif
