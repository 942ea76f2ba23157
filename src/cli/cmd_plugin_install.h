/* cmd_plugin_install.h: the commands of `plugin` with which plugins come, change and go. */
#ifndef BK_CLI_CMD_PLUGIN_INSTALL_H
#define BK_CLI_CMD_PLUGIN_INSTALL_H

#include "cli/command.h"

extern const bk_command bk_cmd_plugin_install, bk_cmd_plugin_update, bk_cmd_plugin_uninstall, bk_cmd_plugin_verify, bk_cmd_plugin_package;

#endif
