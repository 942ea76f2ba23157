#include "action/fetch.h"

#include <stdio.h>

#include "net/net.h"

/* What servers of charts tell Helm's requests by. */
#define USER_AGENT "Helm/4.3.1"

bool bk_is_web_url(bk_str text) {
    bk_str scheme, rest;
    if (!bk_str_cut(text, BK_S(":"), &scheme, &rest)) return false;
    return bk_str_eq_fold(scheme, BK_S("http")) || bk_str_eq_fold(scheme, BK_S("https"));
}

static bk_status only_ok(const bk_net_answer *answer, bk_str url, bk_err *err) {
    if (answer->status == 200) return BK_OK;
    return bk_err_set(err, BK_ERR, "failed to fetch %.*s : %u %.*s", BK_FMT(url), answer->status, BK_FMT(answer->reason));
}

/* Two minutes, or what the compartment has left whose effect this serves. */
static uint32_t time_left(void) {
    uint32_t left = bk_sandbox_time_left();
    return left == 0 ? 1 : left < BK_NET_TOTAL_MS ? left : BK_NET_TOTAL_MS;
}

bk_status bk_fetch_url(bk_arena *arena, bk_str url, size_t cap, bk_str *ret, bk_err *err) {
    bk_net *net;
    bk_net_answer answer = {0};
    BK_TRY(bk_net_new(&(bk_net_options){.proxy = BK_NET_PROXY_ENV, .user_agent = BK_S(USER_AGENT)}, &net, err));
    const bk_net_request request = {.url = url, .cap = cap, .total_ms = time_left(), .redirects = 10};
    bk_status status = bk_net_do(net, arena, &request, &answer, err);
    if (status == BK_OK) status = only_ok(&answer, url, err);
    bk_net_free(net);
    if (status == BK_OK) *ret = answer.body;
    return status;
}

/* ---- for charts ---- */

typedef struct reference {
    const bk_ask *ask;
    bool named; /* the hop's host, by the grants */
    char refusal[160];
} reference;

static bk_status judge_hop(void *self, const bk_net_hop *hop, bk_err *err) {
    reference *r = self;
    r->refusal[0] = 0;
    return bk_guard_follow(r->ask, hop->number ? hop->to->text : r->ask->target, &r->named, err);
}

static bool judge_peer(void *self, const bk_net_peer *peer, const char **ret_rule) {
    reference *r = self;
    const char *why = bk_net_zone_refusal(peer->zone, peer->host, r->named);
    if (!why) return true;
    snprintf(r->refusal, sizeof r->refusal, "a %s address, %s", bk_net_zone_name(peer->zone), why);
    *ret_rule = r->refusal;
    return false;
}

bk_status bk_fetch_for_schema(void *self, const bk_ask *ask, bk_str url, size_t cap, bk_buf *out, bk_err *err) {
    (void)self;
    bk_net *net;
    bk_net_answer answer = {0};
    reference r = {.ask = ask};
    const bk_net_options options = {.proxy = BK_NET_PROXY_OFF, .peer = judge_peer, .self = &r};
    const bk_net_request request = {.url = url, .cap = cap, .total_ms = time_left(), .redirects = 10, .hop = judge_hop, .self = &r};
    BK_TRY(bk_net_new(&options, &net, err));
    bk_status status = bk_net_do(net, ask->arena, &request, &answer, err);
    if (status == BK_OK) status = only_ok(&answer, url, err);
    bk_net_free(net);
    if (status != BK_OK) return status;
    bk_buf_str(out, answer.body);
    return bk_buf_check(out, err);
}
