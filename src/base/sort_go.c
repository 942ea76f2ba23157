/* sort_go.c: the order that Go's sort.Sort leaves equal items in.
 *
 * A pattern-defeating quicksort: which items are compared and exchanged is what shows in the result, so each of its decisions is made here as there. Short ranges are sorted by
 * insertion; longer ones are first looked at through a sample of three or nine items, which also tells whether the range seems to be in order already, or in reverse. */
#include "base/num.h"
#include "base/sort.h"

enum { SHORT = 12, SAMPLE_OF_NINE = 50, REPAIRS = 5, MOST_SWAPS = 12 };

typedef struct sorter {
    char **at;
    bk_cmp_fn cmp;
    void *arg;
    unsigned swaps; /* of the sample */
} sorter;

static bool less(const sorter *s, size_t i, size_t j) { return s->cmp(s->at[i], s->at[j], s->arg) < 0; }

static void swap(sorter *s, size_t i, size_t j) {
    char *kept = s->at[i];
    s->at[i] = s->at[j];
    s->at[j] = kept;
}

/* ---- simple sorts ---- */

/* Item `i` goes left for as long as it is less than its neighbour; not beyond `floor`. */
static void sink_left(sorter *s, size_t floor, size_t i) {
    for (; i > floor && less(s, i, i - 1); i--) swap(s, i, i - 1);
}

static void by_insertion(sorter *s, size_t a, size_t b) {
    for (size_t i = a + 1; i < b; i++) sink_left(s, a, i);
}

static void sift(sorter *s, size_t first, size_t root, size_t n) {
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && less(s, first + child, first + child + 1)) child++;
        if (!less(s, first + root, first + child)) return;
        swap(s, first + root, first + child);
    }
}

static void by_heap(sorter *s, size_t a, size_t b) {
    size_t n = b - a;
    for (size_t i = (n - 1) / 2 + 1; i-- > 0;) sift(s, a, i, n);
    for (size_t i = n; i-- > 0;) {
        swap(s, a, a + i);
        sift(s, a, 0, i);
    }
}

/* Whether a few exchanges put the range in order. In a short one none is tried. */
static bool repaired(sorter *s, size_t a, size_t b) {
    size_t i = a + 1;
    for (unsigned tries = 0; tries < REPAIRS; tries++) {
        while (i < b && !less(s, i, i - 1)) i++;
        if (i == b) return true;
        if (b - a < SAMPLE_OF_NINE) return false;
        swap(s, i, i - 1);
        if (i - a >= 2) sink_left(s, 0, i - 1);
        if (b - i < 2) continue;
        for (size_t j = i + 1; j < b && less(s, j, j - 1); j++) swap(s, j, j - 1);
    }
    return false;
}

/* ---- the pivot ---- */

static void in_order(sorter *s, size_t *i, size_t *j) {
    if (!less(s, *j, *i)) return;
    size_t kept = *i;
    *i = *j;
    *j = kept;
    s->swaps++;
}

static size_t median(sorter *s, size_t a, size_t b, size_t c) {
    in_order(s, &a, &b);
    in_order(s, &b, &c);
    in_order(s, &a, &b);
    return b;
}

static size_t choose(sorter *s, size_t a, size_t b) {
    size_t quarter = (b - a) / 4, p[3];
    s->swaps = 0;
    for (size_t i = 0; i < 3; i++) {
        p[i] = a + quarter * (i + 1);
        if (b - a >= SAMPLE_OF_NINE) p[i] = median(s, p[i] - 1, p[i], p[i] + 1);
    }
    return median(s, p[0], p[1], p[2]);
}

static void reverse(sorter *s, size_t a, size_t b) {
    while (a + 1 < b) swap(s, a++, --b);
}

/* Three items around the middle change places with others: chance, but always the same for one length. */
static void scatter(sorter *s, size_t a, size_t b) {
    uint64_t n = b - a, random = n, power = 1;
    while (power <= n) power *= 2;
    for (size_t i = a + (b - a) / 4 * 2 - 1, end = i + 3; i < end; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        uint64_t other = random & (power - 1);
        swap(s, i, a + (size_t)(other >= n ? other - n : other));
    }
}

/* ---- parting ---- */

/* Less than the pivot to the left, the others to the right. *ret_already: nothing had to be exchanged. */
static size_t part(sorter *s, size_t a, size_t b, size_t pivot, bool *ret_already) {
    size_t i = a + 1, j = b - 1;
    *ret_already = true;
    swap(s, a, pivot);
    for (;;) {
        while (i <= j && less(s, i, a)) i++;
        while (i <= j && !less(s, j, a)) j--;
        if (i > j) break;
        *ret_already = false;
        swap(s, i++, j--);
    }
    swap(s, j, a);
    return j;
}

/* The pivot's equals to the left, what is greater to the right; nothing is less. */
static size_t part_equal(sorter *s, size_t a, size_t b, size_t pivot) {
    size_t i = a + 1, j = b - 1;
    swap(s, a, pivot);
    for (;;) {
        while (i <= j && !less(s, a, i)) i++;
        while (i <= j && less(s, a, j)) j--;
        if (i > j) return i;
        swap(s, i++, j--);
    }
}

typedef struct span {
    size_t a, b;
    unsigned limit; /* how many bad pivots may come */
    bool balanced, parted;
} span;

/* The pivot of a range that is neither short nor bad; *ret_done: it is in order now. */
static size_t prepare(sorter *s, span *r, bool *ret_done) {
    if (!r->balanced) {
        scatter(s, r->a, r->b);
        r->limit--;
    }
    size_t pivot = choose(s, r->a, r->b);
    bool rising = s->swaps == 0;
    if (s->swaps == MOST_SWAPS) {
        reverse(s, r->a, r->b);
        pivot = r->b - 1 - (pivot - r->a);
        rising = true;
    }
    *ret_done = rising && r->balanced && r->parted && repaired(s, r->a, r->b);
    return pivot;
}

/* Goes on with the longer part and calls itself for the shorter one: as deep as the length has bits. */
static void quick(sorter *s, size_t a, size_t b, unsigned limit) {
    span r = {a, b, limit, true, true};
    while (r.b - r.a > SHORT) {
        bool done;
        if (r.limit == 0) {
            by_heap(s, r.a, r.b);
            return;
        }
        size_t pivot = prepare(s, &r, &done), n = r.b - r.a;
        if (done) return;
        if (r.a > 0 && !less(s, r.a - 1, pivot)) {
            r.a = part_equal(s, r.a, r.b, pivot);
            continue;
        }
        size_t middle = part(s, r.a, r.b, pivot, &r.parted), left = middle - r.a, right = r.b - middle;
        r.balanced = (left < right ? left : right) >= n / 8;
        if (left < right) {
            quick(s, r.a, middle, r.limit);
            r.a = middle + 1;
        } else {
            quick(s, middle + 1, r.b, r.limit);
            r.b = middle;
        }
    }
    by_insertion(s, r.a, r.b);
}

bool bk_sort_go(bk_arena *arena, void *items, size_t count, size_t size, bk_cmp_fn cmp, void *arg) {
    size_t bytes;
    unsigned limit = 0;
    if (count < 2) return true;
    if (!bk_mul(count, size, &bytes)) return false;
    char **at = BK_NEW_ARRAY(arena, char *, count), *copy = bk_arena_alloc(arena, bytes);
    if (!at || !copy) return false;
    for (size_t i = 0; i < count; i++) at[i] = copy + i * size;
    for (size_t n = count; n; n /= 2) limit++;
    memcpy(copy, items, bytes);
    quick(&(sorter){.at = at, .cmp = cmp, .arg = arg}, 0, count, limit);
    for (size_t i = 0; i < count; i++) memcpy((char *)items + i * size, at[i], size);
    bk_arena_shrink(arena, copy, bytes, 1);
    return true;
}
