// links: host
/* keygen, cipher and bcrypt: what they make is read back by OpenSSL's own parsers; the words for what is wrong are Go's. */
#include <crypt.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "guard/keys_rsa.h"
#include "guard/guard.h"
#include "guard/keys.h"
#include "guard/pem.h"
#include "test.h"
#include "value/codec.h"

static bk_arena arena;
static bk_err err;
static bk_guard *guard;

typedef struct pair {
    const char *key;
    bk_value value;
} pair;

static bk_value map_of(const pair *pairs, size_t n) {
    if (!arena.cap) bk_arena_init(&arena, 0);
    bk_map *m = bk_map_new(&arena, n);
    for (size_t i = 0; i < n; i++) CHECK(bk_map_set(m, bk_str_c(pairs[i].key), pairs[i].value));
    return bk_map_value(m);
}
#define MAP(...) map_of((const pair[]){__VA_ARGS__}, sizeof((const pair[]){__VA_ARGS__}) / sizeof(pair))
#define TEXT(s) bk_string(bk_str_c(s))

/* Nil on failure, with err set. */
static bk_value ask(bk_effect op, bk_value args) {
    if (!guard) {
        CHECK_OK(bk_guard_new(&(bk_guard_options){.clock = BK_S("2030-01-01T00:00:00Z")}, &guard, &err), &err);
    }
    /* A malformed request ends a call; each of these is one of its own. */
    CHECK_OK(bk_guard_begin(guard, BK_CALL_TEMPLATE, BK_S(""), &err), &err);
    bk_buf frame, *answer = BK_NEW(&arena, bk_buf);
    bk_buf_init(&frame, &arena, 0);
    bk_buf_init(answer, &arena, 0);
    size_t begin = bk_frame_begin(&frame), section = bk_section_begin(&frame, BK_TAG_ARGS);
    CHECK_OK(bk_codec_encode(&frame, args, &err), &err);
    bk_section_end(&frame, section);
    bk_frame_end(&frame, begin);
    bk_value v = bk_nil();
    if (bk_guard_effect(guard, op, bk_buf_view(&frame), answer, &err) == BK_OK)
        CHECK_OK(bk_codec_decode(&arena, bk_buf_view(answer), &v, &err), &err);
    return v;
}

static bk_str text_of(bk_value v, const char *key) { return v.kind == BK_MAP ? bk_map_str(v.map, key, BK_S("")) : bk_value_str(v); }

static void expect_err(const char *message) {
    CHECK_STR(bk_err_message(&err), message);
    bk_err_release(&err);
}

static X509 *read_cert(bk_str pem) {
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    CHECK(x != NULL);
    return x;
}

static bk_value private_key(const char *type) { return ask(BK_FX_KEYGEN, MAP({"op", TEXT("private-key")}, {"type", TEXT(type)})); }

static bk_value make_ca(bk_value key) {
    return ask(BK_FX_KEYGEN, MAP({"op", TEXT("ca")}, {"cn", TEXT("my ca")}, {"days", bk_int64(365)}, {"key", key}));
}

/* The library's own look at all the numbers of a key: primes, product, exponents, and that the halves belong together. */
TEST(rsa_keys_are_whole) {
    for (unsigned i = 0; i < 3; i++) {
        EVP_PKEY *key = bk_rsa_make(2048);
        CHECK(key && EVP_PKEY_get_bits(key) == 2048);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
        CHECK(context && EVP_PKEY_check(context) == 1);
        CHECK(context && EVP_PKEY_pairwise_check(context) == 1);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(key);
    }
}

TEST(keys_have_the_forms_of_sprig) {
    static const struct {
        const char *type, *label;
    } kinds[] = {{"ecdsa", "EC PRIVATE KEY"}, {"ed25519", "PRIVATE KEY"}};
    for (size_t i = 0; i < BK_COUNT(kinds); i++) {
        bk_str pem = bk_value_str(private_key(kinds[i].type)), type, der;
        CHECK(bk_pem_find(&arena, pem, &type, &der));
        CHECK_STR(type, kinds[i].label);
        BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
        EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        CHECK(key != NULL);
        EVP_PKEY_free(key);
        BIO_free(bio);
    }
    private_key("rsa512");
    expect_err("malformed request: arguments that keygen does not take");
}

TEST(certificates_verify) {
    bk_value ca = make_ca(private_key("ecdsa"));
    bk_value ips[] = {TEXT("10.0.0.1"), TEXT("::1"), TEXT("::ffff:1.2.3.4")}, dns[] = {TEXT("a.example.com"), TEXT("*.b.com")};
    bk_value leaf =
        ask(BK_FX_KEYGEN, MAP({"op", TEXT("signed")}, {"cn", TEXT("*.foo.com")}, {"ips", bk_list(ips, 3)}, {"dns", bk_list(dns, 2)},
                              {"days", bk_int64(36500)}, {"ca", ca}, {"key", private_key("ed25519")}));
    X509 *x = read_cert(text_of(ca, "cert")), *y = read_cert(text_of(leaf, "cert"));
    CHECK(X509_verify(x, X509_get0_pubkey(x)) == 1 && X509_verify(y, X509_get0_pubkey(x)) == 1);
    CHECK(X509_check_issued(x, y) == X509_V_OK);
    CHECK(X509_get_version(y) == 2 && X509_get_key_usage(y) == (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT));
    CHECK(X509_get_key_usage(x) == (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_CERT_SIGN));
    CHECK(X509_check_ca(x) == 1 && X509_check_ca(y) == 0);
    CHECK(X509_check_host(y, "a.example.com", 0, 0, NULL) == 1 && X509_check_host(y, "x.b.com", 0, 0, NULL) == 1);
    CHECK(X509_check_ip_asc(y, "1.2.3.4", 0) == 1 && X509_check_ip_asc(y, "::1", 0) == 1 && X509_check_ip_asc(y, "10.0.0.2", 0) == 0);
    int days = 0, seconds = 0;
    CHECK(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(y), X509_get0_notAfter(y)) == 1 && days == 36500 && seconds == 0);
    CHECK(ASN1_TIME_cmp_time_t(X509_get0_notBefore(y), 1893456000) == 0);
    X509_free(x);
    X509_free(y);
}

TEST(keys_of_charts_are_judged_in_gos_words) {
    static const struct {
        const char *pem, *message;
    } cases[] = {
        {"", "no PEM data in input"},
        {"-----BEGIN FOO-----\nAAAA\n-----END FOO-----\n", "no private key data in PEM block of type FOO"},
        {"x-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no PEM data in input"},
        {"-----BEGIN PRIVATE KEY-----\nAA*A\n-----END PRIVATE KEY-----\n", "no PEM data in input"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no PEM data in input"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
         "decoding PEM as PKCS#8: asn1: structure error: malformed private key"},
        {"-----BEGIN RSA PRIVATE KEY-----\nA: b\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
         "parsing RSA private key from PEM: asn1: structure error: malformed private key"},
        {"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
         "parsing EC private key from PEM: x509: unknown elliptic curve"},
        {"-----BEGIN X PRIVATE KEY-----\nAAAA\n-----END X PRIVATE KEY-----\n", "invalid private key type X"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_str want;
        ask(BK_FX_KEYGEN, MAP({"op", TEXT("check")}, {"key", TEXT(cases[i].pem)}));
        CHECK(bk_arena_printf(&arena, &want, "parsing private key: %s", cases[i].message));
        CHECK_VIEW(bk_err_message(&err), want);
        bk_err_release(&err);
    }
}

/* Every prefix and every flipped bit of a key is read or refused, and nothing else happens. */
TEST(damaged_keys_do_no_harm) {
    bk_str der, type, pem = bk_value_str(private_key("ecdsa"));
    CHECK(bk_pem_find(&arena, pem, &type, &der));
    for (size_t i = 0; i < der.n; i++) {
        for (int cut = 0; cut < 2; cut++) {
            bk_buf copy, text;
            bk_buf_init(&copy, NULL, 0);
            bk_buf_init(&text, NULL, 0);
            bk_buf_bytes(&copy, der.p, cut ? i : der.n);
            if (!cut) copy.p[i] ^= 0x40;
            bk_pem_put(&text, "EC PRIVATE KEY", bk_buf_view(&copy));
            bk_key key = {0};
            (void)bk_key_parse(&arena, bk_buf_view(&text), &key, &err);
            bk_key_release(&key);
            bk_err_release(&err);
            bk_buf_release(&copy);
            bk_buf_release(&text);
        }
    }
}

TEST(signing_refuses_in_gos_words) {
    bk_value ca = make_ca(private_key("ecdsa")), other = make_ca(private_key("ecdsa")), bad = TEXT("caf\xc3\xa9");
    bk_value mixed = MAP({"cert", bk_string(text_of(ca, "cert"))}, {"key", bk_string(text_of(other, "key"))}), key = private_key("ed25519");
    ask(BK_FX_KEYGEN, MAP({"op", TEXT("signed")}, {"cn", TEXT("x")}, {"days", bk_int64(1)}, {"ca", mixed}, {"key", key}));
    expect_err("error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey");
    ask(BK_FX_KEYGEN, MAP({"op", TEXT("self-signed")}, {"cn", TEXT("x")}, {"days", bk_int64(1)}, {"dns", bk_list(&bad, 1)}, {"key", key}));
    expect_err("error creating certificate: x509: \"caf\xc3\xa9\" cannot be encoded as an IA5String");
    ask(BK_FX_KEYGEN, MAP({"op", TEXT("self-signed")}, {"cn", TEXT("\xff")}, {"days", bk_int64(1)}, {"key", key}));
    expect_err("error creating certificate: asn1: string not valid UTF-8");
    ask(BK_FX_KEYGEN, MAP({"op", TEXT("custom")}, {"cert", TEXT("x")}, {"key", TEXT("")}));
    expect_err("unable to decode certificate");
    ask(BK_FX_KEYGEN, MAP({"op", TEXT("custom")}, {"cert", bk_string(text_of(ca, "cert"))}, {"key", TEXT("")}));
    expect_err("error parsing private key: no PEM data in input");
    ask(BK_FX_KEYGEN, MAP({"op", TEXT("custom")}, {"cert", key}, {"key", key}));
    expect_err("error parsing certificate: decodedCert.Bytes: x509: malformed certificate");
    CHECK(
        ask(BK_FX_KEYGEN, MAP({"op", TEXT("custom")}, {"cert", bk_string(text_of(ca, "cert"))}, {"key", bk_string(text_of(ca, "key"))})).b);
}

TEST(ciphers) {
    bk_value key = bk_bytes(BK_S("0123456789abcdef0123456789abcdef"));
    bk_value secret = ask(BK_FX_CIPHER, MAP({"op", TEXT("aes-encrypt")}, {"key", key}, {"text", TEXT("hello world")}));
    CHECK(secret.type == BK_T_BYTES && secret.len == 32);
    bk_value back = ask(BK_FX_CIPHER, MAP({"op", TEXT("aes-decrypt")}, {"key", key}, {"text", secret}));
    CHECK_STR(bk_value_str(back), "hello world\5\5\5\5\5");
    bk_value derived = ask(BK_FX_CIPHER, MAP({"op", TEXT("scrypt")}, {"password", TEXT("pw")}, {"salt", TEXT("salt")},
                                             {"n", bk_int64(32768)}, {"r", bk_int64(8)}, {"p", bk_int64(2)}, {"length", bk_int64(64)}));
    CHECK(derived.len == 64 && !memcmp(derived.s, "\x4d\x20\x45\x66\x8b\x31\x59\x2a", 8));
    ask(BK_FX_CIPHER, MAP({"op", TEXT("scrypt")}, {"password", TEXT("pw")}, {"salt", TEXT("salt")}, {"n", bk_int64(1 << 30)},
                          {"r", bk_int64(8)}, {"p", bk_int64(2)}, {"length", bk_int64(64)}));
    expect_err("malformed request: arguments that cipher does not take");
    ask(BK_FX_CIPHER, MAP({"op", TEXT("aes-decrypt")}, {"key", key}, {"text", TEXT("0123456789abcdef")}));
    expect_err("malformed request: arguments that cipher does not take");
}

TEST(bcrypt_hashes_as_go_does) {
    bk_str hash = bk_value_str(ask(BK_FX_BCRYPT, MAP({"password", TEXT("hello\xff\xa3")}, {"cost", bk_int64(10)})));
    CHECK(hash.n == 60 && bk_str_starts(hash, BK_S("$2a$10$")));
    char setting[61];
    memcpy(setting, hash.p, 60);
    setting[60] = 0;
    setting[2] = 'y';
    static struct crypt_data data;
    const char *again = crypt_rn("hello\xff\xa3", setting, &data, sizeof data);
    CHECK(again && !strcmp(again, setting));
    ask(BK_FX_BCRYPT, MAP({"password", bk_string(bk_str_of("a\0b", 3))}, {"cost", bk_int64(10)}));
    expect_err("a password with a NUL byte cannot be hashed");
    ask(BK_FX_BCRYPT, MAP({"password", TEXT("x")}, {"cost", bk_int64(31)}));
    expect_err("malformed request: arguments that bcrypt does not take");
    bk_guard_free(guard);
    bk_arena_release(&arena);
}

TEST_MAIN()
