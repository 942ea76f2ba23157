/* call.h: what one call of the engine works with: its request, its inputs, its output.
 *
 * Internal to src/engine. The arena is freed when the call ends; everything a call makes lies in it. */
#ifndef BK_ENGINE_CALL_H
#define BK_ENGINE_CALL_H

#include "base/effects.h"
#include "chart/log.h"
#include "text/gotime.h"
#include "value/map.h"

typedef struct bk_engine_input {
    bk_str name;
    uint64_t size;
    int64_t mtime; /* of a directory's entries: seconds since 1970 */
    bool dir;
    bool broken; /* a link whose end is missing: reading it is an error */
    uint32_t number;
} bk_engine_input;

typedef struct bk_engine_call_state {
    bk_effects *effects;
    bk_arena *arena;
    bk_err *err;
    bk_map *options; /* never NULL */
    bk_value values; /* the operator's; a map */
    bk_engine_input *inputs;
    size_t input_count, input_cap;
} bk_call_state;

/* Reads the request's sections. */
bk_status bk_call_open(bk_call_state *call, bk_str request);

/* The bytes of an input. They live as long as the call. */
bk_status bk_call_input(bk_call_state *call, uint32_t number, bk_str *ret);
/* The same for a path of the operator's (--set-file). */
bk_status bk_call_input_path(bk_call_state *call, bk_str path, bk_str *ret);
/* The entries of a directory input, sorted by name. */
bk_status bk_call_input_list(bk_call_state *call, uint32_t number, bk_engine_input **ret, size_t *ret_count);

/* Asks for an effect whose argument and answer are one text each, in the name of one chart (subjects.h). */
bk_status bk_call_effect_text(bk_call_state *call, uint32_t chart, bk_effect op, const char *key, bk_str what, bk_str *ret);
/* The operator's own time zone, by the effect clock, which a run may ask for once; NULL is UTC. */
bk_status bk_call_local_zone(bk_call_state *call, const bk_zone **ret);

/* Output sections. */
bk_status bk_call_log(bk_call_state *call, const char *level, bk_str text);
/* A log whose lines go out as they come; one that cannot be sent is no reason to fail. */
bk_log bk_call_log_of(bk_call_state *call);
/* Helm's warning for a schema's reference to an urn: that names nothing. */
void bk_call_log_urn(bk_call_state *call, const bk_log *log, bk_str urn);
bk_status bk_call_emit_value(bk_call_state *call, bk_tag tag, bk_value v);
bk_status bk_call_emit_bytes(bk_call_state *call, bk_tag tag, bk_str bytes);

#endif
