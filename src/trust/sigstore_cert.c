/* The signing certificate: who issued it, who has seen it, whom it names. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "guard/escape.h"
#include "trust/sigstore_inside.h"

/* Fulcio's extensions. The first one is plain bytes, the others are DER strings. */
#define OID_ISSUER_OLD "1.3.6.1.4.1.57264.1.1"
#define OID_OTHER_NAME "1.3.6.1.4.1.57264.1.7"
#define OID_ISSUER "1.3.6.1.4.1.57264.1.8"
#define OID_SIGNER_URI "1.3.6.1.4.1.57264.1.9"
#define OID_REPOSITORY "1.3.6.1.4.1.57264.1.12"
#define OID_REVISION "1.3.6.1.4.1.57264.1.13"
#define OID_RECEIPTS "1.3.6.1.4.1.11129.2.4.2"

enum { NAMES_MAX = 32 };

/* ---- the chain ---- */

static bk_status fill_store(X509_STORE *store, const bk_sigstore_chain *chain, int64_t at, bk_err *err) {
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    X509 *anchor = chain->certs[chain->count - 1];
    /* The last of an authority's chain is trusted because the root file says so, whether it signed itself or not. */
    if (X509_STORE_add_cert(store, anchor) != 1) return bk_err_set(err, BK_ERR, "out of memory");
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
    X509_VERIFY_PARAM_set_depth(param, BK_SIGSTORE_CERTS);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    return BK_OK;
}

/* True when the leaf was issued by this authority; else *ret_why says what OpenSSL had against it. */
static bool issued_by(const bk_sigstore_chain *chain, const bk_sigstore_authority *a, int64_t at, unsigned char ret_hash[32],
                      const char **ret_why) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    bk_err ignored = BK_ERR_INIT;
    bool ok = store && ctx && between && fill_store(store, &a->chain, at, &ignored) == BK_OK;
    *ret_why = "out of memory";
    bk_err_release(&ignored);
    for (size_t i = 0; ok && i + 1 < a->chain.count; i++) ok = sk_X509_push(between, a->chain.certs[i]) > 0;
    for (size_t i = 1; ok && i < chain->count; i++) ok = sk_X509_push(between, chain->certs[i]) > 0;
    ok = ok && X509_STORE_CTX_init(ctx, store, chain->certs[0], between) == 1;
    if (ok) {
        ok = X509_verify_cert(ctx) == 1;
        *ret_why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
    }
    if (ok) {
        STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
        X509 *issuer = sk_X509_num(path) > 1 ? sk_X509_value(path, 1) : NULL;
        unsigned char *der = NULL;
        int n = issuer ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &der) : -1;
        ok = n > 0;
        if (ok) bk_sigstore_sha256(bk_str_of((char *)der, (size_t)n), ret_hash);
        OPENSSL_free(der);
    }
    sk_X509_free(between);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return ok;
}

bk_status bk_sigstore_check_chain(const bk_sigstore_chain *chain, const bk_sigstore_root *root, int64_t at, unsigned char ret_hash[32],
                                  bk_err *err) {
    X509 *leaf = chain->certs[0];
    const char *why = NULL;
    time_t when = (time_t)at;
    if (X509_check_ca(leaf) != 0 || (X509_get_extension_flags(leaf) & EXFLAG_CA) || !(X509_get_extended_key_usage(leaf) & XKU_CODE_SIGN) ||
        X509_get_extended_key_usage(leaf) == UINT32_MAX)
        return bk_err_set(err, BK_ERR, "the certificate is not one for signing code");
    if (X509_cmp_time(X509_get0_notBefore(leaf), &when) > 0 || X509_cmp_time(X509_get0_notAfter(leaf), &when) < 0)
        return bk_err_set(err, BK_ERR, "the certificate was not valid at the time of the signature");
    for (size_t i = 0; i < root->authority_count; i++) {
        const bk_sigstore_authority *a = &root->authorities[i];
        if (at < a->from || at > a->until) continue;
        if (issued_by(chain, a, at, ret_hash, &why)) return BK_OK;
    }
    return bk_err_set(err, BK_ERR, "no authority of the trusted root issued the certificate: %s",
                      why ? why : "none was in force at that time");
}

/* ---- receipts (RFC 6962) ---- */

typedef struct receipt {
    bk_str log_id, extensions, signature;
    uint64_t time;
    bool known; /* SHA-256 with ECDSA or RSA, version 1 */
} receipt;

static bool take(bk_str *from, size_t n, bk_str *ret) {
    if (from->n < n) return false;
    *ret = bk_str_sub(*from, 0, n);
    *from = bk_str_from(*from, n);
    return true;
}

static bool take_number(bk_str *from, size_t n, uint64_t *ret) {
    bk_str bytes;
    if (!take(from, n, &bytes)) return false;
    *ret = 0;
    for (size_t i = 0; i < n; i++) *ret = *ret << 8 | (unsigned char)bytes.p[i];
    return true;
}

static bool take_block(bk_str *from, bk_str *ret) {
    uint64_t n;
    return take_number(from, 2, &n) && take(from, (size_t)n, ret);
}

static bool next_receipt(bk_str *list, receipt *ret) {
    bk_str one;
    uint64_t version, hash, algorithm;
    if (!take_block(list, &one) || !take_number(&one, 1, &version) || !take(&one, 32, &ret->log_id) || !take_number(&one, 8, &ret->time) ||
        !take_block(&one, &ret->extensions) || !take_number(&one, 1, &hash) || !take_number(&one, 1, &algorithm) ||
        !take_block(&one, &ret->signature))
        return false;
    ret->known = version == 0 && hash == 4 && !one.n;
    return true;
}

static X509_EXTENSION *extension(X509 *cert, const char *oid, int *ret_at) {
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    *ret_at = object ? X509_get_ext_by_OBJ(cert, object, -1) : -1;
    ASN1_OBJECT_free(object);
    return *ret_at >= 0 ? X509_get_ext(cert, *ret_at) : NULL;
}

/* What an extension's octets hold: the inside of a DER string of any kind. False when they are no such string. */
static bool inside(X509_EXTENSION *e, int type, bk_str *ret) {
    const ASN1_OCTET_STRING *octets = X509_EXTENSION_get_data(e);
    const unsigned char *p = ASN1_STRING_get0_data(octets), *end = p + ASN1_STRING_length(octets);
    long n;
    int tag, class;
    if (ASN1_get_object(&p, &n, &tag, &class, end - p) != 0 || tag != type || n < 0 || n != end - p) return false;
    *ret = bk_str_of((const char *)p, (size_t)n);
    return true;
}

/* The certificate as the log saw it: without the receipts. */
static bk_status before_receipts(bk_arena *arena, X509 *leaf, int at, bk_str *ret, bk_err *err) {
    X509 *copy = X509_dup(leaf);
    unsigned char *der = NULL;
    X509_EXTENSION *gone = copy ? X509_delete_ext(copy, at) : NULL;
    int n = gone ? i2d_re_X509_tbs(copy, &der) : -1;
    bool ok = n > 0 && bk_arena_dup(arena, bk_str_of((char *)der, (size_t)n), ret);
    OPENSSL_free(der);
    X509_EXTENSION_free(gone);
    X509_free(copy);
    return ok ? BK_OK : bk_err_set(err, BK_ERR, "the certificate cannot be read without its receipts");
}

static void put_number(bk_buf *out, uint64_t v, unsigned bytes) {
    while (bytes--) bk_buf_byte(out, (char)(v >> (8 * bytes)));
}

static bool receipt_fits(bk_arena *arena, const receipt *r, const bk_sigstore_root *root, bk_str tbs, const unsigned char issuer[32]) {
    int64_t seconds = (int64_t)(r->time / 1000);
    for (size_t i = 0; i < root->certificate_log_count; i++) {
        const bk_sigstore_log *log = &root->certificate_logs[i];
        bk_buf b;
        if (!r->known || !bk_str_eq(log->id, r->log_id) || seconds < log->from || seconds > log->until || tbs.n >= 1 << 24) continue;
        bk_buf_init(&b, arena, 0);
        put_number(&b, 0, 2); /* version, kind of signature */
        put_number(&b, r->time, 8);
        put_number(&b, 1, 2); /* a certificate before its receipts */
        bk_buf_bytes(&b, (const char *)issuer, 32);
        put_number(&b, tbs.n, 3);
        bk_buf_str(&b, tbs);
        put_number(&b, r->extensions.n, 2);
        bk_buf_str(&b, r->extensions);
        if (b.status == BK_OK && bk_sigstore_signed_by(log->key, BK_S("SHA2_256"), r->signature, bk_buf_view(&b))) return true;
    }
    return false;
}

bk_status bk_sigstore_check_receipt(bk_arena *arena, X509 *leaf, const bk_sigstore_root *root, const unsigned char issuer[32],
                                    bool *ret_seen, bk_err *err) {
    int at;
    bk_str octets, list, tbs;
    *ret_seen = false;
    if (!root->certificate_log_count) return BK_OK;
    X509_EXTENSION *e = extension(leaf, OID_RECEIPTS, &at);
    if (!e) return bk_err_set(err, BK_ERR, "the certificate has no receipt of a certificate log");
    if (!inside(e, V_ASN1_OCTET_STRING, &octets) || !take_block(&octets, &list) || octets.n)
        return bk_err_set(err, BK_ERR, "the certificate's receipts are malformed");
    BK_TRY(before_receipts(arena, leaf, at, &tbs, err));
    for (unsigned i = 0; list.n && i < 16; i++) {
        receipt r;
        if (!next_receipt(&list, &r)) return bk_err_set(err, BK_ERR, "the certificate's receipts are malformed");
        if (receipt_fits(arena, &r, root, tbs, issuer)) *ret_seen = true;
    }
    return *ret_seen ? BK_OK : bk_err_set(err, BK_ERR, "no certificate log of the trusted root has seen the certificate");
}

/* ---- names ---- */

static bk_status copy_text(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err) {
    if (bk_str_find_byte(text, 0) != BK_NPOS) return bk_err_set(err, BK_ERR, "a name in the certificate holds a NUL");
    return bk_arena_dup(arena, text, ret) ? BK_OK : bk_arena_fail(arena, err);
}

static bool other_name(const GENERAL_NAME *g, bk_str *ret) {
    const ASN1_OBJECT *type = g->d.otherName->type_id;
    const ASN1_TYPE *v = g->d.otherName->value;
    char oid[64];
    if (OBJ_obj2txt(oid, sizeof oid, type, 1) <= 0 || strcmp(oid, OID_OTHER_NAME) != 0 || !v || v->type != V_ASN1_UTF8STRING) return false;
    *ret = bk_str_of((const char *)ASN1_STRING_get0_data(v->value.utf8string), (size_t)ASN1_STRING_length(v->value.utf8string));
    return true;
}

static bk_status identities(bk_arena *arena, X509 *leaf, bk_str *names, size_t *count, bk_err *err) {
    GENERAL_NAMES *all = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    bk_status s = BK_OK;
    *count = 0;
    for (int i = 0; s == BK_OK && i < sk_GENERAL_NAME_num(all) && *count < NAMES_MAX; i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
        bk_str text;
        if (g->type == GEN_EMAIL || g->type == GEN_URI || g->type == GEN_DNS) {
            const ASN1_IA5STRING *ia5 = g->d.ia5;
            text = bk_str_of((const char *)ASN1_STRING_get0_data(ia5), (size_t)ASN1_STRING_length(ia5));
        } else if (g->type != GEN_OTHERNAME || !other_name(g, &text)) {
            continue;
        }
        s = copy_text(arena, text, &names[(*count)++], err);
    }
    GENERAL_NAMES_free(all);
    if (s == BK_OK && !*count) return bk_err_set(err, BK_ERR, "the certificate names nobody");
    return s;
}

/* The text of one of Fulcio's extensions; empty when it is not there. */
static bk_status extension_text(bk_arena *arena, X509 *leaf, const char *oid, bool plain, bk_str *ret, bk_err *err) {
    int at;
    bk_str text;
    X509_EXTENSION *e = extension(leaf, oid, &at);
    *ret = BK_S("");
    if (!e) return BK_OK;
    const ASN1_OCTET_STRING *octets = X509_EXTENSION_get_data(e);
    if (plain) text = bk_str_of((const char *)ASN1_STRING_get0_data(octets), (size_t)ASN1_STRING_length(octets));
    else if (!inside(e, V_ASN1_UTF8STRING, &text)) return bk_err_set(err, BK_ERR, "the certificate's extension %s is malformed", oid);
    return copy_text(arena, text, ret, err);
}

static bk_status wanted(bk_arena *arena, const bk_sigstore_policy *policy, bk_str exact, bk_str expression, bk_str text, bool *ret,
                        bk_err *err) {
    *ret = false;
    if (exact.n && !bk_str_eq(exact, text)) return BK_OK;
    if (!expression.n) {
        *ret = exact.n > 0;
        return BK_OK;
    }
    if (!policy->match) return bk_err_set(err, BK_ERR, "expressions cannot be matched here");
    return policy->match(policy->self, arena, expression, text, ret, err);
}

static bk_status unwanted(bk_arena *arena, const char *what, bk_str has, bk_str exact, bk_str expression, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    bk_buf_printf(&b, "the certificate's %s is \"", what);
    bk_escape_line(&b, has);
    bk_buf_printf(&b, "\", wanted is %s\"", exact.n ? "" : "what matches ");
    bk_escape_line(&b, exact.n ? exact : expression);
    bk_buf_byte(&b, '"');
    BK_TRY(bk_buf_check(&b, err));
    return bk_err_set_str(err, BK_ERR, bk_buf_view(&b));
}

bk_status bk_sigstore_check_identity(bk_arena *arena, X509 *leaf, const bk_sigstore_policy *policy, bk_sigstore_found *ret, bk_err *err) {
    bk_str names[NAMES_MAX];
    size_t n, i = 0;
    bool fits = false;
    BK_TRY(identities(arena, leaf, names, &n, err));
    BK_TRY(extension_text(arena, leaf, OID_ISSUER, false, &ret->issuer, err));
    if (!ret->issuer.n) BK_TRY(extension_text(arena, leaf, OID_ISSUER_OLD, true, &ret->issuer, err));
    if (!ret->issuer.n) return bk_err_set(err, BK_ERR, "the certificate does not say by whose word it was issued");
    for (; i < n && !fits; i++) BK_TRY(wanted(arena, policy, policy->identity, policy->identity_regexp, names[i], &fits, err));
    if (!fits) return unwanted(arena, "identity", names[0], policy->identity, policy->identity_regexp, err);
    ret->identity = names[i - 1];
    BK_TRY(wanted(arena, policy, policy->issuer, policy->issuer_regexp, ret->issuer, &fits, err));
    if (!fits) return unwanted(arena, "issuer", ret->issuer, policy->issuer, policy->issuer_regexp, err);
    BK_TRY(extension_text(arena, leaf, OID_REPOSITORY, false, &ret->repository, err));
    BK_TRY(extension_text(arena, leaf, OID_REVISION, false, &ret->revision, err));
    return extension_text(arena, leaf, OID_SIGNER_URI, false, &ret->workflow, err);
}
