#include "tmpl/set.h"

#include <assert.h>

bk_tmpl_set *bk_tmpl_set_new(bk_arena *arena, bk_str name) {
    bk_tmpl_set *set = BK_NEW(arena, bk_tmpl_set);
    if (!set) return NULL;
    set->arena = arena;
    set->name = name;
    set->env = BK_NEW(arena, bk_tmpl_env);
    return set->env ? set : NULL;
}

bk_tmpl_set *bk_tmpl_set_overlay(bk_arena *arena, const bk_tmpl_set *parent) {
    bk_tmpl_set *set = BK_NEW(arena, bk_tmpl_set);
    if (!set) return NULL;
    set->arena = arena;
    set->name = parent->name;
    set->env = parent->env;
    set->parent = parent;
    return set;
}

void bk_tmpl_set_missing(bk_tmpl_set *set, bk_missing rule) { set->env->missing = rule; }

void bk_tmpl_set_methods(bk_tmpl_set *set, bk_type type, const bk_func *methods, size_t count) {
    set->env->methods[type].funcs = methods;
    set->env->methods[type].count = count;
    set->env->methods[type].letters = 0;
    for (size_t i = 0; i < count; i++) set->env->methods[type].letters |= 1u << (methods[i].name[0] - 'A');
}

void bk_tmpl_set_charts(bk_tmpl_set *set, const bk_tmpl_chart *charts, uint32_t count) {
    set->env->charts = charts;
    set->env->chart_count = count;
}

/* ---- functions ---- */

bk_status bk_tmpl_set_funcs(bk_tmpl_set *set, const bk_func *funcs, size_t count, bk_err *err) {
    bk_tmpl_env *env = set->env;
    if (env->table_count == BK_TMPL_TABLES) return bk_err_internal(err, "too many tables of functions");
#ifndef NDEBUG
    for (size_t i = 1; i < count; i++) assert(strcmp(funcs[i - 1].name, funcs[i].name) < 0);
#endif
    env->tables[env->table_count].funcs = funcs;
    env->tables[env->table_count].count = count;
    env->table_count++;
    memset(env->recent, 0, sizeof env->recent);
    return BK_OK;
}

/* How a name compares to one that ends with a NUL: mostly settled by a character or two. */
static int order(bk_str name, const char *other) {
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != other[i] || !other[i]) return (unsigned char)name.p[i] < (unsigned char)other[i] ? -1 : 1;
    return other[name.n] ? -1 : 0;
}

static const bk_func *search(const bk_func *funcs, size_t count, bk_str name) {
    size_t from = 0;
    while (from < count) {
        size_t mid = from + (count - from) / 2;
        int c = order(name, funcs[mid].name);
        if (c == 0) return &funcs[mid];
        if (c < 0) count = mid;
        else from = mid + 1;
    }
    return NULL;
}

static const bk_func *search_all(const bk_tmpl_env *env, bk_str name, bool *ret_builtin) {
    *ret_builtin = false;
    for (size_t i = env->table_count; i-- > 0;) {
        const bk_func *f = search(env->tables[i].funcs, env->tables[i].count, name);
        if (f) return f;
    }
    *ret_builtin = true;
    return search(bk_tmpl_builtins, bk_tmpl_builtin_count, name);
}

/* What the executor does itself; only of the built-in ones, which a table of functions can hide. */
static bk_special special_of(bk_str name) {
    if (bk_str_eq(name, BK_S("and"))) return BK_SPECIAL_AND;
    if (bk_str_eq(name, BK_S("or"))) return BK_SPECIAL_OR;
    return bk_str_eq(name, BK_S("call")) ? BK_SPECIAL_CALL : BK_SPECIAL_NONE;
}

const bk_found_func *bk_tmpl_resolve(const bk_tmpl_set *set, bk_str name) {
    if (name.n == 0) return NULL;
    bk_found_func *found = bk_tmpl_recent(set, name);
    if (found->func && bk_str_eq(found->name, name)) return found;
    bool builtin;
    const bk_func *f = search_all(set->env, name, &builtin);
    if (!f) return NULL;
    name = bk_str_c(f->name);
    *found = (bk_found_func){name, f, bk_signature_of(f->signature), (uint8_t)(builtin ? special_of(name) : BK_SPECIAL_NONE)};
    return found;
}

const bk_func *bk_tmpl_find_func(const bk_tmpl_set *set, bk_str name) {
    const bk_found_func *found = bk_tmpl_resolve(set, name);
    return found ? found->func : NULL;
}

/* ---- templates ---- */

static bk_tmpl *find_own(const bk_tmpl_set *set, bk_str name, uint32_t hash) {
    if (!set->slots) return NULL;
    for (uint32_t at = hash & set->mask; set->slots[at]; at = (at + 1) & set->mask) {
        bk_tmpl *t = set->slots[at];
        if (t->hash == hash && bk_str_eq(t->name, name)) return t;
    }
    return NULL;
}

const bk_tmpl *bk_tmpl_find(const bk_tmpl_set *set, bk_str name, uint32_t hash) {
    for (; set; set = set->parent) {
        const bk_tmpl *t = find_own(set, name, hash);
        if (t) return t;
    }
    return NULL;
}

bool bk_tmpl_has(const bk_tmpl_set *set, bk_str name) { return bk_tmpl_find(set, name, bk_str_hash(name)) != NULL; }

static void put(bk_tmpl_set *set, bk_tmpl *t) {
    uint32_t at = t->hash & set->mask;
    while (set->slots[at]) at = (at + 1) & set->mask;
    set->slots[at] = t;
}

/* Room for one more, at most half full. */
static bool grow(bk_tmpl_set *set) {
    uint32_t size = set->slots ? set->mask + 1 : 0;
    if ((set->count + 1) * 2 <= size) return true;
    uint32_t wider = size ? size * 2 : set->parent ? 4 : 64;
    bk_tmpl **old = set->slots, **slots = BK_NEW_ARRAY(set->arena, bk_tmpl *, wider);
    if (!slots) return false;
    set->slots = slots;
    set->mask = wider - 1;
    for (uint32_t i = 0; i < size; i++)
        if (old[i]) put(set, old[i]);
    return true;
}

static bk_tmpl *add_name(bk_tmpl_set *set, bk_str name, uint32_t hash) {
    bk_tmpl *t = grow(set) ? BK_NEW(set->arena, bk_tmpl) : NULL;
    if (!t) return NULL;
    t->name = name;
    t->hash = hash;
    put(set, t);
    set->count++;
    return t;
}

bool bk_tmpl_add(bk_tmpl_set *set, const bk_tree *tree, uint32_t chart, bool is_text) {
    uint32_t hash = bk_str_hash(tree->name);
    /* In an overlay the text itself always counts, however empty: Go's clone does not hold the enclosing text. */
    bool own_text = set->parent && bk_str_eq(tree->name, set->name);
    if (tree->empty && !own_text && bk_tmpl_find(set, tree->name, hash)) return true;
    bk_tmpl *t = find_own(set, tree->name, hash);
    if (!t) t = add_name(set, tree->name, hash);
    bk_def *def = t ? BK_NEW(set->arena, bk_def) : NULL;
    if (!def) return false;
    *def = (bk_def){tree, chart, t->defs};
    t->defs = def;
    t->tree = tree;
    t->chart = chart;
    t->is_text = is_text;
    return true;
}

bk_status bk_tmpl_parse(bk_tmpl_set *set, bk_str name, bk_str text, uint32_t chart, bk_err *err) {
    bk_trees trees;
    BK_TRY(bk_tmpl_parse_text(set, name, text, &trees, err));
    for (size_t i = 0; i < trees.n; i++)
        if (!bk_tmpl_add(set, trees.items[i], chart, false)) return bk_arena_fail(set->arena, err);
    return BK_OK;
}
