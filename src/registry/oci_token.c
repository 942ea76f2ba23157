/* oci_token.c: an answer to a registry's challenge: a user name and password, or a token that another server gives for them. */
#include "data/json.h"
#include "base/base64.h"
#include "registry/oci_state.h"
#include "value/gofmt.h"

#define TOKEN_MAX ((size_t)128 << 10)
#define TOKEN_MS 60000u
#define CLIENT_ID "bulkhead"

/* ---- who we are ---- */

static bk_status credential_for(bk_oci *oci, bk_str registry, bk_credential *ret, bk_err *err) {
    const bk_oci_options *o = &oci->options;
    *ret = oci->login ? *oci->login : (bk_credential){.username = o->username, .password = o->password};
    if (oci->login || (o->username.n && o->password.n)) return BK_OK;
    *ret = (bk_credential){0};
    if (!oci->credentials) {
        const bk_credentials_options options = {.path = o->registry_config, .environment = o->environment};
        BK_TRY(bk_credentials_open(&oci->arena, &options, &oci->credentials, err));
    }
    return bk_credentials_get(oci->credentials, bk_credentials_server(registry), ret, err);
}

static bk_status basic_header(bk_arena *arena, const bk_credential *c, bk_str *ret, bk_err *err) {
    bk_str plain;
    bk_buf out;
    if (bk_credential_empty(c)) return bk_err_set(err, BK_ERR, "basic credential not found");
    if (!c->username.n || !c->password.n) return bk_err_set(err, BK_ERR, "missing username or password for basic auth");
    if (!bk_arena_printf(arena, &plain, "%.*s:%.*s", BK_FMT(c->username), BK_FMT(c->password))) return bk_arena_fail(arena, err);
    bk_buf_init(&out, arena, 0);
    bk_buf_c(&out, "Basic ");
    bk_base64_encode(&out, plain);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* ---- the two ways to ask for a token ---- */

typedef struct asking {
    bk_oci *oci;
    bk_arena *arena;
    bk_net_url realm;
    bk_str service, scope;
    const bk_credential *credential;
} asking;

static void put_pair(bk_buf *out, const char *key, bk_str value) {
    if (out->n && out->p[out->n - 1] != '?' && out->p[out->n - 1] != '&') bk_buf_byte(out, '&');
    bk_buf_printf(out, "%s=", key);
    bk_oci_query_escape(out, value);
}

/* One GET, each scope a parameter, with a user name and password if there are any. */
static bk_status by_query(const asking *a, bk_net_request *r, bk_err *err) {
    bk_buf url;
    bk_str one, rest = a->scope;
    bk_buf_init(&url, a->arena, 0);
    bk_buf_str(&url, a->realm.text);
    bk_buf_byte(&url, bk_str_find_byte(a->realm.text, '?') == BK_NPOS ? '?' : '&');
    for (bool more = rest.n > 0; more;) {
        more = bk_str_cut(rest, BK_S(" "), &one, &rest);
        put_pair(&url, "scope", one);
    }
    if (a->service.n) put_pair(&url, "service", a->service);
    while (url.n && (url.p[url.n - 1] == '?' || url.p[url.n - 1] == '&')) bk_buf_cut(&url, url.n - 1);
    BK_TRY(bk_buf_check(&url, err));
    r->url = bk_buf_take(&url);
    r->method = BK_S("GET");
    r->user = a->credential->username;
    r->password = a->credential->password;
    return BK_OK;
}

/* OAuth2: a form, with an identity token or a password. */
static bk_status by_form(const asking *a, bk_net_request *r, bk_err *err) {
    const bk_credential *c = a->credential;
    bk_buf form;
    bk_buf_init(&form, a->arena, 0);
    put_pair(&form, "client_id", BK_S(CLIENT_ID));
    if (c->identity_token.n) {
        put_pair(&form, "grant_type", BK_S("refresh_token"));
        put_pair(&form, "refresh_token", c->identity_token);
    } else if (c->username.n && c->password.n) {
        put_pair(&form, "grant_type", BK_S("password"));
        put_pair(&form, "password", c->password);
    } else {
        return bk_err_set(err, BK_ERR, "missing username or password for bearer auth");
    }
    if (a->scope.n) put_pair(&form, "scope", a->scope);
    put_pair(&form, "service", a->service);
    if (!c->identity_token.n) put_pair(&form, "username", c->username);
    BK_TRY(bk_buf_check(&form, err));
    r->url = a->realm.text;
    r->method = BK_S("POST");
    r->body = bk_buf_take(&form);
    r->has_body = true;
    return BK_OK;
}

static bk_status read_token(const asking *a, const bk_net_request *r, const bk_net_answer *answer, bool form, bk_str *ret, bk_err *err) {
    bk_value v = bk_nil();
    size_t used;
    if (bk_json_decode_first(a->arena, answer->body, 0, BK_T_MAP, &v, &used, err) != BK_OK)
        return bk_err_wrap(err, "%.*s \"%.*s\": failed to decode response", BK_FMT(r->method), BK_FMT(r->url));
    bk_str token = bk_map_str(v.map, "access_token", BK_S(""));
    if (!token.n && !form) token = bk_map_str(v.map, "token", BK_S(""));
    if (!token.n) return bk_err_set(err, BK_ERR, "%.*s \"%.*s\": empty token returned", BK_FMT(r->method), BK_FMT(r->url));
    *ret = token;
    return BK_OK;
}

static bk_status ask(const asking *a, bool form, bk_str *ret, bk_err *err) {
    static const bk_net_header type[] = {{.name = {"Content-Type", 12}, .value = {"application/x-www-form-urlencoded", 33}}};
    bk_net_request r = {.cap = TOKEN_MAX, .total_ms = TOKEN_MS, .redirects = form ? 0 : 10};
    bk_net_answer answer;
    BK_TRY(form ? by_form(a, &r, err) : by_query(a, &r, err));
    if (form) r.headers = type, r.header_count = 1;
    BK_TRY(bk_net_do(a->oci->net, a->arena, &r, &answer, err));
    if (answer.status != 200) return bk_oci_refused(form ? "POST" : "GET", answer.url, &answer, err);
    return read_token(a, &r, &answer, form, ret, err);
}

/* ---- tokens ---- */

/* Credentials do not go wherever a registry points to. */
static bk_status check_trust(bk_oci *oci, const bk_net_url *realm, const bk_net_url *registry, bk_err *err) {
    if (bk_oci_realm_trusted(realm->host, registry->host, oci->realms)) return BK_OK;
    return bk_err_set(err, BK_ERR,
                      "the registry %.*s asks for its credentials to be sent to another site, %.*s: nothing was sent; "
                      "BULKHEAD_REGISTRY_REALMS=%.*s allows it",
                      BK_FMT(registry->host), BK_FMT(realm->host), BK_FMT(realm->host));
}

static bk_status bearer_header(bk_oci *oci, bk_arena *arena, const bk_oci_exchange *x, const bk_oci_challenge *challenge, bk_str scope,
                               const bk_credential *c, bk_str *ret, bk_err *err) {
    bk_str token = c->registry_token;
    bk_net_url registry;
    asking a = {.oci = oci, .arena = arena, .service = challenge->service, .scope = scope, .credential = c};
    if (!token.n) {
        BK_TRY(bk_net_url_parse(arena, x->url, NULL, &registry, err));
        BK_TRY(bk_oci_realm_check(arena, challenge->realm, &registry, &a.realm, err));
        if (!bk_credential_empty(c)) BK_TRY(check_trust(oci, &a.realm, &registry, err));
        bool form = !bk_credential_empty(c) && (c->identity_token.n || oci->oauth);
        BK_TRY(ask(&a, form, &token, err));
    }
    return bk_arena_printf(arena, ret, "Bearer %.*s", BK_FMT(token)) ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status keep(bk_oci *oci, bk_str registry, bk_str scope, bk_str header, bk_str *ret, bk_err *err) {
    bk_oci_grant *g = BK_NEW(&oci->arena, bk_oci_grant);
    bool ok = g && bk_arena_dup(&oci->arena, registry, &g->registry) && bk_arena_dup(&oci->arena, scope, &g->scope) &&
              bk_arena_dup(&oci->arena, header, &g->header);
    if (!ok) return bk_arena_fail(&oci->arena, err);
    g->next = oci->grants;
    oci->grants = g;
    *ret = g->header;
    return BK_OK;
}

bk_status bk_oci_authorize(bk_oci *oci, bk_arena *arena, const bk_oci_exchange *x, const bk_oci_challenge *challenge, bk_str *ret,
                           bk_err *err) {
    bk_credential c = {0};
    bk_str header = {0}, scope = {0};
    BK_TRY(credential_for(oci, x->registry, &c, err));
    if (challenge->scheme == BK_OCI_BASIC) {
        BK_TRY(basic_header(arena, &c, &header, err));
        return keep(oci, x->registry, BK_S(""), header, ret, err);
    }
    BK_TRY(bk_oci_scopes_merge(arena, x->scope, challenge->scope, &scope, err));
    BK_TRY(bearer_header(oci, arena, x, challenge, scope, &c, &header, err));
    /* Kept for what was asked: the registry may have named more. */
    return keep(oci, x->registry, x->scope.n ? x->scope : scope, header, ret, err);
}
