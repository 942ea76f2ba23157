/* yaml_input.c: bytes to checked UTF-8. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "data/yaml_scan.h"

enum { PIECE = 512 }; /* go-yaml reads so many bytes at once */

/* What is wrong with the character at p, of which `left` bytes are there; its length otherwise. */
static const char *check_char(const unsigned char *p, size_t left, unsigned *ret_width) {
    unsigned char c = p[0];
    unsigned width = c < 0x80 ? 1 : (c & 0xE0) == 0xC0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : (c & 0xF8) == 0xF0 ? 4 : 0;
    uint32_t rune = width == 1 ? c : c & (0x7Fu >> width);
    if (!width) return "invalid leading UTF-8 octet";
    if (width > left) return "incomplete UTF-8 octet sequence";
    for (unsigned i = 1; i < width; i++) {
        if ((p[i] & 0xC0) != 0x80) return "invalid trailing UTF-8 octet";
        rune = rune << 6 | (p[i] & 0x3F);
    }
    if ((width == 2 && rune < 0x80) || (width == 3 && rune < 0x800) || (width == 4 && rune < 0x10000))
        return "invalid length of a UTF-8 sequence";
    if ((rune >= 0xD800 && rune <= 0xDFFF) || rune > BK_RUNE_MAX) return "invalid Unicode character";
    bool allowed = rune >= 0x20 ? rune < 0x7F || rune == 0x85 || (rune >= 0xA0 && rune != 0xFFFE && rune != 0xFFFF)
                                : rune == '\t' || rune == '\n' || rune == '\r';
    if (!allowed) return "control characters are not allowed";
    *ret_width = width;
    return NULL;
}

/* The bytes of sixteen that are neither printable ASCII nor line feeds. */
static inline bk_vec odd_bytes(const unsigned char *p) {
    bk_vec v = bk_vec_load(p);
    return bk_vec_unprintable(v) ^ (bk_vec)(v == '\n');
}

/* U+0085, U+2028, U+2029 end lines, U+FEFF is the byte order mark. */
static bool is_break_or_mark(const unsigned char *p) {
    return (p[0] == 0xC2 && p[1] == 0x85) || (p[0] == 0xE2 && p[1] == 0x80 && (p[2] | 1) == 0xA9) ||
           (p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF);
}

/* Where the first bad character begins, or n. */
static size_t find_bad(const unsigned char *p, size_t n, const char **ret_problem, unsigned *ret_seen) {
    size_t i = 0;
    unsigned width;
    *ret_seen = 0;
    while (i < n) {
        while (n - i >= 32 && !bk_vec_any(odd_bytes(p + i) | odd_bytes(p + i + 16))) i += 32;
        while (n - i >= 16 && !bk_vec_any(odd_bytes(p + i))) i += 16;
        for (size_t stop = i + 8 < n ? i + 8 : n; i < stop; i += width) {
            *ret_problem = check_char(p + i, n - i, &width);
            if (*ret_problem) return i;
            if (p[i] == '\t') *ret_seen |= BK_YAML_HAS_TABS;
            else if (p[i] == '\r' || (width > 1 && is_break_or_mark(p + i))) *ret_seen |= BK_YAML_HAS_BREAKS;
        }
    }
    return n;
}

bool bk_yaml_characters(bk_str text, unsigned *ret_seen) {
    const char *problem = NULL;
    return find_bad((const unsigned char *)text.p, text.n, &problem, ret_seen) == text.n;
}

/* Start of the piece that holds the bad character at `bad`. Pieces begin with a whole character; `skipped` bytes went before. */
static size_t piece_of(const unsigned char *p, size_t n, size_t bad, size_t skipped) {
    for (size_t start = 0, size = PIECE - skipped;; size = PIECE) {
        size_t next = start + size;
        if (next >= n || bad < next) {
            /* A character that the piece cuts goes to the next one, a bad one included if it looks whole only there. */
            unsigned char c = p[bad];
            unsigned width = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF8 ? 4 : 1;
            return bad + width > (next < n ? next : n) ? bad : start;
        }
        while (next > start && (p[next] & 0xC0) == 0x80) next--;
        start = next;
    }
}

static bool utf16_unit(bk_str in, size_t at, bool big, uint32_t *ret) {
    if (in.n - at < 2) return false;
    unsigned char a = (unsigned char)in.p[at], b = (unsigned char)in.p[at + 1];
    *ret = big ? (uint32_t)a << 8 | b : (uint32_t)b << 8 | a;
    return true;
}

/* One character of UTF-16 at `at`: its bytes in the input and the rune, or what is wrong. */
static const char *wide_char(bk_str in, size_t at, bool big, unsigned *ret_width, uint32_t *ret) {
    uint32_t low;
    char bytes[4];
    unsigned ignored;
    *ret_width = 2;
    if (!utf16_unit(in, at, big, ret)) return "incomplete UTF-16 character";
    if ((*ret & 0xFC00) == 0xDC00) return "unexpected low surrogate area";
    if ((*ret & 0xFC00) == 0xD800) {
        *ret_width = 4;
        if (!utf16_unit(in, at + 2, big, &low)) return "incomplete UTF-16 surrogate pair";
        if ((low & 0xFC00) != 0xDC00) return "expected low surrogate area";
        *ret = 0x10000 + ((*ret & 0x3FF) << 10) + (low & 0x3FF);
    }
    return check_char((const unsigned char *)bytes, bk_utf8_encode(*ret, bytes), &ignored);
}

/* UTF-16 as UTF-8, up to the piece that holds the first mistake. */
static const char *from_utf16(bk_str in, bool big, bk_buf *out) {
    size_t piece_end = PIECE, piece = 0; /* where the piece ends in the input, and begins in the output */
    for (size_t at = 2; at < in.n;) {
        uint32_t rune;
        unsigned width;
        const char *problem = wide_char(in, at, big, &width, &rune);
        if (at + width > (piece_end < in.n ? piece_end : in.n)) {
            piece_end = at + PIECE;
            piece = out->n;
        }
        if (problem) return bk_buf_cut(out, piece), problem;
        bk_buf_rune(out, rune);
        at += width;
    }
    return NULL;
}

static bk_status copy_utf16(bk_yaml_scanner *s, bk_str text) {
    bk_buf out;
    bk_buf_init(&out, s->arena, 0);
    s->broken = from_utf16(text, text.p[0] == '\xFE', &out);
    s->breaks = true; /* nobody has looked */
    bk_buf_fill(&out, 0, BK_YAML_PADDING);
    BK_TRY(bk_buf_check(&out, s->err));
    s->base = (const unsigned char *)out.p;
    s->end = s->base + (out.n - BK_YAML_PADDING);
    return BK_OK;
}

static bk_status copy_utf8(bk_yaml_scanner *s, bk_str text) {
    size_t skipped = bk_str_starts(text, BK_S("\xEF\xBB\xBF")) ? 3 : 0, n = text.n - skipped;
    if (n > BK_LIMIT_STRING) return bk_err_limit(s->err, "length of a YAML text", BK_LIMIT_STRING);
    unsigned char *copy = bk_arena_alloc(s->arena, n + BK_YAML_PADDING);
    if (!copy) return bk_yaml_fail_nomem(s);
    if (n) memcpy(copy, text.p + skipped, n);
    memset(copy + n, 0, BK_YAML_PADDING);
    unsigned seen;
    size_t bad = find_bad(copy, n, &s->broken, &seen);
    if (bad < n) {
        size_t cut = piece_of(copy, n, bad, skipped);
        memset(copy + cut, 0, n - cut);
        n = cut;
    }
    s->base = copy;
    s->end = copy + n;
    s->breaks = seen & BK_YAML_HAS_BREAKS;
    return BK_OK;
}

bk_status bk_yaml_scanner_init(bk_yaml_scanner *s, bk_arena *arena, bk_arena *scratch, bk_str text, bk_err *err) {
    *s = (bk_yaml_scanner){.indent = -1, .key_allowed = true, .arena = arena, .scratch = scratch, .err = err};
    bool wide = bk_str_starts(text, BK_S("\xFF\xFE")) || bk_str_starts(text, BK_S("\xFE\xFF"));
    BK_TRY(wide ? copy_utf16(s, text) : copy_utf8(s, text));
    s->p = s->base;
    s->bom = s->base[0] == 0xEF && s->base[1] == 0xBB && s->base[2] == 0xBF;
    return BK_OK;
}
