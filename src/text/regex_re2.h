/* regex_re2.h: the little of RE2 that is used, as C. Not for others: include text/regex.h. */
#ifndef BK_TEXT_REGEX_RE2_H
#define BK_TEXT_REGEX_RE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_re2 bk_re2;

/* UTF-8, Perl syntax, leftmost-first. NULL when RE2 refuses the pattern or its program needs more than max_mem bytes; *ret_large tells
 * which. */
bk_re2 *bk_re2_new(const char *pattern, size_t n, int64_t max_mem, bool *ret_large);
void bk_re2_free(bk_re2 *re);
/* Searches text[from..n) with what is before `from` as context. Fills `count` pairs of positions, SIZE_MAX for a group that took no part. */
bool bk_re2_match(const bk_re2 *re, const char *text, size_t n, size_t from, size_t *positions, size_t count);

/* Calls fn with each range of code points of the category or script of that name ("Lu", "Greek"); false when there is none. */
typedef void (*bk_re2_range_fn)(void *arg, uint32_t lo, uint32_t hi);
bool bk_re2_group(const char *name, size_t n, bk_re2_range_fn fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
