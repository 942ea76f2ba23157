/* plugin package: a plugin's folder to an archive that others can install. */
#include "action/plugin_package.h"
#include "cli/chart_args.h"
#include "cli/cmd_plugin_install.h"
#include "cli/signature_args.h"

/* Without SOURCE_DATE_EPOCH every file gets this time, so that the same folder gives the same bytes wherever it lies: 1980-01-01, which every format can hold. */
enum { FIXED_TIME = 315532800 };

static bk_status run(bk_cli *cli, bk_err *err) {
    const bk_flags *f = &cli->flags;
    bool stamped;
    bk_signing signing = {.key = bk_flags_str(f, "key"), .passphrase_file = bk_flags_str(f, "passphrase-file")};
    bk_plugin_package_options o = {.folder = cli->args[0], .destination = bk_flags_str(f, "destination"), .stamp = FIXED_TIME};
    BK_TRY(bk_cli_epoch(&o.stamp, &stamped, err));
    if (!stamped) o.stamp = FIXED_TIME;
    if (bk_flags_bool(f, "sign")) {
        BK_TRY(bk_cli_keyring(cli, &signing.keyring_path, err));
        o.signing = &signing;
    }
    bk_status s = bk_action_plugin_package(cli->arena, &o, &cli->out, err);
    bk_signing_forget(&signing);
    bk_err ignored = BK_ERR_INIT;
    if (s == BK_OK) return bk_cli_flush(cli, err);
    bk_cli_flush(cli, &ignored); /* what was said before it failed */
    bk_err_release(&ignored);
    return s;
}

static const bk_flag flags[] = {
    {.name = "sign", .type = BK_FLAG_BOOL, .fallback = "true", .help = "sign the archive with an OpenPGP key"},
    {.name = "key", .type = BK_FLAG_STRING, .help = "name of the key to sign with"},
    {.name = "keyring", .type = BK_FLAG_STRING, .help = "file that holds the keys (default: GnuPG's pubring.gpg, else pubring.kbx)"},
    {.name = "passphrase-file", .type = BK_FLAG_STRING, .help = "file with the key's pass phrase; - for standard input"},
    {.name = "destination", .letter = 'd', .type = BK_FLAG_STRING, .fallback = ".", .help = "folder to write to, made if it is missing"},
    {0},
};
static const bk_flag *const tables[] = {flags, NULL};

const bk_command bk_cmd_plugin_package = {
    .name = "package",
    .usage = "[PATH]",
    .summary = "package a plugin's folder into an archive",
    .help =
        "Packs the folder of a plugin into NAME-VERSION.tgz and signs it: NAME-VERSION.tgz.prov says which bytes they are. Whoever installs the\n"
        "plugin checks that unless told otherwise, so --sign=false is for plugins that go nowhere.\n"
        "\n"
        "The same folder gives the same archive: files are in the order of their names, belong to nobody, may be run or not, and have one\n"
        "time (SOURCE_DATE_EPOCH, else 1980). Symbolic links are refused, for no plugin with one can be installed.",
    .flags = tables,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
