/* plugin_package.h: the action behind `plugin package`: a plugin's folder to a signed archive. */
#ifndef BK_ACTION_PLUGIN_PACKAGE_H
#define BK_ACTION_PLUGIN_PACKAGE_H

#include "action/provenance.h"

typedef struct bk_plugin_package_options {
    bk_str folder, destination;
    bk_signing *signing; /* NULL: unsigned */
    int64_t stamp;       /* the time of every file in the archive */
} bk_plugin_package_options;

/* Writes NAME-VERSION.tgz, and .prov when it is signed: both or, when something fails, neither. Appends to `out` what Helm prints. */
bk_status bk_action_plugin_package(bk_arena *arena, const bk_plugin_package_options *options, bk_buf *out, bk_err *err);

#endif
