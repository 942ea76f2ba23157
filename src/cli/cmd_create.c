/* create: a new chart. */
#include "action/create.h"
#include "cli/commands.h"

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_buf_printf(&cli->out, "Creating %.*s\n", BK_FMT(cli->args[0]));
    bk_str starter = bk_flags_str(&cli->flags, "starter");
    if (starter.n && starter.p[0] != '/' &&
        !bk_arena_printf(cli->arena, &starter, "%.*s/starters/%.*s", BK_FMT(cli->settings.data_home), BK_FMT(starter)))
        return bk_arena_fail(cli->arena, err);
    bk_str version = bk_flags_str(&cli->flags, "chart-api-version");
    bool v3 = bk_str_eq(version, BK_S("v3"));
    if (v3 && !bk_env("HELM_EXPERIMENTAL_CHART_V3").n)
        return bk_err_set(err, BK_ERR,
                          "this feature has been marked as experimental and is not enabled by default. Please set "
                          "HELM_EXPERIMENTAL_CHART_V3=1 in your environment to use this feature");
    if (!v3 && version.n && !bk_str_eq(version, BK_S("v2")))
        return bk_err_set(err, BK_ERR, "unsupported chart API version: %.*s (supported: v2, v3)", BK_FMT(version));
    const bk_create what = {.path = cli->args[0], .starter = starter, .v3 = v3};
    return bk_action_create(cli->arena, &what, &cli->out, err);
}

static const bk_flag flags[] = {
    {.name = "starter", .letter = 'p', .type = BK_FLAG_STRING, .help = "name or absolute path of a chart to begin with"},
    {.name = "chart-api-version",
     .type = BK_FLAG_STRING,
     .fallback = "v2",
     .hidden = true,
     .help = "apiVersion of the chart: v2, or v3 (experimental)"},
    {0},
};
static const bk_flag *const tables[] = {flags, NULL};

const bk_command bk_cmd_create = {
    .name = "create",
    .usage = "NAME",
    .summary = "begin a new chart",
    .help = "Makes a folder with a chart to begin with: a deployment, its service and account, ways in, scaling, notes and a test.\n"
            "\n"
            "NAME may be a path; the folder above must exist. Files of the same names are written over, others are left alone.",
    .flags = tables,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
