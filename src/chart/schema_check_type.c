/* The checks that depend on the type of a value. */
#include "base/num.h"
#include "base/utf8.h"
#include "chart/schema_frame.h"

static void flaw_bound(bk_frame *f, bk_flaw_kind kind, int64_t got, int64_t want) {
    bk_flaw *flaw = bk_frame_flaw(f, kind);
    flaw->a = got;
    flaw->b = want;
}

static void check_count(bk_frame *f, size_t got, const bk_bound *min, const bk_bound *max, bk_flaw_kind low, bk_flaw_kind high) {
    if (min->is && (int64_t)got < min->v) flaw_bound(f, low, (int64_t)got, min->v);
    if (max->is && (int64_t)got > max->v) flaw_bound(f, high, (int64_t)got, max->v);
}

/* True when the text matches; an unusable pattern ends the validation. */
static bool matches(bk_frame *f, const bk_schema_pattern *pattern, bk_str text) {
    bk_check *k = f->k;
    const bk_regex *regex = pattern->regex;
    bool found = false;
    if (!bk_check_spend(k, 1 + text.n / 16)) return false;
    if (!regex) {
        bk_status status = bk_pattern_compile(k->c, pattern->text, &regex, k->c->err);
        if (status != BK_OK) {
            bk_check_fail(k, status);
            return false;
        }
    }
    bk_check_fail(k, bk_regex_match(regex, k->arena, text, &found, k->c->err));
    return found;
}

/* ---- objects ---- */

/* The names in `list` that the object lacks go to a flaw; NULL when there are none. */
static bk_flaw *check_missing(bk_frame *f, const bk_value *list, bk_flaw_kind kind) {
    bk_flaw *flaw = NULL;
    bk_str *names = NULL;
    for (size_t i = 0; i < list->len && bk_check_spend(f->k, 1); i++) {
        if (list->items[i].type != BK_T_STRING || bk_json_type_of(list->items[i]) != BK_JT_STRING) continue;
        bk_str name = bk_value_str(list->items[i]);
        if (bk_map_get(f->v.map, name)) continue;
        if (!flaw) flaw = bk_flaw_new(f, kind);
        if (flaw == &f->k->quiet) return flaw;
        if (!names) {
            names = BK_NEW_ARRAY(f->k->arena, bk_str, list->len);
            if (!names) {
                bk_check_no_memory(f->k);
                return flaw;
            }
            flaw->names = names;
        }
        names[flaw->n++] = name;
    }
    return flaw;
}

static void check_dependency(bk_frame *f, bk_str property, const bk_value *list) {
    bk_flaw *flaw = check_missing(f, list, BK_FLAW_DEPENDENCY);
    if (flaw) flaw->text = property;
    bk_frame_add(f, flaw);
}

/* The schemas for the object's properties, of a map from properties to schemas or names. */
static void check_dependent(bk_frame *f, const bk_schema_map *map) {
    for (size_t i = 0; i < bk_map_len(map->keys) && bk_check_spend(f->k, 1); i++) {
        const bk_map_entry *e = bk_map_at(map->keys, i);
        if (!bk_map_get_hashed(f->v.map, e->key, e->hash)) continue;
        if (map->p[i]) {
            bk_frame_add(f, bk_frame_self(f, map->p[i], NULL, false));
        } else {
            check_dependency(f, e->key, &e->value);
        }
    }
}

static void check_dependent_required(bk_frame *f, bk_map *map) {
    for (size_t i = 0; i < bk_map_len(map) && bk_check_spend(f->k, 1); i++) {
        const bk_map_entry *e = bk_map_at(map, i);
        if (e->value.type == BK_T_LIST && bk_map_get_hashed(f->v.map, e->key, e->hash)) check_dependency(f, e->key, &e->value);
    }
}

static const bk_schema *property_schema(const bk_schema_map *map, const bk_map_entry *e) {
    bk_value *v = map->keys ? bk_map_get_hashed(map->keys, e->key, e->hash) : NULL;
    if (!v) return NULL;
    const bk_map_entry *own = (const bk_map_entry *)((const char *)v - offsetof(bk_map_entry, value));
    return map->p[own - map->keys->entries];
}

/* One property; true when a keyword looked at it. */
static bool check_property(bk_frame *f, const bk_map_entry *e, bool *ret_extra) {
    const bk_schema_object *o = f->schema->object;
    const bk_schema *schema = property_schema(&o->properties, e);
    bool evaluated = schema != NULL;
    *ret_extra = false;
    if (schema) bk_frame_add(f, bk_frame_value(f, schema, e->value, e->key));
    for (size_t i = 0; i < o->n_patterns; i++) {
        if (!matches(f, &o->patterns[i], e->key)) continue;
        evaluated = true;
        bk_frame_add(f, bk_frame_value(f, o->patterns[i].schema, e->value, e->key));
    }
    if (evaluated || o->additional == BK_ADDITIONAL_NONE) return evaluated;
    if (o->additional == BK_ADDITIONAL_SCHEMA) bk_frame_add(f, bk_frame_value(f, o->additional_schema, e->value, e->key));
    *ret_extra = o->additional == BK_ADDITIONAL_FALSE;
    return true;
}

static void check_properties(bk_frame *f) {
    const bk_schema_object *o = f->schema->object;
    bk_map *map = f->v.map;
    bk_str *extra = NULL;
    size_t n = 0;
    if (!o->properties.keys && !o->n_patterns && o->additional == BK_ADDITIONAL_NONE) return;
    for (size_t i = 0; i < bk_map_len(map) && bk_check_spend(f->k, 1); i++) {
        bool is_extra;
        if (f->quiet && f->flaws.n) return;
        if (check_property(f, bk_map_at(map, i), &is_extra)) bk_frame_close(f, i);
        if (!is_extra) continue;
        if (!extra) extra = BK_NEW_ARRAY(f->k->arena, bk_str, bk_map_len(map));
        if (!extra) return bk_check_no_memory(f->k);
        extra[n++] = bk_map_at(map, i)->key;
    }
    if (n == 0) return;
    bk_flaw *flaw = bk_frame_flaw(f, BK_FLAW_ADDITIONAL_PROPERTIES);
    flaw->names = extra;
    flaw->n = n;
}

void bk_check_object(bk_frame *f) {
    const bk_schema_object *o = f->schema->object;
    check_count(f, bk_map_len(f->v.map), &o->min, &o->max, BK_FLAW_MIN_PROPERTIES, BK_FLAW_MAX_PROPERTIES);
    if (o->required) bk_frame_add(f, check_missing(f, o->required, BK_FLAW_REQUIRED));
    if (f->quiet && f->flaws.n) return;
    if (o->dependencies.keys) check_dependent(f, &o->dependencies);
    check_properties(f);
    for (size_t i = 0; o->names && i < bk_map_len(f->v.map) && bk_check_spend(f->k, 1); i++) {
        bk_frame_add(f, bk_frame_name(f, o->names, bk_map_at(f->v.map, i)->key));
    }
    if (o->dependent_schemas.keys) check_dependent(f, &o->dependent_schemas);
    if (o->dependent_required) check_dependent_required(f, o->dependent_required);
}

/* ---- arrays ---- */

static void check_items(bk_frame *f) {
    const bk_schema_array *a = f->schema->array;
    size_t n = f->v.len, i = 0;
    for (; i < n && i < a->prefix.n && bk_check_spend(f->k, 1); i++) bk_frame_add(f, bk_frame_item(f, a->prefix.p[i], i));
    if (a->items) {
        for (; i < n && bk_check_spend(f->k, 1); i++) bk_frame_add(f, bk_frame_item(f, a->items, i));
    } else if (a->additional == BK_ADDITIONAL_SCHEMA) {
        for (; i < n && bk_check_spend(f->k, 1); i++) bk_frame_add(f, bk_frame_item(f, a->additional_schema, i));
    } else if (a->additional == BK_ADDITIONAL_FALSE && i < n) {
        flaw_bound(f, BK_FLAW_ADDITIONAL_ITEMS, (int64_t)(n - i), 0);
    }
}

static void flaw_matched(bk_frame *f, bk_flaw_kind kind, const bk_flaws *causes, const int64_t *matched, size_t n, int64_t want) {
    bk_flaw *flaw = bk_frame_flaw(f, kind);
    if (flaw == &f->k->quiet) return;
    if (causes) flaw->causes = *causes;
    flaw->numbers = matched;
    flaw->n = n;
    flaw->b = want;
}

static void check_contains(bk_frame *f) {
    const bk_schema_array *a = f->schema->array;
    bk_flaws flaws = {0};
    size_t n = 0;
    uint32_t before = f->flaws.n;
    bk_arena_point point = bk_arena_here(f->k->arena);
    int64_t *matched = BK_NEW_ARRAY(f->k->arena, int64_t, f->v.len);
    if (!matched) return bk_check_no_memory(f->k);
    for (size_t i = 0; i < f->v.len && bk_check_spend(f->k, 1); i++) {
        bk_flaw *flaw = bk_frame_item(f, a->contains, i);
        bk_flaws_add(f->k, &flaws, flaw);
        if (flaw) continue;
        matched[n++] = (int64_t)i;
        if (f->schema->version >= 2020) bk_frame_close(f, i);
    }
    if (a->min_contains.is) {
        if ((int64_t)n < a->min_contains.v) flaw_matched(f, BK_FLAW_MIN_CONTAINS, &flaws, matched, n, a->min_contains.v);
    } else if (n == 0) {
        flaw_matched(f, BK_FLAW_CONTAINS, &flaws, NULL, 0, 0);
    }
    if (a->max_contains.is && (int64_t)n > a->max_contains.v) flaw_matched(f, BK_FLAW_MAX_CONTAINS, NULL, matched, n, a->max_contains.v);
    if (f->flaws.n == before) bk_arena_back(f->k->arena, point);
}

void bk_check_array(bk_frame *f) {
    const bk_schema_array *a = f->schema->array;
    size_t i, j;
    check_count(f, f->v.len, &a->min, &a->max, BK_FLAW_MIN_ITEMS, BK_FLAW_MAX_ITEMS);
    if (a->unique && f->v.len > 1 && bk_json_duplicates(f->k, f->v, &i, &j)) flaw_bound(f, BK_FLAW_UNIQUE, (int64_t)i, (int64_t)j);
    check_items(f);
    if (a->contains) check_contains(f);
}

/* ---- strings and numbers ---- */

void bk_check_string(bk_frame *f) {
    const bk_schema_string *s = f->schema->string;
    bk_str text = bk_value_str(f->v);
    if ((s->min.is || s->max.is) && bk_check_spend(f->k, text.n / 64)) {
        check_count(f, bk_utf8_count(text), &s->min, &s->max, BK_FLAW_MIN_LENGTH, BK_FLAW_MAX_LENGTH);
    }
    if (s->has_pattern && !matches(f, &s->pattern, text)) {
        bk_flaw *flaw = bk_frame_flaw(f, BK_FLAW_PATTERN);
        flaw->text = text;
        flaw->more = s->pattern.text;
    }
}

/* The number behind a value. Helm's library trips over one that has none (an exponent beyond a million) and reports that. */
static bool decimal_of(bk_check *k, bk_value v, bk_number *ret) {
    bool nomem = false;
    if (bk_number_of(k->arena, v, ret, &nomem)) return true;
    if (nomem) {
        bk_check_no_memory(k);
    } else if (k->status == BK_OK) {
        k->status =
            bk_err_set(k->c->err, BK_ERR, "unable to validate schema: runtime error: invalid memory address or nil pointer dereference");
    }
    return false;
}

bool bk_check_is_integer(bk_check *k, bk_value v) {
    bk_number d;
    bool nomem = false;
    bool is = bk_number_of(k->arena, v, &d, &nomem) && bk_number_is_int(&d);
    if (nomem) bk_check_no_memory(k);
    return is;
}

void bk_check_number(bk_frame *f) {
    const bk_schema_numeric *n = f->schema->number;
    bk_number d;
    bool any = false;
    for (int i = 0; i < BK_NUMBER_BOUNDS; i++) any |= n->value[i] != NULL;
    if (!any || !decimal_of(f->k, f->v, &d)) return;
    for (int i = 0; i < BK_NUMBER_BOUNDS; i++) {
        if (!n->value[i]) continue;
        bool good;
        if (i == BK_MULTIPLE_OF) {
            if (n->divisor.zero && f->k->status == BK_OK) {
                f->k->status = bk_err_set(f->k->c->err, BK_ERR, "unable to validate schema: division by zero");
            }
            good = bk_number_divides(&n->divisor, &d);
        } else {
            int order = bk_number_cmp(&d, &n->decimal[i]);
            good = i == BK_MINIMUM ? order >= 0 : i == BK_MAXIMUM ? order <= 0 : i == BK_EXCLUSIVE_MINIMUM ? order > 0 : order < 0;
        }
        if (!good) bk_frame_flaw(f, BK_FLAW_NUMBER)->a = i;
    }
}
