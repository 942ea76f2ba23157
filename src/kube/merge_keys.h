/* merge_keys.h: which lists of built-in kinds are merged, and by what. Internal to src/kube. */
#ifndef BK_KUBE_MERGE_KEYS_H
#define BK_KUBE_MERGE_KEYS_H

#include "base/str.h"

typedef struct bk_merge_field {
    const char *name, *key;      /* `key`: of a merged list's elements; "" for scalars */
    uint16_t owner, type;        /* the type that has the field; that of what it holds, 0: nothing special */
    bool merge, retain, replace; /* its strategy */
} bk_merge_field;

/* NULL: the field is nothing special. */
const bk_merge_field *bk_merge_field_find(unsigned type, bk_str name);
bool bk_merge_kind_find(bk_str group, bk_str version, bk_str kind, unsigned *ret_type);

#endif
