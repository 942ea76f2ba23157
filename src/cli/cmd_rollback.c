/* rollback: takes a release back to an earlier revision. */
#include "action/rollback.h"

#include "base/num.h"
#include "cli/commands.h"
#include "cli/deploy_args.h"
#include "cli/flags_tables.h"

/* strconv.Atoi, with its errors. */
static bk_status read_revision(bk_str text, int64_t *ret, bk_err *err) {
    bk_num_result how = bk_parse_int(text, 10, ret);
    if (how == BK_NUM_OK) return BK_OK;
    return bk_err_set(err, BK_ERR, "could not convert revision to a number: strconv.Atoi: parsing \"%.*s\": %s", BK_FMT(text),
                      how == BK_NUM_SYNTAX ? "invalid syntax" : "value out of range");
}

static bk_status check_description(bk_str s, bk_err *err) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    if (n <= BK_DESCRIPTION_MAX) return BK_OK;
    return bk_err_set(err, BK_ERR, "description must be %d characters or less, got %zu", BK_DESCRIPTION_MAX, n);
}

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_rollback_options o = {.server_side = bk_flags_str(&cli->flags, "server-side")};
    bk_cli_deploy x = {.cli = cli};
    BK_TRY(bk_cli_check_force(cli, err));
    if (cli->argc > 1) BK_TRY(read_revision(cli->args[1], &o.version, err));
    BK_TRY(check_description(bk_flags_str(&cli->flags, "description"), err));
    BK_TRY(bk_cli_deploy_options(cli, &o.deploy, err));
    bk_status s = bk_cli_deploy_open(cli, false, NULL, &x, err);
    if (s == BK_OK) s = bk_action_rollback(&x.deploy, cli->args[0], &o, err);
    BK_TRY(bk_cli_deploy_close(&x, s, err));
    bk_buf_c(&cli->out, "Rollback was a success! Happy Helming!\n");
    return BK_OK;
}

static const bk_flag *const tables[] = {bk_flags_apply, bk_flags_revise, bk_flags_dry_run, NULL};

const bk_command bk_cmd_rollback = {
    .name = "rollback",
    .usage = "<RELEASE> [REVISION]",
    .summary = "roll back a release to a previous revision",
    .help =
        "Brings the objects of a release back to what an earlier revision had, as a new revision. Without REVISION, or with 0, it is the one before\n"
        "the newest; `history` lists them.",
    .flags = tables,
    .min_args = 1,
    .max_args = BK_ARGS_ANY,
    .run = run,
};
