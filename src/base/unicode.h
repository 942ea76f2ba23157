/* unicode.h: classes and simple case mappings of code points, the way Go's `unicode` package has them (the same
 * version of Unicode, 15.0; the tables are made by scripts/gen-unicode and are not in the tree), and what follows from them for texts.
 *
 * A rune is any uint32_t: values beyond U+10FFFF and surrogates belong to no class and map to themselves. Nothing here
 * allocates or fails. ASCII is answered inline. */
#ifndef BK_BASE_UNICODE_H
#define BK_BASE_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Beyond ASCII; use the functions below. */
bool bk_rune_is_letter_wide(uint32_t rune);
bool bk_rune_is_digit_wide(uint32_t rune);
bool bk_rune_is_upper_wide(uint32_t rune);
bool bk_rune_is_lower_wide(uint32_t rune);
bool bk_rune_is_space_wide(uint32_t rune);
bool bk_rune_is_print_wide(uint32_t rune);
uint32_t bk_rune_to_upper_wide(uint32_t rune);
uint32_t bk_rune_to_lower_wide(uint32_t rune);

/* unicode.IsLetter: categories L*. */
static inline bool bk_rune_is_letter(uint32_t rune) { return rune < 0x80 ? (rune | 0x20) - 'a' < 26u : bk_rune_is_letter_wide(rune); }
/* unicode.IsDigit: category Nd. */
static inline bool bk_rune_is_digit(uint32_t rune) { return rune < 0x80 ? rune - '0' < 10u : bk_rune_is_digit_wide(rune); }
/* unicode.IsUpper, IsLower: categories Lu, Ll. */
static inline bool bk_rune_is_upper(uint32_t rune) { return rune < 0x80 ? rune - 'A' < 26u : bk_rune_is_upper_wide(rune); }
static inline bool bk_rune_is_lower(uint32_t rune) { return rune < 0x80 ? rune - 'a' < 26u : bk_rune_is_lower_wide(rune); }
/* unicode.IsSpace: the property White_Space. */
static inline bool bk_rune_is_space(uint32_t rune) { return rune < 0x80 ? rune == ' ' || rune - '\t' < 5u : bk_rune_is_space_wide(rune); }
/* strings.TrimSpace, and of one end. ASCII white space alone: base/str.h. */
bk_str bk_str_trim_space(bk_str s);
bk_str bk_str_trim_left_space(bk_str s);
bk_str bk_str_trim_right_space(bk_str s);
/* strconv.IsPrint and unicode.IsPrint: letters, marks, numbers, punctuation, symbols, and of the spaces U+0020 only. */
static inline bool bk_rune_is_print(uint32_t rune) { return rune < 0x80 ? rune - ' ' < 0x5Fu : bk_rune_is_print_wide(rune); }

/* unicode.IsTitle (Lt), IsNumber (N*), IsMark (M*), IsPunct (P*), IsSymbol (S*), IsControl (Cc). */
bool bk_rune_is_title(uint32_t rune);
bool bk_rune_is_number(uint32_t rune);
bool bk_rune_is_mark(uint32_t rune);
bool bk_rune_is_punct(uint32_t rune);
bool bk_rune_is_symbol(uint32_t rune);
bool bk_rune_is_control(uint32_t rune);

/* unicode.ToUpper, ToLower, ToTitle: one code point for one, without regard to language. */
static inline uint32_t bk_rune_to_upper(uint32_t rune) {
    if (rune >= 0x80) return bk_rune_to_upper_wide(rune);
    return rune - 'a' < 26u ? rune - 0x20 : rune;
}
static inline uint32_t bk_rune_to_lower(uint32_t rune) {
    if (rune >= 0x80) return bk_rune_to_lower_wide(rune);
    return rune - 'A' < 26u ? rune + 0x20 : rune;
}
uint32_t bk_rune_to_title(uint32_t rune);

#endif
