#include "sprig/plain.h"

#include <string.h>

#include "sprig/fn.h"
#include "sprig/sprig.h"

/* ---- the environment ---- */

static bk_str variable(bk_call *call, bk_str name) {
    bk_map *all = bk_sprig_env_of(call)->environment;
    const bk_value *v = all ? bk_map_get(all, name) : NULL;
    return v && v->kind == BK_STRING ? bk_value_str(*v) : BK_S("");
}

static bk_status fn_env(bk_call *call, const bk_value *args, BK_UNUSED size_t argc, bk_value *ret) {
    return fn_ret_str(ret, variable(call, fn_str(args, 0)));
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_special(char c) { return is_digit(c) || memchr("*#$@!?-", c, 7) != NULL; }
static bool is_word(char c) { return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* The name behind a dollar sign, and how many bytes it takes. No name and no bytes: the sign stands for itself; no name, but bytes: they are a mistake
 * and go. */
static size_t name_behind(bk_str s, bk_str *ret) {
    *ret = BK_S("");
    if (s.n == 0) return 0;
    if (s.p[0] == '{') {
        if (s.n > 2 && is_special(s.p[1]) && s.p[2] == '}') {
            *ret = bk_str_sub(s, 1, 2);
            return 3;
        }
        size_t end = bk_str_find_byte(s, '}');
        if (end == BK_NPOS) return 1;
        *ret = bk_str_sub(s, 1, end);
        return end == 1 ? 2 : end + 1;
    }
    size_t n = is_special(s.p[0]) ? 1 : 0;
    while (n < s.n && !is_special(s.p[0]) && is_word(s.p[n])) n++;
    *ret = bk_str_sub(s, 0, n);
    return n;
}

static bk_status fn_expandenv(bk_call *call, const bk_value *args, BK_UNUSED size_t argc, bk_value *ret) {
    bk_str s = fn_str(args, 0), name;
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    for (size_t i = 0; i < s.n;) {
        /* A dollar sign at the very end is text. */
        if (s.p[i] != '$' || i + 1 == s.n) {
            bk_buf_byte(&out, s.p[i++]);
            continue;
        }
        size_t n = name_behind(bk_str_from(s, ++i), &name);
        if (name.n) bk_buf_str(&out, variable(call, name));
        else if (n == 0) bk_buf_byte(&out, '$');
        i += n;
    }
    return fn_ret_buf(call, &out, ret);
}

/* ---- what Helm has changed ---- */

static bk_status fn_fail(bk_call *call, const bk_value *args, BK_UNUSED size_t argc, BK_UNUSED bk_value *ret) {
    return bk_err_set_str(call->err, BK_ERR, fn_str(args, 0));
}

static bk_status fn_from_json(bk_call *call, const bk_value *args, size_t argc, bk_value *ret) {
    bk_status s = bk_sprig_mustFromJson(call, args, argc, ret);
    if (s == BK_OK) return BK_OK;
    *ret = bk_nil();
    return fn_forgive(call, s) ? BK_OK : s;
}

static const bk_func own[] = {
    {"env", "s:s", fn_env}, {"expandenv", "s:s", fn_expandenv}, {"fail", "s:s", fn_fail}, {"fromJson", "s:a", fn_from_json}};
static const char *const helms[] = {"fromJsonArray", "fromToml", "fromYaml", "fromYamlArray", "lookup",      "mustToToml",
                                    "mustToYaml",    "required", "toToml",   "toYaml",        "toYamlPretty"};

static bool is_helms(const char *name) {
    for (size_t i = 0; i < BK_COUNT(helms); i++)
        if (strcmp(helms[i], name) == 0) return true;
    return false;
}

bk_status bk_sprig_plain_funcs(bk_arena *arena, const bk_func **ret, size_t *ret_count, bk_err *err) {
    bk_func *list = BK_NEW_ARRAY(arena, bk_func, bk_sprig_func_count + BK_COUNT(own));
    size_t n = 0, next = 0;
    if (!list) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < bk_sprig_func_count; i++) {
        const bk_func *f = &bk_sprig_funcs[i];
        int order = 1;
        while (next < BK_COUNT(own) && (order = strcmp(own[next].name, f->name)) <= 0) {
            list[n++] = own[next++];
            if (order == 0) break;
        }
        if (order != 0 && !is_helms(f->name)) list[n++] = *f;
    }
    *ret = list;
    *ret_count = n;
    return BK_OK;
}
