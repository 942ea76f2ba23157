/* crc32.h: the checksum of gzip, at the speed of the compartment.
 *
 * Table-driven checksums look up every byte, which in the compartment costs as much as inflating it. This one folds: the polynomial
 * has a multiple with five terms, x^300 + x^155 + x^117 + x^89 + 1, and with x^64 for x that is a multiple as well. So a word of eight bytes may be
 * taken out of a message when it is added to the words 145, 183, 211 and 300 places behind it, and the checksum stays what it was. What is
 * left in the end are the last 300 words, and only they are looked up. */
#ifndef BK_CHART_CRC32_H
#define BK_CHART_CRC32_H

#include "base/str.h"

/* The checksum of what was checked so far (0 at the start) and then s. */
uint32_t bk_crc32(uint32_t crc, bk_str s);

#endif
