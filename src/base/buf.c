#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"

void bk_buf_init(bk_buf *buf, bk_arena *arena, size_t max) { *buf = (bk_buf){.max = max ? max : BK_LIMIT_STRING, .arena = arena}; }

void bk_buf_release(bk_buf *buf) {
    if (!buf->arena) free(buf->p);
    bk_buf_init(buf, buf->arena, buf->max);
}

void bk_buf_reset(bk_buf *buf) {
    buf->n = 0;
    buf->status = BK_OK;
}

/* Makes room for n more bytes. */
static bool grow(bk_buf *buf, size_t n) {
    size_t need;
    if (buf->status != BK_OK) return false;
    if (!bk_add(buf->n, n, &need) || need > buf->max) {
        buf->status = BK_ERR_LIMIT;
        return false;
    }
    if (need <= buf->cap) return true;
    size_t cap = buf->cap ? buf->cap : 64;
    while (cap < need) cap *= 2;
    if (cap > buf->max) cap = buf->max;
    char *p = buf->arena ? bk_arena_grow(buf->arena, buf->p, buf->cap, cap) : realloc(buf->p, cap);
    if (!p) {
        buf->status = buf->arena && buf->arena->hit_cap ? BK_ERR_LIMIT : BK_ERR_NOMEM;
        return false;
    }
    buf->p = p;
    buf->cap = cap;
    return true;
}

void bk_buf_bytes_slow(bk_buf *buf, const char *p, size_t n) {
    if (!grow(buf, n) || n == 0) return;
    memcpy(buf->p + buf->n, p, n);
    buf->n += n;
}

char *bk_buf_reserve(bk_buf *buf, size_t n) { return grow(buf, n ? n : 1) ? buf->p + buf->n : NULL; }

void bk_buf_fill(bk_buf *buf, char c, size_t n) {
    if (!grow(buf, n)) return;
    if (n) memset(buf->p + buf->n, c, n);
    buf->n += n;
}

void bk_buf_int(bk_buf *buf, int64_t v) {
    char text[BK_INT_TEXT];
    bk_buf_bytes(buf, text, bk_format_int(v, text));
}

void bk_buf_uint(bk_buf *buf, uint64_t v) {
    char text[BK_INT_TEXT];
    bk_buf_bytes(buf, text, bk_format_uint(v, text));
}

void bk_buf_printf(bk_buf *buf, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    size_t n = bk_format(NULL, 0, fmt, args);
    va_end(args);
    if (n > 0 && grow(buf, n + 1)) {
        bk_format(buf->p + buf->n, n + 1, fmt, again);
        buf->n += n;
    }
    va_end(again);
}

void bk_buf_u32(bk_buf *buf, uint32_t v) {
    const char b[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};
    bk_buf_bytes(buf, b, sizeof b);
}

void bk_buf_u64(bk_buf *buf, uint64_t v) {
    bk_buf_u32(buf, (uint32_t)v);
    bk_buf_u32(buf, (uint32_t)(v >> 32));
}

void bk_buf_rune(bk_buf *buf, uint32_t rune) {
    char b[4];
    bk_buf_bytes(buf, b, bk_utf8_encode(rune, b));
}

bk_status bk_buf_check(const bk_buf *buf, bk_err *err) {
    if (buf->status == BK_OK) return BK_OK;
    if (buf->status != BK_ERR_LIMIT) return bk_err_nomem(err);
    if (buf->arena && buf->arena->hit_cap) return bk_arena_fail(buf->arena, err);
    return bk_err_set(err, BK_ERR_LIMIT, "text longer than the limit of %zu bytes", buf->max);
}

bk_str bk_buf_take(bk_buf *buf) {
    bk_str s = bk_buf_view(buf);
    if (buf->arena && buf->p) {
        bk_arena_shrink(buf->arena, buf->p, buf->cap, buf->n ? buf->n : 1);
        buf->p = NULL;
        buf->n = buf->cap = 0;
    }
    return s;
}

bool bk_buf_keep(bk_buf *buf, bk_arena *arena, bk_str *ret) {
    enum { LARGE = 64 << 10 };
    if (buf->n < LARGE) {
        if (!bk_arena_dup(arena, bk_buf_view(buf), ret)) return false;
        bk_buf_reset(buf);
        return true;
    }
    char *p = realloc(buf->p, buf->n);
    if (p) buf->p = p;
    if (!bk_arena_adopt(arena, buf->p)) return false;
    *ret = bk_buf_view(buf);
    bk_buf_init(buf, NULL, buf->max);
    return true;
}
