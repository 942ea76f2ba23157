/* In whose name a template acts, and asking for effects. */
#include "base/boundary.h"
#include "tmpl/run.h"
#include "value/codec.h"

void bk_exec_where(const bk_exec *ex, bk_buf *out) {
    const bk_tmpl *tmpl = ex->tmpl;
    const bk_node *at = ex->call_at ? ex->call_at : ex->at;
    for (size_t i = ex->frame_count; tmpl && tmpl->is_text && i-- > 0;) {
        const bk_frame *f = &ex->frames[i];
        if (f->kind != BK_FRAME_CALL) continue;
        tmpl = f->caller;
        at = f->caller_at;
    }
    if (tmpl && at) bk_node_where(out, tmpl->tree->source, at);
}

/* ---- origins ---- */

static const bk_tmpl_chart *chart_of(const bk_exec *ex, uint32_t chart) {
    const bk_tmpl_env *env = ex->set->env;
    return chart < env->chart_count ? &env->charts[chart] : NULL;
}

/* Whether `chart` is `top` or below it. The table is ours and its parents come first; the count bounds the walk all the same. */
static bool is_below(const bk_exec *ex, uint32_t chart, uint32_t top) {
    for (uint32_t steps = 0; steps <= ex->set->env->chart_count; steps++) {
        if (chart == top) return true;
        const bk_tmpl_chart *c = chart_of(ex, chart);
        if (!c || c->parent == BK_NO_CHART) return false;
        chart = c->parent;
    }
    return false;
}

/* The caller has this very template itself: in its own chart or one below, under the same name with the same bytes. */
static bool is_own(const bk_exec *ex, const bk_tmpl *tmpl, uint32_t caller) {
    for (const bk_def *def = tmpl->defs; def; def = def->older)
        if (is_below(ex, def->chart, caller) && bk_str_eq(def->tree->raw, tmpl->tree->raw)) return true;
    return false;
}

/* Appends a chart unless it is there. `seen` is a bitmap, NULL when nobody made one (then duplicates stay). */
static void add_origin(bk_buf *out, uint8_t *seen, uint32_t chart) {
    if (seen) {
        if (seen[chart / 8] & 1u << chart % 8) return;
        seen[chart / 8] |= (uint8_t)(1u << chart % 8);
    }
    bk_buf_u32(out, chart);
}

/* A text given to tpl came with values: the caller's, which its ancestors set and its feeders filled. */
static void add_text_origins(const bk_exec *ex, bk_buf *out, uint8_t *seen, uint32_t chart) {
    const bk_tmpl_chart *c = chart_of(ex, chart);
    for (uint32_t i = 0; c && i < c->feeder_count; i++)
        if (c->feeders[i] < ex->set->env->chart_count) add_origin(out, seen, c->feeders[i]);
    for (uint32_t steps = 0; c && c->parent < ex->set->env->chart_count && steps <= ex->set->env->chart_count; steps++) {
        add_origin(out, seen, c->parent);
        c = chart_of(ex, c->parent);
    }
}

void bk_exec_origins(const bk_exec *ex, bk_buf *out) {
    uint32_t count = ex->set->env->chart_count, current = BK_NO_CHART;
    uint8_t *seen = count ? BK_NEW_ARRAY(ex->call.arena, uint8_t, count / 8 + 1) : NULL;
    if (!count) {
        bk_buf_u32(out, 0);
        return;
    }
    if (!seen) {
        out->status = BK_ERR_NOMEM;
        return;
    }
    for (size_t i = 0; i < ex->frame_count; i++) {
        const bk_frame *f = &ex->frames[i];
        if (f->kind != BK_FRAME_CALL) continue;
        if (f->tmpl->is_text) {
            if (current != BK_NO_CHART) add_text_origins(ex, out, seen, current);
            continue;
        }
        uint32_t chart = f->tmpl->chart;
        if (chart >= count || chart == current) continue;
        if (current != BK_NO_CHART && is_own(ex, f->tmpl, current)) continue;
        current = chart;
        add_origin(out, seen, chart);
    }
}

/* ---- asking ---- */

bk_status bk_call_effect(bk_call *call, bk_effect op, bk_value args, bk_str *ret_answer) {
    bk_exec *ex = call->exec;
    if (!ex || !ex->effects) return bk_err_internal(call->err, "no effects here");
    bk_buf b;
    bk_buf_init(&b, call->arena, bk_effect_caps_of(op).request);
    size_t frame = bk_frame_begin(&b);
    size_t section = bk_section_begin(&b, BK_TAG_ORIGIN);
    bk_exec_origins(ex, &b);
    bk_section_end(&b, section);
    section = bk_section_begin(&b, BK_TAG_WHERE);
    bk_exec_where(ex, &b);
    bk_section_end(&b, section);
    section = bk_section_begin(&b, BK_TAG_ARGS);
    BK_TRY(bk_codec_encode(&b, args, call->err));
    bk_section_end(&b, section);
    bk_frame_end(&b, frame);
    BK_TRY(bk_buf_check(&b, call->err));
    return ex->effects->ask(ex->effects->self, op, bk_buf_view(&b), call->arena, ret_answer, call->err);
}

/* ---- methods (func.h) ---- */

const bk_class bk_method_class = {.name = "func"};

bool bk_method_field(const bk_func *methods, size_t count, bk_arena *arena, bk_str name, bk_value *ret) {
    for (size_t i = 0; i < count; i++) {
        if (!bk_str_eq(name, bk_str_c(methods[i].name))) continue;
        bk_object *object = BK_NEW(arena, bk_object);
        if (!object) return false;
        object->class = &bk_method_class;
        object->data = (void *)(uintptr_t)&methods[i];
        *ret = bk_object_value(BK_T_FUNC, object);
        return true;
    }
    return false;
}
