/* Entries of a transparency log: that they are in it, when, and that they speak of this bundle. */
#include <openssl/pem.h>

#include "base/num.h"
#include "base/base64.h"
#include "trust/sigstore_inside.h"

enum { BODY_MAX = 1 << 20, BODY_FIELDS = 1000, CHECKPOINT_MAX = 64 << 10 };

/* ---- the tree (RFC 6962) ---- */

static void hash_node(const unsigned char left[32], const unsigned char right[32], unsigned char ret[32]) {
    char both[65] = {1};
    memcpy(both + 1, left, 32);
    memcpy(both + 33, right, 32);
    bk_sigstore_sha256(bk_str_of(both, sizeof both), ret);
}

static bk_status hash_leaf(bk_arena *arena, bk_str body, unsigned char ret[32], bk_err *err) {
    bk_str whole;
    if (!bk_arena_cat(arena, bk_str_of("\0", 1), body, &whole)) return bk_arena_fail(arena, err);
    bk_sigstore_sha256(whole, ret);
    return BK_OK;
}

/* RFC 9162, 2.1.3.2. */
static bool proof_leads_to_root(const bk_sigstore_entry *e, unsigned char r[32]) {
    if (e->proof_index >= e->tree_size || e->root_hash.n != 32) return false;
    uint64_t at = e->proof_index, last = e->tree_size - 1;
    for (size_t i = 0; i < e->hash_count; i++) {
        const unsigned char *p = (const unsigned char *)e->hashes[i].p;
        if (last == 0) return false;
        if ((at & 1) || at == last) {
            hash_node(p, r, r);
            while (!(at & 1) && at) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash_node(r, p, r);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(r, e->root_hash.p, 32) == 0;
}

/* ---- the head of the tree, as a signed note: origin, size, hash, more lines; an empty line; "— name base64" lines ---- */

static bool note_signed_by(bk_arena *arena, bk_str text, bk_str signatures, const bk_sigstore_log *log) {
    static const bk_str dash = {"\xe2\x80\x94 ", 4};
    bk_str line, name, encoded, bytes;
    for (unsigned i = 0; signatures.n && i < 32; i++) {
        bk_err ignored = BK_ERR_INIT;
        bk_str_line(&signatures, &line);
        if (!bk_str_starts(line, dash)) continue;
        bk_str_cut(bk_str_from(line, dash.n), BK_S(" "), &name, &encoded);
        bool ok = bk_base64_decode(arena, encoded, &bytes, &ignored) == BK_OK && bytes.n > 4;
        bk_err_release(&ignored);
        if (!ok) continue;
        bk_str hint = bk_str_sub(bytes, 0, 4);
        if (!bk_str_starts(log->id, hint) && !bk_str_starts(log->checkpoint_id, hint)) continue;
        if (bk_sigstore_signed_by(log->key, BK_S(""), bk_str_from(bytes, 4), text)) return true;
    }
    return false;
}

static bk_status check_head(bk_arena *arena, const bk_sigstore_entry *e, const bk_sigstore_log *log, bk_err *err) {
    bk_str text, rest, origin, size, hash, bytes;
    uint64_t n;
    if (!e->checkpoint.n) return bk_err_set(err, BK_ERR, "the inclusion proof has no checkpoint");
    if (e->checkpoint.n > CHECKPOINT_MAX) return bk_err_limit(err, "bytes of a checkpoint", CHECKPOINT_MAX);
    size_t at = bk_str_rfind(e->checkpoint, BK_S("\n\n"));
    if (at == BK_NPOS) return bk_err_set(err, BK_ERR, "the checkpoint is malformed");
    text = bk_str_sub(e->checkpoint, 0, at + 1);
    if (!note_signed_by(arena, text, bk_str_from(e->checkpoint, at + 2), log))
        return bk_err_set(err, BK_ERR, "the checkpoint is not signed by the log");
    rest = text;
    bk_str_line(&rest, &origin);
    bk_str_line(&rest, &size);
    bk_str_line(&rest, &hash);
    if (!origin.n || bk_parse_uint(size, 10, &n) != BK_NUM_OK || bk_base64_decode(arena, hash, &bytes, err) != BK_OK) {
        bk_err_release(err);
        return bk_err_set(err, BK_ERR, "the checkpoint is malformed");
    }
    if (n != e->tree_size || !bk_str_eq(bytes, e->root_hash))
        return bk_err_set(err, BK_ERR, "the checkpoint is for another tree than the inclusion proof");
    return BK_OK;
}

static bk_status check_inclusion(bk_arena *arena, const bk_sigstore_entry *e, const bk_sigstore_log *log, bk_err *err) {
    unsigned char leaf[32];
    if (!e->has_proof) return bk_err_set(err, BK_ERR, "the log entry has no inclusion proof");
    BK_TRY(hash_leaf(arena, e->body, leaf, err));
    if (!proof_leads_to_root(e, leaf)) return bk_err_set(err, BK_ERR, "the inclusion proof does not lead to the log's root");
    return check_head(arena, e, log, err);
}

/* ---- the promise: entry and time, signed at once ---- */

static bk_status encode64(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err) {
    char *to = bytes.n < 1u << 28 ? bk_arena_alloc(arena, bytes.n / 3 * 4 + 5) : NULL;
    if (!to) return bk_arena_fail(arena, err);
    int n = EVP_EncodeBlock((unsigned char *)to, (const unsigned char *)bytes.p, (int)bytes.n);
    *ret = bk_str_of(to, (size_t)n);
    return BK_OK;
}

static bk_status check_promise(bk_arena *arena, const bk_sigstore_entry *e, const bk_sigstore_log *log, bk_err *err) {
    bk_str body, id, text;
    BK_TRY(encode64(arena, e->body, &body, err));
    BK_TRY(bk_sigstore_hex(arena, e->log_id, &id, err));
    if (!bk_arena_printf(arena, &text, "{\"body\":\"%.*s\",\"integratedTime\":%lld,\"logID\":\"%.*s\",\"logIndex\":%llu}", BK_FMT(body),
                         (long long)e->time, BK_FMT(id), (unsigned long long)e->index))
        return bk_arena_fail(arena, err);
    if (bk_sigstore_signed_by(log->key, BK_S(""), e->promise, text)) return BK_OK;
    return bk_err_set(err, BK_ERR, "the log's promise is not signed by the log");
}

/* ---- what the entry says ---- */

typedef struct claims {
    bk_str hash;        /* of the content, 32 bytes */
    bk_str signature;   /* bytes */
    bk_str certificate; /* PEM, or DER */
} claims;

static bk_status unhex(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err) {
    char *to = bk_arena_alloc(arena, text.n / 2 + 1);
    if (!to) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (d < 0 || text.n % 2) return bk_err_set(err, BK_ERR, "the log entry's hash is malformed");
        to[i / 2] = (char)(i % 2 ? (to[i / 2] << 4 | d) : d);
    }
    *ret = bk_str_of(to, text.n / 2);
    return BK_OK;
}

static bk_map *first_of(bk_map *map, const char *path) {
    const bk_value *v = bk_sigstore_at(map, path);
    return v && v->kind == BK_LIST && bk_value_len(*v) == 1 && v->items[0].kind == BK_MAP ? v->items[0].map : NULL;
}

typedef struct form {
    const char *kind, *version;
    bool plain;            /* of what was signed: a message, an envelope with its lengths; else of an envelope's payload */
    const char *hash_name; /* where the algorithm stands, its name, and where the hash stands */
    const char *algorithm;
    const char *hash;
    bool hex;
    const char *signatures; /* where the list is; NULL: none, the paths below start at the top */
    const char *signature;
    bool twice; /* encoded twice */
    const char *certificate;
} form;

static const form forms[] = {
    {"hashedrekord", "0.0.1", true, "spec.data.hash.algorithm", "sha256", "spec.data.hash.value", true, NULL, "spec.signature.content",
     false, "spec.signature.publicKey.content"},
    {"hashedrekord", "0.0.2", true, "spec.hashedRekordV002.data.algorithm", "SHA2_256", "spec.hashedRekordV002.data.digest", false, NULL,
     "spec.hashedRekordV002.signature.content", false, "spec.hashedRekordV002.signature.verifier.x509Certificate.rawBytes"},
    {"dsse", "0.0.1", false, "spec.payloadHash.algorithm", "sha256", "spec.payloadHash.value", true, "spec.signatures", "signature", false,
     "verifier"},
    {"dsse", "0.0.2", false, "spec.dsseV002.payloadHash.algorithm", "SHA2_256", "spec.dsseV002.payloadHash.digest", false,
     "spec.dsseV002.signatures", "content", false, "verifier.x509Certificate.rawBytes"},
    {"intoto", "0.0.2", false, "spec.content.payloadHash.algorithm", "sha256", "spec.content.payloadHash.value", true,
     "spec.content.envelope.signatures", "sig", true, "publicKey"},
};

static bk_status read_claims(bk_arena *arena, bk_map *body, const form *f, claims *ret, bk_err *err) {
    static const char hash_of[] = "the log entry's hash", signature_of[] = "the log entry's signature";
    bk_map *at = f->signatures ? first_of(body, f->signatures) : body;
    if (!at) return bk_err_set(err, BK_ERR, "the log entry does not hold exactly one signature");
    if (!bk_str_eq(bk_sigstore_text(body, f->hash_name), bk_str_c(f->algorithm)))
        return bk_err_set(err, BK_ERR, "the log entry's hash is not a SHA-256");
    if (f->hex) BK_TRY(unhex(arena, bk_sigstore_text(body, f->hash), &ret->hash, err));
    else BK_TRY(bk_sigstore_bytes(arena, body, f->hash, hash_of, &ret->hash, err));
    BK_TRY(bk_sigstore_bytes(arena, at, f->signature, signature_of, &ret->signature, err));
    if (f->twice && bk_base64_decode(arena, ret->signature, &ret->signature, err) != BK_OK) return bk_err_wrap(err, "%s", signature_of);
    return bk_sigstore_bytes(arena, at, f->certificate, "the log entry's certificate", &ret->certificate, err);
}

/* PEM, or DER, against the bundle's. */
static bool same_certificate(bk_str text, X509 *leaf) {
    BIO *bio = text.n < 1 << 20 ? BIO_new_mem_buf(text.p, (int)text.n) : NULL;
    const unsigned char *p = (const unsigned char *)text.p;
    X509 *cert =
        bio ? bk_str_starts(text, BK_S("-----")) ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : d2i_X509(NULL, &p, (long)text.n) : NULL;
    bool same = cert && X509_cmp(cert, leaf) == 0;
    X509_free(cert);
    BIO_free(bio);
    return same;
}

static bk_status check_body(bk_arena *arena, const bk_sigstore_entry *e, const bk_sigstore_bundle *bundle,
                            const unsigned char subject_hash[32], bk_err *err) {
    const form *f = NULL;
    bk_map *body;
    claims c;
    unsigned char hash[32];
    if (e->body.n > BODY_MAX) return bk_err_limit(err, "bytes of a log entry", BODY_MAX);
    BK_TRY(bk_sigstore_json(arena, e->body, BODY_FIELDS, &body, err));
    bk_str kind = bk_sigstore_text(body, "kind"), version = bk_sigstore_text(body, "apiVersion");
    for (size_t i = 0; i < BK_COUNT(forms) && !f; i++)
        if (bk_str_eq(kind, bk_str_c(forms[i].kind)) && bk_str_eq(version, bk_str_c(forms[i].version))) f = &forms[i];
    if (!f || (bundle->is_message && !f->plain) || !bk_str_eq(kind, e->kind) || !bk_str_eq(version, e->version))
        return bk_err_set(err, BK_ERR, "the log entry is not of a kind that goes with this bundle");
    BK_TRY(read_claims(arena, body, f, &c, err));
    if (bundle->is_message) memcpy(hash, subject_hash, 32);
    else bk_sigstore_sha256(f->plain ? bundle->enveloped : bundle->payload, hash);
    if (c.hash.n != 32 || memcmp(c.hash.p, hash, 32) != 0) return bk_err_set(err, BK_ERR, "the log entry is for another content");
    if (!bk_str_eq(c.signature, bundle->signature)) return bk_err_set(err, BK_ERR, "the log entry is for another signature");
    if (!same_certificate(c.certificate, bundle->chain.certs[0]))
        return bk_err_set(err, BK_ERR, "the log entry is for another certificate");
    return BK_OK;
}

/* ---- an entry ---- */

bk_status bk_sigstore_check_entry(bk_arena *arena, const bk_sigstore_entry *e, const bk_sigstore_bundle *bundle,
                                  const bk_sigstore_root *root, const unsigned char subject_hash[32], const bk_sigstore_log **ret_log,
                                  int64_t *ret_time, bk_err *err) {
    const bk_sigstore_log *log = NULL;
    *ret_log = NULL;
    *ret_time = 0;
    for (size_t i = 0; i < root->log_count && !log; i++)
        if (bk_str_eq(root->logs[i].id, e->log_id)) log = &root->logs[i];
    if (!log) return BK_OK;
    BK_TRY(check_inclusion(arena, e, log, err));
    if (e->promise.n) {
        BK_TRY(check_promise(arena, e, log, err));
        *ret_time = e->time;
    }
    BK_TRY(check_body(arena, e, bundle, subject_hash, err));
    *ret_log = log;
    return BK_OK;
}
