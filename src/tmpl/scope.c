#include "tmpl/scope.h"

#include "value/map.h"

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

static bk_scope_var *find(bk_scope *s, bk_str name) {
    if (name.n == 1) return &s->vars[0];
    bk_value *id = bk_map_get(s->ids, name);
    return id ? &s->vars[id->i] : NULL;
}

static bk_scope_var *find_or_add(bk_scope *s, bk_str name) {
    bk_scope_var *var = find(s, name);
    if (var) return var;
    if (!s->ids) s->ids = bk_map_new(s->arena, 4);
    if (!s->ids || !room_for_var(s)) return NULL;
    if (!bk_map_set(s->ids, name, bk_int(s->var_count))) return NULL;
    s->vars[s->var_count] = (bk_scope_var){0, 0};
    return &s->vars[s->var_count++];
}

bool bk_scope_init(bk_scope *s, bk_arena *arena) {
    *s = (bk_scope){.arena = arena};
    if (!room_for_var(s)) return false;
    s->vars[s->var_count++] = (bk_scope_var){1, 0}; /* $ is always known */
    bk_slot slot;
    return bk_scope_declare(s, BK_S("$"), &slot);
}

bool bk_scope_know(bk_scope *s, bk_str name) {
    bk_scope_var *var = find_or_add(s, name);
    if (!var || !room_for_known(s)) return false;
    s->known[s->known_count++] = (uint32_t)(var - s->vars);
    var->known++;
    return true;
}

bool bk_scope_knows(bk_scope *s, bk_str name) {
    bk_scope_var *var = find(s, name);
    return var && var->known > 0;
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

bool bk_scope_find(bk_scope *s, bk_str name, bk_slot *ret) {
    bk_scope_var *var = find(s, name);
    uint32_t live = var ? var->live : 0;
    *ret = (bk_slot){live ? live - 1 : BK_NO_SLOT, NULL};
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

void bk_scope_forget(bk_scope *s, uint32_t known_count) {
    while (s->known_count > known_count) s->vars[s->known[--s->known_count]].known--;
}

void bk_scope_pop(bk_scope *s, uint32_t live_count) {
    while (s->live_count > live_count) {
        const bk_scope_live *l = &s->live[--s->live_count];
        s->vars[l->var].live = l->older;
    }
}
