/* signatures.h: what was signed about a chart, by whom, and what that says.
 *
 * Two kinds of signatures: Helm's provenance files (provenance.h; --verify) and Sigstore bundles (trust/sigstore.h; demanded by naming an identity). What a policy
 * demands has to be there and to be good; what it does not demand is not looked at.
 *
 *     bk_signed_chart chart = {.file_name = BK_S("web-1.0.0.tgz"), .bytes = archive, .provenance = prov};
 *     BK_TRY(bk_signatures_check(arena, &policy, &chart, guard, &found, err));
 *     bk_signatures_log(arena, &found, &logs, err);       what the signer vouched for and what not, for people
 *
 * A guard is told the signers and the digest: rules may name the first, and another archive than that one is not rendered any more. */
#ifndef BK_ACTION_SIGNATURES_H
#define BK_ACTION_SIGNATURES_H

#include "action/provenance.h"
#include "action/render.h"
#include "trust/sigstore.h"

typedef struct bk_signature_policy {
    bool provenance; /* --verify */
    bk_str keyring;  /* path; empty: Helm's default */
    bool sigstore;   /* a bundle is demanded */
    bk_str identity, identity_regexp, issuer, issuer_regexp;
    bk_str bundle;       /* path; empty: beside the archive, or in the registry */
    bk_str trusted_root; /* path */
} bk_signature_policy;

typedef struct bk_signed_chart {
    bk_str file_name;       /* that the provenance file speaks of: a base name */
    bk_str bytes;           /* of the archive */
    bk_str provenance;      /* bytes of the provenance file; NULL: there is none */
    bk_str provenance_from; /* for the message then: `failed to fetch provenance "…"` */
    const bk_str *bundles;  /* bytes of Sigstore bundles; one that is good is enough */
    size_t bundle_count;
    bk_str manifest; /* bytes of the manifest that stands for it in a registry: may be what was signed; empty: none */
} bk_signed_chart;

typedef struct bk_signatures {
    bk_str file_name;
    size_t size; /* of the archive */
    bk_str digest;
    bool has_provenance, has_sigstore;
    bk_provenance provenance;
    bk_sigstore_found sigstore;
    bk_value statement; /* of what the chart asks for (capabilities.h); nil: none was signed */
} bk_signatures;

static inline bool bk_signatures_wanted(const bk_signature_policy *policy) { return policy->provenance || policy->sigstore; }

/* All that the policy demands. `guard` may be NULL. Errors are Helm's where Helm has them. */
bk_status bk_signatures_check(bk_arena *arena, const bk_signature_policy *policy, const bk_signed_chart *chart, bk_guard *guard,
                              bk_signatures *ret, bk_err *err);
/* The same for an archive on disk, with PATH.prov and PATH.sigstore.json beside it; a folder cannot be verified. */
bk_status bk_signatures_check_file(bk_arena *arena, const bk_signature_policy *policy, bk_str path, bk_guard *guard, bk_signatures *ret,
                                   bk_err *err);
/* The same for an archive that goes by another name than its file's, with the provenance file's path; an empty one is PATH.prov. Bundles beside it. */
bk_status bk_signatures_check_path(bk_arena *arena, const bk_signature_policy *policy, bk_str file_name, bk_str path,
                                   bk_str provenance_path, bk_guard *guard, bk_signatures *ret, bk_err *err);
/* The bundles that are beside an archive, or the one that the policy names. */
bk_status bk_signatures_beside(bk_arena *arena, const bk_signature_policy *policy, bk_str path, bk_str **ret, size_t *ret_count,
                               bk_err *err);

/* The lines of `verify`: Helm's, then those of a bundle. */
void bk_signatures_print(const bk_signatures *found, bk_buf *out);
/* What the signatures say and what they do not say: log lines, INFO. */
bk_status bk_signatures_log(bk_arena *arena, const bk_signatures *found, bk_rendered *logs, bk_err *err);

#endif
