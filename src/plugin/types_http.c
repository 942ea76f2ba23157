/* What a plugin may reach over HTTP: nothing, as long as there is no network in the program. */
#include "plugin/types_running.h"

bk_status bk_running_http(void *self, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err) {
    (void)self;
    (void)response;
    return bk_err_set(err, BK_ERR_DENIED, "HTTP request to '%.*s' is not allowed", BK_FMT(request->url));
}

void bk_running_http_end(bk_running *r) { (void)r; }
