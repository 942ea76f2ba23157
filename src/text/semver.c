#include "text/semver.h"

#include "base/num.h"
#include "base/sort.h"
#include "value/gofmt.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_identifier(char c) { return is_digit(c) || c == '-' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

static bk_status fail(bk_err *err, const char *what) { return bk_err_set(err, BK_ERR, "%s", what); }
static bk_status too_long(bk_err *err) { return bk_err_set(err, BK_ERR, "version string is too long (max %d bytes)", BK_SEMVER_MAX); }

/* strconv's error of a number that is none, behind `prefix`. */
static bk_status parse_segment(bk_str text, const char *prefix, uint64_t *ret, bk_err *err) {
    bk_num_result result = bk_parse_uint(text, 10, ret);
    if (result == BK_NUM_OK) return BK_OK;
    const char *why = result == BK_NUM_RANGE ? "value out of range" : "invalid syntax";
    return bk_fmt_fail(err, "%sstrconv.ParseUint: parsing %q: %s", bk_str_c(prefix), text, bk_str_c(why));
}

/* Takes the identifier before the next dot; false at the end. */
static bool next_identifier(bk_str *rest, bool *more, bk_str *ret) {
    if (!*more) return false;
    *more = bk_str_cut(*rest, BK_S("."), ret, rest);
    return true;
}

static bool all_digits(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i])) return false;
    return true;
}

/* Identifiers of a pre-release or, with `meta`, of metadata: not empty, of the right characters, numbers without leading zeros. */
static bk_status check_identifiers(bk_str text, bool meta, bk_err *err) {
    const char *invalid = meta ? "invalid metadata string" : "invalid prerelease string";
    bool more = true;
    bk_str id;
    while (next_identifier(&text, &more, &id)) {
        if (id.n == 0) return fail(err, invalid);
        if (!meta && all_digits(id) && id.n > 1 && id.p[0] == '0') return fail(err, "version segment starts with 0");
        for (size_t i = 0; i < id.n; i++)
            if (!is_identifier(id.p[i])) return fail(err, invalid);
    }
    return BK_OK;
}

/* ---- reading ---- */

bk_status bk_semver_parse_strict(bk_str text, bk_semver *ret, bk_err *err) {
    bk_semver v = {.original = text};
    bk_str part[3];
    if (text.n == 0) return fail(err, "version string empty");
    if (text.n > BK_SEMVER_MAX) return too_long(err);
    if (!bk_str_cut(text, BK_S("."), &part[0], &part[2]) || !bk_str_cut(part[2], BK_S("."), &part[1], &part[2]))
        return fail(err, "invalid semantic version");
    if (bk_str_cut(part[2], BK_S("+"), &part[2], &v.meta)) BK_TRY(check_identifiers(v.meta, true, err));
    if (bk_str_cut(part[2], BK_S("-"), &part[2], &v.pre)) BK_TRY(check_identifiers(v.pre, false, err));
    for (int i = 0; i < 3; i++) {
        if (!all_digits(part[i])) return fail(err, "invalid characters in version");
        if (part[i].n > 1 && part[i].p[0] == '0') return fail(err, "version segment starts with 0");
    }
    BK_TRY(parse_segment(part[0], "", &v.major, err));
    BK_TRY(parse_segment(part[1], "", &v.minor, err));
    BK_TRY(parse_segment(part[2], "", &v.patch, err));
    *ret = v;
    return BK_OK;
}

/* Digits at *at. */
static bk_str take_digits(bk_str s, size_t *at) {
    size_t start = *at;
    while (*at < s.n && is_digit(s.p[*at])) (*at)++;
    return bk_str_sub(s, start, *at);
}

/* `mark`, then identifiers between dots: what follows the mark, empty when it is not there as a whole. */
static bk_str take_identifiers(bk_str s, char mark, size_t *at) {
    size_t end = *at, i = *at;
    if (i >= s.n || s.p[i] != mark) return bk_str_sub(s, i, i);
    for (;;) {
        size_t from = ++i;
        while (i < s.n && is_identifier(s.p[i])) i++;
        if (i == from) break;
        end = i;
        if (i >= s.n || s.p[i] != '.') break;
    }
    bk_str taken = bk_str_sub(s, end > *at ? *at + 1 : *at, end);
    *at = end;
    return taken;
}

bk_status bk_semver_parse(bk_str text, bk_semver *ret, bk_err *err) {
    bk_semver v = {.original = text};
    bk_str number[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (text.n > BK_SEMVER_MAX) return too_long(err);
    size_t at = text.n && text.p[0] == 'v' ? 1 : 0;
    for (int i = 0; i < 3; i++) {
        size_t next = at;
        if (i > 0 && (next >= text.n || text.p[next++] != '.')) break;
        number[i] = take_digits(text, &next);
        if (number[i].n == 0) break;
        at = next;
    }
    v.pre = take_identifiers(text, '-', &at);
    v.meta = take_identifiers(text, '+', &at);
    if (number[0].n == 0 || at != text.n) return fail(err, "invalid semantic version");
    const char *prefix = "error parsing version segment: ";
    BK_TRY(parse_segment(number[0], prefix, &v.major, err));
    if (number[1].n) BK_TRY(parse_segment(number[1], prefix, &v.minor, err));
    if (number[2].n) BK_TRY(parse_segment(number[2], prefix, &v.patch, err));
    if (v.pre.n) BK_TRY(check_identifiers(v.pre, false, err));
    *ret = v;
    return BK_OK;
}

void bk_semver_print(bk_buf *out, const bk_semver *version) {
    bk_buf_uint(out, version->major);
    bk_buf_byte(out, '.');
    bk_buf_uint(out, version->minor);
    bk_buf_byte(out, '.');
    bk_buf_uint(out, version->patch);
    if (version->pre.n) bk_buf_byte(out, '-');
    bk_buf_str(out, version->pre);
    if (version->meta.n) bk_buf_byte(out, '+');
    bk_buf_str(out, version->meta);
}

/* ---- order ---- */

static int cmp_number(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

/* Numbers come before words; what does not fit 64 bits is a word. The empty identifier comes first. */
static int cmp_identifier(bk_str a, bk_str b) {
    uint64_t x, y;
    if (bk_str_eq(a, b)) return 0;
    if (a.n == 0 || b.n == 0) return a.n == 0 ? -1 : 1;
    bool a_word = bk_parse_uint(a, 10, &x) != BK_NUM_OK, b_word = bk_parse_uint(b, 10, &y) != BK_NUM_OK;
    if (a_word && b_word) return bk_str_cmp(a, b) > 0 ? 1 : -1;
    if (a_word || b_word) return b_word ? -1 : 1;
    return x > y ? 1 : -1;
}

static int cmp_pre(bk_str a, bk_str b) {
    bool more_a = true, more_b = true;
    while (more_a || more_b) {
        bk_str x = {NULL, 0}, y = {NULL, 0};
        next_identifier(&a, &more_a, &x);
        next_identifier(&b, &more_b, &y);
        int order = cmp_identifier(x, y);
        if (order) return order;
    }
    return 0;
}

int bk_semver_cmp(const bk_semver *a, const bk_semver *b) {
    int order = cmp_number(a->major, b->major);
    if (!order) order = cmp_number(a->minor, b->minor);
    if (!order) order = cmp_number(a->patch, b->patch);
    if (order) return order;
    if (a->pre.n == 0 || b->pre.n == 0) return (a->pre.n == 0) - (b->pre.n == 0);
    return cmp_pre(a->pre, b->pre);
}

static int cmp_for_sort(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_semver_cmp(a, b);
}

bool bk_semver_sort(bk_arena *arena, bk_semver *versions, size_t n) {
    return bk_sort(arena, versions, n, sizeof *versions, cmp_for_sort, NULL);
}

static int cmp_newest(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_semver_cmp(b, a);
}

bool bk_semver_sort_newest(bk_arena *arena, bk_semver *versions, size_t n) {
    return bk_sort_go(arena, versions, n, sizeof *versions, cmp_newest, NULL);
}
