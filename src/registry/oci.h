/* oci.h: charts and plugins in OCI registries.
 *
 *     BK_TRY(bk_oci_new(&(bk_oci_options){.registry_config = path, .environment = environ}, &oci, err));
 *     status = bk_oci_choose(oci, arena, BK_S("oci://ghcr.io/charts/web"), BK_S(">=1.2"), &choice, err);       which version
 *     if (status == BK_OK) status = bk_oci_open(oci, arena, &choice.reference, &artifact, err);                its manifest
 *     if (status == BK_OK) status = bk_oci_chart(&artifact, false, &chart, &prov, err);                        its layers
 *     if (status == BK_OK) status = bk_oci_fetch(oci, &artifact.reference, chart, &sink, err);                 the archive
 *     bk_oci_free(oci);
 *
 * bk_oci_pull does the last three in one go. Nothing here writes files of its own: the archive goes to a sink of the caller's as it comes in, so memory does not
 * grow with it. What the sink got is good only when the call returns BK_OK: then size and SHA-256 are those of the manifest, and the manifest's that of
 * the reference.
 *
 * Credentials of a registry go to that registry's own origin. A token service gets them when its address is the registry's own host, or lies in the
 * registry's domain; else they stay here, and the error says how to allow it (BULKHEAD_REGISTRY_REALMS). Redirects and upload locations on other origins get none,
 * upload locations elsewhere are refused.
 *
 * Versions are sorted and chosen in a compartment; of what a registry says the host reads JSON, capped. */
#ifndef BK_REGISTRY_OCI_H
#define BK_REGISTRY_OCI_H

#include "sandbox/digest.h"
#include "registry/oci_reference.h"
#include "value/map.h"

#define BK_OCI_CHART_CONFIG "application/vnd.cncf.helm.config.v1+json"
#define BK_OCI_CHART_LAYER "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
#define BK_OCI_CHART_LAYER_OLD "application/tar+gzip"
#define BK_OCI_PROV_LAYER "application/vnd.cncf.helm.chart.provenance.v1.prov"
#define BK_OCI_PLUGIN "application/vnd.helm.plugin.v1+json"
#define BK_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define BK_OCI_INDEX "application/vnd.oci.image.index.v1+json"

/* Caps. */
#define BK_OCI_MANIFEST_MAX ((size_t)4 << 20)
#define BK_OCI_CONFIG_MAX ((size_t)4 << 20)
#define BK_OCI_PROV_MAX ((size_t)4 << 20)
#define BK_OCI_BLOB_MAX ((int64_t)2 << 30)
#define BK_OCI_TAGS_MAX 100000u
#define BK_OCI_LAYERS_MAX 128u

typedef struct bk_oci bk_oci;

/* Texts are copied. Empty: not set. */
typedef struct bk_oci_options {
    bk_str registry_config;    /* HELM_REGISTRY_CONFIG */
    bk_str username, password; /* both set: used in place of what the files hold, for every registry that is asked */
    bk_str cert_file, key_file, ca_file;
    bool insecure, plain_http;
    char *const *environment; /* NULL: no docker file, no helpers, no proxy */
} bk_oci_options;

/* One subject: its certificates, credentials, tokens and connections. Opens no connection and reads no file yet. Used by one thread. */
bk_status bk_oci_new(const bk_oci_options *options, bk_oci **ret, bk_err *err);
void bk_oci_free(bk_oci *oci);

/* ---- which version ---- */

typedef struct bk_oci_choice {
    bk_oci_reference reference; /* with a tag or, when one was given, a digest */
    bk_str text;                /* "host/path:tag": as Helm shows it */
    bk_str digest;              /* of the manifest, when the reference named it: "sha256:…" */
    bk_str name;                /* the last part of the path */
    bk_str version;             /* the tag with "+"; empty when chosen by digest alone */
    bk_str file;                /* "web-1.2.3.tgz": what Helm calls a download; ends with a NUL that does not count */
} bk_oci_choice;

/* `text`: oci://host/path[:tag][@digest]. `version`: empty, a version or a range. A version goes unasked; for a range the tags are listed and the highest that fits
 * is taken; a version beside a digest has to be the same artifact where that tag exists. Texts as in Helm ("could not locate a version matching provided version
 * string X"). */
bk_status bk_oci_choose(bk_oci *oci, bk_arena *arena, bk_str text, bk_str version, bk_oci_choice *ret, bk_err *err);

/* All tags of a repository, in the registry's order, over all pages; those that are versions, the highest first, with "+". */
bk_status bk_oci_tags(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str **ret, size_t *ret_count, bk_err *err);
bk_status bk_oci_versions(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str **ret, size_t *ret_count, bk_err *err);

/* ---- what is there ---- */

typedef struct bk_oci_descriptor {
    bk_str media_type;
    bk_str digest; /* checked: sha256 */
    int64_t size;  /* checked: not negative, at most BK_OCI_BLOB_MAX */
    bk_str artifact_type;
    bk_map *annotations; /* texts; NULL: none */
} bk_oci_descriptor;

typedef struct bk_oci_artifact {
    bk_oci_reference reference; /* as it was asked for */
    bk_oci_descriptor manifest;
    bk_str bytes; /* the manifest */
    bk_str artifact_type;
    bk_map *annotations;
    bk_oci_descriptor config;
    const bk_oci_descriptor *layers;
    size_t layer_count;
} bk_oci_artifact;

/* The manifest behind a tag or a digest, its own digest checked. An index is refused but for one that holds a single manifest. */
bk_status bk_oci_open(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_oci_artifact *ret, bk_err *err);
/* The layers of a chart; *ret_prov is NULL when there is none and it is not `need_prov`. Refused as Helm refuses what is no chart. */
bk_status bk_oci_chart(const bk_oci_artifact *artifact, bool need_prov, const bk_oci_descriptor **ret_chart,
                       const bk_oci_descriptor **ret_prov, bk_err *err);
/* Takes bytes in their order, each once. `digest`, when it is set, tells the SHA-256 of all that it took, in 64 digits: a sink that takes it anyway, beside the thread that
 * receives, spares this one the work. */
typedef struct bk_oci_sink {
    void *self;
    bk_status (*data)(void *self, bk_str bytes, bk_err *err);
    bk_status (*digest)(void *self, char ret[BK_DIGEST_HEX], bk_err *err);
} bk_oci_sink;

/* A blob as it comes in. One that broke off on the way is continued where it was, a few times. */
bk_status bk_oci_fetch(bk_oci *oci, const bk_oci_reference *ref, const bk_oci_descriptor *blob, const bk_oci_sink *sink, bk_err *err);
/* A small one to memory. */
bk_status bk_oci_fetch_bytes(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, const bk_oci_descriptor *blob, size_t max,
                             bk_str *ret, bk_err *err);
/* What refers to the manifest of that digest (signatures, bundles, attestations): by the registry's list, or by the tag that stands in for it.
 * `artifact_type` may be empty: all. None is no error. Each is opened with its digest in the reference. */
bk_status bk_oci_referrers(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str digest, bk_str artifact_type,
                           bk_oci_descriptor **ret, size_t *ret_count, bk_err *err);

/* What Helm prints of a chart that was pulled: "Pulled: …\nDigest: …\n", and its remarks about old media types and tags with "_". */
bk_status bk_oci_messages(bk_arena *arena, const bk_oci_artifact *artifact, const bk_oci_descriptor *chart, bk_str *ret, bk_err *err);

/* ---- pull and push ---- */

typedef struct bk_oci_pull {
    bk_oci_reference reference;
    const bk_oci_sink *sink; /* for the archive; NULL: it is not wanted */
    bool prov;               /* the provenance file is wanted too */
    bool prov_needed;        /* and missing, it is an error */
} bk_oci_pull;

typedef struct bk_oci_pulled {
    bk_oci_artifact artifact;
    const bk_oci_descriptor *chart;
    bk_str config; /* the chart's metadata as JSON: what the pusher said, no more */
    bk_str prov;   /* empty: none */
    bool has_prov;
    bk_str messages; /* what Helm prints: "Pulled: …\nDigest: …\n", on standard error but for `pull` */
} bk_oci_pulled;

/* Config, archive and provenance at the same time. A config that names another chart or version than the reference is refused. */
bk_status bk_oci_pull_chart(bk_oci *oci, bk_arena *arena, const bk_oci_pull *pull, bk_oci_pulled *ret, bk_err *err);

typedef struct bk_oci_push {
    bk_oci_reference reference; /* with the tag */
    int fd;                     /* the archive, open to be read from its start */
    bk_str prov;
    bool has_prov;
    bk_str config;       /* metadata as JSON */
    bk_map *annotations; /* texts */
    /* How far the archive is; may be NULL. `bytes` goes back when it is sent again. */
    void (*progress)(void *self, uint64_t bytes, int64_t total, bool done);
    void *self;
} bk_oci_push;

typedef struct bk_oci_pushed {
    bk_str digest; /* of the manifest */
    int64_t size;
    bk_str messages; /* "Pushed: …\nDigest: …\n" */
} bk_oci_pushed;

/* Blobs first, what is there already is left alone, the manifest last: an interrupted push leaves no tag behind. */
bk_status bk_oci_push_chart(bk_oci *oci, bk_arena *arena, const bk_oci_push *push, bk_oci_pushed *ret, bk_err *err);

/* ---- login ---- */

/* Tries the options' user name and password (or identity token, with an empty user name) at the registry and keeps them in the registry file. */
bk_status bk_oci_login(bk_oci *oci, bk_arena *arena, bk_str registry, bk_err *err);

#endif
