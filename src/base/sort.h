/* sort.h: a stable merge sort, and Go's sort.Sort.
 *
 * Go's sort.Stable is what most of Helm's orders rest on; libc's qsort is neither stable nor quick in the compartment. Where Helm sorts with sort.Sort or sort.Slice and items
 * can be equal, more than twelve of them come out in an order of that function's own. */
#ifndef BK_BASE_SORT_H
#define BK_BASE_SORT_H

#include "base/arena.h"

/* <0, 0, >0. `arg` is what the caller of bk_sort gave. */
typedef int (*bk_cmp_fn)(const void *a, const void *b, void *arg);

/* Sorts count items of the given size in place; scratch comes from the arena. False without memory (nothing moved). */
bool bk_sort(bk_arena *arena, void *items, size_t count, size_t size, bk_cmp_fn cmp, void *arg) BK_MUST;
/* The same with equal items where Go's sort.Sort would leave them. */
bool bk_sort_go(bk_arena *arena, void *items, size_t count, size_t size, bk_cmp_fn cmp, void *arg) BK_MUST;

#endif
