/* audit.h: what a chart can ask for, and what it puts on a cluster, told before anything is installed.
 *
 * Two looks at the chart, each in a compartment. The first parses every template of every chart in the tree, switched-off dependencies included, and tells each place
 * that calls a function with an effect; it does not depend on values. The second renders the chart with the values that are given, without a cluster, and tells
 * what came out: hooks, images, objects that lie in no namespace, privileges, references. When rendering fails, the report says so and has the first part only.
 *
 * A report is a map, the same that -o json prints:
 *
 *     name, version
 *     charts       [{path, name, version}]
 *     asks         [{effect, function, text, chart, where}]
 *     hooks        [{events, apiVersion, kind, name, path}]
 *     images       [{image, hook, kind, name, path}]
 *     clusterScoped [{apiVersion, kind, name, path}]
 *     privileges   [{privilege, kind, name, path}]       "privileged", "hostPath/var/run", "capability/NET_ADMIN"
 *     references   [{target, kind, name, path}]          "Secret/db-password": used and not brought along
 *     unreadable   [{file, error}]
 *     notRendered  text of the error; absent when all went well */
#ifndef BK_ACTION_AUDIT_H
#define BK_ACTION_AUDIT_H

#include "action/render.h"

typedef struct bk_audit_options {
    bk_render_options render; /* chart, release, namespace, values, limits, guard */
} bk_audit_options;

typedef struct bk_audited {
    bk_value report;
    bk_value objects; /* of the rendered chart, for bk_audit_rbac: a list of maps */
} bk_audited;

bk_status bk_action_audit(bk_arena *arena, const bk_audit_options *options, bk_audited *ret, bk_rendered *ret_logs, bk_err *err);

/* What `now` asks for beyond `before`: a report whose lists hold only what is new. Places in files do not count, what is asked for does. */
bk_status bk_audit_beyond(bk_arena *arena, bk_value before, bk_value now, bk_value *ret, bk_err *err);

/* The report for people. `beyond`: it is the difference of two. */
bk_status bk_audit_print(bk_value report, bool beyond, bk_buf *out, bk_err *err);

/* ---- roles ---- */

typedef struct bk_rbac_options {
    bk_str release, namespace_;
    bool wait; /* with --wait */
} bk_rbac_options;

/* The least Roles and ClusterRole that installing, upgrading and uninstalling the objects needs, as YAML. Rules of roles that the chart brings along are in them: the API
 * server lets nobody hand out what he does not have. */
bk_status bk_audit_rbac(bk_arena *arena, bk_value objects, const bk_rbac_options *options, bk_buf *out, bk_err *err);

/* A kind as the chart's own CRDs and the built-in table have it; *ret_guessed: neither knows it, and the plural is made up. */
typedef struct bk_audit_kind {
    bk_str group, plural;
    bool namespaced, guessed;
} bk_audit_kind;
bk_status bk_audit_kind_of(bk_arena *arena, bk_value objects, bk_str api_version, bk_str kind, bk_audit_kind *ret, bk_err *err);

#endif
