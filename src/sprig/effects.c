#include "sprig/effects.h"

#include "value/codec.h"
#include "value/map.h"

bk_status bk_fx_ask(bk_call *call, bk_effect op, const bk_fx_arg *args, size_t count, bk_value *ret) {
    bk_map *map = bk_map_new(call->arena, count);
    if (!map) return bk_call_nomem(call);
    for (size_t i = 0; i < count; i++)
        if (!bk_map_set(map, bk_str_c(args[i].key), args[i].value)) return bk_call_nomem(call);
    bk_str answer;
    BK_TRY(bk_call_effect(call, op, bk_map_value(map), &answer));
    return bk_codec_decode(call->arena, answer, ret, call->err);
}
