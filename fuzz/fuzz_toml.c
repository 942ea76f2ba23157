/* TOML, read and written again. */
#include "data/toml.h"
#include "fuzz.h"

FUZZ(text) {
    bk_value v = bk_nil();
    bk_buf out;
    if (bk_toml_decode(arena, text, &v, err) != BK_OK) return;
    bk_buf_init(&out, arena, 0);
    if (bk_toml_encode(&out, arena, v, err) != BK_OK) return;
}
