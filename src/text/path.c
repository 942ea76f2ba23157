#include "text/path.h"

static bool is_clean(bk_str path) {
    bool part = false; /* a part that is no ".." was seen */
    if (path.n == 0 || (path.n > 1 && path.p[path.n - 1] == '/')) return path.n == 1;
    for (size_t at = path.p[0] == '/' ? 1 : 0; at < path.n;) {
        size_t end = bk_str_find_byte(bk_str_from(path, at), '/');
        end = end == BK_NPOS ? path.n : at + end;
        bk_str name = bk_str_sub(path, at, end);
        if (name.n == 0 || (bk_str_eq(name, BK_S(".")) && path.n > 1)) return false;
        bool up = bk_str_eq(name, BK_S(".."));
        if (up && (part || path.p[0] == '/')) return false;
        part = part || !up;
        at = end + 1;
    }
    return true;
}

bool bk_path_clean(bk_arena *arena, bk_str path, bk_str *ret) {
    if (is_clean(path)) {
        *ret = path;
        return true;
    }
    char *out = bk_arena_alloc(arena, path.n + 1);
    if (!out) return false;
    bool rooted = path.n && path.p[0] == '/';
    size_t n = rooted ? 1 : 0, floor = n; /* what is below `floor` cannot be taken back */
    if (rooted) out[0] = '/';
    for (size_t at = n; at < path.n;) {
        size_t end = bk_str_find_byte(bk_str_from(path, at), '/');
        end = end == BK_NPOS ? path.n : at + end;
        bk_str name = bk_str_sub(path, at, end);
        bool up = bk_str_eq(name, BK_S(".."));
        at = end + 1;
        if (name.n == 0 || bk_str_eq(name, BK_S(".")) || (up && rooted && n == floor)) continue;
        if (up && n > floor) {
            while (n > floor && out[--n] != '/') {}
            continue;
        }
        if (n > (rooted ? 1 : 0)) out[n++] = '/';
        memcpy(out + n, name.p, name.n);
        n += name.n;
        if (up) floor = n;
    }
    if (n == 0) out[n++] = '.';
    *ret = bk_str_of(out, n);
    return true;
}

bk_str bk_path_last(bk_str path) {
    if (path.n == 0) return BK_S(".");
    while (path.n && path.p[path.n - 1] == '/') path.n--;
    return path.n ? bk_path_base(path) : BK_S("/");
}
