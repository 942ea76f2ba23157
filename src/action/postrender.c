#include "action/postrender.h"

#include "action/request.h"
#include "value/map.h"

bk_status bk_postrender_join(bk_arena *arena, const bk_render_options *o, bk_rendered *ret, bk_str *ret_text, bk_err *err) {
    bk_request r;
    uint32_t number;
    bk_value result;
    *ret = (bk_rendered){0};
    BK_TRY(bk_request_open(&r, arena, err));
    BK_TRY(bk_inputs_add(&r.inputs, o->chart, false, &number, err));
    bk_request_put_render(&r, o);
    bk_request_put(&r, "postRender", bk_bool(true));
    BK_TRY(bk_request_render(&r, BK_CALL_RENDER, o, ret, &result, err));
    *ret_text = result.kind == BK_MAP ? bk_map_str(result.map, "merged", BK_S("")) : BK_S("");
    return BK_OK;
}

/* The CRDs are inputs of the second call only where it has to pick from all that there is to show. */
static bk_status add_crds(bk_request *r, const bk_rendered *crds, bk_err *err) {
    uint32_t number;
    for (size_t i = 0; i < crds->count; i++)
        BK_TRY(bk_inputs_add_bytes(&r->inputs, crds->manifests[i].path, crds->manifests[i].body, &number, err));
    return BK_OK;
}

/* The CRDs in front of what came out of the second call. */
static bk_status put_in_front(bk_arena *arena, const bk_rendered *crds, bk_rendered *ret, bk_err *err) {
    size_t total = crds->count + ret->count;
    bk_manifest *all = BK_NEW_ARRAY(arena, bk_manifest, total + 1);
    if (!all) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < crds->count; i++) all[i] = crds->manifests[i];
    for (size_t i = 0; i < ret->count; i++) all[crds->count + i] = ret->manifests[i];
    ret->manifests = all;
    ret->count = total;
    return BK_OK;
}

bk_status bk_postrender_split(bk_arena *arena, const bk_render_options *o, bk_str text, bk_rendered *ret, bk_err *err) {
    bk_request r;
    uint32_t number;
    bk_value result;
    bk_sandbox_limits limits = o->limits;
    bk_render_options with = *o;
    const bk_rendered crds = *ret; /* not shown when something fails */
    limits.who = "post-renderer";
    with.limits = limits;
    with.values = bk_nil();
    BK_TRY(bk_request_open(&r, arena, err));
    BK_TRY(bk_inputs_add_bytes(&r.inputs, BK_S("manifests"), text, &number, err));
    ret->count = 0;
    ret->manifests = NULL;
    if (o->show_only_count) BK_TRY(add_crds(&r, &crds, err));
    bk_request_put_render(&r, &with);
    BK_TRY(bk_request_render(&r, BK_CALL_POSTRENDER, &with, ret, &result, err));
    return o->show_only_count ? BK_OK : put_in_front(arena, &crds, ret, err);
}

bk_status bk_postrender(bk_arena *arena, const bk_render_options *o, bk_rendered *ret, bk_err *err) {
    bk_str merged, answer = {NULL, 0};
    BK_TRY(bk_postrender_join(arena, o, ret, &merged, err));
    if (o->post_renderer->run(o->post_renderer->self, arena, merged, &answer, err) != BK_OK) {
        ret->rendering = true;
        ret->count = 0;
        return bk_err_wrap(err, "error while running post render on files");
    }
    return bk_postrender_split(arena, o, answer, ret, err);
}
