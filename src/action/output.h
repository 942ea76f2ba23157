/* output.h: the output of an engine call, taken apart. */
#ifndef BK_ACTION_OUTPUT_H
#define BK_ACTION_OUTPUT_H

#include "action/render.h"

/* Fills *ret (log lines, manifests, notes) and *ret_result; either may be NULL when the call has none. An error that the engine reports becomes this
 * function's, with what came before it in *ret. Views into output. */
bk_status bk_output_read(bk_arena *arena, bk_str output, bk_rendered *ret, bk_value *ret_result, bk_err *err);

#endif
