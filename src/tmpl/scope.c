#include "tmpl/scope.h"

#include "base/hash.h"

/* How far from its slot a variable may lie: names that somebody computed to collide would cost the square of their number. */
enum { PROBES = 256 };

/* Makes room for one more item in an array of the arena: where the array is then. */
static void *room(bk_arena *arena, void *items, uint32_t count, uint32_t *cap, size_t size) {
    if (count < *cap) return items;
    uint32_t wider = *cap ? *cap * 2 : 4;
    void *p = bk_arena_grow(arena, items, (size_t)*cap * size, (size_t)wider * size);
    if (p) *cap = wider;
    return p;
}

static bool room_for_var(bk_scope *s) {
    void *p = room(s->arena, s->vars, s->var_count, &s->var_cap, sizeof *s->vars);
    if (p) s->vars = p;
    return p != NULL;
}

static bool room_for_known(bk_scope *s) {
    void *p = room(s->arena, s->known, s->known_count, &s->known_cap, sizeof *s->known);
    if (p) s->known = p;
    return p != NULL;
}

static bool room_for_live(bk_scope *s) {
    void *p = room(s->arena, s->live, s->live_count, &s->live_cap, sizeof *s->live);
    if (p) s->live = p;
    return p != NULL;
}

/* ---- variables by name ---- */

/* The slot of the table that holds the variable, or the free one where it belongs; NULL: too many stand in the way. */
static uint32_t *slot_of(const bk_scope *s, bk_str name, uint32_t hash) {
    for (uint32_t i = 0; i < PROBES; i++) {
        uint32_t *slot = &s->table[(hash + i) & s->table_mask];
        const bk_scope_var *var = &s->vars[*slot];
        if (!*slot || (var->hash == hash && var->name.n == name.n && bk_bytes_eq(var->name.p, name.p, name.n))) return slot;
    }
    return NULL;
}

static bk_scope_var *find(const bk_scope *s, bk_str name) {
    if (name.n == 1) return &s->vars[0];
    const uint32_t *slot = s->table ? slot_of(s, name, bk_str_hash_inline(name)) : NULL;
    return slot && *slot ? &s->vars[*slot] : NULL;
}

static bool enter(bk_scope *s, uint32_t var) {
    uint32_t *slot = slot_of(s, s->vars[var].name, s->vars[var].hash);
    if (slot) *slot = var;
    return slot != NULL;
}

/* Makes room in the table for one more variable; it is at most half full. */
static bool room_in_table(bk_scope *s) {
    uint32_t size = s->table ? s->table_mask + 1 : 0;
    if (size > s->var_count * 2) return true;
    uint32_t wider = size ? size * 2 : 8;
    uint32_t *table = BK_NEW_ARRAY(s->arena, uint32_t, wider);
    if (!table) return false;
    s->table = table;
    s->table_mask = wider - 1;
    for (uint32_t i = 1; i < s->var_count; i++)
        if (!enter(s, i)) return false;
    return true;
}

static bk_scope_var *find_or_add(bk_scope *s, bk_str name) {
    bk_scope_var *var = find(s, name);
    if (var) return var;
    if (!room_in_table(s) || !room_for_var(s)) return NULL;
    var = &s->vars[s->var_count];
    *var = (bk_scope_var){name, bk_str_hash_inline(name), 0, 0};
    if (!enter(s, s->var_count)) {
        s->arena->hit_cap = true;
        return NULL;
    }
    s->var_count++;
    return var;
}

/* ---- scopes ---- */

void bk_scope_init(bk_scope *s, bk_arena *arena) {
    s->arena = arena;
    s->table = s->known = NULL;
    s->vars = s->room.vars;
    s->live = s->room.live;
    s->var_cap = BK_COUNT(s->room.vars);
    s->live_cap = BK_COUNT(s->room.live);
    s->table_mask = s->known_count = s->known_cap = s->maybe = 0;
    s->vars[0] = (bk_scope_var){BK_S("$"), 0, 1, 1}; /* always known */
    s->live[0] = (bk_scope_live){0, 0, false};
    s->var_count = s->live_count = s->slots = 1;
}

bool bk_scope_know(bk_scope *s, bk_str name) {
    bk_scope_var *var = find_or_add(s, name);
    if (!var || !room_for_known(s)) return false;
    s->known[s->known_count++] = (uint32_t)(var - s->vars);
    var->known++;
    return true;
}

const bk_scope_var *bk_scope_known(const bk_scope *s, bk_str name) {
    const bk_scope_var *var = find(s, name);
    return var && var->known > 0 ? var : NULL;
}

bool bk_scope_declare(bk_scope *s, bk_str name, bk_slot *ret) {
    bk_scope_var *var = find_or_add(s, name);
    if (!var || !room_for_live(s)) return false;
    s->live[s->live_count] = (bk_scope_live){(uint32_t)(var - s->vars), var->live, s->maybe > 0};
    *ret = (bk_slot){s->live_count, NULL};
    var->live = ++s->live_count;
    if (s->live_count > s->slots) s->slots = s->live_count;
    return true;
}

/* A declaration that execution may not come by leaves the older ones in play. */
static bool older_slots(bk_scope *s, uint32_t live, bk_slot *ret) {
    for (const bk_slot **link = &ret->next; live && s->live[live - 1].maybe;) {
        live = s->live[live - 1].older;
        bk_slot *next = BK_NEW(s->arena, bk_slot);
        if (!next) return false;
        *next = (bk_slot){live ? live - 1 : BK_NO_SLOT, NULL};
        *link = next;
        link = &next->next;
    }
    return true;
}

bool bk_scope_use(bk_scope *s, const bk_scope_var *var, bk_slot *ret) {
    uint32_t live = var ? var->live : 0;
    *ret = (bk_slot){live ? live - 1 : BK_NO_SLOT, NULL};
    return !live || !s->live[live - 1].maybe || older_slots(s, live, ret);
}

bool bk_scope_find(bk_scope *s, bk_str name, bk_slot *ret) { return bk_scope_use(s, find(s, name), ret); }

void bk_scope_forget(bk_scope *s, uint32_t known_count) {
    while (s->known_count > known_count) s->vars[s->known[--s->known_count]].known--;
}

void bk_scope_pop(bk_scope *s, uint32_t live_count) {
    while (s->live_count > live_count) {
        const bk_scope_live *l = &s->live[--s->live_count];
        s->vars[l->var].live = l->older;
    }
}
