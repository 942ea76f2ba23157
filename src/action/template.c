#include "action/template.h"

#include "action/output_dir.h"
#include "action/references.h"
#include "action/template_server.h"
#include "base/unicode.h"

/* ---- what is printed ---- */

enum { MUCH = 64 << 10 };

/* Hands on what has come together. */
static bk_status make_room(bk_buf *out, const bk_template_sink *sink, bk_err *err) {
    BK_TRY(bk_buf_check(out, err));
    BK_TRY(sink->write(sink->self, bk_buf_view(out), err));
    bk_buf_cut(out, 0);
    return BK_OK;
}

/* The end of the last manifest may have to go, so white space at an end always stays in the buffer. A large one is not copied there. */
static bk_status put_manifest(bk_buf *out, const bk_manifest *m, const bk_template_sink *sink, bk_err *err) {
    bk_str body = m->body;
    if (sink && out->n > MUCH) BK_TRY(make_room(out, sink, err));
    bk_buf_c(out, "---\n# Source: ");
    bk_buf_str(out, m->path);
    bk_buf_byte(out, '\n');
    if (sink && body.n > MUCH) {
        bk_str solid = bk_str_trim_right_space(body);
        BK_TRY(make_room(out, sink, err));
        BK_TRY(sink->write(sink->self, solid, err));
        body = bk_str_from(body, solid.n);
    }
    bk_buf_str(out, body);
    bk_buf_byte(out, '\n');
    return BK_OK;
}

/* Manifests as one text without white space at its ends, and a newline; hooks behind it as they are. */
static bk_status put_all(bk_buf *out, const bk_rendered *r, const bk_render_options *o, bool files, const bk_template_sink *sink,
                         bk_err *err) {
    bool any = false;
    bk_buf_reserve(out, MUCH); /* in one step; pages come when they are written to */
    for (size_t i = 0; i < r->count && !files; i++) {
        if (r->manifests[i].kind == BK_MANIFEST_HOOK) continue;
        BK_TRY(put_manifest(out, &r->manifests[i], sink, err));
        any = true;
    }
    if (any) bk_buf_cut(out, bk_str_trim_right_space(bk_buf_view(out)).n); /* a manifest starts with "---": nothing to trim there */
    bk_buf_byte(out, '\n');
    for (size_t i = 0; i < r->count && !o->skip_hooks && !files; i++) {
        if (r->manifests[i].kind != BK_MANIFEST_HOOK || (o->skip_tests && r->manifests[i].test)) continue;
        BK_TRY(put_manifest(out, &r->manifests[i], sink, err));
    }
    return bk_buf_check(out, err);
}

static void put_shown(bk_buf *out, const bk_rendered *r) {
    for (size_t i = 0; i < r->count; i++) {
        if (r->manifests[i].kind != BK_MANIFEST_SHOWN) continue;
        bk_buf_c(out, "---\n");
        bk_buf_str(out, r->manifests[i].body);
        bk_buf_byte(out, '\n');
    }
}

static bk_status print(bk_arena *arena, const bk_template_options *o, const bk_rendered *r, bk_buf *out, bk_err *err) {
    bk_str dir = o->output_dir;
    if (o->render.show_only_count) {
        put_shown(out, r);
        return bk_buf_check(out, err);
    }
    if (dir.n) {
        if (o->use_release_name && !bk_arena_printf(arena, &dir, "%.*s/%.*s", BK_FMT(o->output_dir), BK_FMT(o->render.release)))
            return bk_arena_fail(arena, err);
        BK_TRY(bk_output_dir_write(arena, dir, r, !o->render.skip_hooks, !o->render.skip_tests, out, err));
        if (o->sought.n) return bk_err_set(err, BK_ERR, "could not find template %.*s in chart", BK_FMT(o->sought));
    }
    return put_all(out, r, &o->render, dir.n != 0, NULL, err);
}

/* Helm's advice behind an error of the templates, unless --debug shows what there is. */
static bk_status advise(const bk_render_options *o, const bk_rendered *r, bk_status status, bk_err *err) {
    if (!r->rendering || o->debug) return status;
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_buf_str(&b, bk_err_message(err));
    bk_buf_c(&b, "\n\nUse --debug flag to render out invalid YAML");
    bk_err_replace(err, bk_buf_view(&b));
    bk_buf_release(&b);
    return status;
}

static bool print_later(const bk_template_options *o) { return o->render.show_only_count == 0 && o->output_dir.n == 0; }

bk_status bk_template_print(const bk_template_options *o, const bk_rendered *r, bk_buf *out, const bk_template_sink *sink, bk_err *err) {
    return print_later(o) ? put_all(out, r, &o->render, false, sink, err) : BK_OK;
}

/* What a failed render says when charts/ lacks something. */
static bool lacks_dependencies(const bk_err *err) {
    return err->code == BK_ERR && bk_str_starts(bk_err_message(err), BK_S("an error occurred while checking for chart dependencies."));
}

static bk_status update_dependencies(bk_arena *arena, const bk_template_options *o, bk_buf *out, bk_rendered *logs, bk_err *err) {
    bk_dependency_options options = o->dependency;
    options.chart = o->render.chart;
    options.limits = o->render.limits;
    options.guard = o->render.guard;
    bk_err_release(err);
    return bk_action_dependency_update(arena, &options, out, logs, err);
}

bk_status bk_template_render(bk_arena *arena, const bk_template_options *o, bk_buf *out, bk_rendered *r, bk_err *err) {
    bk_status s = bk_render(arena, &o->render, r, err);
    if (s == BK_OK || !o->dependency_update || !lacks_dependencies(err)) return s;
    BK_TRY(update_dependencies(arena, o, out, r, err));
    return bk_render(arena, &o->render, r, err);
}

static bk_status render(bk_arena *arena, bk_template_options *o, bk_buf *out, bk_rendered *r, bk_err *err) {
    if (o->confine && !o->dependency_update && !o->cluster && !o->render.post_renderer)
        o->confined = bk_guard_confine(o->render.guard, o->output_dir.n != 0);
    bk_status s = bk_template_render(arena, o, out, r, err);
    /* With --debug Helm prints what there is although something failed, and be it an empty line. */
    if (s != BK_OK && !(o->render.debug && (r->partial || r->rendering))) return advise(&o->render, r, s, err);
    if (s == BK_OK) BK_TRY(bk_references_check(arena, &o->render, r, err));
    if (s == BK_OK) BK_TRY(bk_template_check(arena, o, r, err));
    if (s == BK_OK && print_later(o)) return BK_OK;
    bk_err ignored = BK_ERR_INIT;
    bk_status printed = print(arena, o, r, out, s == BK_OK ? err : &ignored);
    bk_err_release(&ignored);
    return s == BK_OK ? printed : s;
}

bk_status bk_action_template(bk_arena *arena, bk_template_options *o, bk_buf *out, bk_template_result *result, bk_err *err) {
    bk_chart_source found;
    BK_TRY(bk_chart_source_resolve(arena, o->world, o->render.chart, &o->source, &found, err));
    o->render.chart = found.path;
    BK_TRY(bk_operator_values(arena, o->render.guard, o->sources, o->source_count, &o->render.limits, &o->render.values, err));
    bk_rendered before = {0};
    bk_status s = bk_template_meet(arena, o, &before, err);
    if (s == BK_OK) s = render(arena, o, out, &result->rendered, err);
    if (!before.log_count) return s;
    s = bk_logs_add(arena, &before, &result->rendered, s, err);
    result->rendered.logs = before.logs;
    result->rendered.log_count = before.log_count;
    return s;
}
