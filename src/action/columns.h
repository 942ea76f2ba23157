/* columns.h: how many columns of a terminal a text takes, as Helm's tables count them: two for the wide characters of East Asia and emoji, none for combining marks. */
#ifndef BK_ACTION_COLUMNS_H
#define BK_ACTION_COLUMNS_H

#include "base/str.h"

unsigned bk_columns_of_rune(uint32_t rune);
size_t bk_columns_of(bk_str text);

#endif
