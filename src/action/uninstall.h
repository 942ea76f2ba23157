/* uninstall.h: the action behind `uninstall`. */
#ifndef BK_ACTION_UNINSTALL_H
#define BK_ACTION_UNINSTALL_H

#include "action/deploy.h"

typedef struct bk_uninstall_options {
    bk_deploy_options deploy; /* no_hooks, wait, timeout, description, dry_run (of the client) count */
    bool ignore_not_found, keep_history;
    bk_str cascade; /* "background", "foreground", "orphan" */
    bool ours;      /* the release is being worked on by this very command, which gives up on it */
} bk_uninstall_options;

/* *ret_info: what people are told was left, or empty. *ret has an empty name when there was nothing (--ignore-not-found). */
bk_status bk_action_uninstall(bk_deploy *d, bk_str name, const bk_uninstall_options *o, bk_release *ret, bk_str *ret_info, bk_err *err);

#endif
