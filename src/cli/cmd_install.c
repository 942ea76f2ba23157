/* install: puts a chart on the cluster as a new release. */
#include <time.h>

#include "action/install.h"
#include "cli/chart_args.h"
#include "cli/cmd_install.h"
#include "cli/cmd_plugin_run.h"
#include "cli/commands.h"
#include "cli/deploy_args.h"
#include "cli/flags_tables.h"

/* ---- the name ---- */

/* "CHART-UNIXTIME", from the last part of the chart's path up to its first dot. */
static bk_status make_name(bk_cli *cli, bk_str chart, bk_str *ret, bk_err *err) {
    bk_str base = bk_path_base(chart);
    size_t dot;
    if (!base.n || bk_str_eq(base, BK_S("."))) base = BK_S("chart");
    if ((dot = bk_str_find_byte(base, '.')) != BK_NPOS) base.n = dot;
    bool ok = bk_arena_printf(cli->arena, ret, "%.*s-%lld", BK_FMT(base), (long long)time(NULL));
    return ok ? BK_OK : bk_arena_fail(cli->arena, err);
}

static bk_status name_and_chart(bk_cli *cli, bk_str *ret_name, bk_str *ret_chart, bk_err *err) {
    bool template = bk_flags_str(&cli->flags, "name-template").n, generate = bk_flags_bool(&cli->flags, "generate-name");
    if (cli->argc != 1 || template) return bk_cli_release_and_chart(cli, ret_name, ret_chart, err);
    *ret_chart = cli->args[0];
    if (!generate) return bk_err_set(err, BK_ERR, "must either provide a name or specify --generate-name");
    return make_name(cli, cli->args[0], ret_name, err);
}

/* ---- the run ---- */

bk_status bk_cli_install(bk_cli *cli, bk_install_options *o, bk_cli_deploy *x, bk_release *ret, bk_err *err) {
    bk_status s = bk_cli_value_fetcher(cli, o->chart.sources, o->chart.source_count, &x->deploy.guard, err);
    o->chart.render.guard = x->deploy.guard;
    if (s == BK_OK) s = bk_cli_post_renderer(cli, &o->chart.render, err);
    if (s == BK_OK) s = bk_cli_deploy_locate(cli, &x->deploy.guard, &o->chart, err);
    return s == BK_OK ? bk_action_install(&x->deploy, o, &cli->out, ret, err) : s;
}

static bk_status options_of(bk_cli *cli, bk_install_options *o, bk_err *err) {
    bk_str name = BK_S(""), chart;
    bk_deploy_options deploy = o->deploy;
    BK_TRY(name_and_chart(cli, &name, &chart, err));
    *o = (bk_install_options){
        .deploy = deploy,
        .create_namespace = bk_flags_bool(&cli->flags, "create-namespace"),
        .replace = bk_flags_bool(&cli->flags, "replace"),
        .skip_crds = bk_flags_bool(&cli->flags, "skip-crds"),
        .server_side = bk_flags_bool(&cli->flags, "server-side"),
    };
    BK_TRY(bk_cli_labels(cli, &o->labels, err));
    BK_TRY(bk_cli_deploy_chart(cli, name, chart, &o->chart, err));
    o->chart.render.cluster = deploy.dry_run != BK_DRY_RUN_CLIENT; /* what the chart looks up is there */
    return BK_OK;
}

static bk_status install(bk_cli *cli, bk_install_options *o, bk_release *ret, bk_err *err) {
    bk_cli_deploy x = {.cli = cli};
    BK_TRY(options_of(cli, o, err));
    bk_status s = bk_cli_deploy_open(cli, o->deploy.dry_run == BK_DRY_RUN_CLIENT, &o->chart.render, &x, err);
    if (s == BK_OK) s = bk_cli_install(cli, o, &x, ret, err);
    return bk_cli_deploy_close(&x, s, err);
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_install_options o = {0};
    bk_release release = {0};
    BK_TRY(bk_cli_check_force(cli, err));
    BK_TRY(bk_cli_deploy_options(cli, &o.deploy, err));
    if (bk_flags_str(&cli->flags, "replay").n) o.deploy.dry_run = BK_DRY_RUN_CLIENT;
    if (install(cli, &o, &release, err) != BK_OK) return bk_err_wrap(err, "INSTALLATION FAILED");
    return bk_cli_print_deployed(cli, &release, bk_flags_bool(&cli->flags, "hide-notes"), err);
}

static const bk_flag *const tables[] = {bk_flags_apply,
                                        bk_flags_deploy,
                                        bk_flags_install,
                                        bk_flags_dry_run,
                                        bk_flags_notes,
                                        bk_flags_values,
                                        bk_flags_chart,
                                        bk_flags_sigstore,
                                        bk_flags_guard,
                                        bk_flags_output,
                                        NULL};

const bk_command bk_cmd_install = {
    .name = "install",
    .usage = "[NAME] [CHART]",
    .summary = "install a chart",
    .help =
        "Renders a chart in a compartment and puts what comes out on the cluster, as a release with a record of its own.\n"
        "\n"
        "CHART is a folder, an archive, a URL, repository/chart or oci://…. NAME is the release's; --generate-name makes one up, --name-template\n"
        "takes one from a template. Values come from -f and the --set family, whose order among each other is fixed: files, --set-json, --set,\n"
        "--set-string, --set-file, --set-literal; the last of a kind wins.\n"
        "\n"
        "Objects of other releases, or of nobody's, are not touched unless --take-ownership says so. --dry-run=client only renders; with\n"
        "--dry-run=server the chart sees the cluster, and what is there already is checked. CRDs of the chart come first; they are neither\n"
        "changed nor deleted later.\n"
        "\n"
        "While the command works, the release's record says who is at it. When it is killed half-way, the next upgrade or rollback says what it\n"
        "found and goes on.\n"
        "\n"
        "What the chart asks the host for (cluster look-ups, random numbers, keys …) is decided by the guard: --ledger FILE writes it down,\n"
        "--record FILE keeps the answers, and --replay FILE renders again with them, offline: nothing is installed then.",
    .flags = tables,
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run,
};
