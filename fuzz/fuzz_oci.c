// links: host
/* What registries send, and the files about them: the first byte says which. References, challenges and realms, manifests, registry files. */
#include "fuzz.h"
#include "registry/oci_state.h"

static void reference(bk_str text, bk_arena *arena, bk_err *err) {
    bk_oci_reference a, b;
    bk_str shown, again;
    if (bk_oci_reference_parse(arena, text, &a, err) != BK_OK) return;
    FUZZ_CHECK(bk_oci_reference_text(arena, &a, &shown, err) == BK_OK);
    FUZZ_CHECK(bk_oci_reference_parse(arena, shown, &b, err) == BK_OK);
    FUZZ_CHECK(bk_oci_reference_text(arena, &b, &again, err) == BK_OK && bk_str_eq(shown, again));
    for (size_t i = 0; i < shown.n; i++)
        FUZZ_CHECK((unsigned char)shown.p[i] > ' ' && shown.p[i] != '?' && shown.p[i] != '#' && shown.p[i] != '%');
}

static void challenge(bk_str text, bk_arena *arena, bk_err *err) {
    bk_oci_challenge c;
    bk_net_url registry, realm;
    bk_str scopes;
    FUZZ_CHECK(bk_net_url_parse(arena, BK_S("https://registry.example.com/v2/"), NULL, &registry, err) == BK_OK);
    if (bk_oci_challenge_parse(arena, text, &c, err) != BK_OK) return;
    if (bk_oci_scopes_merge(arena, BK_S("repository:x:pull"), c.scope, &scopes, err) != BK_OK) return;
    if (bk_oci_realm_check(arena, c.realm, &registry, &realm, err) != BK_OK) return;
    FUZZ_CHECK(bk_str_eq(realm.scheme, BK_S("https")) && !realm.has_user);
    if (bk_oci_realm_trusted(realm.host, registry.host, BK_S("")))
        FUZZ_CHECK(bk_str_eq(realm.host, BK_S("example.com")) || bk_str_ends(realm.host, BK_S(".example.com")));
}

static void manifest(bk_str text, bk_arena *arena, bk_err *err) {
    bk_oci_artifact a;
    const bk_oci_descriptor *chart, *prov;
    if (bk_oci_manifest_parse(arena, text, &a, err) != BK_OK) return;
    FUZZ_CHECK(a.layer_count <= BK_OCI_LAYERS_MAX);
    for (size_t i = 0; i < a.layer_count; i++) FUZZ_CHECK(bk_oci_digest_valid(a.layers[i].digest) && a.layers[i].size >= 0);
    if (bk_oci_chart(&a, false, &chart, &prov, err) == BK_OK) FUZZ_CHECK(chart && chart->size <= BK_OCI_BLOB_MAX);
}

static void config(bk_str text, bk_arena *arena, bk_err *err) {
    bk_credential c;
    if (bk_credentials_parse(arena, text, BK_S("r.io"), &c, err) != BK_OK) return;
    FUZZ_CHECK(bk_str_find_byte(c.username, ':') == BK_NPOS || !text.n || bk_str_contains(text, BK_S("username")));
}

FUZZ(text) {
    if (!text.n) return;
    bk_str rest = bk_str_from(text, 1);
    switch (text.p[0]) {
    case 'r': reference(rest, arena, err); break;
    case 'c': challenge(rest, arena, err); break;
    case 'm': manifest(rest, arena, err); break;
    case 'f': config(rest, arena, err); break;
    default: break;
    }
}
