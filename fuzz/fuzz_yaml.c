/* YAML, read in each way. */
#include "data/yaml.h"
#include "fuzz.h"

FUZZ(text) {
    bk_value v = bk_nil();
    bk_err second = BK_ERR_INIT;
    if (bk_yaml_decode(arena, text, BK_YAML_NUMBERS, BK_T_NIL, &v, err) != BK_OK) return;
    if (bk_yaml_read(arena, text, BK_YAML_STRICT, &v, &second) != BK_OK) bk_err_release(&second);
}
