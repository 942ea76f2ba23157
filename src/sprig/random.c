/* random.c: the generator, and the functions that draw from it. */
#include "sprig/random.h"

#include "base/utf8.h"
#include "sprig/effects.h"
#include "sprig/encoding.h"
#include "sprig/fn.h"

/* ---- ChaCha20 ---- */

static uint32_t rotate(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void quarter(uint32_t *x, int a, int b, int c, int d) {
    x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 16);
    x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 12);
    x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 8);
    x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 7);
}

static uint32_t read_word(const unsigned char *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void next_block(bk_random *r) {
    uint32_t in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, x[16];
    memcpy(in + 4, r->key, sizeof r->key);
    in[12] = (uint32_t)r->counter;
    in[13] = (uint32_t)(r->counter >> 32);
    memcpy(x, in, sizeof x);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++) quarter(x, i, 4 + i, 8 + i, 12 + i);
        for (int i = 0; i < 4; i++) quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (int i = 0; i < 16; i++) {
        uint32_t word = x[i] + in[i];
        for (int k = 0; k < 4; k++) r->block[(size_t)i * 4 + (size_t)k] = (unsigned char)(word >> (8 * k));
    }
    r->counter++;
    r->used = 0;
}

void bk_random_seed(bk_random *random, const unsigned char seed[32]) {
    *random = (bk_random){.seeded = true, .used = sizeof random->block};
    for (int i = 0; i < 8; i++) random->key[i] = read_word(seed + (size_t)i * 4);
}

void bk_random_bytes(bk_random *random, void *to, size_t n) {
    for (unsigned char *p = to; n;) {
        if (random->used == sizeof random->block) next_block(random);
        size_t have = sizeof random->block - random->used;
        if (have > n) have = n;
        memcpy(p, random->block + random->used, have);
        random->used += (uint32_t)have;
        p += have;
        n -= have;
    }
}

uint64_t bk_random_below(bk_random *random, uint64_t n) {
    /* As few bytes as hold n - 1; draws beyond the greatest multiple of n are thrown away. */
    size_t width = 1;
    while (width < 8 && (n - 1) >> (8 * width)) width++;
    uint64_t range = width == 8 ? 0 : (uint64_t)1 << (8 * width), rest = (width == 8 ? (0 - n) % n : range % n);
    for (;;) {
        unsigned char b[8] = {0};
        bk_random_bytes(random, b, width);
        uint64_t v = (uint64_t)read_word(b) | (uint64_t)read_word(b + 4) << 32;
        if (v < range - rest) return v % n; /* for 8 bytes 2^64 - rest, by wrapping */
        if (rest == 0) return v % n;
    }
}

bk_status bk_random_of(bk_call *call, bk_random **ret) {
    bk_sprig_env *env = bk_sprig_env_of(call);
    *ret = &env->random;
    if (env->random.seeded) return BK_OK;
    bk_value seed;
    BK_TRY(bk_fx_ask(call, BK_FX_SEED, NULL, 0, &seed));
    if (seed.kind != BK_STRING || seed.len != 32) return bk_err_internal(call->err, "the seed is not 32 bytes");
    bk_random_seed(&env->random, (const unsigned char *)seed.s);
    return BK_OK;
}

/* ---- functions ---- */

static bk_status draw_text(bk_call *call, int64_t count, const char *alphabet, bk_value *ret) {
    if (count <= 0) return fn_ret_str(ret, BK_S(""));
    if (count >= (int64_t)BK_LIMIT_STRING) return bk_err_limit(call->err, "size of a string", BK_LIMIT_STRING);
    bk_random *random;
    char *p;
    BK_TRY(bk_random_of(call, &random));
    BK_TRY(fn_bytes(call, (size_t)count, &p));
    size_t n = strlen(alphabet);
    for (int64_t i = 0; i < count; i++) p[i] = alphabet[bk_random_below(random, n)];
    return fn_ret_str(ret, bk_str_of(p, (size_t)count));
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

BK_FN(randAlphaNum) { return draw_text(call, args[0].i, LETTERS DIGITS, ret); }
BK_FN(randAlpha) { return draw_text(call, args[0].i, LETTERS, ret); }
BK_FN(randNumeric) { return draw_text(call, args[0].i, DIGITS, ret); }
BK_FN(randAscii) { return draw_text(call, args[0].i, LETTERS DIGITS " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", ret); }

BK_FN(randBytes) {
    int64_t count = args[0].i;
    if (count < 0) return fn_panic_makeslice(call);
    if (count >= (int64_t)BK_LIMIT_STRING) return bk_err_limit(call->err, "size of a string", BK_LIMIT_STRING);
    bk_random *random;
    char *p;
    BK_TRY(bk_random_of(call, &random));
    BK_TRY(fn_bytes(call, (size_t)count, &p));
    bk_random_bytes(random, p, (size_t)count);
    return fn_base64(call, bk_str_of(p, (size_t)count), ret);
}

BK_FN(randInt) {
    int64_t least = args[0].i;
    uint64_t n = (uint64_t)args[1].i - (uint64_t)least;
    if ((int64_t)n <= 0) return bk_call_fail(call, "invalid argument to Intn");
    bk_random *random;
    BK_TRY(bk_random_of(call, &random));
    *ret = bk_int((int64_t)((uint64_t)least + bk_random_below(random, n)));
    return BK_OK;
}

BK_FN(uuidv4) {
    bk_random *random;
    unsigned char b[16];
    char *p;
    BK_TRY(bk_random_of(call, &random));
    BK_TRY(fn_bytes(call, 36, &p));
    bk_random_bytes(random, b, sizeof b);
    b[6] = (b[6] & 0x0F) | 0x40;
    b[8] = (b[8] & 0x3F) | 0x80;
    size_t n = 0;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) p[n++] = '-';
        p[n++] = "0123456789abcdef"[b[i] >> 4];
        p[n++] = "0123456789abcdef"[b[i] & 15];
    }
    return fn_ret_str(ret, bk_str_of(p, n));
}

BK_FN(shuffle) {
    bk_str s = fn_str(args, 0);
    if (s.n == 0) return fn_ret_str(ret, s);
    bk_random *random;
    BK_TRY(bk_random_of(call, &random));
    size_t n = bk_utf8_count(s), width;
    uint32_t *runes = BK_NEW_ARRAY(call->arena, uint32_t, n);
    if (!runes) return bk_call_nomem(call);
    for (size_t i = 0; i < n; i++, s = bk_str_from(s, width)) runes[i] = bk_utf8_decode(s, &width);
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    for (size_t i = n; i > 0; i--) {
        size_t at = (size_t)bk_random_below(random, i);
        uint32_t chosen = runes[at];
        runes[at] = runes[i - 1];
        bk_buf_rune(&out, chosen);
    }
    return fn_ret_buf(call, &out, ret);
}
