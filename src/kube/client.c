#include "kube/client.h"

#include <stdlib.h>
#include <time.h>

#include "kube/client_state.h"

#define TOKEN_AGE_MS 60000u
#define DEFAULT_BURST 10u

/* ---- life ---- */

static bk_status open_net(bk_kube *k, bk_err *err) {
    const bk_kube_config *c = k->config;
    bk_net_options o = {.user_agent = k->options.user_agent.n ? k->options.user_agent : BK_S("Helm/4.3.1"),
                        .proxy = c->proxy_url.n ? BK_NET_PROXY_URL : BK_NET_PROXY_ENV,
                        .proxy_url = c->proxy_url,
                        .ca_file = c->ca_pem.n ? BK_S("") : c->ca_file,
                        .ca_pem = c->ca_pem,
                        .cert_file = c->cert_pem.n ? BK_S("") : c->cert_file,
                        .cert_pem = c->cert_pem,
                        .key_file = c->key_pem.n ? BK_S("") : c->key_file,
                        .key_pem = c->key_pem,
                        .server_name = c->server_name,
                        .insecure = c->insecure};
    if (k->credential.cert_pem.n) {
        o.cert_pem = k->credential.cert_pem;
        o.key_pem = k->credential.key_pem;
    }
    bk_net_free(k->net);
    k->net = NULL;
    return bk_net_new(&o, &k->net, err);
}

bk_status bk_kube_new(const bk_kube_config *config, const bk_kube_client_options *options, bk_kube **ret, bk_err *err) {
    bk_kube *k = calloc(1, sizeof *k);
    if (!k) return bk_err_nomem(err);
    k->config = config;
    k->options = *options;
    k->qps = options->qps == 0 ? -1 : options->qps;
    k->burst = options->burst ? options->burst : DEFAULT_BURST;
    k->room = k->burst;
    k->room_at = bk_kube_now();
    bk_arena_init(&k->arena, (size_t)64 << 20);
    bk_status s = open_net(k, err);
    if (s == BK_OK) *ret = k;
    else bk_kube_free(k);
    return s;
}

void bk_kube_free(bk_kube *k) {
    if (!k) return;
    bk_net_free(k->net);
    bk_arena_release(&k->arena);
    free(k);
}

const bk_kube_config *bk_kube_config_of(const bk_kube *k) { return k->config; }

uint64_t bk_kube_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* ---- the rate ---- */

uint32_t bk_kube_take_turn(bk_kube *k) {
    if (k->qps < 0) return 0;
    uint64_t now = bk_kube_now();
    k->room += (double)(now - k->room_at) / 1000.0 * k->qps;
    if (k->room > k->burst) k->room = k->burst;
    k->room_at = now;
    if (k->room >= 1) {
        k->room -= 1;
        return 0;
    }
    double wait = (1 - k->room) / k->qps * 1000.0 + 1;
    return wait > 60000 ? 60000 : (uint32_t)wait;
}

/* ---- credentials ---- */

static bool uses_exec(const bk_kube_config *c) {
    return c->exec.command.n && !c->token.n && !c->user.n && !c->password.n && !c->cert_file.n && !c->cert_pem.n;
}

static bk_status run_exec(bk_kube *k, bk_err *err) {
    bool had_cert = k->credential.cert_pem.n > 0;
    bk_kube_credential found;
    BK_TRY(bk_kube_exec_run(&k->arena, k->config, k->options.environment, &found, err));
    bool same = bk_str_eq(found.cert_pem, k->credential.cert_pem) && bk_str_eq(found.key_pem, k->credential.key_pem);
    k->credential = found;
    k->has_credential = true;
    if (!same && (had_cert || found.cert_pem.n)) k->reopen = true;
    return BK_OK;
}

static bk_status renew_token(bk_kube *k, bk_err *err) {
    bk_str token;
    uint64_t now = bk_kube_now();
    if (!k->config->token_file.n || (k->token.n && now - k->token_at < TOKEN_AGE_MS)) return BK_OK;
    if (bk_kube_read_file(&k->arena, k->config->token_file, &token, err) != BK_OK) {
        if (!k->token.n && !k->config->token.n) return err->code;
        bk_err_release(err); /* the old one may still do */
        return BK_OK;
    }
    k->token = bk_str_trim(token);
    k->token_at = now;
    return BK_OK;
}

bk_status bk_kube_credentials(bk_kube *k, bool refused, bk_err *err) {
    if (refused) k->token_at = 0;
    BK_TRY(renew_token(k, err));
    if (!uses_exec(k->config)) return BK_OK;
    int64_t expires = k->credential.expires;
    bool old = expires && (int64_t)time(NULL) >= expires - 1;
    if (!k->has_credential || old || refused) BK_TRY(run_exec(k, err));
    /* Connections carry a certificate: new ones for the new one, as soon as nobody uses the old. */
    if (!k->reopen || !bk_net_empty(k->net)) return BK_OK;
    k->reopen = false;
    return open_net(k, err);
}

bool bk_kube_can_renew(const bk_kube *k) { return uses_exec(k->config) || k->config->token_file.n > 0; }

/* ---- requests ---- */

typedef struct heads {
    bk_arena *arena;
    bk_net_header *p;
    size_t n, room;
    bool failed;
} heads;

static void put(heads *h, const char *name, bk_str value) {
    if (h->n == h->room) h->failed = true;
    else h->p[h->n++] = (bk_net_header){.name = bk_str_c(name), .value = value};
}

/* An extra's name as a header can carry it: bytes that no token has as %XX. */
static void put_extra(heads *h, bk_str key, bk_value v) {
    bk_buf name;
    bk_buf_init(&name, h->arena, 0);
    bk_buf_c(&name, "Impersonate-Extra-");
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!#$&'*+-.^_`|~", c));
        if (plain) bk_buf_byte(&name, c);
        else bk_buf_printf(&name, "%%%02X", (unsigned char)c);
    }
    bk_buf_byte(&name, 0);
    if (!bk_buf_ok(&name)) h->failed = true;
    for (uint32_t i = 0; v.kind == BK_LIST && i < v.len && !h->failed; i++)
        if (bk_is_string(v.items[i])) put(h, name.p, bk_value_str(v.items[i]));
}

static void impersonate(heads *h, const bk_kube_config *c) {
    if (!c->as_user.n) return;
    put(h, "Impersonate-User", c->as_user);
    if (c->as_uid.n) put(h, "Impersonate-Uid", c->as_uid);
    for (size_t i = 0; i < c->as_group_count; i++) put(h, "Impersonate-Group", c->as_groups[i]);
    for (size_t i = 0; i < bk_map_len(c->as_extra); i++) put_extra(h, bk_map_at(c->as_extra, i)->key, bk_map_at(c->as_extra, i)->value);
}

bk_status bk_kube_net_request(bk_kube *k, bk_arena *arena, const bk_kube_request *from, bk_net_request *to, bk_err *err) {
    const bk_kube_config *c = k->config;
    enum { HEADS = 64, PLAIN = 3 };
    size_t room = c->as_user.n ? HEADS : PLAIN; /* they last as long as the answers */
    heads h = {.arena = arena, .p = BK_NEW_ARRAY(arena, bk_net_header, room), .room = room};
    bool body = from->body.n > 0;
    *to = (bk_net_request){.method = from->method.n ? from->method : BK_S("GET"),
                           .body = from->body,
                           .has_body = body,
                           .cap = from->cap ? from->cap : BK_KUBE_BODY,
                           .idle_ms = from->idle_ms,
                           .idle_bytes = BK_KUBE_IDLE_BYTES,
                           .small = true,
                           .total_ms = from->time_ms};
    if (!h.p) return bk_arena_fail(arena, err);
    bool query = from->query.n > 0;
    if (!bk_arena_printf(arena, &to->url, "%.*s%.*s%s%.*s", BK_FMT(c->server), BK_FMT(from->path), query ? "?" : "", BK_FMT(from->query)))
        return bk_arena_fail(arena, err);
    put(&h, "Accept", from->accept.n ? from->accept : BK_S("application/json"));
    if (body) put(&h, "Content-Type", from->content_type.n ? from->content_type : BK_S("application/json"));
    if (from->etag.n) put(&h, "If-None-Match", from->etag);
    impersonate(&h, c);
    if (h.failed) return bk_err_limit(err, "headers of a request to the API server", HEADS);
    to->headers = h.p;
    to->header_count = h.n;
    /* A token of the flags or the file beats a user and password, as those beat the program's. */
    bk_str token = k->token.n ? k->token : c->token.n ? c->token : uses_exec(c) ? k->credential.token : BK_S("");
    to->bearer = token;
    if (!token.n) {
        to->user = c->user;
        to->password = c->password;
    }
    return BK_OK;
}

/* ---- paths ---- */

bk_status bk_kube_path(bk_buf *out, bk_str segment, bk_err *err) {
    bool bad = segment.n == 0 || segment.n > 1024 || bk_str_eq(segment, BK_S(".")) || bk_str_eq(segment, BK_S(".."));
    for (size_t i = 0; i < segment.n && !bad; i++) {
        unsigned char c = (unsigned char)segment.p[i];
        bad = c < 0x20 || c == 0x7f || c == '/' || c == '%';
    }
    if (bad) return bk_err_set(err, BK_ERR, "invalid resource name \"%.*s\"", BK_FMT(segment));
    bk_buf_byte(out, '/');
    for (size_t i = 0; i < segment.n; i++) {
        unsigned char c = (unsigned char)segment.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~:@!$&'()*+,;=", c);
        if (plain) bk_buf_byte(out, (char)c);
        else bk_buf_printf(out, "%%%02X", c);
    }
    return BK_OK;
}

void bk_kube_query(bk_buf *out, const char *name, bk_str value) {
    if (out->n) bk_buf_byte(out, '&');
    bk_buf_c(out, name);
    bk_buf_byte(out, '=');
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
        if (plain) bk_buf_byte(out, (char)c);
        else bk_buf_printf(out, "%%%02X", c);
    }
}
