/* x509.h: certificates as Sprig makes them, byte for byte the structure that Go's x509.CreateCertificate would write. */
#ifndef BK_GUARD_X509_H
#define BK_GUARD_X509_H

#include "guard/keys.h"
#include "value/value.h"

/* A certificate that signs another one. */
typedef struct bk_issuer {
    bk_str subject; /* DER of the name */
    bk_str key_id;  /* empty: none */
    EVP_PKEY *key;  /* the certificate's public key; owned */
} bk_issuer;

/* The first PEM block of a text as a certificate: "unable to decode certificate", or "error parsing certificate: <what>: …". Views lie in the arena. */
bk_status bk_issuer_parse(bk_arena *arena, bk_str pem, const char *what, bk_issuer *ret, bk_err *err);
void bk_issuer_release(bk_issuer *issuer);

typedef struct bk_certificate {
    bk_str cn;
    bk_value ips, dns;        /* lists of strings, or nil */
    int64_t not_before;       /* seconds since 1970 */
    uint32_t not_before_nsec; /* the sum with `days` may carry */
    int64_t days;
    bool ca;
    const bk_key *key;       /* the subject's */
    const bk_issuer *issuer; /* NULL: signs itself */
    const bk_key *signer;    /* with an issuer */
} bk_certificate;

/* Appends the certificate as PEM. Errors are Go's, without "error creating certificate: ". */
bk_status bk_certificate_put(bk_buf *out, bk_arena *arena, const bk_certificate *certificate, bk_err *err);

#endif
