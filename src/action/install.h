/* install.h: the action behind `install`, and `upgrade --install` of what is not there. */
#ifndef BK_ACTION_INSTALL_H
#define BK_ACTION_INSTALL_H

#include "action/deploy_render.h"

typedef struct bk_install_options {
    bk_deploy_options deploy;
    bk_deploy_chart chart;
    bool create_namespace, replace, skip_crds, server_side;
    bk_map *labels; /* NULL: none */
} bk_install_options;

/* *ret is the release as it was recorded, or would have been (dry run). `out` gets what is printed on the way. */
bk_status bk_action_install(bk_deploy *d, bk_install_options *o, bk_buf *out, bk_release *ret, bk_err *err);

#endif
