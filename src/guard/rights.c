#include "guard/rights.h"

#include "guard/handlers.h"

enum { CHARTS = 1, PLUGINS = 2, BOTH = CHARTS | PLUGINS };

static const bk_right_info rights[BK_RIGHT_COUNT] = {
#define BK_RIGHT(id, name, who, separator, by_default, helm, quota, words) \
    [BK_RIGHT_## \
        id] = {name, ((who) & CHARTS) != 0, ((who) & PLUGINS) != 0, separator, BK_STANCE_##by_default, BK_STANCE_##helm, quota, words},
#include "guard/rights.def"
#undef BK_RIGHT
};

const bk_right_info *bk_right_get(bk_right right) { return &rights[right]; }

bool bk_right_find(bk_str name, bk_right *ret) {
    for (size_t i = 0; i < BK_RIGHT_COUNT; i++) {
        if (!bk_str_eq(name, bk_str_c(rights[i].name))) continue;
        *ret = (bk_right)i;
        return true;
    }
    return false;
}

bool bk_right_is_bare(bk_right right) {
    return right == BK_RIGHT_SEED || right == BK_RIGHT_CLOCK || right == BK_RIGHT_BCRYPT || right == BK_RIGHT_TEMPDIR ||
           right == BK_RIGHT_EXEC;
}

bk_right bk_right_of(const bk_ask *ask) {
    bk_str name;
    switch (ask->op) {
    case BK_FX_SEED: return BK_RIGHT_SEED;
    case BK_FX_CLOCK: return BK_RIGHT_CLOCK;
    case BK_FX_ZONEINFO: return BK_RIGHT_ZONEINFO;
    case BK_FX_KEYGEN: return BK_RIGHT_KEYGEN;
    case BK_FX_CIPHER: return BK_RIGHT_CIPHER;
    case BK_FX_BCRYPT: return BK_RIGHT_BCRYPT;
    case BK_FX_DNS: return BK_RIGHT_DNS;
    case BK_FX_SCHEMA_REF: return BK_RIGHT_SCHEMA_REF;
    case BK_FX_LOOKUP: return bk_arg_text(ask, "name", &name) && name.n ? BK_RIGHT_LOOKUP : BK_RIGHT_LOOKUP_LIST;
    case BK_FX_INPUT:
    case BK_FX_CHARTS:
    case BK_EFFECT_COUNT: break;
    }
    return BK_RIGHT_LOOKUP_LIST; /* not asked for; the strictest of the list */
}
