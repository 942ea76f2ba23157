/* net-probe: requests from the command line, for run.py. Arguments are key=value; every url= starts a request with what was set before it; all run at
 * once, and a line of JSON for each comes out in the order of their ends. */
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "data/json.h"
#include "net/net.h"
#include "plugin/http.h"
#include "value/map.h"

enum { MAX = 512 };

typedef struct job {
    bk_net_call *call;
    size_t sunk;
    unsigned head_status;
    bool stop_early;
    size_t sent, total;
} job;

static bk_arena arena;
static job jobs[MAX];
static size_t job_count;
static unsigned denied_zones;
static bk_str denied_host;

static bool peer_ok(void *self, const bk_net_peer *peer, const char **ret_rule) {
    (void)self;
    *ret_rule = "the test says so";
    return !(denied_zones & 1u << peer->zone);
}

static bk_status hop_ok(void *self, const bk_net_hop *hop, bk_err *err) {
    (void)self;
    if (denied_host.n && bk_str_eq(hop->to->host, denied_host))
        return bk_err_set(err, BK_ERR_DENIED, "hop %u to %.*s is not wanted", hop->number, BK_FMT(hop->to->host));
    return BK_OK;
}

static bk_status sink_head(void *self, const bk_net_answer *answer, bk_err *err) {
    job *j = self;
    (void)err;
    j->head_status = answer->status;
    return BK_OK;
}

static bk_status sink_data(void *self, bk_str bytes, bk_err *err) {
    job *j = self;
    j->sunk += bytes.n;
    if (j->stop_early) return bk_err_set(err, BK_ERR, "enough after %zu bytes", j->sunk);
    return BK_OK;
}

static bk_status source_read(void *self, char *to, size_t room, size_t *ret_n, bk_err *err) {
    job *j = self;
    (void)err;
    size_t left = j->total - j->sent, n = left < room ? left : room;
    memset(to, 'x', n);
    j->sent += n;
    *ret_n = n;
    return BK_OK;
}

static bk_status source_rewind(void *self, bk_err *err) {
    (void)err;
    ((job *)self)->sent = 0;
    return BK_OK;
}

static void put(bk_map *m, const char *key, bk_value v) {
    if (!bk_map_set(m, bk_str_c(key), v)) abort();
}

static void report(job *j, bk_str url) {
    bk_err err = BK_ERR_INIT, ignored = BK_ERR_INIT;
    bk_net_answer a = {0};
    bk_map *m = bk_map_new(&arena, 16), *heads = bk_map_new(&arena, 16);
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    bk_status status = bk_net_call_result(j->call, &a, &err);
    for (size_t i = 0; i < a.header_count; i++)
        if (!bk_map_set(heads, a.headers[i].name, bk_string(a.headers[i].value))) abort();
    put(m, "asked", bk_string(url));
    put(m, "status", bk_int64(a.status));
    put(m, "reason", bk_string(a.reason));
    put(m, "url", bk_string(a.url));
    put(m, "body", bk_string(bk_str_sub(a.body, 0, 4096)));
    put(m, "bytes", bk_int64((int64_t)a.body.n));
    put(m, "sunk", bk_int64((int64_t)j->sunk));
    put(m, "head", bk_int64(j->head_status));
    put(m, "hops", bk_int64(a.hops));
    put(m, "http2", bk_bool(a.http2));
    put(m, "headers", bk_map_value(heads));
    put(m, "code", bk_int64(status));
    put(m, "fault", bk_int64(bk_net_call_fault(j->call)));
    put(m, "sent", bk_bool(bk_net_call_sent(j->call)));
    put(m, "error", bk_string(bk_err_message(&err)));
    if (bk_json_encode(&out, &arena, bk_map_value(m), 0, &ignored) != BK_OK) abort();
    printf("%.*s\n", BK_FMT(bk_buf_view(&out)));
    fflush(stdout);
    bk_err_release(&err);
}

static uint64_t number(bk_str s) {
    uint64_t n = 0;
    if (bk_parse_uint(s, 10, &n) != BK_NUM_OK) abort();
    return n;
}

static void finish_done(void) {
    for (size_t i = 0; i < job_count; i++) {
        if (!jobs[i].call || !bk_net_call_done(jobs[i].call)) continue;
        report(&jobs[i], *(bk_str *)bk_net_call_tag_of(jobs[i].call));
        bk_net_call_free(jobs[i].call);
        jobs[i].call = NULL;
    }
}

static void drain(bk_net *net) {
    bk_err err = BK_ERR_INIT;
    while (bk_net_active(net) > 0) {
        if (bk_net_pump(net, 1000, &err) != BK_OK) {
            fprintf(stderr, "%.*s\n", BK_FMT(bk_err_message(&err)));
            exit(2);
        }
        finish_done();
    }
    finish_done();
}

typedef struct settings {
    bk_net_options options;
    bk_net_request request;
    bk_net_header headers[16];
    bk_net_source source;
    bk_net_sink sink;
    bool sink_on, source_on, stop_early;
    size_t total;
} settings;

static void start(bk_net **net, settings *s, bk_str url) {
    bk_err err = BK_ERR_INIT;
    if (!*net && bk_net_new(&s->options, net, &err) != BK_OK) abort();
    if (job_count == MAX) abort();
    job *j = &jobs[job_count++];
    bk_str *tag = BK_NEW(&arena, bk_str);
    *tag = url;
    bk_net_source *source = BK_NEW(&arena, bk_net_source);
    bk_net_sink *sink = BK_NEW(&arena, bk_net_sink);
    *source = (bk_net_source){j, source_read, source_rewind, s->source.length};
    *sink = (bk_net_sink){j, sink_head, sink_data};
    j->total = s->total;
    j->stop_early = s->stop_early;
    bk_net_request r = s->request;
    r.url = url;
    r.hop = hop_ok;
    if (s->sink_on) r.sink = sink;
    if (s->source_on) r.source = source;
    r.headers = s->headers;
    if (bk_net_start(*net, &r, &j->call, &err) != BK_OK) {
        printf("{\"asked\":\"\",\"status\":0,\"code\":%d,\"error\":", (int)err.code);
        bk_buf out;
        bk_buf_init(&out, &arena, 0);
        bk_json_encode_string(&out, bk_err_message(&err), 0);
        printf("%.*s}\n", BK_FMT(bk_buf_view(&out)));
        bk_err_release(&err);
        j->call = NULL;
        return;
    }
    bk_net_call_tag(j->call, tag);
}

/* ---- as a plugin ---- */

static bk_str allowed[16], granted[16];
static size_t allowed_count, granted_count;
static bk_plugin_http *session;

static bk_status judge(void *self, const bk_plugin_http_hop *hop, bool *ret_named, bk_err *err) {
    (void)self;
    if (bk_plugin_hosts_match(granted, granted_count, hop->host, ret_named)) return BK_OK;
    return bk_err_set(err, BK_ERR_DENIED, "not granted: hop %u to %.*s, %s", hop->number, BK_FMT(hop->host),
                      hop->requested ? "requested" : "not requested");
}

static void ask_as_plugin(const settings *s, bk_str url) {
    bk_err err = BK_ERR_INIT, ignored = BK_ERR_INIT;
    bk_plugin_http_answer a = {0};
    const bk_plugin_http_options options = {.hosts = allowed, .host_count = allowed_count, .judge = judge};
    bk_map *m = bk_map_new(&arena, 8), *heads = bk_map_new(&arena, 8);
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    for (size_t i = 0; i < s->request.header_count; i++)
        if (!bk_map_set(heads, s->headers[i].name, bk_string(s->headers[i].value))) abort();
    const bk_plugin_http_request r = {.url = url,
                                      .method = s->request.method,
                                      .headers = bk_map_value(heads),
                                      .body = s->request.body,
                                      .cap = s->request.cap,
                                      .time_ms = s->request.total_ms ? s->request.total_ms : 20000};
    bk_status status = session ? BK_OK : bk_plugin_http_new(&options, &session, &err);
    if (status == BK_OK) status = bk_plugin_http_do(session, &arena, &r, &a, &err);
    put(m, "status", bk_int64(a.status));
    put(m, "body", bk_string(a.body));
    put(m, "headers", a.headers);
    put(m, "code", bk_int64(status));
    put(m, "error", bk_string(bk_err_message(&err)));
    if (bk_json_encode(&out, &arena, bk_map_value(m), 0, &ignored) != BK_OK) abort();
    printf("%.*s\n", BK_FMT(bk_buf_view(&out)));
    bk_err_release(&err);
}

static void set_subject(settings *s, bk_str key, bk_str v) {
    bk_net_options *o = &s->options;
    if (bk_str_eq(key, BK_S("proxy"))) {
        o->proxy = bk_str_eq(v, BK_S("env")) ? BK_NET_PROXY_ENV : BK_NET_PROXY_URL;
        o->proxy_url = v;
    } else if (bk_str_eq(key, BK_S("ca"))) o->ca_file = v;
    else if (bk_str_eq(key, BK_S("ca-pem"))) o->ca_pem = v;
    else if (bk_str_eq(key, BK_S("cert"))) o->cert_file = v;
    else if (bk_str_eq(key, BK_S("key"))) o->key_file = v;
    else if (bk_str_eq(key, BK_S("name"))) o->server_name = v;
    else if (bk_str_eq(key, BK_S("insecure"))) o->insecure = true;
    else if (bk_str_eq(key, BK_S("http1"))) o->http1 = true;
    else if (bk_str_eq(key, BK_S("per-host"))) o->connections_per_host = (uint32_t)number(v);
    else if (bk_str_eq(key, BK_S("allowed"))) allowed[allowed_count++] = v;
    else if (bk_str_eq(key, BK_S("granted"))) granted[granted_count++] = v;
    else if (bk_str_eq(key, BK_S("plugin-url"))) ask_as_plugin(s, v);
    else if (bk_str_eq(key, BK_S("deny-zone"))) {
        denied_zones |= 1u << number(v);
        o->peer = peer_ok;
    } else if (bk_str_eq(key, BK_S("deny-host"))) denied_host = v;
    else {
        fprintf(stderr, "unknown key %.*s\n", BK_FMT(key));
        exit(2);
    }
}

static bool set_request(settings *s, bk_str key, bk_str v) {
    bk_net_request *r = &s->request;
    if (bk_str_eq(key, BK_S("method"))) r->method = v;
    else if (bk_str_eq(key, BK_S("body"))) r->body = v, r->has_body = true;
    else if (bk_str_eq(key, BK_S("user"))) r->user = v;
    else if (bk_str_eq(key, BK_S("password"))) r->password = v;
    else if (bk_str_eq(key, BK_S("bearer"))) r->bearer = v;
    else if (bk_str_eq(key, BK_S("cap"))) r->cap = (size_t)number(v);
    else if (bk_str_eq(key, BK_S("head-cap"))) r->head_cap = (size_t)number(v);
    else if (bk_str_eq(key, BK_S("connect"))) r->connect_ms = (uint32_t)number(v);
    else if (bk_str_eq(key, BK_S("idle"))) r->idle_ms = (uint32_t)number(v);
    else if (bk_str_eq(key, BK_S("total"))) r->total_ms = (uint32_t)number(v);
    else if (bk_str_eq(key, BK_S("redirects"))) r->redirects = (unsigned)number(v);
    else if (bk_str_eq(key, BK_S("sink"))) s->sink_on = true;
    else if (bk_str_eq(key, BK_S("stop"))) s->sink_on = s->stop_early = true;
    else if (bk_str_eq(key, BK_S("source"))) s->source_on = true, s->total = (size_t)number(v), s->source.length = -1;
    else if (bk_str_eq(key, BK_S("source-length"))) s->source_on = true, s->total = (size_t)number(v), s->source.length = (int64_t)s->total;
    else if (bk_str_eq(key, BK_S("header")) || bk_str_eq(key, BK_S("everywhere"))) {
        bk_net_header *h = &s->headers[r->header_count++];
        bk_str_cut(v, BK_S(":"), &h->name, &h->value);
        h->everywhere = bk_str_eq(key, BK_S("everywhere"));
    } else return false;
    return true;
}

int main(int argc, char **argv) {
    settings s = {0};
    bk_net *net = NULL;
    bk_arena_init(&arena, 0);
    for (int i = 1; i < argc; i++) {
        bk_str key, v;
        if (!bk_str_cut(bk_str_c(argv[i]), BK_S("="), &key, &v)) v = BK_S("");
        if (bk_str_eq(key, BK_S("url"))) start(&net, &s, v);
        else if (bk_str_eq(key, BK_S("wait"))) drain(net); /* the connections stay */
        else if (!set_request(&s, key, v)) set_subject(&s, key, v);
    }
    if (net) drain(net);
    bk_net_free(net);
    bk_plugin_http_free(session);
    bk_arena_release(&arena);
    return 0;
}
