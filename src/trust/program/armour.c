#include "trust/program/armour.h"

#define BEGIN BK_S("-----BEGIN PGP SIGNATURE-----")
#define END BK_S("-----END PGP SIGNATURE-----")

static int digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Base64 of one line, added to what is left of the lines before. False for a character that has no place there. */
static bool add_line(bk_str line, char *to, size_t *n, uint32_t *bits, unsigned *count) {
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        int d = digit(c);
        if (c == '=' || c == ' ' || c == '\t') continue; /* padding */
        if (d < 0) return false;
        *bits = *bits << 6 | (uint32_t)d;
        *count += 6;
        if (*count < 8) continue;
        *count -= 8;
        to[(*n)++] = (char)(*bits >> *count & 0xff);
    }
    return true;
}

/* RFC 4880, 6.1. */
static uint32_t checksum(const char *p, size_t n) {
    uint32_t sum = 0xb704ce;
    for (size_t i = 0; i < n; i++) {
        sum ^= (uint32_t)(unsigned char)p[i] << 16;
        for (unsigned k = 0; k < 8; k++) {
            sum <<= 1;
            if (sum & 0x1000000) sum ^= 0x1864cfb;
        }
    }
    return sum & 0xffffff;
}

/* "=" and four digits, as the last line. */
static bool checksum_fits(bk_str line, const char *p, size_t n) {
    uint32_t claimed = 0;
    for (size_t i = 1; i < 5; i++) {
        int d = digit(line.p[i]);
        if (d < 0) return false;
        claimed = claimed << 6 | (uint32_t)d;
    }
    return claimed == checksum(p, n);
}

bool bk_trust_dearmour(bk_arena *arena, bk_str message, bk_str *ret_head, bk_str *ret_bytes) {
    bk_str line, rest;
    uint32_t bits = 0;
    unsigned count = 0;
    size_t at = bk_str_rfind(message, BEGIN), n = 0;
    if (at == BK_NPOS || (at && message.p[at - 1] != '\n')) return false;
    *ret_head = bk_str_sub(message, 0, at);
    rest = bk_str_from(message, at + BEGIN.n);
    bk_str_line(&rest, &line);
    /* Headers, up to an empty line. */
    do {
        if (!rest.n) return false;
        bk_str_line(&rest, &line);
        line = bk_str_trim(line);
    } while (line.n);
    char *to = bk_arena_alloc(arena, rest.n + 1);
    if (!to) return false;
    while (rest.n) {
        bk_str_line(&rest, &line);
        line = bk_str_trim(line);
        if (bk_str_starts(line, BK_S("-----"))) {
            *ret_bytes = bk_str_of(to, n);
            return n > 0 && bk_str_eq(line, END);
        }
        if (line.n == 5 && line.p[0] == '=') {
            if (!checksum_fits(line, to, n)) return false;
        } else if (!add_line(line, to, &n, &bits, &count)) {
            return false;
        }
    }
    return false;
}
