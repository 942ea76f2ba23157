/* values_file.h: the operator's values: files of -f and arguments of --set become one map.
 *
 * As in Helm the kinds have a fixed order: all files, then --set-json, --set, --set-string, --set-file, --set-literal, each in the order given. Later
 * ones win; maps merge, everything else is replaced. */
#ifndef BK_CHART_VALUES_FILE_H
#define BK_CHART_VALUES_FILE_H

#include "chart/strvals.h"

/* In the order in which they apply. */
typedef enum bk_values_kind {
    BK_VALUES_FILE,
    BK_VALUES_SET_JSON,
    BK_VALUES_SET,
    BK_VALUES_SET_STRING,
    BK_VALUES_SET_FILE,
    BK_VALUES_SET_LITERAL,
} bk_values_kind;

typedef struct bk_values_source {
    bk_values_kind kind;
    bk_str text; /* a file's text, or the argument; it must live as long as the values */
    bk_str name; /* of a file, for messages */
} bk_values_source;

/* All sources to one map, never NULL. reader serves SET_FILE. Errors are Helm's: "failed to parse <name>: …", "failed parsing --set data: …". */
bk_status bk_values_merge(bk_arena *arena, const bk_values_source *sources, size_t n, const bk_strvals_reader *reader, bk_map **ret,
                          bk_err *err);

/* loader.LoadValues: all YAML documents of a text, merged. */
bk_status bk_values_load(bk_arena *arena, bk_str text, bk_map **ret, bk_err *err);
/* common.ReadValues: the first YAML document of a text. */
bk_status bk_values_read(bk_arena *arena, bk_str text, bk_map **ret, bk_err *err);

/* loader.MergeMaps: `from` on top of `into`, which changes; the maps of `from` become part of it. */
bk_status bk_values_put(bk_map *into, bk_map *from, bk_err *err);

#endif
