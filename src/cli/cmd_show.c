/* show: what a chart is. */
#include "action/show.h"
#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"

static bk_status show(bk_cli *cli, bk_show_part part, bk_err *err) {
    const bk_render_options none = {0};
    const bk_flag_value *jsonpath = bk_flags_find(&cli->flags, BK_S("jsonpath"));
    bk_show_options o = {.chart = cli->args[0], .part = part, .jsonpath = jsonpath ? jsonpath->text : BK_S(""), .confine = true};
    bk_rendered logs = {0};
    BK_TRY(bk_cli_limits(cli, &o.limits, err));
    bk_cli_chart_source(cli, &o.source);
    BK_TRY(bk_cli_registry_world(cli, &o.guard, &o.world, err));
    BK_TRY(bk_cli_guard(cli, &none, &o.guard, err));
    bk_status s = bk_action_show(cli->arena, &o, &cli->out, &logs, err);
    s = bk_guard_close(o.guard, s, err);
    bk_cli_logs(&logs);
    bk_guard_free(o.guard);
    return s == BK_OK ? bk_cli_flush(cli, err) : s;
}

static bk_status show_all(bk_cli *cli, bk_err *err) { return show(cli, BK_SHOW_ALL, err); }
static bk_status show_chart(bk_cli *cli, bk_err *err) { return show(cli, BK_SHOW_CHART, err); }
static bk_status show_crds(bk_cli *cli, bk_err *err) { return show(cli, BK_SHOW_CRDS, err); }
static bk_status show_readme(bk_cli *cli, bk_err *err) { return show(cli, BK_SHOW_README, err); }

static bk_status show_values(bk_cli *cli, bk_err *err) { return show(cli, BK_SHOW_VALUES, err); }

static const bk_flag flags[] = {
    {.name = "devel",
     .type = BK_FLAG_BOOL,
     .help = "consider development versions too; the same as version '>0.0.0-0'; --version overrides it"},
    {0},
};
static const bk_flag values_flags[] = {
    {.name = "jsonpath", .type = BK_FLAG_STRING, .help = "show only what this JSONPath expression finds"},
    {0},
};
static const bk_flag *const tables[] = {bk_flags_chart, bk_flags_sigstore, bk_flags_guard, flags, NULL};
static const bk_flag *const values_tables[] = {bk_flags_chart, bk_flags_sigstore, bk_flags_guard, flags, values_flags, NULL};

/* The one-line summaries are what shells offer, and scripts compare: Helm's. */
#define SHOW(id, one_line, text, table) \
    static const bk_command id = {.name = #id, \
                                  .usage = "[CHART]", \
                                  .summary = "show " one_line, \
                                  .help = "Shows the chart's " text \
                                          ". CHART is a folder, an archive, REPO/CHART, a URL, or oci://HOST/PATH/CHART.", \
                                  .flags = table, \
                                  .min_args = 1, \
                                  .max_args = 1, \
                                  .run = show_##id}
SHOW(all, "all information of the chart", "definition, values, README and CRDs", tables);
SHOW(chart, "the chart's definition", "definition (Chart.yaml)", tables);
SHOW(crds, "the chart's CRDs", "CustomResourceDefinitions", tables);
SHOW(readme, "the chart's README", "README", tables);
SHOW(values, "the chart's values", "values (values.yaml)", values_tables);
#undef SHOW

static const bk_command *const children[] = {&all, &chart, &crds, &readme, &values, NULL};

const bk_command bk_cmd_show = {
    .name = "show",
    .aliases = "inspect",
    .summary = "show what a chart is",
    .help = "Shows parts of a chart, which is read in a compartment.",
    .children = children,
    .max_args = 0,
};
