/* deploy_args.h: what the commands that change releases have in common: their flags, and the world they open. */
#ifndef BK_CLI_DEPLOY_ARGS_H
#define BK_CLI_DEPLOY_ARGS_H

#include "action/deploy_render.h"
#include "cli/command.h"
#include "cli/release_args.h"
#include "cli/progress.h"

/* --dry-run, with Helm's warnings for its old forms. */
bk_status bk_cli_dry_run(bk_cli *cli, bk_dry_run *ret, bk_err *err);
/* --force-replace and --force-conflicts exclude each other. */
bk_status bk_cli_check_force(bk_cli *cli, bk_err *err);
/* The flags of bk_flags_apply, and those of the other tables as far as the command has them. */
bk_status bk_cli_deploy_options(bk_cli *cli, bk_deploy_options *ret, bk_err *err);
/* Chart, values, post-renderer: the flags of install and upgrade. `chart` is what stands on the command line. */
bk_status bk_cli_deploy_chart(bk_cli *cli, bk_str release, bk_str chart, bk_deploy_chart *ret, bk_err *err);
/* Where the chart is: fetches it when it is not here, checks what was signed, and makes the chart ready for --dependency-update. */
bk_status bk_cli_deploy_locate(bk_cli *cli, bk_guard *const *guard, bk_deploy_chart *chart, bk_err *err);
/* --labels: a map, or NULL. */
bk_status bk_cli_labels(bk_cli *cli, bk_map **ret, bk_err *err);

typedef struct bk_cli_deploy {
    bk_cli *cli;
    bk_deploy deploy;
    bk_cli_releases releases;
    bk_cli_cluster cluster; /* of its own where the store has none */
    bk_progress progress;
} bk_cli_deploy;

/* Cluster, store and guard by the flags. `client`: a dry run that asks no server: no cluster, an empty store in memory. `render`: what is to be rendered, for the
 * guard; NULL: nothing, and no guard. */
bk_status bk_cli_deploy_open(bk_cli *cli, bool client, const bk_render_options *render, bk_cli_deploy *ret, bk_err *err);
/* The release as install, upgrade and test show it; with --debug its values too. */
bk_status bk_cli_print_deployed(bk_cli *cli, const bk_release *release, bool hide_notes, bk_err *err);

/* Also after a failed open. Returns the status of the whole. */
bk_status bk_cli_deploy_close(bk_cli_deploy *deploy, bk_status status, bk_err *err);

#endif
