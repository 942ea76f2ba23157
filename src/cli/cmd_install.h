/* cmd_install.h: installing, for those commands that may find nothing to upgrade. */
#ifndef BK_CLI_CMD_INSTALL_H
#define BK_CLI_CMD_INSTALL_H

#include "action/install.h"
#include "cli/deploy_args.h"

/* Fills in what needs the guard (values files from plugins, post-renderer), finds the chart, installs. */
bk_status bk_cli_install(bk_cli *cli, bk_install_options *options, bk_cli_deploy *deploy, bk_release *ret, bk_err *err);

#endif
