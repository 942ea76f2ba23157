/* cmd_plugin_inspect.h: what `plugin inspect` has found out, for its two ways to say it. */
#ifndef BK_CLI_CMD_PLUGIN_INSPECT_H
#define BK_CLI_CMD_PLUGIN_INSPECT_H

#include "action/plugin_manager.h"
#include "cli/command.h"

typedef struct bk_inspection {
    bk_cli *cli;
    bk_plugin *plugin;
    bk_plugin_subject who;
    bk_guard *guard;
    const bk_policy *policy;
    bk_plugin_world world;
    bk_plugin_manager archive; /* its folder is -1 when the plugin does not come from an archive */
    bk_buf signer;             /* what an archive's signature says, in lines; for people it is printed as it comes */
    bk_err *err;
} bk_inspection;

/* Whether a request ("http=a.example") would be allowed, and by which rule. */
bk_status bk_inspection_judge(bk_inspection *in, bk_str wish, bool *ret_allowed, bk_str *ret_rule);
/* All of it as one JSON object, to standard output. */
bk_status bk_inspection_json(bk_inspection *in);

#endif
