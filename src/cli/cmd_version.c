/* version: which Helm this stands in for. */
#include "action/render.h"
#include "cli/commands.h"
#include "value/map.h"

static const char version[] = "v4.3.1", kube_version[] = "v1.37", bulkhead[] = "bulkhead " BK_VERSION;

static bk_status by_template(bk_cli *cli, bk_str text, bk_err *err) {
    bk_map *data = bk_map_new(cli->arena, 5);
    bool ok = data && bk_map_set(data, BK_S("Version"), bk_string(bk_str_c(version))) &&
              bk_map_set(data, BK_S("GitCommit"), bk_string(BK_S(""))) && bk_map_set(data, BK_S("GitTreeState"), bk_string(BK_S(""))) &&
              bk_map_set(data, BK_S("GoVersion"), bk_string(bk_str_c(bulkhead))) &&
              bk_map_set(data, BK_S("KubeClientVersion"), bk_string(bk_str_c(kube_version)));
    if (!ok) return bk_arena_fail(cli->arena, err);
    bk_str out;
    BK_TRY(bk_engine_template(cli->arena, BK_S("_"), text, bk_map_value(data), BK_S("version.BuildInfo"), false, &out, err));
    bk_buf_str(&cli->out, out);
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_str text = bk_flags_str(&cli->flags, "template");
    if (text.n) return by_template(cli, text, err);
    if (bk_flags_bool(&cli->flags, "short")) bk_buf_printf(&cli->out, "%s\n", version);
    else
        bk_buf_printf(&cli->out,
                      "version.BuildInfo{Version:\"%s\", GitCommit:\"\", GitTreeState:\"\", GoVersion:\"%s\", KubeClientVersion:\"%s\"}\n",
                      version, bulkhead, kube_version);
    return BK_OK;
}

static const bk_flag flags[] = {
    {.name = "short", .type = BK_FLAG_BOOL, .help = "only the version number"},
    {.name = "template", .type = BK_FLAG_STRING, .help = "template to print the version with"},
    {0},
};
static const bk_flag *const tables[] = {flags, NULL};

const bk_command bk_cmd_version = {
    .name = "version",
    .usage = "",
    .summary = "show the version",
    .help = "Prints the version of Helm that Bulkhead stands in for, in Helm's form, so that tools which ask for it go on working; "
            "Bulkhead's own\n"
            "version stands where Helm names its compiler.\n"
            "\n"
            "A --template sees .Version, .GitCommit, .GitTreeState, .GoVersion and .KubeClientVersion.",
    .flags = tables,
    .run = run,
};
