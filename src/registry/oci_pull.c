/* oci_pull.c: artifacts and blobs to here. */
#include "data/json.h"
#include "sandbox/digest.h"
#include "registry/oci_state.h"

enum { RESUMES = 5, SMALL_MS = 120000, SLOWEST = 8 << 10 /* bytes a second */, SLACK = 64 << 10 };

/* ---- the manifest ---- */

/* An index stands for what it holds, when that is one thing. */
static bk_status through_index(bk_oci *oci, bk_arena *arena, bk_oci_artifact *a, bk_err *err) {
    bk_value v = bk_nil();
    bk_oci_descriptor *list;
    size_t n;
    const bool index = bk_str_eq(a->manifest.media_type, BK_S(BK_OCI_INDEX)) ||
                       bk_str_eq(a->manifest.media_type, BK_S("application/vnd.docker.distribution.manifest.list.v2+json"));
    if (!index) return BK_OK;
    BK_TRY(bk_json_decode(arena, a->bytes, BK_JSON_INT64, BK_T_MAP, &v, err));
    const bk_value *manifests = bk_map_get(v.map, BK_S("manifests"));
    BK_TRY(bk_oci_descriptors_parse(arena, manifests ? *manifests : bk_nil(), BK_OCI_LAYERS_MAX, &list, &n, err));
    if (n != 1) return bk_err_set(err, BK_ERR, "the reference is an index of %zu manifests: name one by its digest", n);
    bk_oci_reference inner = {.registry = a->reference.registry, .repository = a->reference.repository, .digest = list[0].digest};
    bk_oci_artifact found;
    BK_TRY(bk_oci_manifest_get(oci, arena, &inner, &found, err));
    if (bk_str_eq(found.manifest.media_type, BK_S(BK_OCI_INDEX))) return bk_err_set(err, BK_ERR, "an index within an index");
    found.reference = a->reference;
    *a = found;
    return BK_OK;
}

bk_status bk_oci_open(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, bk_oci_artifact *ret, bk_err *err) {
    bk_oci_artifact a;
    if (!ref->tag.n && !ref->digest.n) return bk_err_set(err, BK_ERR, "invalid reference: neither a tag nor a digest");
    BK_TRY(bk_oci_manifest_get(oci, arena, ref, &a, err));
    BK_TRY(through_index(oci, arena, &a, err));
    *ret = a;
    return BK_OK;
}

static bk_status no_layer(bk_err *err, const char *type) {
    return bk_err_set(err, BK_ERR, "manifest does not contain a layer with mediatype %s", type);
}

bk_status bk_oci_chart(const bk_oci_artifact *a, bool need_prov, const bk_oci_descriptor **ret_chart, const bk_oci_descriptor **ret_prov,
                       bk_err *err) {
    const bk_oci_descriptor *chart = NULL, *prov = NULL;
    size_t known = bk_str_eq(a->config.media_type, BK_S(BK_OCI_CHART_CONFIG));
    for (size_t i = 0; i < a->layer_count; i++) {
        const bk_oci_descriptor *d = &a->layers[i];
        bool is_chart = bk_str_eq(d->media_type, BK_S(BK_OCI_CHART_LAYER)) || bk_str_eq(d->media_type, BK_S(BK_OCI_CHART_LAYER_OLD));
        bool is_prov = bk_str_eq(d->media_type, BK_S(BK_OCI_PROV_LAYER));
        if ((is_chart && chart) || (is_prov && prov))
            return bk_err_set(err, BK_ERR, "manifest contains more than one layer with mediatype %.*s", BK_FMT(d->media_type));
        if (is_chart) chart = d;
        if (is_prov) prov = d;
        known += is_chart || is_prov;
    }
    if (known < 1)
        return bk_err_set(err, BK_ERR, "manifest does not contain minimum number of descriptors (2), descriptors found: %zu", known);
    if (!bk_str_eq(a->config.media_type, BK_S(BK_OCI_CHART_CONFIG)))
        return bk_err_set(err, BK_ERR, "could not load config with mediatype " BK_OCI_CHART_CONFIG);
    if (!chart) return no_layer(err, BK_OCI_CHART_LAYER);
    if (need_prov && !prov) return no_layer(err, BK_OCI_PROV_LAYER);
    *ret_chart = chart;
    *ret_prov = prov;
    return BK_OK;
}

/* ---- a blob ---- */

typedef struct blob_state {
    const bk_oci_descriptor *blob;
    const bk_oci_sink *sink;
    bk_digest digest;
    int64_t got;
} blob_state;

static bk_status take_bytes(void *self, bk_str bytes, bk_err *err) {
    blob_state *b = self;
    if ((uint64_t)bytes.n > (uint64_t)(b->blob->size - b->got))
        return bk_err_set(err, BK_ERR, "%.*s: more than the %lld bytes that the manifest tells of", BK_FMT(b->blob->digest),
                          (long long)b->blob->size);
    if (!b->sink->digest) bk_digest_add(&b->digest, bytes);
    b->got += (int64_t)bytes.n;
    return b->sink->data(b->sink->self, bytes, err);
}

static bk_status digest_of(const blob_state *b, char ret[BK_DIGEST_HEX], bk_err *err) {
    unsigned char raw[BK_DIGEST_SIZE];
    bk_digest digest = b->digest;
    bk_buf hex = {.p = ret, .cap = BK_DIGEST_HEX, .max = BK_DIGEST_HEX};
    if (b->sink->digest) return b->sink->digest(b->sink->self, ret, err);
    bk_digest_final(&digest, raw);
    bk_digest_hex(&hex, raw);
    return BK_OK;
}

static bk_status check_blob(const blob_state *b, bk_err *err) {
    char hex[BK_DIGEST_HEX];
    if (b->got != b->blob->size)
        return bk_err_set(err, BK_ERR, "%.*s: %lld bytes came, the manifest tells of %lld", BK_FMT(b->blob->digest), (long long)b->got,
                          (long long)b->blob->size);
    BK_TRY(digest_of(b, hex, err));
    if (bk_str_eq(bk_str_of(hex, sizeof hex), bk_str_from(b->blob->digest, 7))) return BK_OK;
    return bk_err_set(err, BK_ERR, "digest mismatch: got sha256:%.*s, the manifest says %.*s", BK_DIGEST_HEX, hex, BK_FMT(b->blob->digest));
}

static uint32_t time_for(int64_t bytes) {
    int64_t ms = SMALL_MS + bytes / SLOWEST * 1000;
    return ms < (int64_t)BK_NET_FOREVER ? (uint32_t)ms : BK_NET_FOREVER - 1;
}

typedef struct fetching {
    bk_oci_exchange x;
    bk_net_sink sink;
    blob_state state;
} fetching;

static bk_status begin_fetch(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, fetching *f, bk_err *err) {
    const bk_oci_descriptor *blob = f->state.blob;
    int64_t left = blob->size - f->state.got;
    bk_str range;
    f->sink = (bk_net_sink){.self = &f->state, .data = take_bytes};
    f->x = (bk_oci_exchange){.method = "GET",
                             .registry = bk_oci_host_of(ref->registry),
                             .want = f->state.got ? 206 : 200,
                             .sink = &f->sink,
                             .cap = (size_t)left + SLACK,
                             .total_ms = time_for(left)};
    BK_TRY(bk_oci_url(oci, arena, ref, "blobs", blob->digest, &f->x.url, err));
    BK_TRY(bk_oci_scope(arena, ref, "pull", &f->x.scope, err));
    if (f->state.got) {
        if (!bk_arena_printf(arena, &range, "bytes=%lld-", (long long)f->state.got)) return bk_arena_fail(arena, err);
        f->x.headers[f->x.header_count++] = (bk_net_header){.name = BK_S("Range"), .value = range, .everywhere = true};
    }
    return bk_oci_begin(oci, &f->x, err);
}

static bk_status refused(const fetching *f, const bk_net_answer *answer, bk_err *err) {
    if (answer->status == 404) return bk_err_set(err, BK_ERR, "%.*s: not found", BK_FMT(f->state.blob->digest));
    return bk_oci_refused("GET", answer->url, answer, err);
}

/* Whether a broken transfer is worth another try from where it was. */
static bool may_resume(bk_net_fault fault, const fetching *f, unsigned tries) {
    bool broken = fault == BK_NET_FAULT_BROKEN || fault == BK_NET_FAULT_TIMEOUT || fault == BK_NET_FAULT_CONNECT;
    return broken && f->state.got > 0 && f->state.got < f->state.blob->size && tries < RESUMES;
}

/* Waits for a fetch that was begun; continues it when it breaks off. */
static bk_status end_fetch(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, fetching *f, bk_err *err) {
    bk_err first = BK_ERR_INIT;
    for (unsigned tries = 0;; tries++) {
        bk_net_answer answer = {0};
        bk_net_fault fault;
        int64_t before = f->state.got;
        bk_status s = bk_oci_finish(oci, arena, &f->x, &answer, &fault, err);
        bool resumed = tries > 0;
        if (s == BK_OK && answer.status == f->x.want) {
            bk_err_release(&first);
            return check_blob(&f->state, err);
        }
        if (s == BK_OK && !resumed) return refused(f, &answer, err);
        bool stuck = resumed && (s == BK_OK || f->state.got == before);
        if (stuck || !may_resume(fault, f, tries)) {
            /* What broke it first says more than why it could not go on. */
            if (first.code != BK_OK) {
                bk_err_release(err);
                bk_err_move(err, &first);
            }
            return err->code;
        }
        if (first.code == BK_OK) bk_err_move(&first, err);
        else bk_err_release(err);
        s = begin_fetch(oci, arena, ref, f, err);
        if (s != BK_OK) {
            bk_err_release(&first);
            return s;
        }
    }
}

static bk_status wrapped(bk_status s, bk_err *err) {
    return s == BK_OK || s == BK_ERR_NOMEM ? s : bk_err_wrap(err, "failed to perform \"Fetch\" on source");
}

static void start_state(fetching *f, const bk_oci_descriptor *blob, const bk_oci_sink *sink) {
    *f = (fetching){.state = {.blob = blob, .sink = sink}};
    bk_digest_init(&f->state.digest);
}

bk_status bk_oci_fetch(bk_oci *oci, const bk_oci_reference *ref, const bk_oci_descriptor *blob, const bk_oci_sink *sink, bk_err *err) {
    bk_arena arena;
    fetching f;
    bk_arena_init(&arena, (size_t)16 << 20);
    start_state(&f, blob, sink);
    bk_status s = begin_fetch(oci, &arena, ref, &f, err);
    if (s == BK_OK) s = end_fetch(oci, &arena, ref, &f, err);
    bk_oci_drop(&f.x);
    bk_arena_release(&arena);
    return wrapped(s, err);
}

static bk_status to_buffer(void *self, bk_str bytes, bk_err *err) {
    bk_buf_str(self, bytes);
    return bk_buf_check(self, err);
}

bk_status bk_oci_fetch_bytes(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, const bk_oci_descriptor *blob, size_t max,
                             bk_str *ret, bk_err *err) {
    bk_buf b;
    const bk_oci_sink sink = {.self = &b, .data = to_buffer};
    if ((uint64_t)blob->size > max) return bk_err_limit(err, "bytes of a blob in memory", max);
    bk_buf_init(&b, arena, max + 1);
    BK_TRY(bk_oci_fetch(oci, ref, blob, &sink, err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

/* ---- a chart ---- */

typedef struct small_blob {
    fetching f;
    bk_buf bytes;
    bk_oci_sink sink;
    bool begun;
} small_blob;

static bk_status begin_small(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, const bk_oci_descriptor *blob, size_t max,
                             small_blob *s, bk_err *err) {
    if ((uint64_t)blob->size > max) return bk_err_limit(err, "bytes of a config or provenance file", max);
    bk_buf_init(&s->bytes, NULL, max + 1);
    s->sink = (bk_oci_sink){.self = &s->bytes, .data = to_buffer};
    start_state(&s->f, blob, &s->sink);
    s->begun = true;
    return begin_fetch(oci, arena, ref, &s->f, err);
}

static bk_status end_small(bk_oci *oci, bk_arena *arena, const bk_oci_reference *ref, small_blob *s, bk_str *ret, bk_err *err) {
    BK_TRY(wrapped(end_fetch(oci, arena, ref, &s->f, err), err));
    return bk_arena_dup(arena, bk_buf_view(&s->bytes), ret) ? BK_OK : bk_arena_fail(arena, err);
}

static void drop_small(small_blob *s) {
    if (!s->begun) return;
    bk_oci_drop(&s->f.x);
    bk_buf_release(&s->bytes);
}

/* A registry answers for what it keeps under a name: another chart, or another version, is not what was asked for. */
static bk_status check_config(bk_arena *arena, const bk_oci_reference *ref, bk_str config, bk_err *err) {
    bk_value v = bk_nil();
    if (bk_json_decode(arena, config, BK_JSON_NUMBER, BK_T_MAP, &v, err) != BK_OK) return err->code;
    bk_str name = bk_map_str(v.map, "name", BK_S("")), version = bk_map_str(v.map, "version", BK_S("")), tag;
    if (ref->digest.n && !ref->tag.n) return BK_OK; /* pinned: the operator knows what it is */
    if (!bk_str_eq(name, bk_path_base(ref->repository)))
        return bk_err_set(err, BK_ERR, "the registry has a chart named \"%.*s\" at %.*s/%.*s", BK_FMT(name), BK_FMT(ref->registry),
                          BK_FMT(ref->repository));
    if (!bk_arena_dup(arena, version, &tag)) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < tag.n; i++)
        if (tag.p[i] == '+') ((char *)(uintptr_t)tag.p)[i] = '_';
    /* "1.2" may stand for the newest 1.2.x, and "v1.2.3" for 1.2.3; a whole version stands for itself. */
    bk_str bare = bk_str_starts(ref->tag, BK_S("v")) ? bk_str_from(ref->tag, 1) : ref->tag;
    bk_str tag_bare = bk_str_starts(tag, BK_S("v")) ? bk_str_from(tag, 1) : tag;
    size_t first = bk_str_find_byte(bare, '.');
    bool whole = first != BK_NPOS && bk_str_find_byte(bk_str_from(bare, first + 1), '.') != BK_NPOS;
    if (!whole || bk_str_eq(bare, tag_bare)) return BK_OK;
    return bk_err_set(err, BK_ERR, "the registry has version %.*s of chart %.*s under the tag %.*s", BK_FMT(version), BK_FMT(name),
                      BK_FMT(ref->tag));
}

bk_status bk_oci_messages(bk_arena *arena, const bk_oci_artifact *artifact, const bk_oci_descriptor *chart, bk_str *ret, bk_err *err) {
    bk_str text;
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    BK_TRY(bk_oci_reference_text(arena, &artifact->reference, &text, err));
    if (bk_str_eq(chart->media_type, BK_S(BK_OCI_CHART_LAYER_OLD)))
        bk_buf_c(&out, "Warning: chart media type " BK_OCI_CHART_LAYER_OLD " is deprecated\n");
    bk_buf_printf(&out, "Pulled: %.*s\nDigest: %.*s\n", BK_FMT(text), BK_FMT(artifact->manifest.digest));
    bk_oci_tell_underscore(&out, text);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

static bk_status pull_blobs(bk_oci *oci, bk_arena *arena, const bk_oci_pull *pull, const bk_oci_descriptor *prov, small_blob small[2],
                            bk_oci_pulled *p, bk_err *err) {
    const bk_oci_reference *ref = &pull->reference;
    BK_TRY(begin_small(oci, arena, ref, &p->artifact.config, BK_OCI_CONFIG_MAX, &small[0], err));
    if (pull->prov && prov) BK_TRY(begin_small(oci, arena, ref, prov, BK_OCI_PROV_MAX, &small[1], err));
    BK_TRY(end_small(oci, arena, ref, &small[0], &p->config, err));
    BK_TRY(check_config(arena, ref, p->config, err));
    if (pull->sink) BK_TRY(bk_oci_fetch(oci, ref, p->chart, pull->sink, err));
    if (small[1].begun) BK_TRY(end_small(oci, arena, ref, &small[1], &p->prov, err));
    p->has_prov = small[1].begun;
    return BK_OK;
}

bk_status bk_oci_pull_chart(bk_oci *oci, bk_arena *arena, const bk_oci_pull *pull, bk_oci_pulled *ret, bk_err *err) {
    bk_oci_pulled p = {0};
    const bk_oci_descriptor *prov = NULL;
    small_blob small[2] = {0};
    BK_TRY(bk_oci_open(oci, arena, &pull->reference, &p.artifact, err));
    BK_TRY(bk_oci_chart(&p.artifact, pull->prov && pull->prov_needed, &p.chart, &prov, err));
    bk_status s = pull_blobs(oci, arena, pull, prov, small, &p, err);
    drop_small(&small[0]);
    drop_small(&small[1]);
    BK_TRY(s);
    BK_TRY(bk_oci_messages(arena, &p.artifact, p.chart, &p.messages, err));
    *ret = p;
    return BK_OK;
}
