/* release_print.h: a release as install, upgrade, status and get print it. */
#ifndef BK_CLI_RELEASE_PRINT_H
#define BK_CLI_RELEASE_PRINT_H

#include "cli/release_args.h"

typedef struct bk_release_print {
    bool debug;         /* values, hooks and manifest too; `computed` of the release has to be there */
    bool show_metadata; /* the chart's name and versions */
    bool hide_notes;
    bool chart;       /* JSON and YAML: the chart too */
    bk_str resources; /* the tables of its objects, as text; or for JSON and YAML the JSON of info.resources. May be empty */
} bk_release_print;

/* Appends to cli->out, in the format of --output (a table where the command has no such flag). */
bk_status bk_cli_print_release(bk_cli *cli, const bk_release *release, const bk_release_print *how, bk_err *err);
/* The hooks as `get hooks` prints them. */
void bk_cli_print_hooks(bk_cli *cli, const bk_release *release);

#endif
