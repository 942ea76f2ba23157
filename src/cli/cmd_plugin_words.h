/* cmd_plugin_words.h: what a plugin's completion.yaml says of its sub-commands, flags and arguments.
 *
 * A file of {name, validArgs, flags, commands}, commands being such levels again. It is foreign: it is parsed in a compartment, and one that is not of this
 * form counts as none, as in Helm. Names may hold anything; what shows them leaves out those that would steer a terminal. */
#ifndef BK_CLI_CMD_PLUGIN_WORDS_H
#define BK_CLI_CMD_PLUGIN_WORDS_H

#include "cli/command.h"
#include "plugin/descriptor.h"
#include "value/map.h"

enum { BK_PLUGIN_WORD_LEVELS = 20 };

/* The file's top level; NULL without one. */
bk_map *bk_plugin_words_read(bk_cli *cli, const bk_plugin *plugin);
/* A list of a level ("commands", "validArgs", "flags"); nil. */
bk_value bk_plugin_words_list(bk_map *level, const char *key);
/* The name of a level below another. */
bk_str bk_plugin_words_name(bk_value level);
/* An item as text: what YAML takes for a boolean or a number is one all the same. */
bk_str bk_plugin_words_text(bk_cli *cli, bk_value item);

/* One-letter flags belong to the long ones by their place; one that has none stands for itself. */
typedef struct bk_plugin_word_flag {
    bk_str name;
    bk_str letter; /* empty: none */
} bk_plugin_word_flag;
bool bk_plugin_words_flags(bk_cli *cli, bk_value flags, bk_plugin_word_flag **ret, size_t *ret_count);

/* Gives a plugin's command the sub-commands and flags of its file, for help pages and their completion. Nothing for others, or without a file. */
void bk_plugin_words_attach(bk_cli *cli, const bk_command *command);

#endif
