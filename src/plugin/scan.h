/* scan.h: which plugins there are.
 *
 * Plugins lie one level below each folder of a list (HELM_PLUGINS, by ":"): every <folder>/<any name>/plugin.yaml, in the order of the list, then of the names.
 * The real Helm finds its plugins at the same places. A plugin that does not load is left out with a warning, the same goes for the second of two
 * with one name; neither takes others with it.
 *
 * Descriptors are read leniently (descriptor.h): whether a doubtful one is refused is for the policy to say, when the plugin is to run (types.h).
 *
 * A scan costs a compartment for each plugin that was not seen before, and reads the files of all, so it is made only when a command needs it. */
#ifndef BK_PLUGIN_SCAN_H
#define BK_PLUGIN_SCAN_H

#include "plugin/descriptor.h"

#define BK_PLUGINS_MAX 1000u

typedef struct bk_plugins {
    bk_plugin *items;
    size_t count, cap;
} bk_plugins;

typedef struct bk_plugin_scan {
    bk_str folders;                  /* separated by ":"; empty ones are skipped */
    bool silent;                     /* no warnings */
    const bk_sandbox_cache *answers; /* NULL, or where it is kept what a plugin.yaml says */
} bk_plugin_scan;

/* Gets the warnings of a scan, each a line as Helm's log has it: `level=WARN msg="failed to load plugin (ignoring)" plugin_yaml=P error="E"`. */
typedef struct bk_plugin_log {
    void *self;
    void (*line)(void *self, bk_str text);
} bk_plugin_log;

/* Folders that are not there count as empty. `log` may be NULL. Fails only without memory. */
bk_status bk_plugins_scan(bk_arena *arena, const bk_plugin_scan *scan, const bk_plugin_log *log, bk_plugins *ret, bk_err *err);

/* The first of that name and type; name empty: any; type -1: any. NULL: none. */
bk_plugin *bk_plugins_find(const bk_plugins *plugins, bk_str name, int type);
/* The word that runs a cli/v1 plugin: the first of its usage, else its name. Empty when no word can. */
bk_str bk_plugin_word(const bk_plugin *plugin);
/* The first getter for a scheme; NULL: none. */
bk_plugin *bk_plugins_getter(const bk_plugins *plugins, bk_str scheme);

/* filepath.Clean */
bk_status bk_plugin_clean_path(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err);

/* A log line in Helm's form: level=L msg="…" key=value …, values quoted where its log quotes them. */
typedef struct bk_plugin_attr {
    const char *key;
    bk_str value;
} bk_plugin_attr;
void bk_plugin_log_line(const bk_plugin_log *log, const char *level, const char *message, const bk_plugin_attr *attrs, size_t count);

#endif
