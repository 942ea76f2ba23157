/* utf8.h: UTF-8 as Go's unicode/utf8 sees it: an invalid byte is one rune U+FFFD of width 1. */
#ifndef BK_BASE_UTF8_H
#define BK_BASE_UTF8_H

#include "base/str.h"

#define BK_RUNE_ERROR 0xFFFDu
#define BK_RUNE_MAX 0x10FFFFu

/* The first rune of s (s.n > 0) and its width in bytes; invalid: BK_RUNE_ERROR and 1. Surrogates and over-long forms are invalid. */
uint32_t bk_utf8_decode(bk_str s, size_t *ret_width);
/* The last rune of s (s.n > 0). */
uint32_t bk_utf8_decode_last(bk_str s, size_t *ret_width);
/* Writes 1 to 4 bytes, returns how many; surrogates and values beyond the maximum become U+FFFD. */
size_t bk_utf8_encode(uint32_t rune, char out[4]);
/* How many bytes from the start of s on are ASCII. */
size_t bk_utf8_ascii(bk_str s);
bool bk_utf8_valid(bk_str s);
/* Runes in s, invalid bytes counting one each. */
size_t bk_utf8_count(bk_str s);

#endif
