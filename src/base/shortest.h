/* shortest.h: the shortest decimal digits that read back as the same floating-point number; use bk_format_float (base/num.h).
 *
 * Exact arithmetic instead of tables: the C++ library's std::to_chars brings a hundred kilobytes of them, which every start of the compartment would copy. */
#ifndef BK_BASE_SHORTEST_H
#define BK_BASE_SHORTEST_H

#include <stddef.h>

enum { BK_SHORTEST_DIGITS = 20 };

/* Of the finite v >= 0, taken as a number of 32 or 64 bits: v = 0.DIGITS * 10^point, of the shortest the nearest. Returns how many digits
 * there are: at least one, the last of them no 0 but for 0 itself, which is 0.0 * 10^1. */
size_t bk_shortest(double v, int bits, char digits[BK_SHORTEST_DIGITS], int *ret_point);

#endif
