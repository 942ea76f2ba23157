/* digest.h: SHA-256 and HMAC-SHA256 for the host, and the one place that knows when OpenSSL is to look at the processor.
 *
 * OpenSSL's plain functions: a line of the ledger is some 300 bytes, and the setup of OpenSSL's general interface would cost several times the hash.
 * What the processor can do is asked as late as possible (deps/openssl), for the asking is dear in a virtual machine: when many bytes have come together. */
#ifndef BK_SANDBOX_DIGEST_H
#define BK_SANDBOX_DIGEST_H

#include "base/buf.h"

#define BK_DIGEST_SIZE 32u
#define BK_DIGEST_HEX 64
/* Says that n bytes are about to go through one of OpenSSL's plain functions; the functions below say it of their own. From any thread. */
void bk_digest_expect(size_t n);

/* A running hash. */
typedef struct bk_digest {
    uint32_t opaque[32];
} bk_digest;

void bk_digest_init(bk_digest *digest);
void bk_digest_add(bk_digest *digest, bk_str bytes);
/* May be called on a copy, to look at the hash so far. */
void bk_digest_final(bk_digest *digest, unsigned char ret[BK_DIGEST_SIZE]);
/* Of one text. */
void bk_digest_of(bk_str bytes, unsigned char ret[BK_DIGEST_SIZE]);

/* A key made ready: both halves of HMAC as running hashes. */
typedef struct bk_digest_key {
    bk_digest inner, outer;
} bk_digest_key;

void bk_digest_key_init(bk_digest_key *key, const unsigned char bytes[BK_DIGEST_SIZE]);
void bk_digest_hmac(const bk_digest_key *key, bk_str bytes, unsigned char ret[BK_DIGEST_SIZE]);

/* Lower-case hexadecimal digits. */
void bk_digest_hex(bk_buf *out, const unsigned char digest[BK_DIGEST_SIZE]);

#endif
