#include "cli/registry_args.h"

static bk_str text(bk_cli *cli, const char *name) {
    const bk_flag_value *v = bk_flags_find(&cli->flags, bk_str_c(name));
    return v ? v->text : BK_S("");
}

static bool set(bk_cli *cli, const char *name) {
    const bk_flag_value *v = bk_flags_find(&cli->flags, bk_str_c(name));
    return v && v->b;
}

void bk_cli_registry_options(bk_cli *cli, bk_oci_options *ret) {
    *ret = (bk_oci_options){
        .registry_config = text(cli, "registry-config"),
        .username = text(cli, "username"),
        .password = text(cli, "password"),
        .cert_file = text(cli, "cert-file"),
        .key_file = text(cli, "key-file"),
        .ca_file = text(cli, "ca-file"),
        .insecure = set(cli, "insecure-skip-tls-verify") || set(cli, "insecure"),
        .plain_http = set(cli, "plain-http"),
        .environment = cli->environment,
    };
}
