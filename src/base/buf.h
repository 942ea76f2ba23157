/* buf.h: a growing byte buffer with a cap that is chosen at birth.
 *
 * Appending is sticky: after a failure (cap hit, no memory) further appends do nothing, and one bk_buf_ok at the end of a
 * chain tells. With an arena the bytes live there (growth in place when the buffer is the arena's newest block) and bk_buf_release is not
 * needed; without one they are malloc'ed.
 *
 *     bk_buf b;
 *     bk_buf_init(&b, arena, 0);
 *     bk_buf_str(&b, name); bk_buf_c(&b, ": "); bk_buf_int(&b, 7);
 *     BK_TRY(bk_buf_check(&b, err));
 *     use(bk_buf_view(&b)); */
#ifndef BK_BASE_BUF_H
#define BK_BASE_BUF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

typedef struct bk_buf {
    char *p;
    size_t n, cap, max;
    bk_arena *arena;  /* NULL: the heap */
    bk_status status; /* sticky */
} bk_buf;

/* max 0 means BK_LIMIT_STRING. Allocates nothing yet. */
void bk_buf_init(bk_buf *buf, bk_arena *arena, size_t max);
/* Frees a heap buffer; harmless for an arena's and for a zeroed one. */
void bk_buf_release(bk_buf *buf);
/* Empties it and clears the failure; keeps the memory. */
void bk_buf_reset(bk_buf *buf);

void bk_buf_bytes_slow(bk_buf *buf, const char *p, size_t n);
static inline void bk_buf_bytes(bk_buf *buf, const char *p, size_t n) {
    if (BK_LIKELY(n <= buf->cap - buf->n && buf->status == BK_OK)) {
        if (n) memcpy(buf->p + buf->n, p, n);
        buf->n += n;
    } else {
        bk_buf_bytes_slow(buf, p, n);
    }
}
static inline void bk_buf_str(bk_buf *buf, bk_str s) { bk_buf_bytes(buf, s.p, s.n); }
static inline void bk_buf_c(bk_buf *buf, const char *c) { bk_buf_bytes(buf, c, strlen(c)); }
static inline void bk_buf_byte(bk_buf *buf, char c) { bk_buf_bytes(buf, &c, 1); }
/* n times the byte c. */
void bk_buf_fill(bk_buf *buf, char c, size_t n);
void bk_buf_int(bk_buf *buf, int64_t v);
void bk_buf_uint(bk_buf *buf, uint64_t v);
void bk_buf_printf(bk_buf *buf, const char *fmt, ...) BK_PRINTF(2, 3);
/* Little-endian, for frames. */
void bk_buf_u32(bk_buf *buf, uint32_t v);
void bk_buf_u64(bk_buf *buf, uint64_t v);
/* The rune as UTF-8; an invalid one as U+FFFD. */
void bk_buf_rune(bk_buf *buf, uint32_t rune);
/* Room for n more bytes: where to write them; NULL on failure. The caller then adds what it wrote to buf->n. */
char *bk_buf_reserve(bk_buf *buf, size_t n);
/* Cuts back to n bytes (n <= buf->n). */
static inline void bk_buf_cut(bk_buf *buf, size_t n) {
    if (n < buf->n) buf->n = n;
}

static inline bool bk_buf_ok(const bk_buf *buf) { return buf->status == BK_OK; }
/* BK_OK, or sets err by what happened. */
bk_status bk_buf_check(const bk_buf *buf, bk_err *err) BK_MUST;
/* What was written: lives until the next append, or in an arena for good if nothing is appended any more. */
static inline bk_str bk_buf_view(const bk_buf *buf) { return (bk_str){buf->p ? buf->p : "", buf->n}; }
/* The view, and for an arena's newest block the unused tail is given back. The buffer is empty afterwards. */
bk_str bk_buf_take(bk_buf *buf);
/* The view of a heap buffer, for as long as the arena lives: a large text stays where it is, and the arena takes the memory over; a small one is copied. The buffer is empty
 * afterwards. False without memory. */
bool bk_buf_keep(bk_buf *buf, bk_arena *arena, bk_str *ret) BK_MUST;

#endif
