/* pull: charts into a folder. */
#include "action/pull.h"
#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"

static bk_status pull_all(bk_cli *cli, bk_guard *const *guard, bk_err *err) {
    const bk_flags *f = &cli->flags;
    bk_pull_options o = {
        .destination = bk_flags_str(f, "destination"), .untar = bk_flags_bool(f, "untar"), .untar_dir = bk_flags_str(f, "untardir")};
    bk_registry_world *world;
    BK_TRY(bk_cli_registry_world(cli, guard, &world, err));
    bk_cli_chart_source(cli, &o.source);
    for (size_t i = 0; i < cli->argc; i++) {
        BK_TRY(bk_action_pull(cli->arena, world, cli->args[i], &o, &cli->out, err));
        BK_TRY(bk_cli_flush(cli, err));
    }
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    const bk_render_options none = {0};
    bk_guard *guard;
    BK_TRY(bk_cli_guard(cli, &none, &guard, err));
    bk_status s = bk_guard_close(guard, pull_all(cli, &guard, err), err);
    bk_guard_free(guard);
    return s;
}

static const bk_flag flags[] = {
    {.name = "devel",
     .type = BK_FLAG_BOOL,
     .help = "consider development versions too; the same as version '>0.0.0-0'; --version overrides it"},
    {.name = "untar", .type = BK_FLAG_BOOL, .help = "unpack the chart"},
    {.name = "prov", .type = BK_FLAG_BOOL, .help = "fetch the provenance file too, and leave it unchecked"},
    {.name = "untardir", .type = BK_FLAG_STRING, .fallback = ".", .help = "with --untar, the folder that the chart's folder goes into"},
    {.name = "destination",
     .letter = 'd',
     .type = BK_FLAG_STRING,
     .fallback = ".",
     .help = "folder that the chart goes to; --untardir is relative to it"},
    {0},
};
static const bk_flag *const tables[] = {bk_flags_chart, bk_flags_sigstore, bk_flags_guard, flags, NULL};

const bk_command bk_cmd_pull = {
    .name = "pull",
    .usage = "[chart URL | repo/chartname] [...]",
    .aliases = "fetch",
    .summary = "download a chart from a repository and (optionally) unpack it in local directory",
    .help =
        "Fetches charts without installing them: by a repository's name and the chart's (repo/chart), by URL, by --repo URL and a name,\n"
        "or from a registry (oci://HOST/PATH/CHART).\n"
        "\n"
        "What comes has to have the digest that the index or the reference names, and to be the chart and the version asked for. With\n"
        "--verify it has to be signed as well. Whatever fails, nothing half written is left.",
    .flags = tables,
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run,
};
