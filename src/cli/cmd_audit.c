/* audit: what a chart can ask for, before anything is installed. */
#include "action/audit.h"
#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/cmd_plugin_run.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "data/json.h"

typedef struct run_state {
    bk_cli *cli;
    bk_guard *guard;
    bk_value_source *sources;
    size_t source_count;
    bk_audit_options options;
    bk_registry_world *world;
    bk_chart_source_options source;
} run_state;

static bk_status options_of(run_state *r, bk_err *err) {
    bk_cli *cli = r->cli;
    bk_render_options *o = &r->options.render;
    bk_str format = bk_flags_str(&cli->flags, "output");
    if (!bk_str_eq(format, BK_S("text")) && !bk_str_eq(format, BK_S("json")))
        return bk_err_set(err, BK_ERR, "invalid format \"%.*s\": it is text or json", BK_FMT(format));
    if (bk_flags_bool(&cli->flags, "rbac") && cli->argc == 2) return bk_err_set(err, BK_ERR, "--rbac is for one chart");
    if (bk_flags_bool(&cli->flags, "rbac") && bk_str_eq(format, BK_S("json"))) return bk_err_set(err, BK_ERR, "--rbac prints YAML");
    o->release = bk_flags_str(&cli->flags, "release");
    o->kube_version = bk_flags_str(&cli->flags, "kube-version");
    const bk_flag_value *api = bk_flags_get(&cli->flags, "api-versions");
    o->api_versions = api->items;
    o->api_version_count = api->count;
    o->include_crds = true;
    BK_TRY(bk_cli_values(cli, &r->sources, &r->source_count, err));
    BK_TRY(bk_cli_limits(cli, &o->limits, err));
    return bk_cli_namespace(cli, &o->namespace_, err);
}

static bk_status audit(run_state *r, bk_str chart, bk_audited *ret, bk_err *err) {
    bk_rendered logs = {0};
    bk_chart_source found;
    r->options.render.guard = r->guard;
    BK_TRY(bk_chart_source_resolve(r->cli->arena, r->world, chart, &r->source, &found, err));
    r->options.render.chart = found.path;
    bk_status s = bk_action_audit(r->cli->arena, &r->options, ret, &logs, err);
    bk_cli_logs(&logs);
    return s;
}

static bk_status print(run_state *r, const bk_audited *audited, bool beyond, bk_err *err) {
    bk_cli *cli = r->cli;
    const bk_rbac_options rbac = {r->options.render.release, r->options.render.namespace_, bk_flags_bool(&cli->flags, "wait")};
    if (bk_flags_bool(&cli->flags, "rbac")) return bk_audit_rbac(cli->arena, audited->objects, &rbac, &cli->out, err);
    if (bk_str_eq(bk_flags_str(&cli->flags, "output"), BK_S("text"))) return bk_audit_print(audited->report, beyond, &cli->out, err);
    BK_TRY(bk_json_encode(&cli->out, cli->arena, audited->report, 0, err));
    bk_buf_byte(&cli->out, '\n');
    return bk_buf_check(&cli->out, err);
}

static bk_status compare(run_state *r, bk_err *err) {
    bk_audited before = {0}, now = {0};
    BK_TRY(audit(r, r->cli->args[0], &before, err));
    if (r->cli->argc == 1) return print(r, &before, false, err);
    BK_TRY(audit(r, r->cli->args[1], &now, err));
    BK_TRY(bk_audit_beyond(r->cli->arena, before.report, now.report, &now.report, err));
    return print(r, &now, true, err);
}

static bk_status run(bk_cli *cli, bk_err *err) {
    run_state r = {.cli = cli};
    BK_TRY(options_of(&r, err));
    bk_cli_chart_source(cli, &r.source);
    BK_TRY(bk_cli_registry_world(cli, &r.guard, &r.world, err));
    BK_TRY(bk_cli_guard(cli, &r.options.render, &r.guard, err));
    bk_status s = bk_cli_value_fetcher(cli, r.sources, r.source_count, &r.guard, err);
    if (s == BK_OK)
        s = bk_operator_values(cli->arena, r.guard, r.sources, r.source_count, &r.options.render.limits, &r.options.render.values, err);
    if (s == BK_OK) s = compare(&r, err);
    s = bk_guard_close(r.guard, s, err);
    if (s == BK_OK) s = bk_cli_flush(cli, err);
    bk_guard_free(r.guard);
    return s;
}

static const bk_flag flags[] = {
    {.name = "output", .letter = 'o', .type = BK_FLAG_STRING, .fallback = "text", .help = "text or json"},
    {.name = "rbac", .type = BK_FLAG_BOOL, .help = "print the least Role and ClusterRole that installing the chart needs, as YAML"},
    {.name = "wait", .type = BK_FLAG_BOOL, .help = "with --rbac: what install --wait needs as well"},
    {.name = "release", .type = BK_FLAG_STRING, .fallback = "release-name", .help = "the release's name"},
    {.name = "kube-version", .type = BK_FLAG_STRING, .help = "version of Kubernetes that the chart sees"},
    {.name = "api-versions",
     .letter = 'a',
     .type = BK_FLAG_SLICE,
     .help = "API versions that the chart sees besides the built-in ones (may be repeated)"},
    {0},
};
static const bk_flag *const tables[] = {bk_flags_values, bk_flags_chart, bk_flags_guard, flags, NULL};

const bk_command bk_cmd_audit = {
    .name = "audit",
    .usage = "CHART [NEW]",
    .summary = "tell what a chart can ask for and puts on a cluster",
    .help =
        "Tells of CHART, without a cluster, every place in every template, those of all dependencies included, that asks the host for something (lookups,\n"
        "names, keys, random numbers, the clock), and of what it renders to with the values that are given: hooks, images, privileges, objects that\n"
        "lie in no namespace, and what it uses without bringing it along.\n"
        "\n"
        "With NEW, another version of the chart, only what that one asks for beyond the first is told.\n"
        "\n"
        "--rbac prints the least roles that installing, upgrading and uninstalling the chart needs.",
    .flags = tables,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
