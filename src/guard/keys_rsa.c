#include "guard/keys_rsa.h"

#include <stdbool.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/compiler.h"

/* A prime of `bits` bits, the two highest of them set, whose predecessor has no factor in common with 65537. */
static bool rsa_prime(BIGNUM *ret, int bits, BIGNUM *less, BN_CTX *context) {
    do {
        if (!BN_generate_prime_ex2(ret, bits, 0, NULL, NULL, NULL, context) || !BN_sub(less, ret, BN_value_one())) return false;
    } while (BN_mod_word(less, RSA_F4) == 0);
    return true;
}

typedef struct rsa_numbers {
    BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *qi;
} rsa_numbers;

/* All of them in `context`, between its start and end. */
static bool rsa_compute(rsa_numbers *r, int bits, BN_CTX *context) {
    BIGNUM **all[] = {&r->n, &r->e, &r->d, &r->p, &r->q, &r->dp, &r->dq, &r->qi};
    for (size_t i = 0; i < BK_COUNT(all); i++) *all[i] = BN_CTX_get(context);
    BIGNUM *p1 = BN_CTX_get(context), *q1 = BN_CTX_get(context), *gcd = BN_CTX_get(context), *order = BN_CTX_get(context);
    if (!order || !BN_set_word(r->e, RSA_F4) || !rsa_prime(r->p, bits / 2, p1, context)) return false;
    do {
        if (!rsa_prime(r->q, bits / 2, q1, context) || !BN_sub(gcd, r->p, r->q)) return false;
    } while (BN_num_bits(gcd) <= bits / 2 - 100); /* too close to each other: this does not happen */
    if (BN_cmp(r->p, r->q) < 0) {
        BN_swap(r->p, r->q);
        BN_swap(p1, q1);
    }
    BIGNUM *secret[] = {r->d, r->p, r->q, p1, q1, order};
    for (size_t i = 0; i < BK_COUNT(secret); i++) BN_set_flags(secret[i], BN_FLG_CONSTTIME);
    return BN_mul(r->n, r->p, r->q, context) && BN_num_bits(r->n) == bits && BN_mul(order, p1, q1, context) &&
           BN_gcd(gcd, p1, q1, context) && BN_div(order, NULL, order, gcd, context) && BN_mod_inverse(r->d, r->e, order, context) &&
           BN_num_bits(r->d) > bits / 2 && BN_mod(r->dp, r->d, p1, context) && BN_mod(r->dq, r->d, q1, context) &&
           BN_mod_inverse(r->qi, r->q, r->p, context);
}

static EVP_PKEY *rsa_key(const rsa_numbers *r) {
    const struct {
        const char *name;
        const BIGNUM *value;
    } parts[] = {
        {OSSL_PKEY_PARAM_RSA_N, r->n},          {OSSL_PKEY_PARAM_RSA_E, r->e},
        {OSSL_PKEY_PARAM_RSA_D, r->d},          {OSSL_PKEY_PARAM_RSA_FACTOR1, r->p},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, r->q},    {OSSL_PKEY_PARAM_RSA_EXPONENT1, r->dp},
        {OSSL_PKEY_PARAM_RSA_EXPONENT2, r->dq}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, r->qi},
    };
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    bool ok = builder != NULL;
    for (size_t i = 0; ok && i < BK_COUNT(parts); i++) ok = OSSL_PARAM_BLD_push_BN(builder, parts[i].name, parts[i].value);
    OSSL_PARAM *params = ok ? OSSL_PARAM_BLD_to_param(builder) : NULL;
    EVP_PKEY_CTX *context = params ? EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL) : NULL;
    if (context && EVP_PKEY_fromdata_init(context) > 0 && EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, params) <= 0) pkey = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return pkey;
}

EVP_PKEY *bk_rsa_make(unsigned bits) {
    BN_CTX *context = BN_CTX_secure_new();
    if (!context) return NULL;
    rsa_numbers r;
    BN_CTX_start(context);
    EVP_PKEY *key = rsa_compute(&r, (int)bits, context) ? rsa_key(&r) : NULL;
    BN_CTX_end(context);
    BN_CTX_free(context);
    return key;
}
