/* trust/openpgp.h against keys that are made here: every kind, good and bad. The helper program lies beside this one. */
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>
#include <stdlib.h>
#include <time.h>

#include "test.h"
#include "trust/openpgp.h"

typedef struct ring {
    rnp_ffi_t ffi;
} ring;

static bool phrase(rnp_ffi_t ffi, void *self, rnp_key_handle_t key, const char *context, char *buf, size_t cap) {
    (void)ffi, (void)self, (void)key, (void)context;
    snprintf(buf, cap, "secret words");
    return true;
}

static ring ring_new(void) {
    ring r = {NULL};
    CHECK(rnp_ffi_create(&r.ffi, "GPG", "GPG") == RNP_SUCCESS);
    rnp_ffi_set_pass_provider(r.ffi, phrase, NULL);
    return r;
}

/* A key that signs. `expires` in seconds after its making; `age` makes it older. */
static rnp_key_handle_t make(ring *r, const char *kind, const char *detail, const char *name, bool protect, uint32_t expires, time_t age) {
    rnp_op_generate_t op = NULL;
    rnp_key_handle_t key = NULL;
    if (age) rnp_set_timestamp(r->ffi, (uint64_t)(time(NULL) - age));
    CHECK(rnp_op_generate_create(&op, r->ffi, kind) == RNP_SUCCESS);
    if (strcmp(kind, "ECDSA") == 0) CHECK(rnp_op_generate_set_curve(op, detail) == RNP_SUCCESS);
    else if (strcmp(kind, "EDDSA") != 0) CHECK(rnp_op_generate_set_bits(op, strcmp(detail, "3072") == 0 ? 3072 : 2048) == RNP_SUCCESS);
    rnp_op_generate_set_userid(op, name);
    rnp_op_generate_set_hash(op, "SHA256");
    rnp_op_generate_set_expiration(op, expires);
    rnp_op_generate_add_usage(op, "sign");
    rnp_op_generate_add_usage(op, "certify");
    if (protect) CHECK(rnp_op_generate_set_protection_password(op, "secret words") == RNP_SUCCESS);
    rnp_result_t made = rnp_op_generate_execute(op);
    if (made != RNP_SUCCESS) printf("  %s: %s\n", name, rnp_result_to_string(made));
    CHECK(made == RNP_SUCCESS);
    CHECK(rnp_op_generate_get_key(op, &key) == RNP_SUCCESS);
    rnp_op_generate_destroy(op);
    rnp_set_timestamp(r->ffi, 0);
    return key;
}

/* The ring as a file would hold it. */
static bk_str save(bk_arena *arena, ring *r, const char *format, uint32_t which) {
    rnp_output_t output;
    uint8_t *bytes;
    size_t n;
    bk_str copy = {0};
    CHECK(rnp_output_to_memory(&output, 0) == RNP_SUCCESS);
    CHECK(rnp_save_keys(r->ffi, format, output, which) == RNP_SUCCESS);
    CHECK(rnp_output_memory_get_buf(output, &bytes, &n, false) == RNP_SUCCESS);
    CHECK(bk_arena_dup(arena, bk_str_of((char *)bytes, n), &copy));
    rnp_output_destroy(output);
    return copy;
}

static bk_str armour(bk_arena *arena, rnp_key_handle_t key, uint32_t which) {
    rnp_output_t output;
    uint8_t *bytes;
    size_t n;
    bk_str copy = {0};
    CHECK(rnp_output_to_memory(&output, 0) == RNP_SUCCESS);
    CHECK(rnp_key_export(key, output, which | RNP_KEY_EXPORT_ARMORED) == RNP_SUCCESS);
    CHECK(rnp_output_memory_get_buf(output, &bytes, &n, false) == RNP_SUCCESS);
    CHECK(bk_arena_dup(arena, bk_str_of((char *)bytes, n), &copy));
    rnp_output_destroy(output);
    return copy;
}

#define TEXT BK_S("name: x\nversion: 1\n\n...\nfiles:\n  x-1.tgz: sha256:00\n- dashed\n  trailing  \n")

static void check_fails(bk_arena *arena, bk_str keyring, bk_str message, const char *want) {
    bk_err err = BK_ERR_INIT;
    bk_str text;
    bk_signer signer;
    CHECK(bk_openpgp_verify(arena, keyring, message, &text, &signer, &err) != BK_OK);
    CHECK_STR(bk_err_message(&err), want);
    bk_err_release(&err);
}

static void check_verifies(bk_arena *arena, bk_str keyring, bk_str message, const char *name) {
    bk_err err = BK_ERR_INIT;
    bk_str text = {0};
    bk_signer signer = {0};
    CHECK_OK(bk_openpgp_verify(arena, keyring, message, &text, &signer, &err), &err);
    CHECK(signer.identity_count == 1);
    if (signer.identity_count) CHECK_STR(signer.identities[0], name);
    CHECK(signer.fingerprint.n == 40);
    CHECK(bk_str_find(text, BK_S("\n...\nfiles:\n  x-1.tgz: sha256:00\n- dashed\n")) != BK_NPOS);
    bk_err_release(&err);
}

TEST(every_kind_of_key_signs_and_verifies) {
    static const struct {
        const char *kind, *detail, *name;
        bool protect;
    } kinds[] = {{"RSA", "2048", "Rita <rita@a.example>", false},      {"RSA", "3072", "Rolf (work) <rolf@a.example>", true},
                 {"DSA", "2048", "Dora <dora@a.example>", false},      {"ECDSA", "NIST P-256", "Eve <eve@a.example>", false},
                 {"ECDSA", "NIST P-521", "Eva <eva@a.example>", true}, {"EDDSA", "", "Edda <edda@a.example>", false}};
    bk_arena arena;
    bk_arena_init(&arena, 0);
    ring r = ring_new();
    for (size_t i = 0; i < BK_COUNT(kinds); i++)
        rnp_key_handle_destroy(make(&r, kinds[i].kind, kinds[i].detail, kinds[i].name, kinds[i].protect, 0, 0));
    bk_str public_ring = save(&arena, &r, "GPG", RNP_LOAD_SAVE_PUBLIC_KEYS),
           secret_ring = save(&arena, &r, "GPG", RNP_LOAD_SAVE_SECRET_KEYS);
    bk_str keybox = save(&arena, &r, "KBX", RNP_LOAD_SAVE_PUBLIC_KEYS);
    for (size_t i = 0; i < BK_COUNT(kinds); i++) {
        bk_err err = BK_ERR_INIT;
        bk_str message = {0};
        bk_signing_key key = {0};
        CHECK_OK(bk_openpgp_find_key(&arena, secret_ring, bk_str_c(kinds[i].name), &key, &err), &err);
        CHECK_STR(key.name, kinds[i].name);
        CHECK(key.is_protected == kinds[i].protect);
        CHECK_OK(bk_openpgp_sign(&arena, secret_ring, bk_str_c(kinds[i].name), kinds[i].protect ? BK_S("secret words") : BK_S(""), TEXT,
                                 &message, &err),
                 &err);
        bk_err_release(&err);
        CHECK(bk_str_starts(message, BK_S("-----BEGIN PGP SIGNED MESSAGE-----")));
        CHECK(bk_str_find(message, BK_S("Hash: SHA512")) != BK_NPOS);
        check_verifies(&arena, public_ring, message, kinds[i].name);
        check_verifies(&arena, keybox, message, kinds[i].name);
    }
    bk_arena_release(&arena);
    rnp_ffi_destroy(r.ffi);
}

TEST(what_must_not_pass) {
    bk_arena arena, *a = &arena;
    bk_err err = BK_ERR_INIT;
    bk_str message = {0}, text;
    bk_signing_key found;
    bk_arena_init(a, 0);
    ring r = ring_new(), other = ring_new();
    rnp_key_handle_t key = make(&r, "RSA", "2048", "Ann <ann@a.example>", true, 0, 0),
                     stranger = make(&other, "EDDSA", "", "Bob <bob@a.example>", false, 0, 0);
    bk_str secret = save(a, &r, "GPG", RNP_LOAD_SAVE_SECRET_KEYS), ring_of_ann = save(a, &r, "GPG", RNP_LOAD_SAVE_PUBLIC_KEYS);
    bk_str ring_of_bob = save(a, &other, "GPG", RNP_LOAD_SAVE_PUBLIC_KEYS);

    CHECK(bk_openpgp_sign(a, secret, BK_S("Ann"), BK_S("wrong"), TEXT, &text, &err) != BK_OK);
    bk_err_release(&err);
    CHECK(bk_openpgp_find_key(a, secret, BK_S("Zoe"), &found, &err) != BK_OK);
    CHECK_STR(bk_err_message(&err), "private key not found");
    bk_err_release(&err);
    CHECK(bk_openpgp_find_key(a, ring_of_ann, BK_S("Ann"), &found, &err) != BK_OK);
    CHECK_STR(bk_err_message(&err), "provided key is not a private key. Try providing a keyring with secret keys");
    bk_err_release(&err);

    CHECK_OK(bk_openpgp_sign(a, secret, BK_S("ann@"), BK_S("secret words"), TEXT, &message, &err), &err);
    check_verifies(a, ring_of_ann, message, "Ann <ann@a.example>");
    bk_str both;
    CHECK(bk_arena_cat(a, armour(a, stranger, RNP_KEY_EXPORT_PUBLIC), armour(a, key, RNP_KEY_EXPORT_PUBLIC), &both));
    check_verifies(a, both, message, "Ann <ann@a.example>");
    check_fails(a, ring_of_bob, message, "openpgp: signature made by unknown entity");
    bk_str changed;
    CHECK(bk_arena_dup(a, message, &changed));
    ((char *)changed.p)[bk_str_find(changed, BK_S("version: 1")) + 9] = '2';
    check_fails(a, ring_of_ann, changed, "openpgp: invalid signature");
    check_fails(a, ring_of_ann, bk_str_sub(message, 0, message.n / 2), "signature block not found");
    check_fails(a, ring_of_ann, BK_S("no signature"), "signature block not found");
    check_fails(a, ring_of_ann, BK_S(""), "signature block not found");
    check_fails(a, BK_S(""), message, "the keyring is empty");
    check_fails(a, BK_S("this is no keyring"), message, "failed to load keyring: it is no OpenPGP keyring");
    bk_str broken;
    CHECK(bk_arena_dup(a, ring_of_ann, &broken));
    memset((char *)broken.p, 0x41, broken.n);
    check_fails(a, broken, message, "failed to load keyring: it is no OpenPGP keyring");

    CHECK(rnp_key_revoke(key, 0, "SHA256", "compromised", "lost") == RNP_SUCCESS);
    check_fails(a, save(a, &r, "GPG", RNP_LOAD_SAVE_PUBLIC_KEYS), message, "openpgp: signature made by revoked key");
    rnp_key_handle_destroy(key);
    rnp_key_handle_destroy(stranger);
    rnp_ffi_destroy(r.ffi);
    rnp_ffi_destroy(other.ffi);
    bk_arena_release(a);
}

TEST(an_expired_key) {
    bk_arena arena, *a = &arena;
    bk_err err = BK_ERR_INIT;
    bk_str message = {0};
    bk_arena_init(a, 0);
    ring r = ring_new();
    rnp_key_handle_t key = make(&r, "RSA", "2048", "Old <old@a.example>", false, 0, 100000);
    bk_str secret = save(a, &r, "GPG", RNP_LOAD_SAVE_SECRET_KEYS);
    CHECK_OK(bk_openpgp_sign(a, secret, BK_S("Old"), BK_S(""), TEXT, &message, &err), &err);
    check_verifies(a, save(a, &r, "GPG", RNP_LOAD_SAVE_PUBLIC_KEYS), message, "Old <old@a.example>");
    CHECK(rnp_key_set_expiration(key, 50000) == RNP_SUCCESS);
    check_fails(a, save(a, &r, "GPG", RNP_LOAD_SAVE_PUBLIC_KEYS), message, "openpgp: key expired");
    rnp_key_handle_destroy(key);
    rnp_ffi_destroy(r.ffi);
    bk_arena_release(a);
}

TEST(names_that_fit_more_than_one_key) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_signing_key found = {0};
    bk_arena_init(&arena, 0);
    ring r = ring_new();
    rnp_key_handle_destroy(make(&r, "EDDSA", "", "Sam <sam@a.example>", false, 0, 0));
    rnp_key_handle_destroy(make(&r, "EDDSA", "", "Sam <sam@b.example>", false, 0, 0));
    bk_str secret = save(&arena, &r, "GPG", RNP_LOAD_SAVE_SECRET_KEYS);
    CHECK(bk_openpgp_find_key(&arena, secret, BK_S("Sam"), &found, &err) != BK_OK);
    CHECK_STR(bk_err_message(&err), "more than one key contain the id \"Sam\"");
    bk_err_release(&err);
    CHECK_OK(bk_openpgp_find_key(&arena, secret, BK_S("Sam <sam@a.example>"), &found, &err), &err);
    CHECK_OK(bk_openpgp_find_key(&arena, secret, BK_S("@b.example"), &found, &err), &err);
    CHECK_STR(found.name, "Sam <sam@b.example>");
    bk_err_release(&err);
    rnp_ffi_destroy(r.ffi);
    bk_arena_release(&arena);
}

TEST_MAIN()
