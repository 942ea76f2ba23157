/* The tree of commands. */
#include "cli/commands.h"

/* clang-format off */
static const bk_command *const root_children[] = {
    &bk_cmd_audit,
    &bk_cmd_completion,
    &bk_cmd_create,
    &bk_cmd_dependency,
    &bk_cmd_docs,
    &bk_cmd_env,
    &bk_cmd_get,
    &bk_cmd_help,
    &bk_cmd_history,
    &bk_cmd_install,
    &bk_cmd_lint,
    &bk_cmd_list,
    &bk_cmd_package,
    &bk_cmd_plugin,
    &bk_cmd_policy,
    &bk_cmd_pull,
    &bk_cmd_push,
    &bk_cmd_registry,
    &bk_cmd_repo,
    &bk_cmd_rollback,
    &bk_cmd_search,
    &bk_cmd_show,
    &bk_cmd_status,
    &bk_cmd_template,
    &bk_cmd_test,
    &bk_cmd_uninstall,
    &bk_cmd_upgrade,
    &bk_cmd_verify,
    &bk_cmd_version,
    &bk_cmd_complete,
    &bk_cmd_complete_no_desc,
    NULL,
};
/* clang-format on */

const bk_command bk_root_command = {
    .name = "bulkhead",
    .usage = "",
    .summary = "Helm in C, with every chart in a compartment",
    /* Plugins look for the first four words to know a Helm (older ones of helm-git do). */
    .help = "The Kubernetes package manager that trusts no chart: Bulkhead installs as Helm does, but a chart is rendered\n"
            "inside a WebAssembly compartment that has no files, no network, no clock and no environment.\n"
            "Whatever a chart asks for passes a guard, which decides by your policy and writes a ledger.\n"
            "\n"
            "Commands, flags, files and environment variables are Helm's; call it `helm` and it takes Helm's place.\n"
            "\n"
            "Variables of its own:\n"
            "\n"
            "  BULKHEAD_MEMORY_LIMIT   most memory of a compartment (512MiB)\n"
            "  BULKHEAD_TIME_LIMIT     most time of a compartment (1m0s of a processor)\n"
            "  BULKHEAD_OUTPUT_LIMIT   most output of a compartment (256MiB)\n"
            "  BULKHEAD_POLICY         policy: a file, or the profile default, strict or helm\n"
            "  BULKHEAD_POLICY_MODE    enforce, or warn: allow what the policy denies, and tell\n"
            "  BULKHEAD_GRANTS         grants as for --grant, with blanks between them\n"
            "  BULKHEAD_REGISTRY_REALMS  hosts that may be told a registry's credentials though they are of another site",
    .children = root_children,
    .max_args = BK_ARGS_ANY,
};
