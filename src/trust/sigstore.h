/* sigstore.h: checks a Sigstore bundle (v0.1 to v0.3) offline, against a trusted root that is a file of the operator's.
 *
 * What has to hold, all of it:
 *   - the signing certificate was issued by an authority of the trusted root, for signing code, and a certificate log of the root has seen it (where the root names
 *     one);
 *   - it names an identity and an issuer that the policy wants;
 *   - it was valid at every time that somebody of the root has signed: the log's integrated time, a timestamp authority's token; there is at least one;
 *   - a transparency log of the root holds the signature: the entry is in the tree (RFC 6962) whose head the log has signed, and it speaks of this signature, this
 *     certificate and this content;
 *   - the signature fits: of the archive's bytes, or of a DSSE envelope whose in-toto statement names the digest of one of the subjects.
 *
 * The network is never asked. All input is JSON (data/json.h), DER (OpenSSL) and text; sizes, counts and nesting are capped. A bundle that is signed with a bare key is
 * refused: there would be no identity to speak of.
 *
 *     bk_sigstore_subject subjects[] = {{BK_S("the archive"), archive}};
 *     BK_TRY(bk_sigstore_verify(arena, bundle, root, subjects, 1, &policy, &found, err)); */
#ifndef BK_TRUST_SIGSTORE_H
#define BK_TRUST_SIGSTORE_H

#include "base/arena.h"
#include "value/value.h"

#define BK_SIGSTORE_BUNDLE_MAX ((size_t)16 << 20)
#define BK_SIGSTORE_ROOT_MAX ((size_t)4 << 20)

/* Who must have signed. One of the two of each pair is to be set; the expressions are Go's, and match anywhere unless they say otherwise. */
typedef struct bk_sigstore_policy {
    bk_str identity, identity_regexp;
    bk_str issuer, issuer_regexp;
    void *self;
    /* Matches an expression; needed when one is set. */
    bk_status (*match)(void *self, bk_arena *arena, bk_str expression, bk_str text, bool *ret, bk_err *err);
} bk_sigstore_policy;

/* Something that may have been signed: an archive, the manifest that stands for it in a registry. */
typedef struct bk_sigstore_subject {
    bk_str what; /* for messages */
    bk_str bytes;
} bk_sigstore_subject;

/* Texts are foreign: escape them before showing them. */
typedef struct bk_sigstore_found {
    bk_str identity, issuer;
    bk_str repository, revision, workflow; /* from the certificate, where its issuer is a build service; else empty */
    bk_str log;                            /* the transparency log's address, and where in it */
    uint64_t log_index;
    int64_t time;          /* the earliest time that was signed, seconds since 1970 */
    bool certificate_seen; /* a certificate log of the root vouches for the certificate */
    size_t subject;        /* which of the subjects */
    bk_str digest;         /* of that: "sha256:…" */
    bk_str predicate_type; /* of an in-toto statement; empty: a signature of the bytes and nothing more */
    bk_value predicate;    /* JSON */
} bk_sigstore_found;

bk_status bk_sigstore_verify(bk_arena *arena, bk_str bundle, bk_str trusted_root, const bk_sigstore_subject *subjects, size_t count,
                             const bk_sigstore_policy *policy, bk_sigstore_found *ret, bk_err *err);

#endif
