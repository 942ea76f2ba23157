/* rights.h: effects as policies know them: the compartments' (base/effects.def), with lookup told apart by what it asks for, and those that only
 * plugins or finished manifests have. rights.def is the table. */
#ifndef BK_GUARD_RIGHTS_H
#define BK_GUARD_RIGHTS_H

#include "guard/guard.h"

typedef enum bk_right {
#define BK_RIGHT(id, name, who, separator, by_default, helm, quota, words) BK_RIGHT_##id,
#include "guard/rights.def"
#undef BK_RIGHT
    BK_RIGHT_COUNT
} bk_right;

/* What a profile says of a right where no rule speaks. */
typedef enum bk_stance {
    BK_STANCE_ALLOW,
    BK_STANCE_DENY,
    BK_STANCE_NAMED, /* allowed until a rule allows one by name */
} bk_stance;

typedef struct bk_right_info {
    const char *name;
    bool charts, plugins; /* who can ask for it */
    char separator;       /* "*" in a pattern does not cross it */
    bk_stance by_default, helm;
    uint32_t quota; /* requests in one call of a plugin */
    const char *words;
} bk_right_info;

const bk_right_info *bk_right_get(bk_right right);
/* False when there is none of that name. */
bool bk_right_find(bk_str name, bk_right *ret);
/* Whether it is asked for without a target, so that a grant without a pattern grants no more than was asked for. */
bool bk_right_is_bare(bk_right right);
/* The right that a request of a compartment is for. */
bk_right bk_right_of(const bk_ask *ask);

#endif
