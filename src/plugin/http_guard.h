/* http_guard.h: http_request with the guard in front: what bk_extism_options.http is set to.
 *
 *     bk_plugin_http_guarded http = {.call = call, .hosts = …, .host_count = …};
 *     options.http = bk_plugin_http_guarded_do;
 *     options.http_self = &http;
 *     … bk_extism_call …
 *     bk_plugin_http_guarded_release(&http);      before bk_guard_plugin_end
 *
 * Each hop of each request is a request to the guard for the right `http` with the host as its target, and has a decision and an outcome in the ledger. */
#ifndef BK_PLUGIN_HTTP_GUARD_H
#define BK_PLUGIN_HTTP_GUARD_H

#include "guard/plugin.h"
#include "plugin/extism.h"
#include "plugin/http.h"

typedef struct bk_plugin_http_guarded {
    bk_plugin_call *call;
    const bk_str *hosts; /* allowedHosts; checked when the plugin was loaded */
    size_t host_count;
    /* inside */
    bk_plugin_http *session;
    bk_plugin_answer answer; /* of the hop under way */
    bool asked;
} bk_plugin_http_guarded;

/* A bk_extism_http_fn. */
bk_status bk_plugin_http_guarded_do(void *guarded, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err);
void bk_plugin_http_guarded_release(bk_plugin_http_guarded *guarded);

#endif
