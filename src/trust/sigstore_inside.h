/* sigstore_inside.h: bundle and trusted root, parsed. Internal to src/trust/sigstore*.c. */
#ifndef BK_TRUST_SIGSTORE_INSIDE_H
#define BK_TRUST_SIGSTORE_INSIDE_H

#include <openssl/x509.h>

#include "trust/sigstore.h"
#include "value/map.h"

/* Caps on what one file may hold. */
enum {
    BK_SIGSTORE_CERTS = 16,   /* certificates of one chain */
    BK_SIGSTORE_PARTIES = 64, /* logs, authorities of one kind */
    BK_SIGSTORE_ENTRIES = 8,  /* log entries, timestamps of a bundle */
    BK_SIGSTORE_HASHES = 64   /* of an inclusion proof */
};

typedef struct bk_sigstore_chain {
    X509 *certs[BK_SIGSTORE_CERTS]; /* leaf first */
    size_t count;
} bk_sigstore_chain;

/* A log that signs: transparency or certificates. */
typedef struct bk_sigstore_log {
    bk_str url, id, checkpoint_id;
    EVP_PKEY *key;
    int64_t from, until; /* until INT64_MAX: open */
} bk_sigstore_log;

/* Who issues certificates or timestamps. */
typedef struct bk_sigstore_authority {
    bk_str name;
    bk_sigstore_chain chain;
    int64_t from, until;
} bk_sigstore_authority;

typedef struct bk_sigstore_root {
    bk_sigstore_log logs[BK_SIGSTORE_PARTIES], certificate_logs[BK_SIGSTORE_PARTIES];
    size_t log_count, certificate_log_count;
    bk_sigstore_authority authorities[BK_SIGSTORE_PARTIES], stampers[BK_SIGSTORE_PARTIES];
    size_t authority_count, stamper_count;
} bk_sigstore_root;

typedef struct bk_sigstore_entry {
    uint64_t index; /* in the whole log */
    bk_str log_id, kind, version;
    int64_t time;   /* 0: none */
    bk_str promise; /* the log's signature over entry and time; empty: none */
    bool has_proof;
    uint64_t proof_index, tree_size;
    bk_str root_hash;
    bk_str hashes[BK_SIGSTORE_HASHES];
    size_t hash_count;
    bk_str checkpoint;
    bk_str body;
} bk_sigstore_entry;

typedef struct bk_sigstore_bundle {
    bk_sigstore_chain chain;
    bk_sigstore_entry entries[BK_SIGSTORE_ENTRIES];
    size_t entry_count;
    bk_str stamps[BK_SIGSTORE_ENTRIES];
    size_t stamp_count;
    bool is_message;
    bk_str algorithm, digest; /* of a message; may be empty */
    bk_str payload, payload_type;
    bk_str enveloped; /* what an envelope's signature is for: type and payload, with their lengths */
    bk_str signature;
} bk_sigstore_bundle;

/* Parses; what was made so far is released by the caller in any case. */
bk_status bk_sigstore_parse_root(bk_arena *arena, bk_str text, bk_sigstore_root *ret, bk_err *err);
bk_status bk_sigstore_parse_bundle(bk_arena *arena, bk_str text, bk_sigstore_bundle *ret, bk_err *err);
void bk_sigstore_root_release(bk_sigstore_root *root);
void bk_sigstore_bundle_release(bk_sigstore_bundle *bundle);

/* JSON of strangers: at most `fields` members in all, so that chosen keys cannot make a map slow. */
bk_status bk_sigstore_json(bk_arena *arena, bk_str text, size_t fields, bk_map **ret, bk_err *err);
/* A member of a JSON object by a path of names with dots, each in the camel case of protobuf's JSON; NULL. */
bk_value *bk_sigstore_at(bk_map *map, const char *path);
bk_str bk_sigstore_text(bk_map *map, const char *path);
/* Base64 that has to be there; `what` names it in the error. */
bk_status bk_sigstore_bytes(bk_arena *arena, bk_map *map, const char *path, const char *what, bk_str *ret, bk_err *err);

/* ---- signatures ---- */

void bk_sigstore_sha256(bk_str bytes, unsigned char ret[32]);
bool bk_sigstore_hash_is(bk_str hash, bk_str bytes); /* 32 bytes */
/* "sha256" in lower-case hexadecimal. */
bk_status bk_sigstore_hex(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err);
/* The hash is the one that goes with the key (P-256, RSA: SHA-256; P-384: SHA-384; P-521: SHA-512), or `algorithm` ("SHA2_256" …) where that is given. */
bool bk_sigstore_signed_by(EVP_PKEY *key, bk_str algorithm, bk_str signature, bk_str bytes);

/* ---- the certificate ---- */

/* By an authority that was in force at that time. *ret_issuer_key_hash: SHA-256 of the issuer's public key. */
bk_status bk_sigstore_check_chain(const bk_sigstore_chain *chain, const bk_sigstore_root *root, int64_t at,
                                  unsigned char ret_issuer_key_hash[32], bk_err *err);
/* The certificate's own receipt of a certificate log. *ret_seen false: the root names no such log. */
bk_status bk_sigstore_check_receipt(bk_arena *arena, X509 *leaf, const bk_sigstore_root *root, const unsigned char issuer_key_hash[32],
                                    bool *ret_seen, bk_err *err);
/* Who it was issued for, by whose word, and whether the policy wants them. */
bk_status bk_sigstore_check_identity(bk_arena *arena, X509 *leaf, const bk_sigstore_policy *policy, bk_sigstore_found *ret, bk_err *err);

/* ---- the log ---- */

/* The entry is in a log of the root, and speaks of this bundle. *ret_log NULL: of a log that the root does not know. *ret_time 0: the log did not sign a time.
 * `subject_hash`: SHA-256 of what a message signature is for. */
bk_status bk_sigstore_check_entry(bk_arena *arena, const bk_sigstore_entry *entry, const bk_sigstore_bundle *bundle,
                                  const bk_sigstore_root *root, const unsigned char subject_hash[32], const bk_sigstore_log **ret_log,
                                  int64_t *ret_time, bk_err *err);

/* ---- timestamps ---- */

/* An RFC 3161 answer over the bundle's signature, by a timestamp authority of the root. */
bk_status bk_sigstore_check_stamp(bk_str stamp, bk_str signature, const bk_sigstore_root *root, int64_t *ret_time, bk_err *err);

#endif
