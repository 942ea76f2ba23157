/* oci_manifest.c: what a registry says of an artifact, read with the suspicion that a stranger's JSON deserves. */
#include "data/json.h"
#include "sandbox/digest.h"
#include "registry/oci_state.h"

#define ACCEPT \
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, " BK_OCI_INDEX \
    ", " BK_OCI_MANIFEST ", application/vnd.oci.artifact.manifest.v1+json"
#define MANIFEST_MS 120000u

/* ---- digests ---- */

bk_status bk_oci_digest_of(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err) {
    unsigned char raw[BK_DIGEST_SIZE];
    bk_digest digest;
    bk_buf out;
    bk_digest_init(&digest);
    bk_digest_add(&digest, bytes);
    bk_digest_final(&digest, raw);
    bk_buf_init(&out, arena, 0);
    bk_buf_c(&out, "sha256:");
    bk_digest_hex(&out, raw);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* ---- JSON ---- */

static bk_status malformed(bk_err *err, const char *what) { return bk_err_set(err, BK_ERR, "malformed manifest: %s", what); }

static bk_status text_of(bk_map *m, const char *key, bool needed, bk_str *ret, bk_err *err) {
    const bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    *ret = BK_S("");
    if (v && !bk_is_nil(*v)) {
        if (!bk_is_string(*v) || bk_json_is_number(*v)) return malformed(err, key);
        *ret = bk_value_str(*v);
    }
    return needed && !ret->n ? malformed(err, key) : BK_OK;
}

static bk_status annotations_of(bk_map *m, bk_map **ret, bk_err *err) {
    const bk_value *v = m ? bk_map_get(m, BK_S("annotations")) : NULL;
    *ret = NULL;
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (v->kind != BK_MAP) return malformed(err, "annotations");
    for (size_t i = 0; i < bk_map_len(v->map); i++)
        if (!bk_is_string(bk_map_at(v->map, i)->value)) return malformed(err, "annotations");
    *ret = v->map;
    return BK_OK;
}

static bk_status descriptor(bk_value v, bk_oci_descriptor *ret, bk_err *err) {
    bk_oci_descriptor d = {0};
    if (v.kind != BK_MAP || !v.map) return malformed(err, "a descriptor that is no object");
    BK_TRY(text_of(v.map, "mediaType", true, &d.media_type, err));
    BK_TRY(text_of(v.map, "digest", true, &d.digest, err));
    BK_TRY(text_of(v.map, "artifactType", false, &d.artifact_type, err));
    BK_TRY(annotations_of(v.map, &d.annotations, err));
    const bk_value *size = bk_map_get(v.map, BK_S("size"));
    if (!bk_oci_digest_valid(d.digest) || !bk_str_starts(d.digest, BK_S("sha256:")))
        return bk_err_set(err, BK_ERR, "malformed manifest: \"%.*s\" is no sha256 digest", BK_FMT(d.digest));
    if (!size || size->kind != BK_INT || size->i < 0) return malformed(err, "size");
    if (size->i > BK_OCI_BLOB_MAX) return bk_err_limit(err, "bytes of a blob", (size_t)BK_OCI_BLOB_MAX);
    d.size = size->i;
    *ret = d;
    return BK_OK;
}

bk_status bk_oci_descriptors_parse(bk_arena *arena, bk_value list, size_t max, bk_oci_descriptor **ret, size_t *ret_count, bk_err *err) {
    size_t n = list.kind == BK_LIST ? list.len : 0;
    if (list.kind != BK_LIST && !bk_is_nil(list)) return malformed(err, "a list of descriptors");
    if (n > max) return bk_err_limit(err, "descriptors in a manifest", max);
    bk_oci_descriptor *out = BK_NEW_ARRAY(arena, bk_oci_descriptor, n + 1);
    if (!out) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) BK_TRY(descriptor(list.items[i], &out[i], err));
    *ret = out;
    *ret_count = n;
    return BK_OK;
}

static bk_value member(bk_map *m, const char *key) {
    const bk_value *v = bk_map_get(m, bk_str_c(key));
    return v ? *v : bk_nil();
}

bk_status bk_oci_manifest_parse(bk_arena *arena, bk_str bytes, bk_oci_artifact *ret, bk_err *err) {
    bk_value v = bk_nil();
    bk_oci_artifact a = {.bytes = bytes};
    bk_oci_descriptor *layers;
    if (bk_json_decode(arena, bytes, BK_JSON_INT64, BK_T_MAP, &v, err) != BK_OK) return bk_err_wrap(err, "malformed manifest");
    if (v.kind != BK_MAP || !v.map) return malformed(err, "no object");
    bk_value version = member(v.map, "schemaVersion");
    if (version.kind != BK_INT || version.i != 2) return malformed(err, "schemaVersion is not 2");
    BK_TRY(text_of(v.map, "artifactType", false, &a.artifact_type, err));
    BK_TRY(annotations_of(v.map, &a.annotations, err));
    if (!bk_is_nil(member(v.map, "config"))) BK_TRY(descriptor(member(v.map, "config"), &a.config, err));
    BK_TRY(bk_oci_descriptors_parse(arena, member(v.map, "layers"), BK_OCI_LAYERS_MAX, &layers, &a.layer_count, err));
    a.layers = layers;
    *ret = a;
    return BK_OK;
}

/* ---- over the wire ---- */

/* "application/json; charset=utf-8" without what follows. */
static bk_str media_type_of(const bk_net_answer *answer) {
    bk_str type = bk_net_answer_header(answer, "content-type"), rest;
    bk_str_cut(type, BK_S(";"), &type, &rest);
    return bk_str_trim(type);
}

static bk_status prepare(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, const char *method, bk_oci_exchange *x, bk_err *err) {
    *x =
        (bk_oci_exchange){.method = method, .registry = bk_oci_host_of(ref->registry), .cap = BK_OCI_MANIFEST_MAX, .total_ms = MANIFEST_MS};
    BK_TRY(bk_oci_url(oci, arena, ref, "manifests", ref->digest.n ? ref->digest : ref->tag, &x->url, err));
    x->headers[x->header_count++] = (bk_net_header){.name = BK_S("Accept"), .value = BK_S(ACCEPT), .everywhere = true};
    return bk_oci_scope(arena, ref, "pull", &x->scope, err);
}

static bk_status mismatch(bk_err *err, bk_str url, bk_str got, bk_str want) {
    return bk_err_set(err, BK_ERR, "GET \"%.*s\": invalid response; digest mismatch: received \"%.*s\" when expecting \"%.*s\"",
                      BK_FMT(url), BK_FMT(got), BK_FMT(want));
}

/* The digest is that of the bytes: nothing else counts, whatever the registry says of them. */
static bk_status check_digest(bk_arena *arena, const bk_oci_reference *ref, const bk_net_answer *answer, bk_str *ret, bk_err *err) {
    bk_str said = bk_net_answer_header(answer, "docker-content-digest");
    BK_TRY(bk_oci_digest_of(arena, answer->body, ret, err));
    if (ref->digest.n && !bk_str_eq(*ret, ref->digest)) return mismatch(err, answer->url, *ret, ref->digest);
    if (bk_str_starts(said, BK_S("sha256:")) && !bk_str_eq(*ret, said)) return mismatch(err, answer->url, *ret, said);
    return BK_OK;
}

static bk_status manifest_get(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_oci_artifact *ret, bk_err *err) {
    bk_oci_exchange x;
    bk_net_answer answer;
    bk_str text, digest;
    BK_TRY(prepare(oci, arena, ref, "GET", &x, err));
    BK_TRY(bk_oci_do(oci, arena, &x, &answer, err));
    if (answer.status == 404) {
        BK_TRY(bk_oci_reference_text(arena, ref, &text, err));
        return bk_err_set(err, BK_ERR, "%.*s: not found", BK_FMT(text));
    }
    if (answer.status != 200) return bk_oci_refused("GET", answer.url, &answer, err);
    BK_TRY(check_digest(arena, ref, &answer, &digest, err));
    if (bk_str_eq(media_type_of(&answer), BK_S("text/html")))
        return bk_err_set(err, BK_ERR, "GET \"%.*s\": the answer is a web page: this is no registry", BK_FMT(answer.url));
    BK_TRY(bk_oci_manifest_parse(arena, answer.body, ret, err));
    ret->reference = *ref;
    ret->manifest = (bk_oci_descriptor){.media_type = media_type_of(&answer), .digest = digest, .size = (int64_t)answer.body.n};
    return BK_OK;
}

bk_status bk_oci_manifest_get(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_oci_artifact *ret, bk_err *err) {
    if (manifest_get(oci, arena, ref, ret, err) == BK_OK) return BK_OK;
    return bk_err_wrap(err, "failed to perform \"FetchReference\" on source");
}

bool bk_oci_tag_digest(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_str *ret) {
    bk_oci_exchange x;
    bk_net_answer answer = {0};
    bk_err ignored = BK_ERR_INIT;
    bool ok = prepare(oci, arena, ref, "HEAD", &x, &ignored) == BK_OK && bk_oci_do(oci, arena, &x, &answer, &ignored) == BK_OK;
    bk_err_release(&ignored);
    *ret = ok && answer.status == 200 ? bk_net_answer_header(&answer, "docker-content-digest") : BK_S("");
    return bk_oci_digest_valid(*ret);
}
