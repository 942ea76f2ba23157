/* receive.c: what comes in: headers and bodies, capped as they come. */
#include <stdlib.h>

#include "base/num.h"
#include "net/state.h"

#define REDIRECT_BODY ((size_t)1 << 20)

/* Any return but the length makes curl end the transfer, and it never calls with nothing. */
enum { REFUSE = 0 };

static bool redirect_status(unsigned status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

/* "HTTP/1.1 404 Not Found" */
static bool status_line(bk_net_call *call, bk_str line) {
    bk_str version, rest, code, reason;
    bk_net_answer *a = &call->answer;
    if (!bk_str_cut(line, BK_S(" "), &version, &rest)) return false;
    if (!bk_str_cut(rest, BK_S(" "), &code, &reason)) code = rest, reason = BK_S("");
    if (code.n != 3) return false;
    unsigned status = 0;
    for (size_t i = 0; i < 3; i++) {
        if (code.p[i] < '0' || code.p[i] > '9') return false;
        status = status * 10 + (unsigned)(code.p[i] - '0');
    }
    /* What came before was informational, or another hop's. */
    *a = (bk_net_answer){.status = status, .length = -1, .headers = call->heads, .url = call->url.shown, .hops = call->hops};
    a->http2 = bk_str_starts(version, BK_S("HTTP/2"));
    if (!reason.n) reason = bk_str_c(bk_net_status_text(status));
    return bk_arena_dup(&call->arena, reason, &a->reason);
}

static bool add_header(bk_net_call *call, bk_str line) {
    bk_net_answer *a = &call->answer;
    bk_net_header h = {0};
    bk_str name, value;
    if (!bk_str_cut(line, BK_S(":"), &name, &value)) return true; /* curl refuses what matters */
    if (a->header_count == call->head_cap) {
        size_t cap = call->head_cap ? call->head_cap * 2 : 32;
        void *p = bk_arena_grow(&call->arena, call->heads, call->head_cap * sizeof h, cap * sizeof h);
        if (!p) return false;
        call->heads = p;
        call->head_cap = cap;
        a->headers = call->heads;
    }
    char *lower = bk_arena_alloc(&call->arena, name.n + 1);
    if (!lower || !bk_arena_dup(&call->arena, bk_str_trim(value), &h.value)) return false;
    for (size_t i = 0; i < name.n; i++) lower[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
    lower[name.n] = 0;
    h.name = bk_str_of(lower, name.n);
    call->heads[a->header_count++] = h;
    return true;
}

/* Two lengths that differ: who reads on which one can be told different things. */
static bool one_length(const bk_net_answer *a) {
    bk_str first = bk_net_answer_header(a, "content-length");
    for (size_t i = 0; i < a->header_count; i++)
        if (bk_str_eq(a->headers[i].name, BK_S("content-length")) && !bk_str_eq(a->headers[i].value, first)) return false;
    return true;
}

/* All headers of a final answer are here. */
static bool head_done(bk_net_call *call) {
    bk_net_answer *a = &call->answer;
    const bk_net_request *r = &call->request;
    bk_str length = bk_net_answer_header(a, "content-length");
    uint64_t n;
    if (length.n && (bk_parse_uint(length, 10, &n) != BK_NUM_OK || n > INT64_MAX)) {
        bk_net_fail(call, BK_NET_FAULT_PROTOCOL, BK_ERR, BK_NET_MALFORMED "bad Content-Length \"%.*s\"",
                    (int)(length.n < 64 ? length.n : 64), length.p);
        return false;
    }
    if (length.n) a->length = (int64_t)n;
    if (!one_length(a)) {
        bk_net_fail(call, BK_NET_FAULT_PROTOCOL, BK_ERR, BK_NET_MALFORMED "http: message cannot contain multiple Content-Length headers");
        return false;
    }
    call->in_body = true;
    if (!a->http2 && a->length != 0) bk_net_acknowledge(call->net);
    call->redirecting = r->redirects && redirect_status(a->status) && bk_net_answer_header(a, "location").n;
    if (call->redirecting) return true;
    if (a->length > 0 && (uint64_t)a->length > r->cap && !bk_str_eq(r->method, BK_S("HEAD")) && a->status != 304) {
        bk_net_fail(call, BK_NET_FAULT_LIMIT, BK_ERR_LIMIT, "the response has %lld bytes, more than the limit of %zu", (long long)a->length,
                    r->cap);
        return false;
    }
    if (!r->sink || !r->sink->head) return true;
    if (r->sink->head(r->sink->self, a, &call->err) == BK_OK) return true;
    call->fault = BK_NET_FAULT_CALLBACK;
    return false;
}

size_t bk_net_on_header(char *p, size_t one, size_t n, void *self) {
    bk_net_call *call = self;
    bk_str line = bk_str_of(p, n * one);
    size_t all = line.n;
    call->active_at = bk_net_now();
    call->head_bytes += all;
    if (++call->head_count > BK_NET_HEADER_COUNT || call->head_bytes > call->request.head_cap) {
        bk_net_fail(call, BK_NET_FAULT_PROTOCOL, BK_ERR_LIMIT, "the server sends more than %zu bytes or %u lines of headers",
                    call->request.head_cap, BK_NET_HEADER_COUNT);
        return REFUSE;
    }
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r')) line.n--;
    if (call->in_body) return all; /* a trailer */
    bool ok = true;
    if (line.n == 0) ok = call->answer.status < 200 || head_done(call);
    else if (bk_str_starts(line, BK_S("HTTP/"))) ok = status_line(call, line);
    else ok = add_header(call, line);
    if (!ok) bk_net_fail(call, BK_NET_FAULT_PROTOCOL, BK_ERR, BK_NET_MALFORMED "malformed HTTP response");
    return ok ? all : REFUSE;
}

size_t bk_net_on_data(char *p, size_t one, size_t n, void *self) {
    bk_net_call *call = self;
    const bk_net_request *r = &call->request;
    size_t all = n * one, cap = call->redirecting ? REDIRECT_BODY : r->cap;
    if (call->got - call->active_got + all >= r->idle_bytes) {
        call->active_at = bk_net_now();
        call->active_got = call->got + all;
    }
    if (all > cap - call->got) {
        bk_net_fail(call, BK_NET_FAULT_LIMIT, BK_ERR_LIMIT, "the response is larger than the limit of %zu bytes", cap);
        return REFUSE;
    }
    call->got += all;
    if (call->redirecting) return all;
    if (r->sink) {
        if (r->sink->data(r->sink->self, bk_str_of(p, all), &call->err) == BK_OK) return all;
        call->fault = BK_NET_FAULT_CALLBACK;
        return REFUSE;
    }
    bk_buf_bytes(&call->body, p, all);
    if (bk_buf_ok(&call->body)) return all;
    bk_net_fail(call, BK_NET_FAULT_OTHER, BK_ERR_NOMEM, "out of memory");
    return REFUSE;
}
