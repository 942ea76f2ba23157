/* verify: whether a packed chart is what somebody signed. */
#include "cli/chart_args.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/signature_args.h"

static bk_status run(bk_cli *cli, bk_err *err) {
    bk_signature_policy policy;
    bk_signatures found;
    bk_rendered logs = {0};
    BK_TRY(bk_cli_signatures(cli, &policy, err));
    /* A bundle alone is enough where one is asked for; a keyring asks for both. */
    policy.provenance = !policy.sigstore || bk_flags_get(&cli->flags, "keyring")->changed;
    BK_TRY(bk_signatures_check_file(cli->arena, &policy, cli->args[0], NULL, &found, err));
    BK_TRY(bk_signatures_log(cli->arena, &found, &logs, err));
    bk_signatures_print(&found, &cli->out);
    BK_TRY(bk_cli_flush(cli, err));
    bk_cli_logs(&logs);
    return BK_OK;
}

static const bk_flag flags[] = {
    {.name = "keyring", .type = BK_FLAG_STRING, .help = "file with public keys (default: GnuPG's pubring.gpg, else pubring.kbx)"},
    {0},
};
static const bk_flag *const tables[] = {flags, bk_flags_sigstore, NULL};

const bk_command bk_cmd_verify = {
    .name = "verify",
    .usage = "PATH",
    .summary = "check a packed chart against its provenance file",
    .help =
        "Checks that the archive PATH is the one that PATH.prov vouches for, and that a key of the keyring signed that.\n\n"
        "With --certificate-identity and --certificate-oidc-issuer it is a Sigstore bundle that is checked, offline: the certificate, by an authority\n"
        "of --trusted-root; its identity and issuer; the entry in the transparency log; the signature, or the statement that it is of. With --keyring as\n"
        "well, both have to be good.\n\n"
        "A good signature says who packed these bytes. It does not say what the chart does once it is rendered or installed.",
    .flags = tables,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
