/* lint: what there is to say against a chart. */
#include "action/lint.h"
#include "cli/chart_args.h"
#include "cli/cmd_plugin_run.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"

static bk_status options_of(bk_cli *cli, bk_lint_options *o, bk_err *err) {
    const bk_flags *f = &cli->flags;
    *o = (bk_lint_options){
        .paths = cli->args,
        .count = cli->argc,
        .kube_version = bk_flags_str(f, "kube-version"),
        .strict = bk_flags_bool(f, "strict"),
        .with_subcharts = bk_flags_bool(f, "with-subcharts"),
        .quiet = bk_flags_bool(f, "quiet"),
        .skip_schema_validation = bk_flags_bool(f, "skip-schema-validation"),
        .confine = true,
    };
    BK_TRY(bk_cli_values(cli, &o->sources, &o->source_count, err));
    BK_TRY(bk_cli_limits(cli, &o->limits, err));
    return bk_cli_namespace(cli, &o->namespace_, err);
}

static bk_status lint(bk_cli *cli, bk_err *err) {
    bk_lint_options o;
    bk_rendered logs = {0};
    bool reported = false;
    BK_TRY(options_of(cli, &o, err));
    const bk_render_options about = {.release = BK_S("test-release"), .namespace_ = o.namespace_};
    BK_TRY(bk_cli_guard(cli, &about, &o.guard, err));
    bk_status s = bk_cli_value_fetcher(cli, o.sources, o.source_count, &o.guard, err);
    if (s == BK_OK) s = bk_action_lint(cli->arena, &o, &cli->out, &reported, &logs, err);
    s = bk_guard_close(o.guard, s, err);
    bk_cli_logs(&logs);
    if (reported && s == BK_OK) {
        s = bk_cli_flush(cli, err);
    } else if (reported) {
        bk_err ignored = BK_ERR_INIT; /* the error that is there is the better one */
        if (bk_cli_flush(cli, &ignored) != BK_OK) bk_err_release(&ignored);
    }
    if (bk_flags_bool(&cli->flags, "summary")) bk_cli_summary(o.guard);
    bk_guard_free(o.guard);
    return s;
}

static bk_status run(bk_cli *cli, bk_err *err) { return bk_cli_kube_version_first(cli, lint(cli, err), err); }

static const bk_flag flags[] = {
    {.name = "strict", .type = BK_FLAG_BOOL, .help = "fail on warnings too"},
    {.name = "with-subcharts", .type = BK_FLAG_BOOL, .help = "lint the charts below charts/ too"},
    {.name = "quiet", .type = BK_FLAG_BOOL, .help = "show warnings and errors only"},
    {.name = "skip-schema-validation", .type = BK_FLAG_BOOL, .help = "do not check values against the charts' schemas"},
    {.name = "kube-version", .type = BK_FLAG_STRING, .help = "version of Kubernetes that the chart sees, and whose deprecations count"},
    {0},
};
static const bk_flag *const tables[] = {bk_flags_values, bk_flags_guard, flags, NULL};

const bk_command bk_cmd_lint = {
    .name = "lint",
    .usage = "PATH",
    .summary = "look for mistakes in charts",
    .help = "Holds charts against Helm's rules, each in a compartment of its own.\n"
            "\n"
            "[ERROR] is what keeps a chart from being installed, [WARNING] what breaks with convention, [INFO] advice. The exit code is\n"
            "1 when there are errors, with --strict when there are warnings.",
    .flags = tables,
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run,
};
