#include "action/render.h"

#include "action/output.h"
#include "base/boundary.h"
#include "value/codec.h"
#include "value/map.h"

/* ---- requests ---- */

typedef struct request {
    bk_arena *arena;
    bk_map *options;
    bk_inputs inputs;
    bk_value values;
    bool failed;
} request;

static bk_status request_open(request *r, bk_arena *arena, bk_err *err) {
    *r = (request){.arena = arena, .options = bk_map_new(arena, 16), .values = bk_nil()};
    bk_inputs_init(&r->inputs, arena);
    return r->options ? BK_OK : bk_arena_fail(arena, err);
}

static void put(request *r, const char *key, bk_value v) {
    if (!bk_map_set(r->options, bk_str_c(key), v)) r->failed = true;
}

static void put_list(request *r, const char *key, const bk_str *items, size_t count) {
    bk_items list;
    bk_value v;
    bk_err ignored = BK_ERR_INIT;
    bk_items_init(&list, r->arena);
    for (size_t i = 0; i < count; i++) bk_items_add(&list, bk_string(items[i]));
    if (bk_items_list(&list, BK_T_STRINGS, &v, &ignored) == BK_OK) put(r, key, v);
    else r->failed = true;
    bk_err_release(&ignored);
}

static bk_status put_section(bk_buf *frame, bk_tag tag, bk_value v, bk_err *err) {
    size_t section = bk_section_begin(frame, tag);
    BK_TRY(bk_codec_encode(frame, v, err));
    bk_section_end(frame, section);
    return BK_OK;
}

static bk_status request_frame(request *r, bk_buf *frame, bk_err *err) {
    if (r->failed) return bk_arena_fail(r->arena, err);
    size_t begin = bk_frame_begin(frame);
    BK_TRY(put_section(frame, BK_TAG_OPTIONS, bk_map_value(r->options), err));
    if (r->values.kind == BK_MAP) BK_TRY(put_section(frame, BK_TAG_VALUES, r->values, err));
    for (uint32_t i = 0; i < r->inputs.count; i++) {
        bk_value v;
        BK_TRY(bk_inputs_describe(&r->inputs, i, &v, err));
        BK_TRY(put_section(frame, BK_TAG_INPUT, v, err));
    }
    bk_frame_end(frame, begin);
    return bk_buf_check(frame, err);
}

/* ---- calls ---- */

static bk_status perform_input(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    return bk_inputs_read(self, ask->args, answer, err);
}

/* Runs the request; *ret_output lies in the arena. An error of the engine's own is this function's, and the output is then still good. */
static bk_status call(request *r, bk_call_op op, bk_guard *guard, const bk_sandbox_limits *limits, bk_str *ret_output, bk_err *err) {
    bk_sandbox_module *module;
    bk_buf frame, output;
    const bk_handler input = {.self = &r->inputs, .perform = perform_input};
    BK_TRY(bk_sandbox_engine(&module, err));
    bk_guard_register(guard, BK_FX_INPUT, &input);
    bk_buf_init(&frame, NULL, 0);
    bk_buf_init(&output, NULL, 0);
    bk_status s = request_frame(r, &frame, err);
    if (s == BK_OK) s = bk_guard_call(guard, module, op, bk_buf_view(&frame), limits, &output, err);
    *ret_output = (bk_str){NULL, 0};
    if (!bk_arena_dup(r->arena, bk_buf_view(&output), ret_output) && s == BK_OK) s = bk_arena_fail(r->arena, err);
    bk_buf_release(&frame);
    bk_buf_release(&output);
    return s;
}

/* A call on the operator's own bytes, with a value as its answer. */
static bk_status own_call(request *r, bk_call_op op, bk_guard *guard, const bk_sandbox_limits *limits, bk_value *ret, bk_err *err) {
    bk_str output;
    bk_sandbox_limits own = limits ? *limits : (bk_sandbox_limits){0};
    own.who = "values";
    BK_TRY(call(r, op, guard, &own, &output, err));
    return bk_output_read(r->arena, output, NULL, ret, err);
}

/* The same where no run of a chart is under way: with a guard of its own, which keeps nothing. */
static bk_status lone_call(request *r, bk_call_op op, bk_value *ret, bk_err *err) {
    static const bk_guard_options none;
    bk_guard *guard;
    BK_TRY(bk_guard_new(&none, &guard, err));
    bk_status s = bk_guard_close(guard, own_call(r, op, guard, NULL, ret, err), err);
    bk_guard_free(guard);
    return s;
}

bk_status bk_operator_values(bk_arena *arena, bk_guard *guard, const bk_value_source *sources, size_t count,
                             const bk_sandbox_limits *limits, bk_value *ret, bk_err *err) {
    request r;
    bk_items list;
    bk_value all;
    BK_TRY(request_open(&r, arena, err));
    *ret = bk_map_value(r.options); /* empty so far */
    if (count == 0) return BK_OK;
    bk_items_init(&list, arena);
    for (size_t i = 0; i < count; i++) {
        bk_map *m = bk_map_new(arena, 3);
        bool ok = m && bk_map_set(m, BK_S("kind"), bk_string(bk_str_c(sources[i].kind))) &&
                  bk_map_set(m, BK_S("text"), bk_string(sources[i].text));
        if (ok && strcmp(sources[i].kind, "file") == 0) {
            uint32_t number;
            BK_TRY(bk_inputs_add(&r.inputs, sources[i].text, true, &number, err));
            ok = bk_map_set(m, BK_S("input"), bk_int64(number));
        }
        if (!ok) return bk_arena_fail(arena, err);
        bk_items_add(&list, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, err));
    put(&r, "sources", all);
    r.inputs.open_paths = true;
    return own_call(&r, BK_CALL_VALUES, guard, limits, ret, err);
}

bk_status bk_engine_template(bk_arena *arena, bk_str name, bk_str text, bk_value data, bk_str type, bool functions, bk_str *ret,
                             bk_err *err) {
    request r;
    bk_value v = bk_nil();
    BK_TRY(request_open(&r, arena, err));
    put(&r, "name", bk_string(name));
    put(&r, "text", bk_string(text));
    put(&r, "functions", bk_bool(functions));
    put(&r, "data", data);
    put(&r, "type", bk_string(type));
    BK_TRY(lone_call(&r, BK_CALL_TEMPLATE, &v, err));
    *ret = v.kind == BK_STRING ? bk_value_str(v) : BK_S("");
    return BK_OK;
}

bk_status bk_engine_yaml(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    request r;
    uint32_t number;
    BK_TRY(request_open(&r, arena, err));
    BK_TRY(bk_inputs_add_bytes(&r.inputs, BK_S("yaml"), text, &number, err));
    return lone_call(&r, BK_CALL_YAML, ret, err);
}

bk_status bk_render(bk_arena *arena, const bk_render_options *o, bk_rendered *ret, bk_err *err) {
    request r;
    uint32_t number;
    bk_str output;
    bk_value result = bk_nil();
    *ret = (bk_rendered){0};
    BK_TRY(request_open(&r, arena, err));
    BK_TRY(bk_inputs_add(&r.inputs, o->chart, false, &number, err));
    r.values = o->values;
    put(&r, "release", bk_string(o->release));
    put(&r, "namespace", bk_string(o->namespace_));
    put(&r, "kubeVersion", bk_string(o->kube_version));
    put_list(&r, "apiVersions", o->api_versions, o->api_version_count);
    put_list(&r, "showOnly", o->show_only, o->show_only_count);
    put(&r, "isUpgrade", bk_bool(o->is_upgrade));
    put(&r, "includeCRDs", bk_bool(o->include_crds));
    put(&r, "skipSchemaValidation", bk_bool(o->skip_schema_validation));
    put(&r, "skipHooks", bk_bool(o->skip_hooks));
    put(&r, "skipTests", bk_bool(o->skip_tests));
    put(&r, "subNotes", bk_bool(o->sub_notes));
    put(&r, "chartV3", bk_bool(o->chart_v3));
    put(&r, "debug", bk_bool(o->debug));
    bk_status s = call(&r, BK_CALL_RENDER, o->guard, &o->limits, &output, err);
    bk_err again = BK_ERR_INIT; /* the engine's own error stands in the output as well, and the guard may have had a better one */
    bk_status read = bk_output_read(arena, output, ret, &result, &again);
    if (s == BK_OK && read != BK_OK) {
        bk_err_move(err, &again);
        s = read;
    }
    bk_err_release(&again);
    ret->rendering = result.kind == BK_MAP && bk_map_bool(result.map, "rendering", false);
    bk_inputs_release(&r.inputs);
    return s;
}

bk_status bk_chart_call(bk_arena *arena, bk_call_op op, bk_str chart, bk_map *options, bk_value values, bk_guard *guard,
                        const bk_sandbox_limits *limits, bk_rendered *ret_logs, bk_value *ret, bk_err *err) {
    request r;
    uint32_t number;
    bk_str output;
    bk_err again = BK_ERR_INIT;
    *ret = bk_nil();
    *ret_logs = (bk_rendered){0};
    BK_TRY(request_open(&r, arena, err));
    if (options) r.options = options;
    r.values = values;
    BK_TRY(bk_inputs_add(&r.inputs, chart, false, &number, err));
    bk_status s = call(&r, op, guard, limits, &output, err);
    bk_status read = bk_output_read(arena, output, ret_logs, ret, &again);
    if (s == BK_OK && read != BK_OK) {
        bk_err_move(err, &again);
        s = read;
    }
    bk_err_release(&again);
    bk_inputs_release(&r.inputs);
    return s;
}
