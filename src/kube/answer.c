/* answer.c: what the API server says when it says no, and its warnings. */
#include "base/utf8.h"
#include "data/json.h"
#include "kube/client_state.h"
#include "kube/proto.h"
#include "value/gofmt.h"

#define SHOWN ((size_t)2048) /* bytes of an answer that is no Status, in a message */

static bool is_json(bk_str type) {
    bk_str head, rest;
    bk_str_cut(type, BK_S(";"), &head, &rest);
    head = bk_str_trim(head);
    return bk_str_eq_fold(head, BK_S("application/json")) || bk_str_ends(head, BK_S("+json"));
}

bk_status bk_kube_json(bk_arena *arena, const bk_kube_answer *answer, bk_value *ret, bk_err *err) {
    bk_value v = bk_nil();
    bk_str type = answer->type.n ? answer->type : BK_S("nothing in particular");
    if (!is_json(answer->type)) return bk_err_set(err, BK_ERR, "the server answered %.*s, not JSON", BK_FMT(bk_str_sub(type, 0, 80)));
    if (bk_json_decode(arena, answer->body, BK_JSON_INT64, BK_T_MAP, &v, err) != BK_OK)
        return bk_err_wrap(err, "the server's answer is malformed");
    if (v.kind != BK_MAP || !v.map) return bk_err_set(err, BK_ERR, "the server's answer is malformed: it is no object");
    *ret = v;
    return BK_OK;
}

/* ---- refusals ---- */

/* What the client library makes of a status code alone. */
static const struct {
    unsigned status;
    const char *reason, *words;
} known[] = {
    {400, "BadRequest", "the server rejected our request for an unknown reason"},
    {401, "Unauthorized", "the server has asked for the client to provide credentials"},
    {403, "Forbidden", "forbidden"},
    {404, "NotFound", "the server could not find the requested resource"},
    {405, "MethodNotAllowed", "the server does not allow this method on the requested resource"},
    {406, "NotAcceptable", "the server was unable to respond with a content type that the client supports"},
    {409, "Conflict", "the server reported a conflict"},
    {410, "Gone", "the server no longer has the requested resource"},
    {413, "RequestEntityTooLarge", "the request is too large for the server"},
    {415, "UnsupportedMediaType", "the server does not support the content type of the request"},
    {422, "Invalid", "the server rejected our request due to an error in our request"},
    {429, "TooManyRequests", "the server has received too many requests and has asked us to try again later"},
    {500, "InternalError", NULL},
    {503, "ServiceUnavailable", "the server is currently unable to handle the request"},
    {504, "Timeout", "the server was unable to return a response in the time allotted, but may still be processing the request"},
};

/* metav1.Status of the body, when it is one. */
static bk_map *status_of(bk_arena *arena, const bk_kube_answer *a) {
    bk_err ignored = BK_ERR_INIT;
    bk_value v = bk_nil();
    bool ok = bk_kube_is_proto(a->type)
                  ? bk_kube_proto_read(arena, a->body, &v, &ignored) == BK_OK
                  : is_json(a->type) && bk_json_decode(arena, a->body, BK_JSON_INT64, BK_T_MAP, &v, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return ok && v.kind == BK_MAP && bk_str_eq(bk_map_str(v.map, "kind", BK_S("")), BK_S("Status")) ? v.map : NULL;
}

/* A body that people can read, on one line; empty else. */
static bk_str plain_words(const bk_kube_answer *a) {
    bk_str s = bk_str_trim(bk_str_sub(a->body, 0, SHOWN));
    if (!bk_utf8_valid(s) || bk_str_find_byte(s, '<') != BK_NPOS || bk_str_find_byte(s, '\n') != BK_NPOS) return BK_S("");
    return s;
}

static bk_status failed_inside(bk_arena *arena, bk_str said, bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, arena, 64 << 10);
    bk_buf_c(&text, "an error on the server (");
    bk_fmt_quote(&text, said.n ? said : BK_S("unknown"));
    bk_buf_c(&text, ") has prevented the request from succeeding");
    BK_TRY(bk_buf_check(&text, err));
    return bk_err_set_str(err, BK_ERR, bk_buf_view(&text));
}

bk_status bk_kube_refused(bk_arena *arena, const bk_kube_request *request, bk_kube_answer *a, bk_err *err) {
    bk_map *m = status_of(arena, a);
    (void)request;
    const char *words = NULL;
    for (size_t i = 0; i < BK_COUNT(known); i++)
        if (known[i].status == a->status) {
            words = known[i].words;
            a->reason = bk_str_c(known[i].reason);
        }
    if (m) {
        bk_value *details = bk_map_get(m, BK_S("details"));
        bk_str message = bk_map_str(m, "message", BK_S("")), reason = bk_map_str(m, "reason", BK_S(""));
        if (reason.n) a->reason = reason;
        if (details) a->details = *details;
        if (message.n) return bk_err_set_str(err, BK_ERR, message);
    }
    bk_str said = m ? BK_S("") : plain_words(a);
    if (!words && a->status < 400)
        return bk_err_set(err, BK_ERR, "the server answered with a redirect (%u), which is not followed", a->status);
    if (a->status == 403 || a->status == 415) /* those say all there is to say */
        return said.n ? bk_err_set_str(err, BK_ERR, said) : bk_err_set(err, BK_ERR, "%s", words);
    if (a->status == 500 || (!words && a->status > 500)) return failed_inside(arena, said, err);
    if (!words)
        return bk_err_set(err, BK_ERR, "the server responded with the status code %u but did not return more information", a->status);
    return said.n ? bk_err_set(err, BK_ERR, "%s: %.*s", words, BK_FMT(said)) : bk_err_set(err, BK_ERR, "%s", words);
}

/* ---- warnings ---- */

/* `299 - "text" "date"`: the text, unescaped in place of a copy. */
static bool warning_text(bk_arena *arena, bk_str value, bk_str *ret) {
    bk_buf out;
    if (!bk_str_starts(value, BK_S("299 "))) return false;
    size_t at = bk_str_find_byte(value, '"');
    if (at == BK_NPOS) return false;
    bk_buf_init(&out, arena, 64 << 10);
    for (at++; at < value.n && value.p[at] != '"'; at++) {
        if (value.p[at] == '\\' && at + 1 < value.n) at++;
        bk_buf_byte(&out, value.p[at]);
    }
    *ret = bk_buf_view(&out);
    return at < value.n && bk_buf_ok(&out);
}

void bk_kube_warnings(bk_kube *k, const bk_net_answer *a) {
    for (size_t i = 0; i < a->header_count && k->options.warn; i++) {
        bk_str text;
        if (!bk_str_eq(a->headers[i].name, BK_S("warning")) || !warning_text(&k->arena, a->headers[i].value, &text)) continue;
        uint32_t hash = bk_str_hash(text);
        bool told = k->warned_count == BK_KUBE_WARNED;
        for (size_t n = 0; n < k->warned_count && !told; n++) told = k->warned[n] == hash;
        if (told) continue;
        k->warned[k->warned_count++] = hash;
        k->options.warn(k->options.self, text);
    }
}
