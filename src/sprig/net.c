/* net.c: names of hosts and objects of the cluster: both are the host's to answer. */
#include "sprig/effects.h"
#include "sprig/fn.h"

BK_FN(getHostByName) {
    if (!bk_sprig_env_of(call)->dns) return fn_ret_str(ret, BK_S(""));
    bk_fx_arg ask[] = {{"host", args[0]}};
    bk_value found;
    BK_TRY(bk_fx_ask(call, BK_FX_DNS, ask, BK_COUNT(ask), &found));
    if (found.kind != BK_LIST) return bk_err_internal(call->err, "the answer of a name look-up is not a list");
    if (found.len == 0) return bk_call_fail(call, "invalid argument to Intn");
    size_t at = 0;
    if (found.len > 1) {
        bk_random *random;
        BK_TRY(bk_random_of(call, &random));
        at = (size_t)bk_random_below(random, found.len);
    }
    *ret = found.items[at];
    return bk_is_string(*ret) ? BK_OK : bk_err_internal(call->err, "an address is not a string");
}

BK_FN(lookup) {
    const bk_sprig_env *env = bk_sprig_env_of(call);
    if (env->lint || !env->cluster) {
        bk_map *empty = bk_map_new(call->arena, 0);
        if (!empty) return bk_call_nomem(call);
        *ret = bk_map_value(empty);
        return BK_OK;
    }
    bk_fx_arg ask[] = {{"apiVersion", args[0]}, {"kind", args[1]}, {"namespace", args[2]}, {"name", args[3]}};
    BK_TRY(bk_fx_ask(call, BK_FX_LOOKUP, ask, BK_COUNT(ask), ret));
    return ret->kind == BK_MAP ? BK_OK : bk_err_internal(call->err, "the answer of a look-up is not a map");
}
