#include "sprig/sprig.h"

#include "sprig/fn.h"

const bk_func bk_sprig_funcs[] = {
#define BK_SPRIG(name, signature, id) {name, signature, bk_sprig_##id},
#include "sprig/table.def"
#undef BK_SPRIG
};

const size_t bk_sprig_func_count = BK_COUNT(bk_sprig_funcs);
