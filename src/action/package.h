/* package.h: the action behind `package`: a chart's folder, read and packed in a compartment, written as an archive by the host. */
#ifndef BK_ACTION_PACKAGE_H
#define BK_ACTION_PACKAGE_H

#include "action/dependency.h"
#include "action/provenance.h"

typedef struct bk_package_options {
    bk_str chart; /* the folder, as it was typed */
    bk_str version, app_version;
    bk_str destination;               /* a folder, made if it is missing */
    bool dependency_update;           /* bring charts/ in line with Chart.yaml first */
    bk_signing *signing;              /* NULL: unsigned. Else NAME-VERSION.tgz.prov is written as well */
    bool capabilities;                /* what the chart asks for is stated in it (capabilities.h) */
    bk_dependency_options dependency; /* for that; also the times, limits and guard of the packing */
} bk_package_options;

/* *ret_path: the archive's path, as Helm shows it. Log lines are added to *logs. Nothing is written before the signature is made. */
bk_status bk_action_package(bk_arena *arena, const bk_package_options *options, bk_str *ret_path, bk_rendered *logs, bk_err *err);

#endif
