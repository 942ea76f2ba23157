/* dependency: what a chart depends on. */
#include "action/dependency.h"
#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/policy_args.h"

typedef bk_status (*action)(bk_arena *arena, const bk_dependency_options *options, bk_buf *out, bk_rendered *logs, bk_err *err);

static bk_status perform(bk_cli *cli, bk_dependency_options *o, action run, bk_err *err) {
    const bk_render_options none = {0};
    bk_rendered logs = {0};
    o->chart = cli->argc ? cli->args[0] : BK_S(".");
    bk_registry_world *world;
    BK_TRY(bk_cli_registry_world(cli, &o->guard, &world, err));
    bk_cli_dependency(cli, world, o);
    BK_TRY(bk_cli_limits(cli, &o->limits, err));
    BK_TRY(bk_cli_guard(cli, &none, &o->guard, err));
    bk_status s = bk_guard_close(o->guard, run(cli->arena, o, &cli->out, &logs, err), err);
    bk_cli_logs(&logs);
    bk_guard_free(o->guard);
    return s == BK_OK ? bk_cli_flush(cli, err) : s;
}

static bk_status list(bk_cli *cli, bk_err *err) {
    bk_dependency_options o = {.max_column = bk_flags_get(&cli->flags, "max-col-width")->u};
    return perform(cli, &o, bk_action_dependency_list, err);
}

static bk_status build(bk_cli *cli, bk_err *err) {
    bk_dependency_options o = {0};
    BK_TRY(bk_cli_epoch(&o.stamp, &o.stamped, err));
    return perform(cli, &o, bk_action_dependency_build, err);
}

static bk_status update(bk_cli *cli, bk_err *err) {
    bk_dependency_options o = {0};
    BK_TRY(bk_cli_epoch(&o.stamp, &o.stamped, err));
    return perform(cli, &o, bk_action_dependency_update, err);
}

static const bk_flag renew_flags[] = {
    {.name = "verify", .type = BK_FLAG_BOOL, .help = "check the signatures of what is fetched"},
    {.name = "keyring", .type = BK_FLAG_STRING, .help = "file that holds the public keys"},
    {.name = "skip-refresh", .type = BK_FLAG_BOOL, .help = "do not refresh the cached indexes of repositories"},
    {0},
};
static const bk_flag list_flags[] = {
    {.name = "max-col-width", .type = BK_FLAG_UINT64, .fallback = "80", .help = "widest column of the table; 0 for any"},
    {0},
};
static const bk_flag update_flags[] = {
    {.name = "lock-digests",
     .type = BK_FLAG_BOOL,
     .help = "write the digests of what is fetched into the lock file, which `dependency build` then holds it against"},
    {0},
};
static const bk_flag *const update_tables[] = {bk_flags_source, bk_flags_guard, renew_flags, update_flags, NULL};
static const bk_flag *const renew_tables[] = {bk_flags_source, bk_flags_guard, renew_flags, NULL};
static const bk_flag *const list_tables[] = {bk_flags_guard, list_flags, NULL};

static const bk_command build_command = {
    .name = "build",
    .usage = "CHART",
    .summary = "rebuild the charts/ directory based on the Chart.lock file",
    .help = "Fills a chart's folder charts/ with the versions that its Chart.lock names. Without a lock it does what `dependency update`\n"
            "does; a lock that does not fit Chart.yaml is an error.",
    .flags = renew_tables,
    .max_args = 1,
    .run = build,
};

static const bk_command list_command = {
    .name = "list",
    .usage = "CHART",
    .aliases = "ls",
    .summary = "list the dependencies for the given chart",
    .help = "Lists the dependencies of a chart, a folder or an archive, and tells which of them are there.",
    .flags = list_tables,
    .max_args = 1,
    .run = list,
};

static const bk_command update_command = {
    .name = "update",
    .usage = "CHART",
    .aliases = "up",
    .summary = "update charts/ based on the contents of Chart.yaml",
    .help =
        "Fills a chart's folder charts/ with charts that suit the dependencies in Chart.yaml, takes archives away that no longer belong\n"
        "there, and writes the versions down in Chart.lock.",
    .flags = update_tables,
    .max_args = 1,
    .run = update,
};

static const bk_command *const children[] = {&build_command, &list_command, &update_command, NULL};

const bk_command bk_cmd_dependency = {
    .name = "dependency",
    .usage = "update|build|list",
    .aliases = "dep dependencies",
    .summary = "look after what a chart depends on",
    .help = "A chart names the charts it needs under `dependencies` in its Chart.yaml: a name, a version or a range of versions, and a\n"
            "repository. The commands here bring its folder charts/ in line with that.\n"
            "\n"
            "A repository is a URL, @NAME of one that was added, oci://HOST/PATH, a folder (file://../path, relative to the chart), or\n"
            "nothing: then the chart lies unpacked in charts/ already. Only the repositories that are named are asked.",
    .children = children,
    .max_args = 0,
};
