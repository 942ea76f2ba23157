/* Taking back the memory of values that no template can reach any more.
 *
 * All a template can reach hangs from the stack of values, from what the frames go over, and from older maps that were written to since. So much is true between two
 * statements of the outermost template; within a function there are values that only C knows. Blocks stay where they are, and nothing is written to them: a stale value
 * on the stack keeps something alive, at worst. */
#include "base/num.h"
#include "tmpl/run.h"

/* How much garbage is worth a look. The builds with sanitizers, and those that ask for it, look at every chance; and with sanitizers each block is one of the heap (bk_arena_below): whoever
 * uses what was freed too early is caught. */
#define WORTH ((size_t)512 << 10)
#ifdef BK_COLLECT_ALWAYS
#undef WORTH
#define WORTH ((size_t)0)
#endif
enum { EVERY_CHANCE = 8 << 10 }; /* where that is asked for: up to this size */

/* Values that were found and not looked at yet: those of a list, or of a map. */
typedef struct pending {
    const bk_value *items;
    const bk_map *map; /* NULL: a list of n items */
    size_t n;
} pending;

/* What was found before: a list's items, or a map. Slices may begin at the same place. */
typedef struct known {
    const void *p;
    size_t n;
} known;

typedef struct collector {
    bk_exec *ex;
    bk_arena scratch;
    bk_arena_sweep sweep;
    pending *todo;
    size_t todo_n, todo_cap;
    known *known; /* open addressing by address */
    size_t known_n, known_slots;
    size_t budget; /* values that may still be looked at: slices may overlap as they like */
    bool failed;   /* no memory, no budget, or something that cannot be followed: nothing is freed */
} collector;

/* ---- what was found ---- */

static known *slot_of(known *table, size_t slots, const void *p) {
    size_t at = (size_t)(((uint64_t)(uintptr_t)p * 0x9E3779B97F4A7C15u) >> 32) & (slots - 1);
    while (table[at].p && table[at].p != p) at = (at + 1) & (slots - 1);
    return &table[at];
}

static bool widen(collector *c) {
    size_t slots = c->known_slots ? c->known_slots * 2 : 256;
    known *table = BK_NEW_ARRAY(&c->scratch, known, slots);
    if (!table) return false;
    for (size_t i = 0; i < c->known_slots; i++)
        if (c->known[i].p) *slot_of(table, slots, c->known[i].p) = c->known[i];
    c->known = table;
    c->known_slots = slots;
    return true;
}

/* Whether n values at p are news. */
static bool is_new(collector *c, const void *p, size_t n) {
    if (c->known_n * 2 >= c->known_slots && !widen(c)) {
        c->failed = true;
        return false;
    }
    known *k = slot_of(c->known, c->known_slots, p);
    if (!k->p) c->known_n++;
    else if (k->n >= n) return false;
    *k = (known){p, n};
    return true;
}

static void later(collector *c, pending what) {
    if (c->budget < what.n) c->failed = true;
    if (c->failed) return;
    c->budget -= what.n;
    if (c->todo_n == c->todo_cap) {
        size_t cap = c->todo_cap ? c->todo_cap * 2 : 256;
        void *wider = bk_arena_grow(&c->scratch, c->todo, c->todo_cap * sizeof what, cap * sizeof what);
        if (!wider) {
            c->failed = true;
            return;
        }
        c->todo = wider;
        c->todo_cap = cap;
    }
    c->todo[c->todo_n++] = what;
}

/* ---- following ---- */

/* Marks an array of n items; false when it is none of ours. */
static bool mark(collector *c, const void *p, size_t n, size_t size) {
    size_t bytes;
    return n && bk_mul(n, size, &bytes) && bk_arena_sweep_mark(&c->sweep, p, bytes);
}

static void follow_list(collector *c, const bk_value *items, size_t n) {
    if (mark(c, items, n, sizeof *items) && is_new(c, items, n)) later(c, (pending){.items = items, .n = n});
}

static void follow_map(collector *c, const bk_map *map) {
    if (mark(c, map, 1, sizeof *map) && is_new(c, map, 0)) later(c, (pending){.map = map, .n = map->len});
}

static void follow_object(collector *c, const bk_object *object);

static void follow(collector *c, bk_value v) {
    switch ((bk_kind)v.kind) {
    case BK_STRING: mark(c, v.s, v.len, 1); break;
    case BK_LIST: follow_list(c, v.items, v.len); break;
    case BK_MAP: follow_map(c, v.map); break;
    case BK_OBJECT: follow_object(c, v.object); break;
    default: break;
    }
}

/* What other objects refer to only their class knows. */
static void follow_object(collector *c, const bk_object *object) {
    bk_value fields[BK_CLASS_FIELDS];
    if (!mark(c, object, 1, sizeof *object)) return;
    size_t n = object->class->plain ? object->class->fields(object, fields) : 0;
    if (n == 0) c->failed = true;
    mark(c, object->data, n, 1);
    for (size_t i = 0; i < n; i++) {
        if (fields[i].kind == BK_OBJECT) c->failed = true;
        else follow(c, fields[i]);
    }
}

static void follow_entries(collector *c, const bk_map *map) {
    mark(c, map->entries, map->cap, sizeof *map->entries);
    if (map->index) mark(c, map->index, (size_t)map->index_mask + 1, sizeof *map->index);
    for (uint32_t i = 0; i < map->len; i++) {
        const bk_map_entry *e = bk_map_at(map, i);
        mark(c, e->key.p, e->key.n, 1);
        follow(c, e->value);
    }
}

static void drain(collector *c) {
    while (c->todo_n && !c->failed) {
        pending p = c->todo[--c->todo_n];
        if (p.map) follow_entries(c, p.map);
        for (size_t i = 0; !p.map && i < p.n; i++) follow(c, p.items[i]);
    }
}

/* ---- where it begins ---- */

static void follow_frames(collector *c) {
    bk_exec *ex = c->ex;
    follow(c, ex->dot);
    for (size_t i = 0; i < ex->frame_count; i++) {
        const bk_frame *f = &ex->frames[i];
        follow(c, f->dot);
        if (f->kind != BK_FRAME_LOOP) continue;
        if (f->loop == BK_LOOP_LIST) follow_list(c, (const bk_value *)f->items + f->i, (size_t)(f->n - f->i));
        if (f->loop == BK_LOOP_BYTES) mark(c, f->items, (size_t)f->n, 1);
    }
}

/* Lists that are alive keep the room behind them, else appending to a long one would copy it after each time. */
static void keep_growing(collector *c) {
    for (size_t i = 0; i < BK_GROWING; i++) {
        bk_growing_list *g = &c->ex->growing.lists[i];
        bool alive = g->items && c->known_slots && slot_of(c->known, c->known_slots, g->items)->p;
        if (!alive || !mark(c, g->items, g->cap, sizeof *g->items)) *g = (bk_growing_list){0};
    }
}

static void follow_all(collector *c) {
    const bk_exec *ex = c->ex;
    const bk_stack_chunk *chunk = ex->stack_first;
    for (;; chunk = chunk->next) {
        for (size_t i = 0; i < chunk->n; i++) follow(c, chunk->items[i]);
        if (chunk == ex->stack) break;
    }
    follow_frames(c);
    for (size_t i = 0; i < ex->log.n; i++) follow_entries(c, ex->log.p[i]);
    drain(c);
    if (!c->failed) keep_growing(c);
}

/* What lies above the stack's top refers to what is gone. */
static void wipe_stack(bk_exec *ex) {
    size_t from = ex->stack->n;
    for (bk_stack_chunk *chunk = ex->stack; chunk; chunk = chunk->next, from = 0)
        memset(chunk->items + from, 0, (chunk->cap - from) * sizeof *chunk->items);
}

/* Behind a loop's body its variables are dead: their slots are those above the loop's own. */
static void forget_body(bk_exec *ex, const bk_frame *loop) {
    const bk_node_pipe *pipe = loop->node->pipe;
    if (pipe->decls == 0 || pipe->assign) return;
    for (uint32_t i = pipe->decl[pipe->decls - 1].where.slot + 1; i < ex->tmpl->tree->slots; i++) ex->vars[i].kind = BK_NIL;
}

/* ---- when ---- */

void bk_exec_collect(bk_exec *ex, const bk_frame *done) {
    if (ex->nest) return; /* functions are at work */
    collector c = {.ex = ex, .budget = ex->young.used / sizeof(bk_value) * 2};
    if (done && done->kind == BK_FRAME_LOOP) forget_body(ex, done);
    bk_arena_init(&c.scratch, 0);
    c.failed = !bk_arena_sweep_begin(&c.sweep, &ex->young, &c.scratch);
    if (!c.failed) follow_all(&c);
    if (!c.failed) {
        bk_arena_sweep_end(&c.sweep);
        wipe_stack(ex);
    }
    bk_arena_release(&c.scratch);
    bk_exec_collect_later(ex);
}

void bk_exec_done(bk_exec *ex) {
    ex->frame_count = 0;
    ex->dot = bk_nil();
    if (ex->young.used >= WORTH / 2) bk_exec_collect(ex, NULL);
}

void bk_exec_collect_later(bk_exec *ex) {
    size_t used = ex->young.used;
    ex->collect_at = WORTH == 0 && used < EVERY_CHANCE ? 0 : used + (used / 2 > WORTH ? used / 2 : WORTH);
}
