#include <stdarg.h>
#include <stdlib.h>

#include "net/state.h"

#define SLACK 1024u /* of a body's buffer that is worth giving back */

/* ---- what a caller may ask for ---- */

static bool is_token(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
        if (!ok) return false;
    }
    return s.n > 0;
}

static bool is_field_value(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f) return false;
    return true;
}

static bk_status copy_headers(bk_net_call *call, bk_err *err) {
    bk_net_request *r = &call->request;
    if (r->header_count > BK_NET_HEADER_COUNT) return bk_err_limit(err, "headers of a request", BK_NET_HEADER_COUNT);
    bk_net_header *copy = BK_NEW_ARRAY(&call->arena, bk_net_header, r->header_count + 1);
    if (!copy) return bk_arena_fail(&call->arena, err);
    for (size_t i = 0; i < r->header_count; i++) {
        copy[i] = r->headers[i];
        copy[i].value = bk_str_trim(copy[i].value);
        if (!is_token(copy[i].name)) return bk_err_set(err, BK_ERR, "net/http: invalid header field name \"%.*s\"", BK_FMT(copy[i].name));
        if (!is_field_value(copy[i].value))
            return bk_err_set(err, BK_ERR, "net/http: invalid header field value for \"%.*s\"", BK_FMT(copy[i].name));
        if (!bk_arena_dup(&call->arena, copy[i].name, &copy[i].name) || !bk_arena_dup(&call->arena, copy[i].value, &copy[i].value))
            return bk_arena_fail(&call->arena, err);
    }
    r->headers = copy;
    return BK_OK;
}

static bk_status copy_request(bk_net_call *call, bk_err *err) {
    bk_net_request *r = &call->request;
    bool body = r->has_body || r->source || r->body.n;
    bk_str *const texts[] = {&r->method, &r->user, &r->password, &r->bearer};
    r->has_body = body && !r->source;
    if (!r->method.n) r->method = body ? BK_S("POST") : BK_S("GET");
    if (!is_token(r->method)) return bk_err_set(err, BK_ERR, "net/http: invalid method \"%.*s\"", BK_FMT(r->method));
    if (!is_field_value(r->bearer)) return bk_err_set(err, BK_ERR, "net/http: invalid header field value for \"Authorization\"");
    for (size_t i = 0; i < BK_COUNT(texts); i++)
        if (!bk_arena_dup(&call->arena, *texts[i], texts[i])) return bk_arena_fail(&call->arena, err);
    if (!r->cap) r->cap = BK_NET_BODY;
    if (!r->head_cap) r->head_cap = BK_NET_HEADER_BYTES;
    if (!r->connect_ms) r->connect_ms = BK_NET_CONNECT_MS;
    if (!r->idle_ms) r->idle_ms = BK_NET_IDLE_MS;
    if (!r->total_ms) r->total_ms = BK_NET_TOTAL_MS;
    return copy_headers(call, err);
}

/* ---- the end of a call ---- */

void bk_net_fail(bk_net_call *call, bk_net_fault fault, bk_status status, const char *fmt, ...) {
    if (call->err.code != BK_OK) return;
    va_list args;
    va_start(args, fmt);
    bk_err_setv(&call->err, status, fmt, args);
    va_end(args);
    call->fault = fault;
}

/* Out of the multi handle, with whatever connection it had. */
static void detach(bk_net_call *call) {
    if (call->added) curl_multi_remove_handle(call->net->multi, call->easy);
    call->added = false;
}

void bk_net_finish(bk_net_call *call, bk_net_fault fault) {
    if (call->done) return;
    detach(call);
    call->done = true;
    if (call->err.code == BK_OK) call->fault = fault;
    call->net->active--;
    call->answer.body = bk_buf_view(&call->body);
}

/* ---- hops ---- */

static bk_status launch(bk_net_call *call, bk_err *err) {
    BK_TRY(bk_net_setup(call, err));
    CURLMcode code = curl_multi_add_handle(call->net->multi, call->easy);
    if (code != CURLM_OK) return bk_err_set(err, BK_ERR_INTERNAL, "the HTTP library: %s", curl_multi_strerror(code));
    call->added = true;
    call->active_at = bk_net_now();
    call->active_got = call->got;
    return BK_OK;
}

static bk_status judge(bk_net_call *call, const bk_net_url *to, bk_err *err) {
    const bk_net_request *r = &call->request;
    const bk_net_hop hop = {
        .from = call->hops ? &call->url : NULL, .to = to, .number = call->hops, .status = call->hops ? call->answer.status : 0};
    return r->hop ? r->hop(r->self, &hop, err) : BK_OK;
}

/* The redirect that has just come: sets up the next hop, or says why not. */
static bk_status follow(bk_net_call *call, bk_err *err) {
    bk_net_request *r = &call->request;
    unsigned status = call->answer.status;
    bk_net_url to;
    bk_str location;
    if (!bk_arena_dup(&call->arena, bk_net_answer_header(&call->answer, "location"), &location)) return bk_arena_fail(&call->arena, err);
    call->fault = BK_NET_FAULT_REDIRECT;
    call->in_body = false; /* errors name the request again */
    if (location.n > BK_NET_URL_MAX) return bk_err_set(err, BK_ERR_LIMIT, "the server redirects to a URL of %zu bytes", location.n);
    if (++call->hops >= r->redirects) {
        call->url.shown = location;
        return bk_err_set(err, BK_ERR, "stopped after %u redirects", r->redirects);
    }
    bk_status s = bk_net_url_parse(&call->arena, location, &call->url, &to, err);
    if (s != BK_OK && bk_str_starts(bk_err_message(err), BK_S("unsupported protocol scheme"))) call->url.shown = location;
    else if (s != BK_OK) bk_err_wrap(err, "failed to parse Location header \"%.*s\"", BK_FMT(location));
    BK_TRY(s);
    s = judge(call, &to, err);
    if (s == BK_ERR_DENIED) call->fault = BK_NET_FAULT_DENIED;
    BK_TRY(s);
    if (status < 307) call->bodyless = true; /* of a GET with a body as well */
    if (status >= 307 && r->source && !call->bodyless) {
        if (!r->source->rewind) return bk_err_set(err, BK_ERR, "a redirect of a body that cannot be sent again");
        BK_TRY(r->source->rewind(r->source->self, err));
    }
    call->fault = BK_NET_FINE;
    call->url = to;
    call->answer = (bk_net_answer){.url = to.shown, .hops = call->hops, .length = -1};
    call->connected = call->redirecting = false;
    call->got = 0;
    return launch(call, err);
}

/* A server may answer, and end the stream, before it has read the body: the rest of that cannot be sent, and nobody wants it. What a refusal says is often lost on
 * the way then (curl stops as soon as the stream ends), its status never is. */
static bool answered_early(const bk_net_call *call, CURLcode code) {
    const bk_net_request *r = &call->request;
    bool sending = code == CURLE_HTTP2_STREAM || code == CURLE_SEND_ERROR, cut = code == CURLE_PARTIAL_FILE;
    if (!(sending || cut) || !(r->has_body || r->source) || !call->in_body || call->answer.length < 0) return false;
    return call->got == (uint64_t)call->answer.length || (call->got == 0 && call->answer.status >= 400);
}

void bk_net_completed(bk_net_call *call, CURLcode code) {
    if (call->done) return;
    if (call->err.code == BK_OK && answered_early(call, code)) code = CURLE_OK;
    if (code == CURLE_OK && call->err.code == BK_OK && call->redirecting) {
        detach(call);
        bk_err err = BK_ERR_INIT;
        if (follow(call, &err) == BK_OK) return;
        bk_net_fault fault = call->fault ? call->fault : BK_NET_FAULT_OTHER;
        bk_err_move(&call->err, &err);
        call->fault = fault;
        if (fault != BK_NET_FAULT_DENIED) bk_net_name_request(call);
        bk_net_finish(call, fault);
        return;
    }
    if (code != CURLE_OK || call->err.code != BK_OK) bk_net_explain(call, code);
    bk_net_finish(call, call->fault);
}

/* ---- time ---- */

uint32_t bk_net_check_time(bk_net_call *call, uint64_t now) {
    const bk_net_request *r = &call->request;
    uint64_t left = UINT32_MAX;
    if (r->total_ms != BK_NET_FOREVER) {
        uint64_t used = now - call->begun;
        if (used >= r->total_ms) {
            bk_net_fail(call, BK_NET_FAULT_TIMEOUT, BK_ERR_TIMEOUT,
                        call->in_body ? "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
                                      : "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
        } else {
            left = r->total_ms - used;
        }
    }
    if (call->connected && r->idle_ms != BK_NET_FOREVER) {
        uint64_t quiet = now > call->active_at ? now - call->active_at : 0;
        if (quiet >= r->idle_ms) {
            bk_net_fail(call, BK_NET_FAULT_TIMEOUT, BK_ERR_TIMEOUT, "the server has sent %s for %u.%u s",
                        call->got > call->active_got ? "next to nothing" : "nothing", r->idle_ms / 1000, r->idle_ms % 1000 / 100);
        } else if (r->idle_ms - quiet < left) {
            left = r->idle_ms - quiet;
        }
    }
    if (call->err.code != BK_OK) {
        bk_net_name_request(call);
        bk_net_finish(call, call->fault);
        return 0;
    }
    return left >= UINT32_MAX ? UINT32_MAX - 1 : (uint32_t)left;
}

/* ---- for callers ---- */

static bk_status begin(bk_net_call *call, bk_err *err) {
    call->fault = BK_NET_FAULT_REQUEST;
    bk_status s = copy_request(call, err);
    if (s != BK_OK) { /* named by its URL all the same, if that is one */
        bk_err ignored = BK_ERR_INIT;
        if (bk_net_url_parse(&call->arena, call->request.url, NULL, &call->first, &ignored) == BK_OK) call->url = call->first;
        bk_err_release(&ignored);
        return s;
    }
    s = bk_net_url_parse(&call->arena, call->request.url, NULL, &call->first, err);
    if (s == BK_OK) {
        call->url = call->first;
        call->answer = (bk_net_answer){.url = call->url.shown, .length = -1};
        s = judge(call, &call->url, err);
    } else {
        if (!bk_arena_dup(&call->arena, call->request.url, &call->url.shown)) call->url.shown = BK_S("");
    }
    if (s != BK_OK) return s;
    BK_TRY(bk_net_open(call->net, err));
    call->easy = curl_easy_init();
    if (!call->easy) return bk_err_nomem(err);
    BK_TRY(launch(call, err));
    call->fault = BK_NET_FINE;
    return BK_OK;
}

bk_status bk_net_start(bk_net *net, const bk_net_request *request, bk_net_call **ret, bk_err *err) {
    size_t count = 0;
    for (bk_net_call *c = net->calls; c; c = c->next) count++;
    if (count >= BK_NET_CALLS) return bk_err_limit(err, "requests in flight", BK_NET_CALLS);
    bk_net_call *call = calloc(1, sizeof *call);
    if (!call) return bk_err_nomem(err);
    *call = (bk_net_call){.net = net, .request = *request, .next = net->calls};
    bk_arena_init(&call->arena, (size_t)16 << 20);
    if (request->small) call->arena.next_chunk = 4 << 10;
    call->begun = bk_net_now();
    bk_err own = BK_ERR_INIT;
    bk_buf_init(&call->body, NULL, request->cap ? request->cap : BK_NET_BODY);
    net->calls = call;
    net->active++;
    bk_status s = begin(call, &own);
    if (s == BK_OK) {
        *ret = call;
        return BK_OK;
    }
    bk_err_move(&call->err, &own);
    bool parse = bk_str_starts(bk_err_message(&call->err), BK_S("parse \""));
    if (s != BK_ERR_DENIED && s != BK_ERR_NOMEM && !parse) bk_net_name_request(call);
    bk_err_move(err, &call->err);
    bk_net_call_free(call);
    return s;
}

bool bk_net_call_done(const bk_net_call *call) { return call->done; }

void bk_net_call_cancel(bk_net_call *call) {
    if (call->done) return;
    bk_net_fail(call, BK_NET_FAULT_CANCELLED, BK_ERR, "context canceled");
    bk_net_name_request(call);
    bk_net_finish(call, BK_NET_FAULT_CANCELLED);
}

bk_status bk_net_call_result(bk_net_call *call, bk_net_answer *ret, bk_err *err) {
    *ret = call->answer;
    if (!call->done) return bk_err_internal(err, "the result of a request under way");
    return call->err.code == BK_OK ? BK_OK : bk_err_set_str(err, call->err.code, bk_err_message(&call->err));
}

bool bk_net_call_take_body(bk_net_call *call, bk_arena *arena, bk_str *ret) {
    if (call->body.p && call->body.n && call->body.cap - call->body.n >= SLACK) {
        char *p = realloc(call->body.p, call->body.n); /* there may be hundreds of them */
        if (p) call->body.p = p;
    }
    *ret = bk_buf_view(&call->body);
    if (!call->body.p) return true;
    if (!bk_arena_adopt(arena, call->body.p)) return false;
    bk_buf_init(&call->body, NULL, call->body.max);
    call->answer.body = (bk_str){NULL, 0};
    return true;
}

bk_net_fault bk_net_call_fault(const bk_net_call *call) { return call->fault; }
bool bk_net_call_sent(const bk_net_call *call) { return call->sent; }
void bk_net_call_tag(bk_net_call *call, void *tag) { call->tag = tag; }
void *bk_net_call_tag_of(const bk_net_call *call) { return call->tag; }

void bk_net_call_free(bk_net_call *call) {
    if (!call) return;
    bk_net *net = call->net;
    detach(call);
    if (!call->done) net->active--;
    for (bk_net_call **at = &net->calls; *at; at = &(*at)->next)
        if (*at == call) {
            *at = call->next;
            break;
        }
    if (call->easy) curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->connect_to);
    bk_buf_release(&call->body);
    bk_err_release(&call->err);
    bk_arena_release(&call->arena);
    free(call);
}
