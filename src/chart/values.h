/* values.h: look-ups in a values map by dotted path, as Helm's common.Values has them. */
#ifndef BK_CHART_VALUES_H
#define BK_CHART_VALUES_H

#include "value/map.h"

/* Values.Table: the table at "a.b.c". False when some part is missing or no table; *ret_missing is that part ("b" is not a table). */
bool bk_values_table(bk_map *values, bk_str path, bk_map **ret, bk_str *ret_missing);
/* Values.PathValue for a path that is not empty: the value there, unless it is a table. False: none ("c" is not a value: the last part). */
bool bk_values_path(bk_map *values, bk_str path, bk_value *ret, bk_str *ret_missing);

#endif
