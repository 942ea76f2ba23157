/* ask.h: a question to the engine about some bytes, in a compartment that holds nothing else.
 *
 * For what comes with a plugin, from a repository or a registry, and for the operator's own files in an instance of their own. There is no guard, because there is nothing
 * to guard: the inputs are the only effect that is served, everything else is refused. */
#ifndef BK_SANDBOX_ASK_H
#define BK_SANDBOX_ASK_H

#include "base/boundary.h"
#include "sandbox/cache.h"
#include "sandbox/call.h"
#include "value/map.h"

typedef struct bk_sandbox_question {
    bk_call_op op;
    bk_map *options;      /* NULL: none */
    const bk_str *inputs; /* bytes, by number */
    size_t input_count;
    bk_sandbox_limits limits; /* `who` is set */
    /* NULL, or where answers are kept: a result without bytes and logs, under the engine's digest, what is asked, and the very inputs. Such an answer is as good as the
     * compartment's own, which is to say that nobody need believe it. */
    const bk_sandbox_cache *cache;
} bk_sandbox_question;

typedef struct bk_sandbox_answer {
    bk_value result; /* nil where `has_result` is false */
    bool has_result;
    bk_str bytes;  /* of its BYTES section; .p NULL: none */
    bk_value logs; /* a list of {level, text} */
} bk_sandbox_answer;

/* What the answer holds lies in the arena. An error that the engine reports is this function's. */
bk_status bk_sandbox_ask(bk_arena *arena, const bk_sandbox_question *question, bk_sandbox_answer *ret, bk_err *err);

#endif
