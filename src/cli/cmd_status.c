/* status: one revision of a release, and the state of its objects. */
#include "action/release_status.h"
#include "cli/commands.h"
#include "cli/release_print.h"

static bk_status read_release(bk_cli *cli, bk_cli_releases *releases, bk_release *ret, bk_err *err) {
    bk_str name = cli->args[0];
    if (!bk_release_name_valid(name)) return bk_err_set(err, BK_ERR, "releaseContent: Release name is invalid: %.*s", BK_FMT(name));
    return bk_store_get(releases->store, name, bk_flags_get(&cli->flags, "revision")->i, NULL, ret, err);
}

/* The release's objects; the driver memory knows of no cluster. */
static bk_status read_resources(bk_cli *cli, bk_cli_releases *releases, const bk_release *release, bk_str *ret, bk_err *err) {
    const bk_status_options o = {.kube = releases->cluster.kube,
                                 .cache = releases->cluster.cache,
                                 .namespace_ = releases->namespace_,
                                 .table = bk_cli_format(cli) == BK_FORMAT_TABLE};
    *ret = BK_S("");
    return o.kube ? bk_action_status(cli->arena, &o, release->manifest, ret, err) : BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_cli_releases releases;
    bk_release release;
    bk_release_print how = {0};
    BK_TRY(bk_cli_releases_open(cli, false, 0, &releases, err));
    bk_status s = read_release(cli, &releases, &release, err);
    if (s == BK_OK) s = read_resources(cli, &releases, &release, &how.resources, err);
    if (s == BK_OK) s = bk_cli_print_release(cli, &release, &how, err);
    bk_cli_releases_close(&releases);
    return s == BK_OK ? bk_cli_flush(cli, err) : s;
}

static const bk_flag flags[] = {
    {.name = "revision", .type = BK_FLAG_INT, .help = "show this revision, not the newest"},
    {0},
};
static const bk_flag *const tables[] = {flags, bk_flags_output, NULL};

const bk_command bk_cmd_status = {
    .name = "status",
    .usage = "RELEASE_NAME",
    .summary = "display the status of the named release",
    .help = "Shows when a release was last deployed, its namespace, state, revision and description, its objects in the\n"
            "cluster, what its tests said, and its notes.",
    .flags = tables,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
