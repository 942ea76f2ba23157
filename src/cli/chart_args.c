#include "cli/chart_args.h"

#include <stdio.h>

#include "action/namespace.h"
#include "base/num.h"
#include "value/gofmt.h"

bk_status bk_cli_release_and_chart(bk_cli *cli, bk_str *ret_release, bk_str *ret_chart, bk_err *err) {
    bk_str by_template = bk_flags_str(&cli->flags, "name-template");
    if (cli->argc > 2) {
        bk_buf b;
        bk_buf_init(&b, cli->arena, 0);
        for (size_t i = 2; i < cli->argc; i++) {
            if (i > 2) bk_buf_c(&b, ", ");
            bk_buf_str(&b, cli->args[i]);
        }
        return bk_err_set(err, BK_ERR, "expected at most two arguments, unexpected arguments: %.*s", BK_FMT(bk_buf_view(&b)));
    }
    if (cli->argc == 2) {
        *ret_release = cli->args[0];
        *ret_chart = cli->args[1];
        if (bk_flags_bool(&cli->flags, "generate-name"))
            return bk_err_set(err, BK_ERR, "cannot set --generate-name and also specify a name");
        if (by_template.n) return bk_err_set(err, BK_ERR, "cannot set --name-template and also specify a name");
        return BK_OK;
    }
    *ret_chart = cli->args[0];
    *ret_release = BK_S("release-name");
    if (!by_template.n) return BK_OK;
    return bk_engine_release_name(cli->arena, by_template, cli->environment, ret_release, err);
}

bk_status bk_cli_kube_version_first(bk_cli *cli, bk_status status, bk_err *err) {
    bk_str text = bk_flags_str(&cli->flags, "kube-version");
    bk_err before = BK_ERR_INIT;
    if ((status != BK_ERR && status != BK_ERR_IO) || !text.n) return status;
    if (bk_engine_check_kube_version(cli->arena, text, &before) == BK_ERR) bk_err_replace(err, bk_err_message(&before));
    bk_err_release(&before);
    return status;
}

static const struct {
    const char *flag, *kind;
} kinds[] = {{"values", "file"},       {"set", "set"},           {"set-string", "set-string"},
             {"set-file", "set-file"}, {"set-json", "set-json"}, {"set-literal", "set-literal"}};

bk_status bk_cli_values(bk_cli *cli, bk_value_source **ret, size_t *ret_count, bk_err *err) {
    size_t n = 0;
    for (size_t k = 0; k < BK_COUNT(kinds); k++) n += bk_flags_get(&cli->flags, kinds[k].flag)->count;
    bk_value_source *list = BK_NEW_ARRAY(cli->arena, bk_value_source, n + 1);
    if (!list) return bk_arena_fail(cli->arena, err);
    *ret = list;
    *ret_count = n;
    n = 0;
    for (size_t k = 0; k < BK_COUNT(kinds); k++) {
        const bk_flag_value *v = bk_flags_get(&cli->flags, kinds[k].flag);
        for (size_t i = 0; i < v->count; i++) list[n++] = (bk_value_source){.kind = kinds[k].kind, .text = v->items[i]};
    }
    return BK_OK;
}

bk_status bk_cli_limits(bk_cli *cli, bk_sandbox_limits *ret, bk_err *err) {
    const bk_flags *f = &cli->flags;
    const bk_flag_value *time = bk_flags_get(f, "time-limit");
    int64_t ns = time->i;
    uint64_t memory = bk_flags_get(f, "memory-limit")->u, output = bk_flags_get(f, "output-limit")->u;
    if (ns < 1000000) return bk_err_set(err, BK_ERR, "--time-limit must be at least 1ms");
    if (memory < (16u << 20) || memory > (uint64_t)4 << 30) return bk_err_set(err, BK_ERR, "--memory-limit must be between 16MiB and 4GiB");
    if (output < 1024 || output > (uint64_t)2 << 30) return bk_err_set(err, BK_ERR, "--output-limit must be between 1KiB and 2GiB");
    *ret = (bk_sandbox_limits){
        .who = "chart",
        .memory = (size_t)memory,
        .output = (size_t)output,
        .time_ms = ns / 1000000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(ns / 1000000),
    };
    if (!time->changed && bk_str_eq(time->fallback, bk_str_c(time->flag->fallback)))
        ret->time_ms = 0; /* a limit that somebody gives counts by the wall, too */
    return BK_OK;
}

bk_status bk_cli_epoch(int64_t *ret, bool *ret_set, bk_err *err) {
    bk_str text = bk_env("SOURCE_DATE_EPOCH");
    *ret_set = text.n != 0;
    *ret = 0;
    bk_num_result how = text.n ? bk_parse_int(text, 10, ret) : BK_NUM_OK;
    if (how == BK_NUM_OK) return *ret < 0 ? bk_err_set(err, BK_ERR, "invalid SOURCE_DATE_EPOCH: must not be negative") : BK_OK;
    return bk_fmt_fail(err,
                       how == BK_NUM_SYNTAX ? "invalid SOURCE_DATE_EPOCH: strconv.ParseInt: parsing %q: invalid syntax"
                                            : "invalid SOURCE_DATE_EPOCH: strconv.ParseInt: parsing %q: value out of range",
                       text);
}

void bk_cli_summary(const bk_guard *guard) {
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_guard_summary(guard, &b);
    bk_str rest = bk_buf_view(&b), line;
    bk_cli_warn(rest.n ? BK_S("What the chart asked for:\n") : BK_S("The chart asked for nothing."));
    while (bk_str_line(&rest, &line)) bk_cli_warn(line);
    bk_buf_release(&b);
}

bk_status bk_cli_namespace(bk_cli *cli, bk_str *ret, bk_err *err) {
    const bk_flag_value *kubeconfig = bk_flags_get(&cli->flags, "kubeconfig");
    return bk_namespace(cli->arena, bk_flags_str(&cli->flags, "namespace"), bk_flags_str(&cli->flags, "kube-context"),
                        kubeconfig->changed ? kubeconfig->text : cli->settings.kubeconfig, ret, err);
}

void bk_cli_logs(const bk_rendered *rendered) {
    for (size_t i = 0; i < rendered->log_count; i++) {
        char line[4096];
        int n = snprintf(line, sizeof line, "level=%.*s %.*s", BK_FMT(rendered->logs[i].level), BK_FMT(rendered->logs[i].text));
        if (n > 0) bk_cli_warn(bk_str_of(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1));
    }
}
