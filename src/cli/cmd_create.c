/* create: a new chart. */
#include "action/create.h"
#include "cli/commands.h"

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_buf_printf(&cli->out, "Creating %.*s\n", BK_FMT(cli->args[0]));
    bk_str starter = bk_flags_str(&cli->flags, "starter");
    if (starter.n && starter.p[0] != '/' &&
        !bk_arena_printf(cli->arena, &starter, "%.*s/starters/%.*s", BK_FMT(cli->settings.data_home), BK_FMT(starter)))
        return bk_arena_fail(cli->arena, err);
    return bk_action_create(cli->arena, cli->args[0], starter, &cli->out, err);
}

static const bk_flag flags[] = {
    {.name = "starter", .letter = 'p', .type = BK_FLAG_STRING, .help = "name or absolute path of a chart to begin with"},
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
