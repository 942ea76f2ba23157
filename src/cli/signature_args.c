#include "cli/signature_args.h"

#include "cli/flags_tables.h"
#include "cli/settings.h"

bk_status bk_cli_keyring(bk_cli *cli, bk_str *ret, bk_err *err) {
    const bk_flag_value *given = bk_flags_find(&cli->flags, BK_S("keyring"));
    if (given && given->changed) *ret = given->text;
    else if (cli->settings.keyring.n) *ret = cli->settings.keyring;
    else return bk_keyring_default(cli->arena, ret, err);
    return BK_OK;
}

static bk_str text_of(const bk_cli *cli, const char *name) {
    const bk_flag_value *v = bk_flags_find(&cli->flags, bk_str_c(name));
    return v ? v->text : BK_S("");
}

bk_status bk_cli_signatures(bk_cli *cli, bk_signature_policy *ret, bk_err *err) {
    const bk_flag_value *verify = bk_flags_find(&cli->flags, BK_S("verify"));
    *ret = (bk_signature_policy){
        .provenance = verify && verify->b,
        .identity = text_of(cli, "certificate-identity"),
        .identity_regexp = text_of(cli, "certificate-identity-regexp"),
        .issuer = text_of(cli, "certificate-oidc-issuer"),
        .issuer_regexp = text_of(cli, "certificate-oidc-issuer-regexp"),
        .bundle = text_of(cli, "bundle"),
        .trusted_root = text_of(cli, "trusted-root"),
    };
    BK_TRY(bk_cli_keyring(cli, &ret->keyring, err));
    bool identity = ret->identity.n || ret->identity_regexp.n, issuer = ret->issuer.n || ret->issuer_regexp.n;
    ret->sigstore = identity || issuer || ret->bundle.n || ret->trusted_root.n;
    if (!ret->sigstore) return BK_OK;
    if (!identity)
        return bk_err_set(err, BK_ERR, "who must have signed? name it with --certificate-identity or --certificate-identity-regexp");
    if (!issuer)
        return bk_err_set(err, BK_ERR,
                          "by whose word? name the identity's issuer with --certificate-oidc-issuer or --certificate-oidc-issuer-regexp");
    if (!ret->trusted_root.n) ret->trusted_root = bk_env("BULKHEAD_TRUSTED_ROOT");
    return BK_OK;
}

const bk_flag bk_flags_sigstore[] = {
    {.name = "certificate-identity",
     .type = BK_FLAG_STRING,
     .help = "demand a Sigstore signature by this identity: an e-mail address, the URI of a workflow"},
    {.name = "certificate-identity-regexp", .type = BK_FLAG_STRING, .help = "the same for identities that match an expression"},
    {.name = "certificate-oidc-issuer", .type = BK_FLAG_STRING, .help = "who has to vouch for that identity: the URL of its issuer"},
    {.name = "certificate-oidc-issuer-regexp", .type = BK_FLAG_STRING, .help = "the same for issuers that match an expression"},
    {.name = "bundle",
     .type = BK_FLAG_STRING,
     .type_name = "file",
     .help = "Sigstore bundle (default: beside the archive as NAME.tgz.sigstore.json, or in the registry)"},
    {.name = "trusted-root",
     .type = BK_FLAG_STRING,
     .type_name = "file",
     .help = "Sigstore's authorities and logs (trusted_root.json; default: BULKHEAD_TRUSTED_ROOT)"},
    {0},
};
