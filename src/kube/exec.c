#include "kube/exec.h"

#include <unistd.h>

#include "base/calendar.h"
#include "data/json.h"
#include "plugin/subprocess.h"

static const char *const versions[] = {"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"};

/* ---- times ---- */

static bool digits(bk_str s, size_t at, size_t n, int *ret) {
    *ret = 0;
    if (at + n > s.n) return false;
    for (size_t i = at; i < at + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        *ret = *ret * 10 + (s.p[i] - '0');
    }
    return true;
}

bool bk_kube_time(bk_str s, int64_t *ret) {
    int y, mo, d, h, mi, sec, oh = 0, om = 0;
    if (s.n < 20 || s.p[4] != '-' || s.p[7] != '-' || (s.p[10] | 0x20) != 't' || s.p[13] != ':' || s.p[16] != ':') return false;
    if (!digits(s, 0, 4, &y) || !digits(s, 5, 2, &mo) || !digits(s, 8, 2, &d) || !digits(s, 11, 2, &h) || !digits(s, 14, 2, &mi) ||
        !digits(s, 17, 2, &sec))
        return false;
    if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || sec > 60) return false;
    size_t at = 19;
    if (s.p[at] == '.')
        for (at++; at < s.n && s.p[at] >= '0' && s.p[at] <= '9';) at++;
    if (at >= s.n) return false;
    bool utc = (s.p[at] | 0x20) == 'z' && at + 1 == s.n;
    bool offset = !utc && (s.p[at] == '+' || s.p[at] == '-') && at + 6 == s.n && s.p[at + 3] == ':' && digits(s, at + 1, 2, &oh) &&
                  digits(s, at + 4, 2, &om);
    if (!utc && !offset) return false;
    int64_t shift = ((int64_t)oh * 3600 + (int64_t)om * 60) * (offset && s.p[at] == '-' ? 1 : -1);
    *ret = bk_days_of_date((bk_date){y, (unsigned)mo, (unsigned)d}) * 86400 + (int64_t)h * 3600 + (int64_t)mi * 60 + sec + shift;
    return true;
}

/* ---- what the program is told ---- */

static bool set(bk_map *m, const char *key, bk_value v) { return bk_map_set(m, bk_str_c(key), v); }

static bk_status cluster_info(bk_arena *arena, const bk_kube_config *c, bk_value *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 8);
    bk_str ca = c->ca_pem;
    if (!m) return bk_arena_fail(arena, err);
    if (!ca.n && c->ca_file.n) BK_TRY(bk_kube_read_file(arena, c->ca_file, &ca, err));
    bool ok = set(m, "server", bk_string(c->server));
    if (c->server_name.n) ok = ok && set(m, "tls-server-name", bk_string(c->server_name));
    if (c->insecure) ok = ok && set(m, "insecure-skip-tls-verify", bk_bool(true));
    if (ca.n) ok = ok && set(m, "certificate-authority-data", bk_bytes(ca));
    if (c->proxy_url.n) ok = ok && set(m, "proxy-url", bk_string(c->proxy_url));
    ok = ok && set(m, "config", c->exec.cluster_config);
    *ret = bk_map_value(m);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status exec_info(bk_arena *arena, const bk_kube_config *c, bool interactive, bk_str *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 4), *spec = bk_map_new(arena, 4);
    bk_buf out;
    bk_value cluster = bk_nil();
    if (!m || !spec) return bk_arena_fail(arena, err);
    if (c->exec.provide_cluster) BK_TRY(cluster_info(arena, c, &cluster, err));
    bool ok = set(m, "kind", bk_string(BK_S("ExecCredential"))) && set(m, "apiVersion", bk_string(c->exec.api_version)) &&
              set(spec, "interactive", bk_bool(interactive)) && set(m, "spec", bk_map_value(spec));
    if (c->exec.provide_cluster) ok = ok && set(spec, "cluster", cluster);
    if (!ok) return bk_arena_fail(arena, err);
    bk_buf_init(&out, arena, 0);
    BK_TRY(bk_json_encode(&out, arena, bk_map_value(m), 0, err));
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_view(&out);
    return BK_OK;
}

static bk_status wants_terminal(const bk_kube_exec *x, bool *ret, bk_err *err) {
    bool there = isatty(STDIN_FILENO);
    if (bk_str_eq(x->interactive, BK_S("Never"))) *ret = false;
    else if (!x->interactive.n || bk_str_eq(x->interactive, BK_S("IfAvailable"))) *ret = there;
    else if (!bk_str_eq(x->interactive, BK_S("Always")))
        return bk_err_set(err, BK_ERR, "unknown interactiveMode: \"%.*s\"", BK_FMT(x->interactive));
    else if (!there) return bk_err_set(err, BK_ERR, "exec plugin cannot support interactive mode: standard input is not a terminal");
    else *ret = true;
    return BK_OK;
}

/* ---- what it answers ---- */

static bk_status member(bk_map *m, const char *key, bk_str *ret, bk_err *err) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    *ret = BK_S("");
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (!bk_is_string(*v) || bk_str_find_byte(bk_value_str(*v), 0) != BK_NPOS)
        return bk_err_set(err, BK_ERR, "decoding stdout: %s is no string", key);
    *ret = bk_value_str(*v);
    return BK_OK;
}

static bk_status read_credential(bk_arena *arena, bk_str text, bk_str version, bk_kube_credential *ret, bk_err *err) {
    bk_value v = bk_nil();
    bk_str kind = BK_S(""), found = BK_S(""), expires = BK_S("");
    if (bk_json_decode(arena, text, 0, BK_T_MAP, &v, err) != BK_OK)
        return bk_err_wrap(err, "decoding stdout: couldn't get version/kind; json parse error");
    BK_TRY(member(v.map, "kind", &kind, err));
    BK_TRY(member(v.map, "apiVersion", &found, err));
    if (!bk_str_eq(kind, BK_S("ExecCredential"))) return bk_err_set(err, BK_ERR, "decoding stdout: it is no ExecCredential");
    if (!bk_str_eq(found, version))
        return bk_err_set(err, BK_ERR, "exec plugin is configured to use API version %.*s, plugin returned version %.*s", BK_FMT(version),
                          BK_FMT(found));
    bk_value *status = bk_map_get(v.map, BK_S("status"));
    if (!status || status->kind != BK_MAP) return bk_err_set(err, BK_ERR, "exec plugin didn't return a status field");
    BK_TRY(member(status->map, "token", &ret->token, err));
    BK_TRY(member(status->map, "clientCertificateData", &ret->cert_pem, err));
    BK_TRY(member(status->map, "clientKeyData", &ret->key_pem, err));
    BK_TRY(member(status->map, "expirationTimestamp", &expires, err));
    if (!ret->token.n && !ret->cert_pem.n && !ret->key_pem.n)
        return bk_err_set(err, BK_ERR, "exec plugin didn't return a token or cert/key pair");
    if (!ret->cert_pem.n != !ret->key_pem.n) return bk_err_set(err, BK_ERR, "exec plugin returned only certificate or key, not both");
    if (expires.n && !bk_kube_time(expires, &ret->expires))
        return bk_err_set(err, BK_ERR, "decoding stdout: expirationTimestamp is no time");
    return BK_OK;
}

/* ---- running it ---- */

static bk_status prepare(bk_arena *arena, const bk_kube_config *c, char *const *environment, bool terminal, bk_process_env *env,
                         bk_texts *words, bk_err *err) {
    const bk_kube_exec *x = &c->exec;
    bk_str info = BK_S("");
    bk_str *list = BK_NEW_ARRAY(arena, bk_str, x->arg_count + 1);
    if (!list) return bk_arena_fail(arena, err);
    list[0] = x->command;
    for (size_t i = 0; i < x->arg_count; i++) list[1 + i] = x->args[i];
    *words = (bk_texts){list, x->arg_count + 1};
    BK_TRY(bk_process_env_init(env, arena, environment, err));
    for (size_t i = 0; i < x->env_count; i++) BK_TRY(bk_process_env_set(env, x->env_names[i], x->env_values[i], err));
    BK_TRY(exec_info(arena, c, terminal, &info, err));
    return bk_process_env_set(env, BK_S("KUBERNETES_EXEC_INFO"), info, err);
}

static void not_found(bk_arena *arena, bk_str command, bk_err *err) {
    bk_str text;
    if (bk_arena_printf(arena, &text, "exec: executable %.*s not found", BK_FMT(command))) bk_err_replace(err, text);
}

static bk_status run(bk_arena *arena, const bk_kube_config *c, char *const *environment, bk_kube_credential *ret, bk_err *err) {
    bk_process_env env;
    bk_texts words;
    bk_buf out;
    bool terminal = false, known = false;
    int code = 0;
    for (size_t i = 0; i < BK_COUNT(versions); i++) known = known || bk_str_eq(c->exec.api_version, bk_str_c(versions[i]));
    if (!known) return bk_err_set(err, BK_ERR, "exec plugin: invalid apiVersion \"%.*s\"", BK_FMT(c->exec.api_version));
    BK_TRY(wants_terminal(&c->exec, &terminal, err));
    BK_TRY(prepare(arena, c, environment, terminal, &env, &words, err));
    bk_buf_init(&out, arena, 0);
    const bk_process process = {.words = words,
                                .env = &env,
                                .input = terminal ? BK_STDIN_OURS : BK_STDIN_NONE,
                                .out = &out,
                                .max = BK_KUBE_EXEC_OUTPUT,
                                .time_ms = terminal ? 0 : BK_KUBE_EXEC_MS,
                                .ours = true};
    if (bk_process_run(arena, &process, &code, err) != BK_OK) {
        if (bk_str_starts(bk_err_message(err), BK_S("exec: "))) /* not where PATH leads */
            not_found(arena, c->exec.command, err);
        else bk_err_wrap(err, "exec: executable %.*s", BK_FMT(c->exec.command));
        if (!c->exec.install_hint.n) return err->code;
        bk_str said;
        bool ok = bk_arena_printf(arena, &said, "%.*s; %.*s", BK_FMT(bk_err_message(err)), BK_FMT(c->exec.install_hint));
        return ok ? bk_err_replace(err, said) : err->code;
    }
    if (code != 0) return bk_err_set(err, BK_ERR, "exec: executable %.*s failed with exit code %d", BK_FMT(c->exec.command), code);
    return read_credential(arena, bk_buf_view(&out), c->exec.api_version, ret, err);
}

bk_status bk_kube_exec_run(bk_arena *arena, const bk_kube_config *config, char *const *environment, bk_kube_credential *ret, bk_err *err) {
    bk_kube_credential found = {0};
    if (run(arena, config, environment, &found, err) != BK_OK) return bk_err_wrap(err, "getting credentials");
    *ret = found;
    return BK_OK;
}
