/* Regular expressions: pattern, a line feed, text. What our parser takes RE2 takes; matches lie in the text, in order. */
#include "fuzz.h"
#include "text/regex.h"

FUZZ(input) {
    bk_str pattern, text, replaced;
    bk_regex regex;
    bk_matches found;
    bk_value pieces;
    if (input.n > 4096) return;
    bk_str_cut(input, BK_S("\n"), &pattern, &text);
    bk_status status = bk_regex_compile(&regex, pattern, err);
    FUZZ_CHECK(status == BK_OK || status == BK_ERR);
    if (status != BK_OK) return;
    FUZZ_CHECK(bk_regex_find(&regex, arena, text, -1, true, &found, err) == BK_OK);
    for (size_t i = 0, end = 0; i < found.count; i++) {
        bk_span whole = found.spans[i * found.width];
        FUZZ_CHECK(whole.from >= end && whole.to >= whole.from && whole.to <= text.n);
        end = whole.to;
        for (size_t g = 1; g < found.width; g++) {
            bk_span group = found.spans[i * found.width + g];
            FUZZ_CHECK(group.from == BK_NPOS || (group.from >= whole.from && group.to >= group.from && group.to <= whole.to));
        }
    }
    FUZZ_CHECK(bk_regex_split(&regex, arena, text, -1, &pieces, err) == BK_OK);
    if (bk_regex_replace(&regex, arena, text, BK_S("$0"), false, &replaced, err) == BK_OK) FUZZ_CHECK(bk_str_eq(replaced, text));
    bk_regex_release(&regex);
}
