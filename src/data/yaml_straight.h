/* yaml_straight.h: the YAML that charts are made of, from text to values without tokens and nodes in between; inside src/data only (users include yaml.h).
 *
 * Values files are maps and lists in block style, of scalars on a line, comments and empty lines. Such a text is read line by line; scalars that take more lines, or escapes, are
 * left to the scanner's own functions. Whatever goes beyond that (anchors, tags, tabs before values, flow maps, keys that are no strings, …) is left to the general way, as is every
 * mistake: what is taken here means the same there. The tests and the fuzz target hold the two against each other. */
#ifndef BK_DATA_YAML_STRAIGHT_H
#define BK_DATA_YAML_STRAIGHT_H

#include "data/yaml_scan.h"
#include "value/value.h"

/* Reads the first document of a text whose scanner has not begun. *ret_done is false where the parser is to be asked, whose scanner is as it was; *ret is unchanged then. Fails for
 * a lack of memory only. flags: how to read (yaml.h). */
bk_status bk_yaml_straight(const bk_yaml_scanner *scanner, unsigned flags, bk_value *ret, bool *ret_done, bk_err *err) BK_MUST;

#endif
