/* engine.h: the engine's single entry.
 *
 * A call is an operation (bk_call_op) and a request frame (base/boundary.h); what it yields goes out through effects->emit as sections. The engine
 * keeps no state between calls and touches the world only through `effects`. In the compartment src/guest calls this; natively
 * the tests and the yardstick do.
 *
 * The caller emits BK_TAG_ERROR when this fails, and BK_TAG_DONE in any case. */
#ifndef BK_ENGINE_ENGINE_H
#define BK_ENGINE_ENGINE_H

#include "base/effects.h"

bk_status bk_engine_call(bk_effects *effects, uint32_t op, bk_str request, bk_err *err);

#endif
