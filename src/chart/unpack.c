#include "chart/unpack.h"

#include "chart/crc32.h"
#include "chart/gunzip.h"

static uint32_t le32(const char *p) {
    uint32_t v = 0;
    for (int i = 3; i >= 0; i--) v = v << 8 | (unsigned char)p[i];
    return v;
}

bool bk_unpack_begin(bk_unpack *u, bk_deflate *inflate, bk_str gz, size_t max) {
    size_t at = 0;
    if (bk_gzip_header(gz, &at)) return false;
    *u = (bk_unpack){.inflate = inflate, .max = max};
    bk_deflate_init(inflate, bk_str_from(gz, at));
    return true;
}

/* Inflates the next piece. False at the end, and where it is odd. */
static bool advance(bk_unpack *u) {
    if (!bk_deflate_next(u->inflate, &u->piece)) return false;
    if (u->piece.n > u->max - u->made) return u->piece.n = 0, false;
    u->made += u->piece.n;
    u->crc = bk_crc32(u->crc, u->piece);
    return true;
}

size_t bk_unpack_take(bk_unpack *u, char *to, size_t n) {
    size_t left = n;
    while (left) {
        if (u->piece.n == 0 && !advance(u)) break;
        size_t part = left < u->piece.n ? left : u->piece.n;
        if (to) {
            memcpy(to, u->piece.p, part);
            to += part;
        }
        u->piece = bk_str_from(u->piece, part);
        left -= part;
    }
    u->at += n - left;
    return n - left;
}

bool bk_unpack_finish(bk_unpack *u) {
    u->piece.n = 0;
    while (advance(u)) {}
    if (!u->inflate->done) return false;
    bk_str rest = bk_deflate_rest(u->inflate);
    return rest.n == 8 && le32(rest.p) == u->crc && le32(rest.p + 4) == (uint32_t)u->made;
}
