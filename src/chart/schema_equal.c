/* Equality of JSON values: 1, 1.0 and 1e0 are one number. */
#include "chart/schema_frame.h"
#include "data/json.h"

static bool number_of(bk_check *k, bk_value v, bk_number *ret) {
    bool nomem = false;
    bool is = bk_number_of(k->arena, v, ret, &nomem);
    if (nomem) bk_check_no_memory(k);
    return is;
}

static bool equal_numbers(bk_check *k, bk_value a, bk_value b) {
    bk_number x, y;
    return number_of(k, a, &x) && number_of(k, b, &y) && bk_number_cmp(&x, &y) == 0;
}

static bool too_deep(bk_check *k) {
    bk_check_fail(k, bk_err_limit(k->c->err, "nesting of a value", BK_LIMIT_DEPTH));
    return false;
}

static bool equal(bk_check *k, bk_value a, bk_value b, unsigned depth);

static bool equal_maps(bk_check *k, bk_map *a, bk_map *b, unsigned depth) {
    if (bk_map_len(a) != bk_map_len(b)) return false;
    for (size_t i = 0; i < bk_map_len(a); i++) {
        const bk_map_entry *e = bk_map_at(a, i);
        const bk_value *other = bk_map_get_hashed(b, e->key, e->hash);
        if (!other || !equal(k, e->value, *other, depth)) return false;
    }
    return true;
}

static bool equal(bk_check *k, bk_value a, bk_value b, unsigned depth) {
    unsigned type = bk_json_type_of(a);
    if (type == 0 || type != bk_json_type_of(b) || !bk_check_spend(k, 1)) return false;
    switch (type) {
    case BK_JT_BOOLEAN: return a.b == b.b;
    case BK_JT_NUMBER: return equal_numbers(k, a, b);
    case BK_JT_STRING: return bk_check_spend(k, a.len / 64) && bk_str_eq(bk_value_str(a), bk_value_str(b));
    case BK_JT_OBJECT: return depth ? equal_maps(k, a.map, b.map, depth - 1) : too_deep(k);
    case BK_JT_ARRAY:
        if (depth == 0) return too_deep(k);
        if (a.len != b.len) return false;
        for (size_t i = 0; i < a.len; i++)
            if (!equal(k, a.items[i], b.items[i], depth - 1)) return false;
        return true;
    default: return true;
    }
}

bool bk_json_equal(bk_check *k, bk_value a, bk_value b) { return equal(k, a, b, BK_LIMIT_DEPTH); }

/* ---- duplicates ---- */

static uint32_t mix(uint32_t h, uint32_t v) { return (h ^ v) * 0x9E3779B1u ^ h >> 15; }

/* Equal values have equal hashes. */
static uint32_t hash(bk_check *k, bk_value v, unsigned depth) {
    unsigned type = bk_json_type_of(v);
    uint32_t h = type;
    bk_number d;
    if (!bk_check_spend(k, 1)) return 0;
    switch (type) {
    case BK_JT_BOOLEAN: return mix(h, v.b);
    case BK_JT_STRING: return bk_check_spend(k, v.len / 64) ? mix(h, bk_str_hash(bk_value_str(v))) : 0;
    case BK_JT_NUMBER:
        if (!number_of(k, v, &d)) return h;
        return mix(mix(h, (uint32_t)d.exp), bk_str_hash(bk_str_of(d.digits, d.n)));
    case BK_JT_OBJECT:
        if (depth == 0) return too_deep(k);
        for (size_t i = 0; i < bk_map_len(v.map); i++) { /* in any order */
            const bk_map_entry *e = bk_map_at(v.map, i);
            h += mix(e->hash, hash(k, e->value, depth - 1));
        }
        return h;
    case BK_JT_ARRAY:
        if (depth == 0) return too_deep(k);
        for (size_t i = 0; i < v.len; i++) h = mix(h, hash(k, v.items[i], depth - 1));
        return h;
    default: return h;
    }
}

bool bk_json_duplicates(bk_check *k, bk_value list, size_t *ret_i, size_t *ret_j) {
    size_t slots = 4;
    while (slots < (size_t)list.len * 2) slots *= 2;
    struct slot {
        uint32_t hash, item; /* item + 1 */
    } *table = bk_arena_array(k->arena, slots, sizeof *table);
    if (!table) {
        bk_check_no_memory(k);
        return false;
    }
    for (size_t j = 0; j < list.len && k->status == BK_OK; j++) {
        uint32_t h = hash(k, list.items[j], BK_LIMIT_DEPTH);
        size_t at = h & (slots - 1);
        for (; table[at].item; at = (at + 1) & (slots - 1)) {
            if (!bk_check_spend(k, 1)) return false;
            if (table[at].hash != h || !bk_json_equal(k, list.items[j], list.items[table[at].item - 1])) continue;
            *ret_i = table[at].item - 1;
            *ret_j = j;
            return true;
        }
        table[at] = (struct slot){h, (uint32_t)j + 1};
    }
    return false;
}
