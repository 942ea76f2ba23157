/* The functions below are out of favour with OpenSSL, not out of service; see digest.h for the reason. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "sandbox/digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdatomic.h>

/* From this on it pays to know what the processor can do: one large text, or many lines of a ledger. */
#define MUCH ((size_t)16 << 10)

static atomic_size_t expected; /* by all threads; beyond MUCH nobody counts */

_Static_assert(sizeof(SHA256_CTX) <= sizeof(bk_digest), "bk_digest holds OpenSSL's context");

void bk_digest_expect(size_t n) {
    if (atomic_load_explicit(&expected, memory_order_relaxed) >= MUCH) return;
    size_t before = atomic_fetch_add_explicit(&expected, n < MUCH ? n : MUCH, memory_order_relaxed);
    if (n >= MUCH - (before < MUCH ? before : MUCH)) OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

static SHA256_CTX *context(bk_digest *digest) { return (SHA256_CTX *)(void *)digest; }

void bk_digest_init(bk_digest *digest) { SHA256_Init(context(digest)); }

void bk_digest_add(bk_digest *digest, bk_str bytes) {
    bk_digest_expect(bytes.n);
    if (bytes.n) SHA256_Update(context(digest), bytes.p, bytes.n);
}

void bk_digest_final(bk_digest *digest, unsigned char ret[BK_DIGEST_SIZE]) { SHA256_Final(ret, context(digest)); }

void bk_digest_of(bk_str bytes, unsigned char ret[BK_DIGEST_SIZE]) {
    bk_digest d;
    bk_digest_init(&d);
    bk_digest_add(&d, bytes);
    bk_digest_final(&d, ret);
}

void bk_digest_key_init(bk_digest_key *key, const unsigned char bytes[BK_DIGEST_SIZE]) {
    unsigned char block[64];
    for (size_t i = 0; i < sizeof block; i++) block[i] = (unsigned char)((i < BK_DIGEST_SIZE ? bytes[i] : 0) ^ 0x36);
    bk_digest_init(&key->inner);
    bk_digest_add(&key->inner, bk_str_of((const char *)block, sizeof block));
    for (size_t i = 0; i < sizeof block; i++) block[i] ^= 0x36 ^ 0x5C;
    bk_digest_init(&key->outer);
    bk_digest_add(&key->outer, bk_str_of((const char *)block, sizeof block));
}

void bk_digest_hmac(const bk_digest_key *key, bk_str bytes, unsigned char ret[BK_DIGEST_SIZE]) {
    bk_digest d = key->inner;
    bk_digest_add(&d, bytes);
    bk_digest_final(&d, ret);
    d = key->outer;
    bk_digest_add(&d, bk_str_of((const char *)ret, BK_DIGEST_SIZE));
    bk_digest_final(&d, ret);
}

void bk_digest_hex(bk_buf *out, const unsigned char digest[BK_DIGEST_SIZE]) {
    char *at = bk_buf_reserve(out, 2 * BK_DIGEST_SIZE);
    if (!at) return;
    /* Without a table, so that the compiler does many at once. */
    for (size_t i = 0; i < BK_DIGEST_SIZE; i++) {
        unsigned char high = digest[i] >> 4, low = digest[i] & 15;
        at[2 * i] = (char)(high + (high < 10 ? '0' : 'a' - 10));
        at[2 * i + 1] = (char)(low + (low < 10 ? '0' : 'a' - 10));
    }
    out->n += 2 * BK_DIGEST_SIZE;
}
