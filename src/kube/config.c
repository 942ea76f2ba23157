#include "kube/config.h"

#include <stdlib.h>

#include "kube/files.h"
#include "base/base64.h"

#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"
#define EXEC_EXTENSION "client.authentication.k8s.io/exec"

/* ---- fields of a file's maps ---- */

static bk_status text(bk_map *m, const char *key, bk_str *ret, bk_err *err) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (!bk_is_string(*v)) return bk_err_set(err, BK_ERR, "invalid configuration: %s is no string", key);
    if (v->len == 0) return BK_OK;
    if (bk_str_find_byte(bk_value_str(*v), 0) != BK_NPOS) return bk_err_set(err, BK_ERR, "invalid configuration: %s holds a NUL", key);
    *ret = bk_value_str(*v);
    return BK_OK;
}

static bk_status flag(bk_map *m, const char *key, bool *ret, bk_err *err) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (v->kind != BK_BOOL) return bk_err_set(err, BK_ERR, "invalid configuration: %s is neither true nor false", key);
    *ret = v->b;
    return BK_OK;
}

/* A path of the file's: relative ones start at its folder. */
static bk_status path(bk_arena *arena, const bk_kube_entry *e, const char *key, bk_str *ret, bk_err *err) {
    bk_str s = BK_S("");
    BK_TRY(text(e->map, key, &s, err));
    if (!s.n) return BK_OK;
    if (s.p[0] == '/') *ret = s;
    else if (!bk_arena_printf(arena, ret, "%.*s/%.*s", BK_FMT(e->folder), BK_FMT(s))) return bk_arena_fail(arena, err);
    return BK_OK;
}

static bk_status data(bk_arena *arena, const bk_kube_entry *e, const char *key, bk_str *ret, bk_err *err) {
    bk_str s = BK_S("");
    BK_TRY(text(e->map, key, &s, err));
    if (!s.n) return BK_OK;
    return bk_base64_decode(arena, s, ret, err) == BK_OK ? BK_OK : bk_err_wrap(err, "invalid configuration: %s", key);
}

static bk_status texts(bk_arena *arena, bk_map *m, const char *key, const bk_str **ret, size_t *ret_count, bk_err *err) {
    bk_value *v = bk_map_get(m, bk_str_c(key));
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (v->kind != BK_LIST) return bk_err_set(err, BK_ERR, "invalid configuration: %s is no list", key);
    if (v->len > BK_KUBE_LIST_MAX) return bk_err_limit(err, key, BK_KUBE_LIST_MAX);
    bk_str *list = BK_NEW_ARRAY(arena, bk_str, (size_t)v->len + 1);
    if (!list) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < v->len; i++) {
        if (!bk_is_string(v->items[i])) return bk_err_set(err, BK_ERR, "invalid configuration: %s has an entry that is no string", key);
        list[i] = bk_value_str(v->items[i]);
    }
    *ret = list;
    *ret_count = v->len;
    return BK_OK;
}

/* ---- clusters ---- */

static bk_status exec_extension(const bk_kube_entry *e, bk_kube_config *c, bk_err *err) {
    bk_value *list = bk_map_get(e->map, BK_S("extensions"));
    if (!list || bk_is_nil(*list)) return BK_OK;
    if (list->kind != BK_LIST) return bk_err_set(err, BK_ERR, "invalid configuration: extensions is no list");
    for (uint32_t i = 0; i < list->len; i++) {
        bk_map *m = list->items[i].kind == BK_MAP ? list->items[i].map : NULL;
        bk_value *v = bk_str_eq(bk_map_str(m, "name", BK_S("")), BK_S(EXEC_EXTENSION)) ? bk_map_get(m, BK_S("extension")) : NULL;
        if (v) c->exec.cluster_config = *v;
    }
    return BK_OK;
}

static bk_status take_cluster(bk_arena *arena, const bk_kube_entry *e, bk_kube_config *c, bk_err *err) {
    BK_TRY(text(e->map, "server", &c->server, err));
    BK_TRY(text(e->map, "tls-server-name", &c->server_name, err));
    BK_TRY(text(e->map, "proxy-url", &c->proxy_url, err));
    BK_TRY(flag(e->map, "insecure-skip-tls-verify", &c->insecure, err));
    BK_TRY(path(arena, e, "certificate-authority", &c->ca_file, err));
    BK_TRY(data(arena, e, "certificate-authority-data", &c->ca_pem, err));
    return exec_extension(e, c, err);
}

static void override_cluster(const bk_kube_options *o, bk_kube_config *c) {
    if (o->apiserver.n) c->server = o->apiserver;
    if (o->tls_server_name.n) c->server_name = o->tls_server_name;
    /* Either of these is the whole word on how to know the server. */
    if (!o->insecure && !o->ca_file.n) return;
    c->insecure = o->insecure;
    c->ca_file = o->ca_file;
    c->ca_pem = BK_S("");
}

/* ---- users ---- */

static bk_status take_env(bk_arena *arena, bk_map *m, bk_kube_exec *x, bk_str user, bk_err *err) {
    bk_value *v = bk_map_get(m, BK_S("env"));
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (v->kind != BK_LIST) return bk_err_set(err, BK_ERR, "invalid configuration: env is no list");
    if (v->len > BK_KUBE_LIST_MAX) return bk_err_limit(err, "variables of an exec plugin", BK_KUBE_LIST_MAX);
    bk_str *names = BK_NEW_ARRAY(arena, bk_str, (size_t)v->len + 1), *values = BK_NEW_ARRAY(arena, bk_str, (size_t)v->len + 1);
    if (!names || !values) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < v->len; i++) {
        bk_map *one = v->items[i].kind == BK_MAP ? v->items[i].map : NULL;
        values[i] = BK_S("");
        names[i] = BK_S("");
        if (one) BK_TRY(text(one, "name", &names[i], err));
        if (one) BK_TRY(text(one, "value", &values[i], err));
        if (!names[i].n || bk_str_find_byte(names[i], '=') != BK_NPOS)
            return bk_err_set(err, BK_ERR,
                              "invalid configuration: env variable name must be specified for %.*s to use exec authentication plugin",
                              BK_FMT(user));
    }
    x->env_names = names;
    x->env_values = values;
    x->env_count = v->len;
    return BK_OK;
}

static bk_status take_exec(bk_arena *arena, const bk_kube_entry *e, bk_kube_exec *x, bk_err *err) {
    bk_value *v = bk_map_get(e->map, BK_S("exec"));
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (v->kind != BK_MAP) return bk_err_set(err, BK_ERR, "invalid configuration: exec is no map");
    bk_map *m = v->map;
    BK_TRY(text(m, "command", &x->command, err));
    BK_TRY(text(m, "apiVersion", &x->api_version, err));
    BK_TRY(text(m, "installHint", &x->install_hint, err));
    BK_TRY(text(m, "interactiveMode", &x->interactive, err));
    BK_TRY(flag(m, "provideClusterInfo", &x->provide_cluster, err));
    BK_TRY(texts(arena, m, "args", &x->args, &x->arg_count, err));
    BK_TRY(take_env(arena, m, x, e->name, err));
    const char *missing = !x->command.n ? "command" : !x->api_version.n ? "apiVersion" : NULL;
    if (missing)
        return bk_err_set(err, BK_ERR, "invalid configuration: %s must be specified for %.*s to use exec authentication plugin", missing,
                          BK_FMT(e->name));
    /* With a slash it is a path of the file's; without one the name of a program in PATH. */
    bool relative = x->command.p[0] != '/' && bk_str_find_byte(x->command, '/') != BK_NPOS;
    if (relative && !bk_arena_printf(arena, &x->command, "%.*s/%.*s", BK_FMT(e->folder), BK_FMT(x->command)))
        return bk_arena_fail(arena, err);
    return BK_OK;
}

static bk_status take_impersonation(bk_arena *arena, const bk_kube_entry *e, bk_kube_config *c, bk_err *err) {
    bk_value *extra = bk_map_get(e->map, BK_S("as-user-extra"));
    if (extra && extra->kind == BK_MAP) c->as_extra = extra->map;
    BK_TRY(text(e->map, "as", &c->as_user, err));
    BK_TRY(text(e->map, "as-uid", &c->as_uid, err));
    return texts(arena, e->map, "as-groups", &c->as_groups, &c->as_group_count, err);
}

static bk_status take_user(bk_arena *arena, const bk_kube_entry *e, bk_kube_config *c, bk_err *err) {
    BK_TRY(path(arena, e, "client-certificate", &c->cert_file, err));
    BK_TRY(data(arena, e, "client-certificate-data", &c->cert_pem, err));
    BK_TRY(path(arena, e, "client-key", &c->key_file, err));
    BK_TRY(data(arena, e, "client-key-data", &c->key_pem, err));
    BK_TRY(text(e->map, "token", &c->token, err));
    BK_TRY(path(arena, e, "tokenFile", &c->token_file, err));
    BK_TRY(text(e->map, "username", &c->user, err));
    BK_TRY(text(e->map, "password", &c->password, err));
    BK_TRY(take_impersonation(arena, e, c, err));
    bk_value *provider = bk_map_get(e->map, BK_S("auth-provider"));
    if (provider && !bk_is_nil(*provider))
        return bk_err_set(err, BK_ERR,
                          "invalid configuration: the auth-provider of user \"%.*s\" is no longer supported; use an exec plugin",
                          BK_FMT(e->name));
    return take_exec(arena, e, &c->exec, err);
}

static void override_user(const bk_kube_options *o, bk_kube_config *c) {
    if (o->token.n) {
        c->token = o->token;
        c->token_file = BK_S("");
    }
    if (o->as_user.n) c->as_user = o->as_user;
    if (o->as_group_count) {
        c->as_groups = o->as_groups;
        c->as_group_count = o->as_group_count;
    }
}

/* ---- what belongs together ---- */

static bk_status invalid(bk_err *err, const char *format, bk_str who) {
    bk_err_set(err, BK_ERR, format, BK_FMT(who));
    return bk_err_wrap(err, "invalid configuration");
}

/* A file that is named and cannot be read. */
static bk_status check_file(bk_arena *arena, const char *what, bk_str file, bk_str whose, bk_err *err) {
    bk_str ignored, text;
    if (!file.n || bk_kube_read_file(arena, file, &ignored, err) == BK_OK) return BK_OK;
    bool ok = bk_arena_printf(arena, &text, "invalid configuration: unable to read %s %.*s for %.*s due to %.*s", what, BK_FMT(file),
                              BK_FMT(whose), BK_FMT(bk_err_message(err)));
    if (!ok) return bk_err_wrap(err, "invalid configuration");
    bk_err_replace(err, text);
    return err->code;
}

static bk_status check_user(bk_arena *arena, const bk_kube_config *c, bk_str user, bk_err *err) {
    if (c->cert_file.n && c->cert_pem.n)
        return invalid(err, "client-cert-data and client-cert are both specified for %.*s. client-cert-data will override.", user);
    if ((c->cert_file.n || c->cert_pem.n) && c->key_file.n && c->key_pem.n)
        return invalid(err, "client-key-data and client-key are both specified for %.*s; client-key-data will override", user);
    if ((c->cert_file.n || c->cert_pem.n) && !c->key_file.n && !c->key_pem.n)
        return invalid(err, "client-key-data or client-key must be specified for %.*s to use the clientCert authentication method.", user);
    if ((c->user.n || c->password.n) && c->token.n)
        return invalid(err, "more than one authentication method found for %.*s; found [token basicAuth], only one is allowed", user);
    if ((c->as_uid.n || c->as_group_count || bk_map_len(c->as_extra)) && !c->as_user.n)
        return invalid(err, "requesting uid, groups or user-extra for %.*s without impersonating a user", user);
    BK_TRY(check_file(arena, "client-cert", c->cert_file, user, err));
    return check_file(arena, "client-key", c->key_file, user, err);
}

static bk_status check_cluster(bk_arena *arena, const bk_kube_config *c, bk_str cluster, bk_err *err) {
    if (c->ca_file.n && c->ca_pem.n)
        return invalid(
            err,
            "certificate-authority-data and certificate-authority are both specified for %.*s. certificate-authority-data will override.",
            cluster);
    if (c->insecure && (c->ca_file.n || c->ca_pem.n))
        return bk_err_set(err, BK_ERR, "specifying a root certificates file with the insecure flag is not allowed");
    return check_file(arena, "certificate-authority", c->ca_file, cluster, err);
}

/* ---- in a pod ---- */

static bk_status account_file(bk_arena *arena, const bk_kube_options *o, const char *name, bk_str *ret_path, bk_str *ret, bk_err *err) {
    const char *folder = o->service_account ? o->service_account : SERVICE_ACCOUNT;
    if (!bk_arena_printf(arena, ret_path, "%s/%s", folder, name)) return bk_arena_fail(arena, err);
    return bk_kube_read_file(arena, *ret_path, ret, err);
}

/* *ret_done false: this is no pod. */
static bk_status from_pod(bk_arena *arena, const bk_kube_options *o, bk_kube_config *c, bool *ret_done, bk_err *err) {
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    bk_str token = BK_S(""), token_file = BK_S(""), ca, ca_file = BK_S(""), namespace_ = BK_S(""), ignored;
    *ret_done = false;
    if (!host || !*host || !port || !*port) return BK_OK;
    if (account_file(arena, o, "token", &token_file, &token, err) != BK_OK) {
        bk_err_release(err);
        return BK_OK;
    }
    bk_kube_config pod = {.in_cluster = true, .token = bk_str_trim(token), .token_file = token_file, .namespace_ = c->namespace_};
    if (!bk_arena_printf(arena, &pod.server, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port))
        return bk_arena_fail(arena, err);
    if (account_file(arena, o, "ca.crt", &ca_file, &ca, err) == BK_OK) pod.ca_file = ca_file;
    else bk_err_release(err);
    if (!o->namespace_.n && account_file(arena, o, "namespace", &ignored, &namespace_, err) == BK_OK) {
        if (bk_str_trim(namespace_).n) pod.namespace_ = bk_str_trim(namespace_);
    } else {
        bk_err_release(err);
    }
    override_cluster(o, &pod);
    override_user(o, &pod);
    *c = pod;
    *ret_done = true;
    return BK_OK;
}

/* Nothing was said: what the client library calls its default. */
static bool is_default(const bk_kube_config *c) {
    const char *master = getenv("KUBERNETES_MASTER");
    bk_str server = master && *master ? bk_str_c(master) : BK_S("http://localhost:8080");
    return bk_str_eq(c->server, server) && !c->ca_file.n && !c->ca_pem.n && !c->insecure && !c->server_name.n && !c->proxy_url.n &&
           !c->as_user.n;
}

/* ---- all of it ---- */

/* A bare host has the scheme http, as the client library has it; what is behind the path is dropped. */
static bk_status finish_server(bk_arena *arena, bk_kube_config *c, bk_err *err) {
    bk_str s = c->server, rest;
    if (!bk_str_contains(s, BK_S("://")) && !bk_arena_printf(arena, &s, "http://%.*s", BK_FMT(c->server))) return bk_arena_fail(arena, err);
    bk_str_cut(s, BK_S("#"), &s, &rest);
    bk_str_cut(s, BK_S("?"), &s, &rest);
    while (s.n && s.p[s.n - 1] == '/') s.n--;
    c->tls = s.n > 8 && bk_str_eq_fold(bk_str_sub(s, 0, 8), BK_S("https://"));
    if (!bk_arena_dup(arena, s, &c->server)) return bk_arena_fail(arena, err);
    if (c->tls) return BK_OK;
    /* Nothing secret goes over a line that anybody reads. */
    c->cert_file = c->cert_pem = c->key_file = c->key_pem = c->token = c->token_file = c->user = c->password = BK_S("");
    c->exec = (bk_kube_exec){.cluster_config = bk_nil()};
    return BK_OK;
}

/* Which cluster and user the context means; *ret is "" where none is named. */
static bk_status choose_context(const bk_kube_options *o, const bk_kube_files *files, bk_kube_config *c, bk_str *ret_cluster,
                                bk_str *ret_user, bk_err *err) {
    bk_str name = o->context.n ? o->context : files->current;
    const bk_kube_entry *context = bk_kube_files_find(files, BK_KUBE_CONTEXTS, name);
    *ret_cluster = *ret_user = BK_S("");
    if (!context && o->context.n) return bk_err_set(err, BK_ERR, "context \"%.*s\" does not exist", BK_FMT(name));
    if (!context && name.n) return bk_err_set(err, BK_ERR, "context was not found for specified context: %.*s", BK_FMT(name));
    if (!context) return BK_OK;
    BK_TRY(text(context->map, "cluster", ret_cluster, err));
    BK_TRY(text(context->map, "user", ret_user, err));
    return o->namespace_.n ? BK_OK : text(context->map, "namespace", &c->namespace_, err);
}

static bk_status from_files(bk_arena *arena, const bk_kube_options *o, bk_kube_config *c, bk_err *err) {
    bk_kube_files files;
    bk_str cluster, user, token = BK_S("");
    const char *master = getenv("KUBERNETES_MASTER");
    BK_TRY(bk_kube_files_load(arena, o, &files, err));
    BK_TRY(choose_context(o, &files, c, &cluster, &user, err));
    c->server = master && *master ? bk_str_c(master) : BK_S("http://localhost:8080");
    const bk_kube_entry *e = bk_kube_files_find(&files, BK_KUBE_CLUSTERS, cluster);
    if (e) BK_TRY(take_cluster(arena, e, c, err));
    e = bk_kube_files_find(&files, BK_KUBE_USERS, user);
    if (e) BK_TRY(take_user(arena, e, c, err));
    override_cluster(o, c);
    override_user(o, c);
    BK_TRY(check_user(arena, c, user, err));
    BK_TRY(check_cluster(arena, c, cluster, err));
    if (c->token.n || !c->token_file.n) return BK_OK;
    BK_TRY(bk_kube_read_file(arena, c->token_file, &token, err));
    c->token = bk_str_trim(token);
    return BK_OK;
}

bk_status bk_kube_config_load(bk_arena *arena, const bk_kube_options *options, bk_kube_config *ret, bk_err *err) {
    bk_kube_config c = {.namespace_ = options->namespace_.n ? options->namespace_ : BK_S("default"), .exec.cluster_config = bk_nil()};
    bool pod = false;
    BK_TRY(from_files(arena, options, &c, err));
    if (is_default(&c)) BK_TRY(from_pod(arena, options, &c, &pod, err));
    BK_TRY(finish_server(arena, &c, err));
    *ret = c;
    return BK_OK;
}
