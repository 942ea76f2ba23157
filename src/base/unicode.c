#include "base/unicode.h"

#include "base/utf8.h"
#include "unicode_tables.h"

/* Two loads find the record of a code point; there is no search. */
static const struct uni_record *record_of(uint32_t rune) {
    if (rune > 0x10FFFF) return &uni_records[0];
    return &uni_records[uni_pages[uni_blocks[rune / UNI_BLOCK]][rune % UNI_BLOCK]];
}

static bool has(uint32_t rune, unsigned flags) { return (record_of(rune)->flags & flags) != 0; }

bool bk_rune_is_letter_wide(uint32_t rune) { return has(rune, UNI_LETTER); }
bool bk_rune_is_digit_wide(uint32_t rune) { return has(rune, UNI_DIGIT); }
bool bk_rune_is_upper_wide(uint32_t rune) { return has(rune, UNI_UPPER); }
bool bk_rune_is_lower_wide(uint32_t rune) { return has(rune, UNI_LOWER); }
bool bk_rune_is_space_wide(uint32_t rune) { return has(rune, UNI_SPACE); }
bool bk_rune_is_print_wide(uint32_t rune) { return has(rune, UNI_LETTER | UNI_MARK | UNI_NUMBER | UNI_PUNCT | UNI_SYMBOL); }
bool bk_rune_is_title(uint32_t rune) { return has(rune, UNI_TITLE); }
bool bk_rune_is_number(uint32_t rune) { return has(rune, UNI_NUMBER); }
bool bk_rune_is_mark(uint32_t rune) { return has(rune, UNI_MARK); }
bool bk_rune_is_punct(uint32_t rune) { return has(rune, UNI_PUNCT); }
bool bk_rune_is_symbol(uint32_t rune) { return has(rune, UNI_SYMBOL); }
bool bk_rune_is_control(uint32_t rune) { return has(rune, UNI_CONTROL); }

/* The distances are signed; the sum is taken modulo 2^32, which comes out right. */
uint32_t bk_rune_to_upper_wide(uint32_t rune) { return rune + (uint32_t)record_of(rune)->upper; }
uint32_t bk_rune_to_lower_wide(uint32_t rune) { return rune + (uint32_t)record_of(rune)->lower; }
uint32_t bk_rune_to_title(uint32_t rune) { return rune + (uint32_t)record_of(rune)->title; }

bk_str bk_str_trim_left_space(bk_str s) {
    size_t width;
    while (s.n && bk_rune_is_space(bk_utf8_decode(s, &width))) s = bk_str_from(s, width);
    return s;
}

bk_str bk_str_trim_right_space(bk_str s) {
    size_t width;
    while (s.n && bk_rune_is_space(bk_utf8_decode_last(s, &width))) s.n -= width;
    return s;
}

bk_str bk_str_trim_space(bk_str s) { return bk_str_trim_right_space(bk_str_trim_left_space(s)); }
