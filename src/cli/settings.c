#include "cli/settings.h"

#include <stdlib.h>

#include "action/provenance.h"
#include "base/num.h"
#include "registry/files.h"

bk_str bk_env(const char *name) { return bk_str_c(getenv(name)); }

/* One home: $HELM_X_HOME, else $XDG_X/helm, else $HOME/<fallback>/helm. */
static bk_status home(bk_arena *arena, const char *helm, const char *xdg, const char *fallback, bk_str *ret, bk_err *err) {
    bk_str dir = bk_env(helm);
    if (dir.n) return bk_path_cleaned(arena, dir, ret, err);
    dir = bk_env(xdg);
    if (!dir.n && bk_env("HOME").n) BK_TRY(bk_path_joined(arena, bk_env("HOME"), bk_str_c(fallback), &dir, err));
    else if (!dir.n) dir = bk_str_c(fallback);
    return bk_path_joined(arena, dir, BK_S("helm"), ret, err);
}

/* A place below a home, unless its own variable names it. */
static bk_status place(bk_arena *arena, const char *variable, bk_str base, const char *below, bk_str *ret, bk_err *err) {
    const char *v = getenv(variable);
    if (!v) return bk_path_joined(arena, base, bk_str_c(below), ret, err);
    *ret = bk_str_c(v);
    return BK_OK;
}

static bk_str int_or(const char *name, const char *fallback) {
    int64_t v;
    bk_str s = bk_env(name);
    return bk_parse_int(s, 10, &v) == BK_NUM_OK ? s : bk_str_c(fallback);
}

static bool bool_or(const char *name, bool fallback) {
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"}, *const no[] = {"0", "f", "F", "FALSE", "false", "False"};
    bk_str s = bk_env(name);
    for (size_t i = 0; i < BK_COUNT(yes); i++) {
        if (bk_str_eq(s, bk_str_c(yes[i]))) return true;
        if (bk_str_eq(s, bk_str_c(no[i]))) return false;
    }
    return fallback;
}

static bk_str color_mode(void) {
    static const char *const modes[] = {"never", "auto", "always"};
    if (bk_env("NO_COLOR").n) return BK_S("never");
    for (size_t i = 0; i < BK_COUNT(modes); i++)
        if (bk_str_eq_fold(bk_env("HELM_COLOR"), bk_str_c(modes[i]))) return bk_str_c(modes[i]);
    return BK_S("auto");
}

/* Groups, trimmed of commas and blanks at both ends. */
static bk_str groups(void) {
    bk_str s = bk_env("HELM_KUBEASGROUPS");
    while (s.n && (s.p[0] == ',' || s.p[0] == ' ')) s = bk_str_from(s, 1);
    while (s.n && (s.p[s.n - 1] == ',' || s.p[s.n - 1] == ' ')) s.n--;
    return s;
}

bk_status bk_settings_load(bk_settings *s, bk_arena *arena, bk_err *err) {
#ifdef __APPLE__
    const char *const cache = "Library/Caches", *const config = "Library/Preferences", *const data = "Library";
#else
    const char *const cache = ".cache", *const config = ".config", *const data = ".local/share";
#endif
    *s = (bk_settings){0};
    BK_TRY(home(arena, "HELM_CACHE_HOME", "XDG_CACHE_HOME", cache, &s->cache_home, err));
    BK_TRY(home(arena, "HELM_CONFIG_HOME", "XDG_CONFIG_HOME", config, &s->config_home, err));
    BK_TRY(home(arena, "HELM_DATA_HOME", "XDG_DATA_HOME", data, &s->data_home, err));
    BK_TRY(place(arena, "HELM_CONTENT_CACHE", s->cache_home, "content", &s->content_cache, err));
    BK_TRY(place(arena, "HELM_PLUGINS", s->data_home, "plugins", &s->plugins, err));
    BK_TRY(place(arena, "HELM_REGISTRY_CONFIG", s->config_home, "registry/config.json", &s->registry_config, err));
    BK_TRY(place(arena, "HELM_REPOSITORY_CACHE", s->cache_home, "repository", &s->repository_cache, err));
    BK_TRY(place(arena, "HELM_REPOSITORY_CONFIG", s->config_home, "repositories.yaml", &s->repository_config, err));
    s->namespace_ = bk_env("HELM_NAMESPACE");
    s->kube_apiserver = bk_env("HELM_KUBEAPISERVER");
    s->kube_as_groups = groups();
    s->kube_as_user = bk_env("HELM_KUBEASUSER");
    s->kube_ca_file = bk_env("HELM_KUBECAFILE");
    s->kube_context = bk_env("HELM_KUBECONTEXT");
    s->kube_token = bk_env("HELM_KUBETOKEN");
    s->kube_tls_server_name = bk_env("HELM_KUBETLS_SERVER_NAME");
    s->kubeconfig = bk_env("KUBECONFIG");
    s->kube_insecure = bool_or("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", false);
    s->debug = bool_or("HELM_DEBUG", false);
    s->burst_limit = int_or("HELM_BURST_LIMIT", "100");
    s->max_history = int_or("HELM_MAX_HISTORY", "10");
    double qps;
    s->qps = bk_parse_float(bk_env("HELM_QPS"), &qps) == BK_NUM_OK ? bk_env("HELM_QPS") : BK_S("0");
    s->color = color_mode();
    BK_TRY(bk_keyring_default(arena, &s->keyring, err));
    s->no_plugins = bk_str_eq(bk_env("HELM_NO_PLUGINS"), BK_S("1"));
    return BK_OK;
}

const bk_sandbox_cache *bk_settings_answers(const bk_settings *s, bk_arena *arena) {
    if (!bk_str_starts(s->cache_home, BK_S("/")) || !bk_str_starts(s->data_home, BK_S("/"))) return NULL;
    bk_sandbox_cache *kept = BK_NEW(arena, bk_sandbox_cache);
    bool ok = kept && bk_arena_printf(arena, &kept->dir, "%.*s/bulkhead/answers", BK_FMT(s->cache_home)) &&
              bk_arena_printf(arena, &kept->key_file, "%.*s/bulkhead/modules.key", BK_FMT(s->data_home));
    return ok ? kept : NULL;
}
