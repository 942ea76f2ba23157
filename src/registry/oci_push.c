/* oci_push.c: a chart to a registry, blob by blob. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sort.h"
#include "data/json.h"
#include "sandbox/digest.h"
#include "registry/files.h"
#include "registry/oci_state.h"
#include "value/gofmt.h"

enum { SMALL_MS = 120000, SLOWEST = 8 << 10 /* bytes a second */, CHUNK = 64 << 10, ANSWER_MAX = 1 << 20, BLOBS = 3 };

/* Something to upload: a file, or bytes. */
typedef struct blob {
    const char *media_type;
    bk_str digest;
    int64_t size, at;
    int fd; /* -1: bytes */
    bk_str bytes;
    bool there;              /* the registry has it */
    const bk_oci_push *push; /* who is told how far it is; NULL: nobody */
} blob;

typedef struct pushing {
    bk_oci *oci;
    bk_arena *arena;
    const bk_oci_push *push;
    blob blobs[BLOBS]; /* config, archive, provenance */
    size_t count;
    bk_str manifest, digest, scope;
} pushing;

/* ---- what is pushed ---- */

static bk_status digest_file(blob *b, bk_arena *arena, bk_err *err) {
    char chunk[CHUNK];
    unsigned char raw[BK_DIGEST_SIZE];
    bk_digest digest;
    bk_buf out;
    bk_digest_init(&digest);
    b->size = 0;
    for (;;) {
        ssize_t n = pread(b->fd, chunk, sizeof chunk, (off_t)b->size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_err_set(err, BK_ERR_IO, "reading the chart: %s", strerror(errno));
        if (n == 0) break;
        bk_digest_add(&digest, bk_str_of(chunk, (size_t)n));
        b->size += n;
        if (b->size > BK_OCI_BLOB_MAX) return bk_err_limit(err, "bytes of a chart's archive", (size_t)BK_OCI_BLOB_MAX);
    }
    bk_digest_final(&digest, raw);
    bk_buf_init(&out, arena, 0);
    bk_buf_c(&out, "sha256:");
    bk_digest_hex(&out, raw);
    BK_TRY(bk_buf_check(&out, err));
    b->digest = bk_buf_take(&out);
    return BK_OK;
}

static bk_status add_bytes(pushing *p, const char *media_type, bk_str bytes, bk_err *err) {
    blob *b = &p->blobs[p->count++];
    *b = (blob){.media_type = media_type, .bytes = bytes, .fd = -1, .size = (int64_t)bytes.n};
    return bk_oci_digest_of(p->arena, bytes, &b->digest, err);
}

static bk_status collect(pushing *p, bk_err *err) {
    const bk_oci_push *push = p->push;
    BK_TRY(add_bytes(p, BK_OCI_CHART_CONFIG, push->config, err));
    blob *b = &p->blobs[p->count++];
    *b = (blob){.media_type = BK_OCI_CHART_LAYER, .fd = push->fd};
    BK_TRY(digest_file(b, p->arena, err));
    return push->has_prov ? add_bytes(p, BK_OCI_PROV_LAYER, push->prov, err) : BK_OK;
}

static void put_descriptor(bk_buf *out, const blob *b) {
    bk_buf_printf(out, "{\"mediaType\":\"%s\",\"digest\":\"%.*s\",\"size\":%lld}", b->media_type, BK_FMT(b->digest), (long long)b->size);
}

static int by_digest(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp((*(const blob *const *)a)->digest, (*(const blob *const *)b)->digest);
}

/* The layers in the order of their digests, so that the same chart has the same manifest. */
static bk_status make_manifest(pushing *p, bk_err *err) {
    const blob *layers[BLOBS];
    size_t n = 0;
    bk_buf out;
    for (size_t i = 1; i < p->count; i++) layers[n++] = &p->blobs[i];
    if (!bk_sort(p->arena, (void *)layers, n, sizeof *layers, by_digest, NULL)) return bk_arena_fail(p->arena, err);
    bk_buf_init(&out, p->arena, BK_OCI_MANIFEST_MAX);
    bk_buf_c(&out, "{\"schemaVersion\":2,\"config\":");
    put_descriptor(&out, &p->blobs[0]);
    bk_buf_c(&out, ",\"layers\":[");
    for (size_t i = 0; i < n; i++) {
        if (i) bk_buf_byte(&out, ',');
        put_descriptor(&out, layers[i]);
    }
    bk_buf_byte(&out, ']');
    if (bk_map_len(p->push->annotations)) {
        bk_buf_c(&out, ",\"annotations\":");
        BK_TRY(bk_json_encode(&out, p->arena, bk_map_value(p->push->annotations), BK_JSON_HTML, err));
    }
    bk_buf_byte(&out, '}');
    BK_TRY(bk_buf_check(&out, err));
    p->manifest = bk_buf_take(&out);
    return bk_oci_digest_of(p->arena, p->manifest, &p->digest, err);
}

/* ---- what is there ---- */

static bk_oci_exchange exchange_of(const pushing *p, const char *method, bk_str url) {
    return (bk_oci_exchange){.method = method,
                             .registry = bk_oci_host_of(p->push->reference.registry),
                             .url = url,
                             .scope = p->scope,
                             .cap = ANSWER_MAX,
                             .total_ms = SMALL_MS};
}

static bk_status head(const pushing *p, const char *what, bk_str which, bk_oci_exchange *x, bk_err *err) {
    bk_str url;
    BK_TRY(bk_oci_url(p->oci, p->arena, &p->push->reference, what, which, &url, err));
    *x = exchange_of(p, "HEAD", url);
    x->headers[x->header_count++] = (bk_net_header){.name = BK_S("Accept"), .value = BK_S(BK_OCI_MANIFEST), .everywhere = true};
    return bk_oci_begin(p->oci, x, err);
}

static bk_status exists(const pushing *p, bk_oci_exchange *x, bool *ret, bk_err *err) {
    bk_net_answer answer;
    BK_TRY(bk_oci_finish(p->oci, p->arena, x, &answer, NULL, err));
    if (answer.status != 200 && answer.status != 404) return bk_oci_refused("HEAD", answer.url, &answer, err);
    *ret = answer.status == 200;
    return BK_OK;
}

static bk_status ask_for_blobs(pushing *p, bk_oci_exchange x[BLOBS], bk_err *err) {
    for (size_t i = 0; i < p->count; i++) BK_TRY(head(p, "blobs", p->blobs[i].digest, &x[i], err));
    for (size_t i = 0; i < p->count; i++) BK_TRY(exists(p, &x[i], &p->blobs[i].there, err));
    return BK_OK;
}

/* The manifest first: it brings the credentials out as well. When it is there, all that it names is. */
static bk_status look(pushing *p, bk_err *err) {
    bk_oci_exchange x[BLOBS] = {0};
    bool known = false;
    bk_status s = head(p, "manifests", p->digest, &x[0], err);
    if (s == BK_OK) s = exists(p, &x[0], &known, err);
    if (s == BK_OK && known)
        for (size_t i = 0; i < p->count; i++) p->blobs[i].there = true;
    if (s == BK_OK && !known) s = ask_for_blobs(p, x, err);
    for (size_t i = 0; i < BLOBS; i++) bk_oci_drop(&x[i]);
    return s == BK_OK ? BK_OK : bk_err_wrap(err, "failed to perform \"Exists\" on destination");
}

/* ---- an upload ---- */

static bk_status read_blob(void *self, char *to, size_t room, size_t *ret_n, bk_err *err) {
    blob *b = self;
    uint64_t left = (uint64_t)(b->size - b->at);
    size_t want = left < room ? (size_t)left : room;
    *ret_n = 0;
    if (want == 0) return BK_OK;
    if (b->fd < 0) {
        memcpy(to, b->bytes.p + b->at, want);
        *ret_n = want;
    } else {
        ssize_t n = pread(b->fd, to, want, (off_t)b->at);
        if (n < 0) return bk_err_set(err, BK_ERR_IO, "reading the chart: %s", strerror(errno));
        if (n == 0) return bk_err_set(err, BK_ERR, "the chart's file became shorter while it was pushed");
        *ret_n = (size_t)n;
    }
    b->at += (int64_t)*ret_n;
    if (b->push) b->push->progress(b->push->self, (uint64_t)b->at, b->size, false);
    return BK_OK;
}

static bk_status rewind_blob(void *self, bk_err *err) {
    (void)err;
    ((blob *)self)->at = 0;
    return BK_OK;
}

/* Where the registry wants the bytes: on its own origin or nowhere, since credentials go along. */
static bk_status check_location(const pushing *p, bk_str asked, bk_str location, const blob *b, bk_str *ret, bk_err *err) {
    bk_net_url base, to;
    bk_buf url;
    if (!location.n) return bk_err_set(err, BK_ERR, "http: no Location header in response");
    BK_TRY(bk_net_url_parse(p->arena, asked, NULL, &base, err));
    if (bk_net_url_parse(p->arena, location, &base, &to, err) != BK_OK) return bk_err_wrap(err, "blob upload Location");
    if (bk_str_eq(base.scheme, BK_S("https")) && bk_str_eq(to.scheme, BK_S("http")))
        return bk_fmt_fail(err, "blob upload Location %q downgrades scheme from https", to.host);
    if (!bk_net_same_origin(&base, &to))
        return bk_fmt_fail(err, "blob upload Location %q is on a different host than the registry %q", to.text, base.text);
    bk_buf_init(&url, p->arena, 0);
    bk_buf_str(&url, to.text);
    bk_buf_c(&url, bk_str_find_byte(to.text, '?') == BK_NPOS ? "?digest=" : "&digest=");
    bk_oci_query_escape(&url, b->digest);
    BK_TRY(bk_buf_check(&url, err));
    *ret = bk_buf_take(&url);
    return BK_OK;
}

static bk_status start_upload(const pushing *p, const blob *b, bk_str *ret, bk_err *err) {
    bk_str url;
    bk_net_answer answer;
    BK_TRY(bk_oci_url(p->oci, p->arena, &p->push->reference, "blobs/uploads", BK_S(""), &url, err));
    bk_oci_exchange x = exchange_of(p, "POST", url);
    BK_TRY(bk_oci_do(p->oci, p->arena, &x, &answer, err));
    if (answer.status != 202) return bk_oci_refused("POST", answer.url, &answer, err);
    if (answer.hops) return bk_err_set(err, BK_ERR, "POST \"%.*s\": the registry leads an upload elsewhere", BK_FMT(url));
    return check_location(p, url, bk_net_answer_header(&answer, "location"), b, ret, err);
}

static bk_status upload(const pushing *p, blob *b, bk_err *err) {
    const bk_net_source source = {.self = b, .read = read_blob, .rewind = rewind_blob, .length = b->size};
    bk_str url;
    bk_net_answer answer;
    if (b->there) return BK_OK;
    BK_TRY(start_upload(p, b, &url, err));
    bk_oci_exchange x = exchange_of(p, "PUT", url);
    int64_t ms = SMALL_MS + b->size / SLOWEST * 1000;
    x.total_ms = ms < (int64_t)BK_NET_FOREVER ? (uint32_t)ms : BK_NET_FOREVER - 1;
    x.source = &source;
    x.headers[x.header_count++] = (bk_net_header){.name = BK_S("Content-Type"), .value = BK_S("application/octet-stream")};
    b->at = 0;
    b->push = b->fd >= 0 && p->push->progress ? p->push : NULL;
    bk_status s = bk_oci_do(p->oci, p->arena, &x, &answer, err);
    if (b->push) b->push->progress(b->push->self, (uint64_t)b->at, b->size, true);
    BK_TRY(s);
    return answer.status == 201 ? BK_OK : bk_oci_refused("PUT", answer.url, &answer, err);
}

static bk_status put_manifest(const pushing *p, bk_err *err) {
    bk_str url, said;
    bk_net_answer answer;
    BK_TRY(bk_oci_url(p->oci, p->arena, &p->push->reference, "manifests", p->push->reference.tag, &url, err));
    bk_oci_exchange x = exchange_of(p, "PUT", url);
    x.body = p->manifest;
    x.has_body = true;
    x.headers[x.header_count++] = (bk_net_header){.name = BK_S("Content-Type"), .value = BK_S(BK_OCI_MANIFEST)};
    BK_TRY(bk_oci_do(p->oci, p->arena, &x, &answer, err));
    if (answer.status != 201) return bk_oci_refused("PUT", answer.url, &answer, err);
    said = bk_net_answer_header(&answer, "docker-content-digest");
    if (!said.n || bk_str_eq(said, p->digest)) return BK_OK;
    return bk_err_set(err, BK_ERR,
                      "PUT \"%.*s\": invalid response; digest mismatch in Docker-Content-Digest: received \"%.*s\" when expecting \"%.*s\"",
                      BK_FMT(url), BK_FMT(said), BK_FMT(p->digest));
}

static bk_status send_all(pushing *p, bk_err *err) {
    bk_status s = BK_OK;
    for (size_t i = 0; s == BK_OK && i < p->count; i++) s = upload(p, &p->blobs[i], err);
    if (s == BK_OK) s = put_manifest(p, err);
    return s == BK_OK ? BK_OK : bk_err_wrap(err, "failed to perform \"Push\" on destination");
}

/* ---- all of it ---- */

static bk_status tell_pushed(const pushing *p, bk_oci_pushed *ret, bk_err *err) {
    bk_str text;
    bk_buf out;
    BK_TRY(bk_oci_reference_text(p->arena, &p->push->reference, &text, err));
    bk_buf_init(&out, p->arena, 0);
    bk_buf_printf(&out, "Pushed: %.*s\nDigest: %.*s\n", BK_FMT(text), BK_FMT(p->digest));
    if (bk_str_find_byte(p->push->reference.tag, '_') != BK_NPOS) bk_oci_tell_underscore(&out, text);
    BK_TRY(bk_buf_check(&out, err));
    *ret = (bk_oci_pushed){.digest = p->digest, .size = (int64_t)p->manifest.n, .messages = bk_buf_take(&out)};
    return BK_OK;
}

bk_status bk_oci_push_chart(bk_oci *oci, bk_arena *arena, const bk_oci_push *push, bk_oci_pushed *ret, bk_err *err) {
    pushing p = {.oci = oci, .arena = arena, .push = push};
    if (!push->reference.tag.n) return bk_err_set(err, BK_ERR, "invalid reference: a push needs a tag");
    BK_TRY(bk_oci_scope(arena, &push->reference, "pull,push", &p.scope, err));
    BK_TRY(collect(&p, err));
    BK_TRY(make_manifest(&p, err));
    BK_TRY(look(&p, err));
    BK_TRY(send_all(&p, err));
    return tell_pushed(&p, ret, err);
}
