/* host_functions.h: what plugins can call (plugin/hostfn.h), as far as it needs charts: helm_render, and what is known of the release at hand.
 *
 * helm_render renders a chart that the plugin hands over, in a compartment of its own; no file of the machine is read. The plugin is asked for along with the
 * chart, so a grant must hold for both (guard/plugin.h). A rendered chart calls no plugins, so calls do not nest further.
 *
 * Requests and answers: docs/plugin-api.md. */
#ifndef BK_ACTION_HOST_FUNCTIONS_H
#define BK_ACTION_HOST_FUNCTIONS_H

#include "action/render.h"
#include "plugin/hostfn.h"

typedef struct bk_host_functions {
    bk_guard *guard;
    bk_sandbox_limits limits;         /* of rendering; 0: the defaults */
    bk_str namespace_;                /* where requests name none */
    const bk_render_options *release; /* the one that is being worked on; NULL: none. Its values count when they are needed */
} bk_host_functions;

/* `functions` is borrowed. */
bk_plugin_services bk_host_functions_services(bk_host_functions *functions);

/* host_functions_pack.c: files (a map of paths to texts) as a gzipped archive in the arena, below one folder, as the engine's reader of charts wants it. Paths are
 * relative, without ".." and control characters, and at most 90 bytes. */
bk_status bk_host_functions_pack(bk_arena *arena, bk_map *files, bk_str *ret, bk_err *err);

#endif
