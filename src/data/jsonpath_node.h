/* jsonpath_node.h: what a JSONPath template is parsed to. Internal to jsonpath*.c. */
#ifndef BK_DATA_JSONPATH_NODE_H
#define BK_DATA_JSONPATH_NODE_H

#include "data/jsonpath.h"

typedef enum bk_jsonpath_kind {
    BK_JP_TEXT,
    BK_JP_LIST, /* an action: its nodes one after the other */
    BK_JP_FIELD,
    BK_JP_WORD,  /* range, end, and what is neither */
    BK_JP_SLICE, /* [from:to:step] */
    BK_JP_FILTER,
    BK_JP_NUMBER, /* or a truth: a constant */
    BK_JP_ALL,    /* .* */
    BK_JP_DEEP,   /* .. */
    BK_JP_UNION,
} bk_jsonpath_kind;

typedef struct bk_jsonpath_node bk_jsonpath_node;

struct bk_jsonpath_list {
    bk_jsonpath_node *p;
    size_t n, cap;
};

typedef struct bk_jsonpath_bound {
    int64_t at;
    bool known, derived; /* derived: the end that a lone index implies */
} bk_jsonpath_bound;

struct bk_jsonpath_node {
    bk_jsonpath_kind kind;
    bk_str text;                /* TEXT, FIELD, WORD; FILTER: the operator, empty for "exists" */
    bk_value constant;          /* NUMBER */
    bk_jsonpath_bound bound[3]; /* SLICE: from, to, step */
    bk_jsonpath_list *lists;    /* LIST: one; FILTER: left and right; UNION: any number */
    size_t list_count;
};

#endif
