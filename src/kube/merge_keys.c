#include "kube/merge_keys.h"

enum { MERGE = 1, RETAIN = 2, REPLACE = 4 };

static const bk_merge_field fields[] = {
#define BK_MERGE_FIELD(of, field, strategy, merge_key, holds) \
    {.name = (field), \
     .key = (merge_key), \
     .owner = (of), \
     .type = (holds), \
     .merge = ((strategy) & MERGE) != 0, \
     .retain = ((strategy) & RETAIN) != 0, \
     .replace = ((strategy) & REPLACE) != 0},
#include "kube/merge_keys.def"
#undef BK_MERGE_FIELD
};

static const struct {
    const char *version, *kind;
    uint16_t type;
} kinds[] = {
#define BK_MERGE_KIND(api_version, name, number) {(api_version), (name), (number)},
#include "kube/merge_keys.def"
#undef BK_MERGE_KIND
};

/* Fields stand in the order of their types. */
const bk_merge_field *bk_merge_field_find(unsigned type, bk_str name) {
    size_t low = 0, high = BK_COUNT(fields);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fields[middle].owner < type) low = middle + 1;
        else high = middle;
    }
    for (; type && low < BK_COUNT(fields) && fields[low].owner == type; low++)
        if (bk_str_eq(name, bk_str_c(fields[low].name))) return &fields[low];
    return NULL;
}

static bool is_version(const char *both, bk_str group, bk_str version) {
    bk_str s = bk_str_c(both);
    if (!group.n) return bk_str_eq(s, version);
    return s.n == group.n + 1 + version.n && bk_str_starts(s, group) && s.p[group.n] == '/' && bk_str_ends(s, version);
}

bool bk_merge_kind_find(bk_str group, bk_str version, bk_str kind, unsigned *ret_type) {
    for (size_t i = 0; i < BK_COUNT(kinds); i++) {
        if (!bk_str_eq(kind, bk_str_c(kinds[i].kind)) || !is_version(kinds[i].version, group, version)) continue;
        *ret_type = kinds[i].type;
        return true;
    }
    return false;
}
