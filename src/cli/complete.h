/* complete.h: what a shell may offer behind an unfinished command line.
 *
 * `__complete WORD… LAST` prints a candidate a line, a tab and a description behind it, then ":<directive>": a number whose bits tell the shell
 * how to go on. Scripts for that protocol exist for many shells and editors, so it is cobra's to the letter; the scripts in cmd_completion.c
 * are the ones that come with Bulkhead. */
#ifndef BK_CLI_COMPLETE_H
#define BK_CLI_COMPLETE_H

#include "cli/command.h"

enum {
    BK_COMPLETE_DEFAULT = 0,  /* the shell offers files when there is no candidate */
    BK_COMPLETE_ERROR = 1,    /* candidates could not be found out */
    BK_COMPLETE_NO_SPACE = 2, /* no blank behind the candidate */
    BK_COMPLETE_NO_FILES = 4,
};

typedef struct bk_complete {
    bk_cli *cli;
    bk_str word;  /* what is typed of the last word */
    bool bare;    /* without descriptions */
    bool no_help; /* without lines that only tell something */
    size_t count; /* candidates so far */
    unsigned directive;
} bk_complete;

/* Whether a text may be printed as it is: what steers a terminal or turns text round may not. */
bool bk_complete_shows(bk_str text);
/* A candidate; those with control characters are left out (names of charts come from the network). The description may be empty. */
void bk_complete_add(bk_complete *c, bk_str candidate, bk_str description);
/* The same if the candidate begins with the word typed. */
void bk_complete_match(bk_complete *c, bk_str candidate, bk_str description);
/* Names of the flags from..to of the command that the word may become, in their order. */
void bk_complete_flags(bk_complete *c, size_t from, size_t to);
/* Says that no argument follows. */
void bk_complete_end(bk_complete *c);

/* complete_rules.c: candidates for an argument of a command, for the value of a flag. Those that are not in the tables get files. */
bk_status bk_complete_argument(bk_complete *c, bk_str path, const bk_str *args, size_t argc, bk_err *err);
bk_status bk_complete_value(bk_complete *c, bk_str path, bk_str flag, bk_err *err);

/* complete_release.c: what has to be asked of the cluster. Without one there is nothing to offer. */
/* Releases of the namespace, without those among the arguments. */
void bk_complete_releases(bk_complete *c, const bk_str *args, size_t argc);
void bk_complete_revisions(bk_complete *c, bk_str release);
void bk_complete_namespaces(bk_complete *c);

#endif
