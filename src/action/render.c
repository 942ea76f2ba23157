#include "action/render.h"

#include "action/capabilities.h"
#include "action/output.h"
#include "action/postrender.h"
#include "action/request.h"
#include "base/unicode.h"
#include "sandbox/ask.h"
#include "value/map.h"

/* A call on the operator's own bytes, with a value as its answer. */
static bk_status own_call(bk_request *r, bk_call_op op, bk_guard *guard, const bk_sandbox_limits *limits, bk_value *ret, bk_err *err) {
    bk_str output;
    bk_sandbox_limits own = limits ? *limits : (bk_sandbox_limits){0};
    own.who = "values";
    BK_TRY(bk_request_send(r, op, guard, &own, &output, err));
    return bk_output_read(r->arena, output, NULL, ret, err);
}

/* The same where no run of a chart is under way: with a guard of its own, which keeps nothing. */
static bk_status lone_call(bk_request *r, bk_call_op op, bk_value *ret, bk_err *err) {
    static const bk_guard_options none;
    bk_guard *guard;
    BK_TRY(bk_guard_new(&none, &guard, err));
    bk_status s = bk_guard_close(guard, own_call(r, op, guard, NULL, ret, err), err);
    bk_guard_free(guard);
    return s;
}

/* A values file: what a fetcher has for its name, else the file of that path. */
static bk_status add_file(bk_request *r, const bk_value_source *source, uint32_t *ret, bk_err *err) {
    bool served = false;
    bk_str bytes;
    if (source->fetcher) BK_TRY(source->fetcher->fetch(source->fetcher->self, source->text, &served, &bytes, err));
    if (served) return bk_inputs_add_bytes(&r->inputs, source->text, bytes, ret, err);
    if (bk_str_eq(bk_str_trim_space(source->text), BK_S("-"))) return bk_inputs_add(&r->inputs, BK_S("-"), true, ret, err);
    /* What is wrong with one is told when those before it were read. */
    return bk_inputs_add_later(&r->inputs, source->text, ret, err);
}

bk_status bk_operator_values(bk_arena *arena, bk_guard *guard, const bk_value_source *sources, size_t count,
                             const bk_sandbox_limits *limits, bk_value *ret, bk_err *err) {
    bk_request r;
    bk_items list;
    bk_value all;
    BK_TRY(bk_request_open(&r, arena, err));
    *ret = bk_map_value(r.options); /* empty so far */
    if (count == 0) return BK_OK;
    bk_items_init(&list, arena);
    for (size_t i = 0; i < count; i++) {
        bk_map *m = bk_map_new(arena, 3);
        bool ok = m && bk_map_set(m, BK_S("kind"), bk_string(bk_str_c(sources[i].kind))) &&
                  bk_map_set(m, BK_S("text"), bk_string(sources[i].text));
        if (ok && strcmp(sources[i].kind, "file") == 0) {
            uint32_t number;
            BK_TRY(add_file(&r, &sources[i], &number, err));
            ok = bk_map_set(m, BK_S("input"), bk_int64(number));
        }
        if (!ok) return bk_arena_fail(arena, err);
        bk_items_add(&list, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, err));
    bk_request_put(&r, "sources", all);
    r.inputs.open_paths = true;
    r.inputs.fetcher = sources[0].fetcher;
    return own_call(&r, BK_CALL_VALUES, guard, limits, ret, err);
}

bk_status bk_engine_template(bk_arena *arena, bk_str name, bk_str text, bk_value data, bk_str type, bool functions, bk_str *ret,
                             bk_err *err) {
    bk_request r;
    bk_value v = bk_nil();
    BK_TRY(bk_request_open(&r, arena, err));
    bk_request_put(&r, "name", bk_string(name));
    bk_request_put(&r, "text", bk_string(text));
    bk_request_put(&r, "functions", bk_bool(functions));
    bk_request_put(&r, "data", data);
    bk_request_put(&r, "type", bk_string(type));
    BK_TRY(lone_call(&r, BK_CALL_TEMPLATE, &v, err));
    *ret = v.kind == BK_STRING ? bk_value_str(v) : BK_S("");
    return BK_OK;
}

bk_status bk_engine_release_name(bk_arena *arena, bk_str text, char *const *environment, bk_str *ret, bk_err *err) {
    bk_request r;
    bk_value v = bk_nil();
    bk_map *all = bk_map_new(arena, 8);
    bool ok = all != NULL, asks = bk_str_find(text, BK_S("env")) != BK_NPOS;
    for (size_t i = 0; ok && asks && environment && environment[i]; i++) {
        bk_str name, value;
        if (bk_str_cut(bk_str_c(environment[i]), BK_S("="), &name, &value)) ok = bk_map_set(all, name, bk_string(value));
    }
    if (!ok) return bk_arena_fail(arena, err);
    BK_TRY(bk_request_open(&r, arena, err));
    bk_request_put(&r, "name", bk_string(BK_S("name-template")));
    bk_request_put(&r, "text", bk_string(text));
    bk_request_put(&r, "functions", bk_bool(true));
    bk_request_put(&r, "environment", bk_map_value(all));
    BK_TRY(lone_call(&r, BK_CALL_TEMPLATE, &v, err));
    *ret = v.kind == BK_STRING ? bk_value_str(v) : BK_S("");
    return BK_OK;
}

bk_status bk_engine_check_kube_version(bk_arena *arena, bk_str text, bk_err *err) {
    bk_request r;
    bk_value ignored;
    BK_TRY(bk_request_open(&r, arena, err));
    bk_request_put(&r, "kubeVersion", bk_string(text));
    bk_request_put(&r, "sources", bk_list(NULL, 0));
    return lone_call(&r, BK_CALL_VALUES, &ignored, err);
}

static bk_status read_yaml(bk_arena *arena, bk_str text, bk_map *options, const bk_sandbox_cache *answers, bk_value *ret, bk_err *err) {
    const bk_sandbox_question question = {
        .op = BK_CALL_YAML, .options = options, .inputs = &text, .input_count = 1, .limits = {.who = "values"}, .cache = answers};
    bk_sandbox_answer answer;
    BK_TRY(bk_sandbox_ask(arena, &question, &answer, err));
    *ret = answer.result;
    return BK_OK;
}

bk_status bk_engine_yaml(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) { return read_yaml(arena, text, NULL, NULL, ret, err); }

bk_status bk_engine_yaml_tree(bk_arena *arena, bk_str text, const bk_sandbox_cache *answers, bk_value *ret, bk_err *err) {
    bk_map *options = bk_map_new(arena, 1);
    if (!options || !bk_map_set(options, BK_S("tree"), bk_bool(true))) return bk_arena_fail(arena, err);
    return read_yaml(arena, text, options, answers, ret, err);
}

void bk_request_put_render(bk_request *r, const bk_render_options *o) {
    r->values = o->values;
    bk_request_put(r, "release", bk_string(o->release));
    bk_request_put(r, "namespace", bk_string(o->namespace_));
    bk_request_put(r, "kubeVersion", bk_string(o->kube_version));
    bk_request_put_list(r, "apiVersions", o->api_versions, o->api_version_count);
    bk_request_put_list(r, "showOnly", o->show_only, o->show_only_count);
    bk_request_put(r, "isUpgrade", bk_bool(o->is_upgrade));
    bk_request_put(r, "includeCRDs", bk_bool(o->include_crds));
    bk_request_put(r, "skipSchemaValidation", bk_bool(o->skip_schema_validation));
    bk_request_put(r, "skipHooks", bk_bool(o->skip_hooks));
    bk_request_put(r, "skipTests", bk_bool(o->skip_tests));
    bk_request_put(r, "subNotes", bk_bool(o->sub_notes));
    bk_request_put(r, "debug", bk_bool(o->debug));
    if (o->record) bk_request_put(r, "record", bk_bool(true));
    bk_request_put(r, "upgrade", bk_bool(o->upgrade));
    bk_request_put(r, "loadOnly", bk_bool(o->load_only));
    bk_request_put(r, "revision", bk_int64(o->revision ? o->revision : 1));
    bk_request_put(r, "chartValues", o->chart_values);
    if (!o->cluster) return;
    bk_request_put(r, "cluster", bk_bool(true));
    bk_request_put(r, "kubeMajor", bk_string(o->kube_major));
    bk_request_put(r, "kubeMinor", bk_string(o->kube_minor));
}

bk_status bk_render(bk_arena *arena, const bk_render_options *o, bk_rendered *ret, bk_err *err) {
    bk_request r;
    uint32_t number;
    bk_value result;
    *ret = (bk_rendered){0};
    if (!o->auditing && !o->load_only && o->guard) BK_TRY(bk_capabilities_check(arena, bk_guard_statement(o->guard), o, NULL, err));
    if (o->post_renderer && !o->load_only) return bk_postrender(arena, o, ret, err);
    BK_TRY(bk_request_open(&r, arena, err));
    if (o->archive.p) BK_TRY(bk_inputs_add_bytes(&r.inputs, BK_S("chart.tgz"), o->archive, &number, err));
    else BK_TRY(bk_inputs_add(&r.inputs, o->chart, false, &number, err));
    bk_request_put_render(&r, o);
    return bk_request_render(&r, BK_CALL_RENDER, o, ret, &result, err);
}

bk_status bk_chart_call(bk_arena *arena, bk_call_op op, bk_str chart, bk_map *options, bk_value values, bk_guard *guard,
                        const bk_sandbox_limits *limits, bk_rendered *ret_logs, bk_value *ret, bk_err *err) {
    return bk_chart_call_in(arena, op, chart, chart, options, values, guard, limits, ret_logs, ret, err);
}

bk_status bk_chart_call_in(bk_arena *arena, bk_call_op op, bk_str folder, bk_str chart, bk_map *options, bk_value values, bk_guard *guard,
                           const bk_sandbox_limits *limits, bk_rendered *ret_logs, bk_value *ret, bk_err *err) {
    bk_request r;
    uint32_t number;
    bk_str output;
    bk_err again = BK_ERR_INIT;
    *ret = bk_nil();
    *ret_logs = (bk_rendered){0};
    BK_TRY(bk_request_open(&r, arena, err));
    if (options) r.options = options;
    r.values = values;
    if (chart.n) BK_TRY(bk_inputs_add_part(&r.inputs, folder, chart, &number, err));
    bk_status s = bk_request_send(&r, op, guard, limits, &output, err);
    bk_status read = bk_output_read(arena, output, ret_logs, ret, &again);
    if (s == BK_OK && read != BK_OK) {
        bk_err_move(err, &again);
        s = read;
    }
    bk_err_release(&again);
    bk_inputs_release(&r.inputs);
    return s;
}

bk_status bk_logs_add(bk_arena *arena, bk_rendered *logs, const bk_rendered *more, bk_status status, bk_err *err) {
    bk_log_line *lines = BK_NEW_ARRAY(arena, bk_log_line, logs->log_count + more->log_count + 1);
    if (!lines) return status == BK_OK ? bk_arena_fail(arena, err) : status;
    if (logs->log_count) memcpy(lines, logs->logs, logs->log_count * sizeof *lines);
    if (more->log_count) memcpy(lines + logs->log_count, more->logs, more->log_count * sizeof *lines);
    logs->logs = lines;
    logs->log_count += more->log_count;
    return status;
}
