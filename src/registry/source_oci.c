#include "registry/source_oci.h"

#include "registry/check.h"
#include "registry/files.h"
#include "registry/oci.h"

#define BUNDLE_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"
#define BUNDLE_MAX ((size_t)16 << 20)

enum { BUNDLES = 32 };

typedef struct pulling {
    bk_arena *arena;
    const bk_registry_world *world;
    const bk_source_oci *what;
    bk_oci *oci;
    bk_oci_choice choice;
    bk_oci_artifact artifact;
    const bk_oci_descriptor *chart, *prov;
    bk_registry_chart *ret;
    bk_err *err;
} pulling;

static bk_status open_client(bk_arena *arena, const bk_registry_world *world, const bk_source_oci *what, bk_oci **ret, bk_err *err) {
    const bk_registry_access none = {0}, *a = what->access ? what->access : &none;
    (void)arena;
    const bk_oci_options options = {.registry_config = world->registry_config,
                                    .username = a->username,
                                    .password = a->password,
                                    .cert_file = a->cert_file,
                                    .key_file = a->key_file,
                                    .ca_file = a->ca_file,
                                    .insecure = a->insecure,
                                    .plain_http = a->plain_http,
                                    .environment = world->environment};
    return bk_oci_new(&options, ret, err);
}

/* The digest of a blob without its algorithm. */
static bk_str hex_of(const bk_oci_descriptor *blob) { return bk_str_from(blob->digest, strlen("sha256:")); }

typedef struct taking {
    const pulling *p;
    bk_content_writer writer;
} taking;

static void tell(const taking *t, bool done) {
    const bk_registry_teller *teller = &t->p->world->teller;
    if (teller->progress) teller->progress(teller->self, t->p->choice.file, t->writer.bytes, t->p->chart->size, done);
}

static bk_status write_on(void *self, bk_str bytes, bk_err *err) {
    taking *t = self;
    tell(t, false);
    return bk_content_add(&t->writer, bytes, err);
}

static bk_status tell_digest(void *self, char ret[BK_DIGEST_HEX], bk_err *err) {
    taking *t = self;
    BK_TRY(bk_content_flush(&t->writer, err));
    bk_content_digest(&t->writer, ret);
    return BK_OK;
}

static bk_status fetch_chart(pulling *p) {
    taking t = {.p = p};
    const bk_oci_sink sink = {&t, write_on, tell_digest};
    bk_content_sweep(p->arena, p->world->content_cache);
    BK_TRY(bk_content_begin(&t.writer, p->arena, p->world->content_cache, p->err));
    t.writer.copy = p->what->copy;
    bk_status s = bk_content_expect(&t.writer, (uint64_t)p->chart->size, p->err);
    if (s == BK_OK) s = bk_oci_fetch(p->oci, &p->artifact.reference, p->chart, &sink, p->err);
    tell(&t, true);
    if (s == BK_OK) s = bk_content_end(&t.writer, hex_of(p->chart), BK_CONTENT_CHART, &p->ret->path, NULL, p->err);
    bk_content_drop(&t.writer);
    return s;
}

static bk_status fetch_prov(pulling *p) {
    bk_str bytes;
    if (!p->prov) return BK_OK;
    BK_TRY(bk_oci_fetch_bytes(p->oci, p->arena, &p->artifact.reference, p->prov, BK_OCI_PROV_MAX, &bytes, p->err));
    return bk_content_put(p->arena, p->world->content_cache, bytes, p->ret->digest, BK_CONTENT_PROV, &p->ret->prov_path, p->err);
}

/* ---- what others signed ---- */

static bk_status fetch_bundle(pulling *p, const bk_oci_descriptor *referrer, bk_str *ret) {
    bk_oci_reference ref = p->artifact.reference;
    bk_oci_artifact artifact;
    ref.tag = BK_S("");
    ref.digest = referrer->digest;
    *ret = (bk_str){NULL, 0};
    BK_TRY(bk_oci_open(p->oci, p->arena, &ref, &artifact, p->err));
    if (!artifact.layer_count) return BK_OK;
    return bk_oci_fetch_bytes(p->oci, p->arena, &artifact.reference, &artifact.layers[0], BUNDLE_MAX, ret, p->err);
}

static bk_status fetch_bundles(pulling *p) {
    bk_oci_descriptor *list;
    size_t count;
    if (!p->world->verifier || !p->world->verifier->bundles) return BK_OK;
    BK_TRY(
        bk_oci_referrers(p->oci, p->arena, &p->artifact.reference, p->artifact.manifest.digest, BK_S(BUNDLE_TYPE), &list, &count, p->err));
    bk_str *bundles = BK_NEW_ARRAY(p->arena, bk_str, BUNDLES);
    if (!bundles) return bk_arena_fail(p->arena, p->err);
    for (size_t i = 0; i < count && p->ret->bundle_count < BUNDLES; i++) {
        BK_TRY(fetch_bundle(p, &list[i], &bundles[p->ret->bundle_count]));
        p->ret->bundle_count += bundles[p->ret->bundle_count].p != NULL;
    }
    p->ret->bundles = bundles;
    return BK_OK;
}

/* ---- all of it ---- */

static bk_status messages(pulling *p, bk_str *ret) {
    BK_TRY(bk_oci_messages(p->arena, &p->artifact, p->chart, ret, p->err));
    if (p->what->prov != BK_PROV_LATER || p->prov) return BK_OK;
    bool ok = bk_arena_printf(
        p->arena, ret,
        "%.*sWARNING: Verification not found for %.*s: manifest does not contain a layer with mediatype " BK_OCI_PROV_LAYER "\n",
        BK_FMT(*ret), BK_FMT(p->what->ref));
    return ok ? BK_OK : bk_arena_fail(p->arena, p->err);
}

static bk_status pull(pulling *p, bk_str *ret_messages) {
    bk_registry_chart *c = p->ret;
    *c = (bk_registry_chart){0};
    BK_TRY(bk_oci_choose(p->oci, p->arena, p->what->ref, p->what->version, &p->choice, p->err));
    BK_TRY(bk_oci_open(p->oci, p->arena, &p->choice.reference, &p->artifact, p->err));
    BK_TRY(bk_oci_chart(&p->artifact, false, &p->chart, &p->prov, p->err));
    if (p->what->prov == BK_PROV_REQUIRED && !p->prov)
        return bk_err_set(p->err, BK_ERR, "failed to fetch provenance \"oci://%.*s.prov\"", BK_FMT(p->choice.text));
    if (p->what->prov == BK_PROV_NONE) p->prov = NULL;
    c->file = p->choice.file;
    c->version = p->choice.version;
    c->digest = hex_of(p->chart);
    c->url = p->what->ref;
    c->manifest = p->artifact.bytes;
    BK_TRY(bk_content_find(p->arena, p->world->content_cache, c->digest, BK_CONTENT_CHART, &c->path, p->err));
    if (!c->path.n) BK_TRY(fetch_chart(p));
    BK_TRY(bk_archive_check_one(p->arena, c->path, p->choice.name, p->choice.version, p->err));
    BK_TRY(fetch_prov(p));
    BK_TRY(fetch_bundles(p));
    return ret_messages ? messages(p, ret_messages) : BK_OK;
}

bk_status bk_source_oci_pull(bk_arena *arena, const bk_registry_world *world, const bk_source_oci *what, bk_registry_chart *ret,
                             bk_str *ret_messages, bk_err *err) {
    pulling p = {.arena = arena, .world = world, .what = what, .ret = ret, .err = err};
    BK_TRY(open_client(arena, world, what, &p.oci, err));
    bk_status s = pull(&p, ret_messages);
    bk_oci_free(p.oci);
    return s;
}

bool bk_source_oci_is(bk_str url) { return bk_str_starts(url, BK_S("oci://")); }

static bk_status check_named(bk_arena *arena, const bk_download *named, const bk_registry_chart *c, bk_err *err) {
    unsigned char raw[BK_DIGEST_SIZE];
    bk_digest digest;
    bk_buf manifest;
    bk_digest_init(&digest);
    bk_digest_add(&digest, c->manifest);
    bk_digest_final(&digest, raw);
    bk_buf_init(&manifest, arena, 0);
    bk_digest_hex(&manifest, raw);
    BK_TRY(bk_buf_check(&manifest, err));
    if (named->digest.n && !bk_str_eq_fold(named->digest, c->digest) && !bk_str_eq_fold(named->digest, bk_buf_view(&manifest)))
        return bk_err_set(err, BK_ERR, "digest mismatch: expected sha256:%.*s, got sha256:%.*s", BK_FMT(named->digest), BK_FMT(c->digest));
    return bk_archive_check_one(arena, c->path, named->name, named->version, err);
}

/* Helm calls such a file by the tag as it stands: "web-1.0.0_b.tgz". */
static bk_status name_file(bk_arena *arena, bk_str url, bk_str *ret, bk_err *err) {
    bk_str base = bk_path_base(url), name, tag;
    if (bk_str_find_byte(base, '@') != BK_NPOS || !bk_str_cut(base, BK_S(":"), &name, &tag)) return BK_OK;
    return bk_arena_printf(arena, ret, "%.*s-%.*s.tgz", BK_FMT(name), BK_FMT(tag)) ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_source_oci_pull_named(bk_arena *arena, const bk_registry_world *world, const bk_download *named, bk_registry_chart *ret,
                                   bk_str *ret_messages, bk_err *err) {
    const bool pass = named->access && named->access->pass_credentials;
    const bk_source_oci what = {.ref = named->url, .access = pass ? named->access : NULL, .prov = named->prov, .copy = named->copy};
    BK_TRY(bk_source_oci_pull(arena, world, &what, ret, ret_messages, err));
    BK_TRY(check_named(arena, named, ret, err));
    return name_file(arena, named->url, &ret->file, err);
}

bk_status bk_source_oci_version(bk_arena *arena, const bk_registry_world *world, const bk_source_oci *what, bk_str *ret, bk_err *err) {
    bk_oci_choice choice;
    bk_oci *oci;
    BK_TRY(open_client(arena, world, what, &oci, err));
    bk_status s = bk_oci_choose(oci, arena, what->ref, what->version, &choice, err);
    bk_oci_free(oci);
    if (s == BK_OK) *ret = choice.version;
    return s;
}
