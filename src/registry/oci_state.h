/* oci_state.h: the inside of a bk_oci, and its exchanges with a registry; for the files oci*.c.
 *
 * An exchange is one request with all that belongs to it: credentials asked for and sent again, another try when the server is busy. Several may be under way:
 * each is begun, then finished in turn, and finishing one moves all of them on. */
#ifndef BK_REGISTRY_OCI_STATE_H
#define BK_REGISTRY_OCI_STATE_H

#include "net/net.h"
#include "registry/credentials.h"
#include "registry/oci.h"
#include "registry/oci_auth.h"

/* An authorization that was granted, for a registry and a scope (Basic: the empty one, good for all). */
typedef struct bk_oci_grant {
    struct bk_oci_grant *next;
    bk_str registry, scope;
    bk_str header;
} bk_oci_grant;

/* A registry that the operator named. */
typedef struct bk_oci_host {
    struct bk_oci_host *next;
    bk_str name;
} bk_oci_host;

struct bk_oci {
    bk_arena arena;
    bk_oci_options options;
    bk_str realms; /* BULKHEAD_REGISTRY_REALMS */
    bk_net *net;
    bk_credentials *credentials; /* NULL before they are needed */
    bk_oci_grant *grants;
    bk_oci_host *hosts;
    bool near[2];               /* a named registry lies on this machine; in a private network */
    const bk_credential *login; /* who is tried, while somebody logs in */
    bool oauth;                 /* and whether tokens are asked for by OAuth2's password grant */
};

typedef struct bk_oci_exchange {
    const char *method;
    bk_str registry; /* its host as in URLs */
    bk_str url, scope;
    bk_net_header headers[3];
    size_t header_count;
    bk_str body; /* small, in memory */
    bool has_body;
    const bk_net_source *source; /* or a stream */
    unsigned want;               /* the status whose body goes to `sink` */
    const bk_net_sink *sink;     /* only `data` is called, without a status of another kind; NULL: the answer's body holds it */
    size_t cap;
    uint32_t total_ms;

    /* The inside. */
    bk_net_call *call;
    bk_net_sink relay;
    bk_buf refusal; /* the body of another status */
    unsigned status;
    bk_str asked; /* the authorization that was sent */
    unsigned tries;
    bool challenged;
} bk_oci_exchange;

/* oci_send.c. `x` must stay where it is until it is finished or dropped. */
bk_status bk_oci_begin(bk_oci *oci, bk_oci_exchange *x, bk_err *err);
/* Waits for it. Any status is an answer; its texts lie in the arena. *ret_fault may be NULL. */
bk_status bk_oci_finish(bk_oci *oci, bk_arena *arena, bk_oci_exchange *x, bk_net_answer *ret, bk_net_fault *ret_fault, bk_err *err);
/* Both. */
bk_status bk_oci_do(bk_oci *oci, bk_arena *arena, bk_oci_exchange *x, bk_net_answer *ret, bk_err *err);
void bk_oci_drop(bk_oci_exchange *x);
/* The error for an answer that is not the wanted one: `GET "URL": response status code 404: name unknown: …`. */
bk_status bk_oci_refused(const char *method, bk_str url, const bk_net_answer *answer, bk_err *err);

/* oci_token.c: an authorization that answers the challenge: the header's value. */
bk_status bk_oci_authorize(bk_oci *oci, bk_arena *arena, const bk_oci_exchange *x, const bk_oci_challenge *challenge, bk_str *ret,
                           bk_err *err);

/* oci.c: "https://host/v2/path" and behind it; the host as it stands in URLs; the scope for a repository. */
bk_status bk_oci_url(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, const char *what, bk_str which, bk_str *ret, bk_err *err);
bk_str bk_oci_host_of(bk_str registry);
bk_status bk_oci_scope(bk_arena *arena, const bk_oci_reference *ref, const char *actions, bk_str *ret, bk_err *err);
/* Remembers that the operator named a registry. */
bk_status bk_oci_name_host(bk_oci *oci, bk_str registry, bk_err *err);

/* oci_manifest.c */
bk_status bk_oci_manifest_parse(bk_arena *arena, bk_str bytes, bk_oci_artifact *ret, bk_err *err);
/* A list of descriptors (layers, manifests). */
bk_status bk_oci_descriptors_parse(bk_arena *arena, bk_value list, size_t max, bk_oci_descriptor **ret, size_t *ret_count, bk_err *err);
/* The digest of bytes: "sha256:…". */
bk_status bk_oci_digest_of(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err);
/* GET or HEAD of a manifest. */
bk_status bk_oci_manifest_get(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_oci_artifact *ret, bk_err *err);
/* What a tag stands for: false when it does not exist or cannot be asked. */
bool bk_oci_tag_digest(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str *ret);

/* Helm's words about a "_" in a reference, when there is one. */
void bk_oci_tell_underscore(bk_buf *out, bk_str text);

#endif
