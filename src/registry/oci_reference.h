/* oci_reference.h: names of things in a registry: HOST[:PORT]/PATH[:TAG][@DIGEST].
 *
 * What is accepted is what the registries' specification allows, checked to the letter, since these texts become parts of URLs: a path of lower-case
 * components, a tag of at most 128 characters of [A-Za-z0-9_.-], a digest of sha256 or sha512. A tag may be written as a version, with "+": registries know no
 * plus sign, so Helm's convention puts "_" in its place, here and nowhere else. */
#ifndef BK_REGISTRY_OCI_REFERENCE_H
#define BK_REGISTRY_OCI_REFERENCE_H

#include "base/arena.h"
#include "base/err.h"

typedef struct bk_oci_reference {
    bk_str registry;   /* "ghcr.io", "localhost:5000" */
    bk_str repository; /* "charts/web" */
    bk_str tag;        /* with "_"; empty: none */
    bk_str digest;     /* "sha256:…"; empty: none */
} bk_oci_reference;

/* Whether a chart's name is an address of a registry: it begins with "oci://". */
bool bk_is_oci(bk_str text);

/* With or without "oci://". The texts lie in the arena, each with a NUL behind it. Errors are worded as Helm's: `invalid reference: invalid repository "X"`. */
bk_status bk_oci_reference_parse(bk_arena *arena, bk_str text, bk_oci_reference *ret, bk_err *err);
/* "host/path:tag", or "host/path@digest" without a tag: what Helm shows. */
bk_status bk_oci_reference_text(bk_arena *arena, const bk_oci_reference *ref, bk_str *ret, bk_err *err);
/* HOST[:PORT] alone, as `registry login` takes it. */
bk_status bk_oci_registry_check(bk_str registry, bk_err *err);
/* "sha256:" and 64 lower-case hexadecimal digits, or sha512 and 128. Content is only taken by sha256. */
bool bk_oci_digest_valid(bk_str digest);

#endif
