/* chart_args.h: what several commands read from their arguments and flags. */
#ifndef BK_CLI_CHART_ARGS_H
#define BK_CLI_CHART_ARGS_H

#include "action/template.h"
#include "cli/command.h"
#include "cli/policy_args.h"

/* A bad --kube-version is told before any other mistake: when something failed, the error is that, if it is one. Returns what *err holds then. */
bk_status bk_cli_kube_version_first(bk_cli *cli, bk_status status, bk_err *err);
/* [NAME] CHART, with --name-template. */
bk_status bk_cli_release_and_chart(bk_cli *cli, bk_str *ret_release, bk_str *ret_chart, bk_err *err);
/* -f and the --set family. */
bk_status bk_cli_values(bk_cli *cli, bk_value_source **ret, size_t *ret_count, bk_err *err);
/* --memory-limit, --time-limit, --output-limit. */
bk_status bk_cli_limits(bk_cli *cli, bk_sandbox_limits *ret, bk_err *err);
/* SOURCE_DATE_EPOCH; *ret_set: there is one. */
bk_status bk_cli_epoch(int64_t *ret, bool *ret_set, bk_err *err);
/* What the last call asked for, on standard error. */
void bk_cli_summary(const bk_guard *guard);
/* --namespace, else the kubeconfig's, else "default". */
bk_status bk_cli_namespace(bk_cli *cli, bk_str *ret, bk_err *err);
/* Log lines of a render to standard error, as Helm prints them. */
void bk_cli_logs(const bk_rendered *rendered);

/* The variables that `env` shows, with the values in force; `ret` has room for BK_ENV_PAIRS. */
enum { BK_ENV_PAIRS = 32 };
typedef struct bk_env_pair {
    const char *name;
    bk_str value;
} bk_env_pair;
bk_status bk_cli_environment(bk_cli *cli, bk_env_pair *ret, size_t *ret_count, bk_err *err);

#endif
