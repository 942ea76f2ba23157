#include "cli/release_args.h"

#include <unistd.h>

#include "data/yaml.h"

/* ---- the store ---- */

static void log_line(void *self, bk_str level, bk_str text) {
    const bk_cli *cli = self;
    bk_buf line;
    if (!cli->debug && bk_str_eq(level, BK_S("DEBUG"))) return;
    bk_buf_init(&line, NULL, 64 << 10);
    bk_buf_c(&line, "level=");
    bk_buf_str(&line, level);
    bk_buf_c(&line, " msg=\"");
    bk_buf_str(&line, text);
    bk_buf_byte(&line, '"');
    if (bk_buf_ok(&line)) bk_cli_warn(bk_buf_view(&line));
    bk_buf_release(&line);
}

/* The driver memory needs no cluster, and no kubeconfig that can be read. */
static bk_str memory_namespace(bk_cli *cli) {
    bk_cli_cluster cluster;
    bk_err ignored = BK_ERR_INIT;
    bk_str name = bk_flags_str(&cli->flags, "namespace");
    if (name.n) return name;
    if (bk_cli_cluster_open(cli, &cluster, &ignored) == BK_OK) {
        name = cluster.config.namespace_;
        bk_cli_cluster_close(&cluster);
    }
    bk_err_release(&ignored);
    return name.n ? name : BK_S("default");
}

/* Rows of lists lie beside what discovery keeps, the key that authenticates them with the user's data. */
static bk_status where_rows(bk_cli *cli, const bk_cli_releases *r, bk_store_options *o, bk_err *err) {
    bk_str data = cli->settings.data_home;
    if (!r->cluster.cache.n || r->cluster.cache.p[0] != '/' || !data.n || data.p[0] != '/') return BK_OK;
    return bk_arena_printf(cli->arena, &o->rows, "%.*s/bulkhead/releases", BK_FMT(r->cluster.cache)) &&
                   bk_arena_printf(cli->arena, &o->rows_key, "%.*s/bulkhead/releases.key", BK_FMT(data))
               ? BK_OK
               : bk_arena_fail(cli->arena, err);
}

bk_status bk_cli_releases_open(bk_cli *cli, bool all_namespaces, int64_t max_history, bk_cli_releases *ret, bk_err *err) {
    bk_str driver = bk_env("HELM_DRIVER");
    bk_store_options o = {
        .driver = driver, .memory_data = bk_env("HELM_MEMORY_DRIVER_DATA"), .max_history = max_history, .log = log_line, .log_self = cli};
    *ret = (bk_cli_releases){0};
    if (bk_str_eq(driver, BK_S("memory"))) {
        ret->namespace_ = memory_namespace(cli);
    } else {
        if (bk_cli_cluster_open(cli, &ret->cluster, err) != BK_OK) return bk_err_wrap(err, "kubernetes cluster unreachable");
        ret->namespace_ = ret->cluster.config.namespace_;
        o.kube = ret->cluster.kube;
    }
    o.namespace_ = all_namespaces ? BK_S("") : ret->namespace_;
    bk_status s = where_rows(cli, ret, &o, err);
    if (s == BK_OK) s = bk_store_open(cli->arena, &o, &ret->store, err);
    if (s != BK_OK) bk_cli_releases_close(ret);
    return s;
}

void bk_cli_releases_close(bk_cli_releases *r) {
    if (r->cluster.kube) bk_cli_cluster_close(&r->cluster);
    r->store = NULL;
}

/* ---- formats ---- */

static const char *const formats[] = {[BK_FORMAT_TABLE] = "table", [BK_FORMAT_JSON] = "json", [BK_FORMAT_YAML] = "yaml"};

static bk_status check_format(bk_str text, bk_err *err) {
    for (size_t i = 0; i < BK_COUNT(formats); i++)
        if (bk_str_eq(bk_str_c(formats[i]), text)) return BK_OK;
    return bk_err_set(err, BK_ERR, "invalid format type");
}

const bk_flag bk_flags_output[] = {
    {.name = "output",
     .letter = 'o',
     .type = BK_FLAG_STRING,
     .fallback = "table",
     .type_name = "format",
     .help = "how to print the result: table, json, yaml",
     .check = check_format},
    {0},
};

bk_format bk_cli_format(const bk_cli *cli) {
    bk_str text = bk_flags_str(&cli->flags, "output");
    size_t i = 0;
    while (i + 1 < BK_COUNT(formats) && !bk_str_eq(bk_str_c(formats[i]), text)) i++;
    return (bk_format)i;
}

bk_status bk_cli_put_json(bk_cli *cli, bk_format format, bk_str json, bk_err *err) {
    if (format == BK_FORMAT_YAML) return bk_yaml_from_json(&cli->out, cli->arena, json, err);
    bk_buf_str(&cli->out, json);
    bk_buf_byte(&cli->out, '\n');
    return bk_buf_check(&cli->out, err);
}

/* ---- colours ---- */

bk_str bk_cli_color_mode(const bk_cli *cli) {
    const bk_flag_value *color = bk_flags_get(&cli->flags, "color"), *colour = bk_flags_get(&cli->flags, "colour");
    return colour->changed > color->changed ? colour->text : color->text;
}

static bool wants_colors(const bk_cli *cli) {
    bk_str mode = bk_cli_color_mode(cli);
    if (bk_str_eq(mode, BK_S("always"))) return true;
    if (bk_str_eq(mode, BK_S("never"))) return false;
    return isatty(STDOUT_FILENO) && !bk_str_eq(bk_env("TERM"), BK_S("dumb")) && !bk_env("NO_COLOR").n;
}

bool bk_cli_colors(bk_cli *cli) {
    if (cli->colors == BK_COLORS_UNASKED) cli->colors = wants_colors(cli) ? BK_COLORS_ON : BK_COLORS_OFF;
    return cli->colors == BK_COLORS_ON;
}

static bk_str colored(bk_cli *cli, bk_str text, int on, int off) {
    bk_str ret;
    if (!bk_cli_colors(cli) || !bk_arena_printf(cli->arena, &ret, "\033[%dm%.*s\033[%dm", on, BK_FMT(text), off)) return text;
    return ret;
}

bk_str bk_cli_color_status(bk_cli *cli, bk_str status) {
    enum { RED = 31, GREEN, YELLOW };
    if (bk_str_eq(status, BK_STATUS_DEPLOYED)) return colored(cli, status, GREEN, 0);
    if (bk_str_eq(status, BK_STATUS_FAILED) || bk_str_eq(status, BK_STATUS_UNKNOWN)) return colored(cli, status, RED, 0);
    if (bk_status_is_pending(status) || bk_str_eq(status, BK_STATUS_UNINSTALLING)) return colored(cli, status, YELLOW, 0);
    return status;
}

bk_str bk_cli_color_namespace(bk_cli *cli, bk_str name) { return colored(cli, name, 36, 0); }
bk_str bk_cli_color_heading(bk_cli *cli, const char *text) { return colored(cli, bk_str_c(text), 1, 22); }
