/* base64.h: the standard alphabet with padding, as JSON of plugins carries bytes. */
#ifndef BK_PLUGIN_BASE64_H
#define BK_PLUGIN_BASE64_H

#include "base/arena.h"

/* base64.StdEncoding: the padding has to be right, line breaks may stand anywhere. "illegal base64 data at input byte N". */
bk_status bk_base64_decode(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err);

#endif
