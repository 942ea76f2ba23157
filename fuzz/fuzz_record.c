/* Release records, as somebody with the right to write Secrets may have left them. The first byte says how the rest is wrapped and read. */
#include "base/base64.h"
#include "engine/engine.h"
#include "fuzz.h"
#include "value/codec.h"
#include "value/map.h"

static bk_status ask(void *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    (void)self, (void)op, (void)request, (void)arena, (void)ret;
    return bk_err_set(err, BK_ERR, "no clock here");
}

static bk_status emit(void *self, bk_str sections, bk_err *err) {
    (void)err;
    bk_buf_str(self, sections);
    return BK_OK;
}

static bool read_records(bk_arena *arena, bk_str text, unsigned how, bool summary, bk_value *ret) {
    bk_map *m = bk_map_new(arena, 4);
    bk_value *list = BK_NEW_ARRAY(arena, bk_value, 1);
    bk_err err = BK_ERR_INIT;
    bk_buf frame, out;
    bk_sections sections;
    uint32_t tag = 1;
    bk_str bytes;
    FUZZ_CHECK(m && list);
    *list = bk_string(text);
    bk_buf_init(&frame, arena, 0);
    bk_buf_init(&out, arena, 0);
    FUZZ_CHECK(bk_map_set(m, how & 4 ? BK_S("yaml") : BK_S("records"), how & 4 ? *list : bk_list(list, 1)) &&
               bk_map_set(m, BK_S("wrapped"), bk_bool(how & 2)) && bk_map_set(m, BK_S("summary"), bk_bool(summary)) &&
               bk_map_set(m, BK_S("computed"), bk_bool(how & 8)));
    size_t begin = bk_frame_begin(&frame), section = bk_section_begin(&frame, BK_TAG_OPTIONS);
    FUZZ_CHECK(bk_codec_encode(&frame, bk_map_value(m), &err) == BK_OK);
    bk_section_end(&frame, section);
    bk_frame_end(&frame, begin);
    bk_effects effects = {&out, ask, emit};
    bk_status s = bk_engine_call(&effects, BK_CALL_RECORDS, bk_buf_view(&frame), &err);
    bk_err_release(&err);
    sections.rest = bk_buf_view(&out);
    while (s == BK_OK && tag && tag != BK_TAG_RESULT) FUZZ_CHECK(bk_sections_next(&sections, &tag, &bytes, &err) == BK_OK);
    if (s != BK_OK || tag != BK_TAG_RESULT) return false;
    FUZZ_CHECK(bk_codec_decode(arena, bytes, ret, &err) == BK_OK && ret->kind == BK_LIST);
    return ret->len == 1 && ret->items[0].kind == BK_MAP;
}

FUZZ(text) {
    bk_value whole, summary;
    bk_buf b;
    if (text.n < 1) return;
    unsigned how = (unsigned char)text.p[0];
    text = bk_str_from(text, 1);
    bk_buf_init(&b, arena, 0);
    if (how & 1) { /* what the mutator sees is the JSON itself */
        bk_base64_encode(&b, text);
        text = bk_buf_take(&b);
        if (how & 2) {
            bk_buf_init(&b, arena, 0);
            bk_base64_encode(&b, text);
            text = bk_buf_take(&b);
        }
    }
    bool good = read_records(arena, text, how, false, &whole);
    if (how & 4) return;
    bool brief = read_records(arena, text, how, true, &summary);
    /* Whoever reads the whole can read the beginning. */
    FUZZ_CHECK(!good || brief);
}
