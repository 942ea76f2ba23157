/* base64.h: the standard alphabet with padding. */
#ifndef BK_BASE_BASE64_H
#define BK_BASE_BASE64_H

#include "base/buf.h"

/* base64.StdEncoding: the padding has to be right, line breaks may stand anywhere. "illegal base64 data at input byte N". */
bk_status bk_base64_decode(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err);
/* Appends the text of some bytes. */
void bk_base64_encode(bk_buf *out, bk_str bytes);

#endif
