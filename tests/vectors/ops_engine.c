/* The ops of src/engine: templates alone, charts rendered, manifests cut and ordered. */
#include "chart/capabilities.h"
#include "chart/dependencies.h"
#include "chart/load.h"
#include "chart/values_file.h"
#include "data/yaml.h"
#include "engine/manifest.h"
#include "engine/templates.h"
#include "sprig/env.h"
#include "sprig/sprig.h"
#include "tmpl/exec.h"
#include "vector.h"

static bk_status no_memory(bk_vector_call *call, bk_err *err) { return bk_arena_fail(call->arena, err); }

static bk_status answer(bk_vector_call *call, bk_value v) {
    call->out = v;
    call->has_out = true;
    return BK_OK;
}

/* ---- render, renderall ---- */

/* As the oracle renders: release rel in namespace ns, Helm's default capabilities. */
static bk_status render(bk_vector_call *call, const bk_log *log, bk_rendered_file **ret, size_t *ret_count, bk_err *err) {
    static const bk_release_info release = {.name = {"rel", 3}, .namespace_ = {"ns", 2}, .revision = 1, .is_install = true};
    bk_files *files = BK_NEW(call->arena, bk_files);
    bk_capabilities *caps = BK_NEW(call->arena, bk_capabilities);
    bk_chart *chart;
    bk_map *values, *all, *options = bk_map_new(call->arena, 0);
    bk_value caps_value;
    bk_scopes scopes = {0};
    if (!files || !caps || !options) return no_memory(call, err);
    BK_TRY(bk_vector_files(call, true, files, err));
    BK_TRY(bk_chart_load_files(call->arena, files, false, log, &chart, err));
    BK_TRY(bk_vector_values(call, &values, err));
    BK_TRY(bk_chart_process_dependencies(call->arena, chart, values, log, err));
    BK_TRY(bk_render_values(call->arena, chart, values, false, NULL, log, &all, err));
    BK_TRY(bk_capabilities_default(call->arena, caps, err));
    BK_TRY(bk_capabilities_value(call->arena, caps, &caps_value, err));
    BK_TRY(bk_render_scopes(call->arena, chart, all, &release, caps_value, &scopes, err));
    bk_call_state state = {.effects = call->effects, .arena = call->arena, .err = err, .options = options};
    const bk_templates_options how = {
        .strict = bk_map_bool(call->in, "strict", false), .lint = bk_map_bool(call->in, "lintMode", false), .log = log};
    bk_subjects subjects;
    BK_TRY(bk_subjects_seal(&state, chart, &subjects));
    return bk_templates_render(&state, &scopes, &subjects, &how, ret, ret_count);
}

/* The template of the request is one of the files, unless they have one of that name. */
static bk_status add_template(bk_vector_call *call, bk_str name, bk_err *err) {
    bk_value *files = bk_map_get(call->in, BK_S("files"));
    bk_map *map = files && files->kind == BK_MAP && files->map ? files->map : bk_map_new(call->arena, 1);
    bool ok = map && (bk_map_get(map, name) || bk_map_set(map, name, bk_string(bk_vector_str(call, "template")))) &&
              bk_map_set(call->in, BK_S("files"), bk_map_value(map));
    return ok ? BK_OK : no_memory(call, err);
}

static bk_status op_render(bk_vector_call *call, bk_err *err) {
    bk_items lines;
    const bk_log log = bk_vector_log(call, &lines);
    bk_rendered_file *files;
    size_t count;
    bk_str name = bk_vector_str(call, "name"), path;
    if (!name.n) name = BK_S("templates/x.yaml");
    BK_TRY(add_template(call, name, err));
    if (!bk_arena_printf(call->arena, &path, "t/%.*s", BK_FMT(name))) return no_memory(call, err);
    bk_status s = render(call, &log, &files, &count, err);
    bk_vector_take_log(call, &lines);
    BK_TRY(s);
    for (size_t i = 0; i < count; i++)
        if (bk_str_eq(files[i].path, path)) return answer(call, bk_string(files[i].text));
    return answer(call, bk_string(BK_S("")));
}

static bk_status op_renderall(bk_vector_call *call, bk_err *err) {
    bk_items lines;
    const bk_log log = bk_vector_log(call, &lines);
    bk_rendered_file *files;
    size_t count;
    bk_status s = render(call, &log, &files, &count, err);
    bk_vector_take_log(call, &lines);
    BK_TRY(s);
    bk_map *out = bk_map_new(call->arena, count);
    if (!out) return no_memory(call, err);
    for (size_t i = 0; i < count; i++)
        if (!bk_map_set(out, files[i].path, bk_string(files[i].text))) return no_memory(call, err);
    return answer(call, bk_map_value(out));
}

/* ---- gotmpl ---- */

static bk_status op_gotmpl(bk_vector_call *call, bk_err *err) {
    bk_value data = bk_nil();
    bk_str values = bk_vector_str(call, "values");
    bk_sprig_env env = {0};
    bk_buf out;
    bk_tmpl_set *set = bk_tmpl_set_new(call->arena, BK_S("x"));
    if (!set) return no_memory(call, err);
    bk_buf_init(&out, call->arena, 0);
    if (values.n) BK_TRY(bk_yaml_decode(call->arena, values, 0, BK_T_NIL, &data, err));
    BK_TRY(bk_tmpl_set_funcs(set, bk_sprig_funcs, bk_sprig_func_count, err));
    BK_TRY(bk_tmpl_parse(set, BK_S("x"), bk_vector_str(call, "template"), 0, err));
    bk_exec *exec = bk_exec_new(call->arena, set, call->effects, &env);
    bk_status s = exec ? bk_exec_run(exec, BK_S("x"), data, &out, err) : no_memory(call, err);
    bk_sprig_env_release(&env);
    answer(call, bk_string(bk_buf_take(&out)));
    return s;
}

/* ---- manifests ---- */

static bool put(bk_map *map, const char *key, bk_value v) { return bk_map_set(map, bk_str_c(key), v); }

static bk_status hook_value(bk_vector_call *call, const bk_hook *h, bk_value *ret, bk_err *err) {
    bk_map *m = bk_map_new(call->arena, 8);
    bool ok = m && put(m, "name", bk_string(h->manifest.head.name)) && put(m, "kind", bk_string(h->manifest.head.kind)) &&
              put(m, "path", bk_string(h->manifest.path)) && put(m, "events", h->events) && put(m, "weight", bk_int64(h->weight)) &&
              put(m, "delete", h->delete_policies) && put(m, "log", h->output_log_policies) &&
              put(m, "manifest", bk_string(h->manifest.text));
    *ret = bk_map_value(m);
    return ok ? BK_OK : no_memory(call, err);
}

static bk_status manifest_value(bk_vector_call *call, const bk_manifest *x, bk_value *ret, bk_err *err) {
    bk_map *m = bk_map_new(call->arena, 4);
    bool ok = m && put(m, "name", bk_string(x->path)) && put(m, "content", bk_string(x->text)) && put(m, "kind", bk_string(x->head.kind)) &&
              put(m, "apiVersion", bk_string(x->head.api_version));
    *ret = bk_map_value(m);
    return ok ? BK_OK : no_memory(call, err);
}

static bk_status manifests_answer(bk_vector_call *call, const bk_manifests *m, bk_err *err) {
    bk_items hooks, manifests;
    bk_value v;
    bk_items_init(&hooks, call->arena);
    bk_items_init(&manifests, call->arena);
    for (size_t i = 0; i < m->hook_count; i++) {
        BK_TRY(hook_value(call, &m->hooks[i], &v, err));
        bk_items_add(&hooks, v);
    }
    for (size_t i = 0; i < m->count; i++) {
        BK_TRY(manifest_value(call, &m->items[i], &v, err));
        bk_items_add(&manifests, v);
    }
    bk_map *out = bk_map_new(call->arena, 2);
    bool ok = out && !hooks.failed && !manifests.failed && put(out, "hooks", bk_list_typed(BK_T_LIST, hooks.p, hooks.n)) &&
              put(out, "manifests", bk_list_typed(BK_T_LIST, manifests.p, manifests.n));
    return ok ? answer(call, bk_map_value(out)) : no_memory(call, err);
}

static bk_status op_manifests(bk_vector_call *call, bk_err *err) {
    bk_items lines;
    const bk_log log = bk_vector_log(call, &lines);
    bk_value *given = bk_map_get(call->in, BK_S("files"));
    bk_map *map = given && given->kind == BK_MAP ? given->map : NULL;
    bk_rendered_file *files = BK_NEW_ARRAY(call->arena, bk_rendered_file, bk_map_len(map) + 1);
    bk_manifests m;
    bk_err second = BK_ERR_INIT;
    if (!files) return no_memory(call, err);
    for (size_t i = 0; i < bk_map_len(map); i++)
        files[i] = (bk_rendered_file){bk_map_at(map, i)->key, bk_value_str(bk_map_at(map, i)->value)};
    bool uninstall = bk_str_eq(bk_vector_str(call, "order"), BK_S("uninstall"));
    bk_status s = bk_manifests_sort(call->arena, files, bk_map_len(map), uninstall ? BK_ORDER_UNINSTALL : BK_ORDER_INSTALL, &log, &m, err);
    bk_vector_take_log(call, &lines);
    bk_status answered = manifests_answer(call, &m, &second);
    if (s == BK_OK && answered != BK_OK) bk_err_move(err, &second);
    bk_err_release(&second);
    return s != BK_OK ? s : answered;
}

static bk_status op_split(bk_vector_call *call, bk_err *err) {
    bk_str *docs;
    size_t n;
    bk_items out;
    bk_value v;
    bk_items_init(&out, call->arena);
    BK_TRY(bk_manifest_split(call->arena, bk_vector_str(call, "text"), &docs, &n, err));
    for (size_t i = 0; i < n; i++) bk_items_add(&out, bk_string(docs[i]));
    BK_TRY(bk_items_list(&out, BK_T_LIST, &v, err));
    return answer(call, v);
}

const bk_vector_op bk_vector_ops_engine[] = {
    {"render", op_render},       {"renderall", op_renderall},  {"gotmpl", op_gotmpl},
    {"manifests", op_manifests}, {"splitmanifests", op_split}, {NULL, NULL},
};
