#include "text/kube.h"

#include "base/buf.h"
#include "base/num.h"
#include "value/gofmt.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v'); }

/* Spaces, "v", numbers between dots; the rest is anything but a new line. */
static bool take_numbers(bk_str text, bk_str *ret) {
    size_t at = 0, start, end;
    while (at < text.n && is_space(text.p[at])) at++;
    if (at < text.n && text.p[at] == 'v') at++;
    start = end = at;
    for (;;) {
        size_t from = at;
        while (at < text.n && is_digit(text.p[at])) at++;
        if (at == from) break;
        end = at;
        if (at >= text.n || text.p[at] != '.') break;
        at++;
    }
    *ret = bk_str_sub(text, start, end);
    return end > start && bk_str_find_byte(bk_str_from(text, end), '\n') == BK_NPOS;
}

bk_status bk_kube_version_parse(bk_arena *arena, bk_str text, bk_kube_version *ret, bk_err *err) {
    bk_str numbers, part;
    if (!take_numbers(text, &numbers)) return bk_fmt_fail(err, "could not parse %q as version", text);
    if (bk_str_find_byte(numbers, '.') == BK_NPOS) return bk_fmt_fail(err, "illegal version string %q", text);
    bk_kube_version v = {.version = text};
    bk_buf normal;
    bk_buf_init(&normal, arena, 0);
    bk_buf_byte(&normal, 'v');
    bool more = true;
    for (size_t i = 0; more; i++) {
        uint64_t number;
        size_t from = normal.n;
        more = bk_str_cut(numbers, BK_S("."), &part, &numbers);
        if (i == 0 && part.n > 1 && part.p[0] == '0')
            return bk_fmt_fail(err, "illegal zero-prefixed version component %q in %q", part, text);
        if (bk_parse_uint(part, 10, &number) != BK_NUM_OK)
            return bk_fmt_fail(err, "illegal non-numeric version component %q in %q: strconv.ParseUint: parsing %q: value out of range",
                               part, text, part);
        if (i) bk_buf_byte(&normal, '.');
        bk_buf_uint(&normal, number);
        if (i > 1) continue;
        bk_str digits = bk_str_from(bk_buf_view(&normal), i ? from + 1 : from);
        if (!bk_arena_dup(arena, digits, i ? &v.minor : &v.major)) return bk_arena_fail(arena, err);
    }
    BK_TRY(bk_buf_check(&normal, err));
    v.normalized = bk_buf_take(&normal);
    if (!bk_str_starts(text, BK_S("v")) && !bk_arena_cat(arena, BK_S("v"), text, &v.version)) return bk_arena_fail(arena, err);
    *ret = v;
    return BK_OK;
}

bool bk_name_valid(bk_str name) {
    char last = '.'; /* a part starts */
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '.' ? last == '.' || last == '-' : c == '-' ? last == '.' : !is_digit(c) && !(c >= 'a' && c <= 'z')) return false;
        last = c;
    }
    return last != '.' && last != '-';
}

bk_status bk_release_name_check(bk_str name, bk_err *err) {
    if (name.n == 0) return bk_err_set(err, BK_ERR, "no name provided");
    if (name.n <= 53 && bk_name_valid(name)) return BK_OK;
    return bk_err_set(err, BK_ERR,
                      "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the "
                      "length must not be longer than 53");
}
