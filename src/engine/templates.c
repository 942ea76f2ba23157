#include "engine/templates.h"

#include "base/sort.h"
#include "engine/execerr.h"
#include "engine/funcs.h"
#include "sprig/env.h"
#include "sprig/sprig.h"
#include "tmpl/exec.h"
#include "tmpl/tmpl.h"

typedef struct file {
    bk_str name, text, base_path;
    bk_map *view;
    uint32_t chart; /* its number in the table of charts */
    size_t slashes, at;
} file;

/* What functions find in call->env. */
typedef struct env {
    bk_sprig_env sprig; /* first: bk_sprig_env_of */
    const bk_log *log;
} env;

typedef struct state {
    bk_call_state *call;
    const bk_templates_options *options;
    bk_arena *arena;
    file *files;
    size_t file_count, file_cap;
    const bk_subjects *subjects;
    bk_buf out; /* what is rendered, file by file: of the heap, since in the arena each growth would leave the old text behind */
} state;

static bk_status nomem(state *s) { return bk_arena_fail(s->arena, s->call->err); }

/* ---- files ---- */

/* `about`: what all files of the chart share. */
static bk_status add_file(state *s, const bk_file *f, bk_str folder, const file *about) {
    if (s->file_count == s->file_cap) {
        size_t cap = s->file_cap ? s->file_cap * 2 : 64;
        s->files = bk_arena_grow(s->arena, s->files, s->file_cap * sizeof *s->files, cap * sizeof *s->files);
        if (!s->files) return nomem(s);
        s->file_cap = cap;
    }
    file *to = &s->files[s->file_count];
    *to = *about;
    to->text = f->data;
    to->at = s->file_count;
    if (!bk_arena_cat(s->arena, folder, f->name, &to->name)) return nomem(s);
    for (const char *at = to->name.p, *end = at + to->name.n; (at = memchr(at, '/', (size_t)(end - at))) != NULL; at++) to->slashes++;
    s->file_count++;
    return BK_OK;
}

static bool is_partial(bk_str name) { return bk_str_starts(bk_path_base(name), BK_S("_")); }

/* Every template file of every chart. */
static bk_status collect(state *s, const bk_scopes *scopes) {
    for (size_t i = 0; i < scopes->n; i++) {
        const bk_scope *scope = &scopes->p[i];
        const bk_files *templates = &scope->chart->templates;
        file about = {.view = scope->dot, .chart = bk_subjects_number(s->subjects, scope->path)};
        bk_str folder;
        if (!bk_arena_cat(s->arena, scope->path, BK_S("/"), &folder) ||
            !bk_arena_cat(s->arena, folder, BK_S("templates"), &about.base_path))
            return nomem(s);
        for (size_t f = 0; f < templates->n; f++)
            if (bk_render_is_template(scope->chart, templates->p[f].name)) BK_TRY(add_file(s, &templates->p[f], folder, &about));
    }
    return BK_OK;
}

/* ---- rendering ---- */

/* Deepest first; the same depth backwards by name; of two with one name the one that came last. */
static int by_depth(const void *a, const void *b, void *arg) {
    (void)arg;
    const file *x = a, *y = b;
    if (x->slashes != y->slashes) return x->slashes > y->slashes ? -1 : 1;
    int c = bk_str_cmp(y->name, x->name);
    return c ? c : x->at > y->at ? -1 : x->at < y->at;
}

static void drop_replaced(state *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->file_count; i++)
        if (n == 0 || !bk_str_eq(s->files[n - 1].name, s->files[i].name)) s->files[n++] = s->files[i];
    s->file_count = n;
}

static bk_status parse_all(state *s, bk_tmpl_set *set) {
    for (size_t i = 0; i < s->file_count; i++)
        if (bk_tmpl_parse(set, s->files[i].name, s->files[i].text, s->files[i].chart, s->call->err) != BK_OK)
            return bk_execerr_parse(s->arena, s->files[i].name, s->call->err);
    return BK_OK;
}

static bk_status render_one(state *s, bk_exec *exec, const file *f, bk_str *ret) {
    bk_str text;
    /* Also for what is only text: a parent's template that is rendered later sees it in .Subcharts. */
    bk_map *about = bk_map_new(s->arena, 2);
    bool ok = about && bk_map_set(about, BK_S("Name"), bk_string(f->name)) &&
              bk_map_set(about, BK_S("BasePath"), bk_string(f->base_path)) &&
              bk_map_set(f->view, BK_S("Template"), bk_map_typed(BK_T_VALUES, about));
    if (!ok) return nomem(s);
    if (bk_exec_is_text(exec, f->name, &text)) return bk_drop_no_value(s->arena, text, ret, s->call->err); /* CRDs, often large */
    bk_buf_reset(&s->out);
    if (bk_exec_run(exec, f->name, bk_map_typed(BK_T_VALUES, f->view), &s->out, s->call->err) != BK_OK)
        return bk_execerr_run(s->arena, exec, f->name, s->call->err);
    BK_TRY(bk_drop_no_value(s->arena, bk_buf_view(&s->out), ret, s->call->err));
    return ret->p != s->out.p || bk_buf_keep(&s->out, s->arena, ret) ? BK_OK : nomem(s);
}

static bk_status write_log(bk_call *call, const char *level, bk_str text) {
    const env *e = call->env;
    if (e->log && e->log->line) e->log->line(e->log->self, level, text);
    return BK_OK;
}

static bk_status make_set(state *s, bk_tmpl_set **ret) {
    bk_tmpl_set *set = bk_tmpl_set_new(s->arena, BK_S("gotpl"));
    if (!set) return nomem(s);
    bk_tmpl_set_missing(set, s->options->strict ? BK_MISSING_ERROR : BK_MISSING_ZERO);
    BK_TRY(bk_tmpl_set_funcs(set, bk_sprig_funcs, bk_sprig_func_count, s->call->err));
    bk_sprig_set_methods(set);
    BK_TRY(bk_tmpl_set_funcs(set, bk_engine_funcs, bk_engine_func_count, s->call->err));
    bk_tmpl_set_methods(set, BK_T_VALUES, bk_values_methods, bk_values_method_count);
    bk_tmpl_set_methods(set, BK_T_FILES, bk_files_methods, bk_files_method_count);
    bk_tmpl_set_methods(set, BK_T_VERSION_SET, bk_version_set_methods, bk_version_set_method_count);
    bk_tmpl_set_charts(set, s->subjects->charts, s->subjects->count);
    *ret = set;
    return BK_OK;
}

static bk_status render_all(state *s, env *e, bk_rendered_file **ret, size_t *ret_count) {
    bk_tmpl_set *set;
    BK_TRY(make_set(s, &set));
    BK_TRY(parse_all(s, set));
    bk_exec *exec = bk_exec_new(s->arena, set, s->call->effects, e);
    bk_rendered_file *files = BK_NEW_ARRAY(s->arena, bk_rendered_file, s->file_count + 1);
    size_t n = 0;
    if (!exec || !files) return nomem(s);
    for (size_t i = 0; i < s->file_count; i++) {
        if (is_partial(s->files[i].name)) continue;
        files[n].path = s->files[i].name;
        BK_TRY(render_one(s, exec, &s->files[i], &files[n].text));
        n++;
    }
    bk_exec_done(exec);
    *ret = files;
    *ret_count = n;
    return BK_OK;
}

bk_status bk_templates_render(bk_call_state *call, const bk_scopes *scopes, const bk_subjects *subjects,
                              const bk_templates_options *options, bk_rendered_file **ret, size_t *ret_count) {
    state s = {.call = call, .options = options, .arena = call->arena, .subjects = subjects};
    env e = {.sprig = {.lint = options->lint, .dns = options->dns, .cluster = options->cluster, .log = write_log}, .log = options->log};
    bk_buf_init(&s.out, NULL, 0);
    BK_TRY(collect(&s, scopes));
    if (!bk_sort(s.arena, s.files, s.file_count, sizeof *s.files, by_depth, NULL)) return nomem(&s);
    drop_replaced(&s);
    bk_status status = render_all(&s, &e, ret, ret_count);
    bk_buf_release(&s.out);
    bk_sprig_env_release(&e.sprig);
    return status;
}
