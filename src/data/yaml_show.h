/* yaml_show.h: a YAML tree in messages, inside src/data only (users include yaml.h).
 *
 * go-yaml prints keys and values that it refuses as Go source (%#v). In such a tree a map is of type BK_T_YAML_MAP and its keys tell their type: the
 * first byte is a bk_yaml_key_class, the rest the text. */
#ifndef BK_DATA_YAML_SHOW_H
#define BK_DATA_YAML_SHOW_H

#include "value/value.h"

/* In the order in which Go prints the keys of a map. */
typedef enum bk_yaml_key_class { BK_YK_NIL = 'a', BK_YK_STRING, BK_YK_UINT, BK_YK_INT, BK_YK_FLOAT, BK_YK_BOOL } bk_yaml_key_class;

bk_yaml_key_class bk_yaml_key_class_of(bk_value key);
/* Appends v as %#v does. */
bk_status bk_yaml_show(bk_buf *out, bk_arena *arena, bk_value v, bk_err *err);

#endif
