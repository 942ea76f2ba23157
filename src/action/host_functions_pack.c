/* A chart's files as an archive, uncompressed: it goes straight into a compartment, which knows archives and nothing else. */
#include "action/host_functions.h"
#include "value/gofmt.h"

enum { BLOCK = 512, NAME_MAX_BYTES = 90, FILES_MAX = 10000, STORED = 65535 };
#define FOLDER "chart/"

/* ---- tar ---- */

static bool is_path(bk_str path) {
    if (!path.n || path.n > NAME_MAX_BYTES || path.p[0] == '/') return false;
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] < ' ' || path.p[i] == 0x7F || path.p[i] == '\\' || path.p[i] == ':') return false;
    for (bk_str rest = path, part; rest.n;) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        if (!part.n || bk_str_eq(part, BK_S(".")) || bk_str_eq(part, BK_S(".."))) return false;
    }
    return path.p[path.n - 1] != '/';
}

static void octal(char *to, size_t digits, uint64_t v) {
    for (size_t i = digits; i-- > 0; v >>= 3) to[i] = (char)('0' + (v & 7));
}

static void put_file(bk_buf *out, bk_str path, bk_str data) {
    char head[BLOCK] = {0};
    unsigned sum = 0;
    memcpy(head, FOLDER, sizeof FOLDER - 1);
    memcpy(head + sizeof FOLDER - 1, path.p, path.n);
    octal(head + 100, 7, 0644);
    octal(head + 108, 7, 0);
    octal(head + 116, 7, 0);
    octal(head + 124, 11, data.n);
    octal(head + 136, 11, 0);
    memset(head + 148, ' ', 8);
    head[156] = '0';
    memcpy(head + 257,
           "ustar\0"
           "00",
           8);
    for (size_t i = 0; i < BLOCK; i++) sum += (unsigned char)head[i];
    octal(head + 148, 6, sum);
    head[154] = 0;
    bk_buf_bytes(out, head, BLOCK);
    bk_buf_str(out, data);
    bk_buf_fill(out, 0, (BLOCK - data.n % BLOCK) % BLOCK);
}

/* ---- gzip ---- */

static uint32_t crc(bk_str s) {
    uint32_t table[256], c = 0xFFFFFFFFu;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;
        for (int k = 0; k < 8; k++) v = v & 1 ? 0xEDB88320u ^ v >> 1 : v >> 1;
        table[i] = v;
    }
    for (size_t i = 0; i < s.n; i++) c = table[(c ^ (unsigned char)s.p[i]) & 0xFF] ^ c >> 8;
    return ~c;
}

static void put_u16(bk_buf *out, unsigned v) {
    bk_buf_byte(out, (char)(v & 0xFF));
    bk_buf_byte(out, (char)(v >> 8));
}

static void wrap(bk_buf *out, bk_str tar) {
    static const char head[] = {0x1F, (char)0x8B, 8, 0, 0, 0, 0, 0, 0, (char)0xFF};
    bk_buf_bytes(out, head, sizeof head);
    for (size_t at = 0; at < tar.n;) {
        size_t n = tar.n - at < STORED ? tar.n - at : STORED;
        bk_buf_byte(out, at + n == tar.n);
        put_u16(out, (unsigned)n);
        put_u16(out, ~(unsigned)n & 0xFFFF);
        bk_buf_bytes(out, tar.p + at, n);
        at += n;
    }
    bk_buf_u32(out, crc(tar));
    bk_buf_u32(out, (uint32_t)tar.n);
}

bk_status bk_host_functions_pack(bk_arena *arena, bk_map *files, bk_str *ret, bk_err *err) {
    bk_buf tar, out;
    if (bk_map_len(files) > FILES_MAX) return bk_err_limit(err, "files of a chart", FILES_MAX);
    bk_buf_init(&tar, arena, 0);
    bk_buf_init(&out, arena, 0);
    for (size_t i = 0; i < bk_map_len(files); i++) {
        const bk_map_entry *e = bk_map_at(files, i);
        if (!is_path(e->key)) return bk_fmt_fail(err, "files: %q is no path within a chart", e->key);
        if (e->value.kind != BK_STRING) return bk_fmt_fail(err, "files: %q is no text", e->key);
        put_file(&tar, e->key, bk_value_str(e->value));
    }
    bk_buf_fill(&tar, 0, (size_t)2 * BLOCK);
    BK_TRY(bk_buf_check(&tar, err));
    wrap(&out, bk_buf_view(&tar));
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}
