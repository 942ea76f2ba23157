/* crypto.c: keys, certificates, ciphers and password hashes. The arithmetic is the host's (sprig/effects.h); what can be told without it
 * is told here. */
#include "base/num.h"
#include "sprig/effects.h"
#include "sprig/encoding.h"
#include "sprig/fn.h"
#include "sprig/sha256.h"
#include "text/url.h"
#include "value/gofmt.h"

/* ---- the certificate, as templates see it: {{ $ca.Cert }} {{ $ca.Key }} ---- */

typedef struct certificate {
    bk_object object;
    bk_value cert, key;
} certificate;

static size_t certificate_fields(const bk_object *self, bk_value *ret) {
    const certificate *c = self->data;
    ret[0] = c->cert;
    ret[1] = c->key;
    return 2;
}

static bool certificate_field(const bk_object *self, BK_UNUSED bk_arena *arena, bk_str name, bk_value *ret) {
    const certificate *c = self->data;
    bool cert = bk_str_eq(name, BK_S("Cert"));
    if (!cert && !bk_str_eq(name, BK_S("Key"))) return false;
    *ret = cert ? c->cert : c->key;
    return true;
}

static bk_status certificate_json(const bk_object *self, bk_arena *arena, bk_value *ret, bk_err *err) {
    const certificate *c = self->data;
    bk_map *map = bk_map_new(arena, 2);
    if (!map || !bk_map_set(map, BK_S("Cert"), c->cert) || !bk_map_set(map, BK_S("Key"), c->key)) return bk_arena_fail(arena, err);
    *ret = bk_map_value(map);
    return BK_OK;
}

static bool same_certificate(const bk_object *a, const bk_object *b) {
    const certificate *x = a->data, *y = b->data;
    return bk_deep_equal(x->cert, y->cert) && bk_deep_equal(x->key, y->key);
}

static bk_status certificate_syntax(const bk_object *self, bk_buf *out, bk_err *err) {
    const certificate *c = self->data;
    const bk_value fields[] = {c->cert, c->key};
    return bk_fmt_sprintf(out, BK_S("sprig.certificate{Cert:%#v, Key:%#v}"), fields, BK_COUNT(fields), err);
}

static const char *const certificate_names[] = {"Cert", "Key"};

static const bk_class certificate_class = {
    .syntax = certificate_syntax,
    .name = "sprig.certificate",
    .fields = certificate_fields,
    .names = certificate_names,
    .plain = true,
    .field = certificate_field,
    .json = certificate_json,
    .equal = same_certificate,
};

static bk_status certificate_new(bk_call *call, bk_value cert, bk_value key, bk_value *ret) {
    certificate *c = BK_NEW(call->arena, certificate);
    if (!c) return bk_call_nomem(call);
    *c = (certificate){.object = {.class = &certificate_class, .data = c}, .cert = cert, .key = key};
    *ret = bk_object_value(BK_T_STRUCT, &c->object);
    return BK_OK;
}

/* ---- keys and certificates ---- */

BK_FN(genPrivateKey) {
    static const char *const known[] = {"rsa", "dsa", "ecdsa", "ed25519"};
    bk_str type = fn_str(args, 0);
    if (type.n == 0) type = BK_S("rsa");
    for (size_t i = 0; i < BK_COUNT(known); i++) {
        if (!bk_str_eq(type, bk_str_c(known[i]))) continue;
        bk_fx_arg ask[] = {{"op", bk_string(BK_S("private-key"))}, {"type", bk_string(type)}};
        return bk_fx_ask(call, BK_FX_KEYGEN, ask, BK_COUNT(ask), ret);
    }
    bk_str text;
    if (!bk_arena_cat(call->arena, BK_S("Unknown type "), type, &text)) return bk_call_nomem(call);
    return fn_ret_str(ret, text);
}

/* A request for a certificate; absent parts are nil. */
typedef struct request {
    const char *op;
    bk_value cn, ips, dns, days, ca, key;
} request;

static bk_status ask_certificate(bk_call *call, const request *r, bk_value *ret) {
    bk_fx_arg ask[7] = {{"op", bk_string(bk_str_c(r->op))}};
    const bk_fx_arg parts[] = {{"cn", r->cn}, {"ips", r->ips}, {"dns", r->dns}, {"days", r->days}, {"ca", r->ca}, {"key", r->key}};
    size_t n = 1;
    for (size_t i = 0; i < BK_COUNT(parts); i++)
        if (!bk_is_nil(parts[i].value)) ask[n++] = parts[i];
    return bk_fx_ask(call, BK_FX_KEYGEN, ask, n, ret);
}

/* net.ParseIP: no zones. */
static bool is_ip(bk_call *call, bk_str s) {
    bk_ip ip;
    bk_err err = BK_ERR_INIT;
    bool ok = bk_ip_parse(call->arena, s, &ip, &err) == BK_OK && ip.zone.n == 0;
    bk_err_release(&err);
    return ok;
}

/* The list of texts that a request carries, each checked as Sprig does; `ip` tells addresses from names. */
static bk_status text_list(bk_call *call, bk_value list, bool ip, bk_value *ret) {
    bk_value *items;
    BK_TRY(fn_items(call, list.len, &items));
    for (uint32_t i = 0; i < list.len; i++) {
        bk_value item = list.items[i];
        bool text = bk_is_string(item);
        if (text && (!ip || is_ip(call, bk_value_str(item)))) {
            items[i] = item;
            continue;
        }
        bk_buf out;
        bk_buf_init(&out, call->arena, 0);
        bk_buf_c(&out, ip ? "error parsing ip: " : "error processing alternate dns name: ");
        BK_TRY(bk_fmt_value(&out, item, call->err));
        if (!text) bk_buf_c(&out, " is not a string");
        BK_TRY(bk_buf_check(&out, call->err));
        return bk_err_set_str(call->err, BK_ERR, bk_buf_view(&out));
    }
    *ret = bk_list_typed(BK_T_STRINGS, list.len ? items : bk_no_items, list.len);
    return BK_OK;
}

static bk_status ca_map(bk_call *call, bk_value ca, bk_value *ret) {
    if (ca.kind != BK_OBJECT || !ca.object || ca.object->class != &certificate_class)
        return bk_err_internal(call->err, "not a certificate");
    const certificate *c = ca.object->data;
    bk_map *map = bk_map_new(call->arena, 2);
    if (!map || !bk_map_set(map, BK_S("cert"), c->cert) || !bk_map_set(map, BK_S("key"), c->key)) return bk_call_nomem(call);
    *ret = bk_map_value(map);
    return BK_OK;
}

/* Sprig looks at the keys before it looks at the names: when a name is wrong, a wrong key is still what it reports. */
static bk_status blame(bk_call *call, const request *r, bk_status status) {
    if (status != BK_ERR || (bk_is_nil(r->ca) && bk_is_nil(r->key))) return status;
    bk_err names = BK_ERR_INIT;
    bk_err_move(&names, call->err);
    request check = {.op = "check", .ca = r->ca, .key = r->key};
    bk_value ok;
    status = ask_certificate(call, &check, &ok);
    if (status == BK_OK) {
        status = names.code;
        bk_err_move(call->err, &names);
    }
    bk_err_release(&names);
    return status;
}

static bk_status make_certificate(bk_call *call, request *r, const bk_value *ips, const bk_value *dns, bk_value *ret) {
    bk_value pair;
    if (ips) {
        bk_status status = text_list(call, *ips, true, &r->ips);
        if (status == BK_OK) status = text_list(call, *dns, false, &r->dns);
        if (status != BK_OK) return blame(call, r, status);
    }
    BK_TRY(ask_certificate(call, r, &pair));
    if (pair.kind != BK_MAP) return bk_err_internal(call->err, "the answer is not a certificate");
    bk_str cert = bk_map_str(pair.map, "cert", BK_S("")), key = bk_map_str(pair.map, "key", BK_S(""));
    return certificate_new(call, bk_string(cert), bk_string(key), ret);
}

BK_FN(genCA) {
    request r = {.op = "ca", .cn = args[0], .days = bk_int64(args[1].i)};
    return make_certificate(call, &r, NULL, NULL, ret);
}

BK_FN(genCAWithKey) {
    request r = {.op = "ca", .cn = args[0], .days = bk_int64(args[1].i), .key = args[2]};
    return make_certificate(call, &r, NULL, NULL, ret);
}

BK_FN(genSelfSignedCert) {
    request r = {.op = "self-signed", .cn = args[0], .days = bk_int64(args[3].i)};
    if (argc > 4) r.key = args[4]; /* genSelfSignedCertWithKey */
    return make_certificate(call, &r, &args[1], &args[2], ret);
}

BK_FN(genSignedCert) {
    request r = {.op = "signed", .cn = args[0], .days = bk_int64(args[3].i)};
    BK_TRY(ca_map(call, args[4], &r.ca));
    if (argc > 5) r.key = args[5]; /* genSignedCertWithKey */
    return make_certificate(call, &r, &args[1], &args[2], ret);
}

BK_FN(buildCustomCert) {
    static const char *const what[] = {"certificate", "private key"};
    bk_str decoded[2];
    for (size_t i = 0; i < 2; i++) {
        size_t mistake;
        BK_TRY(fn_base64_decode(call, fn_str(args, i), &decoded[i], &mistake));
        if (mistake != BK_NPOS) return bk_call_fail(call, "unable to decode base64 %s", what[i]);
    }
    bk_value cert = bk_string(decoded[0]), key = bk_string(decoded[1]), ok;
    bk_fx_arg ask[] = {{"op", bk_string(BK_S("custom"))}, {"cert", cert}, {"key", key}};
    BK_TRY(bk_fx_ask(call, BK_FX_KEYGEN, ask, BK_COUNT(ask), &ok));
    return certificate_new(call, cert, key, ret);
}

/* ---- AES ---- */

enum { AES_KEY = 32, AES_BLOCK = 16 };

static bk_status aes(bk_call *call, const char *op, bk_str password, bk_str text, bk_str *ret) {
    char *key;
    BK_TRY(fn_bytes(call, AES_KEY, &key));
    memset(key, 0, AES_KEY);
    if (password.n) memcpy(key, password.p, password.n < AES_KEY ? password.n : AES_KEY);
    bk_fx_arg ask[] = {
        {"op", bk_string(bk_str_c(op))},
        {"key", bk_bytes(bk_str_of(key, AES_KEY))},
        {"text", bk_bytes(text)},
    };
    bk_value answer;
    BK_TRY(bk_fx_ask(call, BK_FX_CIPHER, ask, BK_COUNT(ask), &answer));
    if (answer.kind != BK_STRING) return bk_err_internal(call->err, "the answer of a cipher is not bytes");
    *ret = bk_value_str(answer);
    return BK_OK;
}

BK_FN(encryptAES) {
    bk_str text = fn_str(args, 1);
    if (text.n == 0) return fn_ret_str(ret, text);
    BK_TRY(aes(call, "aes-encrypt", fn_str(args, 0), text, &text));
    return fn_base64(call, text, ret);
}

BK_FN(decryptAES) {
    bk_str s = fn_str(args, 1), text;
    if (s.n == 0) return fn_ret_str(ret, s);
    size_t mistake, room = s.n / 4 * 3;
    BK_TRY(fn_base64_decode(call, s, &text, &mistake));
    if (mistake != BK_NPOS) return bk_call_fail(call, "illegal base64 data at input byte %zu", mistake);
    if (room < AES_BLOCK) return bk_call_fail(call, FN_SLICE_BOUNDS "[:16] with capacity %zu", room);
    if (text.n < AES_BLOCK) return bk_call_fail(call, FN_SLICE_BOUNDS "[16:%zu]", text.n);
    if (text.n % AES_BLOCK) return bk_call_fail(call, "crypto/cipher: input not full blocks");
    if (text.n == AES_BLOCK) return bk_call_fail(call, "runtime error: index out of range [-1]");
    size_t n = text.n - AES_BLOCK;
    BK_TRY(aes(call, "aes-decrypt", fn_str(args, 0), text, &text));
    if (text.n != n) return bk_err_internal(call->err, "a deciphered text of another length");
    size_t padding = (unsigned char)text.p[n - 1];
    if (padding > n) return bk_call_fail(call, FN_SLICE_BOUNDS "[:-%zu]", padding - n);
    return fn_ret_str(ret, bk_str_sub(text, 0, n - padding));
}

/* ---- passwords ---- */

enum { BCRYPT_COST = 10, BCRYPT_PASSWORD = 72 };

static bk_status hash_password(bk_call *call, bk_str password, bk_value *ret) {
    if (password.n > BCRYPT_PASSWORD)
        return fn_ret_str(ret, BK_S("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"));
    bk_fx_arg ask[] = {{"password", bk_bytes(password)}, {"cost", bk_int64(BCRYPT_COST)}};
    BK_TRY(bk_fx_ask(call, BK_FX_BCRYPT, ask, BK_COUNT(ask), ret));
    return bk_is_string(*ret) ? BK_OK : bk_err_internal(call->err, "the answer of bcrypt is not a string");
}

BK_FN(bcrypt) { return hash_password(call, fn_str(args, 0), ret); }

BK_FN(htpasswd) {
    bk_str user = fn_str(args, 0), text;
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bool bad = bk_str_find_byte(user, ':') != BK_NPOS;
    bk_value hash = bk_nil();
    if (!bad) BK_TRY(hash_password(call, fn_str(args, 1), &hash));
    bk_buf_c(&out, bad ? "invalid username: " : "");
    bk_buf_str(&out, user);
    text = bad ? BK_S("") : bk_value_str(hash);
    if (!bad) bk_buf_byte(&out, ':');
    bk_buf_str(&out, text);
    return fn_ret_buf(call, &out, ret);
}

/* ---- derivePassword: the Master Password algorithm ---- */

typedef struct password_type {
    const char *name;
    const char *templates[21]; /* up to the first NULL */
} password_type;

static const password_type password_types[] = {
    {"maximum", {"anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"}},
    {"long",
     {"CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv", "CvccCvcvCvcvno", "CvcvnoCvccCvcv",
      "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc", "CvcvCvcvnoCvcc", "CvcvCvcvCvccno", "CvccnoCvccCvcv", "CvccCvccnoCvcv",
      "CvccCvccCvcvno", "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc", "CvccCvcvCvccno"}},
    {"medium", {"CvcnoCvc", "CvcCvcno"}},
    {"short", {"Cvcn"}},
    {"basic", {"aaanaaan", "aannaaan", "aaannaaa"}},
    {"pin", {"nnnn"}},
};

#define VOWELS "aeiou"
#define CONSONANTS "bcdfghjklmnpqrstvwxyz"
#define ALPHABET "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZ" CONSONANTS

static const char *characters_of(char class) {
    switch (class) {
    case 'C': return "BCDFGHJKLMNPQRSTVWXYZ";
    case 'v': return VOWELS;
    case 'c': return CONSONANTS;
    case 'a': return ALPHABET;
    case 'n': return "0123456789";
    case 'o': return "@&%?,=[]_:-+*$#!'^~;()/.";
    default: return ALPHABET "0123456789!@#$%^&*()"; /* x */
    }
}

static void put_be32(bk_buf *out, uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) bk_buf_byte(out, (char)(v >> shift));
}

/* HMAC-SHA256 under a key of one block, 64 bytes. */
static void hmac(bk_str key, bk_str text, uint8_t out[32]) {
    char pad[64];
    uint8_t inner[32];
    for (size_t i = 0; i < sizeof pad; i++) pad[i] = (char)(key.p[i] ^ 0x36);
    bk_sha256(bk_str_of(pad, sizeof pad), text, inner);
    for (size_t i = 0; i < sizeof pad; i++) pad[i] = (char)(key.p[i] ^ 0x5C);
    bk_sha256(bk_str_of(pad, sizeof pad), bk_str_of((const char *)inner, sizeof inner), out);
}

#define PASSWORD_SEED "com.lyndir.masterpassword"

/* 64 bytes from the password and the user's name. */
static bk_status password_key(bk_call *call, bk_str password, bk_str user, bk_str *ret) {
    bk_buf salt;
    bk_buf_init(&salt, call->arena, 0);
    bk_buf_c(&salt, PASSWORD_SEED);
    put_be32(&salt, (uint32_t)user.n);
    bk_buf_str(&salt, user);
    BK_TRY(bk_buf_check(&salt, call->err));
    bk_fx_arg ask[] = {
        {"op", bk_string(BK_S("scrypt"))},
        {"password", bk_bytes(password)},
        {"salt", bk_bytes(bk_buf_view(&salt))},
        {"n", bk_int64(32768)},
        {"r", bk_int64(8)},
        {"p", bk_int64(2)},
        {"length", bk_int64(64)},
    };
    bk_value key;
    BK_TRY(bk_fx_ask(call, BK_FX_CIPHER, ask, BK_COUNT(ask), &key));
    if (key.kind != BK_STRING || key.len != 64) return bk_err_internal(call->err, "the derived key is not 64 bytes");
    *ret = bk_value_str(key);
    return BK_OK;
}

BK_FN(derivePassword) {
    bk_str name = fn_str(args, 1), site = fn_str(args, 4), key;
    const password_type *type = NULL;
    for (size_t i = 0; i < BK_COUNT(password_types) && !type; i++)
        if (bk_str_eq(name, bk_str_c(password_types[i].name))) type = &password_types[i];
    bk_buf text;
    bk_buf_init(&text, call->arena, 0);
    if (!type) {
        bk_buf_c(&text, "cannot find password template ");
        bk_buf_str(&text, name);
        return fn_ret_buf(call, &text, ret);
    }
    BK_TRY(password_key(call, fn_str(args, 2), fn_str(args, 3), &key));
    bk_buf_c(&text, PASSWORD_SEED);
    put_be32(&text, (uint32_t)site.n);
    bk_buf_str(&text, site);
    put_be32(&text, (uint32_t)args[0].u);
    BK_TRY(bk_buf_check(&text, call->err));
    uint8_t seed[32];
    hmac(key, bk_buf_view(&text), seed);
    size_t count = 1;
    while (count < BK_COUNT(type->templates) && type->templates[count]) count++;
    const char *template = type->templates[seed[0] % count];
    bk_buf_reset(&text);
    for (size_t i = 0; template[i]; i++) {
        const char *characters = characters_of(template[i]);
        bk_buf_byte(&text, characters[seed[i + 1] % strlen(characters)]);
    }
    return fn_ret_buf(call, &text, ret);
}
