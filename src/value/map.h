/* map.h: maps from strings to values.
 *
 * References, as in Go: all holders of the pointer see a change. Go's iteration order is random, and wherever output depends on it Helm
 * sorts; so a map here is free to sort its entries in place (bk_map_sort), and walking it in key order costs nothing afterwards.
 * Keys are borrowed views and must live as long as the map. Small maps are searched linearly by hash; bigger ones through an index.
 *
 *     for (size_t i = 0; i < bk_map_len(m); i++) { const bk_map_entry *e = bk_map_at(m, i); ... }
 *
 * Entries move when the map changes: a walk that runs foreign code in between (range) takes a snapshot first. */
#ifndef BK_VALUE_MAP_H
#define BK_VALUE_MAP_H

#include "value/value.h"

typedef struct bk_map_entry {
    bk_str key;
    uint32_t hash;
    bk_value value;
} bk_map_entry;

/* Values that are to be put in place before the first of them is looked at: who holds such a map never notices. */
typedef struct bk_map_fill {
    void (*run)(struct bk_map_fill *self);
} bk_map_fill;

struct bk_map {
    bk_arena *arena;
    bk_map_entry *entries;
    uint32_t len, cap;
    uint32_t *index;     /* open addressing, entry number + 1; NULL while the map is small or the index is stale */
    uint32_t index_mask; /* slots - 1 */
    bool sorted;         /* entries are in key order */
    bool noted;          /* stands in its arena's log */
    bk_map_fill *fill;   /* not NULL: the values are not there yet; the keys are */
};

/* The maps of an arena that bk_map_set was called on since the arena got the log (bk_arena.log): through them something older may refer to something younger. */
typedef struct bk_map_log {
    bk_map **p;
    size_t n, cap;
} bk_map_log;

/* An empty map with room for `hint` entries; NULL without memory. */
bk_map *bk_map_new(bk_arena *arena, size_t hint);
/* Puts the values of a map in place. */
void bk_map_filled(bk_map *map);
/* Who asks for the number is about to walk. */
static inline size_t bk_map_len(const bk_map *map) {
    if (!map) return 0;
    if (BK_UNLIKELY(map->fill != NULL)) bk_map_filled((bk_map *)(uintptr_t)map);
    return map->len;
}
static inline const bk_map_entry *bk_map_at(const bk_map *map, size_t i) { return &map->entries[i]; }
/* The value of a key, to read or to change in place; NULL when absent or map is NULL. Valid until the map changes. */
bk_value *bk_map_get(bk_map *map, bk_str key);
/* The same with the hash at hand (templates keep it with the field's name). */
bk_value *bk_map_get_hashed(bk_map *map, bk_str key, uint32_t hash);
/* Adds or replaces; false without memory. */
bool bk_map_set(bk_map *map, bk_str key, bk_value value) BK_MUST;
/* The same with the hash at hand, as the entries of other maps have it; `add`: a key that is known not to be there. */
bool bk_map_set_hashed(bk_map *map, bk_str key, uint32_t hash, bk_value value) BK_MUST;
bool bk_map_add_hashed(bk_map *map, bk_str key, uint32_t hash, bk_value value) BK_MUST;
/* A map of n entries that have their key, hash and value; of equal keys the last counts, at the place of the first. NULL without memory, or when the keys were chosen to
 * collide (arena->hit_cap). */
bk_map *bk_map_of(bk_arena *arena, const bk_map_entry *entries, size_t n);
/* True when there was one. */
bool bk_map_delete(bk_map *map, bk_str key);
/* Deletes all entries that `keep` refuses, in one walk; keep must not change the map. False without memory (entries are right, look-ups slow). */
bool bk_map_retain(bk_map *map, bool (*keep)(const bk_map_entry *entry, void *arg), void *arg) BK_MUST;
/* Puts the entries in byte order of their keys. False without memory (order unchanged). */
bool bk_map_sort(bk_map *map) BK_MUST;
/* A copy of the map, values shared; NULL without memory. */
bk_map *bk_map_copy(bk_arena *arena, const bk_map *map);
/* The exported fields of a struct whose class has names, in their order; NULL without memory. */
bk_map *bk_map_of_struct(bk_arena *arena, const bk_object *object);

/* Typed look-ups: the value of that kind, or the fallback. */
bk_str bk_map_str(bk_map *map, const char *key, bk_str fallback);
bool bk_map_bool(bk_map *map, const char *key, bool fallback);

#endif
