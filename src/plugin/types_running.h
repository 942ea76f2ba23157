/* types_running.h: a call of an Extism plugin under way. Internal to src/plugin. */
#ifndef BK_PLUGIN_TYPES_RUNNING_H
#define BK_PLUGIN_TYPES_RUNNING_H

#include "plugin/extism.h"
#include "plugin/http.h"
#include "plugin/types_inside.h"

typedef struct bk_running {
    const bk_plugin_world *world;
    bk_plugin *plugin;
    bk_plugin_call *call;
    bk_arena arena; /* of the call: what host functions and requests make */
    bk_plugin_http *http;
    bool judged;          /* the last request reached the guard */
    bk_plugin_answer hop; /* the guard's last answer */
    bk_buf told;          /* standard error */
    bk_str *env;
    size_t env_count, env_cap;
    bk_plugin_limits limits; /* in force */
    bk_wasi_tape tape;
} bk_running;

/* types_record.c: what the plugin is told, into the record and out of it. */
/* A request that is only to be allowed. */
bk_status bk_running_allow(bk_running *r, bk_right right, bk_err *err);
/* Variables and limits: in a replay those of the record, *ret_given. Else they are kept, when they are all there. */
bk_status bk_running_recall(bk_running *r, bool *ret_given, bk_err *err);
bk_status bk_running_keep(bk_running *r, bk_err *err);
/* The guest's senses on a tape, where the run is recorded or replayed; else NULL. */
const bk_wasi_tape *bk_running_tape(bk_running *r);
/* An HTTP request, and its answer as bytes. */
bool bk_running_http_request_bytes(const bk_extism_http_request *request, bk_buf *ret);
bool bk_running_http_answer_bytes(const bk_extism_http_response *response, bk_buf *ret);
bk_status bk_running_http_answer_read(bk_str bytes, bk_extism_http_response *response, bk_err *err);

/* types_http.c: http_request of the plugin, `self` is the bk_running: hosts that plugin.yaml requests and the operator granted. */
bk_status bk_running_http(void *self, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err);
/* Closes its connections. */
void bk_running_http_end(bk_running *r);

#endif
