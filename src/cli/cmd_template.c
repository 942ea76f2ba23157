/* template: renders a chart and prints what comes out. */

#include "action/template.h"
#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/cmd_plugin_run.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/kube_args.h"
#include "release/store.h"

/* *ret_server: a cluster is to be asked. */
static bk_status check_dry_run(bk_cli *cli, bool *ret_server, bk_err *err) {
    const bk_flag_value *dry = bk_flags_get(&cli->flags, "dry-run"), *validate = bk_flags_get(&cli->flags, "validate");
    if (dry->changed && validate->changed)
        return bk_err_set(
            err, BK_ERR, "if any flags in the group [validate dry-run] are set none of the others can be; [dry-run validate] were all set");
    const bk_flag_value *replace = bk_flags_get(&cli->flags, "force-replace"), *conflicts = bk_flags_get(&cli->flags, "force-conflicts");
    const bk_flag_value *force = bk_flags_get(&cli->flags, "force");
    if (conflicts->changed && (replace->changed || force->changed)) {
        const char *other = replace->changed ? "force-replace" : "force";
        return bk_err_set(err, BK_ERR,
                          "if any flags in the group [%s force-conflicts] are set none of the others can be; [%s %s] were all set", other,
                          replace->changed ? "force-conflicts" : "force", replace->changed ? "force-replace" : "force-conflicts");
    }
    bk_str mode = dry->text;
    *ret_server = validate->b || bk_str_eq(mode, BK_S("server"));
    static const char *const known[] = {"client", "server", "unset", "true", "false", "none"};
    size_t k = 0;
    while (k < BK_COUNT(known) && !bk_str_eq(mode, bk_str_c(known[k]))) k++;
    if (k == BK_COUNT(known))
        return bk_err_set(err, BK_ERR, "invalid dry-run value (\"%.*s\"). Must be \"none\", \"server\", or \"client\"", BK_FMT(mode));
    if (k >= 4) return bk_err_set(err, BK_ERR, "invalid dry-run value (\"%.*s\"). Must be \"server\" or \"client\"", BK_FMT(mode));
    return BK_OK;
}

static bk_status options_of(bk_cli *cli, bk_template_options *o, bk_err *err) {
    const bk_flags *f = &cli->flags;
    *o = (bk_template_options){0};
    o->render.kube_version = bk_flags_str(f, "kube-version");
    const bk_flag_value *api = bk_flags_get(f, "api-versions"), *show = bk_flags_get(f, "show-only");
    o->render.api_versions = api->items;
    o->render.api_version_count = api->count;
    o->render.show_only = show->items;
    o->render.show_only_count = show->count;
    o->render.is_upgrade = bk_flags_bool(f, "is-upgrade");
    o->render.include_crds = bk_flags_bool(f, "include-crds");
    o->render.skip_schema_validation = bk_flags_bool(f, "skip-schema-validation");
    o->render.enable_dns = bk_flags_bool(f, "enable-dns");
    o->render.skip_hooks = bk_flags_bool(f, "no-hooks");
    o->render.skip_tests = bk_flags_bool(f, "skip-tests");
    o->render.debug = cli->debug;
    o->output_dir = bk_flags_str(f, "output-dir");
    if (o->output_dir.n && show->count) {
        o->render.show_only_count = 0;
        o->sought = show->items[0];
    }
    o->use_release_name = bk_flags_bool(f, "release-name");
    o->dependency_update = bk_flags_bool(f, "dependency-update");
    bk_cli_chart_source(cli, &o->source);
    if (o->dependency_update) BK_TRY(bk_cli_epoch(&o->dependency.stamp, &o->dependency.stamped, err));
    BK_TRY(bk_cli_release_and_chart(cli, &o->render.release, &o->render.chart, err));
    BK_TRY(bk_cli_values(cli, &o->sources, &o->source_count, err));
    BK_TRY(bk_cli_limits(cli, &o->render.limits, err));
    return bk_cli_namespace(cli, &o->render.namespace_, err);
}

/* The release's last revision, for lookups; asked for when a rule first wants to know. */
static bk_status load_last(void *self, bk_arena *arena, bk_release *ret, bool *ret_found, bk_err *err) {
    const bk_template_options *o = self;
    const bk_store_options options = {.driver = bk_env("HELM_DRIVER"),
                                      .memory_data = bk_env("HELM_MEMORY_DRIVER_DATA"),
                                      .kube = o->cluster->kube,
                                      .namespace_ = o->render.namespace_};
    bk_store *store;
    bk_history history;
    BK_TRY(bk_store_open(arena, &options, &store, err));
    bk_status s = bk_store_history(store, o->render.release, &history, err);
    *ret_found = s == BK_OK;
    if (s == BK_OK) return bk_history_load(&history, bk_history_last(&history), ret, err);
    if (!bk_str_eq(bk_err_message(err), BK_S(BK_STORE_NOT_FOUND))) return s;
    bk_err_release(err);
    return BK_OK;
}

/* The cluster of --dry-run=server; a replay needs none. */
static bk_status open_cluster(bk_cli *cli, bk_template_options *o, bk_cli_cluster *at, bk_cluster *cluster, bk_err *err) {
    const bk_flag_value *replay = bk_flags_find(&cli->flags, BK_S("replay"));
    o->skip_crds = bk_flags_bool(&cli->flags, "skip-crds");
    o->take_ownership = bk_flags_bool(&cli->flags, "take-ownership");
    o->unchecked = bk_flags_bool(&cli->flags, "disable-openapi-validation");
    o->render.cluster = true;
    if (replay && replay->text.n) return BK_OK;
    BK_TRY(bk_cli_cluster_open(cli, at, err));
    *cluster = (bk_cluster){.kube = at->kube, .cache = at->cache};
    o->cluster = cluster;
    o->load = load_last;
    o->load_self = o;
    return BK_OK;
}

static bk_status write_out(void *self, bk_str text, bk_err *err) {
    (void)self;
    return bk_cli_write(text, err);
}

static bk_status render(bk_cli *cli, bk_err *err) {
    bk_template_options o;
    bk_cli_cluster at = {0};
    bk_cluster cluster;
    bool server;
    BK_TRY(check_dry_run(cli, &server, err));
    BK_TRY(options_of(cli, &o, err));
    BK_TRY(bk_cli_registry_world(cli, &o.render.guard, &o.world, err));
    bk_cli_dependency(cli, o.world, &o.dependency);
    if (server) BK_TRY(open_cluster(cli, &o, &at, &cluster, err));
    bk_status s = bk_cli_guard(cli, &o.render, &o.render.guard, err);
    if (s != BK_OK) {
        bk_cli_cluster_close(&at);
        return s;
    }
    bk_template_result result = {0};
    s = bk_cli_value_fetcher(cli, o.sources, o.source_count, &o.render.guard, err);
    if (s == BK_OK) s = bk_cli_post_renderer(cli, &o.render, err);
    o.confine = true;
    if (s == BK_OK) s = bk_action_template(cli->arena, &o, &cli->out, &result, err);
    s = bk_guard_close(o.render.guard, s, err);
    bk_cli_logs(&result.rendered);
    bk_str line;
    if (cli->debug && o.confined && bk_arena_printf(cli->arena, &line, "level=DEBUG msg=\"process confined\" rights=\"%s\"", o.confined))
        bk_cli_warn(line);
    if (s == BK_OK) s = bk_template_print(&o, &result.rendered, &cli->out, &(bk_template_sink){.write = write_out}, err);
    if (s == BK_OK) s = bk_cli_flush(cli, err);
    if (bk_flags_bool(&cli->flags, "summary")) bk_cli_summary(o.render.guard);
    bk_guard_free(o.render.guard);
    bk_cli_cluster_close(&at);
    return s;
}

static bk_status run(bk_cli *cli, bk_err *err) { return bk_cli_kube_version_first(cli, render(cli, err), err); }

static const bk_flag flags[] = {
    {.name = "show-only",
     .letter = 's',
     .type = BK_FLAG_ARRAY,
     .help = "show only what these templates made (may be repeated; * and ? match)"},
    {.name = "output-dir", .type = BK_FLAG_STRING, .help = "write files into this folder instead of standard output"},
    {.name = "validate", .type = BK_FLAG_BOOL, .deprecated = "use '--dry-run=server' instead", .help = ""},
    /* Accepted and without effect, as in Helm. */
    {.name = "hide-notes",
     .type = BK_FLAG_BOOL,
     .deprecated = "this flag has no effect for 'helm template' and will be removed in Helm 5",
     .help = ""},
    {.name = "render-subchart-notes",
     .type = BK_FLAG_BOOL,
     .deprecated = "this flag has no effect for 'helm template' and will be removed in Helm 5",
     .help = ""},
    {.name = "include-crds", .type = BK_FLAG_BOOL, .help = "show the chart's CRDs too"},
    {.name = "skip-tests", .type = BK_FLAG_BOOL, .help = "leave tests out"},
    {.name = "is-upgrade", .type = BK_FLAG_BOOL, .help = "set .Release.IsUpgrade instead of .Release.IsInstall"},
    {.name = "kube-version", .type = BK_FLAG_STRING, .help = "version of Kubernetes that the chart sees"},
    {.name = "api-versions",
     .letter = 'a',
     .type = BK_FLAG_SLICE,
     .help = "API versions that the chart sees besides the built-in ones (may be repeated)"},
    {.name = "release-name", .type = BK_FLAG_BOOL, .help = "put the release's name into the path of --output-dir"},
    {.name = "dry-run",
     .type = BK_FLAG_STRING,
     .fallback = "client",
     .bare = "unset",
     .help = "what the chart is rendered against: client (nothing) or server (a cluster)"},
    {0},
};
static const bk_flag *const tables[] = {
    bk_flags_apply, bk_flags_deploy, bk_flags_install, bk_flags_values, bk_flags_chart, bk_flags_sigstore, bk_flags_guard, flags, NULL};

const bk_command bk_cmd_template = {
    .name = "template",
    .usage = "[NAME] [CHART]",
    .summary = "render a chart and show the manifests",
    .help =
        "Renders a chart in a compartment and prints the manifests; no cluster is asked, unless --dry-run=server names one: then the chart sees its\n"
        "version and kinds, lookups are answered within the policy, and the manifests are held against what is there.\n"
        "\n"
        "CHART is a folder, an archive, REPO/CHART, a URL, or oci://HOST/PATH/CHART. NAME is the release's, release-name when left\n"
        "out. Values come from -f and the --set family, whose order among each other is fixed: files, --set-json, --set, --set-string,\n"
        "--set-file, --set-literal.\n"
        "\n"
        "What the chart asks the host for (random numbers, time, keys, …) is decided by the guard: --ledger FILE writes it down,\n"
        "--record FILE keeps the answers, --replay FILE renders again with them.",
    .flags = tables,
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run,
};
