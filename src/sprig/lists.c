/* lists.c: functions that make and read lists. All results are new lists; only sortAlpha, in convert.c, writes in place, as Sprig's does. */
#include <math.h>

#include "sprig/fn.h"

BK_FN(list) {
    /* The arguments' array is the caller's, and short-lived. */
    bk_value *items;
    BK_TRY(fn_items(call, argc, &items));
    if (argc) memcpy(items, args, argc * sizeof *items);
    *ret = bk_list(items, argc);
    return BK_OK;
}

/* The sequence as the start of a list with room for `more` items. Loops append to what they appended to before: such a list is extended in
 * place, because holders of the shorter one do not look behind it. Only the one that reaches up to what is used may be. */
static bk_status extend(bk_call *call, const fn_seq *s, size_t more, bk_value **ret) {
    bk_growing *growing = call->growing;
    size_t n, cap;
    if (!bk_add(s->n, more, &n) || n > BK_LIMIT_LIST) return bk_err_limit(call->err, "items of a list", BK_LIMIT_LIST);
    for (size_t i = 0; growing && s->v.kind == BK_LIST && i < BK_GROWING; i++) {
        bk_growing_list *g = &growing->lists[i];
        if (g->items != s->v.items || g->n != s->n || g->cap < n) continue;
        g->n = n;
        *ret = (bk_value *)g->items;
        return BK_OK;
    }
    cap = n + n / 2 + 2;
    if (cap > BK_LIMIT_LIST) cap = n;
    BK_TRY(fn_items(call, cap, ret));
    fn_seq_copy(s, 0, s->n, *ret);
    if (growing) growing->lists[growing->next++ % BK_GROWING] = (bk_growing_list){*ret, n, cap};
    return BK_OK;
}

BK_FN(append) {
    fn_seq s = {0};
    bk_value *items = NULL;
    BK_TRY(fn_seq_of(call, args[0], "Cannot push on type ", &s));
    BK_TRY(extend(call, &s, 1, &items));
    items[s.n] = args[1];
    *ret = bk_list(items, s.n + 1);
    return BK_OK;
}

BK_FN(prepend) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot prepend on type ", &s));
    bk_value *items;
    BK_TRY(fn_items(call, s.n + 1, &items));
    items[0] = args[1];
    fn_seq_copy(&s, 0, s.n, items + 1);
    *ret = bk_list(items, s.n + 1);
    return BK_OK;
}

/* One chunk; sizes are Go's, from its floating-point arithmetic. */
static bk_status chunk_at(bk_call *call, const fn_seq *s, int64_t from, int64_t len, bk_value *ret) {
    if (len < 0) return fn_panic_makeslice(call);
    if (len && (from < 0 || (uint64_t)from + (uint64_t)len > s->n)) return bk_call_fail(call, "reflect: slice index out of range");
    bk_value *items;
    BK_TRY(fn_items(call, (size_t)len, &items));
    fn_seq_copy(s, (size_t)from, (size_t)len, items);
    *ret = bk_list(items, (size_t)len);
    return BK_OK;
}

BK_FN(chunk) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[1], "Cannot chunk type ", &s));
    int64_t size = args[0].i;
    /* 1 / 0 and 0 / 0 are how Go finds that the size is no good: the conversion to int makes them negative. */
    double quotient = floor(((double)s.n - 1) / (double)size);
    int64_t count = isfinite(quotient) ? (int64_t)quotient + 1 : INT64_MIN;
    if (count < 0) return fn_panic_makeslice(call);
    bk_value *items;
    BK_TRY(fn_items(call, (size_t)count, &items));
    for (int64_t i = 0; i < count; i++) {
        int64_t len = size;
        if (i == count - 1) {
            len = (int64_t)floor(fmod((double)s.n, (double)size));
            if (len == 0) len = size;
        }
        BK_TRY(chunk_at(call, &s, i * size, len, &items[i]));
    }
    *ret = bk_list_typed(BK_T_LISTS, count ? items : bk_no_items, (size_t)count);
    return BK_OK;
}

BK_FN(last) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot find last on type ", &s));
    *ret = s.n ? fn_seq_at(&s, s.n - 1) : bk_nil();
    return BK_OK;
}

BK_FN(first) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot find first on type ", &s));
    *ret = s.n ? fn_seq_at(&s, 0) : bk_nil();
    return BK_OK;
}

/* All but `skip` items at the start and as many at the end as are missing: Go's nil slice for an empty list. A list is immutable, so
 * the part is a view. */
static bk_status part(bk_call *call, const fn_seq *s, size_t skip, bk_value *ret) {
    if (s->n == 0) {
        *ret = bk_list_typed(BK_T_LIST, NULL, 0);
        return BK_OK;
    }
    if (s->v.type == BK_T_LIST) {
        *ret = bk_list(s->v.items + skip, s->n - 1);
        return BK_OK;
    }
    bk_value *items;
    BK_TRY(fn_items(call, s->n - 1, &items));
    fn_seq_copy(s, skip, s->n - 1, items);
    *ret = bk_list(items, s->n - 1);
    return BK_OK;
}

BK_FN(rest) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot find rest on type ", &s));
    return part(call, &s, 1, ret);
}

BK_FN(initial) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot find initial on type ", &s));
    return part(call, &s, 0, ret);
}

BK_FN(reverse) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot find reverse on type ", &s));
    bk_value *items;
    BK_TRY(fn_items(call, s.n, &items));
    for (size_t i = 0; i < s.n; i++) items[s.n - 1 - i] = fn_seq_at(&s, i);
    *ret = bk_list(items, s.n);
    return BK_OK;
}

BK_FN(compact) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot compact on type ", &s));
    bk_value *items;
    BK_TRY(fn_items(call, s.n, &items));
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bk_value v = fn_seq_at(&s, i);
        if (!fn_empty(v)) items[n++] = v;
    }
    *ret = bk_list(items, n);
    return BK_OK;
}

/* ---- membership: reflect.DeepEqual, with a hash in front where many are compared with many ---- */

/* Equal values have equal hashes. Looks one level deep. */
static uint32_t hash_of(bk_value v, bool deep) {
    uint32_t h = (uint32_t)v.type * 0x9E3779B1u;
    switch ((bk_kind)v.kind) {
    case BK_STRING: return h ^ bk_str_hash(bk_value_str(v));
    case BK_BOOL: return h + v.b;
    case BK_FLOAT:
        if (v.f == 0) return h; /* 0 and -0 are equal */
        break;
    case BK_INT:
    case BK_UINT: break;
    case BK_LIST:
        h += v.len;
        if (deep && v.len) h ^= hash_of(v.items[0], false) * 31 ^ hash_of(v.items[v.len - 1], false);
        return h;
    case BK_MAP:
        h += (uint32_t)bk_map_len(v.map);
        for (size_t i = 0; deep && i < bk_map_len(v.map); i++) {
            const bk_map_entry *e = bk_map_at(v.map, i);
            h += e->hash * (1 + 2 * hash_of(e->value, false));
        }
        return h;
    case BK_NIL:
    case BK_OBJECT: return h;
    }
    uint64_t bits = v.u * 0x9E3779B97F4A7C15ull;
    return h ^ (uint32_t)(bits >> 32);
}

/* Items by hash: open addressing, entry + 1. */
typedef struct seen {
    uint32_t *slots, mask;
    const bk_value *items;
} seen;

static bk_status seen_init(bk_call *call, seen *set, const bk_value *items, size_t most) {
    size_t slots = 16;
    while (slots < most * 2) slots *= 2;
    set->slots = BK_NEW_ARRAY(call->arena, uint32_t, slots);
    if (!set->slots) return bk_call_nomem(call);
    set->mask = (uint32_t)(slots - 1);
    set->items = items;
    return BK_OK;
}

/* True when v is among the items; else its slot, to be filled by the caller. */
static bool seen_find(const seen *set, bk_value v, uint32_t *ret_slot) {
    uint32_t slot = hash_of(v, true) & set->mask;
    for (; set->slots[slot]; slot = (slot + 1) & set->mask)
        if (bk_deep_equal(v, set->items[set->slots[slot] - 1])) return true;
    *ret_slot = slot;
    return false;
}

BK_FN(uniq) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot find uniq on type ", &s));
    bk_value *items;
    BK_TRY(fn_items(call, s.n, &items));
    seen set = {0};
    BK_TRY(seen_init(call, &set, items, s.n));
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bk_value v = fn_seq_at(&s, i);
        uint32_t slot;
        if (seen_find(&set, v, &slot)) continue;
        items[n++] = v;
        set.slots[slot] = (uint32_t)n;
    }
    *ret = bk_list(items, n);
    return BK_OK;
}

static bool among(bk_value v, const bk_value *items, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (bk_deep_equal(items[i], v)) return true;
    return false;
}

BK_FN(without) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "Cannot find without on type ", &s));
    bk_value *items;
    BK_TRY(fn_items(call, s.n, &items));
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bk_value v = fn_seq_at(&s, i);
        if (!among(v, args + 1, argc - 1)) items[n++] = v;
    }
    *ret = bk_list(items, n);
    return BK_OK;
}

BK_FN(has) {
    fn_seq s;
    if (bk_is_nil(args[1])) return fn_ret_bool(ret, false);
    BK_TRY(fn_seq_of(call, args[1], "Cannot find has on type ", &s));
    if (s.v.kind == BK_LIST) return fn_ret_bool(ret, among(args[0], s.v.items, s.n));
    bool found = args[0].type == BK_T_UINT8 && memchr(s.v.s, (int)args[0].u, s.n);
    return fn_ret_bool(ret, found);
}

BK_FN(slice) {
    fn_seq s;
    BK_TRY(fn_seq_of(call, args[0], "list should be type of slice or array but ", &s));
    if (s.n == 0) {
        *ret = bk_nil();
        return BK_OK;
    }
    int64_t from = argc > 1 ? fn_to_int64(args[1]) : 0, to = argc > 2 ? fn_to_int64(args[2]) : (int64_t)s.n;
    if (from < 0 || to < from || to > (int64_t)s.n) return bk_call_fail(call, "reflect.Value.Slice: slice index out of bounds");
    size_t n = (size_t)(to - from);
    if (s.v.kind == BK_LIST) *ret = bk_list_typed((bk_type)s.v.type, n ? s.v.items + from : bk_no_items, n);
    else *ret = bk_bytes(bk_str_sub(bk_value_str(s.v), (size_t)from, (size_t)to));
    return BK_OK;
}

BK_FN(concat) {
    size_t total = 0;
    for (size_t i = 0; i < argc; i++) {
        if (bk_is_nil(args[i])) return fn_panic_nil(call);
        if (!fn_is_seq(args[i])) return bk_call_fail(call, "Cannot concat type %s as list", bk_kind_name(args[i]));
        if (!bk_add(total, args[i].len, &total)) return bk_err_limit(call->err, "items of a list", BK_LIMIT_LIST);
    }
    if (total == 0) {
        *ret = bk_list_typed(BK_T_LIST, NULL, 0); /* nothing at all is Go's nil slice */
        return BK_OK;
    }
    fn_seq first = {args[0], args[0].len};
    bk_value *items = NULL;
    BK_TRY(extend(call, &first, total - first.n, &items));
    size_t n = first.n;
    for (size_t i = 1; i < argc; i++) {
        fn_seq s = {args[i], args[i].len};
        if (s.n) fn_seq_copy(&s, 0, s.n, items + n);
        n += s.n;
    }
    *ret = bk_list(items, total);
    return BK_OK;
}
