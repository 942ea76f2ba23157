/* upgrade: brings a release to a new chart or new values. */
#include "action/upgrade.h"

#include "base/num.h"
#include "cli/chart_args.h"
#include "cli/cmd_install.h"
#include "cli/cmd_plugin_run.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"

static bool is_table(bk_cli *cli) { return bk_str_eq(bk_flags_str(&cli->flags, "output"), BK_S("table")); }

static bk_status options_of(bk_cli *cli, bk_upgrade_options *o, bk_err *err) {
    const bk_flags *f = &cli->flags;
    *o = (bk_upgrade_options){
        .server_side = bk_flags_str(f, "server-side"),
        .reset_values = bk_flags_bool(f, "reset-values"),
        .reuse_values = bk_flags_bool(f, "reuse-values"),
        .reset_then_reuse_values = bk_flags_bool(f, "reset-then-reuse-values"),
    };
    BK_TRY(bk_cli_deploy_options(cli, &o->deploy, err));
    BK_TRY(bk_cli_labels(cli, &o->labels, err));
    BK_TRY(bk_cli_deploy_chart(cli, cli->args[0], cli->args[1], &o->chart, err));
    o->chart.render.cluster = o->deploy.dry_run != BK_DRY_RUN_CLIENT && !bk_flags_str(f, "replay").n; /* what the chart looks up is there */
    return BK_OK;
}

/* ---- --install ---- */

static bk_status install(bk_cli *cli, const bk_upgrade_options *u, bk_cli_deploy *x, bool replace, bk_release *ret, bk_err *err) {
    bk_install_options o = {
        .deploy = u->deploy,
        .chart = u->chart,
        .create_namespace = bk_flags_bool(&cli->flags, "create-namespace"),
        .replace = replace,
        .skip_crds = bk_flags_bool(&cli->flags, "skip-crds"),
        .server_side = !bk_str_eq(u->server_side, BK_S("false")),
        .labels = u->labels,
    };
    if (is_table(cli)) bk_buf_printf(&cli->out, "Release \"%.*s\" does not exist. Installing it now.\n", BK_FMT(cli->args[0]));
    return bk_cli_install(cli, &o, x, ret, err);
}

/* Whether there is anything to upgrade; *history holds it then. */
static bk_status look(bk_cli *cli, bk_cli_deploy *x, bk_history *history, bool *ret_install, bool *ret_replace, bk_err *err) {
    *ret_install = *ret_replace = false;
    BK_TRY(bk_deploy_reach(&x->deploy, true, err));
    if (!bk_release_name_valid(cli->args[0])) return bk_err_set(err, BK_ERR, "release name is invalid: %.*s", BK_FMT(cli->args[0]));
    bk_status s = bk_store_history(x->deploy.store, cli->args[0], history, err);
    if (s != BK_OK && bk_str_eq(bk_err_message(err), BK_S(BK_STORE_NOT_FOUND))) {
        bk_err_release(err);
        *ret_install = true;
        return BK_OK;
    }
    if (s != BK_OK) {
        (void)bk_deploy_lost(&x->deploy, err);
        return err->code;
    }
    *ret_install = *ret_replace = bk_str_eq(bk_history_last(history)->status, BK_STATUS_UNINSTALLED);
    return BK_OK;
}

/* ---- the run ---- */

static bk_status upgrade(bk_cli *cli, bk_upgrade_options *o, bk_cli_deploy *x, const bk_history *known, bk_release *ret, bk_err *err) {
    o->chart.render.guard = x->deploy.guard;
    BK_TRY(bk_cli_deploy_locate(cli, &x->deploy.guard, &o->chart, err));
    BK_TRY(bk_cli_value_fetcher(cli, o->chart.sources, o->chart.source_count, &x->deploy.guard, err));
    BK_TRY(bk_cli_post_renderer(cli, &o->chart.render, err));
    BK_TRY(bk_action_upgrade_load(&x->deploy, o, &cli->out, err));
    if (bk_flags_str(&cli->flags, "replay").n) return bk_action_upgrade_replay(&x->deploy, o, ret, err);
    if (bk_action_upgrade(&x->deploy, o, known, ret, err) != BK_OK) return bk_err_wrap(err, "UPGRADE FAILED");
    return BK_OK;
}

static bk_status upgrade_or_install(bk_cli *cli, bk_upgrade_options *o, bk_cli_deploy *x, bool *ret_installed, bk_release *ret,
                                    bk_err *err) {
    bk_history history = {0};
    bool replace, may_install = bk_flags_bool(&cli->flags, "install");
    *ret_installed = false;
    if (may_install && !bk_flags_str(&cli->flags, "replay").n) BK_TRY(look(cli, x, &history, ret_installed, &replace, err));
    if (*ret_installed) return install(cli, o, x, replace, ret, err);
    return upgrade(cli, o, x, history.n ? &history : NULL, ret, err);
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_upgrade_options o;
    bk_cli_deploy x = {.cli = cli};
    bk_release release = {0};
    bool installed = false;
    BK_TRY(bk_cli_check_force(cli, err));
    BK_TRY(options_of(cli, &o, err));
    bk_status s = bk_cli_deploy_open(cli, bk_flags_str(&cli->flags, "replay").n != 0, &o.chart.render, &x, err);
    if (s == BK_OK) s = upgrade_or_install(cli, &o, &x, &installed, &release, err);
    BK_TRY(bk_cli_deploy_close(&x, s, err));
    if (!installed && is_table(cli)) bk_buf_printf(&cli->out, "Release \"%.*s\" has been upgraded. Happy Helming!\n", BK_FMT(cli->args[0]));
    return bk_cli_print_deployed(cli, &release, bk_flags_bool(&cli->flags, "hide-notes"), err);
}

static const bk_flag flags[] = {
    {.name = "install", .letter = 'i', .type = BK_FLAG_BOOL, .help = "install the release if there is none of that name"},
    {.name = "reset-values", .type = BK_FLAG_BOOL, .help = "start from the chart's own values"},
    {.name = "reuse-values",
     .type = BK_FLAG_BOOL,
     .help = "start from the values of the last revision, its chart's included, and put --set and -f on top; --reset-values wins over it"},
    {.name = "reset-then-reuse-values",
     .type = BK_FLAG_BOOL,
     .help = "start from the chart's own values, then those that were given for the last revision, then --set and -f"},
    {0},
};
static const bk_flag *const tables[] = {bk_flags_apply, bk_flags_deploy, bk_flags_revise, bk_flags_dry_run,
                                        bk_flags_notes, bk_flags_values, bk_flags_chart,  bk_flags_sigstore,
                                        bk_flags_guard, bk_flags_output, flags,           NULL};

const bk_command bk_cmd_upgrade = {
    .name = "upgrade",
    .usage = "[RELEASE] [CHART]",
    .summary = "upgrade a release",
    .help =
        "Renders the chart and changes the release's objects to what comes out: new ones are created, others changed, those that are gone deleted\n"
        "(unless they say helm.sh/resource-policy: keep). Each upgrade makes a revision that `rollback` can go back to.\n"
        "\n"
        "Without -f and --set the values of the last revision are used again. With them, they alone count, unless --reuse-values or\n"
        "--reset-then-reuse-values says otherwise. --install installs what is not there yet.\n"
        "\n"
        "When somebody else is at work on the release, the upgrade is refused. What a command of ours left half-done is found and closed; what\n"
        "another program left pending is taken over with --recover.",
    .flags = tables,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
