#include "cli/signature_args.h"

#include "action/provenance.h"

bk_status bk_cli_keyring(bk_cli *cli, bk_str *ret, bk_err *err) {
    const bk_flag_value *given = bk_flags_find(&cli->flags, BK_S("keyring"));
    if (!given || !given->changed) return bk_keyring_default(cli->arena, ret, err);
    *ret = given->text;
    return BK_OK;
}
