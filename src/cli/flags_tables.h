/* flags_tables.h: flags that several commands share, one table a topic. */
#ifndef BK_CLI_FLAGS_TABLES_H
#define BK_CLI_FLAGS_TABLES_H

#include "cli/flags.h"

extern const bk_flag bk_flags_global[];   /* every command */
extern const bk_flag bk_flags_help[];     /* --help */
extern const bk_flag bk_flags_values[];   /* -f and the --set family */
extern const bk_flag bk_flags_chart[];    /* where a chart comes from: --repo, --version, --verify … */
extern const bk_flag bk_flags_sigstore[]; /* who must have signed a chart, by a Sigstore bundle */
extern const bk_flag bk_flags_source[];   /* credentials and certificates for that, without a chart */
extern const bk_flag bk_flags_wait[];     /* --wait, --timeout */
extern const bk_flag bk_flags_apply[];    /* these, and how objects are changed: install, template, upgrade, rollback */
extern const bk_flag bk_flags_deploy[];   /* what becomes of a chart: install, template, upgrade */
extern const bk_flag bk_flags_install[];  /* install and template */
extern const bk_flag bk_flags_revise[];   /* upgrade and rollback */
extern const bk_flag bk_flags_dry_run[];  /* install, upgrade, rollback */
extern const bk_flag bk_flags_notes[];    /* install and upgrade */
extern const bk_flag bk_flags_guard[];    /* the guard's: --ledger, --record, --replay, --policy, --grant, limits */
extern const bk_flag bk_flags_policy[];   /* of these, --policy, --policy-mode and --grant alone */

#endif
