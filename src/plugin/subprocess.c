/* Commands: environment, choice, expansion. */
#include "plugin/subprocess.h"

#if defined(__APPLE__)
#define OS "darwin"
#else
#define OS "linux"
#endif
#if defined(__aarch64__)
#define ARCH "arm64"
#elif defined(__x86_64__)
#define ARCH "amd64"
#else
#define ARCH "unknown"
#endif

/* ---- environment ---- */

static bk_plugin_pair *find(const bk_process_env *env, bk_str name) {
    for (size_t i = 0; i < env->count; i++)
        if (bk_str_eq(env->items[i].key, name)) return &env->items[i];
    return NULL;
}

bk_status bk_process_env_set(bk_process_env *env, bk_str name, bk_str value, bk_err *err) {
    bk_plugin_pair *pair = find(env, name), copy;
    if (!bk_arena_dup(env->arena, name, &copy.key) || !bk_arena_dup(env->arena, value, &copy.value)) return bk_arena_fail(env->arena, err);
    if (pair) {
        *pair = copy;
        return BK_OK;
    }
    if (env->count == env->cap) {
        size_t cap = env->cap ? env->cap * 2 : 64;
        void *items = bk_arena_grow(env->arena, env->items, env->cap * sizeof *pair, cap * sizeof *pair);
        if (!items) return bk_arena_fail(env->arena, err);
        env->items = items;
        env->cap = cap;
    }
    env->items[env->count++] = copy;
    return BK_OK;
}

bk_str bk_process_env_get(const bk_process_env *env, bk_str name) {
    const bk_plugin_pair *pair = find(env, name);
    return pair ? pair->value : BK_S("");
}

bk_status bk_process_env_init(bk_process_env *env, bk_arena *arena, char *const *environment, bk_err *err) {
    *env = (bk_process_env){.arena = arena};
    for (char *const *e = environment; e && *e; e++) {
        bk_str name, value;
        bk_str_cut(bk_str_c(*e), BK_S("="), &name, &value);
        if (name.n) BK_TRY(bk_process_env_set(env, name, value, err));
    }
    return BK_OK;
}

/* ---- expansion ---- */

static bool is_special(char c) { return c && strchr("*#$@!?-0123456789", c); }
static bool is_word(char c) { return ((unsigned char)c | 0x20) - 'a' < 26u || (unsigned char)c - '0' < 10u || c == '_'; }

/* The name behind a "$", and how many bytes it takes there. No name: the bytes are dropped, or with 0 the "$" stays. */
static bk_str name_behind(bk_str s, size_t *ret_width) {
    if (s.p[0] == '{') {
        size_t end = bk_str_find_byte(s, '}');
        if (s.n > 2 && is_special(s.p[1]) && s.p[2] == '}') end = 2;
        *ret_width = end == BK_NPOS ? 1 : end + 1;
        return end == BK_NPOS ? BK_S("") : bk_str_sub(s, 1, end);
    }
    size_t n = 0;
    if (is_special(s.p[0])) n = 1;
    else
        while (n < s.n && is_word(s.p[n])) n++;
    *ret_width = n;
    return bk_str_sub(s, 0, n);
}

bk_status bk_process_expand(bk_arena *arena, bk_str text, const bk_process_env *env, bk_str *ret, bk_err *err) {
    bk_buf out;
    bk_buf_init(&out, arena, 1 << 20);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '$' || i + 1 == text.n) {
            bk_buf_byte(&out, text.p[i]);
            continue;
        }
        size_t width;
        bk_str name = name_behind(bk_str_from(text, i + 1), &width);
        if (name.n) bk_buf_str(&out, bk_process_env_get(env, name));
        else if (width == 0) bk_buf_byte(&out, '$');
        i += width;
    }
    BK_TRY(bk_buf_check(&out, err));
    return bk_arena_dup(arena, bk_buf_view(&out), ret) ? BK_OK : bk_arena_fail(arena, err);
}

/* ---- the choice ---- */

/* Operating system and architecture; else the operating system alone; else neither. An entry with an architecture alone is never chosen. */
static const bk_plugin_command *choose(const bk_plugin_commands *commands) {
    const bk_plugin_command *by_os = NULL, *any = NULL;
    for (size_t i = 0; i < commands->count; i++) {
        const bk_plugin_command *c = &commands->items[i];
        bool os = bk_str_eq_fold(c->os, BK_S(OS));
        if (os && bk_str_eq_fold(c->arch, BK_S(ARCH))) return c;
        if (c->arch.n) continue;
        if (os && !by_os) by_os = c;
        if (!c->os.n && !any) any = c;
    }
    return by_os ? by_os : any;
}

typedef struct words {
    bk_arena *arena;
    bk_str *items;
    size_t count, cap;
} words;

static bk_status add(words *w, bk_str text, const bk_process_env *expand, bk_err *err) {
    if (w->count == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 16;
        void *items = bk_arena_grow(w->arena, w->items, w->cap * sizeof text, cap * sizeof text);
        if (!items) return bk_arena_fail(w->arena, err);
        w->items = items;
        w->cap = cap;
    }
    bk_str *to = &w->items[w->count++];
    if (expand) return bk_process_expand(w->arena, text, expand, to, err);
    return bk_arena_dup(w->arena, text, to) ? BK_OK : bk_arena_fail(w->arena, err);
}

bk_status bk_process_prepare(bk_arena *arena, const bk_plugin_commands *commands, bool expand, bk_texts extra, const bk_process_env *env,
                             bk_texts *ret, bk_err *err) {
    const bk_plugin_command *c = choose(commands);
    words w = {.arena = arena};
    bk_str word, rest;
    if (!c || !c->command.n || c->command.p[0] == ' ') return bk_err_set(err, BK_ERR, "no plugin command is applicable");
    bool more = bk_str_cut(c->command, BK_S(" "), &word, &rest);
    BK_TRY(add(&w, word, env, err)); /* the program's name is always expanded */
    while (more) {
        more = bk_str_cut(rest, BK_S(" "), &word, &rest);
        BK_TRY(add(&w, word, expand ? env : NULL, err));
    }
    for (size_t i = 0; i < c->args.count; i++) BK_TRY(add(&w, c->args.items[i], expand ? env : NULL, err));
    for (size_t i = 0; i < extra.count; i++) BK_TRY(add(&w, extra.items[i], NULL, err));
    *ret = (bk_texts){w.items, w.count};
    return BK_OK;
}
