/* engine.h: calls of the engine on bytes that came with a plugin. Internal to src/plugin.
 *
 * One instance a call, with nothing but those bytes in it: no chart, no other plugin, nothing of the operator's. So there is no guard either: the only
 * effect that is served is the input. */
#ifndef BK_PLUGIN_ENGINE_H
#define BK_PLUGIN_ENGINE_H

#include "base/boundary.h"
#include "sandbox/cache.h"
#include "value/map.h"

/* `options` may be NULL; so may `cache`, else the answer is kept there (sandbox/ask.h). *ret is the call's RESULT; strings lie in the arena. An error that the engine
 * reports is this function's. */
bk_status bk_plugin_engine(bk_arena *arena, bk_call_op op, bk_map *options, bk_str input, const bk_sandbox_cache *cache, bk_value *ret,
                           bk_err *err);

#endif
