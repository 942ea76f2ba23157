/* credentials.h: who the operator is to a registry: the files that `registry login` writes, docker's as a fallback, and helper programs.
 *
 * The file is the one of Helm and docker (auths, credsStore, credHelpers); what it holds beside these stays as it is. A look-up asks Helm's file first, then
 * docker's; each may name a program docker-credential-X for a server, which then decides. Writing goes to Helm's file alone: put in place whole, 0600.
 *
 * What comes out is for the registry that was asked for and for nobody else; to see to that is the caller's part (oci_auth.h). */
#ifndef BK_REGISTRY_CREDENTIALS_H
#define BK_REGISTRY_CREDENTIALS_H

#include "base/arena.h"
#include "base/err.h"

typedef struct bk_credentials bk_credentials;

typedef struct bk_credential {
    bk_str username, password;
    bk_str identity_token; /* a refresh token: is exchanged for access tokens */
    bk_str registry_token; /* an access token: is sent as it is */
} bk_credential;

static inline bool bk_credential_empty(const bk_credential *c) {
    return c->username.n == 0 && c->password.n == 0 && c->identity_token.n == 0 && c->registry_token.n == 0;
}

typedef struct bk_credentials_options {
    bk_str path;              /* HELM_REGISTRY_CONFIG */
    char *const *environment; /* DOCKER_CONFIG and HOME name docker's file; PATH the helpers. NULL: neither is looked at */
} bk_credentials_options;

/* Reads both files; a missing or empty one is no error. Everything lies in the arena. */
bk_status bk_credentials_open(bk_arena *arena, const bk_credentials_options *options, bk_credentials **ret, bk_err *err);

/* What there is for a server (the registry's name; see bk_credentials_server); all empty when nothing is. */
bk_status bk_credentials_get(bk_credentials *credentials, bk_str server, bk_credential *ret, bk_err *err);
/* Keeps or forgets it. To forget what is not there is no error. A file that another process wrote meanwhile is read again first. */
bk_status bk_credentials_put(bk_credentials *credentials, bk_str server, const bk_credential *credential, bk_err *err);
bk_status bk_credentials_delete(bk_credentials *credentials, bk_str server, bk_err *err);

/* Under which name a registry is kept: "https://index.docker.io/v1/" for docker's own, else as it is. */
bk_str bk_credentials_server(bk_str registry);

/* For the fuzzer: the file's text alone, its entry for a server taken apart. */
bk_status bk_credentials_parse(bk_arena *arena, bk_str text, bk_str server, bk_credential *ret, bk_err *err);

#endif
