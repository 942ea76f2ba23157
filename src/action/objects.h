/* objects.h: a manifest's objects, read in a compartment. */
#ifndef BK_ACTION_OBJECTS_H
#define BK_ACTION_OBJECTS_H

#include "base/arena.h"
#include "sandbox/call.h"
#include "value/value.h"

typedef enum bk_objects_order {
    BK_OBJECTS_INSTALL,   /* as they stand: manifests of records are in Helm's order */
    BK_OBJECTS_UNINSTALL, /* documents sorted by kind for deletion, as Helm sorts them again; those to be kept are marked */
} bk_objects_order;

/* The documents of a manifest, a CRD file or a hook, in order, for bk_kube_net_request. *ret is a list of maps:
 *
 *     {path, json}      `path`: the template's, of the comment "# Source: …"; may be missing
 *     {path, kind, name, keep: true}    BK_OBJECTS_UNINSTALL, before all others: its annotation helm.sh/resource-policy says keep
 *     {error}           no YAML: nothing behind it was read
 *
 * An error of this function is of the machinery, or with BK_OBJECTS_UNINSTALL Helm's of a manifest that cannot be sorted. */
bk_status bk_objects_read(bk_arena *arena, bk_str manifest, bk_objects_order order, const bk_sandbox_limits *limits, bk_value *ret,
                          bk_err *err);

#endif
