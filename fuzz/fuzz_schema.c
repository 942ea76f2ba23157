/* A schema and values (YAML), cut at a line "===". What a glance says, the whole machinery says, too. */
#include "chart/schema.h"

#include "chart/values_file.h"
#include "fuzz.h"

/* Every reference leads to the same small document. */
static bk_status load(void *self, bk_str url, bk_str *ret, bk_err *err) {
    (void)self;
    if (url.n > 200) return bk_err_set(err, BK_ERR, "too long");
    *ret = BK_S("{\"$defs\":{\"a\":{\"$anchor\":\"a\",\"type\":\"string\"}},\"$ref\":\"other\"}");
    return BK_OK;
}

FUZZ(text) {
    const bk_schema_loader loader = {NULL, load, NULL};
    bk_schema_cache cache = {0};
    const bk_schema_options options = {.loader = &loader, .cache = &cache};
    bk_str schema, values, report, again;
    bk_map *map;
    bk_str_cut(text, BK_S("\n===\n"), &schema, &values);
    if (bk_values_load(arena, values, &map, err) != BK_OK) return;
    if (bk_schema_validate(arena, bk_map_value(map), schema, &options, &report, err) != BK_OK) return;
    const bk_schema_options thorough = {.loader = &loader, .thorough = true};
    FUZZ_CHECK(bk_schema_validate(arena, bk_map_value(map), schema, &thorough, &again, err) != BK_OK || bk_str_eq(report, again));
}
