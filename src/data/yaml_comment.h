/* yaml_comment.h: comments, for the reader that keeps them, inside src/data only (users include yaml_node.h).
 *
 * go-yaml v3 finds comments while it skips white space, decides there whether a comment belongs to what stands before it (foot), beside it
 * (line) or behind it (head), and hands it to the parser with the first token at or behind a place in the text. Its rules look at
 * blank lines, columns and the tokens around; they are followed here to the letter, since they show in every text that is written again.
 *
 * Offsets are bytes from the start of the text. */
#ifndef BK_DATA_YAML_COMMENT_H
#define BK_DATA_YAML_COMMENT_H

#include "base/buf.h"
#include "data/yaml_scan.h"

/* One comment; head, line and foot exclude each other. */
typedef struct bk_yaml_comment {
    ptrdiff_t token;       /* goes to the first token there or behind */
    ptrdiff_t scan;        /* where the white space before it began */
    ptrdiff_t start, end;  /* of the text; end stays 0 for a line comment */
    uint32_t line, column; /* of the start; the column counts from 1, that of a line comment from 0 */
    bk_str head, beside, foot;
} bk_yaml_comment;

typedef struct bk_yaml_comments {
    bk_yaml_comment *items;
    size_t n, cap;
    size_t given; /* so many went to the parser */
    /* With the parser, waiting for a node. */
    bk_buf head, beside, foot;
    bk_str stem; /* of a collection within a sequence's entry: what stood before the "-" */
} bk_yaml_comments;

/* Makes the scanner keep comments. */
bk_status bk_yaml_comments_keep(bk_yaml_scanner *s) BK_MUST;

/* At a "#" that begins a line or stands behind what began at `from`: takes this comment and those that follow. */
bk_status bk_yaml_comment_block(bk_yaml_scanner *s, ptrdiff_t from, uint32_t from_line) BK_MUST;
/* Behind a token: takes the comment on the same line, if there is one, for the token at `token`. */
bk_status bk_yaml_comment_beside(bk_yaml_scanner *s, ptrdiff_t token) BK_MUST;
/* A comment behind "key:" whose value turned out to be a block sequence is a head of the first entry's content. */
void bk_yaml_comment_turn(bk_yaml_scanner *s);
/* Where a block ends: before comments at its own indentation, which are feet of what is around. Moves *at and *line there. */
void bk_yaml_comment_end_block(const bk_yaml_scanner *s, ptrdiff_t *at, uint32_t *line);
/* Hands the parser what belongs to the token. Fails also when a text that was handed over before could not be kept. */
bk_status bk_yaml_comment_give(bk_yaml_scanner *s, const bk_yaml_token *token) BK_MUST;

#endif
