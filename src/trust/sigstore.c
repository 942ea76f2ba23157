#include "trust/sigstore.h"

#include "data/json.h"
#include "guard/keys.h"
#include "trust/sigstore_inside.h"

enum { STATEMENT_FIELDS = 100000, SUBJECTS_MAX = 10000 };

/* ---- what was signed ---- */

static bk_status check_message(const bk_sigstore_bundle *b, const bk_sigstore_subject *subjects, size_t count, bk_sigstore_found *ret,
                               bk_err *err) {
    EVP_PKEY *key = X509_get0_pubkey(b->chain.certs[0]);
    for (size_t i = 0; i < count; i++) {
        bool sha256 = !b->algorithm.n || bk_str_eq(b->algorithm, BK_S("SHA2_256"));
        if (b->digest.n && sha256 && !bk_sigstore_hash_is(b->digest, subjects[i].bytes)) continue;
        if (!bk_sigstore_signed_by(key, b->algorithm, b->signature, subjects[i].bytes)) continue;
        ret->subject = i;
        return BK_OK;
    }
    return bk_err_set(err, BK_ERR, "the signature is not that of %.*s", BK_FMT(subjects[0].what));
}

/* The subject whose digest the statement names. */
static bk_status find_subject(bk_arena *arena, bk_map *statement, const bk_sigstore_subject *subjects, size_t count, size_t *ret,
                              bk_err *err) {
    const bk_value *list = bk_sigstore_at(statement, "subject");
    size_t n = list && list->kind == BK_LIST ? bk_value_len(*list) : 0;
    if (n > SUBJECTS_MAX) return bk_err_limit(err, "subjects of a statement", SUBJECTS_MAX);
    for (size_t k = 0; k < count; k++) {
        unsigned char hash[32];
        bk_str own;
        bk_sigstore_sha256(subjects[k].bytes, hash);
        BK_TRY(bk_sigstore_hex(arena, bk_str_of((char *)hash, 32), &own, err));
        for (size_t i = 0; i < n; i++) {
            bk_map *m = list->items[i].kind == BK_MAP ? list->items[i].map : NULL;
            *ret = k;
            if (bk_str_eq_fold(bk_sigstore_text(m, "digest.sha256"), own)) return BK_OK;
        }
    }
    return bk_err_set(err, BK_ERR, "the statement is not about %.*s: no subject has its digest", BK_FMT(subjects[0].what));
}

static bk_status check_statement(bk_arena *arena, const bk_sigstore_bundle *b, const bk_sigstore_subject *subjects, size_t count,
                                 bk_sigstore_found *ret, bk_err *err) {
    bk_map *statement;
    if (!bk_str_eq(b->payload_type, BK_S("application/vnd.in-toto+json")))
        return bk_err_set(err, BK_ERR, "the envelope does not hold an in-toto statement");
    if (bk_sigstore_json(arena, b->payload, STATEMENT_FIELDS, &statement, err) != BK_OK) return bk_err_wrap(err, "statement");
    bk_str type = bk_sigstore_text(statement, "_type");
    if (!bk_str_eq(type, BK_S("https://in-toto.io/Statement/v1")) && !bk_str_eq(type, BK_S("https://in-toto.io/Statement/v0.1")))
        return bk_err_set(err, BK_ERR, "the statement is not one of in-toto's");
    BK_TRY(find_subject(arena, statement, subjects, count, &ret->subject, err));
    const bk_value *predicate = bk_sigstore_at(statement, "predicate");
    ret->predicate_type = bk_sigstore_text(statement, "predicateType");
    ret->predicate = predicate ? *predicate : bk_nil();
    return ret->predicate_type.n ? BK_OK : bk_err_set(err, BK_ERR, "the statement has no predicateType");
}

static bk_status check_envelope(const bk_sigstore_bundle *b, bk_err *err) {
    if (bk_sigstore_signed_by(X509_get0_pubkey(b->chain.certs[0]), BK_S(""), b->signature, b->enveloped)) return BK_OK;
    return bk_err_set(err, BK_ERR, "the envelope's signature does not fit");
}

static bk_status check_content(bk_arena *arena, const bk_sigstore_bundle *b, const bk_sigstore_subject *subjects, size_t count,
                               bk_sigstore_found *ret, bk_err *err) {
    unsigned char hash[32];
    bk_str hex;
    if (b->is_message) {
        BK_TRY(check_message(b, subjects, count, ret, err));
    } else {
        BK_TRY(check_envelope(b, err));
        BK_TRY(check_statement(arena, b, subjects, count, ret, err));
    }
    bk_sigstore_sha256(subjects[ret->subject].bytes, hash);
    BK_TRY(bk_sigstore_hex(arena, bk_str_of((char *)hash, 32), &hex, err));
    return bk_arena_printf(arena, &ret->digest, "sha256:%.*s", BK_FMT(hex)) ? BK_OK : bk_arena_fail(arena, err);
}

/* ---- when ---- */

typedef struct moments {
    int64_t at[2 * BK_SIGSTORE_ENTRIES];
    size_t count;
    const bk_sigstore_log *logs[BK_SIGSTORE_ENTRIES]; /* that hold the signature */
    size_t log_count;
} moments;

static bk_status check_log(bk_arena *arena, const bk_sigstore_bundle *b, const bk_sigstore_root *root, bk_str content, moments *when,
                           bk_sigstore_found *ret, bk_err *err) {
    unsigned char hash[32];
    bool found = false;
    bk_sigstore_sha256(content, hash);
    for (size_t i = 0; i < b->entry_count; i++) {
        const bk_sigstore_log *log;
        int64_t time;
        BK_TRY(bk_sigstore_check_entry(arena, &b->entries[i], b, root, hash, &log, &time, err));
        if (!log) continue;
        if (time) when->at[when->count++] = time;
        when->logs[when->log_count++] = log;
        ret->log_index = b->entries[i].index;
        found = bk_arena_dup(arena, log->url, &ret->log);
        if (!found) return bk_arena_fail(arena, err);
    }
    return found ? BK_OK : bk_err_set(err, BK_ERR, "no transparency log of the trusted root holds the signature");
}

static bk_status check_times(const bk_sigstore_bundle *b, const bk_sigstore_root *root, moments *when, bk_sigstore_found *ret,
                             bk_err *err) {
    for (size_t i = 0; i < b->stamp_count; i++)
        BK_TRY(bk_sigstore_check_stamp(b->stamps[i], b->signature, root, &when->at[when->count++], err));
    if (!when->count) return bk_err_set(err, BK_ERR, "nobody of the trusted root has signed when the signature was made");
    ret->time = when->at[0];
    for (size_t i = 1; i < when->count; i++)
        if (when->at[i] < ret->time) ret->time = when->at[i];
    for (size_t i = 0; i < when->count; i++)
        for (size_t k = 0; k < when->log_count; k++)
            if (when->at[i] < when->logs[k]->from || when->at[i] > when->logs[k]->until)
                return bk_err_set(err, BK_ERR, "the log's key was not in force when the signature was made");
    return BK_OK;
}

/* ---- all of it ---- */

static bk_status check(bk_arena *arena, const bk_sigstore_bundle *b, const bk_sigstore_root *root, const bk_sigstore_subject *subjects,
                       size_t count, const bk_sigstore_policy *policy, bk_sigstore_found *ret, bk_err *err) {
    moments when = {.count = 0};
    unsigned char issuer[32];
    BK_TRY(check_content(arena, b, subjects, count, ret, err));
    BK_TRY(check_log(arena, b, root, subjects[ret->subject].bytes, &when, ret, err));
    BK_TRY(check_times(b, root, &when, ret, err));
    for (size_t i = 0; i < when.count; i++) BK_TRY(bk_sigstore_check_chain(&b->chain, root, when.at[i], issuer, err));
    BK_TRY(bk_sigstore_check_receipt(arena, b->chain.certs[0], root, issuer, &ret->certificate_seen, err));
    return bk_sigstore_check_identity(arena, b->chain.certs[0], policy, ret, err);
}

bk_status bk_sigstore_verify(bk_arena *arena, bk_str bundle, bk_str trusted_root, const bk_sigstore_subject *subjects, size_t count,
                             const bk_sigstore_policy *policy, bk_sigstore_found *ret, bk_err *err) {
    bk_sigstore_root *root = BK_NEW(arena, bk_sigstore_root);
    bk_sigstore_bundle *b = BK_NEW(arena, bk_sigstore_bundle);
    if (!root || !b) return bk_arena_fail(arena, err);
    if (!(policy->identity.n || policy->identity_regexp.n) || !(policy->issuer.n || policy->issuer_regexp.n))
        return bk_err_set(err, BK_ERR, "an identity and an issuer have to be named");
    *root = (bk_sigstore_root){0};
    *b = (bk_sigstore_bundle){0};
    *ret = (bk_sigstore_found){0};
    bk_keys_start();
    bk_status s = bk_sigstore_parse_root(arena, trusted_root, root, err);
    if (s != BK_OK) {
        s = bk_err_wrap(err, "trusted root");
    } else {
        s = bk_sigstore_parse_bundle(arena, bundle, b, err);
        if (s == BK_OK) s = check(arena, b, root, subjects, count, policy, ret, err);
        if (s != BK_OK) s = bk_err_wrap(err, "sigstore bundle");
    }
    bk_sigstore_bundle_release(b);
    bk_sigstore_root_release(root);
    return s;
}
