/* sort.h: a stable merge sort.
 *
 * Go's sort.Stable is what most of Helm's orders rest on; libc's qsort is neither stable nor quick in the compartment. */
#ifndef BK_BASE_SORT_H
#define BK_BASE_SORT_H

#include "base/arena.h"

/* <0, 0, >0. `arg` is what the caller of bk_sort gave. */
typedef int (*bk_cmp_fn)(const void *a, const void *b, void *arg);

/* Sorts count items of the given size in place; scratch comes from the arena. False without memory (nothing moved). */
bool bk_sort(bk_arena *arena, void *items, size_t count, size_t size, bk_cmp_fn cmp, void *arg) BK_MUST;

#endif
