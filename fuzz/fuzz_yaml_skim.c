/* What is skimmed, the reader reads, and it finds the same members. */
#include "data/yaml.h"
#include "data/yaml_skim.h"
#include "fuzz.h"
#include "value/map.h"

static bool is_named(bk_str key, const bk_str *names, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (bk_str_eq_fold(key, names[i])) return true;
    return false;
}

/* The members of `whole` that have a name are those of `part`; nil is a map of nothing. */
static void check_members(bk_value whole, bk_value part, const bk_str *names, size_t n) {
    size_t found = 0;
    FUZZ_CHECK(part.kind == BK_MAP || part.kind == BK_NIL);
    for (size_t i = 0; i < bk_map_len(whole.map); i++) {
        const bk_map_entry *e = bk_map_at(whole.map, i);
        if (!is_named(e->key, names, n)) continue;
        const bk_value *v = part.kind == BK_MAP ? bk_map_get(part.map, e->key) : NULL;
        static const bk_str below[] = {{"name", 4}, {"annotations", 11}};
        FUZZ_CHECK(v);
        if (n == 3 && e->value.kind == BK_MAP && bk_str_eq_fold(e->key, BK_S("metadata"))) check_members(e->value, *v, below, 2);
        else FUZZ_CHECK(bk_deep_equal(*v, e->value));
        found++;
    }
    FUZZ_CHECK(found == (part.kind == BK_MAP ? bk_map_len(part.map) : 0));
}

FUZZ(text) {
    static const bk_str names[] = {{"apiVersion", 10}, {"kind", 4}, {"metadata", 8}}, about[] = {{"name", 4}, {"annotations", 11}};
    static const bk_yaml_wanted wanted[] = {{{"apiVersion", 10}, NULL, 0}, {{"kind", 4}, NULL, 0}, {{"metadata", 8}, about, 2}};
    bk_value whole = bk_nil(), part = bk_nil();
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    if (!bk_yaml_skim(text, wanted, BK_COUNT(wanted), &out)) return;
    FUZZ_CHECK(bk_yaml_decode(arena, text, BK_YAML_NUMBERS, BK_T_NIL, &whole, err) == BK_OK);
    FUZZ_CHECK(bk_yaml_decode(arena, bk_buf_view(&out), BK_YAML_NUMBERS, BK_T_NIL, &part, err) == BK_OK);
    FUZZ_CHECK(whole.kind == BK_MAP);
    check_members(whole, part, names, BK_COUNT(names));
}
