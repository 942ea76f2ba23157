/* oci_auth.h: what a registry wants to know of who asks, and who may be told. For the files oci*.c.
 *
 * A registry answers 401 with a challenge: Basic, or Bearer with the address of a token service (the realm), which the registry itself chose. So a realm is judged
 * before anything is sent there. */
#ifndef BK_REGISTRY_OCI_AUTH_H
#define BK_REGISTRY_OCI_AUTH_H

#include "base/buf.h"
#include "net/url.h"
#include "registry/credentials.h"

typedef enum bk_oci_scheme {
    BK_OCI_UNKNOWN,
    BK_OCI_BASIC,
    BK_OCI_BEARER,
} bk_oci_scheme;

typedef struct bk_oci_challenge {
    bk_oci_scheme scheme;
    bk_str realm, service, scope; /* of Bearer */
} bk_oci_challenge;

/* Takes a WWW-Authenticate header apart; what cannot be understood is left out, as registries' clients do. Fails without memory only. */
bk_status bk_oci_challenge_parse(bk_arena *arena, bk_str header, bk_oci_challenge *ret, bk_err *err);

/* Whether the realm may be asked at all: https, or http when the registry itself is spoken to that way; no literal address of a private place unless it is
 * the registry's own host. */
bk_status bk_oci_realm_check(bk_arena *arena, bk_str realm, const bk_net_url *registry, bk_net_url *ret, bk_err *err);
/* Whether credentials may go there: the registry's own host, a host in the registry's domain, or one of `allowed` (hosts by blanks or commas). */
bool bk_oci_realm_trusted(bk_str realm_host, bk_str registry_host, bk_str allowed);

/* Scopes (by blanks) merged and sorted, actions of the same thing together: "repository:x:pull" and "repository:x:push" are "repository:x:pull,push". */
bk_status bk_oci_scopes_merge(bk_arena *arena, bk_str a, bk_str b, bk_str *ret, bk_err *err);

/* url.QueryEscape. */
void bk_oci_query_escape(bk_buf *out, bk_str text);

#endif
