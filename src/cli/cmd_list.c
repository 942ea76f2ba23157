/* list: the releases of a namespace, or of all. */
#include "action/release_list.h"
#include "cli/commands.h"
#include "cli/release_args.h"
#include "cli/columns.h"
#include "data/json.h"

static bk_list_options options_of(const bk_cli *cli) {
    static const struct {
        const char *flag;
        bk_list_state state;
    } states[] = {{"deployed", BK_LIST_DEPLOYED}, {"uninstalled", BK_LIST_UNINSTALLED}, {"uninstalling", BK_LIST_UNINSTALLING},
                  {"pending", BK_LIST_PENDING},   {"failed", BK_LIST_FAILED},           {"superseded", BK_LIST_SUPERSEDED}};
    const bk_flags *f = &cli->flags;
    bk_list_options o = {.filter = bk_flags_str(f, "filter"),
                         .selector = bk_flags_str(f, "selector"),
                         .time_format = bk_flags_str(f, "time-format"),
                         .by_date = bk_flags_bool(f, "date"),
                         .reverse = bk_flags_bool(f, "reverse"),
                         .offset = bk_flags_get(f, "offset")->i,
                         .max = bk_flags_get(f, "max")->i};
    for (size_t i = 0; i < BK_COUNT(states); i++)
        if (bk_flags_bool(f, states[i].flag)) o.states |= states[i].state;
    return o;
}

static bk_str updated(const bk_release *r) { return r->last_deployed.shown.n ? r->last_deployed.shown : BK_S("-"); }

static bk_status print_names(bk_cli *cli, bk_format format, const bk_releases *list, bk_err *err) {
    bk_buf json;
    if (format == BK_FORMAT_TABLE) {
        for (size_t i = 0; i < list->n; i++) {
            bk_buf_str(&cli->out, list->p[i].name);
            bk_buf_byte(&cli->out, '\n');
        }
        return BK_OK;
    }
    bk_buf_init(&json, cli->arena, 0);
    bk_buf_byte(&json, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i) bk_buf_byte(&json, ',');
        bk_json_encode_string(&json, list->p[i].name, BK_JSON_HTML);
    }
    bk_buf_byte(&json, ']');
    BK_TRY(bk_buf_check(&json, err));
    return bk_cli_put_json(cli, format, bk_buf_take(&json), err);
}

static bk_status print_table(bk_cli *cli, const bk_releases *list, bk_err *err) {
    static const char *const headings[] = {"NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"};
    bk_columns table;
    bk_str row[BK_COUNT(headings)];
    bk_columns_init(&table, cli->arena, BK_COUNT(headings));
    bk_columns_expect(&table, list->n + 1);
    for (size_t i = 0; i < BK_COUNT(headings); i++) row[i] = bk_cli_color_heading(cli, headings[i]);
    if (!bk_flags_bool(&cli->flags, "no-headers")) bk_columns_add(&table, row);
    for (size_t i = 0; i < list->n; i++) {
        const bk_release *r = &list->p[i];
        row[0] = r->name;
        row[1] = bk_cli_color_namespace(cli, r->namespace_);
        if (!bk_arena_printf(cli->arena, &row[2], "%lld", (long long)r->version)) return bk_arena_fail(cli->arena, err);
        row[3] = updated(r);
        row[4] = bk_cli_color_status(cli, r->status);
        BK_TRY(bk_release_chart_name(cli->arena, r, &row[5], err));
        row[6] = bk_release_app_version(r);
        bk_columns_add(&table, row);
    }
    return bk_columns_print(&table, &cli->out, err);
}

static bk_status print_json(bk_cli *cli, bk_format format, const bk_releases *list, bk_err *err) {
    static const char *const names[] = {"name", "namespace", "revision", "updated", "status", "chart", "app_version"};
    bk_buf json;
    bk_buf_init(&json, cli->arena, 0);
    bk_buf_byte(&json, '[');
    for (size_t i = 0; i < list->n; i++) {
        const bk_release *r = &list->p[i];
        bk_str row[] = {r->name, r->namespace_, {NULL, 0}, updated(r), r->status, {NULL, 0}, bk_release_app_version(r)};
        if (!bk_arena_printf(cli->arena, &row[2], "%lld", (long long)r->version)) return bk_arena_fail(cli->arena, err);
        BK_TRY(bk_release_chart_name(cli->arena, r, &row[5], err));
        for (size_t k = 0; k < BK_COUNT(names); k++) {
            bk_buf_printf(&json, "%s\"%s\":", k ? "," : i ? ",{" : "{", names[k]);
            bk_json_encode_string(&json, row[k], BK_JSON_HTML);
        }
        bk_buf_byte(&json, '}');
    }
    bk_buf_byte(&json, ']');
    BK_TRY(bk_buf_check(&json, err));
    return bk_cli_put_json(cli, format, bk_buf_take(&json), err);
}

static bk_status run(bk_cli *cli, bk_err *err) {
    const bk_list_options o = options_of(cli);
    bk_format format = bk_cli_format(cli);
    bk_cli_releases releases;
    bk_releases list;
    BK_TRY(bk_cli_releases_open(cli, bk_flags_bool(&cli->flags, "all-namespaces"), 0, &releases, err));
    bk_status s = bk_action_list(cli->arena, releases.store, &o, &list, err);
    bk_cli_releases_close(&releases);
    BK_TRY(s);
    if (bk_flags_bool(&cli->flags, "short")) BK_TRY(print_names(cli, format, &list, err));
    else if (format == BK_FORMAT_TABLE) BK_TRY(print_table(cli, &list, err));
    else BK_TRY(print_json(cli, format, &list, err));
    return bk_cli_flush(cli, err);
}

static const bk_flag flags[] = {
    {.name = "all-namespaces", .letter = 'A', .type = BK_FLAG_BOOL, .help = "releases of all namespaces"},
    {.name = "date", .letter = 'd', .type = BK_FLAG_BOOL, .help = "sort by the time of the last change, not by name"},
    {.name = "deployed", .type = BK_FLAG_BOOL, .help = "show those that are deployed"},
    {.name = "failed", .type = BK_FLAG_BOOL, .help = "show those that failed"},
    {.name = "filter", .letter = 'f', .type = BK_FLAG_STRING, .help = "show those whose name this regular expression finds"},
    {.name = "max", .letter = 'm', .type = BK_FLAG_INT, .fallback = "256", .help = "show no more than so many; 0: all"},
    {.name = "no-headers", .type = BK_FLAG_BOOL, .help = "leave the headings out of the table"},
    {.name = "offset", .type = BK_FLAG_INT, .help = "leave out so many at the beginning"},
    {.name = "pending", .type = BK_FLAG_BOOL, .help = "show those that are being changed"},
    {.name = "reverse", .letter = 'r', .type = BK_FLAG_BOOL, .help = "the other way round"},
    {.name = "selector",
     .letter = 'l',
     .type = BK_FLAG_STRING,
     .help = "show those with these labels: key=value, key!=value, key in (a,b)"},
    {.name = "short", .letter = 'q', .type = BK_FLAG_BOOL, .help = "names only"},
    {.name = "superseded", .type = BK_FLAG_BOOL, .help = "show revisions that newer ones took the place of"},
    {.name = "time-format", .type = BK_FLAG_STRING, .help = "how to print times, as Go's time package has it: 2006-01-02 15:04:05Z0700"},
    {.name = "uninstalled", .type = BK_FLAG_BOOL, .help = "show those that are uninstalled and whose history was kept"},
    {.name = "uninstalling", .type = BK_FLAG_BOOL, .help = "show those that are being uninstalled"},
    {0},
};
static const bk_flag *const tables[] = {flags, bk_flags_output, NULL};

const bk_command bk_cmd_list = {
    .name = "list",
    .aliases = "ls",
    .summary = "list releases",
    .help = "Lists the releases of the namespace, each with its newest revision, sorted by name.\n"
            "\n"
            "Without a state among the flags all states are shown; several may be named. No more than 256 releases\n"
            "are shown unless --max says otherwise; with --offset one goes through them page by page.",
    .flags = tables,
    .max_args = 0,
    .run = run,
};
