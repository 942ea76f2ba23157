/* yaml_skim.h: what a document says at its top, without reading the rest of it.
 *
 * Most of a rendered manifest is of no interest to whoever sorts it; it only has to be YAML. Reading it whole costs some fifty instructions a byte,
 * and memory for a tree that nobody looks at. Here lines are looked over for the YAML that charts are made of: maps and lists in block style, plain and quoted
 * scalars, block scalars, short lists in brackets. Whatever goes beyond that (anchors, tags, tabs, odd indentation, …) is left to the reader, as is every mistake:
 * a text that is taken here is one that the reader takes. The tests and the fuzz target hold the two against each other. */
#ifndef BK_DATA_YAML_SKIM_H
#define BK_DATA_YAML_SKIM_H

#include "base/buf.h"

/* A member of the document. */
typedef struct bk_yaml_wanted {
    bk_str name;
    const bk_str *below; /* where its value is a map: the members of that one, the rest is left out; NULL: all of it */
    size_t below_count;
} bk_yaml_wanted;

/* True: bk_yaml_decode would make a map of the text, and what has been appended to `out` is the lines of the wanted members (ASCII case of names does not count), a
 * document of its own. False: ask the reader; then `out` holds nothing of use. */
bool bk_yaml_skim(bk_str text, const bk_yaml_wanted *wanted, size_t count, bk_buf *out) BK_MUST;

#endif
