/* registry_args.h: a registry's client by the flags of a command. */
#ifndef BK_CLI_REGISTRY_ARGS_H
#define BK_CLI_REGISTRY_ARGS_H

#include "cli/command.h"
#include "registry/oci.h"

/* By --username, --password, --cert-file, --key-file, --ca-file, --insecure-skip-tls-verify (or --insecure), --plain-http, as far as the command has them, and
 * --registry-config. */
void bk_cli_registry_options(bk_cli *cli, bk_oci_options *ret);

#endif
