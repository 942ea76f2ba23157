/* The small formats: formats of printf, versions and constraints, globs, paths, URLs. The first byte chooses. */
#include "fuzz.h"
#include "text/glob.h"
#include "text/kube.h"
#include "text/path.h"
#include "text/semver.h"
#include "text/url.h"
#include "value/gofmt.h"

static void fuzz_printf(bk_str text, bk_arena *arena, bk_err *err) {
    bk_value list[] = {bk_nil(), bk_bool(true), bk_string(text)};
    const bk_value args[] = {bk_string(text), bk_int(-5), bk_float(1.5), bk_list(list, 3), bk_bytes(text), bk_uint_typed(BK_T_UINT8, 200)};
    bk_buf out;
    bk_buf_init(&out, arena, 8u << 20);
    bk_status status = bk_fmt_sprintf(&out, text, args, BK_COUNT(args), err);
    FUZZ_CHECK(status == BK_OK || status == BK_ERR_LIMIT);
}

static void fuzz_versions(bk_str text, bk_arena *arena, bk_err *err) {
    bk_str left, right;
    bk_constraints c;
    bk_semver v;
    bk_value why;
    bool ok;
    bk_kube_version kube;
    bk_str_cut(text, BK_S("\n"), &left, &right);
    if (bk_semver_parse(right, &v, err) != BK_OK || bk_constraints_parse(arena, left, &c, err) != BK_OK) return;
    FUZZ_CHECK(bk_constraints_validate(&c, &v, arena, &ok, &why, err) == BK_OK && ok == bk_constraints_check(&c, &v));
    FUZZ_CHECK(bk_semver_cmp(&v, &v) == 0);
    if (bk_kube_version_parse(arena, left, &kube, err) == BK_OK) FUZZ_CHECK(kube.normalized.p[0] == 'v');
}

static void fuzz_globs(bk_str text, bk_arena *arena, bk_err *err) {
    bk_str left, right, again;
    bk_glob glob;
    bk_str_cut(text, BK_S("\n"), &left, &right);
    if (!bk_path_clean(arena, right, &right) || !bk_path_clean(arena, right, &again)) return;
    FUZZ_CHECK(bk_str_eq(right, again));
    if (text.n < 2000 && bk_glob_compile(arena, left, &glob, err) == BK_OK) bk_glob_match(&glob, right);
}

static void fuzz_urls(bk_str text, bk_arena *arena, bk_err *err) {
    bk_url url;
    bk_buf out;
    bk_str back;
    bk_buf_init(&out, arena, 0);
    bk_url_escape(&out, text, BK_URL_QUERY);
    FUZZ_CHECK(bk_url_unescape(arena, bk_buf_take(&out), BK_URL_QUERY, &back, err) == BK_OK && bk_str_eq(back, text));
    if (bk_url_parse(arena, text, &url, err) != BK_OK) return;
    bk_buf_init(&out, arena, 0);
    bk_url_print(&out, &url);
}

FUZZ(input) {
    if (input.n == 0) return;
    bk_str text = bk_str_from(input, 1);
    switch (input.p[0] & 3) {
    case 0: fuzz_printf(text, arena, err); break;
    case 1: fuzz_versions(text, arena, err); break;
    case 2: fuzz_globs(text, arena, err); break;
    default: fuzz_urls(text, arena, err);
    }
}
