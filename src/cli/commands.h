/* commands.h: every command, one file each. */
#ifndef BK_CLI_COMMANDS_H
#define BK_CLI_COMMANDS_H

#include "cli/command.h"

extern const bk_command bk_cmd_audit;
extern const bk_command bk_cmd_complete;
extern const bk_command bk_cmd_complete_no_desc;
extern const bk_command bk_cmd_completion;
extern const bk_command bk_cmd_create;
extern const bk_command bk_cmd_dependency;
extern const bk_command bk_cmd_docs;
extern const bk_command bk_cmd_env;
extern const bk_command bk_cmd_get;
extern const bk_command bk_cmd_help;
extern const bk_command bk_cmd_history;
extern const bk_command bk_cmd_install;
extern const bk_command bk_cmd_lint;
extern const bk_command bk_cmd_list;
extern const bk_command bk_cmd_plugin;
extern const bk_command bk_cmd_package;
extern const bk_command bk_cmd_policy;
extern const bk_command bk_cmd_pull;
extern const bk_command bk_cmd_push;
extern const bk_command bk_cmd_registry;
extern const bk_command bk_cmd_repo;
extern const bk_command bk_cmd_rollback;
extern const bk_command bk_cmd_search;
extern const bk_command bk_cmd_show;
extern const bk_command bk_cmd_status;
extern const bk_command bk_cmd_template;
extern const bk_command bk_cmd_test;
extern const bk_command bk_cmd_uninstall;
extern const bk_command bk_cmd_upgrade;
extern const bk_command bk_cmd_verify;
extern const bk_command bk_cmd_version;

#endif
