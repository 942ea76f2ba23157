#include "chart/deflate.h"

enum { MAX_BITS = 15, LIT_CODES = 288, DIST_CODES = 32, LENGTH_CODES = 19, END_OF_BLOCK = 256 };
enum { LIT_BITS = BK_DEFLATE_LIT_BITS, DIST_BITS = BK_DEFLATE_DIST_BITS, META_BITS = 7 };

/* An entry of a table: in the low six bits those of its code and of what it has behind it, from bit 8 on those of the code alone; then for a length or a
 * distance its base from bit 16 on; for a literal the byte from bit 16 on; for a longer code where its table starts, from bit 8 on. */
#define LITERAL (1u << 30)
#define STOP (1u << 29) /* the end of a block, or with nothing at bit 16 a symbol that has no meaning */
#define LONGER (1u << 31)

/* What the symbols of a code mean: extra bits from bit 8 on, and the rest as above. */
static uint32_t lit_entry(unsigned sym) {
    static const uint8_t extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint8_t base[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,   10,  12,  14,  16,  20, 24,
                                   28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 255};
    if (sym < END_OF_BLOCK) return LITERAL | sym << 16;
    if (sym == END_OF_BLOCK) return STOP | 1u << 16;
    sym -= END_OF_BLOCK + 1;
    return sym < sizeof base ? (base[sym] + 3u) << 16 | (uint32_t)extra[sym] << 8 : STOP;
}

static uint32_t dist_entry(unsigned sym) {
    if (sym >= 30) return 0; /* a distance of 0 is refused */
    if (sym < 4) return (sym + 1) << 16;
    unsigned extra = (sym >> 1) - 1;
    return (((2u + (sym & 1)) << extra) + 1) << 16 | extra << 8;
}

static uint32_t meta_entry(unsigned sym) { return sym << 16; }

typedef struct counts {
    uint16_t at[MAX_BITS + 2]; /* where the symbols of each length begin */
    uint16_t sorted[LIT_CODES];
    unsigned longest;
} counts;

/* Sorts the symbols by the length of their codes. False unless the code is complete, or that of distances with no more than one symbol of one bit. */
static bool sort_symbols(counts *c, const uint8_t *lengths, unsigned n, bool distances) {
    unsigned count[MAX_BITS + 1] = {0}, left = 1;
    for (unsigned i = 0; i < n; i++) count[lengths[i]]++;
    c->longest = 0;
    c->at[1] = 0;
    for (unsigned len = 1; len <= MAX_BITS; len++) {
        left <<= 1;
        if (count[len] > left) return false;
        left -= count[len];
        if (count[len]) c->longest = len;
        c->at[len + 1] = (uint16_t)(c->at[len] + count[len]);
    }
    uint16_t next[MAX_BITS + 2];
    memcpy(next, c->at, sizeof next);
    for (unsigned i = 0; i < n; i++)
        if (lengths[i]) c->sorted[next[lengths[i]]++] = (uint16_t)i;
    return left == 0 || (distances && c->longest <= 1);
}

/* The entry of a symbol whose code has `len` bits in this table. */
static uint32_t with_length(uint32_t e, unsigned len) { return (e & ~0xFFFFu) | len << 8 | (len + (e >> 8 & 15)); }

/* The next code of `len` bits, first bit lowest. */
static unsigned next_code(unsigned code, unsigned len) {
    unsigned bit = 1u << (len - 1);
    for (; code & bit; bit >>= 1) code ^= bit;
    return code | bit;
}

/* Fills a table of 2^bits entries, and behind it one for each start of longer codes, which *ret_rest is the mask for. */
static bool build(uint32_t *table, size_t size, unsigned bits, const uint8_t *lengths, unsigned n, uint32_t (*entry)(unsigned),
                  uint32_t *ret_rest) {
    counts c;
    if (!sort_symbols(&c, lengths, n, entry == dist_entry)) return false;
    if (c.longest <= 1) memset(table, 0, sizeof *table << bits); /* perhaps not all of it is filled */
    unsigned code = 0, start = 0, prefix = ~0u, more = c.longest > bits ? c.longest - bits : 0;
    size_t used = (size_t)1 << bits;
    *ret_rest = (1u << more) - 1;
    for (unsigned len = 1; len <= c.longest; len++) {
        for (unsigned i = c.at[len]; i < c.at[len + 1]; i++, code = next_code(code, len)) {
            uint32_t e = entry(c.sorted[i]);
            if (len <= bits) {
                for (size_t at = code; at < (size_t)1 << bits; at += (size_t)1 << len) table[at] = with_length(e, len);
                continue;
            }
            if ((code & ((1u << bits) - 1)) != prefix) {
                prefix = code & ((1u << bits) - 1);
                if (size - used < (size_t)1 << more) return false;
                start = (unsigned)used;
                used += (size_t)1 << more;
                table[prefix] = LONGER | start << 8 | bits;
            }
            for (size_t at = code >> bits; at < (size_t)1 << more; at += (size_t)1 << (len - bits))
                table[start + at] = with_length(e, len - bits);
        }
    }
    return true;
}

/* ---- bits ---- */

/* At least 56 bits, if there are as many. */
static inline void refill(bk_deflate *d) {
    if (d->end - d->in >= 8) {
        uint64_t word;
        memcpy(&word, d->in, 8);
        d->bits |= word << d->n_bits;
        d->in += (63 - d->n_bits) >> 3;
        d->n_bits |= 56;
        return;
    }
    for (; d->n_bits <= 56 && d->in < d->end; d->n_bits += 8) d->bits |= (uint64_t)*d->in++ << d->n_bits;
}

static bool take(bk_deflate *d, unsigned n, unsigned *ret) {
    refill(d);
    if (d->n_bits < n) return false;
    *ret = (unsigned)d->bits & ((1u << n) - 1);
    d->bits >>= n;
    d->n_bits -= n;
    return true;
}

/* ---- the heads of blocks ---- */

static bool fixed_codes(bk_deflate *d) {
    uint8_t lengths[LIT_CODES], dist[DIST_CODES];
    for (unsigned i = 0; i < LIT_CODES; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    memset(dist, 5, sizeof dist);
    return build(d->lit, BK_DEFLATE_LIT_SIZE, LIT_BITS, lengths, LIT_CODES, lit_entry, &d->lit_rest) &&
           build(d->dist, BK_DEFLATE_DIST_SIZE, DIST_BITS, dist, DIST_CODES, dist_entry, &d->dist_rest);
}

static bool read_lengths(bk_deflate *d, const uint32_t *meta, uint8_t *lengths, unsigned n) {
    for (unsigned i = 0; i < n;) {
        refill(d);
        uint32_t e = meta[d->bits & ((1u << META_BITS) - 1)];
        unsigned sym = e >> 16, repeat = 1, more = 0;
        uint8_t value = (uint8_t)sym;
        if (!take(d, e & 63, &more)) return false;
        if (sym >= 16) {
            value = 0;
            if (sym == 16 && i == 0) return false;
            if (sym == 16) value = lengths[i - 1];
            if (!take(d, sym == 16 ? 2 : sym == 17 ? 3 : 7, &more)) return false;
            repeat = (sym == 18 ? 11 : 3) + more;
        }
        if (repeat > n - i) return false;
        memset(lengths + i, value, repeat);
        i += repeat;
    }
    return true;
}

static bool dynamic_codes(bk_deflate *d) {
    static const uint8_t order[LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LIT_CODES + DIST_CODES] = {0}, meta_lengths[LENGTH_CODES] = {0};
    uint32_t meta[1 << META_BITS], rest;
    unsigned head, n_lit, n_dist, n_meta, bits;
    if (!take(d, 14, &head)) return false;
    n_lit = (head & 31) + 257;
    n_dist = (head >> 5 & 31) + 1;
    n_meta = (head >> 10) + 4;
    if (n_lit > 286 || n_dist > 30) return false;
    for (unsigned i = 0; i < n_meta; i++) {
        if (!take(d, 3, &bits)) return false;
        meta_lengths[order[i]] = (uint8_t)bits;
    }
    return build(meta, BK_COUNT(meta), META_BITS, meta_lengths, LENGTH_CODES, meta_entry, &rest) &&
           read_lengths(d, meta, lengths, n_lit + n_dist) && lengths[END_OF_BLOCK] &&
           build(d->lit, BK_DEFLATE_LIT_SIZE, LIT_BITS, lengths, n_lit, lit_entry, &d->lit_rest) &&
           build(d->dist, BK_DEFLATE_DIST_SIZE, DIST_BITS, lengths + n_lit, n_dist, dist_entry, &d->dist_rest);
}

static bool stored_head(bk_deflate *d) {
    /* Whole bytes that were taken ahead go back. */
    d->in -= d->n_bits / 8;
    d->bits = 0;
    d->n_bits = 0;
    if (d->end - d->in < 4) return false;
    unsigned n = d->in[0] | (unsigned)d->in[1] << 8, check = d->in[2] | (unsigned)d->in[3] << 8;
    d->in += 4;
    d->stored = n;
    return check == (n ^ 0xFFFFu) && (size_t)(d->end - d->in) >= n;
}

static bool block_head(bk_deflate *d) {
    unsigned head;
    if (!take(d, 3, &head)) return false;
    d->last = head & 1;
    switch (head >> 1) {
    case 0: return stored_head(d);
    case 1: return d->coded = fixed_codes(d);
    case 2: return d->coded = dynamic_codes(d);
    default: return false;
    }
}

/* ---- codes ---- */

/* Copies a match; up to 31 bytes behind it are overwritten. */
static inline void copy_match(unsigned char *to, size_t distance, size_t length) {
    const unsigned char *from = to - distance, *end = to + length;
    if (BK_LIKELY(distance >= 16)) {
        memcpy(to, from, 16);
        memcpy(to + 16, from + 16, 16);
        while (BK_UNLIKELY((to += 32) < end)) {
            from += 32;
            memcpy(to, from, 16);
            memcpy(to + 16, from + 16, 16);
        }
    } else if (distance >= 8) {
        do {
            memcpy(to, from, 8);
            to += 8;
            from += 8;
        } while (to < end);
    } else if (distance == 1) {
        uint64_t run = from[0] * 0x0101010101010101u;
        do {
            memcpy(to, &run, 8);
            to += 8;
        } while (to < end);
    } else {
        do *to++ = *from++;
        while (to < end);
    }
}

#define LOOK(table, table_bits) (table)[bits & ((1u << (table_bits)) - 1)]
#define LOOK_LONGER(table, e, rest) (table)[((e) >> 8 & 0xFFFF) + (bits & (rest))]
#define BITS(e) ((e) & 63)
/* The base and what the extra bits add to it. (The mask is what shifting does anyway.) */
static inline size_t value(uint32_t e, uint32_t bits) { return (e >> 16) + ((bits & ((1u << BITS(e)) - 1)) >> (e >> 8 & 31)); }

/* What one round may read and write. */
enum { ROUND_IN = 16, ROUND_OUT = 3 + 258, INPUT_SLACK = 2 * ROUND_IN, MOST_ROUNDS = 1 << 20 };

static inline uint64_t bits_at(const unsigned char *in, uint32_t pos) {
    uint64_t word;
    memcpy(&word, in + (pos >> 3), 8);
    return word >> (pos & 7);
}

/* Decodes so many rounds from bit *pos of `in` on; returns the entry that stopped it, or 0. Few values live through a round: the compartment's compiler
 * keeps what it can in registers, and not much more. */
__attribute__((noinline)) static uint32_t rounds(const bk_deflate *d, const unsigned char *in, uint32_t *pos_at, unsigned char **out_at,
                                                 size_t n) {
    unsigned char *out = *out_at;
    uint32_t pos = *pos_at, stop = 0;
    for (; n; n--) {
        uint64_t bits = bits_at(in, pos);
        uint32_t e = LOOK(d->lit, LIT_BITS);
        if (e & LITERAL) {
            *out++ = (unsigned char)(e >> 16);
            pos += BITS(e);
            bits >>= BITS(e);
            e = LOOK(d->lit, LIT_BITS);
            if (e & LITERAL) {
                *out++ = (unsigned char)(e >> 16);
                pos += BITS(e);
                bits >>= BITS(e);
                e = LOOK(d->lit, LIT_BITS);
                if (e & LITERAL) {
                    *out++ = (unsigned char)(e >> 16);
                    pos += BITS(e);
                    continue;
                }
            }
            bits = bits_at(in, pos);
        }
        /* Each way has its own value(…): one that stands behind both would be computed wherever it is used, again and again. */
        size_t length, distance;
        if (BK_LIKELY(!(e & (LONGER | STOP)))) {
            length = value(e, (uint32_t)bits);
            pos += BITS(e);
            bits >>= BITS(e);
        } else {
            if (e & LONGER) {
                pos += LIT_BITS;
                bits >>= LIT_BITS;
                e = LOOK_LONGER(d->lit, e, d->lit_rest);
            }
            pos += BITS(e);
            if (e & LITERAL) {
                *out++ = (unsigned char)(e >> 16);
                continue;
            }
            if (e & STOP) {
                stop = e;
                break;
            }
            length = value(e, (uint32_t)bits);
            bits >>= BITS(e);
        }
        e = LOOK(d->dist, DIST_BITS);
        if (BK_LIKELY(!(e & LONGER))) {
            distance = value(e, (uint32_t)bits);
            pos += BITS(e);
        } else {
            bits >>= DIST_BITS;
            e = LOOK_LONGER(d->dist, e, d->dist_rest);
            distance = value(e, (uint32_t)bits);
            pos += DIST_BITS + BITS(e);
        }
        if (BK_UNLIKELY(distance - 1 >= (size_t)(out - d->out))) {
            stop = STOP;
            break;
        }
        copy_match(out, distance, length);
        out += length;
    }
    *pos_at = pos;
    *out_at = out;
    return stop;
}

/* Decodes while input and room are plenty. Returns the entry that stopped it, or 0. */
static uint32_t decode_fast(bk_deflate *d) {
    /* Bits that were taken already go back: the position counts from the byte that has the first of them. */
    const unsigned char *in = d->in - (d->n_bits + 7) / 8;
    unsigned char *out = d->out + d->n;
    uint32_t pos = -d->n_bits & 7;
    size_t n = (size_t)(d->end - d->in - ROUND_IN) / ROUND_IN, room = (d->limit - d->n) / ROUND_OUT + 1;
    if (n > room) n = room;
    if (n > MOST_ROUNDS) n = MOST_ROUNDS;
    uint32_t stop = rounds(d, in, &pos, &out, n);
    d->in = in + (pos >> 3);
    d->bits = 0;
    d->n_bits = -pos & 7;
    if (d->n_bits) d->bits = *d->in++ >> (pos & 7);
    d->n = (size_t)(out - d->out);
    return stop;
}

/* The same for one symbol near the end of the input: bits that are not there read as zero, and show as a negative number of them. */
static uint32_t decode_one(bk_deflate *d) {
    refill(d);
    uint64_t bits = d->bits;
    unsigned used = 0;
    uint32_t e = LOOK(d->lit, LIT_BITS);
    if (e & LONGER) {
        used = LIT_BITS;
        bits >>= LIT_BITS;
        e = LOOK_LONGER(d->lit, e, d->lit_rest);
    }
    used += BITS(e);
    if (e & LITERAL) {
        d->out[d->n++] = (unsigned char)(e >> 16);
    } else if (!(e & STOP)) {
        size_t length = value(e, (uint32_t)bits);
        bits >>= BITS(e);
        e = LOOK(d->dist, DIST_BITS);
        if (e & LONGER) {
            used += DIST_BITS;
            bits >>= DIST_BITS;
            e = LOOK_LONGER(d->dist, e, d->dist_rest);
        }
        used += BITS(e);
        size_t distance = value(e, (uint32_t)bits);
        if (distance - 1 >= d->n) return STOP;
        copy_match(d->out + d->n, distance, length);
        d->n += length;
        e = 0;
    }
    if (used > d->n_bits) return STOP;
    d->bits >>= used;
    d->n_bits -= used;
    return e & STOP ? e : 0;
}

/* ---- pieces ---- */

/* Up to a full window or the end of the block. False when it is odd. */
static bool decode(bk_deflate *d) {
    while (d->coded && d->n < d->limit) {
        uint32_t stop = d->end - d->in > INPUT_SLACK ? decode_fast(d) : decode_one(d);
        if (!stop) continue;
        if (!(stop >> 16 & 1)) return false;
        d->coded = false;
    }
    return true;
}

static void copy_stored(bk_deflate *d) {
    size_t room = d->limit - d->n, n = d->stored < room ? d->stored : room;
    memcpy(d->out + d->n, d->in, n);
    d->in += n;
    d->n += n;
    d->stored -= n;
}

void bk_deflate_init(bk_deflate *d, bk_str in) {
    d->in = (const unsigned char *)in.p;
    d->end = d->in + in.n;
    d->bits = 0;
    d->n_bits = 0;
    d->last = d->done = d->odd = d->coded = false;
    d->stored = d->n = 0;
    d->limit = BK_DEFLATE_WINDOW + BK_DEFLATE_PIECE;
}

bool bk_deflate_next(bk_deflate *d, bk_str *ret) {
    if (d->n > BK_DEFLATE_WINDOW) {
        memmove(d->out, d->out + d->n - BK_DEFLATE_WINDOW, BK_DEFLATE_WINDOW);
        d->n = BK_DEFLATE_WINDOW;
    }
    size_t from = d->n;
    while (!d->odd && !d->done && d->n < d->limit) {
        if (d->coded) d->odd = !decode(d);
        else if (d->stored) copy_stored(d);
        else if (d->last) d->done = true;
        else d->odd = !block_head(d);
    }
    *ret = bk_str_of((const char *)d->out + from, d->n - from);
    return !d->odd && ret->n > 0;
}

bk_str bk_deflate_rest(const bk_deflate *d) {
    const unsigned char *in = d->in - d->n_bits / 8;
    return bk_str_of((const char *)in, (size_t)(d->end - in));
}
