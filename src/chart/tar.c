#include "chart/tar.h"

#include "base/num.h"
#include "base/vec.h"

enum { BLOCK = 512, SPECIAL_MAX = 1 << 20 };

#define TEXT_HEADER "archive/tar: invalid tar header"

typedef struct field {
    uint16_t at, n;
} field;

static const field NAME = {0, 100}, MODE = {100, 8}, UID = {108, 8}, GID = {116, 8}, SIZE = {124, 12}, MTIME = {136, 12},
                   CHECKSUM = {148, 8};
static const field MAGIC = {257, 6}, VERSION = {263, 2}, MAJOR = {329, 8}, MINOR = {337, 8}, PREFIX = {345, 155};
static const field GNU_ATIME = {345, 12}, GNU_CTIME = {357, 12};
static const field STAR_PREFIX = {345, 131}, STAR_ATIME = {476, 12}, STAR_CTIME = {488, 12}, STAR_TRAILER = {508, 4};
enum { TYPE_AT = 156 };

typedef enum format { UNKNOWN, V7, USTAR, STAR, GNU } format;

static bk_status bad_header(bk_err *err) { return bk_err_set(err, BK_ERR, TEXT_HEADER); }
static bk_status text_error(bk_err *err, bk_str text) { return bk_err_set_str(err, BK_ERR, text); }

/* ---- reading the stream ---- */

typedef enum outcome {
    FULL,       /* all bytes, and no failure seen with them */
    FULL_FAIL,  /* all bytes, and the stream's failure with the last of them */
    SHORT_FAIL, /* the failure came first */
    SHORT_END,  /* the plain end came first */
} outcome;

/* Takes the next n bytes to the place given, or to none. */
static outcome unpack_to(bk_tar *t, int64_t n, char *to) {
    if ((uint64_t)n > t->unpack->max) return SHORT_END;
    return bk_unpack_take(t->unpack, to, (size_t)n) == (size_t)n ? FULL : SHORT_END;
}

/* The same, as a block of the arena. */
static outcome unpack(bk_tar *t, int64_t n, bk_str *ret) {
    char *to = (uint64_t)n <= t->unpack->max ? bk_arena_alloc(t->arena, (size_t)n) : NULL;
    *ret = bk_str_of(to, to ? (size_t)n : 0);
    return to ? unpack_to(t, n, to) : SHORT_END;
}

/* Takes up to n bytes. */
static outcome take(bk_tar *t, int64_t n, bk_str *ret) {
    if (t->unpack) return unpack(t, n, ret);
    size_t have = t->stream.data.n - t->at;
    *ret = bk_str_sub(t->stream.data, t->at, t->at + ((uint64_t)n < have ? (size_t)n : have));
    t->at += ret->n;
    if ((uint64_t)n > have) return t->stream.fail.n ? SHORT_FAIL : SHORT_END;
    return n && have == (uint64_t)n && t->stream.fail.n && !t->stream.late ? FULL_FAIL : FULL;
}

/* The same without looking at them. */
static outcome skip(bk_tar *t, int64_t n) {
    bk_str skipped;
    return t->unpack ? unpack_to(t, n, NULL) : take(t, n, &skipped);
}

/* io.ReadFull: a failure together with the last byte is left for the next read. `*ret_end`: not one byte was there. */
static bk_status read_block(bk_tar *t, bk_str *ret, bool *ret_end, bk_err *err) {
    if (t->unpack) {
        *ret = bk_str_of(t->block, bk_unpack_take(t->unpack, t->block, BLOCK));
        *ret_end = ret->n == 0;
        return *ret_end || ret->n == BLOCK ? BK_OK : bk_err_set(err, BK_ERR, BK_TEXT_UNEXPECTED_EOF);
    }
    outcome o = take(t, BLOCK, ret);
    *ret_end = false;
    if (o == FULL || o == FULL_FAIL) return BK_OK;
    if (o == SHORT_FAIL) return text_error(err, t->stream.fail);
    *ret_end = ret->n == 0;
    return *ret_end ? BK_OK : bk_err_set(err, BK_ERR, BK_TEXT_UNEXPECTED_EOF);
}

/* An entry's data: a failure with the last byte counts, and the end within it is unexpected. */
static bk_status read_data(bk_tar *t, int64_t n, bk_str *ret, bk_err *err) {
    outcome o = take(t, n, ret);
    t->left -= (int64_t)ret->n;
    if (o == FULL) return BK_OK;
    return text_error(err, o == SHORT_END ? bk_str_c(BK_TEXT_UNEXPECTED_EOF) : t->stream.fail);
}

/* What is left of the current entry. An end within the padding is the end of the archive. */
static bk_status skip_rest(bk_tar *t, bool *ret_end, bk_err *err) {
    *ret_end = false;
    outcome o = skip(t, t->left);
    if (o == SHORT_END) return bk_err_set(err, BK_ERR, BK_TEXT_UNEXPECTED_EOF);
    if (o == SHORT_FAIL) return text_error(err, t->stream.fail);
    o = skip(t, t->pad);
    if (o == FULL_FAIL || o == SHORT_FAIL) return text_error(err, t->stream.fail);
    *ret_end = o == SHORT_END;
    t->left = t->pad = 0;
    return BK_OK;
}

/* ---- fields ---- */

static bk_str at_field(bk_str block, field f) { return bk_str_sub(block, f.at, (size_t)f.at + f.n); }

static bk_str c_string(bk_str s) {
    size_t end = bk_str_find_byte(s, 0);
    return end == BK_NPOS ? s : bk_str_sub(s, 0, end);
}

#define DIGITS UINT64_C(0x3030303030303030)

/* Eight octal digits, the first of them in the lowest byte. */
static uint32_t eight_digits(uint64_t w) {
    const uint64_t ones = 0x000F000F000F000Fu, twos = 0x0000003F0000003Fu;
    w = (w & ones) << 3 | (w >> 8 & ones);
    w = (w & twos) << 6 | (w >> 16 & twos);
    return (uint32_t)((w & 0xFFF) << 12 | w >> 32);
}

/* As most are written: a field of eight or twelve bytes, all of them digits but the last one or two, a zero or space. */
static bool usual_octal(bk_str s, int64_t *ret) {
    uint64_t tail;
    uint32_t head = (uint32_t)DIGITS, bits = 24;
    if (s.n != 8 && s.n != 12) return false;
    memcpy(&tail, s.p + s.n - 8, sizeof tail);
    if (s.n == 12) memcpy(&head, s.p, sizeof head);
    for (; bits > 18 && (tail >> 56 == 0 || tail >> 56 == ' '); bits -= 3) tail = tail << 8 | '0'; /* in front it counts nothing */
    uint64_t odd = (tail ^ DIGITS) | (head ^ (uint32_t)DIGITS);
    if (odd & 0xF8F8F8F8F8F8F8F8u) return false;
    *ret = (int64_t)eight_digits((uint64_t)head << 32 | (uint32_t)DIGITS) << bits | eight_digits(tail);
    return true;
}

static bool octal(bk_str s, int64_t *ret) {
    if (BK_LIKELY(usual_octal(s, ret))) return true;
    while (s.n && (s.p[0] == ' ' || s.p[0] == 0)) s = bk_str_from(s, 1);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == 0)) s.n--;
    *ret = 0;
    if (s.n == 0) return true;
    uint64_t v = 0, usual = 0;
    size_t n = 0;
    for (; n < s.n && s.n <= 20 && s.p[n] >= '0' && s.p[n] <= '7'; n++) usual = usual << 3 | (unsigned)(s.p[n] - '0');
    if (n == s.n) {
        *ret = (int64_t)usual;
        return true;
    }
    bool ok = bk_parse_uint(c_string(s), 8, &v) == BK_NUM_OK;
    *ret = (int64_t)v;
    return ok;
}

/* Octal digits, or with the first bit set a big-endian two's complement number. */
static bool number(bk_str s, int64_t *ret) {
    if (s.n == 0 || !((uint8_t)s.p[0] & 0x80)) return octal(s, ret);
    uint8_t invert = (uint8_t)s.p[0] & 0x40 ? 0xff : 0;
    uint64_t x = 0;
    *ret = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i] ^ invert;
        if (i == 0) c &= 0x7f;
        if (x >> 56) return false;
        x = x << 8 | c;
    }
    if (x >> 63) return false;
    *ret = invert ? ~(int64_t)x : (int64_t)x;
    return true;
}

/* The sum of n bytes, a multiple of sixteen and no more than a block: in eight sums of 16 bits, since byte by byte the compiler's own vectors call out of the
 * compartment, for want of an instruction. *ret_any: the bytes ored, in each byte of it some of them. */
static unsigned sum_of(const char *p, unsigned n, uint64_t *ret_any) {
    typedef uint16_t sums __attribute__((vector_size(16)));
    sums sum = {0};
    bk_vec any = {0};
    uint64_t half[2], bits[2];
    for (unsigned i = 0; i < n; i += sizeof any) {
        bk_vec v = bk_vec_load(p + i);
        any |= v;
        sum += ((sums)v & 0xFF) + ((sums)v >> 8);
    }
    memcpy(half, &sum, sizeof half);
    memcpy(bits, &any, sizeof bits);
    *ret_any = bits[0] | bits[1];
    half[0] += half[1];
    return (unsigned)((half[0] & 0xFFFF) + (half[0] >> 16 & 0xFFFF) + (half[0] >> 32 & 0xFFFF) + (half[0] >> 48));
}

static bool checksum_ok(bk_str block) {
    int64_t want;
    uint64_t any, ignored;
    char own[16] = {0};
    if (!octal(at_field(block, CHECKSUM), &want)) return false;
    memcpy(own, block.p + CHECKSUM.at, CHECKSUM.n); /* counts as spaces */
    unsigned sum = sum_of(block.p, BLOCK, &any) - sum_of(own, sizeof own, &ignored) + CHECKSUM.n * ' ';
    unsigned high = 0; /* bytes that count 256 less when they have a sign */
    if (any & 0x8080808080808080u)
        for (unsigned i = 0; i < BLOCK; i++)
            if (i < CHECKSUM.at || i >= CHECKSUM.at + CHECKSUM.n) high += (uint8_t)block.p[i] >> 7;
    return want == sum || want == (int64_t)sum - 256 * (int64_t)high;
}

static format format_of(bk_str block) {
    if (!checksum_ok(block)) return UNKNOWN;
    bk_str magic = at_field(block, MAGIC);
    if (bk_str_eq(magic, BK_S("ustar\0"))) return bk_str_eq(at_field(block, STAR_TRAILER), BK_S("tar\0")) ? STAR : USTAR;
    return bk_str_eq(magic, BK_S("ustar ")) && bk_str_eq(at_field(block, VERSION), BK_S(" \0")) ? GNU : V7;
}

static bool is_ascii(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((uint8_t)s.p[i] >= 0x80 || s.p[i] == 0) return false;
    return true;
}

/* The directory in front of the name. An old writer of Go put one into GNU headers, over the times: those are recognised by not being times. */
static bool prefix_of(bk_str block, format f, bk_str *ret) {
    int64_t ignored;
    *ret = (bk_str){0};
    if (f == USTAR) *ret = c_string(at_field(block, PREFIX));
    if (f == STAR) {
        *ret = c_string(at_field(block, STAR_PREFIX));
        return number(at_field(block, STAR_ATIME), &ignored) && number(at_field(block, STAR_CTIME), &ignored);
    }
    if (f == GNU) {
        bk_str a = at_field(block, GNU_ATIME), c = at_field(block, GNU_CTIME);
        if ((a.p[0] && !number(a, &ignored)) || (c.p[0] && !number(c, &ignored))) {
            bk_str s = c_string(at_field(block, PREFIX));
            if (is_ascii(s)) *ret = s;
        }
    }
    return true;
}

static bool no_data(char type) { return type >= BK_TAR_LINK && type <= BK_TAR_FIFO; }

static bk_status begin_data(bk_tar *t, char type, int64_t size, bk_err *err) {
    int64_t n = no_data(type) ? 0 : size;
    if (n < 0) return bad_header(err);
    t->left = n;
    t->pad = -n & (BLOCK - 1);
    return BK_OK;
}

static bool all_zero(bk_str block) {
    for (size_t i = 0; i < block.n; i++)
        if (block.p[i]) return false;
    return true;
}

/* One header block. */
static bk_status read_header(bk_tar *t, bk_tar_entry *ret, bool *ret_end, bk_err *err) {
    bk_str block;
    BK_TRY(read_block(t, &block, ret_end, err));
    if (*ret_end) return BK_OK;
    if (all_zero(block)) { /* the end mark is two blocks of zeros, and one will do at the very end */
        BK_TRY(read_block(t, &block, ret_end, err));
        if (!*ret_end && !all_zero(block)) return bad_header(err);
        *ret_end = true;
        return BK_OK;
    }
    format f = format_of(block);
    if (f == UNKNOWN) return bad_header(err);
    int64_t mode = 0, ignored;
    bool ok = number(at_field(block, SIZE), &ret->size) && number(at_field(block, MODE), &mode) && number(at_field(block, UID), &ignored) &&
              number(at_field(block, GID), &ignored) && number(at_field(block, MTIME), &ret->mtime);
    ret->type = block.p[TYPE_AT];
    ret->name = c_string(at_field(block, NAME));
    if (t->unpack && !bk_arena_dup(t->arena, ret->name, &ret->name)) return bk_arena_fail(t->arena, err);
    if (f > V7) {
        bk_str prefix = {0};
        ok = ok && number(at_field(block, MAJOR), &ignored) && number(at_field(block, MINOR), &ignored) && prefix_of(block, f, &prefix);
        if (ok && prefix.n &&
            (!bk_arena_cat(t->arena, prefix, BK_S("/"), &prefix) || !bk_arena_cat(t->arena, prefix, ret->name, &ret->name)))
            return bk_arena_fail(t->arena, err);
    }
    if (!ok) return bad_header(err);
    ret->is_executable = (mode & 0100) != 0;
    ret->is_dir = ret->type == BK_TAR_DIR || ((uint32_t)mode & ~07777u) == 040000;
    return BK_OK;
}

/* ---- pax and GNU records about the next entry ---- */

/* The pax keys that matter; numbers are checked when a file follows, since only the last record of a key counts. */
typedef enum pax_key { PAX_PATH, PAX_SIZE, PAX_MTIME, PAX_ATIME, PAX_CTIME, PAX_UID, PAX_GID, PAX_KEYS } pax_key;

typedef struct about {
    bk_str pax[PAX_KEYS]; /* empty: the header's own stays */
    bk_str gnu_name;
    bool sparse;
} about;

enum { NANO_DIGITS = 9 };

/* "1234.56": to the nearest second, as Go's writer of archives rounds; half a second is rounded up. */
static bool pax_time(bk_str v, int64_t *ret) {
    bk_str seconds, fraction;
    bk_str_cut(v, BK_S("."), &seconds, &fraction);
    if (bk_parse_int(seconds, 10, ret) != BK_NUM_OK) return false;
    bool half = fraction.n > 0 && fraction.p[0] >= '5', more = half && fraction.p[0] > '5';
    for (size_t i = 0; i < fraction.n; i++) {
        if (fraction.p[i] < '0' || fraction.p[i] > '9') return false;
        more = more || (half && i > 0 && i < NANO_DIGITS && fraction.p[i] != '0');
    }
    if (bk_str_starts(seconds, BK_S("-"))) *ret -= more && *ret > INT64_MIN;
    else *ret += half && *ret < INT64_MAX;
    return true;
}

static bool is_sparse_key(bk_str key) {
    static const char *const keys[] = {"major", "minor", "map", "offset", "numbytes"};
    if (!bk_str_starts(key, BK_S("GNU.sparse."))) return false;
    for (size_t i = 0; i < BK_COUNT(keys); i++)
        if (bk_str_eq(bk_str_from(key, strlen("GNU.sparse.")), bk_str_c(keys[i]))) return true;
    return false;
}

static void pax_record(about *a, bk_str key, bk_str value) {
    static const char *const keys[PAX_KEYS] = {"path", "size", "mtime", "atime", "ctime", "uid", "gid"};
    for (size_t i = 0; i < PAX_KEYS; i++)
        if (bk_str_eq(key, bk_str_c(keys[i]))) a->pax[i] = value;
    a->sparse = a->sparse || is_sparse_key(key);
}

/* "LENGTH KEY=VALUE\n", the length counting itself. False when the record is malformed. */
static bool pax_next(bk_str *rest, bk_str *ret_key, bk_str *ret_value) {
    bk_str digits, tail, record;
    int64_t n;
    if (!bk_str_cut(*rest, BK_S(" "), &digits, &tail)) return false;
    if (bk_parse_int(digits, 10, &n) != BK_NUM_OK || n < 5 || (uint64_t)n > rest->n || (size_t)n <= digits.n + 1) return false;
    record = bk_str_sub(*rest, digits.n + 1, (size_t)n);
    *rest = bk_str_from(*rest, (size_t)n);
    if (record.p[record.n - 1] != '\n') return false;
    record.n--;
    if (!bk_str_cut(record, BK_S("="), ret_key, ret_value) || ret_key->n == 0) return false;
    bool text = bk_str_eq(*ret_key, BK_S("path")) || bk_str_eq(*ret_key, BK_S("linkpath")) || bk_str_eq(*ret_key, BK_S("uname")) ||
                bk_str_eq(*ret_key, BK_S("gname"));
    return bk_str_find_byte(text ? *ret_value : *ret_key, 0) == BK_NPOS;
}

static bk_status read_special(bk_tar *t, bk_str *ret, bk_err *err) {
    if (t->left > SPECIAL_MAX) {
        BK_TRY(read_data(t, SPECIAL_MAX + 1, ret, err));
        return bk_err_set(err, BK_ERR, "archive/tar: header field too long");
    }
    return read_data(t, t->left, ret, err);
}

static bk_status read_pax(bk_tar *t, about *a, bk_err *err) {
    bk_str rest, key, value;
    BK_TRY(read_special(t, &rest, err));
    *a = (about){.gnu_name = a->gnu_name}; /* of several headers the last one counts */
    while (rest.n) {
        if (!pax_next(&rest, &key, &value)) return bad_header(err);
        pax_record(a, key, value);
    }
    return BK_OK;
}

static bool pax_apply(const about *a, bk_tar_entry *e) {
    int64_t ignored;
    for (size_t i = PAX_SIZE; i < PAX_KEYS; i++) {
        bk_str v = a->pax[i];
        int64_t *to = i == PAX_SIZE ? &e->size : i == PAX_MTIME ? &e->mtime : &ignored;
        bool is_time = i == PAX_MTIME || i == PAX_ATIME || i == PAX_CTIME;
        if (v.n && !(is_time ? pax_time(v, to) : bk_parse_int(v, 10, to) == BK_NUM_OK)) return false;
    }
    if (a->pax[PAX_PATH].n) e->name = a->pax[PAX_PATH];
    return true;
}

/* Puts what the records say into the entry. */
static bk_status apply(bk_tar *t, const about *a, bk_tar_entry *e, bk_err *err) {
    if (!pax_apply(a, e)) return bad_header(err);
    if (a->gnu_name.n) e->name = a->gnu_name;
    if (e->type == BK_TAR_OLD_FILE) e->type = bk_str_ends(e->name, BK_S("/")) ? BK_TAR_DIR : BK_TAR_FILE;
    if (e->type == BK_TAR_DIR) e->is_dir = true;
    BK_TRY(begin_data(t, e->type, e->size, err));
    if (a->sparse || e->type == 'S') return bk_err_set(err, BK_ERR, "archive/tar: sparse files are not supported");
    return BK_OK;
}

void bk_tar_init(bk_tar *t, bk_arena *arena, bk_stream stream) { *t = (bk_tar){.arena = arena, .stream = stream}; }

void bk_tar_unpack(bk_tar *t, bk_arena *arena, bk_unpack *unpack) { *t = (bk_tar){.arena = arena, .unpack = unpack}; }

bk_status bk_tar_next(bk_tar *t, bk_tar_entry *ret, bool *ret_more, bk_err *err) {
    about a = {0};
    for (;;) {
        bool end;
        bk_str name;
        *ret_more = false;
        BK_TRY(skip_rest(t, &end, err));
        if (end) return BK_OK;
        BK_TRY(read_header(t, ret, &end, err));
        if (end) return BK_OK;
        *ret_more = true;
        BK_TRY(begin_data(t, ret->type, ret->size, err));
        switch (ret->type) {
        case BK_TAR_EXTENDED: BK_TRY(read_pax(t, &a, err)); break;
        case BK_TAR_GLOBAL: return read_pax(t, &a, err);
        case 'L':
            BK_TRY(read_special(t, &name, err));
            a.gnu_name = c_string(name);
            break;
        case 'K': BK_TRY(read_special(t, &name, err)); break;
        default: return apply(t, &a, ret, err);
        }
    }
}

bk_status bk_tar_data(bk_tar *t, bk_str *ret, bk_err *err) { return read_data(t, t->left, ret, err); }

bk_status bk_tar_room(bk_tar *t, size_t n, bk_str *ret, size_t *ret_at, bk_err *err) {
    size_t size = (size_t)t->left;
    char *to = (uint64_t)t->left <= t->unpack->max ? bk_arena_alloc(t->arena, size) : NULL;
    if (!to) return bk_arena_fail(t->arena, err);
    *ret = bk_str_of(to, size);
    if (n > size) n = size;
    if (unpack_to(t, (int64_t)n, to) != FULL) return bk_err_set(err, BK_ERR, BK_TEXT_UNEXPECTED_EOF);
    *ret_at = t->unpack->at;
    t->left -= (int64_t)n;
    return BK_OK;
}
