#include "guard/pem.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int sextet(char c) {
    const char *at = c ? memchr(alphabet, c, 64) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* Standard base64 with padding; white space is skipped. */
static bool decode(bk_str text, char *out, size_t *ret_n) {
    uint32_t bits = 0;
    size_t have = 0, pad = 0, n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        int v = sextet(c);
        if (c == '=') pad++;
        else if (v < 0 || pad) return false;
        bits = bits << 6 | (uint32_t)(v < 0 ? 0 : v);
        if (++have % 4) continue;
        if (pad > 2) return false;
        for (size_t k = 0; k < 3 - pad; k++) out[n++] = (char)(bits >> (16 - 8 * k));
        bits = 0;
        if (pad) pad += 4; /* nothing may follow */
    }
    *ret_n = n;
    return have % 4 == 0;
}

/* The text between a begin line, whose type is known, and its end line; *rest goes behind. */
static bool cut_body(bk_str *rest, bk_str type, bk_str *ret) {
    bk_str at = *rest;
    for (;;) {
        size_t end = bk_str_find(at, BK_S("-----END "));
        if (end == BK_NPOS) return false;
        bk_str tail = bk_str_from(at, end + strlen("-----END "));
        bool line = end == 0 ? at.p == rest->p : at.p[end - 1] == '\n';
        if (line && bk_str_starts(tail, type) && bk_str_starts(bk_str_from(tail, type.n), BK_S("-----"))) {
            *ret = bk_str_of(rest->p, (size_t)(at.p + end - rest->p));
            *rest = bk_str_from(tail, type.n + 5);
            return true;
        }
        at = tail;
    }
}

/* Headers ("Key: value") stand in front of the data. */
static bk_str skip_headers(bk_str body) {
    for (;;) {
        bk_str rest = body, line;
        if (!bk_str_line(&rest, &line) || bk_str_find_byte(line, ':') == BK_NPOS) return body;
        body = rest;
    }
}

bool bk_pem_find(bk_arena *arena, bk_str text, bk_str *ret_type, bk_str *ret_der) {
    static const bk_str begin = {"-----BEGIN ", 11};
    if (text.n > BK_PEM_MAX) return false;
    while (text.n) {
        size_t at = bk_str_find(text, begin);
        if (at == BK_NPOS) return false;
        bool line_start = at == 0 || text.p[at - 1] == '\n';
        bk_str rest = bk_str_from(text, at + begin.n), line, body;
        text = rest;
        if (!line_start || !bk_str_line(&rest, &line)) continue;
        line = bk_str_trim_right(line);
        if (!bk_str_ends(line, BK_S("-----"))) continue;
        bk_str type = bk_str_sub(line, 0, line.n - 5);
        if (!cut_body(&rest, type, &body)) continue;
        body = skip_headers(body);
        char *der = bk_arena_alloc(arena, body.n + 1);
        size_t n;
        if (!der || !decode(body, der, &n)) continue;
        *ret_type = type;
        *ret_der = bk_str_of(der, n);
        return true;
    }
    return false;
}

void bk_pem_put(bk_buf *out, const char *type, bk_str der) {
    size_t column = 0;
    bk_buf_printf(out, "-----BEGIN %s-----\n", type);
    for (size_t i = 0; i < der.n; i += 3) {
        size_t n = der.n - i < 3 ? der.n - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++) bits = bits << 8 | (k < n ? (unsigned char)der.p[i + k] : 0);
        char four[4];
        for (size_t k = 0; k < 4; k++) four[k] = k <= n ? alphabet[bits >> (18 - 6 * k) & 63] : '=';
        bk_buf_bytes(out, four, 4);
        column += 4;
        if (column == 64 || i + 3 >= der.n) bk_buf_byte(out, '\n');
        if (column == 64) column = 0;
    }
    bk_buf_printf(out, "-----END %s-----\n", type);
}

/* ---- DER ---- */

size_t bk_der_begin(bk_buf *out, unsigned tag) {
    bk_buf_byte(out, (char)tag);
    return out->n;
}

void bk_der_end(bk_buf *out, size_t begin) {
    if (!bk_buf_ok(out)) return;
    size_t n = out->n - begin;
    unsigned char head[5];
    size_t k = 0;
    if (n < 128) {
        head[k++] = (unsigned char)n;
    } else {
        size_t bytes = n < 0x100 ? 1 : n < 0x10000 ? 2 : n < 0x1000000 ? 3 : 4;
        head[k++] = (unsigned char)(0x80 | bytes);
        for (size_t i = bytes; i > 0; i--) head[k++] = (unsigned char)(n >> (8 * (i - 1)));
    }
    if (!bk_buf_reserve(out, k)) return;
    memmove(out->p + begin + k, out->p + begin, n);
    memcpy(out->p + begin, head, k);
    out->n += k;
}

void bk_der_put(bk_buf *out, unsigned tag, bk_str content) {
    size_t begin = bk_der_begin(out, tag);
    bk_buf_str(out, content);
    bk_der_end(out, begin);
}

bool bk_der_next(bk_str *rest, unsigned *ret_tag, bk_str *ret_content) {
    if (rest->n < 2) return false;
    unsigned tag = (unsigned char)rest->p[0];
    size_t n = (unsigned char)rest->p[1], head = 2;
    if (n >= 0x80) {
        size_t bytes = n & 0x7F;
        if (bytes == 0 || bytes > 4 || bytes > rest->n - 2) return false;
        n = 0;
        for (size_t i = 0; i < bytes; i++) n = n << 8 | (unsigned char)rest->p[2 + i];
        head += bytes;
    }
    if (n > rest->n - head) return false;
    *ret_tag = tag;
    *ret_content = bk_str_sub(*rest, head, head + n);
    *rest = bk_str_from(*rest, head + n);
    return true;
}
