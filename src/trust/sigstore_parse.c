/* Bundle and trusted root: protobuf's JSON to structures. Fields that are not known are passed over, as protobuf wants it; those that matter are checked. */
#include <limits.h>

#include "base/calendar.h"
#include "base/num.h"
#include "data/json.h"
#include "base/base64.h"
#include "trust/sigstore_inside.h"

enum { ROOT_FIELDS = 20000, BUNDLE_FIELDS = 5000 };

/* ---- JSON ---- */

bk_status bk_sigstore_json(bk_arena *arena, bk_str text, size_t fields, bk_map **ret, bk_err *err) {
    size_t colons = 0;
    bk_value v = bk_nil();
    for (size_t i = 0; i < text.n; i++) colons += text.p[i] == ':';
    if (colons > fields) return bk_err_limit(err, "fields of a JSON object", fields);
    BK_TRY(bk_json_decode(arena, text, BK_JSON_NUMBER, BK_T_MAP, &v, err));
    if (v.kind != BK_MAP || !v.map) return bk_err_set(err, BK_ERR, "not a JSON object");
    *ret = v.map;
    return BK_OK;
}

bk_value *bk_sigstore_at(bk_map *map, const char *path) {
    bk_str part, rest = bk_str_c(path);
    bk_value *v = NULL;
    while (rest.n) {
        bk_str_cut(rest, BK_S("."), &part, &rest);
        v = map ? bk_map_get(map, part) : NULL;
        if (!v) return NULL;
        map = v->kind == BK_MAP ? v->map : NULL;
    }
    return v;
}

bk_str bk_sigstore_text(bk_map *map, const char *path) {
    const bk_value *v = bk_sigstore_at(map, path);
    return v && v->kind == BK_STRING ? bk_value_str(*v) : BK_S("");
}

bk_status bk_sigstore_bytes(bk_arena *arena, bk_map *map, const char *path, const char *what, bk_str *ret, bk_err *err) {
    bk_str text = bk_sigstore_text(map, path);
    if (!text.n) return bk_err_set(err, BK_ERR, "%s is missing", what);
    if (bk_base64_decode(arena, text, ret, err) != BK_OK) return bk_err_wrap(err, "%s", what);
    return ret->n ? BK_OK : bk_err_set(err, BK_ERR, "%s is empty", what);
}

/* A number of 64 bits: protobuf writes it as a string, and takes a number as well. */
static bk_status number(bk_map *map, const char *path, const char *what, int64_t *ret, bk_err *err) {
    bk_str text = bk_sigstore_text(map, path); /* JSON numbers are texts here, too */
    *ret = 0;
    if (!text.n) return BK_OK;
    if (bk_parse_int(text, 10, ret) != BK_NUM_OK || *ret < 0) return bk_err_set(err, BK_ERR, "%s is not a number", what);
    return BK_OK;
}

static size_t items_of(bk_map *map, const char *path, const bk_value **ret) {
    bk_value *v = bk_sigstore_at(map, path);
    if (!v || v->kind != BK_LIST) return 0;
    *ret = v->items;
    return bk_value_len(*v);
}

static bk_map *map_of(bk_value v) { return v.kind == BK_MAP ? v.map : NULL; }

/* ---- times ---- */

static bool digits(bk_str s, size_t at, size_t n, int64_t *ret) {
    *ret = 0;
    for (size_t i = at; i < at + n; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9') return false;
        *ret = *ret * 10 + (s.p[i] - '0');
    }
    return true;
}

/* RFC 3339 as protobuf writes it: UTC. Fractions are cut off. */
static bool time_of(bk_str s, int64_t *ret) {
    int64_t y, mo, d, h, mi, sec;
    bool ok = s.n >= 20 && digits(s, 0, 4, &y) && digits(s, 5, 2, &mo) && digits(s, 8, 2, &d) && digits(s, 11, 2, &h) &&
              digits(s, 14, 2, &mi) && digits(s, 17, 2, &sec) && s.p[4] == '-' && s.p[7] == '-' && s.p[10] == 'T' && s.p[13] == ':' &&
              s.p[16] == ':' && (s.p[19] == 'Z' || s.p[19] == '.') && s.p[s.n - 1] == 'Z';
    if (!ok || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || sec > 60) return false;
    *ret = bk_days_of_date((bk_date){y, (unsigned)mo, (unsigned)d}) * 86400 + h * 3600 + mi * 60 + sec;
    return true;
}

static bk_status period(bk_map *map, const char *start, const char *end, int64_t *from, int64_t *until, bk_err *err) {
    bk_str a = bk_sigstore_text(map, start), b = bk_sigstore_text(map, end);
    *from = 0;
    *until = INT64_MAX;
    if ((a.n && !time_of(a, from)) || (b.n && !time_of(b, until))) return bk_err_set(err, BK_ERR, "validFor holds a time that is none");
    return BK_OK;
}

/* ---- keys and certificates ---- */

static bk_status certificate(bk_arena *arena, bk_map *map, bk_sigstore_chain *chain, bk_err *err) {
    bk_str der;
    BK_TRY(bk_sigstore_bytes(arena, map, "rawBytes", "a certificate", &der, err));
    if (chain->count == BK_SIGSTORE_CERTS) return bk_err_limit(err, "certificates of a chain", BK_SIGSTORE_CERTS);
    const unsigned char *p = (const unsigned char *)der.p;
    X509 *cert = der.n <= 1 << 20 ? d2i_X509(NULL, &p, (long)der.n) : NULL;
    if (cert && p != (const unsigned char *)der.p + der.n) {
        X509_free(cert);
        cert = NULL;
    }
    if (!cert) return bk_err_set(err, BK_ERR, "a certificate is not one");
    chain->certs[chain->count++] = cert;
    return BK_OK;
}

static bk_status certificates(bk_arena *arena, bk_map *map, const char *path, bk_sigstore_chain *chain, bk_err *err) {
    const bk_value *items;
    size_t n = items_of(map, path, &items);
    for (size_t i = 0; i < n; i++) BK_TRY(certificate(arena, map_of(items[i]), chain, err));
    return chain->count ? BK_OK : bk_err_set(err, BK_ERR, "there is no certificate");
}

static bk_status public_key(bk_arena *arena, bk_map *map, EVP_PKEY **ret, bk_err *err) {
    bk_str der;
    BK_TRY(bk_sigstore_bytes(arena, map, "publicKey.rawBytes", "a log's public key", &der, err));
    const unsigned char *p = (const unsigned char *)der.p;
    *ret = NULL;
    if (der.n > 1 << 16) return bk_err_set(err, BK_ERR, "a log's public key is not one");
    /* PKCS#1 is how old RSA keys stand there. One of a kind that is not known verifies nothing. */
    if (bk_str_starts(bk_sigstore_text(map, "publicKey.keyDetails"), BK_S("PKCS1_")))
        *ret = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.n);
    else *ret = d2i_PUBKEY(NULL, &p, (long)der.n);
    return BK_OK;
}

/* ---- the root ---- */

static bk_status parse_log(bk_arena *arena, bk_map *map, bk_sigstore_log *ret, bk_err *err) {
    *ret = (bk_sigstore_log){.url = bk_sigstore_text(map, "baseUrl")};
    BK_TRY(bk_sigstore_bytes(arena, map, "logId.keyId", "a log's id", &ret->id, err));
    if (bk_sigstore_text(map, "checkpointKeyId.keyId").n)
        BK_TRY(bk_sigstore_bytes(arena, map, "checkpointKeyId.keyId", "a log's id", &ret->checkpoint_id, err));
    BK_TRY(period(map, "publicKey.validFor.start", "publicKey.validFor.end", &ret->from, &ret->until, err));
    /* Without a start it was never in force. */
    if (!bk_sigstore_text(map, "publicKey.validFor.start").n) ret->from = INT64_MAX;
    return public_key(arena, map, &ret->key, err);
}

static bk_status parse_logs(bk_arena *arena, bk_map *root, const char *name, bk_sigstore_log *to, size_t *count, bk_err *err) {
    const bk_value *items;
    size_t n = items_of(root, name, &items);
    if (n > BK_SIGSTORE_PARTIES) return bk_err_limit(err, name, BK_SIGSTORE_PARTIES);
    for (size_t i = 0; i < n; i++) {
        bk_status s = parse_log(arena, map_of(items[i]), &to[i], err);
        *count = i + 1;
        if (s != BK_OK) return bk_err_wrap(err, "%s", name);
    }
    return BK_OK;
}

static bk_status parse_authorities(bk_arena *arena, bk_map *root, const char *name, bk_sigstore_authority *to, size_t *count, bk_err *err) {
    const bk_value *items;
    size_t n = items_of(root, name, &items);
    if (n > BK_SIGSTORE_PARTIES) return bk_err_limit(err, name, BK_SIGSTORE_PARTIES);
    for (size_t i = 0; i < n; i++) {
        bk_map *map = map_of(items[i]);
        to[i] = (bk_sigstore_authority){.name = bk_sigstore_text(map, "subject.commonName")};
        *count = i + 1;
        bk_status s = certificates(arena, map, "certChain.certificates", &to[i].chain, err);
        if (s == BK_OK) s = period(map, "validFor.start", "validFor.end", &to[i].from, &to[i].until, err);
        if (s != BK_OK) return bk_err_wrap(err, "%s", name);
    }
    return BK_OK;
}

bk_status bk_sigstore_parse_root(bk_arena *arena, bk_str text, bk_sigstore_root *ret, bk_err *err) {
    bk_map *map;
    if (text.n > BK_SIGSTORE_ROOT_MAX) return bk_err_limit(err, "bytes of a trusted root", BK_SIGSTORE_ROOT_MAX);
    BK_TRY(bk_sigstore_json(arena, text, ROOT_FIELDS, &map, err));
    bk_str type = bk_sigstore_text(map, "mediaType");
    if (!bk_str_starts(type, BK_S("application/vnd.dev.sigstore.trustedroot")))
        return bk_err_set(err, BK_ERR, "mediaType is \"%.*s\", not that of a trusted root", BK_FMT(type));
    BK_TRY(parse_logs(arena, map, "tlogs", ret->logs, &ret->log_count, err));
    BK_TRY(parse_logs(arena, map, "ctlogs", ret->certificate_logs, &ret->certificate_log_count, err));
    BK_TRY(parse_authorities(arena, map, "certificateAuthorities", ret->authorities, &ret->authority_count, err));
    BK_TRY(parse_authorities(arena, map, "timestampAuthorities", ret->stampers, &ret->stamper_count, err));
    if (!ret->authority_count) return bk_err_set(err, BK_ERR, "it names no certificate authority");
    return ret->log_count ? BK_OK : bk_err_set(err, BK_ERR, "it names no transparency log");
}

static void release_chain(bk_sigstore_chain *chain) {
    for (size_t i = 0; i < chain->count; i++) X509_free(chain->certs[i]);
    chain->count = 0;
}

void bk_sigstore_root_release(bk_sigstore_root *r) {
    for (size_t i = 0; i < r->log_count; i++) EVP_PKEY_free(r->logs[i].key);
    for (size_t i = 0; i < r->certificate_log_count; i++) EVP_PKEY_free(r->certificate_logs[i].key);
    for (size_t i = 0; i < r->authority_count; i++) release_chain(&r->authorities[i].chain);
    for (size_t i = 0; i < r->stamper_count; i++) release_chain(&r->stampers[i].chain);
}

void bk_sigstore_bundle_release(bk_sigstore_bundle *b) { release_chain(&b->chain); }

/* ---- the bundle ---- */

static bk_status parse_proof(bk_arena *arena, bk_map *map, bk_sigstore_entry *ret, bk_err *err) {
    const bk_value *items;
    int64_t index, size;
    ret->has_proof = true;
    BK_TRY(number(map, "logIndex", "logIndex of the inclusion proof", &index, err));
    BK_TRY(number(map, "treeSize", "treeSize of the inclusion proof", &size, err));
    BK_TRY(bk_sigstore_bytes(arena, map, "rootHash", "rootHash of the inclusion proof", &ret->root_hash, err));
    ret->proof_index = (uint64_t)index;
    ret->tree_size = (uint64_t)size;
    ret->checkpoint = bk_sigstore_text(map, "checkpoint.envelope");
    size_t n = items_of(map, "hashes", &items);
    if (n > BK_SIGSTORE_HASHES) return bk_err_limit(err, "hashes of an inclusion proof", BK_SIGSTORE_HASHES);
    for (size_t i = 0; i < n; i++) {
        if (items[i].kind != BK_STRING) return bk_err_set(err, BK_ERR, "a hash of the inclusion proof is none");
        BK_TRY(bk_base64_decode(arena, bk_value_str(items[i]), &ret->hashes[i], err));
        if (ret->hashes[i].n != 32) return bk_err_set(err, BK_ERR, "a hash of the inclusion proof is none");
    }
    ret->hash_count = n;
    return BK_OK;
}

static bk_status parse_entry(bk_arena *arena, bk_map *map, bk_sigstore_entry *ret, bk_err *err) {
    int64_t index;
    *ret = (bk_sigstore_entry){.kind = bk_sigstore_text(map, "kindVersion.kind"), .version = bk_sigstore_text(map, "kindVersion.version")};
    BK_TRY(number(map, "logIndex", "logIndex", &index, err));
    ret->index = (uint64_t)index;
    BK_TRY(number(map, "integratedTime", "integratedTime", &ret->time, err));
    BK_TRY(bk_sigstore_bytes(arena, map, "logId.keyId", "the log's id", &ret->log_id, err));
    BK_TRY(bk_sigstore_bytes(arena, map, "canonicalizedBody", "the log entry's body", &ret->body, err));
    if (bk_sigstore_text(map, "inclusionPromise.signedEntryTimestamp").n)
        BK_TRY(bk_sigstore_bytes(arena, map, "inclusionPromise.signedEntryTimestamp", "the log's promise", &ret->promise, err));
    const bk_value *proof = bk_sigstore_at(map, "inclusionProof");
    return proof && proof->kind == BK_MAP && proof->map ? parse_proof(arena, proof->map, ret, err) : BK_OK;
}

static bk_status parse_material(bk_arena *arena, bk_map *map, bk_sigstore_bundle *ret, bk_err *err) {
    const bk_value *items;
    bk_map *single = bk_sigstore_at(map, "certificate") ? map_of(*bk_sigstore_at(map, "certificate")) : NULL;
    if (single) BK_TRY(certificate(arena, single, &ret->chain, err));
    else if (bk_sigstore_at(map, "x509CertificateChain"))
        BK_TRY(certificates(arena, map, "x509CertificateChain.certificates", &ret->chain, err));
    else if (bk_sigstore_at(map, "publicKey"))
        return bk_err_set(err, BK_ERR, "it is signed with a bare key, not with a certificate: there is no identity to check");
    else return bk_err_set(err, BK_ERR, "it holds no certificate");
    for (size_t i = 0; i < ret->chain.count; i++)
        if (X509_self_signed(ret->chain.certs[i], 0) == 1) return bk_err_set(err, BK_ERR, "it brings its own root certificate");
    size_t n = items_of(map, "tlogEntries", &items);
    if (n > BK_SIGSTORE_ENTRIES) return bk_err_limit(err, "log entries of a bundle", BK_SIGSTORE_ENTRIES);
    for (size_t i = 0; i < n; i++) BK_TRY(parse_entry(arena, map_of(items[i]), &ret->entries[i], err));
    ret->entry_count = n;
    n = items_of(map, "timestampVerificationData.rfc3161Timestamps", &items);
    if (n > BK_SIGSTORE_ENTRIES) return bk_err_limit(err, "timestamps of a bundle", BK_SIGSTORE_ENTRIES);
    for (size_t i = 0; i < n; i++)
        BK_TRY(bk_sigstore_bytes(arena, map_of(items[i]), "signedTimestamp", "a timestamp", &ret->stamps[i], err));
    ret->stamp_count = n;
    return BK_OK;
}

static bk_status parse_envelope(bk_arena *arena, bk_map *map, bk_sigstore_bundle *ret, bk_err *err) {
    const bk_value *items;
    ret->payload_type = bk_sigstore_text(map, "payloadType");
    BK_TRY(bk_sigstore_bytes(arena, map, "payload", "the envelope's payload", &ret->payload, err));
    bk_str head;
    if (!bk_arena_printf(arena, &head, "DSSEv1 %zu %.*s %zu ", ret->payload_type.n, BK_FMT(ret->payload_type), ret->payload.n) ||
        !bk_arena_cat(arena, head, ret->payload, &ret->enveloped))
        return bk_arena_fail(arena, err);
    if (items_of(map, "signatures", &items) != 1) return bk_err_set(err, BK_ERR, "the envelope needs exactly one signature");
    return bk_sigstore_bytes(arena, map_of(items[0]), "sig", "the envelope's signature", &ret->signature, err);
}

static bk_status parse_message(bk_arena *arena, bk_map *map, bk_sigstore_bundle *ret, bk_err *err) {
    ret->is_message = true;
    ret->algorithm = bk_sigstore_text(map, "messageDigest.algorithm");
    if (bk_sigstore_text(map, "messageDigest.digest").n)
        BK_TRY(bk_sigstore_bytes(arena, map, "messageDigest.digest", "the message's digest", &ret->digest, err));
    return bk_sigstore_bytes(arena, map, "signature", "the message's signature", &ret->signature, err);
}

static bool known_type(bk_str type) {
    static const char *const types[] = {
        "application/vnd.dev.sigstore.bundle+json;version=0.1", "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3", "application/vnd.dev.sigstore.bundle.v0.3+json"};
    for (size_t i = 0; i < BK_COUNT(types); i++)
        if (bk_str_eq(type, bk_str_c(types[i]))) return true;
    return false;
}

bk_status bk_sigstore_parse_bundle(bk_arena *arena, bk_str text, bk_sigstore_bundle *ret, bk_err *err) {
    bk_map *map;
    if (text.n > BK_SIGSTORE_BUNDLE_MAX) return bk_err_limit(err, "bytes of a bundle", BK_SIGSTORE_BUNDLE_MAX);
    BK_TRY(bk_sigstore_json(arena, text, BUNDLE_FIELDS, &map, err));
    bk_str type = bk_sigstore_text(map, "mediaType");
    if (!known_type(type)) return bk_err_set(err, BK_ERR, "mediaType is \"%.*s\", not that of a bundle v0.1, v0.2 or v0.3", BK_FMT(type));
    const bk_value *material = bk_sigstore_at(map, "verificationMaterial"), *envelope = bk_sigstore_at(map, "dsseEnvelope"),
                   *message = bk_sigstore_at(map, "messageSignature");
    if (!material) return bk_err_set(err, BK_ERR, "verificationMaterial is missing");
    BK_TRY(parse_material(arena, map_of(*material), ret, err));
    if (!envelope == !message) return bk_err_set(err, BK_ERR, "it needs one of messageSignature and dsseEnvelope");
    return envelope ? parse_envelope(arena, map_of(*envelope), ret, err) : parse_message(arena, map_of(*message), ret, err);
}
