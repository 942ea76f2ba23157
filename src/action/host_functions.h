/* host_functions.h: what plugins can call (plugin/hostfn.h), as far as it needs charts or a cluster: helm_render, what is known of the release at hand, and what a cluster
 * keeps of others.
 *
 * helm_render renders a chart that the plugin hands over, in a compartment of its own; no file of the machine is read. The plugin is asked for along with the
 * chart, so a grant must hold for both (guard/plugin.h). A rendered chart calls no plugins, so calls do not nest further.
 *
 * Requests and answers: docs/plugin-api.md. */
#ifndef BK_ACTION_HOST_FUNCTIONS_H
#define BK_ACTION_HOST_FUNCTIONS_H

#include "action/render.h"
#include "kube/client.h"
#include "plugin/hostfn.h"

/* The cluster, where the command has one. */
typedef struct bk_host_cluster {
    void *self;
    /* Opens it when it is first needed; the same afterwards. */
    bk_status (*open)(void *self, bk_kube **ret, bk_str *ret_cache, bk_err *err);
    bk_str driver, memory_data; /* of the releases' store (release/store.h) */
} bk_host_cluster;

typedef struct bk_host_functions {
    bk_guard *guard;
    bk_sandbox_limits limits;         /* of rendering; 0: the defaults */
    bk_str namespace_;                /* where requests name none */
    const bk_render_options *release; /* the one that is being worked on; NULL: none. Its values count when they are needed */
    const bk_host_cluster *cluster;   /* NULL: the command contacts none */
} bk_host_functions;

/* `functions` is borrowed. */
bk_plugin_services bk_host_functions_services(bk_host_functions *functions);

/* host_functions_cluster.c: what a cluster keeps, and what helm_lookup is about. */
bk_status bk_host_functions_ask(const bk_host_functions *h, bk_host_function function, bk_map *request, uint32_t timeout_ms,
                                bk_arena *arena, bk_map *ret, const char **ret_code, bk_err *err);
bk_status bk_host_functions_target(const bk_host_functions *h, bk_map *request, bk_arena *arena, bool *ret_list, bk_str *ret_target,
                                   const char **ret_code, bk_err *err);

/* host_functions_pack.c: files (a map of paths to texts) as a gzipped archive in the arena, below one folder, as the engine's reader of charts wants it. Paths are
 * relative, without ".." and control characters, and at most 90 bytes. */
bk_status bk_host_functions_pack(bk_arena *arena, bk_map *files, bk_str *ret, bk_err *err);

#endif
