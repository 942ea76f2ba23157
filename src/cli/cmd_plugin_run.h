/* cmd_plugin_run.h: plugins in the command line: their words as commands, post-renderers and getters for other commands.
 *
 * Plugins are looked for when something asks for them, once in a run: a word that is no command of ours, the root's help page, completion, --post-renderer, a
 * URL of a foreign scheme. Warnings of that search go to standard error. */
#ifndef BK_CLI_CMD_PLUGIN_RUN_H
#define BK_CLI_CMD_PLUGIN_RUN_H

#include "action/inputs.h"
#include "action/render.h"
#include "cli/complete.h"
#include "plugin/types.h"

/* What was found; an empty list with HELM_NO_PLUGINS=1. Borrowed. */
bk_status bk_cli_plugins(bk_cli *cli, bk_plugins **ret, bk_err *err);
/* Commands of cli/v1 plugins, ended by NULL, in the order of their words; empty when something failed. */
const bk_command *const *bk_cli_plugin_commands(bk_cli *cli);
/* The one of that word; NULL. */
const bk_command *bk_cli_plugin_command(bk_cli *cli, bk_str word);
/* The plugin behind a command; NULL when it is one of ours. */
bk_plugin *bk_cli_plugin_of(const bk_cli *cli, const bk_command *command);

/* bk_cli_choose for a plugin's word: takes the guard's flags before the word and Helm's global ones everywhere out of argv, and applies them. The rest is
 * the plugin's. */
bk_status bk_cli_plugin_choose(bk_cli *cli, const bk_command *command, bk_str *argv, size_t *argc, bk_str *ret_word, bk_err *err);
/* Helm's walk over a plugin's arguments: global flags with their values to `ours`, all else to `theirs`; both have room for `count`. */
void bk_cli_plugin_walk(const bk_str *words, size_t count, bk_str *ours, size_t *our_count, bk_str *theirs, size_t *their_count);

/* What plugins get of this run; flags are parsed, those of the guard among them. `release`: the one that is being worked on, or NULL. */
bk_status bk_cli_plugin_world(bk_cli *cli, bk_guard *guard, const bk_render_options *release, bk_plugin_world *ret, bk_err *err);
/* A line of a plugin, or about one, on standard error, escaped. */
bk_plugin_log bk_cli_plugin_log(void);

/* The post-renderer that --post-renderer names, for render->post_renderer; NULL when there is none. Errors are those of the flag. Needs render's guard. */
bk_status bk_cli_post_renderer(bk_cli *cli, bk_render_options *render, bk_err *err);
/* Lets getter plugins serve -f and --set-file URLs of their schemes. `guard`: where the run's guard is when it is needed. */
bk_status bk_cli_value_fetcher(bk_cli *cli, bk_value_source *sources, size_t count, bk_guard *const *guard, bk_err *err);

/* cmd_plugin_run_complete.c: candidates behind a plugin's word. `words` stand behind the word, without the last; `flags`: global ones were taken out. */
bk_status bk_cli_plugin_complete(bk_complete *c, bk_str *words, size_t count, bool flags, bk_err *err);

#endif
