/* test: runs the tests of a release. */
#include "action/release_test.h"

#include "cli/commands.h"
#include "cli/deploy_args.h"
#include "cli/flags_tables.h"

/* "name=a" and "!name=b" (a blank may follow the "!"); what has another form is passed over, as in Helm. */
static bk_status read_filters(bk_cli *cli, bk_test_options *o, bk_err *err) {
    const bk_flag_value *v = bk_flags_get(&cli->flags, "filter");
    bk_str *names = BK_NEW_ARRAY(cli->arena, bk_str, v->count + 1), *others = BK_NEW_ARRAY(cli->arena, bk_str, v->count + 1);
    if (!names || !others) return bk_arena_fail(cli->arena, err);
    for (size_t i = 0; i < v->count; i++) {
        bk_str f = v->items[i];
        bool not = bk_str_starts(f, BK_S("!"));
        if (not) f = bk_str_from(f, f.n > 1 && (f.p[1] == ' ' || (f.p[1] >= '\t' && f.p[1] <= '\r' && f.p[1] != '\v')) ? 2 : 1);
        if (!bk_str_starts(f, BK_S("name="))) continue;
        f = bk_str_from(f, 5);
        if (not) others[o->other_count++] = f;
        else names[o->name_count++] = f;
    }
    o->names = names;
    o->others = others;
    return BK_OK;
}

/* An error of the logs joins one of the tests. */
static bk_status show(bk_cli *cli, bk_cli_deploy *x, const bk_test_options *o, const bk_test_run *t, bk_status status, bk_err *err) {
    bk_err logs = BK_ERR_INIT;
    bk_buf both;
    if (bk_cli_print_deployed(cli, &t->release, true, &logs) == BK_OK && bk_flags_bool(&cli->flags, "logs")) {
        bk_buf_byte(&cli->out, '\n');
        bk_status s = bk_action_test_logs(&x->deploy, o, t, &cli->out, &logs);
        (void)s; /* it is in `logs` */
    }
    if (logs.code == BK_OK) return status;
    bk_buf_init(&both, NULL, 0);
    if (status != BK_OK) bk_buf_printf(&both, "%.*s\n", BK_FMT(bk_err_message(err)));
    bk_buf_str(&both, bk_err_message(&logs));
    bk_err_release(err);
    bk_err_set_str(err, BK_ERR, bk_buf_view(&both));
    bk_buf_release(&both);
    bk_err_release(&logs);
    return err->code;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_cli_deploy x = {.cli = cli};
    bk_test_options o = {0};
    bk_test_run t = {0};
    BK_TRY(bk_cli_deploy_options(cli, &o.deploy, err));
    o.deploy.wait = BK_KUBE_WATCHER;
    BK_TRY(read_filters(cli, &o, err));
    bk_status s = bk_cli_deploy_open(cli, false, NULL, &x, err);
    if (s == BK_OK) {
        s = bk_action_test(&x.deploy, cli->args[0], &o, &t, err);
        if (t.release.name.n) s = show(cli, &x, &o, &t, s, err);
        s = bk_action_test_end(&t, s, err);
    }
    return bk_cli_deploy_close(&x, s, err);
}

static const bk_flag flags[] = {
    {.name = "timeout", .type = BK_FLAG_DURATION, .fallback = "5m0s", .help = "how long to wait for any single operation of Kubernetes"},
    {.name = "logs", .type = BK_FLAG_BOOL, .help = "show the logs of the tests' pods, before anything is cleaned up"},
    {.name = "filter",
     .type = BK_FLAG_SLICE,
     .help = "which tests: name=test1,name=test2, or '!name=test3' for all others (may be repeated)"},
    {0},
};
static const bk_flag *const tables[] = {flags, NULL};

const bk_command bk_cmd_test = {
    .name = "test",
    .usage = "[RELEASE]",
    .summary = "run tests for a release",
    .help = "Runs the test hooks of a release, the chart's own, one after the other, and says how they went.",
    .flags = tables,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
