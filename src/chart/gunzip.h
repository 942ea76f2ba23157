/* gunzip.h: a gzip file to bytes, all in memory.
 *
 * Go's gzip reader is a stream: whoever stops reading early never learns that the end is damaged. Helm's tar reader stops at the
 * end mark of the archive, so an archive with a bad checksum behind that mark is a good chart to Helm. A bk_stream keeps this: the
 * bytes that came out, and what a reader meets who wants more. */
#ifndef BK_CHART_GUNZIP_H
#define BK_CHART_GUNZIP_H

#include "base/arena.h"
#include "base/err.h"

/* Go's error values, as texts. */
#define BK_TEXT_EOF "EOF"
#define BK_TEXT_UNEXPECTED_EOF "unexpected EOF"
#define BK_TEXT_GZIP_HEADER "gzip: invalid header"

typedef struct bk_stream {
    bk_str data;
    bk_str fail; /* what a reader meets behind data: an error's text; empty: the plain end */
    bool late;   /* a read of exactly what is left succeeds, and only the next one meets `fail`; else it fails with all its bytes read */
} bk_stream;

/* Reads a member's header at *at and moves behind it. NULL, or the text of Go's error. */
const char *bk_gzip_header(bk_str in, size_t *at);

/* Inflates all members of `gz`. Fails as gzip.NewReader does when the first header is bad ("EOF" for no bytes at all), with BK_ERR_LIMIT when
 * more than max bytes come out, and without memory; damage further on is in the stream. The data lies in the arena. */
bk_status bk_gunzip(bk_arena *arena, bk_str gz, size_t max, bk_stream *ret, bk_err *err);

#endif
