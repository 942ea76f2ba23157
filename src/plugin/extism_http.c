/* http_request: reads what the plugin asks for, hands it to the caller's callback, keeps the answer. */
#include <stdlib.h>

#include "data/json.h"
#include "plugin/extism_state.h"
#include "value/map.h"

#define HEADERS_MAX 1000u
#define REQUEST_ARENA ((size_t)64 << 20)

struct bk_extism_http_header {
    struct bk_extism_http_header *next;
    bk_str name, value;
};

static bool lower(bk_arena *arena, bk_str s, bk_str *ret) {
    if (!bk_arena_dup(arena, s, ret)) return false;
    char *p = (char *)(uintptr_t)ret->p;
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
    return true;
}

bool bk_extism_http_header_add(bk_extism_http_response *response, bk_str name, bk_str value) {
    bk_str key, copy;
    if (!lower(response->arena, name, &key)) return false;
    for (struct bk_extism_http_header *h = response->headers; h; h = h->next) {
        if (!bk_str_eq(h->name, key)) continue;
        return bk_arena_printf(response->arena, &h->value, "%.*s,%.*s", BK_FMT(h->value), BK_FMT(value));
    }
    struct bk_extism_http_header *h = BK_NEW(response->arena, struct bk_extism_http_header);
    if (!h || !bk_arena_dup(response->arena, value, &copy)) return false;
    *h = (struct bk_extism_http_header){response->headers, key, copy};
    response->headers = h;
    return true;
}

bool bk_extism_http_header_at(const bk_extism_http_response *response, size_t i, bk_str *ret_name, bk_str *ret_value) {
    const struct bk_extism_http_header *h = response->headers;
    while (h && i--) h = h->next;
    if (!h) return false;
    *ret_name = h->name;
    *ret_value = h->value;
    return true;
}

/* ---- the request ---- */

static bk_status text_of(bk_value v, const char *what, bk_str *ret, bk_err *err) {
    if (bk_is_nil(v)) return BK_OK;
    if (!bk_is_string(v)) return bk_err_set(err, BK_ERR, "invalid http request: %s is no string", what);
    bk_str s = bk_value_str(v);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == 0 || s.p[i] == '\r' || s.p[i] == '\n')
            return bk_err_set(err, BK_ERR, "invalid http request: a line break or NUL in %s", what);
    *ret = s;
    return BK_OK;
}

static bk_status headers_of(bk_arena *arena, bk_value v, bk_extism_http_request *request, bk_err *err) {
    if (bk_is_nil(v)) return BK_OK;
    if (v.kind != BK_MAP) return bk_err_set(err, BK_ERR, "invalid http request: headers is no object");
    size_t n = bk_map_len(v.map);
    if (n > HEADERS_MAX) return bk_err_limit(err, "headers of an http request", HEADERS_MAX);
    bk_extism_pair *list = BK_NEW_ARRAY(arena, bk_extism_pair, n + 1);
    if (!list) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        BK_TRY(text_of(bk_string(e->key), "a header's name", &list[i].key, err));
        BK_TRY(text_of(e->value, "a header's value", &list[i].value, err));
    }
    request->headers = list;
    request->header_count = n;
    return BK_OK;
}

static bk_status method_of(bk_arena *arena, bk_value v, bk_extism_http_request *request, bk_err *err) {
    bk_str s = BK_S("");
    BK_TRY(text_of(v, "method", &s, err));
    if (!s.n) return BK_OK;
    if (s.n > 32 || !bk_arena_dup(arena, s, &s)) return bk_err_set(err, BK_ERR, "invalid http request: no such method");
    char *p = (char *)(uintptr_t)s.p;
    for (size_t i = 0; i < s.n; i++) {
        if (p[i] >= 'a' && p[i] <= 'z') p[i] = (char)(p[i] - 32);
        if ((p[i] < 'A' || p[i] > 'Z') && p[i] != '-' && p[i] != '_')
            return bk_err_set(err, BK_ERR, "invalid http request: no such method");
    }
    request->method = s;
    return BK_OK;
}

/* Go's decoder matches keys without regard to case. */
static bk_status parse(bk_arena *arena, bk_str json, bk_extism_http_request *request, bk_err *err) {
    bk_value v = bk_nil();
    request->method = BK_S("GET");
    request->url = BK_S("");
    if (bk_json_decode(arena, json, 0, BK_T_MAP, &v, err) != BK_OK) return bk_err_wrap(err, "invalid http request");
    for (size_t i = 0; v.kind == BK_MAP && i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        if (bk_str_eq_fold(e->key, BK_S("url"))) BK_TRY(text_of(e->value, "url", &request->url, err));
        if (bk_str_eq_fold(e->key, BK_S("method"))) BK_TRY(method_of(arena, e->value, request, err));
        if (bk_str_eq_fold(e->key, BK_S("headers"))) BK_TRY(headers_of(arena, e->value, request, err));
    }
    return BK_OK;
}

/* ---- the answer ---- */

static bk_status keep(bk_extism_call_ *call, bk_arena *arena, const bk_extism_http_response *response, bk_err *err) {
    bk_map *map = bk_map_new(arena, 16);
    if (!map) return bk_arena_fail(arena, err);
    for (const struct bk_extism_http_header *h = response->headers; h; h = h->next)
        if (!bk_map_set(map, h->name, bk_string(h->value))) return bk_arena_fail(arena, err);
    BK_TRY(bk_json_encode(&call->http_headers, arena, bk_map_value(map), BK_JSON_HTML, err));
    BK_TRY(bk_buf_check(&call->http_headers, err));
    call->http_status = response->status;
    return BK_OK;
}

static bk_status perform(bk_extism_call_ *call, bk_foreign_run *run, bk_arena *arena, bk_extism_http_request *request,
                         bk_extism_http_response *response, bk_err *err) {
    if (!call->options->http) return bk_err_set(err, BK_ERR_DENIED, "HTTP request to '%.*s' is not allowed", BK_FMT(request->url));
    if (++call->http_count > call->limits.http_count)
        return bk_err_limit(err, "HTTP requests of one call", (size_t)call->limits.http_count);
    request->max_bytes = call->limits.http_bytes;
    request->timeout_ms = bk_foreign_time_left(run, true);
    response->arena = arena;
    bk_buf_init(&response->body, NULL, request->max_bytes ? (size_t)request->max_bytes : 1);
    bk_foreign_wait_begin(run, false);
    bk_status status = call->options->http(call->options->http_self, request, response, err);
    bk_foreign_wait_end(run);
    if (status != BK_OK) return status;
    if (response->body.n > request->max_bytes || !bk_buf_ok(&response->body))
        return bk_err_set(err, BK_ERR_LIMIT, "http: request body too large (limit: %llu bytes, see maxHttpResponseBytes)",
                          (unsigned long long)request->max_bytes);
    return keep(call, arena, response, err);
}

bool bk_extism_http_request_import(bk_foreign_run *run, void *self, uint64_t *args) {
    bk_extism_call_ *call = self;
    uint64_t request_at = args[0], body_at = args[1];
    bk_str json, body = BK_S("");
    call->http_status = 0;
    bk_buf_reset(&call->http_headers);
    if (!bk_extism_text(call, run, request_at, "http request", &json)) return false;
    bool inside;
    if (body_at && !bk_kernel_view(&call->kernel, body_at, &body, &inside) && !inside)
        return bk_foreign_stop(run, "failed to read response body from memory");
    bk_arena arena;
    bk_arena_init(&arena, REQUEST_ARENA);
    bk_err err = BK_ERR_INIT;
    bk_extism_http_request request = {.body = body, .has_body = body_at != 0};
    bk_extism_http_response response = {0};
    bk_status status = parse(&arena, json, &request, &err);
    if (status == BK_OK) status = perform(call, run, &arena, &request, &response, &err);
    bk_kernel_free(&call->kernel, request_at);
    if (body_at) bk_kernel_free(&call->kernel, body_at);
    bool good = status == BK_OK || bk_foreign_stop_err(run, &err);
    if (good) good = bk_extism_give(call, run, bk_buf_view(&response.body), "response body", args);
    bk_buf_release(&response.body);
    bk_arena_release(&arena);
    return good;
}
