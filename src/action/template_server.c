#include "action/template_server.h"

#include "action/cluster_lookup.h"
#include "action/objects.h"
#include "kube/build.h"

static bool has_server(const bk_template_options *o) { return o->cluster && !bk_guard_replays(o->render.guard); }

/* Charts with CRDs are rendered without those being there. */
static bk_status warn_of_crds(bk_arena *arena, const bk_template_options *o, bk_rendered *logs, bk_err *err) {
    bk_log_line line = {BK_S("WARN"),
                        BK_S("msg=\"This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.\"")};
    static const bk_guard_options none;
    bk_render_options load = o->render;
    bk_rendered found = {0};
    if (o->skip_crds) return BK_OK;
    load.load_only = true;
    load.show_only_count = 0;
    load.post_renderer = NULL;
    BK_TRY(bk_guard_new(&none, &load.guard, err));
    bk_status s = bk_guard_close(load.guard, bk_render(arena, &load, &found, err), err);
    bk_guard_free(load.guard);
    if (s != BK_OK) {
        bk_err_release(err); /* the render says it better */
        return BK_OK;
    }
    for (size_t i = 0; i < found.count; i++) {
        if (found.manifests[i].kind != BK_MANIFEST_CRD) continue;
        const bk_rendered warning = {.logs = &line, .log_count = 1};
        return bk_logs_add(arena, logs, &warning, BK_OK, err);
    }
    return BK_OK;
}

bk_status bk_template_meet(bk_arena *arena, bk_template_options *o, bk_rendered *logs, bk_err *err) {
    if (!has_server(o)) return BK_OK;
    if (bk_cluster_know(o->cluster, arena, err) != BK_OK) return bk_err_wrap(err, "cluster reachability check failed");
    BK_TRY(bk_cluster_capabilities(o->cluster, arena, &o->render, err));
    const bk_cluster_lookup_options lookup = {.guard = o->render.guard,
                                              .kube = o->cluster->kube,
                                              .discovery = &o->cluster->discovery,
                                              .release = o->render.release,
                                              .namespace_ = o->render.namespace_,
                                              .values = o->render.values,
                                              .load = o->load,
                                              .self = o->load_self,
                                              .limits = o->render.limits};
    BK_TRY(bk_cluster_lookup(arena, &lookup, NULL, err));
    return warn_of_crds(arena, o, logs, err);
}

/* The release's manifest: hooks are not looked at. */
static bk_status manifest_of(bk_arena *arena, const bk_rendered *rendered, bk_str *ret, bk_err *err) {
    bk_buf text;
    bk_buf_init(&text, arena, 0);
    for (size_t i = 0; i < rendered->count; i++) {
        const bk_manifest *m = &rendered->manifests[i];
        if (m->kind == BK_MANIFEST_HOOK || m->kind == BK_MANIFEST_RAW) continue;
        bk_buf_c(&text, "---\n# Source: ");
        bk_buf_str(&text, m->path);
        bk_buf_byte(&text, '\n');
        bk_buf_str(&text, m->body);
        bk_buf_byte(&text, '\n');
    }
    BK_TRY(bk_buf_check(&text, err));
    *ret = bk_buf_view(&text);
    return BK_OK;
}

bk_status bk_template_check(bk_arena *arena, const bk_template_options *o, const bk_rendered *rendered, bk_err *err) {
    bk_str text;
    bk_value read = bk_nil();
    bk_kube_objects objects = {0}, adopted = {0};
    if (!has_server(o)) return BK_OK;
    BK_TRY(manifest_of(arena, rendered, &text, err));
    if (!text.n) return BK_OK;
    BK_TRY(bk_objects_read(arena, text, BK_OBJECTS_INSTALL, &o->render.limits, &read, err));
    if (bk_kube_build(arena, &o->cluster->discovery, o->render.namespace_, read, !o->unchecked, &objects, err) != BK_OK)
        return bk_err_wrap(err, "unable to build kubernetes objects from release manifest");
    if (o->render.is_upgrade) return BK_OK;
    bk_status s = bk_kube_read(o->cluster->kube, arena, &objects, err);
    if (s == BK_OK)
        s = bk_kube_judge(arena, &objects, o->render.release, o->render.namespace_, o->take_ownership ? BK_KUBE_TAKE : BK_KUBE_MUST_OWN,
                          &adopted, err);
    return s == BK_OK ? BK_OK : bk_err_wrap(err, "unable to continue with install");
}
