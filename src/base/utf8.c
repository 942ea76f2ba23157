#include "base/utf8.h"

#include "base/vec.h"

static bool cont(unsigned char c) { return (c & 0xC0) == 0x80; }

uint32_t bk_utf8_decode(bk_str s, size_t *ret_width) {
    const unsigned char *p = (const unsigned char *)s.p;
    *ret_width = 1;
    if (p[0] < 0x80) return p[0];
    if (p[0] >= 0xC2 && p[0] <= 0xDF && s.n >= 2 && cont(p[1])) {
        *ret_width = 2;
        return ((uint32_t)(p[0] & 0x1F) << 6) | (p[1] & 0x3Fu);
    }
    if ((p[0] & 0xF0) == 0xE0 && s.n >= 3 && cont(p[1]) && cont(p[2])) {
        uint32_t r = ((uint32_t)(p[0] & 0x0F) << 12) | ((uint32_t)(p[1] & 0x3F) << 6) | (p[2] & 0x3Fu);
        if (r < 0x800 || (r >= 0xD800 && r <= 0xDFFF)) return BK_RUNE_ERROR;
        *ret_width = 3;
        return r;
    }
    if ((p[0] & 0xF8) == 0xF0 && s.n >= 4 && cont(p[1]) && cont(p[2]) && cont(p[3])) {
        uint32_t r = ((uint32_t)(p[0] & 0x07) << 18) | ((uint32_t)(p[1] & 0x3F) << 12) | ((uint32_t)(p[2] & 0x3F) << 6) | (p[3] & 0x3Fu);
        if (r < 0x10000 || r > BK_RUNE_MAX) return BK_RUNE_ERROR;
        *ret_width = 4;
        return r;
    }
    return BK_RUNE_ERROR;
}

uint32_t bk_utf8_decode_last(bk_str s, size_t *ret_width) {
    for (size_t w = 1; w <= 4 && w <= s.n; w++) {
        if (cont((unsigned char)s.p[s.n - w])) continue;
        size_t got;
        uint32_t r = bk_utf8_decode(bk_str_from(s, s.n - w), &got);
        if (got != w) break;
        *ret_width = w;
        return r;
    }
    *ret_width = 1;
    return BK_RUNE_ERROR;
}

size_t bk_utf8_encode(uint32_t r, char out[4]) {
    if (r > BK_RUNE_MAX || (r >= 0xD800 && r <= 0xDFFF)) r = BK_RUNE_ERROR;
    if (r < 0x80) {
        out[0] = (char)r;
        return 1;
    }
    if (r < 0x800) {
        out[0] = (char)(0xC0 | (r >> 6));
        out[1] = (char)(0x80 | (r & 0x3F));
        return 2;
    }
    if (r < 0x10000) {
        out[0] = (char)(0xE0 | (r >> 12));
        out[1] = (char)(0x80 | ((r >> 6) & 0x3F));
        out[2] = (char)(0x80 | (r & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (r >> 18));
    out[1] = (char)(0x80 | ((r >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((r >> 6) & 0x3F));
    out[3] = (char)(0x80 | (r & 0x3F));
    return 4;
}

size_t bk_utf8_ascii(bk_str s) {
    size_t i = 0;
#ifdef BK_VEC_MARKS
    for (; s.n - i >= 16; i += 16) {
        unsigned marks = bk_vec_marks(bk_vec_load(s.p + i)); /* the highest bits */
        if (marks) return i + (size_t)__builtin_ctz(marks);
    }
#endif
    for (; i + 8 <= s.n; i += 8) {
        uint64_t w;
        memcpy(&w, s.p + i, 8);
        if (w & 0x8080808080808080u) break;
    }
    while (i < s.n && (unsigned char)s.p[i] < 0x80) i++;
    return i;
}

bool bk_utf8_valid(bk_str s) {
    for (;;) {
        s = bk_str_from(s, bk_utf8_ascii(s));
        if (s.n == 0) return true;
        size_t w;
        bk_utf8_decode(s, &w);
        if (w == 1) return false; /* a valid rune beyond ASCII takes two bytes or more */
        s = bk_str_from(s, w);
    }
}

size_t bk_utf8_count(bk_str s) {
    size_t count = 0;
    for (;;) {
        size_t run = bk_utf8_ascii(s), w;
        count += run;
        s = bk_str_from(s, run);
        if (s.n == 0) return count;
        bk_utf8_decode(s, &w);
        count++;
        s = bk_str_from(s, w);
    }
}
