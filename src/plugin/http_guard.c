#include "plugin/http_guard.h"

/* The last hop's outcome goes to the ledger before the next is asked for. */
static bk_status settle(bk_plugin_http_guarded *g, bk_status status, bk_str bytes, bk_err *err) {
    if (!g->asked) return BK_OK;
    g->asked = false;
    return bk_guard_plugin_answered(g->call, &g->answer, status, bytes, err);
}

/* A URL without its query, which may hold what nobody should write down. */
static bk_str without_query(bk_str url) {
    bk_str head, tail;
    bk_str_cut(url, BK_S("?"), &head, &tail);
    return head;
}

static bk_status judge(void *self, const bk_plugin_http_hop *hop, bool *ret_named, bk_err *err) {
    bk_plugin_http_guarded *g = self;
    const bk_plugin_ask ask = {.right = BK_RIGHT_HTTP,
                               .target = hop->host,
                               .detail = without_query(hop->url),
                               .request = hop->url,
                               .requested = hop->requested};
    BK_TRY(settle(g, BK_OK, BK_S("redirect"), err));
    BK_TRY(bk_guard_plugin_ask(g->call, &ask, &g->answer, err));
    g->asked = true;
    *ret_named = g->answer.granted && g->answer.exact;
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

bk_status bk_plugin_http_guarded_do(void *guarded, const bk_extism_http_request *request, bk_extism_http_response *response, bk_err *err) {
    bk_plugin_http_guarded *g = guarded;
    bk_plugin_http_request r;
    bk_plugin_http_answer answer = {0};
    bk_arena arena;
    const bk_plugin_http_options options = {.hosts = g->hosts, .host_count = g->host_count, .judge = judge, .self = g};
    if (!g->session) BK_TRY(bk_plugin_http_new(&options, &g->session, err));
    bk_arena_init(&arena, 2 * BK_PLUGIN_HTTP_BODY);
    bk_status status = read_request(&arena, request, &r, err);
    if (status == BK_OK) status = bk_plugin_http_do(g->session, &arena, &r, &answer, err);
    bk_err unwritten = BK_ERR_INIT;
    /* An outcome that cannot be written down did not happen. */
    if (settle(g, status, status == BK_OK ? answer.body : bk_err_message(err), &unwritten) != BK_OK && status == BK_OK) {
        bk_err_move(err, &unwritten);
        status = err->code;
    }
    bk_err_release(&unwritten);
    if (status == BK_OK) status = give(&answer, response, err);
    bk_arena_release(&arena);
    return status;
}

void bk_plugin_http_guarded_release(bk_plugin_http_guarded *guarded) {
    bk_plugin_http_free(guarded->session);
    guarded->session = NULL;
}
