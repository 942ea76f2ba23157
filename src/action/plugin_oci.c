/* plugin_oci.c: plugins from OCI registries. */
#include "action/plugin_manager.h"
#include "plugin/archive.h"
#include "registry/files.h"

#define TITLE "org.opencontainers.image.title"

/* A tag or digest that is typed is taken as it is; else the highest version, or what --version says. */
static bk_status choose(bk_plugin_manager *m, bk_oci *oci, bk_str source, bk_oci_reference *ret, bk_err *err) {
    bk_oci_choice choice;
    BK_TRY(bk_oci_reference_parse(m->arena, source, ret, err));
    if (ret->digest.n) {
        ret->tag = BK_S("");
        return BK_OK;
    }
    if (ret->tag.n) return BK_OK;
    BK_TRY(bk_oci_choose(oci, m->arena, source, m->version, &choice, err));
    *ret = choice.reference;
    return BK_OK;
}

static bk_status check_kind(const bk_oci_artifact *a, bk_err *err) {
    if (a->artifact_type.n && !bk_str_eq(a->artifact_type, BK_S(BK_OCI_PLUGIN)))
        return bk_err_set(err, BK_ERR, "expected artifact type " BK_OCI_PLUGIN ", got %.*s", BK_FMT(a->artifact_type));
    if (!a->artifact_type.n && !bk_str_eq(a->config.media_type, BK_S(BK_OCI_PLUGIN)))
        return bk_err_set(err, BK_ERR, "expected config media type " BK_OCI_PLUGIN " for legacy compatibility, got %.*s",
                          BK_FMT(a->config.media_type));
    return BK_OK;
}

/* The first layer whose title is NAME-…SUFFIX. */
static const bk_oci_descriptor *layer(const bk_oci_artifact *a, bk_str name, bk_str suffix, bk_str *ret_title) {
    for (size_t i = 0; i < a->layer_count; i++) {
        bk_str title = bk_map_str(a->layers[i].annotations, TITLE, BK_S(""));
        bool fits = bk_str_starts(title, name) && bk_str_starts(bk_str_from(title, name.n), BK_S("-")) && bk_str_ends(title, suffix) &&
                    title.n > name.n + 1 + suffix.n && bk_path_is_name(title);
        if (!fits) continue;
        *ret_title = title;
        return &a->layers[i];
    }
    return NULL;
}

static bk_status fetch(bk_plugin_manager *m, bk_oci *oci, bk_str source, bk_plugin_download *ret, bk_err *err) {
    bk_oci_reference ref;
    bk_oci_artifact a;
    bk_str ignored;
    BK_TRY(choose(m, oci, source, &ref, err));
    BK_TRY(bk_oci_open(oci, m->arena, &ref, &a, err));
    BK_TRY(check_kind(&a, err));
    ret->name = bk_path_base(ref.repository);
    const bk_oci_descriptor *archive = layer(&a, ret->name, BK_S(".tgz"), &ret->file_name);
    const bk_oci_descriptor *prov = layer(&a, ret->name, BK_S(".tgz.prov"), &ignored);
    if (!archive)
        return bk_err_set(err, BK_ERR, "required layer matching pattern %.*s-VERSION.tgz not found in manifest", BK_FMT(ret->name));
    BK_TRY(bk_oci_fetch_bytes(oci, m->arena, &ref, archive, BK_PLUGIN_ARCHIVE_MAX, &ret->bytes, err));
    ret->has_provenance = prov != NULL;
    return prov ? bk_oci_fetch_bytes(oci, m->arena, &ref, prov, BK_OCI_PROV_MAX, &ret->provenance, err) : BK_OK;
}

bk_status bk_plugin_fetch_oci(bk_plugin_manager *m, bk_str source, bk_plugin_download *ret, bk_err *err) {
    bk_oci *oci;
    *ret = (bk_plugin_download){0};
    BK_TRY(bk_oci_new(&m->registry, &oci, err));
    bk_status s = fetch(m, oci, source, ret, err);
    bk_oci_free(oci);
    return s == BK_OK ? BK_OK : bk_err_wrap(err, "failed to pull plugin from %.*s", BK_FMT(source));
}
