/* policy_args.h: the policy and the guard of a run, by flags, environment and the user's files.
 *
 * All of these work for commands that lack the flags: then the environment and the user's files alone count. */
#ifndef BK_CLI_POLICY_ARGS_H
#define BK_CLI_POLICY_ARGS_H

#include "action/render.h"
#include "cli/command.h"
#include "guard/policy.h"

/* The policy by --policy, else BULKHEAD_POLICY, else bulkhead/policy.yaml in the configuration folder, else the built-in one; its warnings go to standard error.
 * *ret_warn: by --policy-mode, else BULKHEAD_POLICY_MODE, else the policy. The policy lives as long as the program. */
bk_status bk_cli_policy(bk_cli *cli, const bk_policy **ret, bool *ret_warn, bk_err *err);
/* A policy's file, read and checked. `found`: the program found it itself, as opposed to the operator's naming it. */
bk_status bk_cli_policy_file(bk_cli *cli, bk_str path, bool found, bk_policy *ret, bk_policy_errors *errors, bk_err *err);
/* The store of plugins' grants: bulkhead/plugin-grants.json in the configuration folder. */
bk_status bk_cli_plugin_grants(bk_cli *cli, bk_str *ret, bk_err *err);
/* The guard of a run, by the policy, --ledger, --record, --replay, --grant, BULKHEAD_GRANTS and --clock. `render->cluster`: lookups may be
 * answered. The caller closes and frees it. */
bk_status bk_cli_guard(bk_cli *cli, const bk_render_options *render, bk_guard **ret, bk_err *err);

#endif
