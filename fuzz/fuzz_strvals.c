/* --set and its family; the first byte chooses the form. */
#include "chart/strvals.h"
#include "fuzz.h"

static bk_status read_file(void *self, bk_str path, bk_str *ret, bk_err *err) {
    (void)self;
    if (path.n == 0) return bk_err_set(err, BK_ERR, "open : no such file or directory");
    *ret = BK_S("contents");
    return BK_OK;
}

FUZZ(text) {
    const bk_strvals_reader reader = {NULL, read_file};
    bk_map *values = bk_map_new(arena, 0);
    if (text.n == 0 || !values) return;
    bk_strvals_mode mode = (bk_strvals_mode)((unsigned char)text.p[0] % 5);
    text = bk_str_from(text, 1);
    if (bk_strvals_parse(arena, mode, text, values, &reader, err) == BK_OK) {
        if (bk_strvals_parse(arena, BK_STRVALS_SET, BK_S("a.b[1].c=2"), values, &reader, err) != BK_OK) return;
    }
}
