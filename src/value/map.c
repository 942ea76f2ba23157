#include "value/map.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/sort.h"

enum { LINEAR = 8 }; /* up to here a scan of the hashes beats an index */
/* How far from its slot an entry may lie. Honest keys get to some 60, with millions of them; keys that somebody computed to collide would cost the square of
 * their number. */
enum { PROBES = 256 };

bk_map *bk_map_new(bk_arena *arena, size_t hint) {
    bk_map *m = BK_NEW(arena, bk_map);
    if (!m) return NULL;
    m->arena = arena;
    m->sorted = true;
    if (hint > BK_LIMIT_LIST) return NULL;
    if (hint) {
        size_t n;
        if (!bk_mul(hint, sizeof *m->entries, &n)) return NULL;
        m->entries = bk_arena_alloc(arena, n);
        if (!m->entries) return NULL;
        m->cap = (uint32_t)hint;
    }
    return m;
}

static inline bool index_put(bk_map *m, uint32_t at) {
    uint32_t slot = m->entries[at].hash & m->index_mask, probes = 0;
    for (; m->index[slot]; slot = (slot + 1) & m->index_mask)
        if (++probes > PROBES) {
            m->index = NULL; /* one that lacks an entry would be worse than none */
            m->arena->hit_cap = true;
            return false;
        }
    m->index[slot] = at + 1;
    return true;
}

/* Builds the index anew, with room to grow. */
BK_APART static bool index_build(bk_map *m) {
    size_t slots = 32;
    while (slots < (size_t)m->len * 4) slots *= 2;
    if (m->index && slots - 1 <= m->index_mask) {
        memset(m->index, 0, ((size_t)m->index_mask + 1) * sizeof *m->index);
    } else {
        m->index = BK_NEW_ARRAY(m->arena, uint32_t, slots);
        if (!m->index) return false;
        m->index_mask = (uint32_t)(slots - 1);
    }
    bool good = true;
    for (uint32_t i = 0; i < m->len && good; i++) good = index_put(m, i);
    return good;
}

static inline bool same_key(const bk_map_entry *e, bk_str key) {
    return e->key.n == key.n && (e->key.p == key.p || bk_bytes_eq(e->key.p, key.p, key.n));
}

void bk_map_filled(bk_map *m) {
    m->fill->run(m->fill);
    m->fill = NULL;
}

/* The entry with that hash at or behind place i of a map that is searched in order, or the one at or behind slot i of the index; NULL: none. *ret: its place. */
static inline bk_map_entry *find_hash(bk_map *m, uint32_t hash, uint32_t i, uint32_t *ret) {
    bk_map_entry *e = m->entries;
    if (m->len > LINEAR && m->index) {
        for (i &= m->index_mask; m->index[i]; i = (i + 1) & m->index_mask) {
            *ret = i;
            if (e[m->index[i] - 1].hash == hash) return &e[m->index[i] - 1];
        }
        return NULL;
    }
    for (; i < m->len; i++) {
        *ret = i;
        if (e[i].hash == hash) return &e[i];
    }
    return NULL;
}

/* Behind an entry at `at` whose key has the same hash and is another one: out of the way, so that the usual search has no loop around the comparison. */
BK_APART static bk_value *get_behind(bk_map *m, bk_str key, uint32_t hash, uint32_t at) {
    bk_map_entry *e;
    while ((e = find_hash(m, hash, at + 1, &at)) != NULL)
        if (same_key(e, key)) return &e->value;
    return NULL;
}

static inline bk_value *get(bk_map *m, bk_str key, uint32_t hash) {
    uint32_t at;
    bk_map_entry *e = find_hash(m, hash, m->len > LINEAR && m->index ? hash : 0, &at);
    if (!e) return NULL;
    return BK_LIKELY(same_key(e, key)) ? &e->value : get_behind(m, key, hash, at);
}

BK_APART static bk_value *get_filled(bk_map *m, bk_str key, uint32_t hash) {
    bk_map_filled(m);
    return get(m, key, hash);
}

bk_value *bk_map_get_hashed(bk_map *m, bk_str key, uint32_t hash) {
    if (!m) return NULL;
    return BK_UNLIKELY(m->fill != NULL) ? get_filled(m, key, hash) : get(m, key, hash);
}

bk_value *bk_map_get(bk_map *m, bk_str key) { return m ? bk_map_get_hashed(m, key, bk_str_hash(key)) : NULL; }

BK_APART static bool entries_grow(bk_map *m) {
    size_t cap = m->cap ? (size_t)m->cap * 2 : 4, old = (size_t)m->cap * sizeof *m->entries, n;
    if (cap > BK_LIMIT_LIST || !bk_mul(cap, sizeof *m->entries, &n)) {
        m->arena->hit_cap = true;
        return false;
    }
    void *p = bk_arena_grow(m->arena, m->entries, old, n);
    if (!p) return false;
    m->entries = p;
    m->cap = (uint32_t)cap;
    return true;
}

/* Enters the map into its arena's log. */
BK_APART static bool note(bk_map *m) {
    bk_map_log *log = m->arena->log;
    if (log->n == log->cap) {
        size_t cap = log->cap ? log->cap * 2 : 64, size = sizeof *log->p;
        void *wider = bk_arena_grow(m->arena, (void *)log->p, log->cap * size, cap * size);
        if (!wider) return false;
        log->p = wider;
        log->cap = cap;
    }
    log->p[log->n++] = m;
    return m->noted = true;
}

/* Behind the others: a key that is not there yet. */
static bool add_hashed(bk_map *m, bk_str key, uint32_t hash, bk_value value) {
    if (m->len == m->cap && !entries_grow(m)) return false;
    if (m->sorted && m->len && bk_str_cmp(m->entries[m->len - 1].key, key) > 0) m->sorted = false;
    m->entries[m->len] = (bk_map_entry){key, hash, value};
    m->len++;
    if (m->len <= LINEAR || !m->index) return true;
    if ((size_t)m->len * 2 > (size_t)m->index_mask + 1) return index_build(m);
    return index_put(m, m->len - 1) || (m->len--, false);
}

static bool set_hashed(bk_map *m, bk_str key, uint32_t hash, bk_value value) {
    if (m->len > LINEAR && !m->index && !index_build(m)) return false;
    bk_value *old = bk_map_get_hashed(m, key, hash);
    if (!old) return add_hashed(m, key, hash, value);
    *old = value;
    return true;
}

static inline bool is_noted(bk_map *m) { return BK_LIKELY(m->arena->log == NULL) || m->noted || note(m); }

bool bk_map_set_hashed(bk_map *m, bk_str key, uint32_t hash, bk_value value) { return is_noted(m) && set_hashed(m, key, hash, value); }

bool bk_map_set(bk_map *m, bk_str key, bk_value value) { return bk_map_set_hashed(m, key, bk_str_hash(key), value); }

bool bk_map_add_hashed(bk_map *m, bk_str key, uint32_t hash, bk_value value) {
    if (m->len > LINEAR && !m->index && !index_build(m)) return false;
    return is_noted(m) && add_hashed(m, key, hash, value);
}

/* Whether all keys differ already in their hashes, of which there are few. */
static bool all_differ(const bk_map_entry *entries, size_t n) {
    uint32_t same = 0;
    for (size_t i = 1; i < n; i++)
#pragma clang loop vectorize(disable) /* would call out of the compartment, for want of an instruction */
        for (size_t k = 0; k < i; k++) same |= entries[i].hash == entries[k].hash;
    return !same;
}

static bool in_order(const bk_map_entry *entries, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (bk_str_cmp(entries[i - 1].key, entries[i].key) > 0) return false;
    return true;
}

bk_map *bk_map_of(bk_arena *arena, const bk_map_entry *entries, size_t n) {
    bk_map *m = bk_map_new(arena, n);
    if (!m || n == 0) return m;
    if (n <= LINEAR && all_differ(entries, n)) {
        memcpy(m->entries, entries, n * sizeof *entries);
        m->len = (uint32_t)n;
        m->sorted = in_order(entries, n);
        return m;
    }
    for (size_t i = 0; i < n; i++)
        if (!set_hashed(m, entries[i].key, entries[i].hash, entries[i].value)) return NULL;
    return m;
}

bool bk_map_delete(bk_map *m, bk_str key) {
    bk_value *v = bk_map_get(m, key);
    if (!v) return false;
    bk_map_entry *e = (bk_map_entry *)((char *)v - offsetof(bk_map_entry, value));
    size_t at = (size_t)(e - m->entries);
    memmove(e, e + 1, (m->len - at - 1) * sizeof *e);
    m->len--;
    m->index = NULL; /* stale: the next set builds it anew */
    return true;
}

bool bk_map_retain(bk_map *m, bool (*keep)(const bk_map_entry *entry, void *arg), void *arg) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->len; i++) {
        if (!keep(&m->entries[i], arg)) continue;
        if (n != i) m->entries[n] = m->entries[i];
        n++;
    }
    if (n == m->len) return true;
    m->len = n;
    return !m->index || index_build(m);
}

static int by_key(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_str_cmp(((const bk_map_entry *)a)->key, ((const bk_map_entry *)b)->key);
}

/* What is sorted in place of an entry: the first bytes of its key, by which most differ, and where it is. */
typedef struct rank {
    uint64_t head;
    const bk_map_entry *entry;
} rank;

static int by_head(const void *a, const void *b, void *arg) {
    const rank *x = a, *y = b;
    if (x->head != y->head) return x->head < y->head ? -1 : 1;
    return by_key(x->entry, y->entry, arg);
}

/* The usual maps are sorted by way of ranks. */
static bool sort_entries(bk_map *m) {
    enum { USUAL = 64 };
    rank ranks[USUAL];
    bk_map_entry copy[USUAL];
    if (m->len > USUAL) return bk_sort(m->arena, m->entries, m->len, sizeof *m->entries, by_key, NULL);
    if (in_order(m->entries, m->len)) return true;
    memcpy(copy, m->entries, m->len * sizeof *copy);
    for (uint32_t i = 0; i < m->len; i++) {
        bk_str key = copy[i].key;
        ranks[i] = (rank){0, &copy[i]};
        if (key.n) memcpy(&ranks[i].head, key.p, key.n < sizeof ranks[i].head ? key.n : sizeof ranks[i].head);
        ranks[i].head = __builtin_bswap64(ranks[i].head);
    }
    if (!bk_sort(m->arena, ranks, m->len, sizeof *ranks, by_head, NULL)) return false;
    for (uint32_t i = 0; i < m->len; i++) m->entries[i] = *ranks[i].entry;
    return true;
}

bool bk_map_sort(bk_map *m) {
    if (!m || m->sorted) return true;
    if (!sort_entries(m)) return false;
    m->sorted = true;
    return m->index ? index_build(m) : true;
}

bk_map *bk_map_copy(bk_arena *arena, const bk_map *map) {
    bk_map *m = bk_map_new(arena, bk_map_len(map));
    if (!m || !map || map->len == 0) return m;
    memcpy(m->entries, map->entries, map->len * sizeof *map->entries);
    m->len = map->len;
    m->sorted = map->sorted;
    if (m->len > LINEAR && !index_build(m)) return NULL;
    return m;
}

bk_str bk_map_str(bk_map *map, const char *key, bk_str fallback) {
    bk_value *v = bk_map_get(map, bk_str_c(key));
    return v && bk_is_string(*v) ? bk_value_str(*v) : fallback;
}

bool bk_map_bool(bk_map *map, const char *key, bool fallback) {
    bk_value *v = bk_map_get(map, bk_str_c(key));
    return v && v->kind == BK_BOOL ? v->b : fallback;
}

bk_map *bk_map_of_struct(bk_arena *arena, const bk_object *object) {
    bk_value fields[BK_CLASS_FIELDS];
    size_t count = object->class->fields(object, fields);
    bk_map *map = bk_map_new(arena, count);
    for (size_t i = 0; map && i < count; i++) {
        const char *name = object->class->names[i];
        if (*name >= 'A' && *name <= 'Z' && !bk_map_set(map, bk_str_c(name), fields[i])) return NULL;
    }
    return map;
}
