/* printer.h: results as a table, JSON or YAML: the flag --output of commands that list things from repositories. */
#ifndef BK_CLI_PRINTER_H
#define BK_CLI_PRINTER_H

#include "cli/command.h"
#include "value/value.h"

extern const bk_flag bk_flags_format[]; /* --output */

typedef struct bk_columns {
    size_t count;
    const char *titles[8];
    const char *keys[8]; /* members of the items; "a.b" for one of a member */
} bk_columns;

typedef struct bk_printing {
    bk_columns columns;         /* of the table */
    const char *const *members; /* of an item in JSON, in their order, ended by NULL */
    uint64_t most;              /* widest column; 0: any */
    bool no_headers;
} bk_printing;

bool bk_cli_wants_table(const bk_cli *cli);
/* Appends the list of maps to cli->out in the form asked for. */
bk_status bk_cli_print_list(bk_cli *cli, const bk_printing *printing, bk_value list, bk_err *err);

#endif
