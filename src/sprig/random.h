/* random.h: the engine's own randomness: ChaCha20 under the 32 bytes of the effect SEED.
 *
 * One seed a render, asked for at the first need. The order of draws is the order of calls, so a replay with the same seed draws the
 * same. Whole numbers are drawn without bias, by rejection. */
#ifndef BK_SPRIG_RANDOM_H
#define BK_SPRIG_RANDOM_H

#include "tmpl/func.h"

typedef struct bk_random {
    bool seeded;
    uint32_t key[8];
    uint64_t counter;
    unsigned char block[64];
    uint32_t used; /* bytes of the block that are spent */
} bk_random;

/* Starts the stream. */
void bk_random_seed(bk_random *random, const unsigned char seed[32]);
/* The stream of the call's environment, seeded. */
bk_status bk_random_of(bk_call *call, bk_random **ret);
void bk_random_bytes(bk_random *random, void *to, size_t n);
/* 0 … n - 1; n > 0. */
uint64_t bk_random_below(bk_random *random, uint64_t n);

#endif
