/* signature_args.h: what commands read from their flags about signatures. */
#ifndef BK_CLI_SIGNATURE_ARGS_H
#define BK_CLI_SIGNATURE_ARGS_H

#include "cli/command.h"

/* --keyring, else the keyring that Helm takes when none is named. */
bk_status bk_cli_keyring(bk_cli *cli, bk_str *ret, bk_err *err);

#endif
