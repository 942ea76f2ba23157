/* command.h: what a command is, and one run of the program.
 *
 * Commands are constant tables, one file each (cmd_<name>.c); root.c holds the tree. A command's run function gets the parsed flags and
 * arguments, prints its result to cli->out and returns a status; the error is printed in one place (bk_cli_main), as "Error: …" on standard error,
 * and the exit code is 1 then.
 *
 * Texts that Helm words, and that scripts look for, name the program as Helm does ("helm template"), whatever the binary is called;
 * help pages use the name it was called by. */
#ifndef BK_CLI_COMMAND_H
#define BK_CLI_COMMAND_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/flags.h"
#include "cli/settings.h"

typedef struct bk_command bk_command;

typedef struct bk_cli {
    bk_arena *arena;
    bk_str program;            /* "bulkhead" or "helm": the name it was called by */
    bk_str binary;             /* argv[0] */
    const bk_command *command; /* the one that was asked for */
    bk_settings settings;
    bk_flags flags;
    bk_str *args;
    size_t argc;
    bk_buf out; /* standard output, written by bk_cli_flush */
    bool debug;
    char **environment;
    int exit_code;                    /* of a command that failed; 0: 1 */
    bool told;                        /* the error is in the log already: no line of its own for it */
    const bk_command *const *plugins; /* commands of plugins, ended by NULL; NULL before they were looked for */
    struct bk_plugins *plugin_list;   /* what was found */
    enum { BK_COLORS_UNASKED, BK_COLORS_OFF, BK_COLORS_ON } colors; /* bk_cli_colors */
    struct bk_cli_cluster *lent; /* the cluster that was opened for plugins' host functions; NULL: none */
} bk_cli;

enum { BK_ARGS_ANY = 1000 };

struct bk_command {
    const char *name;
    const char *usage;                 /* behind the name: "[NAME] [CHART]"; NULL: nothing */
    const char *aliases;               /* blank-separated, or NULL */
    const char *summary;               /* one line */
    const char *help;                  /* paragraphs */
    const bk_flag *const *flags;       /* tables, ended by NULL; or NULL */
    const bk_command *const *children; /* ended by NULL; or NULL */
    unsigned min_args, max_args;
    bk_status (*run)(bk_cli *cli, bk_err *err); /* NULL: prints its help */
    bool hidden;
    bool raw_args; /* flags are not parsed: run sees all words behind the name */
};

extern const bk_command bk_root_command;

/* The whole program. */
int bk_cli_main(int argc, char **argv, char **environment);

/* Takes the command's words out of argv into cli->command and sets up its flags, with defaults from the environment. *ret_unknown: the first
 * word that is no child of a command that has children. */
bk_status bk_cli_choose(bk_cli *cli, bk_str *argv, size_t *argc, bk_str *ret_unknown, bk_err *err);
/* cli->flags are those of the command: the global ones, --help, its own. */
bk_status bk_cli_set_flags(bk_cli *cli, const bk_command *command, bk_err *err);
/* Defaults of the flags that are there, from the environment. */
void bk_cli_flag_defaults(bk_cli *cli);
/* Writes what is in cli->out to standard output. */
bk_status bk_cli_flush(bk_cli *cli, bk_err *err);
/* Writes text to standard output at once: what is in cli->out already comes later. */
bk_status bk_cli_write(bk_str text, bk_err *err);
/* A line on standard error through the escaper: no control characters of a chart reach a terminal raw. */
void bk_cli_warn(bk_str line);
/* The help page of a command. `path` is the command's place: "template", "show chart". */
void bk_cli_help(bk_cli *cli, const bk_command *command, bk_buf *out);
/* The part of it from "Usage:" on. */
void bk_cli_usage(bk_cli *cli, const bk_command *command, bk_buf *out);
/* "show chart" for a child; empty for the root. */
bk_str bk_cli_path(bk_cli *cli, const bk_command *command);
/* The child of the root of that name, plugins included (which are looked for if need be). */
const bk_command *bk_cli_top(bk_cli *cli, bk_str name);
/* The child of that name or alias; NULL. */
const bk_command *bk_command_child(const bk_command *command, bk_str name);

#endif
