#include "chart/ignore.h"

#include "base/unicode.h"
#include "base/utf8.h"
#include "text/path.h"

enum { MAX_LINE = 64 * 1024 }; /* of Go's bufio.Scanner */

void bk_ignore_init(bk_ignore *ignore, bk_arena *arena, const bk_log *log) { *ignore = (bk_ignore){.arena = arena, .log = log}; }

static bk_status add(bk_ignore *g, bk_ignore_rule rule, bk_err *err) {
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 16;
        void *p = bk_arena_grow(g->arena, g->rules, g->cap * sizeof rule, cap * sizeof rule);
        if (!p) return bk_arena_fail(g->arena, err);
        g->rules = p;
        g->cap = cap;
    }
    g->rules[g->n++] = rule;
    return BK_OK;
}

static bk_status parse_rule(bk_ignore *g, bk_str rule, bk_err *err) {
    bk_ignore_rule r = {0};
    bool ok;
    rule = bk_str_trim_space(rule);
    if (rule.n == 0 || rule.p[0] == '#') return BK_OK;
    if (bk_str_contains(rule, BK_S("**"))) return bk_err_set(err, BK_ERR, "double-star (**) syntax is not supported");
    bk_path_match(rule, BK_S("abc"), &ok); /* Helm's way of finding malformed patterns: not all of them */
    if (!ok) return bk_err_set(err, BK_ERR, "syntax error in pattern");
    if (bk_str_starts(rule, BK_S("!"))) {
        r.negate = true;
        rule = bk_str_from(rule, 1);
    }
    if (bk_str_ends(rule, BK_S("/"))) {
        r.dir_only = true;
        rule.n--;
    }
    r.whole = bk_str_find_byte(rule, '/') != BK_NPOS;
    r.pattern = bk_str_starts(rule, BK_S("/")) ? bk_str_from(rule, 1) : rule;
    return add(g, r, err);
}

bk_status bk_ignore_parse(bk_ignore *g, bk_str text, bk_err *err) {
    bk_str line;
    bool first = true;
    for (bk_str rest = text; rest.n; first = false) {
        if (bk_str_find_byte(bk_str_sub(rest, 0, MAX_LINE), '\n') == BK_NPOS && rest.n >= MAX_LINE)
            return bk_err_set(err, BK_ERR, "bufio.Scanner: token too long");
        if (!bk_str_line(&rest, &line)) break;
        if (first && bk_str_starts(line, BK_S("\xEF\xBB\xBF"))) line = bk_str_from(line, 3);
        BK_TRY(parse_rule(g, line, err));
    }
    return BK_OK;
}

bk_status bk_ignore_defaults(bk_ignore *g, bk_err *err) { return parse_rule(g, BK_S("templates/.?*"), err); }

static bool matches(const bk_ignore *g, const bk_ignore_rule *r, bk_str path) {
    bool ok, hit = bk_path_match(r->pattern, r->whole ? path : bk_path_last(path), &ok);
    if (ok) return hit;
    const bk_log_attr attrs[] = {{"rule", r->pattern}, {"error", BK_S("syntax error in pattern")}};
    bk_log_write(g->log, g->arena, "ERROR", BK_S("failed to compile"), attrs, BK_COUNT(attrs));
    return false;
}

bool bk_ignore_match(const bk_ignore *g, bk_str path, bool is_dir) {
    if (path.n == 0 || bk_str_eq(path, BK_S(".")) || bk_str_eq(path, BK_S("./"))) return false;
    for (size_t i = 0; i < g->n; i++) {
        const bk_ignore_rule *r = &g->rules[i];
        if (r->dir_only && !is_dir) {
            if (r->negate) return true;
            continue;
        }
        if (matches(g, r, path) != r->negate) return true;
    }
    return false;
}

/* A directory above some path: decided once. */
static bk_status dir_ignored(bk_ignore *g, bk_str dir, bool *ret, bk_err *err) {
    if (!g->dirs) g->dirs = bk_map_new(g->arena, 16);
    if (!g->dirs) return bk_arena_fail(g->arena, err);
    bk_value *known = bk_map_get(g->dirs, dir);
    *ret = known ? known->b : bk_ignore_match(g, dir, true);
    return known || bk_map_set(g->dirs, dir, bk_bool(*ret)) ? BK_OK : bk_arena_fail(g->arena, err);
}

bk_status bk_ignore_keeps(bk_ignore *g, bk_str path, bool *ret, bk_err *err) {
    bool is_dir = bk_str_ends(path, BK_S("/")), ignored = false;
    if (is_dir) path.n--;
    for (size_t i = 0; i < path.n && !ignored; i++)
        if (path.p[i] == '/') BK_TRY(dir_ignored(g, bk_str_sub(path, 0, i), &ignored, err));
    if (!ignored && is_dir) BK_TRY(dir_ignored(g, path, &ignored, err));
    *ret = !ignored && (is_dir || !bk_ignore_match(g, path, false));
    return BK_OK;
}
