#include "plugin/engine.h"

#include "sandbox/call.h"
#include "value/codec.h"

enum { MEMORY = 256 << 20, OUTPUT = 16 << 20, TIME_MS = 10000, ARCHIVE_MEMORY = 1 << 30, ARCHIVE_OUTPUT = 208 << 20 };

static bk_status serve(void *self, uint32_t op, bk_str request, bk_buf *answer, bk_err *err) {
    const bk_str *input = self;
    (void)request; /* there is one input, whatever it is called */
    if (op != BK_FX_INPUT) return bk_err_set(err, BK_ERR_DENIED, "the guard denies %s to the reader of plugins", bk_effect_name(op));
    bk_buf_str(answer, *input);
    return bk_buf_check(answer, err);
}

static bk_status put_section(bk_buf *frame, bk_tag tag, bk_map *map, bk_err *err) {
    size_t section = bk_section_begin(frame, tag);
    BK_TRY(bk_codec_encode(frame, bk_map_value(map), err));
    bk_section_end(frame, section);
    return BK_OK;
}

static bk_status request(bk_arena *arena, bk_map *options, bk_str input, bk_buf *frame, bk_err *err) {
    bk_map *about = bk_map_new(arena, 3);
    if (!options) options = bk_map_new(arena, 0);
    bool ok = options && about && bk_map_set(about, BK_S("name"), bk_string(BK_S("plugin"))) &&
              bk_map_set(about, BK_S("dir"), bk_bool(false)) && bk_map_set(about, BK_S("size"), bk_int64((int64_t)input.n));
    if (!ok) return bk_arena_fail(arena, err);
    size_t begin = bk_frame_begin(frame);
    BK_TRY(put_section(frame, BK_TAG_OPTIONS, options, err));
    BK_TRY(put_section(frame, BK_TAG_INPUT, about, err));
    bk_frame_end(frame, begin);
    return bk_buf_check(frame, err);
}

static bk_status result_of(bk_arena *arena, bk_str output, bk_value *ret, bk_err *err) {
    bk_sections sections = {output};
    uint32_t tag = 1;
    bk_str bytes;
    while (tag) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (tag == BK_TAG_RESULT) return bk_codec_decode(arena, bytes, ret, err);
    }
    return bk_err_set(err, BK_ERR_TRAP, "plugin compartment stopped: it gave no answer");
}

bk_status bk_plugin_engine(bk_arena *arena, bk_call_op op, bk_map *options, bk_str input, bk_value *ret, bk_err *err) {
    const bool archive = op == BK_CALL_UNPACK || op == BK_CALL_PACK;
    const bk_sandbox_limits limits = {
        .who = "plugin", .memory = archive ? ARCHIVE_MEMORY : MEMORY, .output = archive ? ARCHIVE_OUTPUT : OUTPUT, .time_ms = TIME_MS};
    const bk_sandbox_host host = {&input, serve};
    bk_sandbox_module *module;
    bk_buf frame, output;
    bk_str kept;
    BK_TRY(bk_sandbox_engine(&module, err));
    bk_buf_init(&frame, NULL, 0);
    bk_buf_init(&output, NULL, limits.output);
    bk_status s = request(arena, options, input, &frame, err);
    if (s == BK_OK) s = bk_sandbox_call(module, op, bk_buf_view(&frame), &limits, &host, &output, err);
    if (s == BK_OK && !bk_arena_dup(arena, bk_buf_view(&output), &kept)) s = bk_arena_fail(arena, err);
    bk_buf_release(&frame);
    bk_buf_release(&output);
    return s == BK_OK ? result_of(arena, kept, ret, err) : s;
}
