/* paths.c: slash-separated paths, as Go's path package takes them; the os* functions do the same on the systems that charts are made for. */
#include "sprig/fn.h"

/* Writes the element s[0:n] behind what stands in out. */
static void put_element(char *out, size_t *n, size_t root, const char *element, size_t len) {
    if (*n != root) out[(*n)++] = '/';
    memcpy(out + *n, element, len);
    *n += len;
}

/* path.Clean */
static bk_status clean(bk_call *call, bk_str s, bk_str *ret) {
    char *out;
    BK_TRY(fn_bytes(call, s.n + 1, &out));
    size_t root = s.n && s.p[0] == '/', n = root, fixed = root; /* ".." cannot go back beyond fixed */
    if (root) out[0] = '/';
    for (size_t at = root; at < s.n;) {
        bk_str rest = bk_str_from(s, at);
        size_t len = bk_str_find_byte(rest, '/');
        if (len == BK_NPOS) len = rest.n;
        bk_str element = bk_str_sub(rest, 0, len);
        at += len + 1;
        if (len == 0 || bk_str_eq(element, BK_S("."))) continue;
        if (!bk_str_eq(element, BK_S(".."))) {
            put_element(out, &n, root, element.p, len);
        } else if (n > fixed) {
            n--;
            while (n > fixed && out[n] != '/') n--;
        } else if (!root) {
            put_element(out, &n, root, "..", 2);
            fixed = n;
        }
    }
    *ret = n ? bk_str_of(out, n) : BK_S(".");
    return BK_OK;
}

BK_FN(clean) {
    bk_str path;
    BK_TRY(clean(call, fn_str(args, 0), &path));
    return fn_ret_str(ret, path);
}

BK_FN(dir) {
    bk_str s = fn_str(args, 0);
    size_t slash = bk_str_rfind_byte(s, '/');
    BK_TRY(clean(call, bk_str_sub(s, 0, slash == BK_NPOS ? 0 : slash + 1), &s));
    return fn_ret_str(ret, s);
}

BK_FN(base) {
    bk_str s = fn_str(args, 0);
    if (s.n == 0) return fn_ret_str(ret, BK_S("."));
    while (s.n && s.p[s.n - 1] == '/') s.n--;
    size_t slash = bk_str_rfind_byte(s, '/');
    if (slash != BK_NPOS) s = bk_str_from(s, slash + 1);
    return fn_ret_str(ret, s.n ? s : BK_S("/"));
}

BK_FN(ext) {
    bk_str s = fn_str(args, 0);
    size_t dot = bk_str_rfind_byte(s, '.'), slash = bk_str_rfind_byte(s, '/');
    if (dot == BK_NPOS || (slash != BK_NPOS && slash > dot)) return fn_ret_str(ret, BK_S(""));
    return fn_ret_str(ret, bk_str_from(s, dot));
}

BK_FN(isAbs) { return fn_ret_bool(ret, args[0].len && args[0].s[0] == '/'); }
