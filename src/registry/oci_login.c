/* oci_login.c: whether a registry knows the operator, and keeping what it was told. */
#include "registry/oci_state.h"

enum { PING_MS = 60000 };

static bk_status ping(bk_oci *oci, bk_arena *arena, bk_str registry, bk_err *err) {
    bk_net_answer answer;
    bk_oci_exchange x = {.method = "GET", .registry = bk_oci_host_of(registry), .cap = 1 << 20, .total_ms = PING_MS};
    const char *scheme = oci->options.plain_http ? "http" : "https";
    BK_TRY(bk_oci_name_host(oci, registry, err));
    if (!bk_arena_printf(arena, &x.url, "%s://%.*s/v2/", scheme, BK_FMT(x.registry))) return bk_arena_fail(arena, err);
    BK_TRY(bk_oci_do(oci, arena, &x, &answer, err));
    if (answer.status == 404) return bk_err_set(err, BK_ERR, "not found");
    return answer.status == 200 ? BK_OK : bk_oci_refused("GET", answer.url, &answer, err);
}

static bk_status try(bk_oci *oci, bk_arena *arena, bk_str registry, const bk_credential *as, bool oauth, bk_err *err) {
    oci->login = as;
    oci->oauth = oauth;
    oci->grants = NULL;
    bk_status s = ping(oci, arena, registry, err);
    oci->login = NULL;
    oci->oauth = false;
    return s;
}

bk_status bk_oci_login(bk_oci *oci, bk_arena *arena, bk_str registry, bk_err *err) {
    const bk_credential token = {.identity_token = oci->options.password};
    const bk_credential pair = {.username = oci->options.username, .password = oci->options.password};
    const bk_credential *good = oci->options.username.n ? &pair : &token;
    bk_credentials *credentials;
    bk_err first = BK_ERR_INIT;
    BK_TRY(bk_oci_registry_check(registry, err));
    bk_status s = try(oci, arena, registry, good, true, &first);
    bk_err_release(&first);
    if (s != BK_OK) {
        good = &pair;
        s = try(oci, arena, registry, good, false, err);
    }
    if (s != BK_OK) return bk_err_wrap(err, "authenticating to \"%.*s\"", BK_FMT(registry));
    const bk_credentials_options options = {.path = oci->options.registry_config, .environment = oci->options.environment};
    BK_TRY(bk_credentials_open(arena, &options, &credentials, err));
    return bk_credentials_put(credentials, bk_credentials_server(registry), good, err);
}
