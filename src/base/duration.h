/* duration.h: Go's time.Duration as text: "1h15m30.5s". Nanoseconds in an int64. */
#ifndef BK_BASE_DURATION_H
#define BK_BASE_DURATION_H

#include "base/buf.h"
#include "base/err.h"

/* time.ParseDuration, with its error texts. */
bk_status bk_duration_parse(bk_str s, int64_t *ret, bk_err *err);

/* Appends s in quotes as the errors of package time show it: control characters and whatever is beyond ASCII byte by byte as \\x escapes. */
void bk_duration_quote(bk_buf *out, bk_str s);

enum { BK_DURATION_TEXT = 40 };
/* Duration.String(): "0s", "1.5µs", "2m0s"; returns the length. */
size_t bk_duration_format(int64_t ns, char out[BK_DURATION_TEXT]);

#endif
