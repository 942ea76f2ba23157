#include "base/base64.h"

#include "base/num.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Digits plus one; 0 is none. */
static const uint8_t digits[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11,
    ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
    ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33,
    ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,
    ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,
    ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64};

/* Groups of four digits, up to the first that has something else in it. Returns how many bytes were read. */
static size_t whole_groups(bk_str text, char *out) {
    const uint8_t *in = (const uint8_t *)text.p;
    size_t i = 0;
    for (; i + 4 <= text.n; i += 4, out += 3) {
        uint32_t a = digits[in[i]], b = digits[in[i + 1]], c = digits[in[i + 2]], d = digits[in[i + 3]];
        if (!a || !b || !c || !d) break;
        uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        out[0] = (char)(bits >> 16);
        out[1] = (char)(bits >> 8);
        out[2] = (char)bits;
    }
    return i;
}

bk_status bk_base64_decode(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err) {
    char *out = bk_arena_alloc(arena, text.n / 4 * 3 + 4);
    size_t n = 0, count = 0, pads = 0;
    uint32_t bits = 0;
    if (!out) return bk_arena_fail(arena, err);
    size_t from = whole_groups(text, out);
    n = from / 4 * 3;
    for (size_t i = from; i < text.n; i++) {
        if (text.p[i] == '\n' || text.p[i] == '\r') continue;
        bool pad = text.p[i] == '=';
        unsigned d = pad ? 1 : digits[(unsigned char)text.p[i]];
        if (pad) pads++;
        if (!d || (pads && !pad) || pads > 2 || (pads && count % 4 < 2))
            return bk_err_set(err, BK_ERR, "illegal base64 data at input byte %zu", i);
        bits = bits << 6 | (d - 1);
        if (++count % 4 == 0)
            for (size_t k = 0; k < 3 - pads; k++) out[n++] = (char)(bits >> (16 - 8 * k));
    }
    if (count % 4) return bk_err_set(err, BK_ERR, "illegal base64 data at input byte %zu", text.n);
    *ret = bk_str_of(out, n);
    return BK_OK;
}

void bk_base64_encode(bk_buf *out, bk_str bytes) {
    size_t groups = bytes.n / 3 + (bytes.n % 3 != 0), total;
    if (!bk_mul(groups, 4, &total)) total = SIZE_MAX;
    char *p = bk_buf_reserve(out, total);
    const uint8_t *in = (const uint8_t *)bytes.p;
    size_t i = 0;
    if (!p) return;
    out->n += total;
    for (; i + 3 <= bytes.n; i += 3, p += 4) {
        uint32_t bits = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
        p[0] = alphabet[bits >> 18];
        p[1] = alphabet[bits >> 12 & 63];
        p[2] = alphabet[bits >> 6 & 63];
        p[3] = alphabet[bits & 63];
    }
    if (i == bytes.n) return;
    uint32_t bits = (uint32_t)in[i] << 16 | (i + 1 < bytes.n ? (uint32_t)in[i + 1] << 8 : 0);
    p[0] = alphabet[bits >> 18];
    p[1] = alphabet[bits >> 12 & 63];
    p[2] = i + 1 < bytes.n ? alphabet[bits >> 6 & 63] : '=';
    p[3] = '=';
}
