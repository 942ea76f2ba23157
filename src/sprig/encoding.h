/* encoding.h: what other families need of the encodings. Internal to src/sprig. */
#ifndef BK_SPRIG_ENCODING_H
#define BK_SPRIG_ENCODING_H

#include "tmpl/func.h"

bk_status fn_base64(bk_call *call, bk_str s, bk_value *ret);
/* Decodes; *ret_mistake is the position that Go's error names, or BK_NPOS. */
bk_status fn_base64_decode(bk_call *call, bk_str s, bk_str *ret, size_t *ret_mistake);

#endif
