/* Frames and the values in them: what decodes encodes to the same bytes. */
#include "base/boundary.h"
#include "fuzz.h"
#include "value/codec.h"

FUZZ(text) {
    bk_sections sections;
    uint32_t tag;
    bk_str bytes;
    bk_value v;
    bk_buf again;
    if (bk_frame_open(text, &sections, err) != BK_OK) return;
    while (bk_sections_next(&sections, &tag, &bytes, err) == BK_OK && tag) {
        if (bk_codec_decode(arena, bytes, &v, err) != BK_OK) return;
        bk_buf_init(&again, arena, 0);
        if (bk_codec_encode(&again, v, err) != BK_OK) return;
        FUZZ_CHECK(bk_str_eq(bk_buf_view(&again), bytes));
    }
}
