/* request.h: a request to the engine under construction, and sending it. Internal to src/action. */
#ifndef BK_ACTION_REQUEST_H
#define BK_ACTION_REQUEST_H

#include "action/render.h"
#include "base/boundary.h"

typedef struct bk_request {
    bk_arena *arena;
    bk_map *options;
    bk_inputs inputs;
    bk_value values; /* nil: none */
    bool failed;     /* an option could not be added: told when it is sent */
} bk_request;

bk_status bk_request_open(bk_request *r, bk_arena *arena, bk_err *err);
/* Options. */
void bk_request_put(bk_request *r, const char *key, bk_value v);
void bk_request_put_list(bk_request *r, const char *key, const bk_str *items, size_t count);
/* Runs the request; *ret_output lies in the arena. An error of the engine's own is this function's, and the output is then still good. */
bk_status bk_request_send(bk_request *r, bk_call_op op, bk_guard *guard, const bk_sandbox_limits *limits, bk_str *ret_output, bk_err *err);

/* All options of a render but the chart, which is the first input. */
void bk_request_put_render(bk_request *r, const bk_render_options *o);
/* Runs a request of a render's, adds its output to *ret, and closes the inputs. */
bk_status bk_request_render(bk_request *r, bk_call_op op, const bk_render_options *o, bk_rendered *ret, bk_value *ret_result, bk_err *err);

#endif
