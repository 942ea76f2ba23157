#include "chart/gunzip.h"

#include <libdeflate.h>

#include "chart/crc32.h"
#include "chart/inflate.h"

/* RFC 1952. */
enum {
    HEADER = 10,
    TRAILER = 8,
    ID1 = 0x1f,
    ID2 = 0x8b,
    DEFLATE = 8,
    FLAG_CRC = 2,
    FLAG_EXTRA = 4,
    FLAG_NAME = 8,
    FLAG_COMMENT = 16,
    MAX_TEXT = 512
};
enum { WINDOW = 32768, MAX_RATIO = 1032, FIRST_GUESS = 4096 };

typedef struct gunzip {
    bk_arena *arena;
    struct libdeflate_decompressor *inflater;
    bk_str in;
    size_t at;
    bk_buf out;
    bk_stream *stream;
} gunzip;

static const uint8_t *bytes(bk_str s) { return (const uint8_t *)s.p; }

static uint32_t le32(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

/* A file name or a comment: up to its NUL. NULL, or what is wrong. */
static const char *skip_text(bk_str in, size_t *at) {
    bk_str rest = bk_str_sub(in, *at, *at + MAX_TEXT);
    size_t end = bk_str_find_byte(rest, 0);
    if (end == BK_NPOS) return rest.n == MAX_TEXT ? BK_TEXT_GZIP_HEADER : BK_TEXT_UNEXPECTED_EOF;
    *at += end + 1;
    return NULL;
}

const char *bk_gzip_header(bk_str in, size_t *at) {
    size_t start = *at;
    if (in.n == start) return BK_TEXT_EOF;
    if (in.n - start < HEADER) return BK_TEXT_UNEXPECTED_EOF;
    const uint8_t *p = bytes(in) + start;
    if (p[0] != ID1 || p[1] != ID2 || p[2] != DEFLATE) return BK_TEXT_GZIP_HEADER;
    uint8_t flags = p[3];
    size_t to = start + HEADER;
    const char *fail;
    if (flags & FLAG_EXTRA) {
        if (in.n - to < 2) return BK_TEXT_UNEXPECTED_EOF;
        size_t n = p[to - start] | (size_t)p[to - start + 1] << 8;
        to += 2;
        if (in.n - to < n) return BK_TEXT_UNEXPECTED_EOF;
        to += n;
    }
    if (flags & FLAG_NAME && (fail = skip_text(in, &to))) return fail;
    if (flags & FLAG_COMMENT && (fail = skip_text(in, &to))) return fail;
    if (flags & FLAG_CRC) {
        if (in.n - to < 2) return BK_TEXT_UNEXPECTED_EOF;
        uint32_t crc = libdeflate_crc32(0, p, to - start);
        if ((p[to - start] | (uint32_t)p[to - start + 1] << 8) != (crc & 0xffff)) return BK_TEXT_GZIP_HEADER;
        to += 2;
    }
    *at = to;
    return NULL;
}

/* Checks the trailer of a member whose output begins at `begin`. NULL, or what is wrong. */
static const char *read_trailer(gunzip *g, size_t begin) {
    if (g->in.n - g->at < TRAILER) return BK_TEXT_UNEXPECTED_EOF;
    const uint8_t *p = bytes(g->in) + g->at;
    size_t n = g->out.n - begin;
    if (le32(p) != bk_crc32(0, bk_str_of(g->out.p + begin, n)) || le32(p + 4) != (uint32_t)n) return "gzip: invalid checksum";
    g->at += TRAILER;
    return NULL;
}

/* How much room to offer first: the length in the last trailer is right for all but hostile files and those of several members. */
static size_t guess(bk_str in, size_t at, size_t max) {
    size_t left = in.n - at, most;
    if (left < TRAILER) return FIRST_GUESS;
    size_t n = le32(bytes(in) + in.n - 4);
    if (__builtin_mul_overflow(left, (size_t)MAX_RATIO, &most) || most > max) most = max;
    if (n > most) n = most;
    return n < FIRST_GUESS ? FIRST_GUESS : n;
}

/* The quick way through one member. False with nothing written when anything at all is odd, or without room. */
static bool member_fast(gunzip *g) {
    size_t begin = g->out.n, start = g->at, room = 1;
    for (;;) {
        size_t used = 0, made = 0;
        char *to = bk_buf_reserve(&g->out, room);
        if (!to) return false;
        size_t have = g->out.cap - begin;
        enum libdeflate_result result =
            libdeflate_deflate_decompress_ex(g->inflater, g->in.p + start, g->in.n - start, to, have, &used, &made);
        if (result == LIBDEFLATE_SUCCESS) {
            g->at = start + used;
            g->out.n += made;
            if (!read_trailer(g, begin)) return true;
            g->at = start;
            g->out.n = begin;
            return false;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE) return false;
        if (have >= g->out.max - begin) {
            g->out.status = BK_ERR_LIMIT;
            return false;
        }
        room = have > (g->out.max - begin) / 2 ? g->out.max - begin : have * 2;
    }
}

/* The slow way: what Go's reader would have made of it. NULL, or the error. */
static const char *member_slow(gunzip *g, bk_err *err) {
    size_t begin = g->out.n;
    bk_inflated done;
    bk_inflate(bk_str_from(g->in, g->at), &g->out, &done);
    if (bk_buf_check(&g->out, err) != BK_OK) return NULL;
    g->stream->late = done.flushed;
    g->at += done.used;
    if (done.end == BK_INFLATE_DONE) return read_trailer(g, begin);
    if (done.end == BK_INFLATE_CUT) return BK_TEXT_UNEXPECTED_EOF;
    bk_str text;
    if (!bk_arena_printf(g->arena, &text, "flate: corrupt input before offset %zu", done.used)) bk_arena_fail(g->arena, err);
    return err->code == BK_OK ? text.p : NULL;
}

static bk_status members(gunzip *g, bk_err *err) {
    for (;;) {
        size_t begin = g->out.n;
        const char *fail = NULL;
        if (!member_fast(g)) {
            if (!bk_buf_ok(&g->out)) return bk_buf_check(&g->out, err);
            fail = member_slow(g, err);
            if (err->code != BK_OK) return err->code;
        } else {
            g->stream->late = (g->out.n - begin) % WINDOW == 0;
        }
        if (!fail) fail = bk_gzip_header(g->in, &g->at);
        if (!fail) continue;
        if (strcmp(fail, BK_TEXT_EOF) != 0) g->stream->fail = bk_str_c(fail);
        g->stream->data = bk_buf_take(&g->out);
        return BK_OK;
    }
}

bk_status bk_gunzip(bk_arena *arena, bk_str gz, size_t max, bk_stream *ret, bk_err *err) {
    gunzip g = {.arena = arena, .in = gz, .stream = ret};
    const char *fail = bk_gzip_header(gz, &g.at);
    if (fail) return bk_err_set(err, BK_ERR, "%s", fail);
    *ret = (bk_stream){0};
    g.inflater = libdeflate_alloc_decompressor();
    if (!g.inflater) return bk_err_nomem(err);
    bk_buf_init(&g.out, arena, max);
    /* The length is nearly always known beforehand; a buffer that grows would take up to twice as much. */
    g.out.cap = guess(gz, g.at, max);
    g.out.p = bk_arena_alloc(arena, g.out.cap);
    bk_status status = g.out.p ? members(&g, err) : bk_arena_fail(arena, err);
    libdeflate_free_decompressor(g.inflater);
    return status;
}
