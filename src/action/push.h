/* push.h: the action behind `push`: a packed chart to a registry, as Helm pushes it.
 *
 * What the registry keeps beside the archive (metadata as JSON, annotations) comes from the chart, read in a compartment: all of it up to 4 MiB, else Chart.yaml
 * from the front of the archive alone. A file CHART.prov goes along when it is there. */
#ifndef BK_ACTION_PUSH_H
#define BK_ACTION_PUSH_H

#include "action/render.h"
#include "registry/oci.h"
#include "registry/world.h"

typedef struct bk_push_options {
    bk_str chart;  /* the archive, as it was typed */
    bk_str remote; /* oci://host/path: the chart's name and version are put behind it */
    bk_oci_options registry;
    bk_sandbox_limits limits;
    bk_guard *guard;
    bk_registry_teller teller;
} bk_push_options;

/* *ret_messages: what Helm prints. Log lines are added to *logs. */
bk_status bk_action_push(bk_arena *arena, const bk_push_options *options, bk_str *ret_messages, bk_rendered *logs, bk_err *err);

/* The annotations of a manifest for a chart of these metadata (JSON); `created` is the time of the archive, in RFC 3339. */
bk_status bk_push_annotations(bk_arena *arena, bk_str config, bk_str created, bk_map **ret, bk_err *err);

#endif
