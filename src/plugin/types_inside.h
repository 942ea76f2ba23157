/* types_inside.h: what the files behind types.h share. Internal to src/plugin. */
#ifndef BK_PLUGIN_TYPES_INSIDE_H
#define BK_PLUGIN_TYPES_INSIDE_H

#include "plugin/subprocess.h"
#include "plugin/types.h"
#include "value/map.h"

/* ---- types.c ---- */

/* A subprocess plugin's environment: all of ours, the settings, HELM_PLUGIN_NAME and HELM_PLUGIN_DIR. */
bk_status bk_plugin_process_env(const bk_plugin_world *world, const bk_plugin *plugin, bk_process_env *ret, bk_err *err);
/* Asks for `exec` and runs: the whole of a call. `entry` says what is run in the ledger. *ret_code as from bk_process_run. */
bk_status bk_plugin_run_process(const bk_plugin_world *world, bk_plugin *plugin, bk_str digest, bk_str entry, const bk_process *process,
                                int *ret_code, bk_err *err);
/* `plugin "N" exited with error` */
bk_status bk_plugin_exited(const bk_plugin *plugin, bk_err *err);
/* Standard error of a plugin to the log, a line each. */
void bk_plugin_tell(const bk_plugin_world *world, const bk_plugin *plugin, bk_str text);

/* ---- types_extism.c ---- */

typedef struct bk_plugin_invocation {
    bk_map *input;
    bool own_streams; /* the program's streams and, where granted, its variables (cli) */
    bool *ret_exited; /* the failure is an exit code of the plugin's own; may be NULL */
    int *ret_code;    /* may be NULL */
} bk_plugin_invocation;

/* One call of an Extism plugin: *ret is its answer, an object or nil. */
bk_status bk_plugin_invoke(const bk_plugin_world *world, bk_plugin *plugin, const bk_plugin_invocation *invocation, bk_value *ret,
                           bk_err *err);
/* Before bk_plugin_subject_of where a plugin is about to run: takes its digest from the cache if it can. */
void bk_plugin_identify(const bk_plugin_world *world, bk_plugin *plugin);
/* A member of the answer by name, capitals ignored as by encoding/json; NULL when it is absent or null. */
bk_value *bk_plugin_member(bk_value answer, const char *name);
/* Texts as a value. */
bk_status bk_plugin_texts_value(bk_arena *arena, bk_texts texts, bk_value *ret, bk_err *err);

#endif
