/* Texts of several documents, as Kubernetes reads them. */
#include "base/unicode.h"
#include "data/yaml.h"

bk_status bk_yaml_next_document(bk_arena *arena, bk_str *rest, bk_str *ret, bool *ret_more, bk_err *err) {
    bk_buf b;
    bk_str line;
    bk_buf_init(&b, arena, 0);
    if (!bk_buf_reserve(&b, rest->n < 64 ? 64 : rest->n / 4)) return bk_arena_fail(arena, err);
    while (bk_str_line(rest, &line)) {
        if (bk_str_ends(line, BK_S("\r"))) line.n--;
        if (bk_str_starts(line, BK_S("---"))) {
            bk_str behind = bk_str_trim_space(bk_str_from(line, 3));
            if (behind.n && behind.p[0] != '#') return bk_err_set(err, BK_ERR, "invalid Yaml document separator: %.*s", BK_FMT(behind));
            if (b.n) break;
        }
        bk_buf_str(&b, line);
        bk_buf_byte(&b, '\n');
    }
    *ret_more = b.n > 0;
    *ret = bk_buf_take(&b);
    return bk_buf_check(&b, err);
}
