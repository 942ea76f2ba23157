/* get_template.h: `get all --template`. Internal to src/cli. */
#ifndef BK_CLI_GET_TEMPLATE_H
#define BK_CLI_GET_TEMPLATE_H

#include "cli/command.h"
#include "release/release.h"

/* Appends what the template makes of {{.Release}}, whose fields have the names of Helm's structs. */
bk_status bk_cli_get_template(bk_cli *cli, const bk_release *release, bk_str template, bk_err *err);

#endif
