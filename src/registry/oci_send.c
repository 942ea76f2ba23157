/* oci_send.c: one exchange with a registry. */
#include <errno.h>
#include <time.h>

#include "base/num.h"
#include "data/json.h"
#include "registry/oci_state.h"
#include "value/gofmt.h"

enum { TRIES = 5, REFUSAL_MAX = 64 << 10, HELD_MAX = 60 };

/* ---- a request ---- */

static bk_status relay_head(void *self, const bk_net_answer *answer, bk_err *err) {
    bk_oci_exchange *x = self;
    (void)err;
    x->status = answer->status;
    return BK_OK;
}

static bk_status relay_data(void *self, bk_str bytes, bk_err *err) {
    bk_oci_exchange *x = self;
    if (x->status == x->want) return x->sink->data(x->sink->self, bytes, err);
    if (x->refusal.n < REFUSAL_MAX) bk_buf_str(&x->refusal, bytes.n > REFUSAL_MAX ? bk_str_sub(bytes, 0, REFUSAL_MAX) : bytes);
    return BK_OK;
}

static const bk_oci_grant *granted(const bk_oci *oci, const bk_oci_exchange *x) {
    for (const bk_oci_grant *g = oci->grants; g; g = g->next)
        if (bk_str_eq(g->registry, x->registry) && (!g->scope.n || bk_str_eq(g->scope, x->scope))) return g;
    return NULL;
}

static bk_status launch(bk_oci *oci, bk_oci_exchange *x, bk_str authorization, bk_err *err) {
    bk_net_header headers[4];
    size_t n = 0;
    for (; n < x->header_count; n++) headers[n] = x->headers[n];
    if (authorization.n) headers[n++] = (bk_net_header){.name = BK_S("Authorization"), .value = authorization};
    x->asked = authorization;
    x->relay = (bk_net_sink){.self = x, .head = relay_head, .data = relay_data};
    bk_buf_release(&x->refusal);
    bk_buf_init(&x->refusal, NULL, (size_t)2 * REFUSAL_MAX);
    const bk_net_request request = {
        .method = bk_str_c(x->method),
        .url = x->url,
        .headers = headers,
        .header_count = n,
        .body = x->body,
        .has_body = x->has_body,
        .source = x->source,
        .sink = x->sink ? &x->relay : NULL,
        .cap = x->cap,
        .total_ms = x->total_ms,
        .redirects = x->has_body || x->source || bk_str_eq(bk_str_c(x->method), BK_S("POST"))
                         ? 0
                         : 10, /* what is sent goes where it was meant to go */
    };
    return bk_net_start(oci->net, &request, &x->call, err);
}

bk_status bk_oci_begin(bk_oci *oci, bk_oci_exchange *x, bk_err *err) {
    const bk_oci_grant *g = granted(oci, x);
    return launch(oci, x, g ? g->header : BK_S(""), err);
}

void bk_oci_drop(bk_oci_exchange *x) {
    bk_net_call_free(x->call);
    x->call = NULL;
    bk_buf_release(&x->refusal);
}

/* ---- once more ---- */

static bool busy(unsigned status) { return status == 408 || status == 429 || (status >= 500 && status <= 599); }

/* A quarter of a second, doubled each time; what the server asks for, within reason. */
static void hold(unsigned tries, const bk_net_answer *answer) {
    uint64_t seconds;
    uint64_t ms = (uint64_t)250 << tries;
    bk_str after = bk_net_answer_header(answer, "retry-after");
    if (ms > 3000) ms = 3000;
    if (answer->status == 429 && after.n && bk_parse_uint(after, 10, &seconds) == BK_NUM_OK && seconds)
        ms = 1000 * (seconds < HELD_MAX ? seconds : HELD_MAX);
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR) continue;
}

static bk_status again(bk_oci *oci, bk_oci_exchange *x, bk_str authorization, bk_err *err) {
    bk_net_call_free(x->call);
    x->call = NULL;
    if (x->source) {
        if (!x->source->rewind) return bk_err_internal(err, "a body that cannot be sent again");
        BK_TRY(x->source->rewind(x->source->self, err));
    }
    return launch(oci, x, authorization, err);
}

static bool same_origin(bk_arena *arena, bk_str a, bk_str b) {
    bk_net_url x, y;
    bk_err ignored = BK_ERR_INIT;
    bool ok = bk_net_url_parse(arena, a, NULL, &x, &ignored) == BK_OK && bk_net_url_parse(arena, b, NULL, &y, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return ok && bk_net_same_origin(&x, &y);
}

/* A 401 of the registry's own: answers the challenge. *ret_again: the request is on its way once more. */
static bk_status answer_challenge(bk_oci *oci, bk_arena *arena, bk_oci_exchange *x, const bk_net_answer *answer, bool *ret_again,
                                  bk_err *err) {
    bk_oci_challenge challenge;
    bk_str header;
    *ret_again = false;
    if (x->challenged || !same_origin(arena, x->url, answer->url)) return BK_OK;
    BK_TRY(bk_oci_challenge_parse(arena, bk_net_answer_header(answer, "www-authenticate"), &challenge, err));
    if (challenge.scheme == BK_OCI_UNKNOWN) return BK_OK;
    x->challenged = true;
    if (bk_oci_authorize(oci, arena, x, &challenge, &header, err) != BK_OK)
        return bk_err_wrap(err, "%s \"%.*s\"", x->method, BK_FMT(x->url));
    *ret_again = true;
    return again(oci, x, header, err);
}

/* ---- the end ---- */

static bk_status wait_for(bk_oci *oci, const bk_oci_exchange *x, bk_err *err) {
    while (!bk_net_call_done(x->call)) BK_TRY(bk_net_pump(oci->net, 1000, err));
    return BK_OK;
}

static bk_status keep_answer(bk_arena *arena, const bk_oci_exchange *x, const bk_net_answer *from, bk_net_answer *ret, bk_err *err) {
    bk_net_header *headers = BK_NEW_ARRAY(arena, bk_net_header, from->header_count + 1);
    bk_net_answer a = *from;
    bool ok = headers != NULL;
    for (size_t i = 0; ok && i < a.header_count; i++) {
        headers[i] = from->headers[i];
        ok = bk_arena_dup(arena, headers[i].name, &headers[i].name) && bk_arena_dup(arena, headers[i].value, &headers[i].value);
    }
    a.headers = headers;
    bk_str body = x->sink ? bk_buf_view(&x->refusal) : from->body;
    ok = ok && bk_arena_dup(arena, from->reason, &a.reason) && bk_arena_dup(arena, from->url, &a.url) && bk_arena_dup(arena, body, &a.body);
    if (!ok) return bk_arena_fail(arena, err);
    *ret = a;
    return BK_OK;
}

static bk_status finish(bk_oci *oci, bk_arena *arena, bk_oci_exchange *x, bk_net_answer *ret, bk_net_fault *ret_fault, bk_err *err) {
    for (;;) {
        bk_net_answer answer;
        bool more = false;
        BK_TRY(wait_for(oci, x, err));
        bk_status s = bk_net_call_result(x->call, &answer, err);
        *ret_fault = bk_net_call_fault(x->call);
        if (s != BK_OK) return s;
        if (answer.status == 401) BK_TRY(answer_challenge(oci, arena, x, &answer, &more, err));
        if (more) continue;
        if (busy(answer.status) && x->tries < TRIES) {
            hold(x->tries++, &answer);
            BK_TRY(again(oci, x, x->asked, err));
            continue;
        }
        return keep_answer(arena, x, &answer, ret, err);
    }
}

bk_status bk_oci_finish(bk_oci *oci, bk_arena *arena, bk_oci_exchange *x, bk_net_answer *ret, bk_net_fault *ret_fault, bk_err *err) {
    bk_net_fault fault = BK_NET_FINE;
    bk_status s = finish(oci, arena, x, ret, &fault, err);
    if (ret_fault) *ret_fault = fault;
    bk_oci_drop(x);
    return s;
}

bk_status bk_oci_do(bk_oci *oci, bk_arena *arena, bk_oci_exchange *x, bk_net_answer *ret, bk_err *err) {
    BK_TRY(bk_oci_begin(oci, x, err));
    return bk_oci_finish(oci, arena, x, ret, NULL, err);
}

/* ---- refusals ---- */

static void put_code(bk_buf *out, bk_str code) {
    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i];
        bk_buf_byte(out, c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
}

/* "name unknown: repository name not known to registry: map[name:x]" */
static bool put_one(bk_buf *out, bk_value one) {
    bk_err ignored = BK_ERR_INIT;
    if (one.kind != BK_MAP) return false;
    bk_str message = bk_map_str(one.map, "message", BK_S(""));
    const bk_value *detail = bk_map_get(one.map, BK_S("detail"));
    put_code(out, bk_map_str(one.map, "code", BK_S("")));
    if (!message.n) return true;
    bk_buf_c(out, ": ");
    bk_buf_str(out, message);
    if (!detail || bk_is_nil(*detail)) return true;
    bk_buf_c(out, ": ");
    bool ok = bk_fmt_value(out, *detail, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return ok;
}

static bool put_errors(bk_arena *arena, bk_str body, bk_buf *out) {
    bk_value v = bk_nil();
    bk_err ignored = BK_ERR_INIT;
    size_t used;
    bool ok = bk_json_decode_first(arena, body, 0, BK_T_MAP, &v, &used, &ignored) == BK_OK && v.kind == BK_MAP;
    bk_err_release(&ignored);
    const bk_value *list = ok ? bk_map_get(v.map, BK_S("errors")) : NULL;
    if (!list || list->kind != BK_LIST || list->len == 0) return false;
    for (uint32_t i = 0; i < list->len && i < 16; i++) {
        if (i) bk_buf_c(out, "; ");
        if (!put_one(out, list->items[i])) return false;
    }
    return true;
}

bk_status bk_oci_refused(const char *method, bk_str url, const bk_net_answer *answer, bk_err *err) {
    bk_arena arena;
    bk_buf out;
    bk_arena_init(&arena, (size_t)8 << 20);
    bk_buf_init(&out, &arena, (size_t)64 << 10);
    bk_buf_printf(&out, "%s ", method);
    bk_fmt_quote(&out, url);
    bk_buf_printf(&out, ": response status code %u: ", answer->status);
    size_t head = out.n;
    if (!put_errors(&arena, answer->body, &out)) {
        bk_buf_cut(&out, head);
        bk_buf_str(&out, answer->reason);
    }
    bk_err_set_str(err, BK_ERR, bk_buf_view(&out));
    bk_arena_release(&arena);
    return BK_ERR;
}
