/* JSON: what is read, written and read again is the same. */
#include "data/json.h"
#include "fuzz.h"

FUZZ(text) {
    bk_value v = bk_nil(), w = bk_nil();
    bk_buf out;
    if (bk_json_decode(arena, text, 0, BK_T_NIL, &v, err) != BK_OK) return;
    bk_buf_init(&out, arena, 0);
    if (bk_json_encode(&out, arena, v, BK_JSON_HTML, err) != BK_OK) return;
    FUZZ_CHECK(bk_json_decode(arena, bk_buf_take(&out), 0, BK_T_NIL, &w, err) == BK_OK);
    FUZZ_CHECK(bk_deep_equal(v, w) || err->code != BK_OK || text.n > 900);
}
