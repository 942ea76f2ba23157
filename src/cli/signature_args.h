/* signature_args.h: what commands read from their flags about signatures. */
#ifndef BK_CLI_SIGNATURE_ARGS_H
#define BK_CLI_SIGNATURE_ARGS_H

#include "action/signatures.h"
#include "cli/command.h"

/* --keyring, else the keyring that Helm takes when none is named. */
bk_status bk_cli_keyring(bk_cli *cli, bk_str *ret, bk_err *err);
/* --verify, --keyring and the flags of bk_flags_sigstore; those that the command does not have count as not given. A trusted root may come from
 * BULKHEAD_TRUSTED_ROOT. Naming an identity, an issuer or a bundle demands a bundle. */
bk_status bk_cli_signatures(bk_cli *cli, bk_signature_policy *ret, bk_err *err);

#endif
