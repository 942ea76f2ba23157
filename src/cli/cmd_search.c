/* search: charts in repositories and hubs. */
#include "action/search.h"
#include "cli/chart_source.h"
#include "cli/commands.h"
#include "cli/printer.h"

static bk_status words(bk_cli *cli, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, cli->arena, 0);
    for (size_t i = 0; i < cli->argc; i++) {
        if (i) bk_buf_byte(&b, ' ');
        bk_buf_str(&b, cli->args[i]);
    }
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status print(bk_cli *cli, const bk_printing *p, bk_value found, bk_err *err) {
    if (!found.len && bk_flags_bool(&cli->flags, "fail-on-no-result")) return bk_err_set(err, BK_ERR, "no results found");
    if (!found.len && bk_cli_wants_table(cli)) bk_buf_c(&cli->out, "No results found\n");
    else BK_TRY(bk_cli_print_list(cli, p, found, err));
    return bk_cli_flush(cli, err);
}

static bk_status run_repo(bk_cli *cli, bk_err *err) {
    static const char *const members[] = {"name", "version", "app_version", "description", NULL};
    const bk_flags *f = &cli->flags;
    const bk_printing printing = {
        .columns = {4, {"NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"}, {"name", "version", "app_version", "description"}},
        .members = members,
        .most = bk_flags_get(f, "max-col-width")->u};
    bk_search_options o = {.all = cli->argc == 0,
                           .regexp = bk_flags_bool(f, "regexp"),
                           .versions = bk_flags_bool(f, "versions"),
                           .devel = bk_flags_bool(f, "devel"),
                           .version = bk_flags_str(f, "version")};
    bk_registry_world *world;
    bk_value found;
    BK_TRY(bk_cli_registry_world(cli, NULL, &world, err));
    BK_TRY(words(cli, &o.term, err));
    BK_TRY(bk_action_search_repositories(cli->arena, world, &o, &found, err));
    return print(cli, &printing, found, err);
}

static bk_status run_hub(bk_cli *cli, bk_err *err) {
    static const char *const members[] = {"url", "version", "app_version", "description", "repository", NULL};
    const bk_flags *f = &cli->flags;
    const bk_printing printing = {.columns = {bk_flags_bool(f, "list-repo-url") ? 5 : 4,
                                              {"URL", "CHART VERSION", "APP VERSION", "DESCRIPTION", "REPO URL"},
                                              {"url", "version", "app_version", "description", "repository.url"}},
                                  .members = members,
                                  .most = bk_flags_get(f, "max-col-width")->u};
    bk_registry_world *world;
    bk_value found;
    bk_str term;
    BK_TRY(bk_cli_registry_world(cli, NULL, &world, err));
    BK_TRY(words(cli, &term, err));
    BK_TRY(bk_action_search_hub(cli->arena, world, bk_flags_str(f, "endpoint"), term, &found, err));
    return print(cli, &printing, found, err);
}

static const bk_flag both_flags[] = {
    {.name = "max-col-width", .type = BK_FLAG_UINT64, .fallback = "50", .help = "widest column of the table"},
    {.name = "fail-on-no-result", .type = BK_FLAG_BOOL, .help = "finding nothing is a failure"},
    {0},
};
static const bk_flag repo_flags[] = {
    {.name = "regexp", .letter = 'r', .type = BK_FLAG_BOOL, .help = "the keyword is a regular expression"},
    {.name = "versions", .letter = 'l', .type = BK_FLAG_BOOL, .help = "every version of each chart, not only the newest"},
    {.name = "devel",
     .type = BK_FLAG_BOOL,
     .help = "development versions count too; the same as version '>0.0.0-0'; --version overrides it"},
    {.name = "version", .type = BK_FLAG_STRING, .help = "only versions in this range"},
    {0},
};
static const bk_flag hub_flags[] = {
    {.name = "endpoint", .type = BK_FLAG_STRING, .fallback = "https://hub.helm.sh", .help = "hub to ask"},
    {.name = "list-repo-url", .type = BK_FLAG_BOOL, .help = "show the URLs of the charts' repositories"},
    {0},
};
static const bk_flag *const repo_tables[] = {both_flags, repo_flags, bk_flags_format, NULL};
static const bk_flag *const hub_tables[] = {both_flags, hub_flags, bk_flags_format, NULL};

static const bk_command hub = {
    .name = "hub",
    .usage = "[KEYWORD]",
    .summary = "search for charts in the Artifact Hub or your own hub instance",
    .help = "Asks a hub, Artifact Hub unless --endpoint names another that speaks the same interface, for charts that have to do with the\n"
            "keyword.",
    .flags = hub_tables,
    .max_args = BK_ARGS_ANY,
    .run = run_hub,
};

static const bk_command repo = {
    .name = "repo",
    .usage = "[keyword]",
    .summary = "search repositories for a keyword in charts",
    .help =
        "Looks for the keyword in names, descriptions and keywords of the charts in all repositories that were added, and shows the newest\n"
        "release of each chart found. What it knows is what `repo update` last brought; nothing is fetched.",
    .flags = repo_tables,
    .max_args = BK_ARGS_ANY,
    .run = run_repo,
};

static const bk_command *const children[] = {&hub, &repo, NULL};

const bk_command bk_cmd_search = {
    .name = "search",
    .usage = "[keyword]",
    .summary = "search for a keyword in charts",
    .help = "Searches for charts: in the repositories that were added, or in a hub.",
    .children = children,
    .max_args = 0,
};
