/* encoding.c: base64, base32 and digests. Decoding words its refusals and counts their positions as Go's packages do. */
#include <sha1.h>
#include <sha2.h>

#include "sprig/encoding.h"
#include "sprig/fn.h"
#include "sprig/sha256.h"

/* ---- base64 ---- */

static const char alphabet64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bk_status fn_base64(bk_call *call, bk_str s, bk_value *ret) {
    size_t groups = s.n / 3 + (s.n % 3 != 0), total;
    if (!bk_mul(groups, 4, &total)) total = SIZE_MAX;
    char *p;
    BK_TRY(fn_bytes(call, total, &p));
    const unsigned char *in = (const unsigned char *)s.p;
    size_t i = 0, o = 0;
    for (; i + 3 <= s.n; i += 3, o += 4) {
        uint32_t bits = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
        p[o] = alphabet64[bits >> 18];
        p[o + 1] = alphabet64[bits >> 12 & 63];
        p[o + 2] = alphabet64[bits >> 6 & 63];
        p[o + 3] = alphabet64[bits & 63];
    }
    if (i < s.n) {
        uint32_t bits = (uint32_t)in[i] << 16 | (i + 1 < s.n ? (uint32_t)in[i + 1] << 8 : 0);
        p[o] = alphabet64[bits >> 18];
        p[o + 1] = alphabet64[bits >> 12 & 63];
        p[o + 2] = i + 1 < s.n ? alphabet64[bits >> 6 & 63] : '=';
        p[o + 3] = '=';
    }
    return fn_ret_str(ret, bk_str_of(p, total));
}

static int digit64(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void skip_newlines(bk_str s, size_t *at) {
    while (*at < s.n && (s.p[*at] == '\n' || s.p[*at] == '\r')) ++*at;
}

/* After the first "=" of a group of four, which stood at *at - 1: where the mistake is, or BK_NPOS. */
static size_t check_padding(bk_str s, size_t at, int digits) {
    if (digits < 2) return at - 1;
    if (digits == 2) {
        skip_newlines(s, &at);
        if (at == s.n) return s.n;
        if (s.p[at] != '=') return at - 1;
        at++;
    }
    skip_newlines(s, &at);
    return at < s.n ? at : BK_NPOS;
}

/* One group of four. *ret_n: bytes that it gave; at the end of the text none. Returns the position of a mistake or BK_NPOS. */
static size_t decode_group(bk_str s, size_t *at, char out[3], size_t *ret_n) {
    uint32_t bits = 0;
    int digits = 0;
    *ret_n = 0;
    for (; digits < 4; digits++) {
        skip_newlines(s, at);
        if (*at == s.n) {
            if (digits == 0) return BK_NPOS;
            /* Go counts back by digits, line ends in between or not. */
            return s.n - (size_t)digits;
        }
        int d = digit64(s.p[(*at)++]);
        if (d >= 0) {
            bits = bits << 6 | (uint32_t)d;
            continue;
        }
        if (s.p[*at - 1] != '=') return *at - 1;
        size_t mistake = check_padding(s, *at, digits);
        if (mistake != BK_NPOS) return mistake;
        *at = s.n;
        break;
    }
    bits <<= 6 * (4 - digits);
    for (int i = 0; i < digits - 1; i++) out[i] = (char)(bits >> (16 - 8 * i));
    *ret_n = (size_t)digits - 1;
    return BK_NPOS;
}

bk_status fn_base64_decode(bk_call *call, bk_str s, bk_str *ret, size_t *ret_mistake) {
    char *p;
    BK_TRY(fn_bytes(call, s.n / 4 * 3 + 3, &p));
    size_t at = 0, n = 0;
    *ret_mistake = BK_NPOS;
    while (at < s.n && *ret_mistake == BK_NPOS) {
        size_t got;
        *ret_mistake = decode_group(s, &at, p + n, &got);
        n += got;
    }
    *ret = bk_str_of(p, n);
    return BK_OK;
}

static bk_status corrupt(bk_call *call, int base, size_t mistake, bk_value *ret) {
    bk_str text;
    if (!bk_arena_printf(call->arena, &text, "illegal base%d data at input byte %zu", base, mistake)) return bk_call_nomem(call);
    return fn_ret_str(ret, text);
}

BK_FN(b64enc) { return fn_base64(call, fn_str(args, 0), ret); }

BK_FN(b64dec) {
    bk_str text;
    size_t mistake;
    BK_TRY(fn_base64_decode(call, fn_str(args, 0), &text, &mistake));
    return mistake == BK_NPOS ? fn_ret_str(ret, text) : corrupt(call, 64, mistake, ret);
}

/* ---- base32 ---- */

static const char alphabet32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

BK_FN(b32enc) {
    bk_str s = fn_str(args, 0);
    size_t groups = s.n / 5 + (s.n % 5 != 0), total;
    if (!bk_mul(groups, 8, &total)) total = SIZE_MAX;
    char *p;
    BK_TRY(fn_bytes(call, total, &p));
    for (size_t i = 0, o = 0; i < s.n; i += 5, o += 8) {
        uint64_t bits = 0;
        size_t have = s.n - i < 5 ? s.n - i : 5, digits = (have * 8 + 4) / 5;
        for (size_t k = 0; k < 5; k++) bits = bits << 8 | (k < have ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 8; k++) p[o + k] = k < digits ? alphabet32[bits >> (35 - 5 * k) & 31] : '=';
    }
    return fn_ret_str(ret, bk_str_of(p, total));
}

static int digit32(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* The "=" at s[at - 1] after `digits` digits of the last group: the position of a mistake, as Go counts it, or BK_NPOS. */
static size_t check_padding32(bk_str s, size_t at, size_t digits) {
    size_t left = s.n - at;
    if (left + digits < 7) return s.n;
    for (size_t k = 0; k < 7 - digits; k++)
        if (left > k && s.p[at + k] != '=') return at + k - 1;
    if (digits == 3 || digits == 6) return at - 1;
    return BK_NPOS;
}

/* s without line ends. *ret_n bytes are decoded into out. */
static size_t decode32(bk_str s, char *out, size_t *ret_n) {
    size_t at = 0, n = 0;
    bool end = false;
    while (at < s.n && !end) {
        uint64_t bits = 0;
        size_t digits = 0;
        while (digits < 8) {
            if (at == s.n) return at - digits;
            char c = s.p[at++];
            if (c == '=' && digits >= 2 && s.n - at < 8) {
                size_t mistake = check_padding32(s, at, digits);
                if (mistake != BK_NPOS) return mistake;
                end = true;
                break;
            }
            int d = digit32(c);
            if (d < 0) return at - 1;
            bits = bits << 5 | (uint64_t)d;
            digits++;
        }
        bits <<= 5 * (8 - digits);
        for (size_t k = 0; k < digits * 5 / 8; k++) out[n++] = (char)(bits >> (32 - 8 * k));
    }
    *ret_n = n;
    return BK_NPOS;
}

BK_FN(b32dec) {
    bk_str s = fn_str(args, 0);
    char *p, *out;
    BK_TRY(fn_bytes(call, s.n, &p));
    BK_TRY(fn_bytes(call, s.n, &out));
    size_t n = 0, got = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\n' && s.p[i] != '\r') p[n++] = s.p[i];
    size_t mistake = decode32(bk_str_of(p, n), out, &got);
    return mistake == BK_NPOS ? fn_ret_str(ret, bk_str_of(out, got)) : corrupt(call, 32, mistake, ret);
}

/* ---- digests ---- */

static bk_status hex(bk_call *call, const uint8_t *digest, size_t n, bk_value *ret) {
    char *p;
    BK_TRY(fn_bytes(call, n * 2, &p));
    for (size_t i = 0; i < n; i++) {
        p[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        p[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return fn_ret_str(ret, bk_str_of(p, n * 2));
}

BK_FN(sha1sum) {
    uint8_t digest[SHA1_DIGEST_LENGTH];
    SHA1_CTX ctx;
    SHA1Init(&ctx);
    if (args[0].len) SHA1Update(&ctx, (const uint8_t *)args[0].s, args[0].len);
    SHA1Final(digest, &ctx);
    return hex(call, digest, sizeof digest, ret);
}

/* The checksum of a large text that was met before, and is kept now, since it may come again. */
static bk_status remember_sum(bk_call *call, bk_memory *memory, bk_str text, bk_str sum) {
    bk_call keeping = fn_keeping(call);
    if (!bk_memory_met(memory, text) || !bk_memory_fits(memory, text.n + sum.n)) return BK_OK;
    if (!bk_arena_dup(keeping.arena, text, &text) || !bk_arena_dup(keeping.arena, sum, &sum)) return bk_call_nomem(&keeping);
    bk_memory_add(memory, BK_MEMORY_SHA256, text, sum);
    return BK_OK;
}

BK_FN(sha256sum) {
    enum { LARGE = 1024 };
    uint8_t digest[32];
    bk_str text = fn_str(args, 0), sum;
    bk_memory *memory = call->env && text.n >= LARGE ? &bk_sprig_env_of(call)->memory : NULL;
    if (memory && bk_memory_find(memory, BK_MEMORY_SHA256, text, &sum)) return fn_ret_str(ret, sum);
    bk_sha256(text, BK_S(""), digest);
    BK_TRY(hex(call, digest, sizeof digest, ret));
    return memory ? remember_sum(call, memory, text, bk_value_str(*ret)) : BK_OK;
}

BK_FN(sha512sum) {
    uint8_t digest[SHA512_DIGEST_LENGTH];
    SHA2_CTX ctx;
    SHA512Init(&ctx);
    if (args[0].len) SHA512Update(&ctx, (const uint8_t *)args[0].s, args[0].len);
    SHA512Final(digest, &ctx);
    return hex(call, digest, sizeof digest, ret);
}

BK_FN(adler32sum) {
    enum { MODULUS = 65521, BLOCK = 5552 }; /* so many bytes before 32 bits overflow */
    bk_str s = fn_str(args, 0);
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < s.n;) {
        for (size_t end = s.n - i < BLOCK ? s.n : i + BLOCK; i < end; i++) {
            a += (unsigned char)s.p[i];
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    bk_buf out;
    bk_buf_init(&out, call->arena, BK_INT_TEXT);
    bk_buf_uint(&out, b << 16 | a);
    return fn_ret_buf(call, &out, ret);
}
