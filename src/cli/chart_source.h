/* chart_source.h: the flags that say where a chart comes from (bk_flags_chart, and --devel where a command has it). */
#ifndef BK_CLI_CHART_SOURCE_H
#define BK_CLI_CHART_SOURCE_H

#include "action/dependency.h"
#include "cli/command.h"
#include "registry/source.h"

/* What this run lends to whoever fetches. `guard`: where the run's guard is when a getter plugin or a signature needs it. Opens nothing. */
bk_status bk_cli_registry_world(bk_cli *cli, bk_guard *const *guard, bk_registry_world **ret, bk_err *err);
/* Reads the flags of bk_flags_source. */
void bk_cli_registry_access(bk_cli *cli, bk_registry_access *ret);
/* Reads the flags; those that the command does not have count as not given. */
void bk_cli_chart_source(bk_cli *cli, bk_chart_source_options *ret);
/* What `dependency build` and `update` are told, for them and for commands with --dependency-update. */
void bk_cli_dependency(bk_cli *cli, const bk_registry_world *world, bk_dependency_options *ret);

#endif
