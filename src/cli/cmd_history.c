/* history: the revisions of a release. */
#include "cli/commands.h"
#include "cli/release_args.h"
#include "cli/columns.h"
#include "data/json.h"

static bk_status put_rows(bk_cli *cli, const bk_releases *list, bool rollback, bk_columns *table, bk_err *err) {
    for (size_t i = 0; i < list->n; i++) {
        const bk_release *r = &list->p[i];
        bk_str row[7], back = BK_S("");
        size_t n = 0;
        bool ok = bk_arena_printf(cli->arena, &row[n++], "%lld", (long long)r->version);
        if (r->rollback_revision > 0) ok = ok && bk_arena_printf(cli->arena, &back, "%lld", (long long)r->rollback_revision);
        if (!ok) return bk_arena_fail(cli->arena, err);
        row[n++] = r->last_deployed.ansic.n ? r->last_deployed.ansic : BK_S("Mon Jan  1 00:00:00 0001");
        row[n++] = r->status;
        BK_TRY(bk_release_chart_name(cli->arena, r, &row[n++], err));
        row[n++] = bk_release_app_version(r);
        if (rollback) row[n++] = back;
        row[n++] = r->description;
        bk_columns_add(table, row);
    }
    return BK_OK;
}

static bk_status print_table(bk_cli *cli, const bk_releases *list, bk_err *err) {
    bk_columns table;
    bool rollback = bk_flags_bool(&cli->flags, "show-rollback-revision");
    const bk_str plain[] = {BK_S("REVISION"), BK_S("UPDATED"), BK_S("STATUS"), BK_S("CHART"), BK_S("APP VERSION"), BK_S("DESCRIPTION")};
    const bk_str wide[] = {BK_S("REVISION"),    BK_S("UPDATED"),  BK_S("STATUS"),     BK_S("CHART"),
                           BK_S("APP VERSION"), BK_S("ROLLBACK"), BK_S("DESCRIPTION")};
    bk_columns_init(&table, cli->arena, rollback ? BK_COUNT(wide) : BK_COUNT(plain));
    bk_columns_add(&table, rollback ? wide : plain);
    BK_TRY(put_rows(cli, list, rollback, &table, err));
    return bk_columns_print(&table, &cli->out, err);
}

static void text(bk_buf *json, const char *name, bk_str value) {
    bk_buf_printf(json, ",\"%s\":", name);
    bk_json_encode_string(json, value, BK_JSON_HTML);
}

static bk_status print_json(bk_cli *cli, bk_format format, const bk_releases *list, bk_err *err) {
    bk_buf json;
    bk_buf_init(&json, cli->arena, 0);
    bk_buf_byte(&json, '[');
    for (size_t i = 0; i < list->n; i++) {
        const bk_release *r = &list->p[i];
        bk_str chart;
        BK_TRY(bk_release_chart_name(cli->arena, r, &chart, err));
        bk_buf_printf(&json, "%s{\"revision\":%lld", i ? "," : "", (long long)r->version);
        if (r->last_deployed.text.n) text(&json, "updated", r->last_deployed.text);
        text(&json, "status", r->status);
        text(&json, "chart", chart);
        text(&json, "app_version", bk_release_app_version(r));
        if (r->rollback_revision) bk_buf_printf(&json, ",\"rollback_revision\":%lld", (long long)r->rollback_revision);
        text(&json, "description", r->description);
        bk_buf_byte(&json, '}');
    }
    bk_buf_byte(&json, ']');
    BK_TRY(bk_buf_check(&json, err));
    return bk_cli_put_json(cli, format, bk_buf_take(&json), err);
}

static bk_status revisions(bk_cli *cli, bk_releases *ret, bk_err *err) {
    bk_cli_releases releases;
    bk_str name = cli->args[0];
    BK_TRY(bk_cli_releases_open(cli, false, 0, &releases, err));
    bk_status s = bk_release_name_valid(name) ? bk_store_revisions(releases.store, name, ret, err)
                                              : bk_err_set(err, BK_ERR, "release name is invalid: %.*s", BK_FMT(name));
    bk_cli_releases_close(&releases);
    return s;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    int64_t max = bk_flags_get(&cli->flags, "max")->i;
    bk_format format = bk_cli_format(cli);
    bk_releases list;
    BK_TRY(revisions(cli, &list, err));
    /* The newest ones. */
    size_t n = max < 0 ? 0 : (uint64_t)max < list.n ? (size_t)max : list.n;
    if (n < list.n) list.p += list.n - n;
    list.n = n;
    BK_TRY(format == BK_FORMAT_TABLE ? print_table(cli, &list, err) : print_json(cli, format, &list, err));
    return bk_cli_flush(cli, err);
}

static const bk_flag flags[] = {
    {.name = "max", .type = BK_FLAG_INT, .fallback = "256", .help = "show no more than so many, the newest"},
    {.name = "show-rollback-revision", .type = BK_FLAG_BOOL, .help = "add a column: to which revision a rollback went"},
    {0},
};
static const bk_flag *const tables[] = {flags, bk_flags_output, NULL};

const bk_command bk_cmd_history = {
    .name = "history",
    .aliases = "hist",
    .usage = "RELEASE_NAME",
    .summary = "fetch release history",
    .help = "Lists the revisions of a release, the oldest first: when each was deployed, its state, chart and description.",
    .flags = tables,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
