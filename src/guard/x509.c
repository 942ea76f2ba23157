#include "guard/x509.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/utf8.h"
#include "sandbox/digest.h"
#include "guard/handlers.h"
#include "guard/pem.h"
#include "value/gofmt.h"

/* ---- the issuer ---- */

static bool dup_bytes(bk_arena *arena, const unsigned char *p, int n, bk_str *ret) {
    return bk_arena_dup(arena, bk_str_of((const char *)p, n > 0 ? (size_t)n : 0), ret);
}

bk_status bk_issuer_parse(bk_arena *arena, bk_str pem, const char *what, bk_issuer *ret, bk_err *err) {
    bk_str type, der;
    bk_keys_start();
    if (!bk_pem_find(arena, pem, &type, &der)) return bk_err_set(err, BK_ERR, "unable to decode certificate");
    const unsigned char *at = (const unsigned char *)der.p, *end = at + der.n;
    X509 *x = d2i_X509(NULL, &at, (long)der.n);
    EVP_PKEY *key = x && at == end ? X509_get_pubkey(x) : NULL;
    unsigned char *name = NULL;
    int n = key ? i2d_X509_NAME(X509_get_subject_name(x), &name) : -1;
    bk_status status = BK_OK;
    if (n <= 0) {
        status = bk_err_set(err, BK_ERR, "error parsing certificate: %s: x509: malformed certificate", what);
    } else {
        const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x);
        bk_issuer issuer = {.key = key};
        bool ok = dup_bytes(arena, name, n, &issuer.subject) &&
                  (!id || dup_bytes(arena, ASN1_STRING_get0_data(id), ASN1_STRING_length(id), &issuer.key_id));
        if (ok) *ret = issuer;
        else status = bk_arena_fail(arena, err);
    }
    if (status != BK_OK) EVP_PKEY_free(key);
    OPENSSL_free(name);
    X509_free(x);
    return status;
}

void bk_issuer_release(bk_issuer *issuer) {
    EVP_PKEY_free(issuer->key);
    issuer->key = NULL;
}

/* ---- the parts ---- */

typedef struct algorithm {
    const char *oid;
    size_t oid_size;
    bool null_parameters;
    const char *hash; /* NULL: the scheme has its own */
} algorithm;

static bk_status algorithm_of(const bk_key *key, algorithm *ret, bk_err *err) {
    static const algorithm rsa = {"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B", 9, true, "SHA256"};
    static const algorithm ec[] = {{"\x2A\x86\x48\xCE\x3D\x04\x03\x02", 8, false, "SHA256"},
                                   {"\x2A\x86\x48\xCE\x3D\x04\x03\x03", 8, false, "SHA384"},
                                   {"\x2A\x86\x48\xCE\x3D\x04\x03\x04", 8, false, "SHA512"}};
    static const algorithm ed25519 = {"\x2B\x65\x70", 3, false, NULL};
    unsigned curve;
    switch (key->type) {
    case BK_KEY_RSA:
        *ret = rsa;
        if (EVP_PKEY_get_bits(key->pkey) >= 1024) return BK_OK;
        return bk_err_set(err, BK_ERR, "crypto/rsa: %d-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)",
                          EVP_PKEY_get_bits(key->pkey));
    case BK_KEY_EC:
        curve = bk_key_curve(key->pkey);
        *ret = ec[curve == 384 ? 1 : curve == 521 ? 2 : 0];
        return BK_OK;
    case BK_KEY_ED25519: *ret = ed25519; return BK_OK;
    case BK_KEY_DSA:
    case BK_KEY_X25519: break;
    }
    return bk_err_set(err, BK_ERR, "x509: certificate private key does not implement crypto.Signer");
}

static void put_algorithm(bk_buf *out, const algorithm *a) {
    size_t begin = bk_der_begin(out, BK_DER_SEQUENCE);
    bk_der_put(out, BK_DER_OID, bk_str_of(a->oid, a->oid_size));
    if (a->null_parameters) bk_buf_bytes(out, "\x05\x00", 2);
    bk_der_end(out, begin);
}

/* A random number below 2^128, in the shortest form. */
static bk_status put_serial(bk_buf *out, bk_err *err) {
    unsigned char bytes[17] = {0};
    size_t at = 0;
    BK_TRY(bk_entropy(bytes + 1, sizeof bytes - 1, err));
    while (at + 1 < sizeof bytes && bytes[at] == 0 && bytes[at + 1] < 0x80) at++;
    bk_der_put(out, BK_DER_INTEGER, bk_str_of((const char *)bytes + at, sizeof bytes - at));
    return BK_OK;
}

/* CN=cn as a name, in the string type that Go picks; the empty name for an empty cn. */
static bk_status put_name(bk_buf *out, bk_str cn, bk_err *err) {
    static const char extra[] = " '()+,-./:=?";
    bool printable = true;
    for (size_t i = 0; i < cn.n && printable; i++) {
        char c = cn.p[i];
        printable = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(extra, c));
    }
    if (!printable && !bk_utf8_valid(cn)) return bk_err_set(err, BK_ERR, "asn1: string not valid UTF-8");
    size_t name = bk_der_begin(out, BK_DER_SEQUENCE);
    if (cn.n) {
        size_t set = bk_der_begin(out, BK_DER_SET), pair = bk_der_begin(out, BK_DER_SEQUENCE);
        bk_der_put(out, BK_DER_OID, BK_S("\x55\x04\x03"));
        bk_der_put(out, printable ? BK_DER_PRINTABLE : BK_DER_UTF8, cn);
        bk_der_end(out, pair);
        bk_der_end(out, set);
    }
    bk_der_end(out, name);
    return BK_OK;
}

static bk_status put_time(bk_buf *out, int64_t seconds, bk_err *err) {
    struct tm utc;
    time_t t = (time_t)seconds;
    char text[24];
    if (!gmtime_r(&t, &utc) || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900)
        return bk_err_set(err, BK_ERR, "asn1: structure error: cannot represent time as GeneralizedTime");
    bool near = utc.tm_year >= 50 && utc.tm_year < 150;
    size_t n = strftime(text, sizeof text, near ? "%y%m%d%H%M%SZ" : "%Y%m%d%H%M%SZ", &utc);
    /* %Y does not pad. */
    static const char zeros[] = "000";
    size_t begin = bk_der_begin(out, near ? BK_DER_UTC_TIME : BK_DER_TIME);
    if (!near && n < 15) bk_buf_bytes(out, zeros, 15 - n);
    bk_buf_bytes(out, text, n);
    bk_der_end(out, begin);
    return BK_OK;
}

/* Durations are int64 nanoseconds in Go, and the product wraps around. */
static bk_status put_validity(bk_buf *out, const bk_certificate *c, bk_err *err) {
    int64_t ns = (int64_t)((uint64_t)c->days * 86400000000000u);
    int64_t seconds = ns / 1000000000, rest = ns % 1000000000 + c->not_before_nsec;
    if (rest < 0) seconds--;
    if (rest >= 1000000000) seconds++;
    size_t begin = bk_der_begin(out, BK_DER_SEQUENCE);
    BK_TRY(put_time(out, c->not_before, err));
    BK_TRY(put_time(out, c->not_before + seconds, err));
    bk_der_end(out, begin);
    return BK_OK;
}

/* ---- extensions ---- */

static size_t begin_extension(bk_buf *out, bk_str oid, bool critical, size_t *ret_value) {
    size_t begin = bk_der_begin(out, BK_DER_SEQUENCE);
    bk_der_put(out, BK_DER_OID, oid);
    if (critical) bk_buf_bytes(out, "\x01\x01\xFF", 3);
    *ret_value = bk_der_begin(out, BK_DER_OCTETS);
    return begin;
}

static void put_extension(bk_buf *out, bk_str oid, bool critical, bk_str value) {
    size_t octets, begin = begin_extension(out, oid, critical, &octets);
    bk_buf_str(out, value);
    bk_der_end(out, octets);
    bk_der_end(out, begin);
}

static bk_status put_names(bk_buf *out, const bk_certificate *c, bk_err *err) {
    for (uint32_t i = 0; c->dns.kind == BK_LIST && i < c->dns.len; i++) {
        bk_str name = bk_value_str(c->dns.items[i]);
        for (size_t k = 0; k < name.n; k++) {
            if ((unsigned char)name.p[k] < 0x80) continue;
            bk_buf text;
            bk_buf_init(&text, NULL, 0);
            bk_fmt_quote(&text, name);
            bk_err_set(err, BK_ERR, "x509: %.*s cannot be encoded as an IA5String", BK_FMT(bk_buf_view(&text)));
            bk_buf_release(&text);
            return err->code;
        }
        bk_der_put(out, 0x82, name);
    }
    for (uint32_t i = 0; c->ips.kind == BK_LIST && i < c->ips.len; i++) {
        bk_str ip = bk_value_str(c->ips.items[i]);
        char text[64];
        unsigned char bytes[16];
        size_t n = ip.n < sizeof text && !memchr(ip.p, 0, ip.n) ? ip.n : 0;
        memcpy(text, ip.p, n);
        text[n] = 0;
        static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};
        if (inet_pton(AF_INET, text, bytes) == 1) bk_der_put(out, 0x87, bk_str_of((const char *)bytes, 4));
        else if (inet_pton(AF_INET6, text, bytes) != 1) return bk_err_set(err, BK_ERR, "error parsing ip: %.*s", BK_FMT(ip));
        else if (!memcmp(bytes, mapped, sizeof mapped)) bk_der_put(out, 0x87, bk_str_of((const char *)bytes + 12, 4));
        else bk_der_put(out, 0x87, bk_str_of((const char *)bytes, 16));
    }
    return BK_OK;
}

/* RFC 7093: the first 160 bits of the SHA-256 of the public key's bits. `spki` is the public key as it stands in the certificate. */
static bool key_id(bk_str spki, unsigned char ret[BK_DIGEST_SIZE]) {
    bk_str inner, content;
    unsigned tag;
    if (!bk_der_next(&spki, &tag, &inner) || !bk_der_next(&inner, &tag, &content) || !bk_der_next(&inner, &tag, &content)) return false;
    bk_digest d;
    bk_digest_init(&d);
    bk_digest_add(&d, bk_str_from(content, 1)); /* behind the count of unused bits */
    bk_digest_final(&d, ret);
    return tag == BK_DER_BITS;
}

static bk_status put_extensions(bk_buf *out, const bk_certificate *c, bk_str spki, bool same_name, bk_err *err) {
    size_t explicit = bk_der_begin(out, 0xA3), list = bk_der_begin(out, BK_DER_SEQUENCE);
    put_extension(out, BK_S("\x55\x1D\x0F"), true, c->ca ? BK_S("\x03\x02\x02\xA4") : BK_S("\x03\x02\x05\xA0"));
    put_extension(out, BK_S("\x55\x1D\x25"), false,
                  BK_S("\x30\x14\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x01\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x02"));
    put_extension(out, BK_S("\x55\x1D\x13"), true, c->ca ? BK_S("\x30\x03\x01\x01\xFF") : BK_S("\x30\x00"));
    if (c->ca) {
        unsigned char id[BK_DIGEST_SIZE];
        if (!key_id(spki, id)) return bk_err_set(err, BK_ERR, "x509: malformed public key");
        size_t octets, begin = begin_extension(out, BK_S("\x55\x1D\x0E"), false, &octets);
        bk_der_put(out, BK_DER_OCTETS, bk_str_of((const char *)id, 20));
        bk_der_end(out, octets);
        bk_der_end(out, begin);
    }
    if (c->issuer && !same_name && c->issuer->key_id.n) {
        size_t octets, begin = begin_extension(out, BK_S("\x55\x1D\x23"), false, &octets), sequence = bk_der_begin(out, BK_DER_SEQUENCE);
        bk_der_put(out, 0x80, c->issuer->key_id);
        bk_der_end(out, sequence);
        bk_der_end(out, octets);
        bk_der_end(out, begin);
    }
    if (bk_value_len(c->dns) + bk_value_len(c->ips) > 0) {
        size_t octets, begin = begin_extension(out, BK_S("\x55\x1D\x11"), c->cn.n == 0, &octets),
                       sequence = bk_der_begin(out, BK_DER_SEQUENCE);
        BK_TRY(put_names(out, c, err));
        bk_der_end(out, sequence);
        bk_der_end(out, octets);
        bk_der_end(out, begin);
    }
    bk_der_end(out, list);
    bk_der_end(out, explicit);
    return BK_OK;
}

/* ---- the whole ---- */

static bk_status put_body(bk_buf *out, bk_arena *arena, const bk_certificate *c, const algorithm *a, bk_err *err) {
    unsigned char *der = NULL;
    bk_str spki;
    int n = i2d_PUBKEY(c->key->pkey, &der);
    bool ok = dup_bytes(arena, der, n, &spki);
    OPENSSL_free(der);
    if (n <= 0) return bk_err_set(err, BK_ERR, "x509: malformed public key");
    if (!ok) return bk_arena_fail(arena, err);
    bk_buf subject;
    bk_buf_init(&subject, arena, 0);
    BK_TRY(put_name(&subject, c->cn, err));
    BK_TRY(bk_buf_check(&subject, err));
    bk_str name = bk_buf_view(&subject), issuer = c->issuer ? c->issuer->subject : name;
    size_t body = bk_der_begin(out, BK_DER_SEQUENCE);
    bk_buf_bytes(out, "\xA0\x03\x02\x01\x02", 5); /* version 3 */
    BK_TRY(put_serial(out, err));
    put_algorithm(out, a);
    bk_buf_str(out, issuer);
    BK_TRY(put_validity(out, c, err));
    bk_buf_str(out, name);
    bk_buf_str(out, spki);
    BK_TRY(put_extensions(out, c, spki, bk_str_eq(name, issuer), err));
    bk_der_end(out, body);
    return bk_buf_check(out, err);
}

static bk_status put_signature(bk_buf *out, bk_str body, const bk_key *key, const algorithm *a, bk_err *err) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY *pkey = key->pkey;
    const unsigned char *bytes = (const unsigned char *)body.p;
    size_t n = 0;
    bool ok = context && EVP_DigestSignInit_ex(context, NULL, a->hash, NULL, NULL, pkey, NULL) > 0 &&
              EVP_DigestSign(context, NULL, &n, bytes, body.n) > 0;
    size_t begin = bk_der_begin(out, BK_DER_BITS);
    bk_buf_byte(out, 0);
    unsigned char *to = ok ? (unsigned char *)bk_buf_reserve(out, n) : NULL;
    ok = to && EVP_DigestSign(context, to, &n, bytes, body.n) > 0;
    if (ok) out->n += n;
    bk_der_end(out, begin);
    EVP_MD_CTX_free(context);
    return ok ? BK_OK : bk_err_set(err, BK_ERR, "x509: the key does not sign");
}

bk_status bk_certificate_put(bk_buf *out, bk_arena *arena, const bk_certificate *c, bk_err *err) {
    const bk_key *signer = c->issuer ? c->signer : c->key;
    algorithm a;
    bk_keys_start();
    BK_TRY(algorithm_of(signer, &a, err));
    if (c->key->type == BK_KEY_DSA) return bk_err_set(err, BK_ERR, "x509: unsupported public key type: *dsa.PublicKey");
    if (c->key->type == BK_KEY_X25519) return bk_err_set(err, BK_ERR, "x509: unsupported public key type: *ecdh.PublicKey");
    if (c->issuer && EVP_PKEY_eq(c->issuer->key, signer->pkey) != 1)
        return bk_err_set(err, BK_ERR, "x509: provided PrivateKey doesn't match parent's PublicKey");
    bk_buf body, whole;
    bk_buf_init(&body, arena, 0);
    bk_buf_init(&whole, arena, 0);
    BK_TRY(put_body(&body, arena, c, &a, err));
    size_t begin = bk_der_begin(&whole, BK_DER_SEQUENCE);
    bk_buf_str(&whole, bk_buf_view(&body));
    put_algorithm(&whole, &a);
    BK_TRY(put_signature(&whole, bk_buf_view(&body), signer, &a, err));
    bk_der_end(&whole, begin);
    BK_TRY(bk_buf_check(&whole, err));
    bk_pem_put(out, "CERTIFICATE", bk_buf_view(&whole));
    return bk_buf_check(out, err);
}
