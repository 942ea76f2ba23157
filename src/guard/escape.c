#include "guard/escape.h"

#include "base/utf8.h"

/* Ranges of runes that control, hide or reorder. New line and tab are among them; callers that keep those ask first. */
static const struct {
    uint32_t from, to;
} unsafe[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x61C, 0x61C},     {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164}, {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

static bool is_unsafe(uint32_t rune) {
    if (rune >= 0x20 && rune < 0x7F) return false;
    for (size_t i = 0; i < BK_COUNT(unsafe) && rune >= unsafe[i].from; i++)
        if (rune <= unsafe[i].to) return true;
    return false;
}

/* How many bytes at the start of s pass unchanged. */
static size_t plain(bk_str s, bool lines) {
    size_t at = 0;
    while (at < s.n) {
        unsigned char c = (unsigned char)s.p[at];
        if ((c >= 0x20 && c < 0x7F) || (lines && (c == '\n' || c == '\t'))) {
            at++;
            continue;
        }
        if (c < 0x80) break;
        size_t width;
        uint32_t rune = bk_utf8_decode(bk_str_from(s, at), &width);
        if ((rune == BK_RUNE_ERROR && width == 1) || is_unsafe(rune)) break;
        at += width;
    }
    return at;
}

static void escape(bk_buf *out, bk_str s, bool lines, size_t cap) {
    bool cut = s.n > cap;
    if (cut) {
        /* Not within a rune. */
        size_t n = cap;
        while (n > 0 && cap - n < 4 && ((unsigned char)s.p[n] & 0xC0) == 0x80) n--;
        s.n = n;
    }
    while (s.n) {
        size_t n = plain(s, lines), width;
        bk_buf_bytes(out, s.p, n);
        s = bk_str_from(s, n);
        if (!s.n) break;
        uint32_t rune = bk_utf8_decode(s, &width);
        if (rune == '\n') bk_buf_c(out, "\\n");
        else if (rune == '\t') bk_buf_c(out, "\\t");
        else if (rune == BK_RUNE_ERROR && width == 1) bk_buf_printf(out, "\\x%02x", (unsigned char)s.p[0]);
        else bk_buf_printf(out, rune < 0x100 ? "\\x%02x" : rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
        s = bk_str_from(s, width);
    }
    if (cut) bk_buf_c(out, "…");
}

void bk_escape_line(bk_buf *out, bk_str text) { escape(out, text, false, BK_ESCAPE_LINE); }

void bk_escape_text(bk_buf *out, bk_str text) { escape(out, text, true, BK_ESCAPE_TEXT); }

static void json_rune(bk_buf *out, bk_str *s) {
    size_t width;
    uint32_t rune = bk_utf8_decode(*s, &width);
    if (rune == '"' || rune == '\\') {
        bk_buf_byte(out, '\\');
        bk_buf_byte(out, (char)rune);
    } else if (!is_unsafe(rune)) {
        bk_buf_rune(out, rune); /* invalid: U+FFFD */
    } else if (rune < 0x10000) {
        bk_buf_printf(out, "\\u%04x", rune);
    } else {
        bk_buf_printf(out, "\\u%04x\\u%04x", 0xD800 + ((rune - 0x10000) >> 10), 0xDC00 + ((rune - 0x10000) & 0x3FF));
    }
    *s = bk_str_from(*s, width);
}

/* Some byte of the word is zero. */
static uint64_t has_zero(uint64_t w) { return (w - 0x0101010101010101u) & ~w & 0x8080808080808080u; }

/* How many bytes at the start need no escape in JSON: printable ASCII but quotes and backslashes; eight at a time, for the ledger's sake. */
static size_t json_plain(bk_str s) {
    const uint64_t each = 0x0101010101010101u;
    size_t n = 0;
    for (uint64_t w; n + sizeof w <= s.n; n += sizeof w) {
        memcpy(&w, s.p + n, sizeof w);
        uint64_t low = (w - each * 0x20) & ~w & each * 0x80, high = w & each * 0x80;
        if (low | high | has_zero(w ^ each * '"') | has_zero(w ^ each * '\\') | has_zero(w ^ each * 0x7F)) break;
    }
    while (n < s.n && (unsigned char)s.p[n] >= 0x20 && (unsigned char)s.p[n] < 0x7F && s.p[n] != '"' && s.p[n] != '\\') n++;
    return n;
}

void bk_escape_json(bk_buf *out, bk_str s) {
    bk_buf_byte(out, '"');
    while (s.n) {
        size_t n = json_plain(s);
        bk_buf_bytes(out, s.p, n);
        s = bk_str_from(s, n);
        if (s.n) json_rune(out, &s);
    }
    bk_buf_byte(out, '"');
}

bool bk_escape_shell(bk_buf *out, bk_str text) {
    if (plain(text, false) != text.n) return false;
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+";
    bool bare = text.n > 0;
    for (size_t i = 0; i < text.n && bare; i++) bare = memchr(safe, text.p[i], sizeof safe - 1) != NULL;
    if (bare) {
        bk_buf_str(out, text);
        return true;
    }
    bk_buf_byte(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'') bk_buf_c(out, "'\\''");
        else bk_buf_byte(out, text.p[i]);
    }
    bk_buf_byte(out, '\'');
    return true;
}
