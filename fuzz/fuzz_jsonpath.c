/* JSONPath templates, held against values that have a bit of everything. */
#include "data/json.h"
#include "data/jsonpath.h"
#include "fuzz.h"

FUZZ(text) {
    static const char values[] =
        "{\"a\":1,\"l\":[1,2.5,\"x\",null,[[1],[2]]],\"m\":{\"n\":{\"n\":{}},\"s\":\"text\"},\"p\":[{\"k\":1.5},{\"k\":2}]}";
    bk_value v = bk_nil();
    bk_jsonpath path;
    bk_buf out;
    FUZZ_CHECK(bk_json_decode(arena, bk_str_c(values), 0, BK_T_NIL, &v, err) == BK_OK);
    bk_buf_init(&out, arena, 1 << 20);
    if (bk_jsonpath_parse(arena, text, &path, err) == BK_OK && bk_jsonpath_print(&out, arena, &path, v, err) != BK_OK) return;
}
