/* types.h: plugins at work, by their type and whatever their runtime.
 *
 *     cli/v1            bk_plugin_run           a command: its arguments, our streams, its exit code
 *     getter/v1         bk_plugin_fetch         bytes for a URL of a scheme that it serves
 *     postrenderer/v1   bk_plugin_post_render   rendered manifests in, manifests out
 *     hooks             bk_plugin_run_hook       a subprocess plugin's own installation steps
 *
 * Each is one call of the plugin as the guard sees it (guard/plugin.h): begun with what the plugin is, asked before anything leaves it, ended with what came
 * out. A subprocess plugin asks for `exec` and may then do all that the operator may. An Extism plugin gets a compartment: hosts, temporary folder and
 * host functions that plugin.yaml requests and the operator granted, Helm's variables without secrets, more only by grant.
 *
 * Errors name the plugin. Text of a plugin in them is as it came; whoever shows it escapes it. */
#ifndef BK_PLUGIN_TYPES_H
#define BK_PLUGIN_TYPES_H

#include "guard/plugin.h"
#include "plugin/hostfn.h"
#include "plugin/scan.h"
#include "sandbox/foreign.h"

/* What the program lends to plugins for one run of it. Everything is borrowed. */
typedef struct bk_plugin_world {
    bk_arena *arena;
    bk_guard *guard;
    char *const *environment;       /* the program's own */
    const bk_plugin_pair *settings; /* HELM_* in force, those with secrets as well */
    size_t setting_count;
    bk_str cache_home, data_home; /* for compiled modules, and the key of their cache; relative or empty: no cache */
    bk_plugin_log log;
    bool debug;
    bk_plugin_services services; /* what host functions need from above */
} bk_plugin_world;

/* Whether the plugin may be used as it describes itself: what was let pass in its plugin.yaml is an error, and a warning under the profile `helm`. The functions
 * below begin with it. */
bk_status bk_plugin_accept(const bk_plugin_world *world, const bk_plugin *plugin, bk_err *err);

/* Runs a cli/v1 plugin. *ret_code is what the program is to exit with: the plugin's own code, 1 for every other failure. */
bk_status bk_plugin_run(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, int *ret_code, bk_err *err);

/* What a getter is told, as Helm tells it; empty and false are what a caller leaves out. */
typedef struct bk_getter_options {
    bk_str cert_file, key_file, ca_file, accept_header, username, password, user_agent, version;
    bool untar, insecure, plain_http, pass_credentials_all;
    int64_t timeout_ns;
} bk_getter_options;

/* The bytes behind a URL, in the arena. `options` may be NULL. User name and password reach an Extism plugin only by the grant `token=credentials`. */
bk_status bk_plugin_fetch(const bk_plugin_world *world, bk_plugin *plugin, bk_str url, const bk_getter_options *options, bk_str *ret,
                          bk_err *err);
/* The scheme of a URL as Go's url.Parse finds it, in lower case; empty when there is none. A view into url, unless it has capitals. */
bk_status bk_plugin_scheme(bk_arena *arena, bk_str url, bk_str *ret, bk_err *err);

/* Passes manifests through a post-renderer; the answer is not blank. Errors begin as Helm's: `failed to invoke post-renderer plugin "N": …`,
 * `post-renderer "N" produced empty output`. */
bk_status bk_plugin_post_render(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, bk_str manifests, bk_str *ret, bk_err *err);

/* Runs the hook of an event ("install", "update", "delete"), if there is one. `digest`: what the grant is bound to, when the folder is not what the grant
 * speaks of (its hook is about to change it, or it is gone); empty: the plugin's own. Failing: `plugin EVENT hook for "N" exited with error`. */
bk_status bk_plugin_run_hook(const bk_plugin_world *world, bk_plugin *plugin, const char *event, bk_str digest, bk_err *err);
/* Whether there is one for this machine. */
bool bk_plugin_has_hook(const bk_plugin *plugin, const char *event);

/* Runs <dir>/plugin.complete of a subprocess plugin: what it wrote, both streams together. *ret_ran is false when there is none or it failed. */
bk_status bk_plugin_complete(const bk_plugin_world *world, bk_plugin *plugin, bk_texts args, bk_str *ret, bool *ret_ran, bk_err *err);

/* What the guard calls the plugin. Reads its code first (bk_plugin_read_code). Views into the plugin; `path` lies in the arena. */
bk_status bk_plugin_subject_of(bk_arena *arena, bk_plugin *plugin, bk_plugin_subject *ret, bk_err *err);
/* What plugin.yaml asks for, as limits of the guard's table. */
bk_plugin_limits bk_plugin_limits_asked(const bk_plugin *plugin);

/* An Extism plugin's module, compiled in a limited child or taken from the cache. Free it with bk_foreign_free. */
bk_status bk_plugin_compile(const bk_plugin_world *world, bk_plugin *plugin, bk_foreign **ret, bk_err *err);
/* Whether it could be called under the limits that apply: imports, entry, memory. Runs nothing, asks the guard for nothing. */
bk_status bk_plugin_check(const bk_plugin_world *world, bk_plugin *plugin, bk_foreign *module, bk_err *err);

#endif
