/* Texts given to tpl: parsed once, and once for each set that they are run in. */
#include "tmpl/run.h"

/* The overlay that a text makes of one set. */
typedef struct bk_tpl_use {
    const bk_tmpl_set *parent;
    bk_tmpl_set *set;
    struct bk_tpl_use *next;
} bk_tpl_use;

typedef struct bk_tpl_entry {
    bk_trees trees;
    bk_tpl_use *uses;
    uint32_t use_count;
} bk_tpl_entry;

struct bk_tpl_cache {
    bk_map *by_text; /* text to number of the entry */
    bk_tpl_entry *entries;
    size_t n, cap;
};

enum {
    MAX_USES = 16,       /* a text that calls tpl with itself makes a set for each level: beyond this many they are not kept */
    MAX_KEPT = 16 << 10, /* nor are texts of this size: dashboards and the like, met once */
};

static bk_status nomem(bk_exec *ex) { return bk_arena_fail(ex->arena, ex->call.err); }

static bk_tpl_entry *no_entry(bk_exec *ex) {
    nomem(ex);
    return NULL;
}

/* NULL on failure. */
static bk_tpl_entry *find_entry(bk_exec *ex, bk_str text) {
    bk_arena *arena = ex->arena;
    bk_tpl_cache *c = ex->cache;
    if (!c) {
        c = ex->cache = BK_NEW(arena, bk_tpl_cache);
        if (!c) return no_entry(ex);
        c->by_text = bk_map_new(arena, 0);
    }
    if (!c->by_text) return no_entry(ex);
    bk_value *known = bk_map_get(c->by_text, text);
    if (known) return &c->entries[known->i];
    bk_trees trees;
    if (bk_arena_holds(&ex->young, text) && !bk_arena_dup(arena, text, &text)) return no_entry(ex); /* the trees refer to it */
    if (bk_tmpl_parse_text(ex->set, ex->set->name, text, &trees, ex->call.err) != BK_OK) return NULL;
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 16, size = sizeof *c->entries;
        void *wider = bk_arena_grow(arena, c->entries, c->cap * size, cap * size);
        if (!wider) return no_entry(ex);
        c->entries = wider;
        c->cap = cap;
    }
    if (!bk_map_set(c->by_text, text, bk_int((int64_t)c->n))) return no_entry(ex);
    c->entries[c->n] = (bk_tpl_entry){.trees = trees};
    return &c->entries[c->n++];
}

/* The set of a text for this one run. */
static bk_status prepare_once(bk_exec *ex, bk_str text, const bk_tmpl_set **ret) {
    bk_trees trees;
    bk_tmpl_set *set = bk_tmpl_set_overlay(&ex->young, ex->set);
    if (!set) return bk_arena_fail(&ex->young, ex->call.err);
    BK_TRY(bk_tmpl_parse_text(set, set->name, text, &trees, ex->call.err));
    for (size_t i = 0; i < trees.n; i++)
        if (!bk_tmpl_add(set, trees.items[i], 0, true)) return bk_arena_fail(&ex->young, ex->call.err);
    *ret = set;
    return BK_OK;
}

bk_status bk_tpl_prepare(bk_exec *ex, bk_str text, const bk_tmpl_set **ret) {
    bk_arena *arena = ex->arena;
    if (text.n > MAX_KEPT || ex->set->arena == &ex->young) return prepare_once(ex, text, ret);
    bk_tpl_entry *entry = find_entry(ex, text);
    if (!entry) return ex->call.err->code;
    for (const bk_tpl_use *use = entry->uses; use; use = use->next) {
        if (use->parent != ex->set) continue;
        *ret = use->set;
        return BK_OK;
    }
    bk_tmpl_set *set = bk_tmpl_set_overlay(arena, ex->set);
    if (!set) return nomem(ex);
    for (size_t i = 0; i < entry->trees.n; i++)
        if (!bk_tmpl_add(set, entry->trees.items[i], 0, true)) return nomem(ex);
    *ret = set;
    if (entry->use_count == MAX_USES) return BK_OK;
    bk_tpl_use *use = BK_NEW(arena, bk_tpl_use);
    if (!use) return nomem(ex);
    *use = (bk_tpl_use){ex->set, set, entry->uses};
    entry->uses = use;
    entry->use_count++;
    return BK_OK;
}

uint32_t *bk_exec_counter(bk_exec *ex, bk_str name) {
    bk_arena *arena = ex->arena;
    if (!ex->counters) ex->counters = bk_map_new(arena, 16);
    if (!ex->counters) return NULL;
    bk_value *known = bk_map_get(ex->counters, name);
    if (known) return (uint32_t *)(uintptr_t)known->u;
    uint32_t *counter = BK_NEW(arena, uint32_t);
    if (!counter || !bk_arena_dup(arena, name, &name) || !bk_map_set(ex->counters, name, bk_uint_typed(BK_T_UINTPTR, (uintptr_t)counter)))
        return NULL;
    return counter;
}
