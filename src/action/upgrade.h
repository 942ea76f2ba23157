/* upgrade.h: the action behind `upgrade`. */
#ifndef BK_ACTION_UPGRADE_H
#define BK_ACTION_UPGRADE_H

#include "action/deploy_render.h"

typedef struct bk_upgrade_options {
    bk_deploy_options deploy;
    bk_deploy_chart chart;
    bk_str server_side; /* "auto", "true", "false" */
    bool reset_values, reuse_values, reset_then_reuse_values;
    bk_map *labels; /* added to those of the newest record; "null" takes one away. NULL: none */
} bk_upgrade_options;

/* The chart is read and checked, as bk_deploy_load has it: errors of that come without "UPGRADE FAILED". */
bk_status bk_action_upgrade_load(bk_deploy *d, bk_upgrade_options *o, bk_buf *out, bk_err *err);
/* Renders a recorded run again; after bk_action_upgrade_load. No cluster, no history. */
bk_status bk_action_upgrade_replay(bk_deploy *d, bk_upgrade_options *o, bk_release *ret, bk_err *err);
/* The rest. `history`: what is known of the release already, or NULL. */
bk_status bk_action_upgrade(bk_deploy *d, bk_upgrade_options *o, const bk_history *history, bk_release *ret, bk_err *err);

#endif
