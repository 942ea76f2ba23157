/* inflate.h: why a deflate stream is broken, in the words of Go's compress/flate.
 *
 * The ordinary way through an archive is libdeflate (gunzip.c), which says "bad data" and no more. Helm shows its users which byte was
 * wrong, and its tar reader takes what came before that byte; so a stream that libdeflate refuses is read again here, slowly and
 * without tables, and the answer is what Go's reader would have seen: the bytes that came out, the error, and where the reader stood. */
#ifndef BK_CHART_INFLATE_H
#define BK_CHART_INFLATE_H

#include "base/buf.h"
#include "base/err.h"

typedef enum bk_inflate_end {
    BK_INFLATE_DONE,    /* a complete stream */
    BK_INFLATE_CUT,     /* the input ended too early: "unexpected EOF" */
    BK_INFLATE_CORRUPT, /* "flate: corrupt input before offset N" */
} bk_inflate_end;

typedef struct bk_inflated {
    bk_inflate_end end;
    size_t used;  /* input bytes that Go's reader has taken: the N of the message */
    bool flushed; /* everything had been handed to the reader before the end came into sight */
} bk_inflated;

/* Inflates the stream at the start of `in` and appends to `out`, whose cap bounds it (the status of `out` tells when it was hit). */
void bk_inflate(bk_str in, bk_buf *out, bk_inflated *ret);

#endif
