/* handlers_crypto.c: the effects cipher (AES, scrypt) and bcrypt. */
#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "guard/handlers.h"
#include "guard/keys.h"
#include "value/codec.h"

enum { BLOCK = 16, AES_KEY = 32 };

/* ---- cipher ---- */

/* AES-256-CBC over whole blocks or, when encrypting, with padding. *ret_n is what was written; `to` has room for n and one block. */
static bool aes(bool encrypt, const unsigned char *key, const unsigned char *iv, bk_str text, unsigned char *to, size_t *ret_n) {
    int first = 0, last = 0;
    bk_keys_start();
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok = context && EVP_CipherInit_ex2(context, EVP_aes_256_cbc(), key, iv, encrypt, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(context, encrypt) == 1 &&
              EVP_CipherUpdate(context, to, &first, (const unsigned char *)text.p, (int)text.n) == 1 &&
              EVP_CipherFinal_ex(context, to + first, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    *ret_n = (size_t)first + (size_t)last;
    return ok;
}

static bk_status answer_bytes(bk_buf *answer, const void *p, size_t n, bk_err *err) {
    return bk_codec_encode(answer, bk_bytes(bk_str_of(p, n)), err);
}

static bk_status aes_encrypt(const bk_ask *ask, bk_buf *answer, bk_err *err) {
    bk_str key, text;
    if (!bk_arg_text(ask, "key", &key) || !bk_arg_text(ask, "text", &text) || key.n != AES_KEY) return bk_arg_fail(ask, err);
    unsigned char *out = bk_arena_alloc(ask->arena, text.n + 2 * BLOCK);
    size_t n;
    if (!out) return bk_arena_fail(ask->arena, err);
    BK_TRY(bk_entropy(out, BLOCK, err));
    if (!aes(true, (const unsigned char *)key.p, out, text, out + BLOCK, &n)) return bk_err_set(err, BK_ERR, "the cipher failed");
    return answer_bytes(answer, out, n + BLOCK, err);
}

static bk_status aes_decrypt(const bk_ask *ask, bk_buf *answer, bk_err *err) {
    bk_str key, text;
    if (!bk_arg_text(ask, "key", &key) || !bk_arg_text(ask, "text", &text) || key.n != AES_KEY || text.n % BLOCK || text.n < 2 * BLOCK)
        return bk_arg_fail(ask, err);
    unsigned char *out = bk_arena_alloc(ask->arena, text.n + BLOCK);
    size_t n;
    if (!out) return bk_arena_fail(ask->arena, err);
    if (!aes(false, (const unsigned char *)key.p, (const unsigned char *)text.p, bk_str_from(text, BLOCK), out, &n))
        return bk_err_set(err, BK_ERR, "the cipher failed");
    return answer_bytes(answer, out, n, err);
}

static bool is_number(const bk_ask *ask, const char *key, int64_t wanted) {
    int64_t n;
    return bk_arg_int(ask, key, &n) && n == wanted;
}

/* Only the parameters of derivePassword. */
static bk_status scrypt(const bk_ask *ask, bk_buf *answer, bk_err *err) {
    bk_str password, salt;
    unsigned char out[64];
    bool fits = is_number(ask, "n", 32768) && is_number(ask, "r", 8) && is_number(ask, "p", 2) && is_number(ask, "length", sizeof out);
    if (!fits || !bk_arg_text(ask, "password", &password) || !bk_arg_text(ask, "salt", &salt)) return bk_arg_fail(ask, err);
    bk_keys_start();
    if (EVP_PBE_scrypt(password.p, password.n, (const unsigned char *)salt.p, salt.n, 32768, 8, 2, (uint64_t)64 << 20, out, sizeof out) !=
        1)
        return bk_err_set(err, BK_ERR, "scrypt failed");
    return answer_bytes(answer, out, sizeof out, err);
}

static bk_status cipher(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    (void)self;
    if (bk_str_eq(ask->target, BK_S("aes-encrypt"))) return aes_encrypt(ask, answer, err);
    if (bk_str_eq(ask->target, BK_S("aes-decrypt"))) return aes_decrypt(ask, answer, err);
    if (bk_str_eq(ask->target, BK_S("scrypt"))) return scrypt(ask, answer, err);
    return bk_arg_fail(ask, err);
}

static bk_status op_target(void *self, const bk_ask *ask, bk_str *ret, bk_err *err) {
    (void)self;
    return bk_arg_text(ask, "op", ret) ? BK_OK : bk_arg_fail(ask, err);
}

const bk_handler bk_handler_cipher = {.target = op_target, .perform = cipher};

/* ---- bcrypt ---- */

static bk_status bcrypt(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    (void)self;
    bk_str password;
    char text[73], salt[16];
    if (!bk_arg_text(ask, "password", &password) || password.n >= sizeof text || !is_number(ask, "cost", 10)) return bk_arg_fail(ask, err);
    /* The C interface ends a password at its first NUL, and hashing only its beginning would be worse than not hashing it. */
    if (memchr(password.p, 0, password.n)) return bk_err_set(err, BK_ERR, "a password with a NUL byte cannot be hashed");
    memcpy(text, password.p, password.n);
    text[password.n] = 0;
    BK_TRY(bk_entropy(salt, sizeof salt, err));
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    struct crypt_data *data = bk_arena_array(ask->arena, 1, sizeof *data);
    if (!data) return bk_arena_fail(ask->arena, err);
    /* 2y is the algorithm that Go calls 2a; the library's own 2a works around old hashes and differs for some passwords. */
    char *hash =
        crypt_gensalt_rn("$2y$", 10, salt, sizeof salt, setting, sizeof setting) ? crypt_rn(text, setting, data, sizeof *data) : NULL;
    OPENSSL_cleanse(text, sizeof text);
    if (!hash || strlen(hash) != 60) return bk_err_set(err, BK_ERR, "bcrypt failed");
    hash[2] = 'a';
    return bk_codec_encode(answer, bk_string(bk_str_c(hash)), err);
}

const bk_handler bk_handler_bcrypt = {.perform = bcrypt};
