#include "chart/coalesce.h"

#include "base/buf.h"
#include "base/limits.h"
#include "value/gofmt.h"

enum {
    OWN = 0xC0A1,  /* bk_value.spare of an entry: the map is this pass's own */
    DONE = 0xC0A2, /* and all that it refers to is, too (bk_coalesce_detach) */
    MAX_STEPS = 50000000,
    DEPTH = BK_LIMIT_DEPTH + BK_LIMIT_CHART_DEPTH,
    FEW_CHARTS = 8,
};

#define GLOBAL BK_S("global")

/* Where we are, for warnings. */
typedef struct path {
    const struct path *up;
    bk_str key;
} path;

static void put_path(bk_buf *out, const path *p, unsigned budget) {
    if (!p || budget == 0) return;
    put_path(out, p->up, budget - 1);
    if (out->n) bk_buf_byte(out, '.');
    bk_buf_str(out, p->key);
}

/* Helm's log.Printf. %s: the path or the key; %v: the value. */
static void warn(bk_coalescer *c, const char *format, bk_str name, const bk_value *value) {
    if (!c->log) return;
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    bk_value args[] = {bk_string(name), value ? *value : bk_nil()};
    bk_buf_init(&out, c->arena, BK_LIMIT_ERR);
    bk_fmt_sprintf(&out, bk_str_c(format), args, value ? 2 : 1, &err);
    bk_err_release(&err);
    bk_log_write(c->log, c->arena, "INFO", bk_buf_view(&out), NULL, 0);
}

static void warn_at(bk_coalescer *c, const char *format, const path *p, const bk_value *value) {
    if (!c->log) return;
    bk_buf name;
    bk_buf_init(&name, c->arena, BK_LIMIT_ERR);
    put_path(&name, p, DEPTH);
    warn(c, format, bk_buf_view(&name), value);
}

static bk_status step(bk_coalescer *c, bk_err *err) {
    return ++c->steps > MAX_STEPS ? bk_err_limit(err, "values to coalesce", MAX_STEPS) : BK_OK;
}

/* Helm asks for map[string]any: a nil map is one, common.Values is none. */
static bool is_table(bk_value v) { return v.type == BK_T_MAP; }

static bk_status set(bk_coalescer *c, bk_map *map, bk_str key, bk_value v, bk_err *err) {
    return bk_map_set(map, key, v) ? BK_OK : bk_arena_fail(c->arena, err);
}

/* Another map's key, which is not in this one yet. */
static bk_status add_entry(bk_coalescer *c, bk_map *map, const bk_map_entry *e, bk_value v, bk_err *err) {
    return bk_map_add_hashed(map, e->key, e->hash, v) ? BK_OK : bk_arena_fail(c->arena, err);
}

static bk_value *get_entry(bk_map *map, const bk_map_entry *e) { return bk_map_get_hashed(map, e->key, e->hash); }

static bk_value own_value(bk_map *map) {
    bk_value v = bk_map_value(map);
    v.spare = OWN;
    return v;
}

/* Makes the table in an entry the pass's own. The map that holds the entry is so already. */
static bk_status own(bk_coalescer *c, bk_value *slot, bk_map **ret, bk_err *err) {
    if (slot->spare != OWN) {
        bk_map *copy = bk_map_copy(c->arena, slot->map);
        if (!copy) return bk_arena_fail(c->arena, err);
        *slot = own_value(copy);
    }
    *ret = slot->map;
    return BK_OK;
}

static bk_status too_deep(bk_err *err) { return bk_err_limit(err, "nesting of values", BK_LIMIT_DEPTH); }

/* ---- tables ---- */

static bk_status copy_first(bk_coalescer *c, const bk_map *map, size_t n, bk_map **ret, bk_err *err) {
    bk_map *copy = bk_map_new(c->arena, bk_map_len(map));
    if (!copy) return bk_arena_fail(c->arena, err);
    for (size_t i = 0; i < n; i++) BK_TRY(add_entry(c, copy, bk_map_at(map, i), bk_map_at(map, i)->value, err));
    *ret = copy;
    return BK_OK;
}

static bk_status clean(bk_coalescer *c, bk_map *map, unsigned budget, bk_map **ret, bk_err *err);

static bk_status clean_value(bk_coalescer *c, bk_value *v, unsigned budget, bool *ret_same, bk_err *err) {
    bk_map *sub = NULL;
    *ret_same = !bk_is_nil(*v);
    if (!is_table(*v)) return BK_OK;
    BK_TRY(clean(c, v->map, budget, &sub, err));
    *ret_same = sub == v->map;
    if (!*ret_same) *v = own_value(sub);
    return BK_OK;
}

/* Without nulls: the map itself if it has none. */
static bk_status clean(bk_coalescer *c, bk_map *map, unsigned budget, bk_map **ret, bk_err *err) {
    bk_map *copy = NULL;
    if (budget == 0) return too_deep(err);
    for (size_t i = 0; i < bk_map_len(map); i++) {
        const bk_map_entry *e = bk_map_at(map, i);
        bk_value v = e->value;
        bool same = true;
        BK_TRY(step(c, err));
        BK_TRY(clean_value(c, &v, budget - 1, &same, err));
        if (!copy && same) continue;
        if (!copy) BK_TRY(copy_first(c, map, i, &copy, err));
        if (!bk_is_nil(v)) BK_TRY(add_entry(c, copy, e, v, err));
    }
    *ret = copy ? copy : map;
    return BK_OK;
}

/* A null that was given removes the chart's value ... */
static bool not_nullified(const bk_map_entry *e, void *src) {
    const bk_value *v = bk_is_nil(e->value) ? get_entry(src, e) : NULL;
    return !v || bk_is_nil(*v);
}

/* ... and at the top of a chart's values even the chart's null. */
static bool not_null_default(const bk_map_entry *e, void *src) { return !bk_is_nil(e->value) || !get_entry(src, e); }

/* How coalesce_tables treats the two maps. */
typedef struct how {
    bool merge; /* nulls in dst stay */
    bool alias; /* src belongs to the pass: it changes as Helm's does, and shares its tables with dst */
} how;

static bk_status take_nulls(bk_coalescer *c, bk_map *src, bk_map *dst, bk_err *err) {
    for (size_t i = 0; i < bk_map_len(dst); i++)
        if (bk_is_nil(bk_map_at(dst, i)->value)) BK_TRY(set(c, src, bk_map_at(dst, i)->key, bk_nil(), err));
    return BK_OK;
}

static bk_status coalesce_tables(bk_coalescer *c, bk_map *dst, bk_map *src, const path *up, how h, unsigned budget, bk_err *err);

/* One entry of src. */
static bk_status coalesce_entry(bk_coalescer *c, bk_map *dst, bk_map_entry *e, const path *up, how h, unsigned budget, bk_err *err) {
    path at = {up, e->key};
    bk_map *sub = NULL, *from = e->value.map;
    if (h.alias && is_table(e->value)) BK_TRY(own(c, &e->value, &from, err));
    bk_value v = e->value, *d = get_entry(dst, e);
    if (!d) return add_entry(c, dst, e, v, err);
    if (bk_is_nil(*d)) return BK_OK; /* given as null: nothing comes in, nobody is warned */
    if (is_table(v) && is_table(*d)) {
        BK_TRY(own(c, d, &sub, err));
        return coalesce_tables(c, sub, from, &at, h, budget, err);
    }
    if (is_table(v)) warn_at(c, "warning: cannot overwrite table with non table for %s (%v)", &at, &v);
    else if (is_table(*d) && !bk_is_nil(v)) warn_at(c, "warning: destination for %s is a table. Ignoring non-table value (%v)", &at, &v);
    return BK_OK;
}

/* Fills up dst, which is the pass's own, from src. */
static bk_status coalesce_tables(bk_coalescer *c, bk_map *dst, bk_map *src, const path *up, how h, unsigned budget, bk_err *err) {
    if (budget == 0) return too_deep(err);
    if (h.alias) BK_TRY(take_nulls(c, src, dst, err));
    if (!bk_map_sort(src)) return bk_arena_fail(c->arena, err);
    for (size_t i = 0; i < bk_map_len(src); i++) {
        BK_TRY(step(c, err));
        BK_TRY(coalesce_entry(c, dst, &src->entries[i], up, h, budget - 1, err));
    }
    return h.merge || bk_map_retain(dst, not_nullified, src) ? BK_OK : bk_arena_fail(c->arena, err);
}

/* ---- globals ---- */

/* One table of the parent's global into the sub-chart's. */
static bk_status global_table(bk_coalescer *c, bk_map *dg, bk_str key, bk_value *slot, const path *up, bk_err *err) {
    bk_map *theirs = NULL, *sub;
    bk_value *d = bk_map_get(dg, key);
    if (d && !is_table(*d)) {
        warn(c, "Conflict: cannot merge map onto non-map for %q. Skipping.", key, NULL);
        return BK_OK;
    }
    BK_TRY(own(c, slot, &theirs, err));
    /* Helm copies this level only: the tables below are the same maps for both. */
    for (size_t i = 0; i < bk_map_len(theirs); i++)
        if (is_table(theirs->entries[i].value)) BK_TRY(own(c, &theirs->entries[i].value, &sub, err));
    bk_map *copy = bk_map_copy(c->arena, theirs);
    if (!copy) return bk_arena_fail(c->arena, err);
    path at = {up, key};
    if (d) BK_TRY(coalesce_tables(c, copy, d->map, &at, (how){.merge = true}, DEPTH, err));
    return set(c, dg, key, own_value(copy), err);
}

/* The `global` under a map that is the pass's own; false when it is something else. */
static bk_status global_of(bk_coalescer *c, bk_map *map, bool *ret_ok, bk_map **ret, bk_err *err) {
    bk_value *v = bk_map_get(map, GLOBAL);
    *ret_ok = !v || is_table(*v);
    if (v && *ret_ok) return own(c, v, ret, err);
    *ret = bk_map_new(c->arena, 0);
    return *ret ? BK_OK : bk_arena_fail(c->arena, err);
}

static bk_status coalesce_globals(bk_coalescer *c, bk_map *dest, bk_map *src, const path *up, bk_err *err) {
    bk_map *dg = NULL, *sg = NULL;
    bool ok = false;
    BK_TRY(global_of(c, dest, &ok, &dg, err));
    if (!ok) {
        warn(c, "warning: skipping globals because destination %s is not a table.", GLOBAL, NULL);
        return BK_OK;
    }
    BK_TRY(global_of(c, src, &ok, &sg, err));
    if (!ok) {
        warn(c, "warning: skipping globals because source %s is not a table.", GLOBAL, NULL);
        return BK_OK;
    }
    if (!bk_map_sort(sg)) return bk_arena_fail(c->arena, err);
    for (size_t i = 0; i < bk_map_len(sg); i++) {
        bk_map_entry *e = &sg->entries[i];
        BK_TRY(step(c, err));
        const bk_value *d = bk_map_get(dg, e->key);
        if (is_table(e->value)) BK_TRY(global_table(c, dg, e->key, &e->value, up, err));
        else if (d && is_table(*d)) warn(c, "key %s is table. Skipping", e->key, NULL);
        else BK_TRY(set(c, dg, e->key, e->value, err));
    }
    return set(c, dest, GLOBAL, own_value(dg), err);
}

/* ---- charts ---- */

/* The names of a chart's sub-charts, as a set once there are more than a few. */
typedef struct names {
    const bk_chart *chart;
    bk_map *set;
} names;

static bk_status names_init(bk_coalescer *c, names *n, const bk_chart *chart, bk_err *err) {
    *n = (names){.chart = chart};
    if (chart->deps.n <= FEW_CHARTS) return BK_OK;
    n->set = bk_map_new(c->arena, chart->deps.n);
    if (!n->set) return bk_arena_fail(c->arena, err);
    for (size_t i = 0; i < chart->deps.n; i++) BK_TRY(set(c, n->set, bk_chart_name(chart->deps.p[i]), bk_nil(), err));
    return BK_OK;
}

static bool names_have(const names *n, bk_str name) {
    if (n->set) return bk_map_get(n->set, name) != NULL;
    for (size_t i = 0; i < n->chart->deps.n; i++)
        if (bk_str_eq(bk_chart_name(n->chart->deps.p[i]), name)) return true;
    return false;
}

/* One of the chart's defaults, where a value was given: `v`, in an entry of the map. */
static bk_status default_under(bk_coalescer *c, bk_value *v, const bk_map_entry *def, const path *up, bool merge, bk_err *err) {
    path at = {up, def->key};
    bk_map *dst = NULL, *src = def->value.map;
    if (!is_table(*v)) return BK_OK;
    if (!is_table(def->value)) {
        if (!bk_is_nil(def->value)) warn_at(c, "warning: skipped value for %s: Not a table.", &at, NULL);
        return BK_OK;
    }
    if (!merge) BK_TRY(clean(c, src, DEPTH, &src, err));
    BK_TRY(own(c, v, &dst, err));
    return coalesce_tables(c, dst, src, &at, (how){.merge = merge}, DEPTH, err);
}

static bk_status new_default(bk_coalescer *c, bk_map *dest, const bk_map_entry *def, bool merge, bk_err *err) {
    bk_value v = def->value;
    if (!merge && bk_is_nil(v)) return BK_OK;
    if (!merge && is_table(v)) {
        bk_map *cleaned = NULL;
        BK_TRY(clean(c, v.map, DEPTH, &cleaned, err));
        if (cleaned != v.map) v = own_value(cleaned);
    }
    return add_entry(c, dest, def, v, err);
}

/* The chart's own defaults under the values given. */
static bk_status coalesce_defaults(bk_coalescer *c, const bk_chart *chart, bk_map *dest, const path *at, bool merge, bk_err *err) {
    names subs = {0};
    if (!chart->values) return BK_OK;
    BK_TRY(names_init(c, &subs, chart, err));
    if (!bk_map_sort(chart->values)) return bk_arena_fail(c->arena, err);
    for (size_t i = 0; i < bk_map_len(chart->values); i++) {
        const bk_map_entry *def = bk_map_at(chart->values, i);
        BK_TRY(step(c, err));
        bk_value *v = get_entry(dest, def);
        if (v) BK_TRY(default_under(c, v, def, at, merge || names_have(&subs, def->key), err));
        else BK_TRY(new_default(c, dest, def, merge, err));
    }
    return merge || bk_map_retain(dest, not_null_default, chart->values) ? BK_OK : bk_arena_fail(c->arena, err);
}

static bk_status coalesce(bk_coalescer *c, const bk_chart *chart, bk_map *dest, const path *up, bool merge, unsigned budget, bk_err *err);

static bk_status coalesce_sub(bk_coalescer *c, const bk_chart *sub, bk_map *dest, const path *up, bool merge, unsigned budget,
                              bk_err *err) {
    bk_str name = bk_chart_name(sub);
    bk_map *part = NULL;
    bk_value *v = bk_map_get(dest, name);
    if (!v) {
        part = bk_map_new(c->arena, 0);
        if (!part) return bk_arena_fail(c->arena, err);
        BK_TRY(set(c, dest, name, own_value(part), err));
    } else if (!is_table(*v)) {
        bk_buf out;
        bk_value args[] = {bk_string(name), *v};
        bk_buf_init(&out, c->arena, BK_LIMIT_ERR);
        BK_TRY(bk_fmt_sprintf(&out, BK_S("type mismatch on %s: %t"), args, 2, err));
        return bk_err_set_str(err, BK_ERR, bk_buf_view(&out));
    } else {
        BK_TRY(own(c, v, &part, err));
    }
    BK_TRY(coalesce_globals(c, part, dest, up, err));
    return coalesce(c, sub, part, up, merge, budget, err);
}

static bk_status coalesce(bk_coalescer *c, const bk_chart *chart, bk_map *dest, const path *up, bool merge, unsigned budget, bk_err *err) {
    path at = {up, bk_chart_name(chart)};
    if (budget == 0) return bk_err_limit(err, "nesting of charts", BK_LIMIT_CHART_DEPTH);
    BK_TRY(coalesce_defaults(c, chart, dest, &at, merge, err));
    for (size_t i = 0; i < chart->deps.n; i++) BK_TRY(coalesce_sub(c, chart->deps.p[i], dest, &at, merge, budget - 1, err));
    return BK_OK;
}

/* ---- passes ---- */

bk_status bk_coalesce_begin(bk_coalescer *c, const bk_chart *chart, bk_map *values, bk_coalesce_mode mode, bk_map **ret, bk_err *err) {
    bk_map *dest = bk_map_copy(c->arena, values);
    if (!dest) return bk_arena_fail(c->arena, err);
    BK_TRY(coalesce(c, chart, dest, NULL, mode == BK_MERGE, BK_LIMIT_CHART_DEPTH, err));
    *ret = dest;
    return BK_OK;
}

bk_status bk_coalesce_import(bk_coalescer *c, bk_map *dst, bk_map *src, bk_err *err) {
    return coalesce_tables(c, dst, src, NULL, (how){.merge = true, .alias = true}, DEPTH, err);
}

bk_status bk_coalesce_table(bk_coalescer *c, bk_map *map, bk_str key, bk_map **ret, bk_err *err) {
    bk_value *v = bk_map_get(map, key);
    *ret = NULL;
    return v && is_table(*v) ? own(c, v, ret, err) : BK_OK;
}

bk_status bk_coalesce_put(bk_coalescer *c, bk_map *map, bk_str key, bk_map *table, bk_err *err) {
    return set(c, map, key, own_value(table), err);
}

bk_status bk_coalesce_fill(bk_coalescer *c, bk_map *dst, bk_map *src, bk_err *err) {
    return coalesce_tables(c, dst, src, NULL, (how){.merge = true}, DEPTH, err);
}

/* An entry loses its mark when it is first seen, so shared maps and circles are walked once. */
static void unmark(bk_map *map, unsigned budget) {
    if (budget == 0) return;
    for (size_t i = 0; i < bk_map_len(map); i++) {
        bk_value *v = &map->entries[i].value;
        if (v->spare != OWN && v->spare != DONE) continue;
        v->spare = 0;
        if (is_table(*v)) unmark(v->map, budget - 1);
    }
}

void bk_coalesce_end(bk_map *map) { unmark(map, DEPTH); }

static bk_status detach(bk_coalescer *c, bk_map *map, unsigned budget, bk_err *err) {
    bk_map *sub = NULL;
    if (budget == 0) return too_deep(err);
    for (size_t i = 0; i < bk_map_len(map); i++) {
        bk_value *v = &map->entries[i].value;
        if (v->spare == DONE) continue;
        if (is_table(*v)) {
            BK_TRY(step(c, err));
            BK_TRY(own(c, v, &sub, err));
            v->spare = DONE; /* before its own entries are seen: a circle ends here */
            BK_TRY(detach(c, sub, budget - 1, err));
        } else if (v->kind == BK_LIST) {
            BK_TRY(bk_deep_copy(c->arena, *v, v, err));
            v->spare = DONE;
        }
    }
    return BK_OK;
}

bk_status bk_coalesce_detach(bk_coalescer *c, bk_map *map, bk_err *err) {
    BK_TRY(detach(c, map, DEPTH, err));
    unmark(map, DEPTH);
    return BK_OK;
}
