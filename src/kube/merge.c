/* Strategic merge patches. Names of the directives and where they stand are Kubernetes'; the server reads them. */
#include "kube/merge.h"

#include "base/limits.h"
#include "base/sort.h"
#include "kube/merge_keys.h"
#include "value/gofmt.h"

#define DIRECTIVE "$patch"
#define RETAIN_KEYS "$retainKeys"
#define DELETE_LIST "$deleteFromPrimitiveList/"
#define ORDER_LIST "$setElementOrder/"

/* What a difference is to hold. */
typedef struct wishes {
    bool no_changes, no_deletions, retain_keys;
} wishes;

typedef struct merger {
    bk_arena *arena;
    bk_err *err;
} merger;

static bk_status nomem(merger *m) { return bk_arena_fail(m->arena, m->err); }

static bk_status put(merger *m, bk_map *map, bk_str key, bk_value v) { return bk_map_set(map, key, v) ? BK_OK : nomem(m); }

static bk_status prefixed(merger *m, const char *prefix, bk_str key, bk_str *ret) {
    return bk_arena_cat(m->arena, bk_str_c(prefix), key, ret) ? BK_OK : nomem(m);
}

static bool same_type(bk_value a, bk_value b) { return a.kind == b.kind; }

/* ---- lists in the order of their keys ---- */

typedef struct keyed {
    bk_str text; /* the key as %v prints it */
    bk_value key, value;
    size_t at;
} keyed;

/* Equal keys turn round: so does the insertion sort of the library, whose order cannot tell equal from less. */
static int by_text(const void *a, const void *b, void *arg) {
    (void)arg;
    const keyed *x = a, *y = b;
    int order = bk_str_cmp(x->text, y->text);
    return order ? order : x->at > y->at ? -1 : 1;
}

static bk_status no_key(merger *m, bk_value v, bk_str key) {
    bk_buf out;
    bk_buf_init(&out, m->arena, 0);
    bk_buf_c(&out, "map: ");
    BK_TRY(bk_fmt_value(&out, v, m->err));
    bk_buf_printf(&out, " does not contain declared merge key: %.*s", BK_FMT(key));
    BK_TRY(bk_buf_check(&out, m->err));
    return bk_err_set_str(m->err, BK_ERR, bk_buf_view(&out));
}

static bk_status text_of(merger *m, bk_value v, bk_str *ret) {
    bk_buf out;
    if (bk_is_string(v)) {
        *ret = bk_value_str(v);
        return BK_OK;
    }
    bk_buf_init(&out, m->arena, 0);
    BK_TRY(bk_fmt_value(&out, v, m->err));
    BK_TRY(bk_buf_check(&out, m->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* `key` empty: scalars, which are their own keys. */
static bk_status key_of(merger *m, bk_value item, bk_str key, bk_value *ret) {
    *ret = item;
    if (!key.n) return BK_OK;
    if (item.kind != BK_MAP) return bk_err_set(m->err, BK_ERR, "expected a map, but received a %s", bk_kind_name(item));
    bk_value *v = bk_map_get(item.map, key);
    if (!v) return no_key(m, item, key);
    *ret = *v;
    return BK_OK;
}

static bk_status keyed_list(merger *m, bk_value list, bk_str key, bool sort, keyed **ret) {
    keyed *k = BK_NEW_ARRAY(m->arena, keyed, list.len + 1);
    if (!k) return nomem(m);
    for (uint32_t i = 0; i < list.len; i++) {
        k[i].value = list.items[i];
        k[i].at = i;
        BK_TRY(key_of(m, list.items[i], key, &k[i].key));
        BK_TRY(text_of(m, k[i].key, &k[i].text));
    }
    if (sort && !bk_sort(m->arena, k, list.len, sizeof *k, by_text, NULL)) return nomem(m);
    *ret = k;
    return BK_OK;
}

/* The elements of both lists have one type, and are no lists. */
static bk_status element_kind(merger *m, bk_value a, bk_value b, bk_kind *ret) {
    const bk_value lists[] = {a, b};
    const bk_value *first = NULL;
    for (size_t k = 0; k < BK_COUNT(lists); k++) {
        for (uint32_t i = 0; i < lists[k].len; i++) {
            const bk_value *v = &lists[k].items[i];
            if (v->kind == BK_LIST) return bk_err_set(m->err, BK_ERR, "lists of lists are not supported");
            if (!first) first = v;
            else if (!same_type(*first, *v)) return bk_err_set(m->err, BK_ERR, "list element types are not identical");
        }
    }
    if (!first) return bk_err_set(m->err, BK_ERR, "no elements in any of the given slices");
    *ret = first->kind;
    return BK_OK;
}

/* The place of an element in a list, by its key; len: it is not there. */
static bk_status place_of(merger *m, bk_value list, bk_value item, bk_str key, uint32_t *ret) {
    bk_value own, other;
    BK_TRY(key_of(m, item, key, &own));
    for (*ret = 0; *ret < list.len; (*ret)++) {
        BK_TRY(key_of(m, list.items[*ret], key, &other));
        if (bk_deep_equal(own, other)) break;
    }
    return BK_OK;
}

static bool is_deletion(bk_value v) {
    bk_value *d = v.kind == BK_MAP ? bk_map_get(v.map, BK_S(DIRECTIVE)) : NULL;
    return d && bk_is_string(*d) && bk_str_eq(bk_value_str(*d), BK_S("delete"));
}

typedef struct placed {
    uint32_t place, at;
    bk_value value;
} placed;

static int by_place(const void *a, const void *b, void *arg) {
    (void)arg;
    const placed *x = a, *y = b;
    return x->place != y->place ? (x->place < y->place ? -1 : 1) : x->at < y->at ? -1 : 1;
}

/* `list` in the order that its elements have in `order`; deletions last. */
static bk_status in_order(merger *m, bk_value list, bk_value order, bk_str key, bk_value *ret) {
    placed *p = BK_NEW_ARRAY(m->arena, placed, list.len + 1);
    bk_value *items = BK_NEW_ARRAY(m->arena, bk_value, list.len + 1);
    if (!p || !items) return nomem(m);
    for (uint32_t i = 0; i < list.len; i++) {
        p[i] = (placed){.at = i, .value = list.items[i], .place = UINT32_MAX};
        if (!is_deletion(list.items[i])) BK_TRY(place_of(m, order, list.items[i], key, &p[i].place));
    }
    if (!bk_sort(m->arena, p, list.len, sizeof *p, by_place, NULL)) return nomem(m);
    for (uint32_t i = 0; i < list.len; i++) items[i] = p[i].value;
    *ret = bk_list(items, list.len);
    return BK_OK;
}

/* ---- differences ---- */

static bk_status diff_maps(merger *m, bk_map *from, bk_map *to, unsigned type, wishes w, unsigned budget, bk_map **ret);

/* What a list that is merged contributes to a patch. */
typedef struct list_diff {
    bk_items changes, deletions;
    bk_value order; /* nil: none */
} list_diff;

static bk_status delete_item(merger *m, bk_str key, bk_value value, bk_items *to) {
    bk_map *map = bk_map_new(m->arena, 2);
    if (!map) return nomem(m);
    BK_TRY(put(m, map, key, value));
    BK_TRY(put(m, map, BK_S(DIRECTIVE), bk_string(BK_S("delete"))));
    bk_items_add(to, bk_map_value(map));
    return BK_OK;
}

static bk_status diff_item(merger *m, const keyed *a, const keyed *b, bk_str key, unsigned type, wishes w, unsigned budget, bk_items *to) {
    bk_map *patch;
    BK_TRY(diff_maps(m, a->value.map, b->value.map, type, w, budget, &patch));
    if (bk_map_len(patch) == 0) return BK_OK;
    BK_TRY(put(m, patch, key, b->key));
    bk_items_add(to, bk_map_value(patch));
    return BK_OK;
}

static bk_status diff_map_items(merger *m, bk_value from, bk_value to, bk_str key, unsigned type, wishes w, unsigned budget, list_diff *d) {
    keyed *a, *b;
    BK_TRY(keyed_list(m, from, key, true, &a));
    BK_TRY(keyed_list(m, to, key, true, &b));
    for (uint32_t i = 0, k = 0; i < from.len || k < to.len;) {
        int order = i == from.len ? 1 : k == to.len ? -1 : bk_str_cmp(a[i].text, b[k].text);
        if (order == 0) BK_TRY(diff_item(m, &a[i], &b[k], key, type, w, budget, &d->changes));
        else if (order > 0 && !w.no_changes) bk_items_add(&d->changes, b[k].value);
        else if (order < 0 && !w.no_deletions) BK_TRY(delete_item(m, key, a[i].key, &d->deletions));
        i += order <= 0;
        k += order >= 0;
    }
    return BK_OK;
}

/* Each once. The last takes the place of one that goes, as in the library: the order shows in the patch. */
static void drop_doubles(bk_items *list) {
    for (size_t i = 0; i + 1 < list->n; i++)
        for (size_t k = i + 1; k < list->n;) {
            if (bk_deep_equal(list->p[i], list->p[k])) list->p[k] = list->p[--list->n];
            else k++;
        }
}

static bk_status diff_scalars(merger *m, bk_value from, bk_value to, wishes w, list_diff *d, bool *ret_equal) {
    keyed *a, *b;
    BK_TRY(keyed_list(m, from, BK_S(""), true, &a));
    BK_TRY(keyed_list(m, to, BK_S(""), true, &b));
    /* The library compares what it has sorted with what it has not. */
    *ret_equal = from.len == to.len;
    for (uint32_t i = 0; i < from.len && *ret_equal; i++) *ret_equal = bk_deep_equal(a[i].value, to.items[i]);
    for (uint32_t i = 0, k = 0; i < from.len || k < to.len;) {
        int order = i == from.len ? 1 : k == to.len ? -1 : bk_str_cmp(a[i].text, b[k].text);
        if (order > 0 && !w.no_changes) bk_items_add(&d->changes, b[k].value);
        if (order < 0 && !w.no_deletions) bk_items_add(&d->deletions, a[i].value);
        i += order <= 0;
        k += order >= 0;
    }
    drop_doubles(&d->deletions);
    return BK_OK;
}

static bk_status is_order_same(merger *m, bk_value from, bk_value to, bk_str key, bool *ret) {
    *ret = from.len == to.len;
    for (uint32_t i = 0; i < to.len && *ret; i++) {
        bk_value a, b;
        BK_TRY(key_of(m, from.items[i], key, &a));
        BK_TRY(key_of(m, to.items[i], key, &b));
        *ret = bk_deep_equal(a, b);
    }
    return BK_OK;
}

static bk_status keys_alone(merger *m, bk_value list, bk_str key, bk_value *ret) {
    bk_value *items = BK_NEW_ARRAY(m->arena, bk_value, list.len + 1), v;
    if (!items) return nomem(m);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_map *one = bk_map_new(m->arena, 1);
        if (!one) return nomem(m);
        BK_TRY(key_of(m, list.items[i], key, &v));
        BK_TRY(put(m, one, key, v));
        items[i] = bk_map_value(one);
    }
    *ret = bk_list(items, list.len);
    return BK_OK;
}

static bk_status list_of(merger *m, bk_items *items, bk_value *ret) { return bk_items_list(items, BK_T_LIST, ret, m->err); }

static bk_status diff_list_of_maps(merger *m, bk_value from, bk_value to, bk_str key, unsigned type, wishes w, unsigned budget,
                                   list_diff *d) {
    bk_value changes;
    bool same;
    BK_TRY(diff_map_items(m, from, to, key, type, w, budget, d));
    BK_TRY(list_of(m, &d->changes, &changes));
    BK_TRY(in_order(m, changes, to, key, &changes));
    BK_TRY(is_order_same(m, from, to, key, &same));
    bk_items_init(&d->changes, m->arena);
    for (uint32_t i = 0; i < changes.len; i++) bk_items_add(&d->changes, changes.items[i]);
    for (size_t i = 0; i < d->deletions.n; i++) bk_items_add(&d->changes, d->deletions.p[i]);
    bk_items_init(&d->deletions, m->arena);
    bool any = d->changes.n > 0;
    if ((!w.no_changes && (any || !same)) || (!w.no_deletions && any)) return keys_alone(m, to, key, &d->order);
    return BK_OK;
}

static bk_status diff_list_of_scalars(merger *m, bk_value from, bk_value to, wishes w, list_diff *d) {
    bk_value changes;
    bool equal;
    BK_TRY(diff_scalars(m, from, to, w, d, &equal));
    BK_TRY(list_of(m, &d->changes, &changes));
    BK_TRY(in_order(m, changes, to, BK_S(""), &changes));
    bk_items_init(&d->changes, m->arena);
    for (uint32_t i = 0; i < changes.len; i++) bk_items_add(&d->changes, changes.items[i]);
    if ((!w.no_deletions && d->deletions.n) || (!w.no_changes && !equal)) d->order = to;
    return BK_OK;
}

static bk_status put_list_diff(merger *m, bk_map *patch, bk_str key, list_diff *d) {
    bk_value v;
    bk_str name;
    if (d->changes.n) {
        BK_TRY(list_of(m, &d->changes, &v));
        BK_TRY(put(m, patch, key, v));
    }
    if (d->deletions.n) {
        BK_TRY(list_of(m, &d->deletions, &v));
        BK_TRY(prefixed(m, DELETE_LIST, key, &name));
        BK_TRY(put(m, patch, name, v));
    }
    if (d->order.kind != BK_LIST || d->order.len == 0) return BK_OK;
    BK_TRY(prefixed(m, ORDER_LIST, key, &name));
    return put(m, patch, name, d->order);
}

static bk_status diff_lists(merger *m, bk_str name, bk_value from, bk_value to, const bk_merge_field *f, wishes w, unsigned budget,
                            bk_map *patch) {
    list_diff d = {.order = bk_nil()};
    bk_kind kind;
    bk_items_init(&d.changes, m->arena);
    bk_items_init(&d.deletions, m->arena);
    if (from.len == 0) return to.len == 0 || w.no_changes ? BK_OK : put(m, patch, name, to);
    BK_TRY(element_kind(m, from, to, &kind));
    w.retain_keys = f->retain;
    if (kind == BK_MAP) BK_TRY(diff_list_of_maps(m, from, to, bk_str_c(f->key), f->type, w, budget, &d));
    else BK_TRY(diff_list_of_scalars(m, from, to, w, &d));
    return put_list_diff(m, patch, name, &d);
}

static bk_status diff_value(merger *m, bk_str key, bk_value from, bk_value to, unsigned type, wishes w, unsigned budget, bk_map *patch) {
    static const bk_merge_field plain = {.key = ""};
    const bk_merge_field *f = bk_merge_field_find(type, key);
    if (!f) f = &plain;
    if (!same_type(from, to)) return w.no_changes ? BK_OK : put(m, patch, key, to);
    if (from.kind == BK_MAP && !f->replace) {
        bk_map *inner;
        w.retain_keys = f->retain;
        BK_TRY(diff_maps(m, from.map, to.map, f->type, w, budget - 1, &inner));
        return bk_map_len(inner) ? put(m, patch, key, bk_map_value(inner)) : BK_OK;
    }
    if (from.kind == BK_LIST && f->merge) return diff_lists(m, key, from, to, f, w, budget - 1, patch);
    if (w.no_changes || (from.kind != BK_MAP && bk_deep_equal(from, to))) return BK_OK;
    return put(m, patch, key, to);
}

/* The names of what is there, sorted, when there is anything to clear or to set. */
static bk_status retain(merger *m, bk_map *from, bk_map *to, bk_map *patch) {
    bk_items names;
    bk_value list;
    bool more = bk_map_len(patch) > 0;
    bk_items_init(&names, m->arena);
    if (!bk_map_sort(to)) return nomem(m);
    for (size_t i = 0; i < bk_map_len(to); i++)
        if (!bk_is_nil(bk_map_at(to, i)->value)) bk_items_add(&names, bk_string(bk_map_at(to, i)->key));
    for (size_t i = 0; i < bk_map_len(from) && !more; i++)
        more = !bk_is_nil(bk_map_at(from, i)->value) && !bk_map_get(to, bk_map_at(from, i)->key);
    if (names.n == 0 || !more) return BK_OK;
    BK_TRY(list_of(m, &names, &list));
    return put(m, patch, BK_S(RETAIN_KEYS), list);
}

static bk_status diff_maps(merger *m, bk_map *from, bk_map *to, unsigned type, wishes w, unsigned budget, bk_map **ret) {
    bk_map *patch = bk_map_new(m->arena, 4);
    if (!patch) return nomem(m);
    if (budget < 2) return bk_err_limit(m->err, "nesting of an object", BK_LIMIT_DEPTH);
    for (size_t i = 0; i < bk_map_len(to); i++) {
        const bk_map_entry *e = bk_map_at(to, i);
        bk_value *old = bk_map_get(from, e->key);
        if (old) BK_TRY(diff_value(m, e->key, *old, e->value, type, w, budget, patch));
        else if (!w.no_changes) BK_TRY(put(m, patch, e->key, e->value));
    }
    for (size_t i = 0; i < bk_map_len(from) && !w.no_deletions; i++)
        if (!bk_map_get(to, bk_map_at(from, i)->key)) BK_TRY(put(m, patch, bk_map_at(from, i)->key, bk_nil()));
    if (w.retain_keys) BK_TRY(retain(m, from, to, patch));
    *ret = patch;
    return BK_OK;
}

/* ---- two patches to one: deletions, and what is to be set ---- */

static bk_status join_maps(merger *m, bk_map *to, bk_map *from, unsigned type, unsigned budget);

static bk_status same_or_put(merger *m, bk_map *to, bk_str key, bk_value v) {
    bk_value *there = bk_map_get(to, key);
    if (there && !bk_deep_equal(*there, v)) return bk_err_set(m->err, BK_ERR, "the order of a list differs in the two halves of a patch");
    return there ? BK_OK : put(m, to, key, v);
}

/* Deletions stand in `a`, changes in `b`: elements of the same key become one. */
static bk_status join_items(merger *m, bk_value a, bk_value b, const bk_merge_field *f, unsigned budget, bk_value *ret) {
    bk_items all;
    bk_str key = bk_str_c(f->key);
    bk_items_init(&all, m->arena);
    for (uint32_t i = 0; i < a.len; i++) bk_items_add(&all, a.items[i]);
    for (uint32_t i = 0; i < b.len && !all.failed; i++) {
        uint32_t place;
        BK_TRY(place_of(m, bk_list(all.p, all.n), b.items[i], key, &place));
        if (place == all.n) bk_items_add(&all, b.items[i]);
        else if (b.items[i].kind == BK_MAP) BK_TRY(join_maps(m, all.p[place].map, b.items[i].map, f->type, budget));
    }
    return list_of(m, &all, ret);
}

/* The elements that `order` names, in its order, between those that it does not name, which keep the order of `known`. */
static bk_status interleave(merger *m, bk_value list, bk_value order, bk_value known, bk_str key, bk_value *ret) {
    bk_items named, others, all;
    bk_value a, b;
    bk_items_init(&named, m->arena);
    bk_items_init(&others, m->arena);
    bk_items_init(&all, m->arena);
    for (uint32_t i = 0; i < list.len; i++) {
        uint32_t place;
        BK_TRY(place_of(m, order, list.items[i], key, &place));
        bk_items_add(place < order.len ? &named : &others, list.items[i]);
    }
    BK_TRY(list_of(m, &named, &a));
    BK_TRY(list_of(m, &others, &b));
    BK_TRY(in_order(m, a, order, key, &a));
    BK_TRY(in_order(m, b, known, key, &b));
    for (uint32_t i = 0, k = 0; i < a.len || k < b.len;) {
        uint32_t left = known.len, right = known.len;
        if (i < a.len && k < b.len) {
            BK_TRY(place_of(m, known, b.items[k], key, &left));
            BK_TRY(place_of(m, known, a.items[i], key, &right));
        }
        bool other = i == a.len || (k < b.len && left < known.len && right < known.len && left < right);
        bk_items_add(&all, other ? b.items[k++] : a.items[i++]);
    }
    return list_of(m, &all, ret);
}

static bk_value list_in(bk_map *map, bk_str key) {
    bk_value *v = bk_map_get(map, key);
    return v && v->kind == BK_LIST ? *v : bk_list(NULL, 0);
}

/* A list whose order one of the patches tells. */
static bk_status join_ordered(merger *m, bk_map *to, bk_map *from, bk_str key, bk_value order, const bk_merge_field *f, unsigned budget) {
    bk_value a = list_in(to, key), b = list_in(from, key), all = a;
    if (!a.len && !b.len) return BK_OK;
    if (b.len && a.len) BK_TRY(join_items(m, a, b, f, budget, &all));
    else if (b.len) all = b;
    if (a.len && b.len) BK_TRY(interleave(m, all, b, a, bk_str_c(f->key), &all));
    BK_TRY(interleave(m, all, order, a, bk_str_c(f->key), &all));
    return put(m, to, key, all);
}

static bk_status join_value(merger *m, bk_map *to, bk_str key, bk_value v, unsigned type, unsigned budget) {
    bk_value *there = bk_map_get(to, key), all;
    const bk_merge_field *f = bk_merge_field_find(type, key);
    if (bk_str_starts(key, BK_S(DELETE_LIST)) || !there || !same_type(*there, v)) return put(m, to, key, v);
    if (v.kind == BK_MAP && !(f && f->replace)) return join_maps(m, there->map, v.map, f ? f->type : 0, budget - 1);
    if (v.kind != BK_LIST || !f || !f->merge) return put(m, to, key, v);
    bk_value before = *there;
    BK_TRY(join_items(m, before, v, f, budget - 1, &all));
    BK_TRY(interleave(m, all, v, before, bk_str_c(f->key), &all));
    return put(m, to, key, all);
}

/* The lists whose order `from` tells; those are then done. */
static bk_status join_orders(merger *m, bk_map *to, bk_map *from, unsigned type, unsigned budget) {
    static const bk_merge_field plain = {.key = ""};
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        if (!bk_str_starts(e->key, BK_S(ORDER_LIST))) continue;
        bk_str key = bk_str_from(e->key, sizeof ORDER_LIST - 1);
        const bk_merge_field *f = bk_merge_field_find(type, key);
        BK_TRY(same_or_put(m, to, e->key, e->value));
        BK_TRY(join_ordered(m, to, from, key, e->value, f ? f : &plain, budget - 1));
    }
    return BK_OK;
}

static bool was_ordered(bk_map *from, bk_str key) {
    for (size_t i = 0; i < bk_map_len(from); i++) {
        bk_str k = bk_map_at(from, i)->key;
        if (bk_str_starts(k, BK_S(ORDER_LIST)) && bk_str_eq(bk_str_from(k, sizeof ORDER_LIST - 1), key)) return true;
    }
    return false;
}

static bk_status join_maps(merger *m, bk_map *to, bk_map *from, unsigned type, unsigned budget) {
    if (budget < 2) return bk_err_limit(m->err, "nesting of an object", BK_LIMIT_DEPTH);
    BK_TRY(join_orders(m, to, from, type, budget));
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        if (bk_str_starts(e->key, BK_S(ORDER_LIST)) || was_ordered(from, e->key)) continue;
        if (bk_str_eq(e->key, BK_S(RETAIN_KEYS))) BK_TRY(same_or_put(m, to, e->key, e->value));
        else BK_TRY(join_value(m, to, e->key, e->value, type, budget));
    }
    return BK_OK;
}

/* ---- all together ---- */

bk_status bk_kube_merge_strategic(bk_arena *arena, bk_str group, bk_str version, bk_str kind, bk_map *original, bk_map *modified,
                                  bk_map *live, bk_map **ret, bk_err *err) {
    merger m = {arena, err};
    unsigned type = 0;
    bk_map *changes, *deletions;
    if (!bk_merge_kind_find(group, version, kind, &type)) return bk_err_set(err, BK_ERR, "no object kind \"%.*s\" is known", BK_FMT(kind));
    BK_TRY(diff_maps(&m, live, modified, type, (wishes){.no_deletions = true}, BK_LIMIT_DEPTH, &changes));
    BK_TRY(diff_maps(&m, original, modified, type, (wishes){.no_changes = true}, BK_LIMIT_DEPTH, &deletions));
    BK_TRY(join_maps(&m, deletions, changes, type, BK_LIMIT_DEPTH));
    *ret = deletions;
    return BK_OK;
}

bool bk_kube_is_built_in(bk_str group, bk_str version, bk_str kind) {
    unsigned type;
    return bk_merge_kind_find(group, version, kind, &type);
}

bk_status bk_kube_merge(bk_arena *arena, const bk_kube_resource *r, bk_map *original, bk_map *modified, bk_map *live, bool three_way,
                        bk_kube_patch *ret_kind, bk_map **ret, bk_err *err) {
    bool old_crd = bk_str_eq(r->kind, BK_S("CustomResourceDefinition")) && bk_str_eq(r->version, BK_S("v1beta1"));
    if (bk_kube_is_built_in(r->group, r->version, r->kind) && !old_crd) {
        *ret_kind = BK_KUBE_STRATEGIC;
        return bk_kube_merge_strategic(arena, r->group, r->version, r->kind, original, modified, live, ret, err);
    }
    *ret_kind = BK_KUBE_MERGE;
    return bk_kube_merge_json(arena, original, modified, three_way ? live : NULL, ret, err);
}
