#include "plugin/http.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/net.h"

struct bk_plugin_http {
    bk_plugin_http_options options;
    bk_net *net;
    /* Of the hop under way. */
    bool named;
    char refusal[160]; /* why its address was refused */
};

/* ---- addresses ---- */

static bool peer_suits(void *self, const bk_net_peer *peer, const char **ret_rule) {
    bk_plugin_http *s = self;
    char ip[BK_NET_IP_TEXT];
    const char *why = bk_net_zone_refusal(peer->zone, peer->host, s->named);
    if (!why) return true;
    bk_net_ip_format(&peer->ip, ip);
    snprintf(s->refusal, sizeof s->refusal, "it leads to the %s address %s, %s", bk_net_zone_name(peer->zone), ip, why);
    *ret_rule = s->refusal;
    return false;
}

/* ---- hops ---- */

static bk_status not_allowed(bk_str url, const char *why, bk_err *err) {
    return bk_err_set(err, BK_ERR_DENIED, "HTTP request to '%.*s' is not allowed: %s", BK_FMT(url), why);
}

static bk_status judge_hop(void *self, const bk_net_hop *hop, bk_err *err) {
    bk_plugin_http *s = self;
    bk_plugin_http_hop h = {.url = hop->to->text, .host = hop->to->host, .port = hop->to->port, .number = hop->number};
    bool listed = false, granted = false;
    s->named = false;
    s->refusal[0] = 0;
    h.requested = bk_plugin_hosts_match(s->options.hosts, s->options.host_count, h.host, &listed);
    if (s->options.judge) BK_TRY(s->options.judge(s->options.self, &h, &granted, err));
    if (!h.requested) return not_allowed(hop->to->shown, "allowedHosts does not list its host", err);
    s->named = listed && granted;
    return BK_OK;
}

/* ---- a session ---- */

bk_status bk_plugin_http_new(const bk_plugin_http_options *options, bk_plugin_http **ret, bk_err *err) {
    BK_TRY(bk_plugin_hosts_check(options->hosts, options->host_count, err));
    bk_plugin_http *s = calloc(1, sizeof *s);
    if (!s) return bk_err_nomem(err);
    s->options = *options;
    const bk_net_options net = {.proxy = BK_NET_PROXY_OFF, .peer = peer_suits, .self = s};
    bk_status status = bk_net_new(&net, &s->net, err);
    if (status == BK_OK) *ret = s;
    else free(s);
    return status;
}

void bk_plugin_http_free(bk_plugin_http *session) {
    if (!session) return;
    bk_net_free(session->net);
    free(session);
}

/* ---- requests ---- */

/* What frames a message is ours. */
static bool is_framing(bk_str name) {
    static const char *const names[] = {"host",    "content-length", "transfer-encoding", "trailer", "connection", "keep-alive", "te",
                                        "upgrade", "expect",         "http2-settings"};
    for (size_t i = 0; i < BK_COUNT(names); i++)
        if (bk_str_eq_fold(name, bk_str_c(names[i]))) return true;
    return name.n > 6 && bk_str_eq_fold(bk_str_sub(name, 0, 6), BK_S("proxy-"));
}

static bk_status read_headers(bk_arena *arena, bk_value v, bk_net_request *to, bk_err *err) {
    if (bk_is_nil(v)) return BK_OK;
    if (v.kind != BK_MAP) return bk_err_set(err, BK_ERR, "the headers of an HTTP request are no map");
    size_t n = bk_map_len(v.map);
    if (n > BK_PLUGIN_HTTP_HEADERS) return bk_err_limit(err, "headers of a request", BK_PLUGIN_HTTP_HEADERS);
    bk_net_header *list = BK_NEW_ARRAY(arena, bk_net_header, n + 1);
    if (!list) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        if (!bk_is_string(e->value)) return bk_err_set(err, BK_ERR, "header \"%.*s\" of an HTTP request is no text", BK_FMT(e->key));
        if (!is_framing(e->key)) list[to->header_count++] = (bk_net_header){.name = e->key, .value = bk_value_str(e->value)};
    }
    to->headers = list;
    return BK_OK;
}

static bk_status read_method(bk_arena *arena, bk_str method, bk_str *ret, bk_err *err) {
    char *p = bk_arena_alloc(arena, method.n + 1);
    if (!p) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < method.n; i++) p[i] = method.p[i] >= 'a' && method.p[i] <= 'z' ? (char)(method.p[i] - 32) : method.p[i];
    p[method.n] = 0;
    *ret = method.n ? bk_str_of(p, method.n) : BK_S("GET");
    /* Methods that are not about a resource: a tunnel, and an echo of what proxies added. */
    if (bk_str_eq(*ret, BK_S("CONNECT")) || bk_str_eq(*ret, BK_S("TRACE")))
        return bk_err_set(err, BK_ERR_DENIED, "HTTP method %.*s is not allowed", BK_FMT(*ret));
    return BK_OK;
}

static bk_status read_answer(bk_arena *arena, const bk_net_answer *from, bk_plugin_http_answer *ret, bk_err *err) {
    bk_map *heads = bk_map_new(arena, from->header_count);
    if (!heads) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < from->header_count; i++) {
        bk_str name, value;
        bk_value *old = bk_map_get(heads, from->headers[i].name);
        bool ok = bk_arena_dup(arena, from->headers[i].name, &name);
        if (ok && old) ok = bk_arena_printf(arena, &value, "%.*s,%.*s", BK_FMT(bk_value_str(*old)), BK_FMT(from->headers[i].value));
        else if (ok) ok = bk_arena_dup(arena, from->headers[i].value, &value);
        if (!ok || !bk_map_set(heads, name, bk_string(value))) return bk_arena_fail(arena, err);
    }
    ret->status = from->status;
    ret->headers = bk_map_value(heads);
    return bk_arena_dup(arena, from->body, &ret->body) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status too_large(bk_err *err) {
    bk_err_release(err);
    return bk_err_set(err, BK_ERR_LIMIT, "http: request body too large");
}

static bk_status finish(bk_plugin_http *s, bk_net_call *call, bk_arena *arena, const bk_plugin_http_request *request,
                        bk_plugin_http_answer *ret, bk_err *err) {
    bk_net_answer answer;
    bk_status status = bk_net_call_result(call, &answer, err);
    bk_net_fault fault = bk_net_call_fault(call);
    if (fault == BK_NET_FAULT_LIMIT) return too_large(err);
    if (fault == BK_NET_FAULT_DENIED && s->refusal[0]) {
        bk_err_release(err);
        return not_allowed(answer.url, s->refusal, err);
    }
    if (status != BK_OK) return status;
    if (answer.body.n > request->cap) return too_large(err);
    bk_plugin_http_answer found = {0};
    BK_TRY(read_answer(arena, &answer, &found, err));
    *ret = found;
    return BK_OK;
}

bk_status bk_plugin_http_do(bk_plugin_http *session, bk_arena *arena, const bk_plugin_http_request *request, bk_plugin_http_answer *ret,
                            bk_err *err) {
    size_t cap = request->cap < BK_PLUGIN_HTTP_BODY ? request->cap : BK_PLUGIN_HTTP_BODY;
    bk_net_request r = {.url = request->url,
                        .body = request->body,
                        .has_body = request->body.n > 0,
                        .cap = cap ? cap : 1,
                        .total_ms = request->time_ms,
                        .idle_ms = BK_NET_FOREVER,
                        .redirects = BK_PLUGIN_HTTP_REDIRECTS,
                        .hop = judge_hop,
                        .self = session};
    bk_net_call *call;
    if (request->time_ms == 0)
        return bk_err_set(err, BK_ERR_TIMEOUT, "HTTP request to '%.*s': context deadline exceeded", BK_FMT(request->url));
    if (request->body.n > BK_PLUGIN_HTTP_REQUEST) return bk_err_limit(err, "bytes of an HTTP request", BK_PLUGIN_HTTP_REQUEST);
    BK_TRY(read_method(arena, request->method, &r.method, err));
    BK_TRY(read_headers(arena, request->headers, &r, err));
    BK_TRY(bk_net_start(session->net, &r, &call, err));
    bk_status status = BK_OK;
    while (status == BK_OK && !bk_net_call_done(call)) status = bk_net_pump(session->net, 60000, err);
    if (status == BK_OK) status = finish(session, call, arena, request, ret, err);
    bk_net_call_free(call);
    return status;
}
