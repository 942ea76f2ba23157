/* Hashes and signatures, by OpenSSL. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "sandbox/digest.h"
#include "guard/keys.h"
#include "trust/sigstore_inside.h"

void bk_sigstore_sha256(bk_str bytes, unsigned char ret[32]) {
    bk_digest d;
    bk_digest_init(&d);
    bk_digest_add(&d, bytes);
    bk_digest_final(&d, ret);
}

bool bk_sigstore_hash_is(bk_str hash, bk_str bytes) {
    unsigned char own[32];
    bk_sigstore_sha256(bytes, own);
    return hash.n == 32 && memcmp(hash.p, own, 32) == 0;
}

bk_status bk_sigstore_hex(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err) {
    static const char hex[] = "0123456789abcdef";
    char *to = bk_arena_alloc(arena, bytes.n * 2 + 1);
    if (!to) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < bytes.n; i++) {
        to[2 * i] = hex[(unsigned char)bytes.p[i] >> 4];
        to[2 * i + 1] = hex[(unsigned char)bytes.p[i] & 15];
    }
    *ret = bk_str_of(to, bytes.n * 2);
    return BK_OK;
}

/* *ret NULL with true: the key hashes by itself (Ed25519). False: a key or an algorithm that is not taken. */
static bool hash_for(EVP_PKEY *key, bk_str algorithm, const EVP_MD **ret) {
    int kind = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key);
    *ret = NULL;
    if (kind == EVP_PKEY_ED25519) return true;
    if (kind == EVP_PKEY_RSA) {
        if (bits < 2048 || bits > BK_KEY_RSA_MAX) return false;
    } else if (kind != EVP_PKEY_EC || bk_key_curve(key) < 256) {
        return false;
    }
    if (bk_str_eq(algorithm, BK_S("SHA2_256"))) *ret = EVP_sha256();
    else if (bk_str_eq(algorithm, BK_S("SHA2_384"))) *ret = EVP_sha384();
    else if (bk_str_eq(algorithm, BK_S("SHA2_512"))) *ret = EVP_sha512();
    else if (algorithm.n) return false;
    else if (kind == EVP_PKEY_RSA || bits <= 256) *ret = EVP_sha256();
    else *ret = bits <= 384 ? EVP_sha384() : EVP_sha512();
    return true;
}

bool bk_sigstore_signed_by(EVP_PKEY *key, bk_str algorithm, bk_str signature, bk_str bytes) {
    const EVP_MD *md;
    if (!key || !signature.n || !hash_for(key, algorithm, &md)) return false;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c && EVP_DigestVerifyInit(c, NULL, md, NULL, key) == 1 &&
              EVP_DigestVerify(c, (const unsigned char *)signature.p, signature.n, (const unsigned char *)bytes.p, bytes.n) == 1;
    EVP_MD_CTX_free(c);
    return ok;
}
