/* shortest.h: the shortest decimal digits that read back as the same floating-point number.
 *
 * A thin C face of the C++ library's std::to_chars; use bk_format_float (base/num.h). */
#ifndef BK_BASE_SHORTEST_H
#define BK_BASE_SHORTEST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BK_SHORTEST_TEXT = 40 };

/* Scientific notation ("d.ddde+xx", "de+xx") of the finite v, taken as a number of 32 or 64 bits; returns the length. */
size_t bk_shortest(double v, int bits, char out[BK_SHORTEST_TEXT]);

#ifdef __cplusplus
}
#endif

#endif
