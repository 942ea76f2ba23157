/* sprig.h: the table of template functions.
 *
 * All of Sprig 3.3.0 that Helm 4 offers, and Helm's own; include and tpl are the engine's, the 19 that come with text/template are in
 * src/tmpl. The functions expect bk_call.env to point to a bk_sprig_env (sprig/env.h). */
#ifndef BK_SPRIG_SPRIG_H
#define BK_SPRIG_SPRIG_H

#include "tmpl/tmpl.h"

/* Sorted by name, as bytes. */
extern const bk_func bk_sprig_funcs[];
extern const size_t bk_sprig_func_count;

/* Gives durations, months and weekdays their methods. */
void bk_sprig_set_methods(bk_tmpl_set *set);

#endif
