/* width.h: how many columns of a terminal a text takes, as Helm's tables count them: rune by rune, two for the wide characters of East Asia, for emoji and for what Unicode has
 * not assigned, none for control characters and combining marks. */
#ifndef BK_ACTION_WIDTH_H
#define BK_ACTION_WIDTH_H

#include "base/str.h"

unsigned bk_width_of_rune(uint32_t rune);
size_t bk_width_of(bk_str text);

#endif
