/* digest.h: SHA-256 and HMAC-SHA256 for the ledger.
 *
 * OpenSSL's plain functions: a line of the ledger is some 300 bytes, and the setup of OpenSSL's general interface would cost several times the hash. */
#ifndef BK_GUARD_DIGEST_H
#define BK_GUARD_DIGEST_H

#include "base/buf.h"

#define BK_DIGEST_SIZE 32u
#define BK_DIGEST_HEX 64
/* A running hash. */
typedef struct bk_digest {
    uint32_t opaque[32];
} bk_digest;

void bk_digest_init(bk_digest *digest);
void bk_digest_add(bk_digest *digest, bk_str bytes);
/* May be called on a copy, to look at the hash so far. */
void bk_digest_final(bk_digest *digest, unsigned char ret[BK_DIGEST_SIZE]);

/* A key made ready: both halves of HMAC as running hashes. */
typedef struct bk_digest_key {
    bk_digest inner, outer;
} bk_digest_key;

void bk_digest_key_init(bk_digest_key *key, const unsigned char bytes[BK_DIGEST_SIZE]);
void bk_digest_hmac(const bk_digest_key *key, bk_str bytes, unsigned char ret[BK_DIGEST_SIZE]);

/* Lower-case hexadecimal digits. */
void bk_digest_hex(bk_buf *out, const unsigned char digest[BK_DIGEST_SIZE]);

#endif
