/* rollback.h: the action behind `rollback`, and --rollback-on-failure of an upgrade. */
#ifndef BK_ACTION_ROLLBACK_H
#define BK_ACTION_ROLLBACK_H

#include "action/deploy.h"

enum { BK_DESCRIPTION_MAX = 256 }; /* characters of --description */

typedef struct bk_rollback_options {
    bk_deploy_options deploy;
    int64_t version;    /* to go back to; 0: the one before the newest */
    bk_str server_side; /* "auto", "true", "false" */
} bk_rollback_options;

bk_status bk_action_rollback(bk_deploy *d, bk_str name, bk_rollback_options *o, bk_err *err);

#endif
