/* bulkhead-openpgp: the helper program that does OpenPGP, on pipes.
 *
 * OpenPGP packets come from strangers, and the library that reads them is large and slow to load. So it lives in a process of its own: it is started
 * for one request, gives up every system call but reading, writing and memory before it looks at a byte, answers and ends. It has no file, no environment and
 * no terminal; keys, texts and pass phrases arrive on standard input, the answer leaves on standard output. Both are one value
 * (value/codec.h); trust/openpgp.h says which. */
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "trust/program/armour.h"
#include "trust/program/contain.h"
#include "value/codec.h"
#include "value/map.h"

enum { REQUEST_MAX = 64 << 20, KEYS_MAX = 100000, IDENTITIES_MAX = 100 };

typedef struct job {
    bk_arena arena;
    bk_map *in, *out;
    rnp_ffi_t ffi;
    bk_err err;
} job;

static bool put(job *j, const char *key, bk_value v) { return bk_map_set(j->out, bk_str_c(key), v); }

static bool put_text(job *j, const char *key, bk_str text) {
    bk_str copy;
    return bk_arena_dup(&j->arena, text, &copy) && put(j, key, bk_string(copy));
}

static bk_status fail(job *j, const char *text) { return bk_err_set(&j->err, BK_ERR, "%s", text); }

static bk_str field(job *j, const char *name) { return bk_map_str(j->in, name, BK_S("")); }

/* ---- keys ---- */

static bk_status import(job *j, bk_str bytes) {
    rnp_input_t input;
    if (rnp_input_from_memory(&input, (const uint8_t *)bytes.p, bytes.n, false) != RNP_SUCCESS) return fail(j, "out of memory");
    rnp_result_t r = rnp_import_keys(j->ffi, input, RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SECRET_KEYS | RNP_LOAD_SAVE_PERMISSIVE, NULL);
    rnp_input_destroy(input);
    return r == RNP_SUCCESS || r == RNP_ERROR_EOF ? BK_OK : fail(j, "failed to load keyring: it is no OpenPGP keyring");
}

/* A keyring may be several armoured blocks, one after the other: each is read. */
static bk_status import_armoured(job *j, bk_str bytes) {
    static const bk_str mark = {"-----BEGIN PGP ", 15};
    bk_str rest = bytes;
    size_t at = bk_str_find(rest, mark);
    while (at != BK_NPOS) {
        rest = bk_str_from(rest, at);
        size_t next = bk_str_find(bk_str_from(rest, mark.n), mark);
        bk_str block = next == BK_NPOS ? rest : bk_str_sub(rest, 0, mark.n + next);
        BK_TRY(import(j, block));
        at = next == BK_NPOS ? BK_NPOS : mark.n + next;
    }
    return BK_OK;
}

static bk_status load_keybox(job *j, bk_str bytes) {
    rnp_input_t input;
    if (rnp_input_from_memory(&input, (const uint8_t *)bytes.p, bytes.n, false) != RNP_SUCCESS) return fail(j, "out of memory");
    rnp_result_t r = rnp_load_keys(j->ffi, "KBX", input, RNP_LOAD_SAVE_PUBLIC_KEYS);
    rnp_input_destroy(input);
    return r == RNP_SUCCESS ? BK_OK : fail(j, "failed to load keyring: it is no keybox that can be read");
}

static bk_status load_keyring(job *j) {
    bk_str bytes = field(j, "keyring");
    size_t keys = 0;
    if (!bytes.n) return fail(j, "the keyring is empty");
    bool keybox = bytes.n >= 12 && memcmp(bytes.p + 8, "KBXf", 4) == 0;
    if (keybox) BK_TRY(load_keybox(j, bytes));
    else if (bk_str_find(bytes, BK_S("-----BEGIN PGP ")) != BK_NPOS) BK_TRY(import_armoured(j, bytes));
    else BK_TRY(import(j, bytes));
    rnp_get_public_key_count(j->ffi, &keys);
    if (keys > KEYS_MAX) return fail(j, "the keyring has too many keys");
    return keys ? BK_OK : fail(j, "no keys found in the keyring");
}

/* The key's identities as a list. */
static bk_status identities(job *j, rnp_key_handle_t key, bk_value *ret) {
    size_t n = 0;
    bk_items list;
    bk_items_init(&list, &j->arena);
    rnp_key_get_uid_count(key, &n);
    for (size_t i = 0; i < n && i < IDENTITIES_MAX; i++) {
        char *uid = NULL;
        bk_str copy;
        if (rnp_key_get_uid_at(key, i, &uid) != RNP_SUCCESS) continue;
        bool ok = bk_arena_dup(&j->arena, bk_str_c(uid), &copy);
        rnp_buffer_destroy(uid);
        if (!ok) return fail(j, "out of memory");
        bk_items_add(&list, bk_string(copy));
    }
    return bk_items_list(&list, BK_T_LIST, ret, &j->err);
}

static bk_status by_fingerprint(job *j, const char *fingerprint, rnp_key_handle_t *ret) {
    *ret = NULL;
    return rnp_locate_key(j->ffi, "fingerprint", fingerprint, ret) == RNP_SUCCESS && *ret ? BK_OK : fail(j, "out of memory");
}

/* ---- verify ---- */

static const char *key_state(rnp_key_handle_t key) {
    bool is = false;
    if (rnp_key_is_revoked(key, &is) == RNP_SUCCESS && is) return "openpgp: signature made by revoked key";
    if (rnp_key_is_expired(key, &is) == RNP_SUCCESS && is) return "openpgp: key expired";
    return NULL;
}

/* Who signed: the primary key, for a signature by a subkey too. */
static bk_status describe_signer(job *j, rnp_key_handle_t key) {
    char *fingerprint = NULL;
    rnp_key_handle_t primary = NULL;
    bk_value names;
    if (rnp_key_get_primary_fprint(key, &fingerprint) != RNP_SUCCESS && rnp_key_get_fprint(key, &fingerprint) != RNP_SUCCESS)
        return fail(j, "the signing key has no fingerprint");
    bk_status s = by_fingerprint(j, fingerprint, &primary);
    if (s == BK_OK) {
        const char *state = key_state(primary);
        if (!state) state = key_state(key);
        s = state ? fail(j, state) : identities(j, primary, &names);
        if (s == BK_OK && (!put(j, "identities", names) || !put_text(j, "fingerprint", bk_str_c(fingerprint))))
            s = fail(j, "out of memory");
        rnp_key_handle_destroy(primary);
    }
    rnp_buffer_destroy(fingerprint);
    return s;
}

static bk_status judge(job *j, rnp_op_verify_signature_t signature) {
    rnp_result_t r = rnp_op_verify_signature_get_status(signature);
    if (r == RNP_ERROR_KEY_NOT_FOUND) return fail(j, "openpgp: signature made by unknown entity");
    if (r == RNP_ERROR_SIGNATURE_EXPIRED) return fail(j, "openpgp: signature expired");
    rnp_key_handle_t key = NULL;
    bool known = rnp_op_verify_signature_get_key(signature, &key) == RNP_SUCCESS && key;
    bk_status s;
    /* A key that is no longer good makes the library call the signature invalid: the reason is the key. */
    const char *state = known ? key_state(key) : NULL;
    if (r != RNP_SUCCESS) s = fail(j, state ? state : "openpgp: invalid signature");
    else s = known ? describe_signer(j, key) : fail(j, "openpgp: signature made by unknown entity");
    if (known) rnp_key_handle_destroy(key);
    return s;
}

/* One good signature is enough; else the first one's failure is the answer. */
static bk_status judge_all(job *j, rnp_op_verify_t op) {
    size_t n = 0;
    bk_err first = BK_ERR_INIT;
    rnp_op_verify_get_signature_count(op, &n);
    if (!n) return fail(j, "openpgp: there is no signature");
    for (size_t i = 0; i < n && i < 100; i++) {
        rnp_op_verify_signature_t signature;
        if (rnp_op_verify_get_signature_at(op, i, &signature) != RNP_SUCCESS) continue;
        bk_err_release(&j->err);
        if (judge(j, signature) == BK_OK) return bk_err_release(&first), BK_OK;
        if (first.code == BK_OK) bk_err_move(&first, &j->err);
    }
    bk_err_move(&j->err, &first);
    return j->err.code ? j->err.code : fail(j, "openpgp: invalid signature");
}

/* The message with its signature's armour made anew. The library wants a checksum behind data that end without padding, and Go's writer leaves it out. */
static bk_status armoured_again(job *j, bk_str message, bk_str *ret) {
    bk_str head, bytes;
    bk_buf whole;
    rnp_input_t input = NULL;
    rnp_output_t output = NULL;
    uint8_t *text = NULL;
    size_t n = 0;
    *ret = message;
    if (!bk_trust_dearmour(&j->arena, message, &head, &bytes)) return BK_OK; /* the library says what is wrong with it */
    bool ok = rnp_input_from_memory(&input, (const uint8_t *)bytes.p, bytes.n, false) == RNP_SUCCESS &&
              rnp_output_to_memory(&output, REQUEST_MAX) == RNP_SUCCESS && rnp_enarmor(input, output, "signature") == RNP_SUCCESS &&
              rnp_output_memory_get_buf(output, &text, &n, false) == RNP_SUCCESS;
    bk_buf_init(&whole, &j->arena, REQUEST_MAX);
    bk_buf_str(&whole, head);
    if (ok) bk_buf_str(&whole, bk_str_of((char *)text, n));
    rnp_output_destroy(output);
    rnp_input_destroy(input);
    if (!ok || bk_buf_check(&whole, &j->err) != BK_OK) return fail(j, "out of memory");
    *ret = bk_buf_take(&whole);
    return BK_OK;
}

static bk_status verify(job *j) {
    rnp_input_t input = NULL;
    rnp_output_t output = NULL;
    rnp_op_verify_t op = NULL;
    uint8_t *text = NULL;
    size_t n = 0;
    bk_str message;
    bk_status s = BK_OK;
    BK_TRY(load_keyring(j));
    BK_TRY(armoured_again(j, field(j, "text"), &message));
    if (rnp_input_from_memory(&input, (const uint8_t *)message.p, message.n, false) != RNP_SUCCESS ||
        rnp_output_to_memory(&output, REQUEST_MAX) != RNP_SUCCESS || rnp_op_verify_create(&op, j->ffi, input, output) != RNP_SUCCESS)
        s = fail(j, "out of memory");
    if (s == BK_OK) {
        rnp_result_t r = rnp_op_verify_execute(op);
        size_t count = 0;
        rnp_op_verify_get_signature_count(op, &count);
        s = r != RNP_SUCCESS && !count ? fail(j, "signature block not found") : judge_all(j, op);
    }
    if (s == BK_OK &&
        (rnp_output_memory_get_buf(output, &text, &n, false) != RNP_SUCCESS || !put_text(j, "text", bk_str_of((char *)text, n))))
        s = fail(j, "out of memory");
    rnp_op_verify_destroy(op);
    rnp_output_destroy(output);
    rnp_input_destroy(input);
    return s;
}

/* ---- the signing key ---- */

typedef struct found {
    rnp_key_handle_t key;
    bool vague;
} found;

/* Whether an identity of the key is the wanted one (2) or contains it (1). */
static int likeness(rnp_key_handle_t key, bk_str wanted) {
    size_t n = 0;
    int best = 0;
    rnp_key_get_uid_count(key, &n);
    for (size_t i = 0; i < n && i < IDENTITIES_MAX && best < 2; i++) {
        char *uid = NULL;
        if (rnp_key_get_uid_at(key, i, &uid) != RNP_SUCCESS) continue;
        if (bk_str_eq(bk_str_c(uid), wanted)) best = 2;
        else if (bk_str_find(bk_str_c(uid), wanted) != BK_NPOS) best = 1;
        rnp_buffer_destroy(uid);
    }
    return best;
}

/* The key that Helm would take: the one of that very name, else the only one whose name contains the text. */
static found find(job *j, bk_str wanted) {
    found f = {NULL, false};
    rnp_identifier_iterator_t it = NULL;
    const char *fingerprint = NULL;
    int best = 0;
    if (rnp_identifier_iterator_create(j->ffi, &it, "fingerprint") != RNP_SUCCESS) return f;
    while (best < 2 && rnp_identifier_iterator_next(it, &fingerprint) == RNP_SUCCESS && fingerprint) {
        rnp_key_handle_t key = NULL;
        bool primary = false;
        if (rnp_locate_key(j->ffi, "fingerprint", fingerprint, &key) != RNP_SUCCESS || !key) continue;
        rnp_key_is_primary(key, &primary);
        int like = primary ? likeness(key, wanted) : 0;
        if (like == 1 && best == 1) f.vague = true;
        if (like > best || (like && like == best)) {
            rnp_key_handle_destroy(f.key);
            f.key = key;
            best = like;
        } else {
            rnp_key_handle_destroy(key);
        }
    }
    rnp_identifier_iterator_destroy(it);
    if (best == 2) f.vague = false;
    return f;
}

static bk_status find_key(job *j, rnp_key_handle_t *ret) {
    BK_TRY(load_keyring(j));
    bk_str wanted = field(j, "key");
    found f = find(j, wanted);
    *ret = f.key;
    if (f.vague) return bk_err_set(&j->err, BK_ERR, "more than one key contain the id \"%.*s\"", BK_FMT(wanted));
    bool secret = false;
    if (!f.key) return fail(j, "private key not found");
    if (rnp_key_have_secret(f.key, &secret) != RNP_SUCCESS || !secret)
        return fail(j, "provided key is not a private key. Try providing a keyring with secret keys");
    const char *state = key_state(f.key);
    if (!state) return BK_OK;
    return fail(j, strstr(state, "revoked") ? "openpgp: key revoked" : state);
}

static bk_status describe_key(job *j) {
    rnp_key_handle_t key = NULL;
    bk_value names;
    bool is_protected = false;
    bk_status s = find_key(j, &key);
    if (s == BK_OK) s = identities(j, key, &names);
    if (s == BK_OK) {
        rnp_key_is_protected(key, &is_protected);
        if (!put(j, "identities", names) || !put(j, "protected", bk_bool(is_protected))) s = fail(j, "out of memory");
    }
    rnp_key_handle_destroy(key);
    return s;
}

static bool give_passphrase(rnp_ffi_t ffi, void *self, rnp_key_handle_t key, const char *context, char *buf, size_t cap) {
    bk_str phrase = field(self, "passphrase");
    (void)ffi, (void)key, (void)context;
    if (phrase.n >= cap || bk_str_find_byte(phrase, 0) != BK_NPOS) return false;
    memcpy(buf, phrase.p, phrase.n);
    buf[phrase.n] = 0;
    return true;
}

static bk_status sign_with(job *j, rnp_key_handle_t key) {
    rnp_input_t input = NULL;
    rnp_output_t output = NULL;
    rnp_op_sign_t op = NULL;
    uint8_t *text = NULL;
    size_t n = 0;
    bk_str message = field(j, "text");
    bk_status s = BK_OK;
    if (rnp_input_from_memory(&input, (const uint8_t *)message.p, message.n, false) != RNP_SUCCESS ||
        rnp_output_to_memory(&output, REQUEST_MAX) != RNP_SUCCESS ||
        rnp_op_sign_cleartext_create(&op, j->ffi, input, output) != RNP_SUCCESS ||
        rnp_op_sign_add_signature(op, key, NULL) != RNP_SUCCESS || rnp_op_sign_set_hash(op, "SHA512") != RNP_SUCCESS)
        s = fail(j, "the key cannot sign");
    if (s == BK_OK) {
        rnp_result_t r = rnp_op_sign_execute(op);
        if (r == RNP_ERROR_BAD_PASSWORD || r == RNP_ERROR_DECRYPT_FAILED)
            s = fail(j, "openpgp: invalid data: private key checksum failure");
        else if (r != RNP_SUCCESS) s = bk_err_set(&j->err, BK_ERR, "cannot sign: %s", rnp_result_to_string(r));
    }
    if (s == BK_OK &&
        (rnp_output_memory_get_buf(output, &text, &n, false) != RNP_SUCCESS || !put_text(j, "text", bk_str_of((char *)text, n))))
        s = fail(j, "out of memory");
    rnp_op_sign_destroy(op);
    rnp_output_destroy(output);
    rnp_input_destroy(input);
    return s;
}

static bk_status sign(job *j) {
    rnp_key_handle_t key = NULL;
    bk_status s = find_key(j, &key);
    rnp_ffi_set_pass_provider(j->ffi, give_passphrase, j);
    if (s == BK_OK) s = sign_with(j, key);
    rnp_key_handle_destroy(key);
    return s;
}

/* ---- the request and the answer ---- */

static bool read_request(bk_buf *to) {
    for (;;) {
        char *at = bk_buf_reserve(to, 64 << 10);
        ssize_t n = at ? read(STDIN_FILENO, at, 64 << 10) : -1;
        if (n < 0 && at && errno == EINTR) continue;
        if (n <= 0) return n == 0;
        to->n += (size_t)n;
    }
}

static bool write_answer(bk_str bytes) {
    while (bytes.n) {
        ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bk_str_from(bytes, (size_t)n);
    }
    return true;
}

static bk_status run(job *j, bk_str request) {
    bk_value v;
    BK_TRY(bk_codec_decode(&j->arena, request, &v, &j->err));
    if (v.kind != BK_MAP || !v.map) return fail(j, "malformed request");
    j->in = v.map;
    bk_str op = field(j, "op");
    if (bk_str_eq(op, BK_S("verify"))) return verify(j);
    if (bk_str_eq(op, BK_S("key"))) return describe_key(j);
    if (bk_str_eq(op, BK_S("sign"))) return sign(j);
    return fail(j, "malformed request");
}

int main(void) {
    bk_buf request, answer;
    job j = {.err = BK_ERR_INIT};
    /* The library has threads of its own; as few as it lets us have. */
    if (setenv("BOTAN_THREAD_POOL_SIZE", "1", 1) != 0) return 1;
    bk_arena_init(&j.arena, 0);
    bk_buf_init(&request, NULL, REQUEST_MAX);
    bk_buf_init(&answer, NULL, 2u * REQUEST_MAX);
    if (rnp_ffi_create(&j.ffi, "GPG", "GPG") != RNP_SUCCESS || !bk_trust_contain() || !read_request(&request)) return 1;
    j.out = bk_map_new(&j.arena, 8);
    if (!j.out) return 1;
    if (run(&j, bk_buf_view(&request)) != BK_OK && !put_text(&j, "error", bk_err_message(&j.err))) return 1;
    bk_err_release(&j.err);
    if (bk_codec_encode(&answer, bk_map_value(j.out), &j.err) != BK_OK || !write_answer(bk_buf_view(&answer))) return 1;
    /* _exit: what libraries clean up at the end may need calls that are gone. */
    _exit(0);
}
