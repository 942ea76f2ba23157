/* env: the environment as Helm and Bulkhead see it. */
#include <assert.h>

#include "cli/chart_args.h"
#include "cli/commands.h"

static bk_str truth(bool b) { return b ? BK_S("true") : BK_S("false"); }

/* Those of --kube-as-group, else the environment's. */
static bk_status groups_of(bk_cli *cli, bk_str *ret, bk_err *err) {
    const bk_flag_value *flag = bk_flags_get(&cli->flags, "kube-as-group");
    bk_buf b;
    *ret = cli->settings.kube_as_groups;
    if (!flag->changed) return BK_OK;
    bk_buf_init(&b, cli->arena, 0);
    for (size_t i = 0; i < flag->count; i++) {
        if (i) bk_buf_byte(&b, ',');
        bk_buf_str(&b, flag->items[i]);
    }
    *ret = bk_buf_view(&b);
    return bk_buf_check(&b, err);
}

bk_status bk_cli_environment(bk_cli *cli, bk_env_pair *ret, size_t *ret_count, bk_err *err) {
    const bk_settings *s = &cli->settings;
    bk_str namespace_, qps;
    BK_TRY(bk_cli_namespace(cli, &namespace_, err));
    if (!bk_arena_printf(cli->arena, &qps, "%.2f", bk_flags_get(&cli->flags, "qps")->f)) return bk_arena_fail(cli->arena, err);
    bk_str groups;
    BK_TRY(groups_of(cli, &groups, err));
    const bk_env_pair pairs[] = {
        {"HELM_BIN", cli->binary},
        {"HELM_BURST_LIMIT", bk_flags_str(&cli->flags, "burst-limit")},
        {"HELM_CACHE_HOME", s->cache_home},
        {"HELM_CONFIG_HOME", s->config_home},
        {"HELM_CONTENT_CACHE", bk_flags_str(&cli->flags, "content-cache")},
        {"HELM_DATA_HOME", s->data_home},
        {"HELM_DEBUG", truth(cli->debug)},
        {"HELM_KUBEAPISERVER", bk_flags_str(&cli->flags, "kube-apiserver")},
        {"HELM_KUBEASGROUPS", groups},
        {"HELM_KUBEASUSER", bk_flags_str(&cli->flags, "kube-as-user")},
        {"HELM_KUBECAFILE", bk_flags_str(&cli->flags, "kube-ca-file")},
        {"HELM_KUBECONTEXT", bk_flags_str(&cli->flags, "kube-context")},
        {"HELM_KUBEINSECURE_SKIP_TLS_VERIFY", truth(bk_flags_bool(&cli->flags, "kube-insecure-skip-tls-verify"))},
        {"HELM_KUBETLS_SERVER_NAME", bk_flags_str(&cli->flags, "kube-tls-server-name")},
        {"HELM_KUBETOKEN", bk_flags_str(&cli->flags, "kube-token")},
        {"HELM_MAX_HISTORY", s->max_history},
        {"HELM_NAMESPACE", namespace_},
        {"HELM_PLUGINS", s->plugins},
        {"HELM_QPS", qps},
        {"HELM_REGISTRY_CONFIG", bk_flags_str(&cli->flags, "registry-config")},
        {"HELM_REPOSITORY_CACHE", bk_flags_str(&cli->flags, "repository-cache")},
        {"HELM_REPOSITORY_CONFIG", bk_flags_str(&cli->flags, "repository-config")},
        {"KUBECONFIG", bk_flags_str(&cli->flags, "kubeconfig")}, /* shown only when the flag says so, as in Helm */
    };
    static_assert(BK_COUNT(pairs) <= BK_ENV_PAIRS, "room for all");
    *ret_count = BK_COUNT(pairs) - (pairs[BK_COUNT(pairs) - 1].value.n == 0);
    memcpy(ret, pairs, *ret_count * sizeof *ret);
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_env_pair pairs[BK_ENV_PAIRS];
    size_t count;
    BK_TRY(bk_cli_environment(cli, pairs, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (cli->argc == 0) {
            bk_buf_printf(&cli->out, "%s=\"%.*s\"\n", pairs[i].name, BK_FMT(pairs[i].value));
        } else if (bk_str_eq(cli->args[0], bk_str_c(pairs[i].name))) {
            bk_buf_printf(&cli->out, "%.*s\n", BK_FMT(pairs[i].value));
            return BK_OK;
        }
    }
    if (cli->argc) bk_buf_byte(&cli->out, '\n'); /* an unknown name is empty, as in Helm */
    return BK_OK;
}

const bk_command bk_cmd_env = {
    .name = "env",
    .usage = "",
    .summary = "show the environment that commands work with",
    .help = "Prints the variables that Helm and Bulkhead read, with the values in force; with a name, only that one's value.",
    .max_args = 1,
    .run = run,
};
