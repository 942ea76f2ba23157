/* env.h: what template functions keep and know of the call that they serve.
 *
 * The engine owns one of these for each render, as the FIRST member of the struct that bk_call.env points to. The first group of fields is its
 * choice; the rest belongs to the functions and starts zeroed. Whatever was asked of the host once (seed, clock, zones) is kept here, so
 * that a render sees one seed and one time.
 *
 *     struct engine { bk_sprig_env sprig; … };
 *     call.env = &engine;            // bk_sprig_env_of(&call) == &engine.sprig
 *     …
 *     bk_sprig_env_release(&engine.sprig); */
#ifndef BK_SPRIG_ENV_H
#define BK_SPRIG_ENV_H

#include "sprig/random.h"
#include "sprig/remember.h"
#include "text/gotime.h"
#include "text/regex.h"
#include "tmpl/func.h"

typedef struct bk_sprig_env {
    bool lint;    /* lint mode: required and fail do not fail, lookup finds nothing */
    bool dns;     /* getHostByName asks; without it the answer is "" */
    bool cluster; /* lookup asks; without it the answer is an empty map */
    /* Takes a line of the log: level "INFO" or "WARN", text as Helm's log has it (msg="…" message=…). NULL: nobody listens. */
    bk_status (*log)(bk_call *call, const char *level, bk_str text);

    bk_map *environment; /* what env and expandenv of plain.h know; NULL: nothing */

    bk_random random;
    bool have_clock;
    bk_time now;   /* the render's time, in the operator's zone */
    bk_map *zones; /* name -> object whose data is the zone; nil for names that do not exist */
    bk_regex_cache regex;
    bk_memory memory;
} bk_sprig_env;

/* required and fail put their text between these marks, as Helm does; whoever words the error for the user takes out what stands
 * around them. */
#define BK_WARN_START "HELM_ERR_START"
#define BK_WARN_END "HELM_ERR_END"

static inline bk_sprig_env *bk_sprig_env_of(const bk_call *call) { return call->env; }
/* Frees what does not lie in the arena. Harmless on a zeroed one. */
void bk_sprig_env_release(bk_sprig_env *env);

#endif
