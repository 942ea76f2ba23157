/* verify: whether a packed chart is what somebody signed. */
#include "action/provenance.h"
#include "cli/commands.h"
#include "cli/signature_args.h"

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_provenance found = {0};
    bk_str keyring, provenance;
    BK_TRY(bk_cli_keyring(cli, &keyring, err));
    if (!bk_arena_printf(cli->arena, &provenance, "%.*s.prov", BK_FMT(cli->args[0]))) return bk_arena_fail(cli->arena, err);
    BK_TRY(bk_provenance_verify(cli->arena, cli->args[0], provenance, keyring, &found, err));
    bk_provenance_print(&found, "Chart", &cli->out);
    return bk_cli_flush(cli, err);
}

static const bk_flag flags[] = {
    {.name = "keyring", .type = BK_FLAG_STRING, .help = "file with public keys (default: GnuPG's pubring.gpg, else pubring.kbx)"},
    {0},
};
static const bk_flag *const tables[] = {flags, NULL};

const bk_command bk_cmd_verify = {
    .name = "verify",
    .usage = "PATH",
    .summary = "check a packed chart against its provenance file",
    .help = "Checks that the archive PATH is the one that PATH.prov vouches for, and that a key of the keyring signed that.\n\n"
            "A good signature says who packed these bytes. It does not say what the chart does once it is rendered or installed.",
    .flags = tables,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
