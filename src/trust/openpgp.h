/* openpgp.h: clear-signed texts, checked and made by a helper program.
 *
 * The program is bulkhead-openpgp, beside the running binary or in ../libexec/bulkhead; it needs librnp, so it may be missing, which is an
 * error here. It is started for each request with no environment, no files but two pipes and a deadline, and locks itself down before it reads
 * (trust/program/openpgp.c). What it says about a signature is believed; the texts that it hands back are checked like any foreign bytes.
 *
 * Helm's provenance files, and the keys it takes, are described in action/provenance.h. */
#ifndef BK_TRUST_OPENPGP_H
#define BK_TRUST_OPENPGP_H

#include "base/arena.h"
#include "value/value.h"

/* Largest keyring and largest signed text. */
#define BK_TRUST_KEYRING_MAX ((size_t)32 << 20)
#define BK_TRUST_TEXT_MAX ((size_t)8 << 20)

typedef struct bk_signer {
    bk_str fingerprint; /* of the primary key: upper-case hexadecimal */
    bk_str *identities; /* "Name (comment) <mail>"; foreign text: escape it before showing it */
    size_t identity_count;
} bk_signer;

/* Checks a clear-signed text against a keyring (the bytes of a binary, armoured or keybox file). *ret_text: what was signed, with plain newlines.
 * Errors are Helm's where Helm has them: "signature block not found", "openpgp: signature made by unknown entity", "openpgp: key expired" …. */
bk_status bk_openpgp_verify(bk_arena *arena, bk_str keyring, bk_str message, bk_str *ret_text, bk_signer *ret_signer, bk_err *err);

typedef struct bk_signing_key {
    bk_str name;       /* its first identity */
    bool is_protected; /* a pass phrase is needed */
} bk_signing_key;

/* The key of that name: the very name, else the only one that contains it, as Helm looks for it. Fails when there is none, more than one, no secret part. */
bk_status bk_openpgp_find_key(bk_arena *arena, bk_str keyring, bk_str name, bk_signing_key *ret, bk_err *err);
/* Clear-signs a text (SHA-512), with plain newlines, as Go writes it. `passphrase` is empty for a key that needs none. */
bk_status bk_openpgp_sign(bk_arena *arena, bk_str keyring, bk_str name, bk_str passphrase, bk_str text, bk_str *ret, bk_err *err);

#endif
