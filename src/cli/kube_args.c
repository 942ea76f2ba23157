#include "cli/kube_args.h"

#include "action/render.h"
#include "cli/interrupt.h"

/* kubeconfig files are the operator's own: the compartment that reads them sees nothing else. */
static bk_status yaml(void *self, bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    (void)self;
    return bk_engine_yaml(arena, text, ret, err);
}

static void warn(void *self, bk_str text) {
    bk_buf line;
    (void)self;
    bk_buf_init(&line, NULL, 64 << 10);
    bk_buf_c(&line, "WARNING: ");
    bk_buf_str(&line, text);
    if (bk_buf_ok(&line)) bk_cli_warn(bk_buf_view(&line));
    bk_buf_release(&line);
}

static bk_kube_options options_of(bk_cli *cli) {
    const bk_flags *f = &cli->flags;
    const bk_flag_value *groups = bk_flags_get(f, "kube-as-group");
    bk_kube_options o = {.kubeconfig = bk_flags_str(f, "kubeconfig"),
                         .context = bk_flags_str(f, "kube-context"),
                         .namespace_ = bk_flags_str(f, "namespace"),
                         .token = bk_flags_str(f, "kube-token"),
                         .as_user = bk_flags_str(f, "kube-as-user"),
                         .apiserver = bk_flags_str(f, "kube-apiserver"),
                         .ca_file = bk_flags_str(f, "kube-ca-file"),
                         .tls_server_name = bk_flags_str(f, "kube-tls-server-name"),
                         .as_groups = groups->items,
                         .as_group_count = groups->count,
                         .insecure = bk_flags_bool(f, "kube-insecure-skip-tls-verify"),
                         .yaml = yaml};
    return o;
}

/* HELM_KUBEASGROUPS, by commas, where no flag speaks. */
static bk_status groups_of(bk_cli *cli, bk_kube_options *o, bk_err *err) {
    bk_str rest = cli->settings.kube_as_groups, one;
    bk_str *list = BK_NEW_ARRAY(cli->arena, bk_str, BK_KUBE_LIST_MAX);
    size_t n = 0;
    if (o->as_group_count || !rest.n) return BK_OK;
    if (!list) return bk_arena_fail(cli->arena, err);
    for (bool more = true; more && n < BK_KUBE_LIST_MAX;) {
        more = bk_str_cut(rest, BK_S(","), &one, &rest);
        list[n++] = one;
    }
    o->as_groups = list;
    o->as_group_count = n;
    return BK_OK;
}

static void changes(void *self) {
    (void)self;
    bk_interrupt_hold();
}

static bool interrupted(void *self) {
    (void)self;
    return bk_interrupted();
}

bk_status bk_cli_cluster_open(bk_cli *cli, bk_cli_cluster *ret, bk_err *err) {
    bk_kube_options o = options_of(cli);
    bk_str cache = bk_env("KUBECACHEDIR");
    int64_t burst = bk_flags_get(&cli->flags, "burst-limit")->i;
    *ret = (bk_cli_cluster){0};
    BK_TRY(groups_of(cli, &o, err));
    BK_TRY(bk_kube_config_load(cli->arena, &o, &ret->config, err));
    if (!cache.n && !bk_arena_printf(cli->arena, &cache, "%.*s/.kube/cache", BK_FMT(bk_env("HOME")))) return bk_arena_fail(cli->arena, err);
    ret->cache = cache;
    const bk_kube_client_options client = {.qps = bk_flags_get(&cli->flags, "qps")->f,
                                           .burst = burst > 0 && burst < 100000 ? (unsigned)burst : 0,
                                           .environment = cli->environment,
                                           .warn = warn,
                                           .changes = changes,
                                           .interrupted = interrupted};
    return bk_kube_new(&ret->config, &client, &ret->kube, err);
}

void bk_cli_cluster_close(bk_cli_cluster *cluster) {
    bk_kube_free(cluster->kube);
    cluster->kube = NULL;
}
