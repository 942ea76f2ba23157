#include "data/yaml_order.h"

#include "base/sort.h"
#include "base/unicode.h"
#include "base/utf8.h"

/* The rune at position i; i is below s.n. */
static uint32_t rune_at(bk_str s, size_t i, size_t *ret_width) {
    unsigned char c = (unsigned char)s.p[i];
    if (c < 0x80) return *ret_width = 1, c;
    return bk_utf8_decode(bk_str_from(s, i), ret_width);
}

/* The value of the digits from position i on, on top of `value`, and how many there are. Overflow wraps, as in Go. */
static int64_t digits_at(bk_str s, size_t i, int64_t value, size_t *ret_count) {
    uint64_t v = (uint64_t)value;
    *ret_count = 0;
    for (size_t width; i < s.n; i += width, ++*ret_count) {
        uint32_t rune = rune_at(s, i, &width);
        if (!bk_rune_is_digit(rune)) break;
        v = v * 10 + ((uint64_t)rune - '0');
    }
    return (int64_t)v;
}

/* The digits just before position i hold one that is not zero. */
static bool number_before(bk_str s, size_t i) {
    while (i > 0) {
        size_t width;
        uint32_t rune = bk_utf8_decode_last(bk_str_sub(s, 0, i), &width);
        if (!bk_rune_is_digit(rune)) return false;
        if (rune != '0') return true;
        i -= width;
    }
    return false;
}

/* Length of what both begin with, in whole runes. */
static size_t common_prefix(bk_str a, bk_str b) {
    size_t n = a.n < b.n ? a.n : b.n, i = 0;
    while (i < n && a.p[i] == b.p[i]) i++;
    if (i == n && (i == a.n || ((unsigned char)a.p[i] & 0xC0) != 0x80) && (i == b.n || ((unsigned char)b.p[i] & 0xC0) != 0x80)) return i;
    while (i > 0 && ((unsigned char)a.p[i] & 0xC0) == 0x80) i--;
    return i;
}

bool bk_yaml_key_less(bk_str a, bk_str b, bool v3) {
    size_t i = common_prefix(a, b), width;
    if (i >= a.n || i >= b.n) return a.n < b.n;
    uint32_t ar = rune_at(a, i, &width), br = rune_at(b, i, &width);
    bool al = bk_rune_is_letter(ar), bl = bk_rune_is_letter(br);
    if (al && bl) return ar < br;
    if (al || bl) {
        bool after_digit = v3 && i > 0 && bk_rune_is_digit(bk_utf8_decode_last(bk_str_sub(a, 0, i), &width));
        return after_digit ? al : bl;
    }
    int64_t start = (ar == '0' || br == '0') && number_before(a, i) ? 1 : 0;
    size_t a_count, b_count;
    int64_t an = digits_at(a, i, start, &a_count), bn = digits_at(b, i, start, &b_count);
    if (an != bn) return an < bn;
    if (a_count != b_count) return a_count < b_count;
    return ar < br;
}

static int compare(const void *a, const void *b, void *v3) {
    bk_str ak = ((const bk_map_entry *)a)->key, bk = ((const bk_map_entry *)b)->key;
    if (bk_yaml_key_less(ak, bk, v3 != NULL)) return -1;
    return bk_yaml_key_less(bk, ak, v3 != NULL) ? 1 : 0;
}

const bk_map_entry *bk_yaml_order(bk_arena *arena, bk_map *map, bool v3) {
    if (!bk_map_sort(map)) return NULL;
    size_t i = 1, n = bk_map_len(map);
    /* Mostly the order of bytes is the natural one. */
    while (i < n && !bk_yaml_key_less(map->entries[i].key, map->entries[i - 1].key, v3)) i++;
    if (i == n) return map->entries;
    bk_map_entry *copy = bk_arena_alloc(arena, n * sizeof *copy);
    if (!copy) return NULL;
    memcpy(copy, map->entries, n * sizeof *copy);
    return bk_sort(arena, copy, n, sizeof *copy, compare, v3 ? map : NULL) ? copy : NULL;
}
