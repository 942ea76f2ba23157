/* provenance.h: who signed a file, as Helm's .prov files say it.
 *
 * A provenance file is a clear-signed text of two YAML documents with "..." between them: the metadata of the chart or plugin, and
 * {files: {NAME: "sha256:HEX"}}. The signature vouches for the text; the text for the bytes of the file of that name, and for nothing else: not for what
 * the chart does, and not for its dependencies beyond the bytes packed with it. As in Helm the metadata part is not compared with the
 * archive's; here the name under which the hash is looked up is the file's own.
 *
 * The signature is judged by the helper program (trust/openpgp.h), the YAML is read in a compartment of its own. */
#ifndef BK_ACTION_PROVENANCE_H
#define BK_ACTION_PROVENANCE_H

#include "trust/openpgp.h"

typedef struct bk_provenance {
    bk_signer signer;
    bk_str hash; /* "sha256:…" of the file */
    bk_str text; /* all that was signed */
} bk_provenance;

/* The keyring that Helm takes when none is named: pubring.gpg of GNUPGHOME or ~/.gnupg when it is there, else pubring.kbx when that is, else
 * pubring.gpg. */
bk_status bk_keyring_default(bk_arena *arena, bk_str *ret, bk_err *err);

/* The hash that a signed text has for a file's name. `yaml` reads the second document. */
bk_status bk_provenance_hash(bk_arena *arena, bk_str text, bk_str file_name,
                             bk_status (*yaml)(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err), bk_str *ret, bk_err *err);
/* Checks the bytes of `file_name` (a base name) against the text of its provenance file. Errors as Helm's. */
bk_status bk_provenance_check(bk_arena *arena, bk_str file_name, bk_str bytes, bk_str provenance, bk_str keyring_path, bk_provenance *ret,
                              bk_err *err);
typedef struct bk_signing {
    bk_str keyring_path, key;
    bk_str passphrase_file; /* empty: asked for on the terminal; "-": standard input, which must be a pipe */
    bk_str passphrase;      /* what was read; kept for further charts */
    bool have_passphrase;
    bk_str keyring; /* its bytes, once loaded */
    bool is_protected, unlocked;
} bk_signing;

/* What bk_provenance_make does first, for callers that want to fail early. Reads the keyring: "open x: no such file or directory". */
bk_status bk_signing_load(bk_arena *arena, bk_signing *signing, bk_err *err);
/* Finds the key, and asks for its pass phrase where it needs one. "private key not found", "openpgp: key expired" …. */
bk_status bk_signing_unlock(bk_arena *arena, bk_signing *signing, bk_err *err);

/* The text of a provenance file for these bytes. `metadata` is YAML, as Helm writes it; `more`, when there is any, becomes a
 * third document, which Helm does not look at. Asks for a pass phrase where the key needs one. */
bk_status bk_provenance_make(bk_arena *arena, bk_signing *signing, bk_str file_name, bk_str bytes, bk_str metadata, bk_str more,
                             bk_str *ret, bk_err *err);

/* Wipes the pass phrase. */
void bk_signing_forget(bk_signing *signing);

/* "Signed by: …", "Using Key With Fingerprint: …" and "<what> Hash Verified: …", a line each, without control characters. */
void bk_provenance_print(const bk_provenance *provenance, const char *what, bk_buf *out);

#endif
