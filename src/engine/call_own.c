/* Calls on the operator's own bytes: no chart is near. */
#include "base/unicode.h"
#include "chart/values_file.h"
#include "data/yaml.h"
#include "engine/calls.h"
#include "sprig/env.h"
#include "sprig/plain.h"
#include "sprig/sprig.h"
#include "text/kube.h"
#include "text/url.h"
#include "tmpl/exec.h"

bk_status bk_call_yaml(bk_call_state *call) {
    bk_str text;
    bk_value v = bk_nil();
    BK_TRY(bk_call_input(call, 0, &text));
    if (bk_map_bool(call->options, "tree", false)) BK_TRY(bk_yaml_tree_one(call->arena, text, &v, call->err));
    else BK_TRY(bk_yaml_decode(call->arena, text, 0, BK_T_NIL, &v, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, v);
}

/* ---- values ---- */

static const struct {
    const char *name;
    bk_values_kind kind;
} kinds[] = {{"file", BK_VALUES_FILE},         {"set-json", BK_VALUES_SET_JSON},
             {"set", BK_VALUES_SET},           {"set-string", BK_VALUES_SET_STRING},
             {"set-file", BK_VALUES_SET_FILE}, {"set-literal", BK_VALUES_SET_LITERAL}};

/* Helm takes any file's name for a URL first. */
static bk_status check_name(bk_call_state *call, bk_str name) {
    bk_url ignored;
    return bk_str_eq(bk_str_trim_space(name), BK_S("-")) ? BK_OK : bk_url_parse(call->arena, name, &ignored, call->err);
}

static bk_status read_path(void *self, bk_str path, bk_str *ret, bk_err *err) {
    bk_call_state *call = self;
    (void)err; /* the call's own */
    BK_TRY(check_name(call, path));
    return bk_call_input_path(call, path, ret);
}

static bk_status source_of(bk_call_state *call, bk_value v, bk_values_source *ret) {
    bk_map *m = v.kind == BK_MAP ? v.map : NULL;
    bk_str kind = bk_map_str(m, "kind", BK_S(""));
    size_t k = 0;
    while (k < BK_COUNT(kinds) && !bk_str_eq(kind, bk_str_c(kinds[k].name))) k++;
    if (k == BK_COUNT(kinds)) return bk_err_set(call->err, BK_ERR, "malformed request: a source of no known kind");
    *ret = (bk_values_source){.kind = kinds[k].kind, .text = bk_map_str(m, "text", BK_S(""))};
    if (ret->kind != BK_VALUES_FILE) return BK_OK;
    bk_value *input = bk_map_get(m, BK_S("input"));
    if (!input || input->kind != BK_INT) return bk_err_set(call->err, BK_ERR, "malformed request: a file without its input");
    ret->name = ret->text;
    BK_TRY(check_name(call, ret->name));
    return bk_call_input(call, (uint32_t)input->i, &ret->text);
}

/* What is wrong with the files before one that cannot be read counts first. */
static bk_status mistake_before(bk_call_state *call, const bk_values_source *sources, size_t count, const bk_strvals_reader *reader) {
    bk_err later = BK_ERR_INIT;
    bk_map *ignored;
    bk_err_move(&later, call->err);
    if (bk_values_merge(call->arena, sources, count, reader, &ignored, call->err) == BK_OK) bk_err_move(call->err, &later);
    bk_err_release(&later);
    return call->err->code;
}

bk_status bk_call_values(bk_call_state *call) {
    bk_value *list = bk_map_get(call->options, BK_S("sources"));
    bk_map *values;
    bk_str kube = bk_map_str(call->options, "kubeVersion", BK_S(""));
    bk_kube_version version;
    if (kube.n && bk_kube_version_parse(call->arena, kube, &version, call->err) != BK_OK)
        return bk_err_wrap(call->err, "invalid kube version '%.*s'", BK_FMT(kube));
    if (!list || list->kind != BK_LIST) return bk_err_set(call->err, BK_ERR, "malformed request: no sources");
    bk_values_source *sources = BK_NEW_ARRAY(call->arena, bk_values_source, list->len + 1);
    if (!sources) return bk_arena_fail(call->arena, call->err);
    const bk_strvals_reader reader = {call, read_path};
    for (uint32_t i = 0; i < list->len; i++)
        if (source_of(call, list->items[i], &sources[i]) != BK_OK) return mistake_before(call, sources, i, &reader);
    BK_TRY(bk_values_merge(call->arena, sources, list->len, &reader, &values, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(values));
}

/* ---- structs: what `version --template` sees ---- */

static bool struct_field(const bk_object *self, bk_arena *arena, bk_str name, bk_value *ret) {
    (void)arena;
    bk_value *v = bk_map_get(self->data, name);
    if (v) *ret = *v;
    return v != NULL;
}

/* The data: with an option `type` a struct of that Go type, whose fields are the map's. */
static bk_status data_of(bk_call_state *call, bk_value *ret) {
    bk_value *data = bk_map_get(call->options, BK_S("data"));
    bk_str type = bk_map_str(call->options, "type", BK_S("")), name;
    *ret = data ? *data : bk_nil();
    if (type.n == 0 || ret->kind != BK_MAP) return BK_OK;
    bk_class *class = BK_NEW(call->arena, bk_class);
    bk_object *object = BK_NEW(call->arena, bk_object);
    if (!class || !object || !bk_arena_dup(call->arena, type, &name)) return bk_arena_fail(call->arena, call->err);
    *class = (bk_class){.name = name.p, .field = struct_field};
    *object = (bk_object){class, ret->map};
    *ret = bk_object_value(BK_T_STRUCT, object);
    return BK_OK;
}

/* An error of the whole template stands as Go words it: there is no chart to name. */
static bk_status execute(bk_call_state *call, bk_tmpl_set *set, bk_str name, bk_str text, bk_sprig_env *env, bk_buf *out) {
    bk_value data;
    /* What it asks for, it asks for as the operator: its text is in no chart of the table. */
    static const bk_tmpl_chart none = {.parent = BK_NO_CHART};
    BK_TRY(data_of(call, &data));
    bk_tmpl_set_charts(set, &none, 1);
    BK_TRY(bk_tmpl_parse(set, name, text, BK_NO_CHART, call->err));
    bk_exec *exec = bk_exec_new(call->arena, set, call->effects, env);
    if (!exec) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_exec_run(exec, name, data, out, call->err));
    return bk_buf_check(out, call->err);
}

bk_status bk_call_template(bk_call_state *call) {
    bk_str name = bk_map_str(call->options, "name", BK_S("")), text = bk_map_str(call->options, "text", BK_S(""));
    bk_tmpl_set *set = bk_tmpl_set_new(call->arena, name);
    bk_sprig_env env = {0};
    bk_buf out;
    if (!set) return bk_arena_fail(call->arena, call->err);
    bk_buf_init(&out, call->arena, 0);
    bk_value *environment = bk_map_get(call->options, BK_S("environment"));
    const bk_func *funcs = bk_sprig_funcs;
    size_t count = bk_sprig_func_count;
    if (environment && environment->kind == BK_MAP) {
        env.environment = environment->map;
        BK_TRY(bk_sprig_plain_funcs(call->arena, &funcs, &count, call->err));
    }
    if (bk_map_bool(call->options, "functions", false)) BK_TRY(bk_tmpl_set_funcs(set, funcs, count, call->err));
    bk_status s = execute(call, set, name, text, &env, &out);
    bk_sprig_env_release(&env);
    BK_TRY(s);
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_string(bk_buf_take(&out)));
}
