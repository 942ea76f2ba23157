/* cmd_plugin_grant.h: what plugins were granted for good. */
#ifndef BK_CLI_CMD_PLUGIN_GRANT_H
#define BK_CLI_CMD_PLUGIN_GRANT_H

#include "cli/command.h"
#include "plugin/descriptor.h"

extern const bk_command bk_cmd_plugin_grant, bk_cmd_plugin_inspect, bk_cmd_plugin_revoke;

/* What a plugin asks for, as grants: exec, tempdir, http=HOST, host-function=NAME. Empty: nothing but computing. */
bk_status bk_cli_plugin_requests(bk_arena *arena, const bk_plugin *plugin, bk_texts *ret, bk_err *err);

#endif
