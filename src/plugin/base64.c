#include "plugin/base64.h"

static int digit(unsigned char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bk_status bk_base64_decode(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err) {
    char *out = bk_arena_alloc(arena, text.n / 4 * 3 + 4);
    size_t n = 0, digits = 0, pads = 0;
    uint32_t bits = 0;
    if (!out) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n' || text.p[i] == '\r') continue;
        int d = text.p[i] == '=' ? 0 : digit((unsigned char)text.p[i]);
        if (text.p[i] == '=') pads++;
        if (d < 0 || (pads && text.p[i] != '=') || pads > 2 || (pads && digits % 4 < 2))
            return bk_err_set(err, BK_ERR, "illegal base64 data at input byte %zu", i);
        bits = bits << 6 | (uint32_t)d;
        if (++digits % 4 == 0)
            for (size_t k = 0; k < 3 - pads; k++) out[n++] = (char)(bits >> (16 - 8 * k));
    }
    if (digits % 4) return bk_err_set(err, BK_ERR, "illegal base64 data at input byte %zu", text.n);
    *ret = bk_str_of(out, n);
    return BK_OK;
}

void bk_base64_encode(bk_buf *out, bk_str bytes) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.n; i += 3) {
        const unsigned char *p = (const unsigned char *)bytes.p + i;
        size_t left = bytes.n - i;
        uint32_t bits = (uint32_t)p[0] << 16 | (left > 1 ? (uint32_t)p[1] << 8 : 0) | (left > 2 ? p[2] : 0);
        bk_buf_byte(out, digits[bits >> 18]);
        bk_buf_byte(out, digits[bits >> 12 & 63]);
        bk_buf_byte(out, left > 1 ? digits[bits >> 6 & 63] : '=');
        bk_buf_byte(out, left > 2 ? digits[bits & 63] : '=');
    }
}
