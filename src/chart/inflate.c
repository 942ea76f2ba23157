#include "chart/inflate.h"

/* Names follow RFC 1951. Codes are decoded bit by bit from the counts of their lengths: no tables to build, so that a stream of
 * many small blocks costs what its bytes cost. */

enum { MAX_BITS = 15, LIT_CODES = 288, MAX_LIT = 286, MAX_DIST = 30, LENGTH_CODES = 19, WINDOW = 32768, END_OF_BLOCK = 256 };

typedef struct code {
    uint16_t count[MAX_BITS + 1]; /* codes of each length */
    uint16_t symbol[LIT_CODES];   /* symbols in the order of their codes */
    unsigned min;                 /* bits that every code has at least: Go's reader takes them at once */
    bool single;                  /* one code of one bit: the other bit is an error */
} code;

typedef struct reader {
    bk_str in;
    size_t at;
    uint32_t bits;
    unsigned n_bits;
    bk_buf *out;
    size_t begin;   /* where this stream's output begins in out */
    size_t flushed; /* output handed over so far, counted from begin */
    bk_inflate_end fail;
} reader;

static bool fail(reader *r, bk_inflate_end why) {
    r->fail = why;
    return false;
}

static bool need(reader *r, unsigned n) {
    while (r->n_bits < n) {
        if (r->at == r->in.n) return fail(r, BK_INFLATE_CUT);
        r->bits |= (uint32_t)(uint8_t)r->in.p[r->at++] << r->n_bits;
        r->n_bits += 8;
    }
    return true;
}

static bool take(reader *r, unsigned n, unsigned *ret) {
    if (!need(r, n)) return false;
    *ret = r->bits & ((1u << n) - 1);
    r->bits >>= n;
    r->n_bits -= n;
    return true;
}

/* Builds a code; false unless it is complete, empty, or the single code of one bit. */
static bool code_build(code *c, const uint8_t *lengths, unsigned n) {
    *c = (code){0};
    unsigned max = 0;
    for (unsigned i = 0; i < n; i++) c->count[lengths[i]]++;
    c->count[0] = 0;
    for (unsigned len = 1; len <= MAX_BITS; len++) {
        if (!c->count[len]) continue;
        if (!c->min) c->min = len;
        max = len;
    }
    if (max == 0) return true;
    unsigned next = 0;
    uint16_t at[MAX_BITS + 2] = {0};
    for (unsigned len = 1; len <= max; len++) {
        next = (next << 1) + c->count[len];
        at[len + 1] = (uint16_t)(at[len] + c->count[len]);
    }
    c->single = max == 1 && next == 1;
    if (next != 1u << max && !c->single) return false;
    for (unsigned i = 0; i < n; i++)
        if (lengths[i]) c->symbol[at[lengths[i]]++] = (uint16_t)i;
    return true;
}

static bool symbol(reader *r, const code *c, unsigned *ret) {
    if (!need(r, c->min)) return false;
    if (c->min == 0) return fail(r, BK_INFLATE_CORRUPT);
    unsigned value = 0, first = 0, index = 0;
    for (unsigned len = 1; len <= MAX_BITS; len++) {
        unsigned bit;
        if (c->single && r->bits & 1) return fail(r, BK_INFLATE_CORRUPT);
        if (!take(r, 1, &bit)) return false;
        value |= bit;
        unsigned count = c->count[len];
        if (value < first + count) {
            *ret = c->symbol[index + (value - first)];
            return true;
        }
        index += count;
        first = (first + count) << 1;
        value <<= 1;
    }
    return fail(r, BK_INFLATE_CORRUPT);
}

/* Go hands over its window whenever it is full. */
static void wrote(reader *r) {
    size_t n = r->out->n - r->begin;
    if (n - n % WINDOW > r->flushed) r->flushed = n - n % WINDOW;
}

static bool stored(reader *r, bool last) {
    r->bits = 0;
    r->n_bits = 0;
    if (r->in.n - r->at < 4) {
        r->at = r->in.n;
        return fail(r, BK_INFLATE_CUT);
    }
    const uint8_t *p = (const uint8_t *)r->in.p + r->at;
    unsigned n = p[0] | (unsigned)p[1] << 8, check = p[2] | (unsigned)p[3] << 8;
    r->at += 4;
    if (check != (n ^ 0xffffu)) return fail(r, BK_INFLATE_CORRUPT);
    if (n == 0 && !last) r->flushed = r->out->n - r->begin; /* an empty block flushes */
    size_t have = r->in.n - r->at;
    bool cut = have < n;
    if (cut) n = (unsigned)have;
    bk_buf_bytes(r->out, r->in.p + r->at, n);
    r->at += n;
    wrote(r);
    return cut ? fail(r, BK_INFLATE_CUT) : true;
}

static bool copy(reader *r, unsigned length, unsigned distance) {
    size_t history = r->out->n - r->begin;
    if (distance > history || distance > WINDOW) return fail(r, BK_INFLATE_CORRUPT);
    char *to = bk_buf_reserve(r->out, length);
    if (!to) return false;
    for (unsigned i = 0; i < length; i++) to[i] = to[(ptrdiff_t)i - (ptrdiff_t)distance];
    r->out->n += length;
    wrote(r);
    return true;
}

static bool match_length(reader *r, unsigned sym, unsigned *ret) {
    static const uint16_t base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                    31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    sym -= END_OF_BLOCK + 1;
    if (sym >= BK_COUNT(base)) return fail(r, BK_INFLATE_CORRUPT);
    unsigned more = 0;
    if (extra[sym] && !take(r, extra[sym], &more)) return false;
    *ret = base[sym] + more;
    return true;
}

static bool match_distance(reader *r, const code *dist, unsigned *ret) {
    unsigned sym = 0, more;
    if (dist) {
        if (!symbol(r, dist, &sym)) return false;
    } else {
        if (!take(r, 5, &more)) return false;
        for (unsigned i = 0; i < 5; i++) sym |= (more >> i & 1) << (4 - i);
    }
    if (sym >= MAX_DIST) return fail(r, BK_INFLATE_CORRUPT);
    if (sym < 4) {
        *ret = sym + 1;
        return true;
    }
    unsigned bits = (sym - 2) >> 1;
    if (!take(r, bits, &more)) return false;
    *ret = (1u << (bits + 1)) + 1 + ((sym & 1) << bits) + more;
    return true;
}

/* dist NULL means the fixed code. */
static bool block(reader *r, const code *lit, const code *dist) {
    while (bk_buf_ok(r->out)) {
        unsigned sym, length, distance;
        if (!symbol(r, lit, &sym)) return false;
        if (sym < END_OF_BLOCK) {
            bk_buf_byte(r->out, (char)sym);
            wrote(r);
            continue;
        }
        if (sym == END_OF_BLOCK) return true;
        if (!match_length(r, sym, &length) || !match_distance(r, dist, &distance) || !copy(r, length, distance)) return false;
    }
    return false;
}

static void fixed_code(code *lit) {
    uint8_t lengths[LIT_CODES];
    for (unsigned i = 0; i < LIT_CODES; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    code_build(lit, lengths, LIT_CODES);
}

/* The lengths of both codes of a dynamic block, themselves coded. */
static bool read_lengths(reader *r, const code *meta, uint8_t *lengths, unsigned n) {
    for (unsigned i = 0; i < n;) {
        unsigned sym, more, repeat;
        uint8_t value = 0;
        if (!symbol(r, meta, &sym)) return false;
        if (sym < 16) {
            lengths[i++] = (uint8_t)sym;
            continue;
        }
        if (sym == 16) {
            if (i == 0) return fail(r, BK_INFLATE_CORRUPT);
            value = lengths[i - 1];
        }
        if (!take(r, sym == 16 ? 2 : sym == 17 ? 3 : 7, &more)) return false;
        repeat = (sym == 18 ? 11 : 3) + more;
        if (repeat > n - i) return fail(r, BK_INFLATE_CORRUPT);
        while (repeat--) lengths[i++] = value;
    }
    return true;
}

static bool dynamic(reader *r) {
    static const uint8_t order[LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    if (!need(r, 14)) return false;
    unsigned n_lit = (r->bits & 31) + 257, n_dist = (r->bits >> 5 & 31) + 1, n_meta = (r->bits >> 10 & 15) + 4, bits;
    if (n_lit > MAX_LIT || n_dist > MAX_DIST) return fail(r, BK_INFLATE_CORRUPT);
    r->bits >>= 14;
    r->n_bits -= 14;
    uint8_t lengths[MAX_LIT + MAX_DIST] = {0};
    for (unsigned i = 0; i < n_meta; i++) {
        if (!take(r, 3, &bits)) return false;
        lengths[order[i]] = (uint8_t)bits;
    }
    code lit, dist;
    if (!code_build(&lit, lengths, LENGTH_CODES)) return fail(r, BK_INFLATE_CORRUPT);
    if (!read_lengths(r, &lit, lengths, n_lit + n_dist)) return false;
    if (!code_build(&lit, lengths, n_lit) || !code_build(&dist, lengths + n_lit, n_dist)) return fail(r, BK_INFLATE_CORRUPT);
    /* Every block ends with its end marker, so that many bits are always there to be read. */
    if (lit.min < lengths[END_OF_BLOCK]) lit.min = lengths[END_OF_BLOCK];
    return block(r, &lit, &dist);
}

void bk_inflate(bk_str in, bk_buf *out, bk_inflated *ret) {
    reader r = {.in = in, .out = out, .begin = out->n};
    bool more = true;
    while (more && bk_buf_ok(out)) {
        unsigned last, type = 0;
        code lit;
        bool ok = need(&r, 3) && take(&r, 1, &last) && take(&r, 2, &type);
        if (!ok) break;
        if (type == 0) {
            ok = stored(&r, last);
        } else if (type == 1) {
            fixed_code(&lit);
            ok = block(&r, &lit, NULL);
        } else {
            ok = type == 2 ? dynamic(&r) : fail(&r, BK_INFLATE_CORRUPT);
        }
        if (!ok) break;
        more = !last;
    }
    *ret = (bk_inflated){
        .end = more && r.fail == BK_INFLATE_DONE ? BK_INFLATE_CUT : r.fail, .used = r.at, .flushed = out->n - r.begin == r.flushed};
}
