/* hostfn.h: functions of extism:host/user, which plugins call by name.
 *
 * A function is offered when plugin.yaml requests it, and works when the operator granted it: the guard is asked at every call. Requests and
 * answers are JSON (docs/plugin-api.md). What a function does with charts and clusters comes from the layers above, through bk_plugin_services. */
#ifndef BK_PLUGIN_HOSTFN_H
#define BK_PLUGIN_HOSTFN_H

#include "value/map.h"

/* BK_HOST_FUNCTION(id, name) */
#define BK_HOST_FUNCTIONS(F) \
    F(GET_VALUES, "helm_get_values") \
    F(GET_MANIFEST, "helm_get_manifest") \
    F(GET_RELEASE, "helm_get_release") \
    F(LIST_RELEASES, "helm_list_releases") \
    F(LOOKUP, "helm_lookup") \
    F(RENDER, "helm_render") \
    F(LOG, "helm_log")

typedef enum bk_host_function {
#define BK_HOST_FUNCTION(id, name) BK_HF_##id,
    BK_HOST_FUNCTIONS(BK_HOST_FUNCTION)
#undef BK_HOST_FUNCTION
        BK_HF_COUNT
} bk_host_function;

/* NULL beyond the table / false when there is none of that name. */
const char *bk_host_function_name(unsigned function);
bool bk_host_function_find(bk_str name, bk_host_function *ret);

/* Serves every function but helm_log. Runs on the compartment's thread and must be back within timeout_ms (UINT32_MAX: no limit). *ret is the answer, an object.
 * An error becomes {"error": {"code": …, "message": …}}, unless its status is DENIED, TIMEOUT or NOMEM; `ret_code` may be set to a code other than
 * "failed". Without `serve`, functions answer that they are not to be had here (code "unavailable").
 *
 * helm_lookup asks the guard a second time, for the right to read just this: `target` resolves what is asked for, as the effect lookup of charts does. */
typedef struct bk_plugin_services {
    void *self;
    bk_status (*serve)(void *self, bk_host_function function, bk_map *request, uint32_t timeout_ms, bk_arena *arena, bk_map *ret,
                       const char **ret_code, bk_err *err);
    bk_status (*target)(void *self, bk_map *request, bk_arena *arena, bool *ret_list, bk_str *ret_target, const char **ret_code,
                        bk_err *err);
} bk_plugin_services;

/* ---- for types_extism.c ---- */

struct bk_plugin_world;
struct bk_plugin_call;
struct bk_plugin;
struct bk_extism_function;

/* The functions that the plugin requests; one that does not exist is an error, as in Helm: `plugin requested host function "x" not found`. They live in
 * the arena, which must outlive the call. */
bk_status bk_hostfn_bind(const struct bk_plugin_world *world, struct bk_plugin_call *call, const struct bk_plugin *plugin, bk_arena *arena,
                         const struct bk_extism_function **ret, size_t *ret_count, bk_err *err);

#endif
