/* codec.h: values as bytes, for frames.
 *
 * JSON would lose Go's number types (float64 from YAML, int64 from --set), so what crosses the boundary between host and
 * compartment is a tree of tagged items:
 *
 *     u8 type (bk_type), then
 *     BOOL u8 0|1 · INT, UINT, FLOAT u64 · STRING u32 length, bytes · LIST u32 count, items · MAP u32 count, (u32 length, key bytes, item)…
 *     the nil slice and the nil map have count 0xFFFFFFFF
 *
 * little-endian. Objects do not cross. Decoding trusts nothing: lengths are checked against what is left, depth against BK_LIMIT_DEPTH,
 * types against the closed set, booleans against 0 and 1, keys of a map for being different. */
#ifndef BK_VALUE_CODEC_H
#define BK_VALUE_CODEC_H

#include "base/buf.h"
#include "value/value.h"

/* Appends v; an object, or nesting beyond the limit, is an error. */
bk_status bk_codec_encode(bk_buf *out, bk_value v, bk_err *err);
/* Reads one value, which must fill `bytes` exactly. Strings are views into bytes. */
bk_status bk_codec_decode(bk_arena *arena, bk_str bytes, bk_value *ret, bk_err *err);
/* The same for small values that a guest sends to the host: at most `depth` levels, and `keys` keys in one map. The host is not stopped at a deadline,
 * and keys can be chosen so that a big map takes quadratic time. */
bk_status bk_codec_decode_small(bk_arena *arena, bk_str bytes, unsigned depth, uint32_t keys, bk_value *ret, bk_err *err);

#endif
