// links: host
/* Sigstore: a trusted root, an empty byte, a bundle. Whatever they are, the check ends; what is accepted has a name, a time and a digest. */
#include "fuzz.h"
#include "guard/keys.h"
#include "trust/sigstore_inside.h"

static bk_status match(void *self, bk_arena *arena, bk_str expression, bk_str text, bool *ret, bk_err *err) {
    (void)self, (void)arena, (void)expression, (void)err;
    *ret = text.n > 0;
    return BK_OK;
}

/* Both alone as well, since a bundle is not looked at behind a bad root. */
static void parse(bk_arena *arena, bk_str root, bk_str bundle) {
    bk_sigstore_root *r = BK_NEW(arena, bk_sigstore_root);
    bk_sigstore_bundle *b = BK_NEW(arena, bk_sigstore_bundle);
    bk_err err = BK_ERR_INIT;
    if (!r || !b) return;
    *r = (bk_sigstore_root){0};
    *b = (bk_sigstore_bundle){0};
    if (bk_sigstore_parse_root(arena, root, r, &err) == BK_OK) FUZZ_CHECK(r->authority_count && r->log_count);
    bk_err_release(&err);
    if (bk_sigstore_parse_bundle(arena, bundle, b, &err) == BK_OK) FUZZ_CHECK(b->chain.count && b->signature.n);
    bk_err_release(&err);
    bk_sigstore_root_release(r);
    bk_sigstore_bundle_release(b);
}

FUZZ(text) {
    static const bk_sigstore_subject subject = {{"the archive", 11}, {"archive\n", 8}};
    const bk_sigstore_policy policy = {.identity_regexp = BK_S("."), .issuer_regexp = BK_S("."), .match = match};
    bk_sigstore_found found;
    size_t at = bk_str_find_byte(text, 0);
    if (at == BK_NPOS) return;
    bk_str root = bk_str_sub(text, 0, at), bundle = bk_str_from(text, at + 1);
    bk_keys_start();
    parse(arena, root, bundle);
    if (bk_sigstore_verify(arena, bundle, root, &subject, 1, &policy, &found, err) != BK_OK) return;
    FUZZ_CHECK(found.identity.n && found.issuer.n && found.time > 0 && bk_str_starts(found.digest, BK_S("sha256:")));
}
