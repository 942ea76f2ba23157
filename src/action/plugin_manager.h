/* plugin_manager.h: plugins come, change and go.
 *
 * Sources, targets and messages are Helm's: a folder becomes a link (a development install), an archive from disk or the web is unpacked, anything else
 * is cloned with git. What differs: an archive is unpacked in a compartment and written to a fresh folder that takes its place by one rename, so a plugin is there
 * whole or not at all, and consists of the verified bytes and nothing else; before it is there, the operator is told what it asks for and agrees. That grant is
 * bound to the content (guard/grants.h).
 *
 * All of it happens under one lock in the folder of the plugins; what a killed run left there is removed by the next. */
#ifndef BK_ACTION_PLUGIN_MANAGER_H
#define BK_ACTION_PLUGIN_MANAGER_H

#include "action/provenance.h"
#include "plugin/types.h"
#include "registry/oci.h"

typedef struct bk_plugin_manager {
    bk_arena *arena;
    bk_plugin_world world; /* for hooks, and whose guard decides */
    bk_str folders;        /* HELM_PLUGINS: a list */
    bk_str data_home;
    bk_str grants; /* the store's path */
    bk_str keyring;
    bk_str version;          /* of a git source: a reference or a constraint over tags; of a registry's repository: a version or a range */
    bk_oci_options registry; /* how registries are asked */
    bool verify;
    bool grant_requested; /* agreed beforehand to all that it asks for */
    bk_buf *out;          /* gets what Helm prints */
    void *self;
    void (*flush)(void *self); /* prints `out` so far: a hook is about to write */
    /* Prints `out` so far and asks on the terminal; false: no. NULL: there is no terminal. */
    bool (*agree)(void *self, bk_str question);
    /* What a plugin asks for, as grants. */
    bk_status (*requests)(bk_arena *arena, const bk_plugin *plugin, bk_texts *ret, bk_err *err);
    const bk_plugin *old;               /* internal: the installed one, which is about to be replaced; NULL: none */
    char agreed[BK_PLUGIN_DIGEST_TEXT]; /* internal: the content that was agreed to */
    int folder, staging;                /* internal: open folders */
    bk_str folder_path, staging_name;
} bk_plugin_manager;

bk_status bk_plugin_install(bk_plugin_manager *manager, bk_str source, bk_err *err);
/* By names; goes on with the others when one fails, and tells all failures. */
bk_status bk_plugin_uninstall(bk_plugin_manager *manager, const bk_str *names, size_t count, bk_err *err);
bk_status bk_plugin_update(bk_plugin_manager *manager, const bk_str *names, size_t count, bk_err *err);
/* An archive and its provenance file; prints who signed. */
bk_status bk_plugin_verify(bk_plugin_manager *manager, bk_str path, bk_err *err);
/* Loads the plugin of an archive without installing it: unpacked into a staging folder that bk_plugin_close_archive removes. Prints who signed it, or that nobody did. */
bk_status bk_plugin_open_archive(bk_plugin_manager *manager, bk_str path, bk_plugin *ret, bk_err *err);
void bk_plugin_close_archive(bk_plugin_manager *manager);

/* ---- internal to src/action/plugin_*.c ---- */

/* Opens the folder of plugins (<data home>/plugins, made as needed), locks it, clears what killed runs left, makes a fresh folder in it. */
bk_status bk_plugin_stage(bk_plugin_manager *manager, bk_err *err);
void bk_plugin_unstage(bk_plugin_manager *manager);
/* Agreement to what the plugin asks for beyond what it may have already, what `old` does not ask for marked; *ret_new: what is to be granted. */
bk_status bk_plugin_agree(bk_plugin_manager *manager, bk_plugin *plugin, bk_texts *ret_new, bk_err *err);
/* Loads what lies in <path>, which has to be what was agreed to (else it is removed), grants, runs the hook of the event, grants for what the hook left. */
bk_status bk_plugin_settle(bk_plugin_manager *manager, bk_str path, bk_texts granted, const char *event, bk_err *err);
/* The path of a name in the staging folder. */
bk_status bk_plugin_staged(bk_plugin_manager *manager, const char *name, bk_str *ret, bk_err *err);
/* The folder `name` of the staging folder becomes <plugins>/target. */
bk_status bk_plugin_place(bk_plugin_manager *manager, const char *name, bk_str target, bk_err *err);

/* What a registry has under oci://host/path/NAME[:tag][@digest]: a plugin called NAME. */
typedef struct bk_plugin_download {
    bk_str name, file_name; /* "NAME-1.0.0.tgz" */
    bk_str bytes, provenance;
    bool has_provenance;
} bk_plugin_download;
bk_status bk_plugin_fetch_oci(bk_plugin_manager *manager, bk_str source, bk_plugin_download *ret, bk_err *err);

/* Clones source into `tree` of the staging folder, at the wanted version. */
bk_status bk_plugin_clone(bk_plugin_manager *manager, bk_str source, bk_str version, bk_err *err);
/* Whether git can tell where it came from. */
bool bk_plugin_is_git_source(bk_str source);
/* user@host:path */
bool bk_plugin_is_scp_source(bk_str source);
/* Of an installed plugin: its remote, its branch (empty: none, it stands at a version), whether it was changed. */
bk_status bk_plugin_git_state(bk_plugin_manager *manager, bk_str path, bk_str *ret_remote, bk_str *ret_branch, bool *ret_dirty,
                              bk_err *err);

#endif
