#include "chart/gzip.h"

#include <libdeflate.h>

#include "base/buf.h"

/* RFC 1952. */
enum { FLAG_EXTRA = 4, FLAG_COMMENT = 16, UNKNOWN_SYSTEM = 255, USUAL_LEVEL = 6, DENSE_LEVEL = 9 };

static void put_header(bk_buf *out, bk_str extra, bk_str comment) {
    const char head[] = {0x1f, (char)0x8b,          8, (char)((extra.n ? FLAG_EXTRA : 0) | (comment.n ? FLAG_COMMENT : 0)), 0, 0, 0, 0,
                         0,    (char)UNKNOWN_SYSTEM};
    bk_buf_bytes(out, head, sizeof head);
    if (extra.n) {
        bk_buf_byte(out, (char)(extra.n & 0xff));
        bk_buf_byte(out, (char)(extra.n >> 8));
        bk_buf_str(out, extra);
    }
    if (comment.n) {
        bk_buf_str(out, comment);
        bk_buf_byte(out, 0);
    }
}

static bk_status compress(bk_arena *arena, bk_str bytes, int level, bk_str extra, bk_str comment, bk_str *ret, bk_err *err) {
    bk_buf out;
    struct libdeflate_compressor *deflater = libdeflate_alloc_compressor(level);
    if (!deflater) return bk_err_nomem(err);
    bk_buf_init(&out, arena, 0);
    put_header(&out, extra, comment);
    size_t room = libdeflate_deflate_compress_bound(deflater, bytes.n);
    char *to = bk_buf_reserve(&out, room);
    if (to) out.n += libdeflate_deflate_compress(deflater, bytes.p, bytes.n, to, room);
    libdeflate_free_compressor(deflater);
    bk_buf_u32(&out, libdeflate_crc32(0, bytes.p, bytes.n));
    bk_buf_u32(&out, (uint32_t)bytes.n);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

bk_status bk_gzip(bk_arena *arena, bk_str bytes, bk_str extra, bk_str comment, bk_str *ret, bk_err *err) {
    return compress(arena, bytes, USUAL_LEVEL, extra, comment, ret, err);
}

bk_status bk_gzip_dense(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err) {
    return compress(arena, bytes, DENSE_LEVEL, BK_S(""), BK_S(""), ret, err);
}
