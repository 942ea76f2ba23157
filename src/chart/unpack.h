/* unpack.h: a gzip file as a stream that is read once, front to back, without ever lying in memory as a whole.
 *
 * Good files of one member only: where anything is odd (the stream, the checksum, what follows) the reader says so, and the caller starts again with
 * gunzip.h. */
#ifndef BK_CHART_UNPACK_H
#define BK_CHART_UNPACK_H

#include "chart/deflate.h"

typedef struct bk_unpack {
    bk_deflate *inflate;
    bk_str piece; /* what was inflated and not taken yet */
    uint32_t crc;
    size_t at, made; /* bytes taken, bytes inflated */
    size_t max;      /* most that may be inflated: more is odd */
} bk_unpack;

/* Starts on the file. False when its head is odd. The inflater is scratch memory of the stream. */
bool bk_unpack_begin(bk_unpack *u, bk_deflate *inflate, bk_str gz, size_t max);
/* Takes the next n bytes, into `to` or, where that is NULL, to no place. Returns how many there were. */
size_t bk_unpack_take(bk_unpack *u, char *to, size_t n);
/* Inflates what is left. True when all of it is as it should be: the checksum, the length, and nothing behind. */
bool bk_unpack_finish(bk_unpack *u);

#endif
