/* package: a chart's folder to an archive. */
#include "action/package.h"
#include "cli/chart_args.h"
#include "cli/chart_source.h"
#include "cli/commands.h"
#include "cli/flags_tables.h"
#include "cli/policy_args.h"
#include "cli/signature_args.h"

static bk_status signing_of(bk_cli *cli, bk_signing *signing, bk_package_options *o, bk_err *err) {
    if (!bk_flags_bool(&cli->flags, "sign"))
        return o->capabilities ? bk_err_set(err, BK_ERR, "--capabilities goes with --sign: a statement that nobody signed says nothing")
                               : BK_OK;
    *signing = (bk_signing){.key = bk_flags_str(&cli->flags, "key"), .passphrase_file = bk_flags_str(&cli->flags, "passphrase-file")};
    if (!signing->key.n) return bk_err_set(err, BK_ERR, "--key is required for signing a package");
    BK_TRY(bk_cli_keyring(cli, &signing->keyring_path, err));
    if (!signing->keyring_path.n) return bk_err_set(err, BK_ERR, "--keyring is required for signing a package");
    o->signing = signing;
    return BK_OK;
}

static bk_status options_of(bk_cli *cli, bk_signing *signing, bk_package_options *o, bk_err *err) {
    const bk_flags *f = &cli->flags;
    if (cli->argc == 0) return bk_err_set(err, BK_ERR, "need at least one argument, the path to the chart");
    *o = (bk_package_options){
        .version = bk_flags_str(f, "version"),
        .app_version = bk_flags_str(f, "app-version"),
        .destination = bk_flags_str(f, "destination"),
        .dependency_update = bk_flags_bool(f, "dependency-update"),
        .capabilities = bk_flags_bool(f, "capabilities"),
    };
    BK_TRY(bk_cli_epoch(&o->dependency.stamp, &o->dependency.stamped, err));
    BK_TRY(signing_of(cli, signing, o, err));
    return bk_cli_limits(cli, &o->dependency.limits, err);
}

static bk_status package_all(bk_cli *cli, bk_package_options *o, bk_rendered *logs, bk_err *err) {
    for (size_t i = 0; i < cli->argc; i++) {
        bk_str path;
        o->chart = cli->args[i];
        BK_TRY(bk_action_package(cli->arena, o, &path, logs, err));
        bk_buf_c(&cli->out, "Successfully packaged chart and saved it to: ");
        bk_buf_str(&cli->out, path);
        bk_buf_byte(&cli->out, '\n');
    }
    return BK_OK;
}

static bk_status run(bk_cli *cli, bk_err *err) {
    const bk_render_options none = {0};
    bk_package_options o;
    bk_signing signing;
    bk_rendered logs = {0};
    BK_TRY(options_of(cli, &signing, &o, err));
    bk_registry_world *world;
    BK_TRY(bk_cli_registry_world(cli, &o.dependency.guard, &world, err));
    bk_cli_dependency(cli, world, &o.dependency);
    BK_TRY(bk_cli_guard(cli, &none, &o.dependency.guard, err));
    bk_status s = bk_guard_close(o.dependency.guard, package_all(cli, &o, &logs, err), err);
    bk_cli_logs(&logs);
    bk_guard_free(o.dependency.guard);
    if (o.signing) bk_signing_forget(o.signing);
    return s == BK_OK ? bk_cli_flush(cli, err) : s;
}

static const bk_flag flags[] = {
    {.name = "sign", .type = BK_FLAG_BOOL, .help = "sign the archive with an OpenPGP key: writes NAME-VERSION.tgz.prov"},
    {.name = "key", .type = BK_FLAG_STRING, .help = "name of the key to sign with"},
    {.name = "keyring", .type = BK_FLAG_STRING, .help = "file that holds the keys (default: GnuPG's pubring.gpg, else pubring.kbx)"},
    {.name = "passphrase-file", .type = BK_FLAG_STRING, .help = "file with the key's passphrase; - for standard input"},
    {.name = "capabilities",
     .type = BK_FLAG_BOOL,
     .help = "with --sign: state in the provenance file what the chart asks for, as `audit` tells it"},
    {.name = "version", .type = BK_FLAG_STRING, .help = "give the chart this version"},
    {.name = "app-version", .type = BK_FLAG_STRING, .help = "give the chart this appVersion"},
    {.name = "destination", .letter = 'd', .type = BK_FLAG_STRING, .fallback = ".", .help = "folder to write to, made if it is missing"},
    {.name = "dependency-update", .letter = 'u', .type = BK_FLAG_BOOL, .help = "first bring charts/ in line with Chart.yaml"},
    {0},
};
static const bk_flag *const tables[] = {bk_flags_source, bk_flags_guard, flags, NULL};

const bk_command bk_cmd_package = {
    .name = "package",
    .usage = "[CHART_PATH] [...]",
    .summary = "pack a chart's folder into an archive",
    .help =
        "Packs folders of charts into archives, NAME-VERSION.tgz each.\n"
        "\n"
        "The chart is read and packed in a compartment. Its dependencies have to lie in charts/, and what .helmignore names stays\n"
        "out. SOURCE_DATE_EPOCH gives all files in the archive the same time, and the same input then the same bytes.\n"
        "\n"
        "With --sign a key of --keyring signs the archive: whoever has its public part can check with --verify that these are the bytes\n"
        "that were packed. The key may be RSA, DSA, ECDSA or Ed25519; one that has expired or was revoked is refused. A pass phrase is asked\n"
        "for on the terminal, or read from --passphrase-file.",
    .flags = tables,
    .max_args = BK_ARGS_ANY,
    .run = run,
};
