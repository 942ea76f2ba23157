#include "base/sort.h"

#include "base/num.h"

enum { RUN = 8 };

/* Insertion sort: the short runs that the merges start from. `tmp` holds one item. */
static void sort_run(char *items, size_t count, size_t size, bk_cmp_fn cmp, void *arg, char *tmp) {
    for (size_t i = 1; i < count; i++) {
        size_t j = i;
        while (j > 0 && cmp(items + (j - 1) * size, items + i * size, arg) > 0) j--;
        if (j == i) continue;
        memcpy(tmp, items + i * size, size);
        memmove(items + (j + 1) * size, items + j * size, (i - j) * size);
        memcpy(items + j * size, tmp, size);
    }
}

static void merge(const char *a, size_t na, const char *b, size_t nb, char *out, size_t size, bk_cmp_fn cmp, void *arg) {
    while (na && nb) {
        bool right = cmp(a, b, arg) > 0;
        memcpy(out, right ? b : a, size);
        out += size;
        if (right) b += size, nb--;
        else a += size, na--;
    }
    if (na) memcpy(out, a, na * size);
    if (nb) memcpy(out, b, nb * size);
}

/* What comes from a server or out of a map often is. */
static bool in_order(const char *items, size_t count, size_t size, bk_cmp_fn cmp, void *arg) {
    for (size_t i = 1; i < count; i++)
        if (cmp(items + (i - 1) * size, items + i * size, arg) > 0) return false;
    return true;
}

bool bk_sort(bk_arena *arena, void *items, size_t count, size_t size, bk_cmp_fn cmp, void *arg) {
    size_t bytes;
    if (in_order(items, count, size, cmp, arg)) return true;
    if (!bk_mul(count, size, &bytes)) return false;
    char *from = items, *to = bk_arena_alloc(arena, bytes);
    if (!to) return false;
    char *scratch = to;
    for (size_t i = 0; i < count; i += RUN) sort_run(from + i * size, count - i < RUN ? count - i : RUN, size, cmp, arg, to);
    for (size_t width = RUN; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t na = count - i < width ? count - i : width;
            size_t nb = count - i - na < width ? count - i - na : width;
            merge(from + i * size, na, from + (i + na) * size, nb, to + i * size, size, cmp, arg);
        }
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != items) memcpy(items, from, bytes);
    bk_arena_shrink(arena, scratch, bytes, 1);
    return true;
}
