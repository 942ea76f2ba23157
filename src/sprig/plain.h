/* plain.h: Sprig as a program has it that adds nothing and takes nothing away.
 *
 * Helm makes release names of --name-template with it: without Helm's own functions (toYaml, required, lookup …), with env and expandenv, with the
 * bare text of fail, and with Sprig's fromJson, which takes any JSON. The environment is what the call brings: bk_sprig_env.environment. */
#ifndef BK_SPRIG_PLAIN_H
#define BK_SPRIG_PLAIN_H

#include "tmpl/func.h"

/* The table, sorted by name, in the arena. */
bk_status bk_sprig_plain_funcs(bk_arena *arena, const bk_func **ret, size_t *ret_count, bk_err *err);

#endif
