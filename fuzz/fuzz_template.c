/* Templates: parsed, and run where that ends soon. */
#include "data/json.h"
#include "fuzz.h"
#include "tmpl/exec.h"

static const char values[] =
    "{\"s\":\"text\",\"n\":null,\"i\":3,\"f\":1.5,\"t\":true,\"l\":[1,\"two\",null,{\"k\":\"v\"}],\"m\":{\"a\":1,\"b\":{\"c\":[]}}}";

/* Loops are the template's right, and the host's clock ends them; here few are run, and none over a number. */
static bool ends_soon(bk_str text) {
    size_t loops = 0;
    bool digits = false;
    for (size_t i = 0; i < text.n; i++) {
        loops += bk_str_starts(bk_str_from(text, i), BK_S("range"));
        digits |= text.p[i] >= '0' && text.p[i] <= '9';
        digits |=
            text.p[i] == '\'' || bk_str_starts(bk_str_from(text, i), BK_S("len")) || bk_str_starts(bk_str_from(text, i), BK_S("index"));
    }
    return loops == 0 || (loops <= 4 && !digits);
}

FUZZ(text) {
    bk_value data = bk_nil();
    bk_buf out;
    bk_tmpl_set *set = bk_tmpl_set_new(arena, BK_S("gotpl"));
    bk_tmpl_set_missing(set, BK_MISSING_ZERO);
    if (bk_tmpl_parse(set, BK_S("x"), text, 0, err) != BK_OK || !ends_soon(text)) return;
    FUZZ_CHECK(bk_json_decode(arena, bk_str_c(values), 0, BK_T_MAP, &data, err) == BK_OK);
    bk_exec *exec = bk_exec_new(arena, set, NULL, NULL);
    bk_buf_init(&out, arena, 1 << 20);
    if (bk_exec_run(exec, BK_S("x"), data, &out, err) == BK_OK) return;
    for (size_t i = 0, at; (at = bk_exec_chain(exec, i)) != BK_NPOS; i++) FUZZ_CHECK(at < bk_err_message(err).n);
}
