#include "action/request.h"

#include "action/output.h"
#include "value/codec.h"
#include "value/map.h"

bk_status bk_request_open(bk_request *r, bk_arena *arena, bk_err *err) {
    *r = (bk_request){.arena = arena, .options = bk_map_new(arena, 16), .values = bk_nil()};
    bk_inputs_init(&r->inputs, arena);
    return r->options ? BK_OK : bk_arena_fail(arena, err);
}

void bk_request_put(bk_request *r, const char *key, bk_value v) {
    if (!bk_map_set(r->options, bk_str_c(key), v)) r->failed = true;
}

void bk_request_put_list(bk_request *r, const char *key, const bk_str *items, size_t count) {
    bk_items list;
    bk_value v;
    bk_err ignored = BK_ERR_INIT;
    bk_items_init(&list, r->arena);
    for (size_t i = 0; i < count; i++) bk_items_add(&list, bk_string(items[i]));
    if (bk_items_list(&list, BK_T_STRINGS, &v, &ignored) == BK_OK) bk_request_put(r, key, v);
    else r->failed = true;
    bk_err_release(&ignored);
}

static bk_status put_section(bk_buf *frame, bk_tag tag, bk_value v, bk_err *err) {
    size_t section = bk_section_begin(frame, tag);
    BK_TRY(bk_codec_encode(frame, v, err));
    bk_section_end(frame, section);
    return BK_OK;
}

static bk_status request_frame(bk_request *r, bk_buf *frame, bk_err *err) {
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

static bk_status perform_input(void *self, const bk_ask *ask, bk_buf *answer, bk_err *err) {
    return bk_inputs_read(self, ask->args, answer, err);
}

enum { USUAL_OUTPUT = 60 << 10 };

bk_status bk_request_send(bk_request *r, bk_call_op op, bk_guard *guard, const bk_sandbox_limits *limits, bk_str *ret_output, bk_err *err) {
    bk_sandbox_module *module;
    bk_buf frame, output;
    const bk_handler input = {.self = &r->inputs, .perform = perform_input};
    BK_TRY(bk_sandbox_engine(&module, err));
    bk_guard_register(guard, BK_FX_INPUT, &input);
    bk_buf_init(&frame, NULL, 0);
    bk_buf_init(&output, NULL, 0);
    bk_buf_reserve(&output, USUAL_OUTPUT); /* the usual ones need not move; pages come when they are written to */
    bk_status s = request_frame(r, &frame, err);
    if (s == BK_OK) s = bk_guard_call(guard, module, op, bk_buf_view(&frame), limits, &output, err);
    *ret_output = (bk_str){NULL, 0};
    /* It may be large, and is not copied: from here on it belongs to the arena. */
    if (output.p && bk_arena_adopt(r->arena, output.p)) {
        *ret_output = bk_buf_view(&output);
        output.p = NULL;
    } else if (output.p && s == BK_OK) {
        s = bk_err_nomem(err);
    }
    bk_buf_release(&frame);
    bk_buf_release(&output);
    return s;
}

/* What a chart is rendered with where a cluster and a release had a say in it: kept in the record, so that a replay needs neither. */
static bk_status keep_request(bk_request *r, const bk_render_options *o, bk_err *err) {
    bk_buf bytes;
    bk_buf_init(&bytes, NULL, 0);
    bk_status s = bk_codec_encode(&bytes, bk_map_value(r->options), err);
    size_t end = bytes.n;
    if (s == BK_OK) s = bk_codec_encode(&bytes, r->values, err);
    bk_buf_u32(&bytes, (uint32_t)end);
    if (s == BK_OK) s = bk_buf_check(&bytes, err);
    if (s == BK_OK) s = bk_guard_note(o->guard, "render", bk_buf_view(&bytes), err);
    bk_buf_release(&bytes);
    return s;
}

static bk_status recall_request(bk_request *r, const bk_render_options *o, bk_err *err) {
    bool found;
    bk_str bytes;
    bk_value options, values;
    BK_TRY(bk_guard_recall(o->guard, "render", &found, &bytes, err));
    if (!found) return BK_OK;
    uint32_t end = bytes.n >= 4 ? bk_read_u32(bk_str_from(bytes, bytes.n - 4)) : 0;
    if (bytes.n < 4 || end > bytes.n - 4) return bk_err_set(err, BK_ERR, "replay: the record is malformed");
    BK_TRY(bk_codec_decode(r->arena, bk_str_sub(bytes, 0, end), &options, err));
    BK_TRY(bk_codec_decode(r->arena, bk_str_sub(bytes, end, bytes.n - 4), &values, err));
    if (options.kind != BK_MAP) return bk_err_set(err, BK_ERR, "replay: the record is malformed");
    r->options = options.map;
    r->values = values;
    return BK_OK;
}

static bk_status remember_request(bk_request *r, bk_call_op op, const bk_render_options *o, bk_err *err) {
    if (op != BK_CALL_RENDER || o->load_only || r->failed) return BK_OK;
    if (bk_guard_replays(o->guard)) return recall_request(r, o, err);
    return o->cluster ? keep_request(r, o, err) : BK_OK;
}

/* What a render with the option record says of the chart. */
static void read_record(bk_value result, bk_rendered *ret) {
    if (result.kind != BK_MAP || !bk_map_get(result.map, BK_S("chart"))) return;
    const bk_value *metadata = bk_map_get(result.map, BK_S("metadata"));
    ret->chart = bk_map_str(result.map, "chart", BK_S(""));
    if (metadata && metadata->kind == BK_MAP) ret->metadata = *metadata;
}

bk_status bk_request_render(bk_request *r, bk_call_op op, const bk_render_options *o, bk_rendered *ret, bk_value *ret_result, bk_err *err) {
    bk_str output = {NULL, 0};
    bk_err again = BK_ERR_INIT; /* the engine's own error stands in the output as well, and the guard may have had a better one */
    *ret_result = bk_nil();
    bk_status s = remember_request(r, op, o, err);
    if (s == BK_OK) s = bk_request_send(r, op, o->guard, &o->limits, &output, err);
    bk_status read = bk_output_read(r->arena, output, ret, ret_result, &again);
    if (s == BK_OK && read != BK_OK) {
        bk_err_move(err, &again);
        s = read;
    }
    bk_err_release(&again);
    bk_map *told = ret_result->kind == BK_MAP ? ret_result->map : NULL;
    if (told && bk_map_bool(told, "rendering", false)) ret->rendering = true;
    ret->asks_capabilities = told && bk_map_bool(told, "capabilities", false);
    ret->v3 = told && bk_map_bool(told, "v3", false);
    read_record(*ret_result, ret);
    bk_inputs_release(&r->inputs);
    return s;
}
