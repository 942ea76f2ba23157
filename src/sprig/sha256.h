/* sha256.h: SHA-256 (FIPS 180-4). */
#ifndef BK_SPRIG_SHA256_H
#define BK_SPRIG_SHA256_H

#include "base/str.h"

/* The digest of a and b, one after the other. */
void bk_sha256(bk_str a, bk_str b, uint8_t ret[32]);

#endif
