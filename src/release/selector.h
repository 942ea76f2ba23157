/* selector.h: label selectors: "a=b,c!=d,e in (f,g),!h", as kubectl and `list --selector` take them. */
#ifndef BK_RELEASE_SELECTOR_H
#define BK_RELEASE_SELECTOR_H

#include "value/map.h"

#define BK_SELECTOR_MAX 1000u /* requirements, and values in all of them */

typedef enum bk_selector_op {
    BK_SELECT_IN,     /* =, ==, in */
    BK_SELECT_NOT_IN, /* !=, notin: also where there is no such label */
    BK_SELECT_EXISTS,
    BK_SELECT_ABSENT,
    BK_SELECT_GREATER,
    BK_SELECT_LESS,
} bk_selector_op;

typedef struct bk_requirement {
    bk_str key;
    bk_selector_op op;
    const bk_str *values;
    size_t count;
} bk_requirement;

typedef struct bk_selector {
    bk_requirement *p;
    size_t n;
} bk_selector;

/* Views into `text`. Errors begin as Kubernetes': "unable to parse requirement: …". An empty text selects everything. */
bk_status bk_selector_parse(bk_arena *arena, bk_str text, bk_selector *ret, bk_err *err);
/* `labels` may be NULL. */
bool bk_selector_matches(const bk_selector *selector, bk_map *labels);

#endif
