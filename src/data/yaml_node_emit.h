/* yaml_node_emit.h: what the files of the tree's writer share, inside src/data only (users include yaml_node.h). */
#ifndef BK_DATA_YAML_NODE_EMIT_H
#define BK_DATA_YAML_NODE_EMIT_H

#include "data/yaml_emit.h"
#include "data/yaml_node.h"

/* Comments wait here until the place comes where their kind is written. As in go-yaml that can be behind another node than their own, or in
 * the next document. */
struct bk_ywriter {
    bk_yaml_emitter e;
    bk_str head, line, foot, tail; /* tail: foot of the key before, to be written behind all of its value */
    bk_str key_line;               /* the line comment of a key: goes behind its value */
    int foot_indent;               /* a foot comment was just written there: an empty line follows; -1: none */
    int flow;                      /* level of flow collections */
    bool started, wide;
};

/* Which styles can hold a text. */
typedef struct bk_ytext {
    bool plain, plain_in_flow, single, block;
    bool multiline;
} bk_ytext;
bk_ytext bk_ytext_of(bk_str text);

/* A new line unless at the start of one, an empty one behind a foot, and the indentation. */
void bk_ywriter_indent(bk_ywriter *w);
/* Writes the pending comments of a kind. */
void bk_ywriter_head(bk_ywriter *w);
void bk_ywriter_line(bk_ywriter *w);
void bk_ywriter_foot(bk_ywriter *w);
/* Writes a scalar's text in that style, or in the next one that can hold it. */
void bk_ywriter_text(bk_ywriter *w, bk_str text, bk_ytext can, bk_ynode_style style, bool simple_key);

#endif
