#include "release/record_call.h"

#include "guard/guard.h"
#include "sandbox/output.h"
#include "value/codec.h"

enum { DEPTH = 1000, KEYS = 20000 };

static bk_status frame_of(bk_buf *frame, bk_map *options, bk_err *err) {
    size_t begin = bk_frame_begin(frame), section = bk_section_begin(frame, BK_TAG_OPTIONS);
    BK_TRY(bk_codec_encode(frame, bk_map_value(options), err));
    bk_section_end(frame, section);
    bk_frame_end(frame, begin);
    return bk_buf_check(frame, err);
}

/* Log lines are texts of the compartment's: those of no known kind are dropped. */
static void log_line(bk_arena *arena, bk_str bytes, const bk_record_options *how) {
    bk_value v;
    bk_err ignored = BK_ERR_INIT;
    if (how && how->log && bk_codec_decode_small(arena, bytes, 3, 16, &v, &ignored) == BK_OK && v.kind == BK_MAP)
        how->log(how->log_self, bk_map_str(v.map, "level", BK_S("WARN")), bk_map_str(v.map, "text", BK_S("")));
    bk_err_release(&ignored);
}

static bk_status result_of(bk_arena *arena, bk_str output, const bk_record_options *how, bk_value *ret, bk_err *err) {
    bk_sections sections = {output};
    uint32_t tag = 0;
    bk_str bytes;
    *ret = bk_nil();
    BK_TRY(bk_sandbox_output_check(output, err));
    do {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (tag == BK_TAG_LOG) log_line(arena, bytes, how);
        if (tag == BK_TAG_RESULT) BK_TRY(bk_codec_decode_small(arena, bytes, DEPTH, KEYS, ret, err));
    } while (tag);
    return BK_OK;
}

/* With a guard of its own, which keeps nothing: no chart is near, and the clock is all that may be asked for. */
static bk_status perform(bk_call_op op, bk_str request, bk_buf *output, bk_err *err) {
    static const bk_guard_options none;
    const bk_sandbox_limits limits = {.who = "release record"};
    bk_sandbox_module *module;
    bk_guard *guard;
    BK_TRY(bk_sandbox_engine(&module, err));
    BK_TRY(bk_guard_new(&none, &guard, err));
    bk_status s = bk_guard_close(guard, bk_guard_call(guard, module, op, request, &limits, output, err), err);
    bk_guard_free(guard);
    return s;
}

bk_status bk_release_call(bk_arena *arena, bk_call_op op, bk_map *options, const bk_record_options *how, bk_value *ret, bk_err *err) {
    bk_buf frame, output;
    bk_str kept;
    bk_buf_init(&frame, NULL, 0);
    bk_buf_init(&output, NULL, 0);
    bk_status s = frame_of(&frame, options, err);
    if (s == BK_OK) s = perform(op, bk_buf_view(&frame), &output, err);
    bk_buf_release(&frame);
    kept = bk_buf_view(&output);
    if (s == BK_OK && output.p) {
        if (bk_arena_adopt(arena, output.p)) output.p = NULL;
        else s = bk_err_nomem(err);
    }
    if (s == BK_OK) s = result_of(arena, kept, how, ret, err);
    bk_buf_release(&output);
    return s;
}
