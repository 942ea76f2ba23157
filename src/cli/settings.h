/* settings.h: where Helm keeps its files and what its environment variables say.
 *
 * Names, defaults and precedence are Helm's (HELM_*_HOME, then XDG_*, then the system's), so that both programs share repositories, plugins and
 * caches. Flags take precedence; they get these as their defaults. */
#ifndef BK_CLI_SETTINGS_H
#define BK_CLI_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"
#include "sandbox/cache.h"

typedef struct bk_settings {
    bk_str cache_home, config_home, data_home;
    bk_str content_cache, plugins, registry_config, repository_cache, repository_config;
    bk_str namespace_; /* HELM_NAMESPACE */
    bk_str kube_apiserver, kube_as_groups, kube_as_user, kube_ca_file, kube_context, kube_token, kube_tls_server_name, kubeconfig;
    bool kube_insecure, debug;
    bk_str burst_limit, qps, max_history; /* text, checked */
    bk_str color;
    bk_str keyring; /* of GnuPG: the old file unless only the new one is there */
    bool no_plugins;
} bk_settings;

bk_status bk_settings_load(bk_settings *settings, bk_arena *arena, bk_err *err);
/* Where answers about the operator's files and plugins are kept (sandbox/ask.h); lies in the arena. NULL without the folders it takes. */
const bk_sandbox_cache *bk_settings_answers(const bk_settings *settings, bk_arena *arena);
/* An environment variable; empty when unset. */
bk_str bk_env(const char *name);

#endif
