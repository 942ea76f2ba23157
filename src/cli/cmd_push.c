/* push: a packed chart to a registry. */
#include "action/push.h"
#include "cli/chart_args.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/policy_args.h"
#include "cli/registry_args.h"
#include "cli/transfers.h"

static bk_status run(bk_cli *cli, bk_err *err) {
    const bk_render_options none = {0};
    bk_push_options o = {.chart = cli->args[0], .remote = cli->args[1]};
    bk_rendered logs = {0};
    bk_str messages = {0};
    bk_transfers transfers;
    bk_transfers_open(&transfers);
    o.teller = (bk_registry_teller){.self = &transfers, .progress = bk_transfers_progress};
    bk_cli_registry_options(cli, &o.registry);
    BK_TRY(bk_cli_limits(cli, &o.limits, err));
    BK_TRY(bk_cli_guard(cli, &none, &o.guard, err));
    bk_status s = bk_guard_close(o.guard, bk_action_push(cli->arena, &o, &messages, &logs, err), err);
    bk_cli_logs(&logs);
    bk_guard_free(o.guard);
    BK_TRY(s);
    bk_buf_str(&cli->out, messages);
    return bk_cli_flush(cli, err);
}

static const bk_flag *const tables[] = {bk_flags_source, bk_flags_guard, NULL};

const bk_command bk_cmd_push = {
    .name = "push",
    .usage = "[chart] [remote]",
    .summary = "upload a packed chart to a registry",
    .help =
        "Uploads an archive that `package` made to a registry: oci://HOST/PATH, to which the chart's name is added; its version becomes\n"
        "the tag, with _ in place of +. A provenance file CHART.prov beside the archive goes along.\n"
        "\n"
        "Credentials come from --username and --password, from what `registry login` kept, or from docker's configuration, and go to\n"
        "that registry alone.",
    .flags = tables,
    .min_args = 2,
    .max_args = BK_ARGS_ANY,
    .run = run,
};
