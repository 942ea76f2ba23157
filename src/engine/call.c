#include "engine/call.h"

#include "value/codec.h"

static bk_status add_input(bk_call_state *call, bk_str bytes) {
    bk_value v;
    BK_TRY(bk_codec_decode(call->arena, bytes, &v, call->err));
    if (v.kind != BK_MAP) return bk_err_set(call->err, BK_ERR, "malformed request: an input that is no map");
    if (call->input_count == call->input_cap) {
        size_t cap = call->input_cap ? call->input_cap * 2 : 4;
        void *p = bk_arena_grow(call->arena, call->inputs, call->input_cap * sizeof *call->inputs, cap * sizeof *call->inputs);
        if (!p) return bk_arena_fail(call->arena, call->err);
        call->inputs = p;
        call->input_cap = cap;
    }
    bk_value *size = bk_map_get(v.map, BK_S("size"));
    call->inputs[call->input_count] = (bk_engine_input){
        .name = bk_map_str(v.map, "name", BK_S("")),
        .size = size && size->kind == BK_INT && size->i > 0 ? (uint64_t)size->i : 0,
        .dir = bk_map_bool(v.map, "dir", false),
        .number = (uint32_t)call->input_count,
    };
    call->input_count++;
    return BK_OK;
}

bk_status bk_call_open(bk_call_state *call, bk_str request) {
    bk_sections sections;
    uint32_t tag;
    bk_str bytes;
    bk_value v;
    BK_TRY(bk_frame_open(request, &sections, call->err));
    for (;;) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, call->err));
        if (tag == 0) break;
        if (tag == BK_TAG_INPUT) {
            BK_TRY(add_input(call, bytes));
            continue;
        }
        if (tag != BK_TAG_OPTIONS && tag != BK_TAG_VALUES)
            return bk_err_set(call->err, BK_ERR, "malformed request: unknown section %u", tag);
        BK_TRY(bk_codec_decode(call->arena, bytes, &v, call->err));
        if (v.kind != BK_MAP) return bk_err_set(call->err, BK_ERR, "malformed request: section %u is no map", tag);
        if (tag == BK_TAG_OPTIONS) call->options = v.map;
        else call->values = v;
    }
    if (!call->options) call->options = bk_map_new(call->arena, 0);
    if (call->values.kind != BK_MAP || !call->values.map) call->values = bk_map_value(bk_map_new(call->arena, 0));
    return call->options && call->values.map ? BK_OK : bk_arena_fail(call->arena, call->err);
}

/* ---- effects ---- */

static bk_status ask(bk_call_state *call, const uint32_t *chart, bk_effect op, const char *key, bk_value what, bk_str *ret) {
    bk_buf b;
    bk_map *args = bk_map_new(call->arena, 1);
    if (!args || !bk_map_set(args, bk_str_c(key), what)) return bk_arena_fail(call->arena, call->err);
    bk_buf_init(&b, call->arena, 0);
    size_t frame = bk_frame_begin(&b), section;
    if (chart) {
        section = bk_section_begin(&b, BK_TAG_ORIGIN);
        bk_buf_u32(&b, *chart);
        bk_section_end(&b, section);
    }
    section = bk_section_begin(&b, BK_TAG_ARGS);
    BK_TRY(bk_codec_encode(&b, bk_map_value(args), call->err));
    bk_section_end(&b, section);
    bk_frame_end(&b, frame);
    BK_TRY(bk_buf_check(&b, call->err));
    return call->effects->ask(call->effects->self, op, bk_buf_take(&b), call->arena, ret, call->err);
}

bk_status bk_call_input(bk_call_state *call, uint32_t number, bk_str *ret) {
    return ask(call, NULL, BK_FX_INPUT, "input", bk_int64(number), ret);
}

bk_status bk_call_input_path(bk_call_state *call, bk_str path, bk_str *ret) {
    return ask(call, NULL, BK_FX_INPUT, "path", bk_string(path), ret);
}

bk_status bk_call_effect_text(bk_call_state *call, uint32_t chart, bk_effect op, const char *key, bk_str what, bk_str *ret) {
    bk_str answer;
    bk_value v;
    BK_TRY(ask(call, &chart, op, key, bk_string(what), &answer));
    BK_TRY(bk_codec_decode(call->arena, answer, &v, call->err));
    *ret = v.kind == BK_STRING ? bk_value_str(v) : BK_S("");
    return BK_OK;
}

bk_status bk_call_local_zone(bk_call_state *call, const bk_zone **ret) {
    bk_str answer;
    bk_value v;
    *ret = NULL;
    BK_TRY(ask(call, NULL, BK_FX_CLOCK, "local", bk_bool(true), &answer));
    BK_TRY(bk_codec_decode(call->arena, answer, &v, call->err));
    bk_value *tzif = v.kind == BK_MAP ? bk_map_get(v.map, BK_S("tzif")) : NULL;
    if (!tzif || tzif->kind != BK_STRING) return BK_OK;
    return bk_zone_parse(call->arena, bk_map_str(v.map, "zone", BK_S("Local")), bk_value_str(*tzif), ret, call->err);
}

bk_status bk_call_input_list(bk_call_state *call, uint32_t number, bk_engine_input **ret, size_t *ret_count) {
    bk_str bytes;
    bk_value list;
    BK_TRY(bk_call_input(call, number, &bytes));
    BK_TRY(bk_codec_decode(call->arena, bytes, &list, call->err));
    if (list.kind != BK_LIST) return bk_err_internal(call->err, "a directory without a list");
    bk_engine_input *entries = BK_NEW_ARRAY(call->arena, bk_engine_input, list.len + 1);
    if (!entries) return bk_arena_fail(call->arena, call->err);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_map *m = list.items[i].kind == BK_MAP ? list.items[i].map : NULL;
        bk_value *size = bk_map_get(m, BK_S("size")), *input = bk_map_get(m, BK_S("input"));
        const bk_value *mtime = bk_map_get(m, BK_S("mtime"));
        if (!size || size->kind != BK_INT || !input || input->kind != BK_INT)
            return bk_err_internal(call->err, "a directory entry without a number");
        entries[i] = (bk_engine_input){.name = bk_map_str(m, "name", BK_S("")),
                                       .size = size->i < 0 ? 0 : (uint64_t)size->i,
                                       .mtime = mtime && mtime->kind == BK_INT ? mtime->i : 0,
                                       .dir = bk_map_bool(m, "dir", false),
                                       .broken = bk_map_bool(m, "broken", false),
                                       .number = (uint32_t)input->i};
    }
    *ret = entries;
    *ret_count = list.len;
    return BK_OK;
}

/* ---- output ---- */

bk_status bk_call_emit_bytes(bk_call_state *call, bk_tag tag, bk_str bytes) {
    char head[8];
    bk_buf b = (bk_buf){.p = head, .cap = sizeof head, .max = sizeof head, .arena = call->arena};
    bk_buf_u32(&b, tag);
    bk_buf_u32(&b, (uint32_t)bytes.n);
    BK_TRY(call->effects->emit(call->effects->self, bk_str_of(head, sizeof head), call->err));
    return bytes.n ? call->effects->emit(call->effects->self, bytes, call->err) : BK_OK;
}

bk_status bk_call_emit_value(bk_call_state *call, bk_tag tag, bk_value v) {
    bk_buf b;
    bk_buf_init(&b, call->arena, 0);
    BK_TRY(bk_codec_encode(&b, v, call->err));
    return bk_call_emit_bytes(call, tag, bk_buf_take(&b));
}

bk_status bk_call_log(bk_call_state *call, const char *level, bk_str text) {
    bk_map *m = bk_map_new(call->arena, 2);
    if (!m || !bk_map_set(m, BK_S("level"), bk_string(bk_str_c(level))) || !bk_map_set(m, BK_S("text"), bk_string(text)))
        return bk_arena_fail(call->arena, call->err);
    return bk_call_emit_value(call, BK_TAG_LOG, bk_map_value(m));
}

static void log_line(void *self, const char *level, bk_str text) {
    bk_call_state *call = self;
    bk_err *err = call->err, ignored = BK_ERR_INIT;
    call->err = &ignored;
    if (bk_call_log(call, level, text) != BK_OK) bk_err_release(&ignored);
    call->err = err;
}

bk_log bk_call_log_of(bk_call_state *call) { return (bk_log){call, log_line}; }

void bk_call_log_urn(bk_call_state *call, const bk_log *log, bk_str urn) {
    const bk_log_attr attrs[] = {{"urn", urn}};
    bk_log_write(log, call->arena, "WARN", BK_S("unresolved URN reference ignored; using permissive schema"), attrs, BK_COUNT(attrs));
}
