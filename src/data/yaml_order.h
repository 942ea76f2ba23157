/* yaml_order.h: the order in which go-yaml writes the keys of a map, inside src/data only (users include yaml.h). */
#ifndef BK_DATA_YAML_ORDER_H
#define BK_DATA_YAML_ORDER_H

#include "value/map.h"

/* Natural order: letters after other characters, runs of digits by their value. `v3`: go-yaml v3's variant. */
bool bk_yaml_key_less(bk_str a, bk_str b, bool v3);
/* The entries of a map in that order: the map's own, or a copy in the arena. Sorts the map by bytes. NULL without memory; the map is not empty. */
const bk_map_entry *bk_yaml_order(bk_arena *arena, bk_map *map, bool v3);

#endif
