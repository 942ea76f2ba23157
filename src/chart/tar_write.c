#include "chart/tar_write.h"

#include "base/num.h"
#include "chart/tar.h"

/* Places in a header. */
enum {
    BLOCK = 512,
    NAME = 0,
    NAME_SIZE = 100,
    MODE = 100,
    UID = 108,
    GID = 116,
    SHORT_SIZE = 8,
    SIZE = 124,
    MTIME = 136,
    LONG_SIZE = 12,
    SUM = 148,
    TYPE = 156,
    MAGIC = 257,
    MAJOR = 329,
    MINOR = 337,
    PREFIX = 345,
    PREFIX_SIZE = 155
};

typedef struct header {
    char b[BLOCK];
} header;

static bool is_ascii(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80) return false;
    return true;
}

/* Octal digits with leading zeros and a NUL. */
static void put_octal(header *h, size_t at, size_t size, uint64_t v) {
    for (size_t i = size - 1; i-- > 0; v >>= 3) h->b[at + i] = (char)('0' + (v & 7));
}

static bool fits_octal(size_t size, int64_t v) { return v >= 0 && (uint64_t)v < (uint64_t)1 << (3 * (size - 1)); }

static void put_text(header *h, size_t at, size_t size, bk_str s) {
    memcpy(h->b + at, s.p, s.n < size ? s.n : size);
    if (s.n <= size || h->b[at + size - 1] != '/') return;
    while (size && h->b[at + size - 1] == '/') h->b[at + --size] = 0; /* a slash at the cut would make a folder of it */
}

static void put_sum(header *h) {
    uint64_t sum = 0;
    memset(h->b + SUM, ' ', SHORT_SIZE);
    for (size_t i = 0; i < BLOCK; i++) sum += (unsigned char)h->b[i];
    put_octal(h, SUM, SHORT_SIZE - 1, sum);
    h->b[SUM + SHORT_SIZE - 2] = 0;
}

/* Seals the header and appends it, then the data and their padding. */
static void put_entry(bk_buf *out, header *h, char type, bk_str data) {
    put_octal(h, SIZE, LONG_SIZE, data.n);
    h->b[TYPE] = type;
    memcpy(h->b + MAGIC,
           "ustar\0"
           "00",
           8);
    put_sum(h);
    bk_buf_bytes(out, h->b, BLOCK);
    bk_buf_str(out, data);
    bk_buf_fill(out, 0, (BLOCK - data.n % BLOCK) % BLOCK);
}

static void put_owner(header *h, uint64_t mode, int64_t mtime) {
    put_octal(h, MODE, SHORT_SIZE, mode);
    put_octal(h, UID, SHORT_SIZE, 0);
    put_octal(h, GID, SHORT_SIZE, 0);
    put_octal(h, MTIME, LONG_SIZE, fits_octal(LONG_SIZE, mtime) ? (uint64_t)mtime : 0);
}

/* A long name into prefix and rest, at its last slash that lets both fit. */
static bool split(bk_str name, bk_str *prefix, bk_str *rest) {
    if (name.n <= NAME_SIZE || !is_ascii(name)) return false;
    size_t slash = bk_str_rfind_byte(bk_str_sub(name, 0, PREFIX_SIZE + 1), '/');
    if (slash == BK_NPOS || slash == 0 || slash > PREFIX_SIZE) return false;
    *prefix = bk_str_sub(name, 0, slash);
    *rest = bk_str_from(name, slash + 1);
    return rest->n != 0 && rest->n <= NAME_SIZE;
}

/* ---- pax ---- */

static size_t decimals(size_t n) {
    size_t count = 1;
    while (n /= 10) count++;
    return count;
}

/* "30 mtime=-1\n": the length counts its own digits. */
static void put_record(bk_buf *out, const char *key, bk_str value) {
    size_t rest = strlen(key) + value.n + 3, n = rest + decimals(rest);
    if (rest + decimals(n) != n) n = rest + decimals(n);
    bk_buf_uint(out, n);
    bk_buf_printf(out, " %s=", key);
    bk_buf_str(out, value);
    bk_buf_byte(out, '\n');
}

/* What the headers of a pax archive hold of a name. */
static bk_status ascii_only(bk_arena *arena, bk_str s, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x80) bk_buf_byte(&b, s.p[i]);
    BK_TRY(bk_buf_check(&b, err));
    *ret = bk_buf_view(&b);
    return BK_OK;
}

/* The name of the records' own entry: "PaxHeaders.0" as the last folder. */
static bk_status record_name(bk_arena *arena, bk_str name, bk_str *ret, bk_err *err) {
    size_t slash = bk_str_rfind_byte(name, '/');
    size_t cut = slash == BK_NPOS ? 0 : slash + 1;
    bk_str whole;
    if (!bk_arena_printf(arena, &whole, "%.*sPaxHeaders.0/%.*s", (int)cut, name.p, BK_FMT(bk_str_from(name, cut))))
        return bk_arena_fail(arena, err);
    BK_TRY(ascii_only(arena, whole, ret, err));
    if (ret->n > NAME_SIZE) ret->n = NAME_SIZE;
    while (ret->n && ret->p[ret->n - 1] == '/') ret->n--;
    return BK_OK;
}

/* The header of an item's own. */
static void put_own(bk_buf *out, header *own, const bk_tar_item *item) {
    put_owner(own, item->mode, item->mtime);
    put_octal(own, MAJOR, SHORT_SIZE, 0);
    put_octal(own, MINOR, SHORT_SIZE, 0);
    put_entry(out, own, item->dir ? BK_TAR_DIR : BK_TAR_FILE, item->data);
}

static bk_status put_pax(bk_arena *arena, bk_buf *out, const bk_tar_item *item, bk_err *err) {
    header records = {0}, own = {0};
    bk_str plain, about, name = item->name;
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    if (!fits_octal(LONG_SIZE, item->mtime)) {
        char digits[BK_INT_TEXT];
        put_record(&b, "mtime", bk_str_of(digits, bk_format_int(item->mtime, digits)));
    }
    if (name.n > NAME_SIZE || !is_ascii(name)) put_record(&b, "path", name);
    BK_TRY(bk_buf_check(&b, err));
    BK_TRY(record_name(arena, name, &about, err));
    put_text(&records, NAME, NAME_SIZE, about);
    put_owner(&records, 0, 0);
    put_entry(out, &records, BK_TAR_EXTENDED, bk_buf_view(&b));
    BK_TRY(ascii_only(arena, name, &plain, err));
    put_text(&own, NAME, NAME_SIZE, plain);
    put_own(out, &own, item);
    return BK_OK;
}

/* ---- files ---- */

bk_status bk_tar_put_item(bk_buf *out, const bk_tar_item *item, bk_err *err) {
    bk_str prefix = {NULL, 0}, name = item->name, rest = name;
    if (bk_str_find_byte(name, 0) != BK_NPOS || bk_str_ends(name, BK_S("/")))
        return bk_err_set(err, BK_ERR, "archive/tar: cannot encode header: filename %.*s", BK_FMT(name));
    bool whole = name.n <= NAME_SIZE && is_ascii(name);
    if (fits_octal(LONG_SIZE, item->mtime) && (whole || split(name, &prefix, &rest))) {
        header h = {0};
        put_text(&h, NAME, NAME_SIZE, rest);
        if (prefix.n) put_text(&h, PREFIX, PREFIX_SIZE, prefix);
        put_own(out, &h, item);
        return bk_buf_check(out, err);
    }
    bk_arena scratch;
    bk_arena_init(&scratch, 0);
    bk_status s = put_pax(&scratch, out, item, err);
    bk_arena_release(&scratch);
    return s == BK_OK ? bk_buf_check(out, err) : s;
}

bk_status bk_tar_put(bk_buf *out, bk_str name, bk_str data, int64_t mtime, bk_err *err) {
    return bk_tar_put_item(out, &(bk_tar_item){.name = name, .data = data, .mtime = mtime, .mode = 0644}, err);
}

void bk_tar_end(bk_buf *out) { bk_buf_fill(out, 0, 2 * BLOCK); }
