/* keys.h: private keys of charts: made, read from PEM, written as PEM. */
#ifndef BK_GUARD_KEYS_H
#define BK_GUARD_KEYS_H

#include <openssl/evp.h>

#include "base/buf.h"

typedef enum bk_key_type {
    BK_KEY_RSA,
    BK_KEY_DSA,
    BK_KEY_EC, /* P-224, P-256, P-384, P-521 */
    BK_KEY_ED25519,
    BK_KEY_X25519, /* may be read; signs nothing */
} bk_key_type;

typedef struct bk_key {
    bk_key_type type;
    EVP_PKEY *pkey;
} bk_key;

/* OpenSSL without its configuration file and without work at the program's end; every function below calls it first. */
void bk_keys_start(void);

/* A new key of the fixed list: RSA of that many bits, DSA L2048 N256, P-256, Ed25519. */
bk_status bk_key_make(bk_key_type type, unsigned bits, bk_key *ret, bk_err *err);
/* The first PEM block, in Go's words for what is wrong ("no PEM data in input", …). Parameters of EC keys must be a named curve; RSA keys have at most
 * BK_KEY_RSA_MAX bits. */
bk_status bk_key_parse(bk_arena *arena, bk_str pem, bk_key *ret, bk_err *err);
/* As PEM: PKCS#1, SEC 1, DSA's own, else PKCS#8. */
bk_status bk_key_put(bk_buf *out, const bk_key *key, bk_err *err);
/* NULL inside is fine. */
void bk_key_release(bk_key *key);

#define BK_KEY_RSA_MAX 8192

/* The curve of an EC key as a number of bits; 0: none of the list. */
unsigned bk_key_curve(const EVP_PKEY *pkey);

#endif
