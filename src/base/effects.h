/* effects.h: the engine's only way out, as the engine sees it.
 *
 * In the compartment src/guest fills this table with the module's imports; natively a test or the yardstick does. The engine never
 * touches the world in any other way. */
#ifndef BK_BASE_EFFECTS_H
#define BK_BASE_EFFECTS_H

#include "base/arena.h"
#include "base/boundary.h"

typedef struct bk_effects {
    void *self;
    /* Sends the request (a frame), waits, and puts the payload of the answer into the arena. A refusal (BK_ERR_DENIED) or a failure fills err
     * with the host's text. */
    bk_status (*ask)(void *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err);
    /* Appends sections to the output of the call. */
    bk_status (*emit)(void *self, bk_str sections, bk_err *err);
} bk_effects;

#endif
