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
} bk_running;

/* types_http.c: http_request of the plugin, `self` is the bk_running: hosts that plugin.yaml requests and the operator granted. */
bk_status bk_running_http(void *self, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err);
/* Closes its connections. */
void bk_running_http_end(bk_running *r);

#endif
