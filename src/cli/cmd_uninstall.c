/* uninstall: takes releases away. */
#include "action/uninstall.h"

#include "cli/commands.h"
#include "cli/deploy_args.h"
#include "cli/flags_tables.h"

static bk_status check_cascade(bk_str cascade, bk_err *err) {
    static const char *const known[] = {"background", "foreground", "orphan"};
    for (size_t i = 0; i < BK_COUNT(known); i++)
        if (bk_str_eq(cascade, bk_str_c(known[i]))) return BK_OK;
    return bk_err_set(err, BK_ERR, "invalid cascade value (%.*s). Must be \"background\", \"foreground\", or \"orphan\"", BK_FMT(cascade));
}

static bk_status uninstall_all(bk_cli *cli, bk_cli_deploy *x, const bk_uninstall_options *o, bk_err *err) {
    for (size_t i = 0; i < cli->argc; i++) {
        bk_release release;
        bk_str info;
        BK_TRY(bk_action_uninstall(&x->deploy, cli->args[i], o, &release, &info, err));
        if (info.n) bk_buf_printf(&cli->out, "%.*s\n", BK_FMT(info));
        bk_buf_printf(&cli->out, "release \"%.*s\" uninstalled\n", BK_FMT(cli->args[i]));
        if (bk_cli_flush(cli, err) != BK_OK) return bk_err_wrap(err, "release %.*s is uninstalled, but", BK_FMT(cli->args[i]));
    }
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_cli_deploy x = {.cli = cli};
    bk_uninstall_options o = {
        .ignore_not_found = bk_flags_bool(&cli->flags, "ignore-not-found"),
        .keep_history = bk_flags_bool(&cli->flags, "keep-history"),
        .cascade = bk_flags_str(&cli->flags, "cascade"),
    };
    BK_TRY(check_cascade(o.cascade, err));
    BK_TRY(bk_cli_deploy_options(cli, &o.deploy, err));
    if (bk_flags_bool(&cli->flags, "dry-run")) o.deploy.dry_run = BK_DRY_RUN_CLIENT;
    bk_status s = bk_cli_deploy_open(cli, false, NULL, &x, err);
    if (s == BK_OK) s = uninstall_all(cli, &x, &o, err);
    return bk_cli_deploy_close(&x, s, err);
}

static const bk_flag flags[] = {
    {.name = "dry-run", .type = BK_FLAG_BOOL, .help = "only say what would be uninstalled"},
    {.name = "no-hooks", .type = BK_FLAG_BOOL, .help = "leave hooks out"},
    {.name = "ignore-not-found", .type = BK_FLAG_BOOL, .help = "a release that is not there counts as uninstalled"},
    {.name = "keep-history", .type = BK_FLAG_BOOL, .help = "keep the records, and mark the release as uninstalled"},
    {.name = "cascade",
     .type = BK_FLAG_STRING,
     .fallback = "background",
     .help = "what becomes of objects that belong to deleted ones: background, orphan, foreground"},
    {.name = "description", .type = BK_FLAG_STRING, .help = "description of the release"},
    {0},
};
static const bk_flag *const tables[] = {bk_flags_wait, flags, NULL};

const bk_command bk_cmd_uninstall = {
    .name = "uninstall",
    .usage = "RELEASE_NAME [...]",
    .aliases = "del delete un",
    .summary = "uninstall a release",
    .help =
        "Deletes the objects of a release, and its records unless --keep-history says otherwise. What says helm.sh/resource-policy: keep stays, and so\n"
        "does what no longer carries the release's marks; both are named.\n"
        "\n"
        "With --wait the command returns when everything is gone; together with --cascade foreground also what belonged to it.",
    .flags = tables,
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run,
};
