#include "chart/archive.h"

/* What a file looks like, by its first bytes, as Go's net/http guesses it: it stands in the message that a user sees who names the wrong file. */

enum { LOOKED_AT = 512 };

typedef struct signature {
    bk_str text, text2; /* text2: a second part, behind bytes that don't matter */
    const char *type;
    uint16_t at, at2;
} signature;

#define ONE(first, type_) {.text = BK_S(first), .type = (type_)}
#define TWO(first, where, second, type_) {.text = BK_S(first), .text2 = BK_S(second), .type = (type_), .at2 = (where)}

static const signature BINARY[] = {
    ONE("%PDF-", "application/pdf"),
    ONE("%!PS-Adobe-", "application/postscript"),
    ONE("\xFE\xFF", "text/plain; charset=utf-16be"),
    ONE("\xFF\xFE", "text/plain; charset=utf-16le"),
    ONE("\xEF\xBB\xBF", "text/plain; charset=utf-8"),
    ONE("\0\0\1\0", "image/x-icon"),
    ONE("\0\0\2\0", "image/x-icon"),
    ONE("BM", "image/bmp"),
    ONE("GIF87a", "image/gif"),
    ONE("GIF89a", "image/gif"),
    TWO("RIFF", 8, "WEBPVP", "image/webp"),
    ONE("\x89PNG\r\n\x1A\n", "image/png"),
    ONE("\xFF\xD8\xFF", "image/jpeg"),
    TWO("FORM", 8, "AIFF", "audio/aiff"),
    ONE("ID3", "audio/mpeg"),
    ONE("OggS\0", "application/ogg"),
    ONE("MThd\0\0\0\6", "audio/midi"),
    TWO("RIFF", 8, "AVI ", "video/avi"),
    TWO("RIFF", 8, "WAVE", "audio/wave"),
};

/* After the check for MP4. */
static const signature BINARY_LATE[] = {
    ONE("\x1A\x45\xDF\xA3", "video/webm"),
    {.text = BK_S("LP"), .type = "application/vnd.ms-fontobject", .at = 34},
    ONE("\0\1\0\0", "font/ttf"),
    ONE("OTTO", "font/otf"),
    ONE("ttcf", "font/collection"),
    ONE("wOFF", "font/woff"),
    ONE("wOF2", "font/woff2"),
    ONE("\x1F\x8B\x08", "application/x-gzip"),
    ONE("PK\3\4", "application/zip"),
    ONE("Rar!\x1A\7\0", "application/x-rar-compressed"),
    ONE("Rar!\x1A\7\1\0", "application/x-rar-compressed"),
    ONE("\0asm", "application/wasm"),
};

static const char *const HTML[] = {"<!DOCTYPE HTML", "<HTML",  "<HEAD", "<SCRIPT", "<IFRAME", "<H1", "<DIV", "<FONT", "<TABLE", "<A",
                                   "<STYLE",         "<TITLE", "<B",    "<BODY",   "<BR",     "<P",  "<!--"};

static bool starts_at(bk_str s, size_t at, bk_str text) { return bk_str_starts(bk_str_from(s, at), text); }

static const char *find(const signature *table, size_t n, bk_str s) {
    for (size_t i = 0; i < n; i++)
        if (starts_at(s, table[i].at, table[i].text) && starts_at(s, table[i].at2, table[i].text2)) return table[i].type;
    return NULL;
}

static bool is_html(bk_str s) {
    for (size_t i = 0; i < BK_COUNT(HTML); i++) {
        bk_str tag = bk_str_c(HTML[i]);
        if (s.n > tag.n && bk_str_eq_fold(bk_str_sub(s, 0, tag.n), tag) && (s.p[tag.n] == ' ' || s.p[tag.n] == '>')) return true;
    }
    return false;
}

static bool is_mp4(bk_str s) {
    const uint8_t *p = (const uint8_t *)s.p;
    uint32_t box = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    if (box > LOOKED_AT || box % 4 != 0 || !starts_at(s, 4, BK_S("ftyp"))) return false;
    for (uint32_t at = 8; at < box; at += 4)
        if (at != 12 && starts_at(s, at, BK_S("mp4"))) return true;
    return false;
}

static bool is_text(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        if (c <= 0x08 || c == 0x0B || (c >= 0x0E && c <= 0x1A) || (c >= 0x1C && c <= 0x1F)) return false;
    }
    return true;
}

static const char *type_of(bk_str s) {
    size_t at = 0;
    while (at < s.n && (s.p[at] == '\t' || s.p[at] == '\n' || s.p[at] == '\f' || s.p[at] == '\r' || s.p[at] == ' ')) at++;
    bk_str trimmed = bk_str_from(s, at);
    const char *type;
    if (is_html(trimmed)) return "text/html; charset=utf-8";
    if (bk_str_starts(trimmed, BK_S("<?xml"))) return "text/xml; charset=utf-8";
    if ((type = find(BINARY, BK_COUNT(BINARY), s))) return type;
    if (is_mp4(s)) return "video/mp4";
    if ((type = find(BINARY_LATE, BK_COUNT(BINARY_LATE), s))) return type;
    return is_text(trimmed) ? "text/plain; charset=utf-8" : "application/octet-stream";
}

bk_status bk_archive_check_type(bk_str name, bk_str bytes, bk_err *err) {
    /* Helm looks at a block of 512 bytes, however short the file is: a short text is not text, for the zeros behind it. */
    char head[LOOKED_AT] = {0};
    if (bk_str_starts(bytes, BK_S("\x1F\x8B\x08"))) return BK_OK;
    if (bytes.n) memcpy(head, bytes.p, bytes.n < LOOKED_AT ? bytes.n : LOOKED_AT);
    if (bk_str_ends(name, BK_S(".yml")) || bk_str_ends(name, BK_S(".yaml")))
        return bk_err_set(err, BK_ERR, "file '%.*s' seems to be a YAML file, but expected a gzipped archive", BK_FMT(name));
    return bk_err_set(err, BK_ERR, "file '%.*s' does not appear to be a gzipped archive; got '%s'", BK_FMT(name),
                      type_of(bk_str_of(head, LOOKED_AT)));
}
