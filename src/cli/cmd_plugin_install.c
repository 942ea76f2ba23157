/* plugin install, update, uninstall, verify, inspect: plugins come, change and go. */
#include "cli/cmd_plugin_install.h"

#include <stdio.h>
#include <unistd.h>

#include "action/plugin_manager.h"
#include "cli/cmd_plugin_grant.h"
#include "cli/cmd_plugin_run.h"
#include "cli/flags_tables.h"
#include "cli/policy_args.h"
#include "cli/registry_args.h"

static bool agree(void *self, bk_str question) {
    bk_cli *cli = self;
    bk_err err = BK_ERR_INIT;
    char line[64];
    bk_buf_str(&cli->out, question);
    bool shown = bk_cli_flush(cli, &err) == BK_OK;
    bk_err_release(&err);
    if (!shown || !fgets(line, sizeof line, stdin)) return false;
    bk_str answer = bk_str_trim(bk_str_c(line));
    return bk_str_eq_fold(answer, BK_S("y")) || bk_str_eq_fold(answer, BK_S("yes"));
}

static void flush(void *self) {
    bk_err ignored = BK_ERR_INIT;
    bk_cli_flush(self, &ignored); /* told at the end, when the rest is printed */
    bk_err_release(&ignored);
}

typedef bk_status (*work)(bk_plugin_manager *m, bk_cli *cli, bk_err *err);

static bk_status with_manager(bk_cli *cli, work run, bk_err *err) {
    const bk_render_options none = {0};
    bk_guard *guard;
    const bk_flag_value *requested = bk_flags_find(&cli->flags, BK_S("grant-requested")),
                        *verify = bk_flags_find(&cli->flags, BK_S("verify")), *keyring = bk_flags_find(&cli->flags, BK_S("keyring")),
                        *version = bk_flags_find(&cli->flags, BK_S("version"));
    bk_plugin_manager m = {.arena = cli->arena,
                           .folders = cli->settings.plugins,
                           .data_home = cli->settings.data_home,
                           .verify = !verify || verify->b,
                           .grant_requested = requested && requested->b,
                           .version = version ? version->text : BK_S(""),
                           .out = &cli->out,
                           .self = cli,
                           .flush = flush,
                           .agree = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? agree : NULL,
                           .requests = bk_cli_plugin_requests};
    bk_cli_registry_options(cli, &m.registry);
    if (keyring && keyring->changed) m.keyring = keyring->text;
    else BK_TRY(bk_keyring_default(cli->arena, &m.keyring, err));
    BK_TRY(bk_cli_plugin_grants(cli, &m.grants, err));
    BK_TRY(bk_cli_guard(cli, &none, &guard, err));
    bk_status s = bk_cli_plugin_world(cli, guard, NULL, &m.world, err);
    if (s == BK_OK) s = run(&m, cli, err);
    s = bk_guard_close(guard, s, err);
    bk_guard_free(guard);
    bk_err ignored = BK_ERR_INIT;
    if (s != BK_OK) {
        bk_cli_flush(cli, &ignored); /* what was said before it failed */
        bk_err_release(&ignored);
        return s;
    }
    return bk_cli_flush(cli, err);
}

static bk_status install(bk_plugin_manager *m, bk_cli *cli, bk_err *err) { return bk_plugin_install(m, cli->args[0], err); }
static bk_status run_install(bk_cli *cli, bk_err *err) { return with_manager(cli, install, err); }

static bk_status update(bk_plugin_manager *m, bk_cli *cli, bk_err *err) { return bk_plugin_update(m, cli->args, cli->argc, err); }
static bk_status run_update(bk_cli *cli, bk_err *err) {
    if (!cli->argc) return bk_err_set(err, BK_ERR, "please provide plugin name to update");
    return with_manager(cli, update, err);
}

static bk_status uninstall(bk_plugin_manager *m, bk_cli *cli, bk_err *err) { return bk_plugin_uninstall(m, cli->args, cli->argc, err); }
static bk_status run_uninstall(bk_cli *cli, bk_err *err) {
    if (!cli->argc) return bk_err_set(err, BK_ERR, "please provide plugin name to uninstall");
    return with_manager(cli, uninstall, err);
}

static bk_status verify(bk_plugin_manager *m, bk_cli *cli, bk_err *err) { return bk_plugin_verify(m, cli->args[0], err); }
static bk_status run_verify(bk_cli *cli, bk_err *err) { return with_manager(cli, verify, err); }

#define KEYRING \
    {.name = "keyring", .type = BK_FLAG_STRING, .help = "file with public keys (default: GnuPG's pubring.gpg, else pubring.kbx)"}
#define GRANT_REQUESTED {.name = "grant-requested", .type = BK_FLAG_BOOL, .help = "agree to all that the plugin asks for"}

static const bk_flag install_flags[] = {
    {.name = "version",
     .type = BK_FLAG_STRING,
     .help = "of a git repository: a branch, tag or commit, or a range of versions among its tags; of a registry: a version or a range"},
    {.name = "verify", .type = BK_FLAG_BOOL, .fallback = "true", .help = "check the plugin's signature first"},
    KEYRING,
    GRANT_REQUESTED,
    {.name = "cert-file", .type = BK_FLAG_STRING, .help = "of an OCI registry: TLS certificate to show it"},
    {.name = "key-file", .type = BK_FLAG_STRING, .help = "of an OCI registry: key of that certificate"},
    {.name = "ca-file", .type = BK_FLAG_STRING, .help = "of an OCI registry: certificates to trust"},
    {.name = "insecure-skip-tls-verify", .type = BK_FLAG_BOOL, .help = "of an OCI registry: accept any certificate"},
    {.name = "plain-http", .type = BK_FLAG_BOOL, .help = "of an OCI registry: without TLS"},
    {.name = "username", .type = BK_FLAG_STRING, .help = "of an OCI registry: user name"},
    {.name = "password", .type = BK_FLAG_STRING, .help = "of an OCI registry: password"},
    {0},
};
static const bk_flag update_flags[] = {GRANT_REQUESTED, {0}};
static const bk_flag verify_flags[] = {KEYRING, {0}};
static const bk_flag *const install_tables[] = {install_flags, bk_flags_guard, NULL};
static const bk_flag *const update_tables[] = {update_flags, bk_flags_guard, NULL};
static const bk_flag *const uninstall_tables[] = {bk_flags_guard, NULL};
static const bk_flag *const verify_tables[] = {verify_flags, bk_flags_guard, NULL};

const bk_command bk_cmd_plugin_install = {
    .name = "install",
    .usage = "[options] <path|url>",
    .aliases = "add",
    .summary = "install a plugin",
    .help =
        "Installs a plugin from a folder (as a link to it, for development), from an archive (.tgz, .tar.gz) on disk or behind a URL, from an OCI\n"
        "registry (oci://HOST/PATH/NAME[:TAG]), or from a git repository.\n\n"
        "Signatures are checked unless --verify=false says otherwise; a folder has none. What the plugin asks for is shown: on a terminal you are asked,\n"
        "elsewhere --grant-requested agrees to it. What you grant is bound to exactly this content.",
    .flags = install_tables,
    .min_args = 1,
    .max_args = 1,
    .run = run_install,
};
const bk_command bk_cmd_plugin_update = {
    .name = "update",
    .usage = "<plugin>...",
    .aliases = "up",
    .summary = "update plugins that came from a repository",
    .help =
        "Fetches the newest state of the branch that a plugin was installed from. Another content needs new grants: what it asks for is shown again.",
    .flags = update_tables,
    .max_args = BK_ARGS_ANY,
    .run = run_update,
};
const bk_command bk_cmd_plugin_uninstall = {
    .name = "uninstall",
    .usage = "<plugin>...",
    .aliases = "rm remove",
    .summary = "remove plugins",
    .help = "Removes plugins (of a development install only the link), what was kept beside them, and their grants.",
    .flags = uninstall_tables,
    .max_args = BK_ARGS_ANY,
    .run = run_uninstall,
};
const bk_command bk_cmd_plugin_verify = {
    .name = "verify",
    .usage = "[PATH]",
    .summary = "check a plugin's archive against its provenance file",
    .help = "Checks that the archive PATH is the one that PATH.prov vouches for, and that a key of the keyring signed that.",
    .flags = verify_tables,
    .min_args = 1,
    .max_args = 1,
    .run = run_verify,
};
