#include "guard/keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/x509.h>

#include "guard/keys_rsa.h"
#include "guard/pem.h"

void bk_keys_start(void) {
    /* Idempotent. The configuration file could load foreign code; the error texts are not shown. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT, NULL);
}

void bk_key_release(bk_key *key) {
    EVP_PKEY_free(key->pkey);
    key->pkey = NULL;
}

/* ---- making ---- */

static EVP_PKEY *make_dsa(void) {
    EVP_PKEY *params = NULL, *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL), *second = NULL;
    bool ok = context && EVP_PKEY_paramgen_init(context) > 0 && EVP_PKEY_CTX_set_dsa_paramgen_bits(context, 2048) > 0 &&
              EVP_PKEY_CTX_set_dsa_paramgen_q_bits(context, 256) > 0 && EVP_PKEY_paramgen(context, &params) > 0;
    if (ok) second = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    if (second && EVP_PKEY_keygen_init(second) > 0) EVP_PKEY_keygen(second, &key);
    EVP_PKEY_CTX_free(second);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(params);
    return key;
}

bk_status bk_key_make(bk_key_type type, unsigned bits, bk_key *ret, bk_err *err) {
    EVP_PKEY *pkey = NULL;
    bk_keys_start();
    switch (type) {
    case BK_KEY_RSA: pkey = bk_rsa_make(bits); break;
    case BK_KEY_DSA: pkey = make_dsa(); break;
    case BK_KEY_EC: pkey = EVP_EC_gen("P-256"); break;
    case BK_KEY_ED25519: pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); break;
    case BK_KEY_X25519: break;
    }
    if (!pkey) return bk_err_set(err, BK_ERR, "the key could not be made");
    *ret = (bk_key){type, pkey};
    return BK_OK;
}

/* ---- reading ---- */

unsigned bk_key_curve(const EVP_PKEY *pkey) {
    static const struct {
        const char *name;
        unsigned bits;
    } curves[] = {{"secp224r1", 224}, {"P-224", 224}, {"prime256v1", 256}, {"P-256", 256},
                  {"secp384r1", 384}, {"P-384", 384}, {"secp521r1", 521},  {"P-521", 521}};
    char name[64];
    size_t n;
    if (EVP_PKEY_get_group_name(pkey, name, sizeof name, &n) != 1) return 0;
    for (size_t i = 0; i < BK_COUNT(curves); i++)
        if (!strcmp(name, curves[i].name)) return curves[i].bits;
    return 0;
}

/* A SEC 1 key names its curve, or leaves that to what it is wrapped in; spelled-out parameters are never read. */
static bool names_curve(bk_str der) {
    bk_str content, rest;
    unsigned tag;
    if (!bk_der_next(&der, &tag, &rest) || tag != BK_DER_SEQUENCE) return false;
    while (bk_der_next(&rest, &tag, &content))
        if (tag == 0xA0 && !(bk_der_next(&content, &tag, &content) && tag == BK_DER_OID)) return false;
    return true;
}

static bk_status check_rsa(EVP_PKEY *pkey, bk_err *err) {
    if (EVP_PKEY_get_bits(pkey) > BK_KEY_RSA_MAX) return bk_err_set(err, BK_ERR, "x509: key of more than %d bits", BK_KEY_RSA_MAX);
    BIGNUM *n = NULL, *p = NULL, *q = NULL, *product = BN_new();
    BN_CTX *context = BN_CTX_new();
    bool ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, &p) &&
              EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, &q) && product && context && BN_mul(product, p, q, context) &&
              BN_cmp(product, n) == 0;
    BN_free(n);
    BN_clear_free(p);
    BN_clear_free(q);
    BN_clear_free(product);
    BN_CTX_free(context);
    return ok ? BK_OK : bk_err_set(err, BK_ERR, "crypto/rsa: invalid modulus");
}

/* One of the traditional forms. */
static bk_status parse_der(bk_key_type type, bk_str der, bk_key *ret, bk_err *err) {
    static const int ids[] = {[BK_KEY_RSA] = EVP_PKEY_RSA, [BK_KEY_DSA] = EVP_PKEY_DSA, [BK_KEY_EC] = EVP_PKEY_EC};
    const unsigned char *at = (const unsigned char *)der.p, *end = at + der.n;
    if (type == BK_KEY_EC && !names_curve(der)) return bk_err_set(err, BK_ERR, "x509: unknown elliptic curve");
    EVP_PKEY *pkey = d2i_PrivateKey(ids[type], NULL, &at, (long)der.n);
    if (!pkey)
        return bk_err_set(err, BK_ERR,
                          type == BK_KEY_EC ? "x509: failed to parse EC private key" : "asn1: structure error: malformed private key");
    bk_status status = BK_OK;
    if (at != end) status = bk_err_set(err, BK_ERR, "asn1: syntax error: trailing data");
    else if (type == BK_KEY_RSA) status = check_rsa(pkey, err);
    else if (type == BK_KEY_EC && !bk_key_curve(pkey)) status = bk_err_set(err, BK_ERR, "x509: unknown elliptic curve");
    if (status == BK_OK) *ret = (bk_key){type, pkey};
    else EVP_PKEY_free(pkey);
    return status;
}

/* PKCS#8 wraps one of the others; the algorithm says which. */
static bk_status parse_pkcs8(bk_str der, bk_key *ret, bk_err *err) {
    bk_str whole = der, outer, version, algorithm, oid, parameters = {0}, inner;
    unsigned tag, parameter_tag = 0;
    bool ok = bk_der_next(&whole, &tag, &outer) && tag == BK_DER_SEQUENCE && bk_der_next(&outer, &tag, &version) && tag == BK_DER_INTEGER &&
              bk_der_next(&outer, &tag, &algorithm) && tag == BK_DER_SEQUENCE && bk_der_next(&algorithm, &tag, &oid) && tag == BK_DER_OID &&
              bk_der_next(&outer, &tag, &inner) && tag == BK_DER_OCTETS;
    if (!ok) return bk_err_set(err, BK_ERR, "asn1: structure error: malformed private key");
    bk_der_next(&algorithm, &parameter_tag, &parameters);
    bk_key_type type;
    if (bk_str_eq(oid, BK_S("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"))) type = BK_KEY_RSA;
    else if (bk_str_eq(oid, BK_S("\x2A\x86\x48\xCE\x3D\x02\x01"))) type = BK_KEY_EC;
    else if (bk_str_eq(oid, BK_S("\x2B\x65\x70"))) type = BK_KEY_ED25519;
    else if (bk_str_eq(oid, BK_S("\x2B\x65\x6E"))) type = BK_KEY_X25519;
    else return bk_err_set(err, BK_ERR, "x509: PKCS#8 wrapping contained private key with unknown algorithm");
    if (type == BK_KEY_EC && (parameter_tag != BK_DER_OID || !names_curve(inner)))
        return bk_err_set(err, BK_ERR, "x509: failed to parse EC private key embedded in PKCS#8: x509: unknown elliptic curve");
    const unsigned char *at = (const unsigned char *)der.p;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.n);
    EVP_PKEY *pkey = info ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    if (!pkey) return bk_err_set(err, BK_ERR, "x509: failed to parse private key");
    bk_status status = BK_OK;
    if (type == BK_KEY_RSA) status = check_rsa(pkey, err);
    if (type == BK_KEY_EC && !bk_key_curve(pkey))
        status = bk_err_set(err, BK_ERR, "x509: failed to parse EC private key embedded in PKCS#8: x509: unknown elliptic curve");
    if (status == BK_OK) *ret = (bk_key){type, pkey};
    else EVP_PKEY_free(pkey);
    return status;
}

bk_status bk_key_parse(bk_arena *arena, bk_str pem, bk_key *ret, bk_err *err) {
    bk_str type, der;
    bk_keys_start();
    if (!bk_pem_find(arena, pem, &type, &der)) return bk_err_set(err, BK_ERR, "no PEM data in input");
    if (bk_str_eq(type, BK_S("PRIVATE KEY")))
        return parse_pkcs8(der, ret, err) == BK_OK ? BK_OK : bk_err_wrap(err, "decoding PEM as PKCS#8");
    if (!bk_str_ends(type, BK_S(" PRIVATE KEY")))
        return bk_err_set(err, BK_ERR, "no private key data in PEM block of type %.*s", BK_FMT(type));
    bk_str kind = bk_str_sub(type, 0, type.n - strlen(" PRIVATE KEY"));
    static const struct {
        const char *name;
        bk_key_type type;
    } kinds[] = {{"RSA", BK_KEY_RSA}, {"EC", BK_KEY_EC}, {"DSA", BK_KEY_DSA}};
    for (size_t i = 0; i < BK_COUNT(kinds); i++) {
        if (!bk_str_eq(kind, bk_str_c(kinds[i].name))) continue;
        return parse_der(kinds[i].type, der, ret, err) == BK_OK ? BK_OK
                                                                : bk_err_wrap(err, "parsing %s private key from PEM", kinds[i].name);
    }
    return bk_err_set(err, BK_ERR, "invalid private key type %.*s", BK_FMT(kind));
}

/* ---- writing ---- */

bk_status bk_key_put(bk_buf *out, const bk_key *key, bk_err *err) {
    unsigned char *der = NULL;
    int n;
    const char *type;
    switch (key->type) {
    case BK_KEY_RSA:
    case BK_KEY_DSA:
    case BK_KEY_EC:
        n = i2d_PrivateKey(key->pkey, &der);
        type = key->type == BK_KEY_RSA ? "RSA PRIVATE KEY" : key->type == BK_KEY_DSA ? "DSA PRIVATE KEY" : "EC PRIVATE KEY";
        break;
    default: {
        PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
        n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
        PKCS8_PRIV_KEY_INFO_free(info);
        type = "PRIVATE KEY";
    }
    }
    if (n <= 0) return bk_err_set(err, BK_ERR, "the key could not be written");
    bk_pem_put(out, type, bk_str_of((const char *)der, (size_t)n));
    OPENSSL_clear_free(der, (size_t)n);
    return bk_buf_check(out, err);
}
