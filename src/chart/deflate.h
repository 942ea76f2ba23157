/* deflate.h: the ordinary way through a deflate stream, piece by piece.
 *
 * What comes out lies in a window that is used again and again, so that an archive costs the memory of those of its files that are kept and not of
 * all of them. This reader knows good streams only: on anything odd it stops, and the stream is read once more by gunzip.h, which finds out what is wrong
 * and words it as Go does. Bits are taken from 64-bit words; codes are looked up eleven bits at a time. */
#ifndef BK_CHART_DEFLATE_H
#define BK_CHART_DEFLATE_H

#include "base/arena.h"
#include "base/str.h"

enum {
    BK_DEFLATE_WINDOW = 32 << 10,
    BK_DEFLATE_PIECE = 96 << 10, /* most that one call gives */
    BK_DEFLATE_SLACK = 320,      /* the longest match, and what copying in wide steps writes behind it */
    BK_DEFLATE_LIT_BITS = 11,
    BK_DEFLATE_DIST_BITS = 8,
    /* The table itself, and one of the longest codes' rest for each two of the symbols. */
    BK_DEFLATE_LIT_SIZE = (1 << BK_DEFLATE_LIT_BITS) + 144 * 16,
    BK_DEFLATE_DIST_SIZE = (1 << BK_DEFLATE_DIST_BITS) + 16 * 128,
};

typedef struct bk_deflate {
    const unsigned char *in, *end; /* not read yet */
    uint64_t bits;
    unsigned n_bits; /* of them that count; those above repeat what `in` has */
    bool last, done, odd;
    bool coded;                   /* within a block of codes */
    size_t stored;                /* bytes left of a stored block */
    size_t n;                     /* bytes in the window */
    size_t limit;                 /* of n, for one call: BK_DEFLATE_WINDOW + BK_DEFLATE_PIECE, or less for who wants a beginning only */
    uint32_t lit_rest, dist_rest; /* masks for what longer codes have behind the first bits */
    uint32_t lit[BK_DEFLATE_LIT_SIZE], dist[BK_DEFLATE_DIST_SIZE];
    unsigned char out[BK_DEFLATE_WINDOW + BK_DEFLATE_PIECE + BK_DEFLATE_SLACK];
} bk_deflate;

/* Starts at the first byte of `in`, which is borrowed. */
void bk_deflate_init(bk_deflate *d, bk_str in);
/* The next bytes, valid until the next call. False at the end of the stream (done) and where it is odd. */
bool bk_deflate_next(bk_deflate *d, bk_str *ret);
/* When it is done: what follows the stream. */
bk_str bk_deflate_rest(const bk_deflate *d);

#endif
