/* What a plugin may reach over HTTP: each hop of each request is asked of the guard for the right `http`, with the host as its target, and has a decision and
 * an outcome in the ledger. */
#include "plugin/types_running.h"

/* What became of the last hop, before the next is asked for. */
static bk_status settle(bk_running *r, bk_status status, bk_str bytes, bk_err *err) {
    if (!r->judged) return BK_OK;
    r->judged = false;
    return bk_guard_plugin_answered(r->call, &r->hop, status, bytes, err);
}

/* A query may hold what nobody should write down. */
static bk_str without_query(bk_str url) {
    bk_str head, tail;
    bk_str_cut(url, BK_S("?"), &head, &tail);
    return head;
}

static bk_status judge(void *self, const bk_plugin_http_hop *hop, bool *ret_named, bk_err *err) {
    bk_running *r = self;
    const bk_plugin_ask ask = {
        .right = BK_RIGHT_HTTP, .target = hop->host, .detail = without_query(hop->url), .request = hop->url, .requested = hop->requested};
    BK_TRY(settle(r, BK_OK, BK_S("redirect"), err));
    BK_TRY(bk_guard_plugin_ask(r->call, &ask, &r->hop, err));
    r->judged = true;
    *ret_named = r->hop.granted && r->hop.exact;
    return BK_OK;
}

static bk_status read_request(bk_arena *arena, const bk_extism_http_request *from, bk_plugin_http_request *to, bk_err *err) {
    bk_map *heads = bk_map_new(arena, from->header_count);
    if (!heads) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < from->header_count; i++)
        if (!bk_map_set(heads, from->headers[i].key, bk_string(from->headers[i].value))) return bk_arena_fail(arena, err);
    *to = (bk_plugin_http_request){.url = from->url,
                                   .method = from->method,
                                   .headers = bk_map_value(heads),
                                   .body = from->body,
                                   .cap = from->max_bytes > BK_PLUGIN_HTTP_BODY ? BK_PLUGIN_HTTP_BODY : (size_t)from->max_bytes,
                                   .time_ms = from->timeout_ms};
    return BK_OK;
}

static bk_status give(const bk_plugin_http_answer *answer, bk_extism_http_response *response, bk_err *err) {
    response->status = answer->status;
    for (size_t i = 0; i < bk_map_len(answer->headers.map); i++) {
        const bk_map_entry *e = bk_map_at(answer->headers.map, i);
        if (!bk_extism_http_header_add(response, e->key, bk_value_str(e->value))) return bk_err_nomem(err);
    }
    bk_buf_str(&response->body, answer->body);
    return bk_buf_check(&response->body, err);
}

static bk_status perform(bk_running *r, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err) {
    bk_plugin_http_request to;
    bk_plugin_http_answer answer = {0};
    bk_arena arena;
    const bk_texts hosts = r->plugin->about.wasm.hosts;
    const bk_plugin_http_options options = {.hosts = hosts.items, .host_count = hosts.count, .judge = judge, .self = r};
    if (!r->http) BK_TRY(bk_plugin_http_new(&options, &r->http, err));
    bk_arena_init(&arena, 2 * BK_PLUGIN_HTTP_BODY);
    bk_status status = read_request(&arena, request, &to, err);
    if (status == BK_OK) status = bk_plugin_http_do(r->http, &arena, &to, &answer, err);
    bk_err unwritten = BK_ERR_INIT;
    /* An outcome that cannot be written down did not happen. */
    if (settle(r, status, status == BK_OK ? answer.body : bk_err_message(err), &unwritten) != BK_OK && status == BK_OK) {
        status = unwritten.code;
        bk_err_move(err, &unwritten);
    }
    bk_err_release(&unwritten);
    if (status == BK_OK) status = give(&answer, response, err);
    bk_arena_release(&arena);
    return status;
}

/* The host of a URL that was asked for before, for the ledger of a replay. */
static bk_str host_of(bk_str url) {
    bk_str scheme, rest, host, path;
    bk_str_cut(url, BK_S("://"), &scheme, &rest);
    bk_str_cut(rest, BK_S("/"), &host, &path);
    size_t at = bk_str_rfind_byte(host, '@');
    if (at != BK_NPOS) host = bk_str_from(host, at + 1);
    size_t colon = bk_str_rfind_byte(host, ':'), bracket = bk_str_rfind_byte(host, ']');
    return colon != BK_NPOS && (bracket == BK_NPOS || colon > bracket) ? bk_str_sub(host, 0, colon) : host;
}

/* Recorded with its answer, or answered out of the record. */
static bk_status exchange(bk_running *r, const bk_extism_http_request *request, bk_extism_http_response *response, bk_buf *about,
                          bk_buf *asked, bk_buf *answered, bk_err *err) {
    bk_str url = without_query(request->url), bytes;
    const bk_plugin_ask ask = {.right = BK_RIGHT_HTTP, .target = host_of(url), .detail = url, .requested = true};
    bk_buf_printf(about, "http of %.*s %.*s", BK_FMT(request->method), BK_FMT(url));
    if (!bk_buf_ok(about) || !bk_running_http_request_bytes(request, asked)) return bk_buf_check(asked, err);
    const bk_plugin_exchange x = {.about = bk_buf_view(about), .request = bk_buf_view(asked), .ask = &ask};
    if (bk_guard_plugin_replays(r->call)) {
        BK_TRY(bk_guard_plugin_replay(r->call, &x, &bytes, err));
        return bk_running_http_answer_read(bytes, response, err);
    }
    bk_status status = perform(r, request, response, err);
    if (status == BK_OK && !bk_running_http_answer_bytes(response, answered)) status = bk_buf_check(answered, err);
    return bk_guard_plugin_keep(r->call, &x, status, bk_buf_view(answered), err);
}

bk_status bk_running_http(void *self, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err) {
    bk_running *r = self;
    if (!bk_running_tape(r)) return perform(r, request, response, err);
    bk_buf about, asked, answered;
    bk_buf_init(&about, NULL, 0);
    bk_buf_init(&asked, NULL, 2 * BK_PLUGIN_HTTP_REQUEST);
    bk_buf_init(&answered, NULL, 2 * BK_PLUGIN_HTTP_BODY);
    bk_status status = exchange(r, request, response, &about, &asked, &answered, err);
    bk_buf_release(&about);
    bk_buf_release(&asked);
    bk_buf_release(&answered);
    return status;
}

void bk_running_http_end(bk_running *r) {
    bk_plugin_http_free(r->http);
    r->http = NULL;
}
