/* keys_rsa.h: RSA keys; of no concern to other folders.
 *
 * Made as OpenSSL made all of them before version 3: two random primes of its own, and the numbers that follow from them. What it does now looks for primes of a
 * certain construction, and takes a greatest common divisor in constant time for each number on the way: that takes three times as long, and for primes of
 * this size gains nothing. */
#ifndef BK_GUARD_KEYS_RSA_H
#define BK_GUARD_KEYS_RSA_H

#include <openssl/evp.h>

/* `bits`: even, 2048 and more. The caller's; NULL: it could not be made. */
EVP_PKEY *bk_rsa_make(unsigned bits);

#endif
