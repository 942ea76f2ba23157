/* Where Go's sort.Sort leaves equal items: sums over the order of the items, taken from Go 1.26. */
#include "base/sort.h"
#include "test.h"

typedef struct item {
    unsigned key, number;
} item;

static int by_key(const void *a, const void *b, void *arg) {
    (void)arg;
    const item *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* Shapes that lead into every branch: few keys, steps up and down, saws, and those with a tenth of disorder. */
static unsigned key_of(unsigned shape, unsigned n, unsigned i, uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    unsigned random = (unsigned)(*state >> 33);
    switch (shape) {
    case 0: return random % (n / 3 + 1);
    case 1: return i / 3;
    case 2: return (n - i) / 3;
    case 3: return i % 17;
    case 4: return random % 10 == 0 ? random % n : i / 2;
    case 5: return i < n / 2 ? i : n - i;
    case 6: return random % 2;
    default: return random % 10 == 0 ? random % n : (n - i) / 4;
    }
}

static uint64_t order_of(unsigned shape, unsigned n, bool (*sort)(bk_arena *, void *, size_t, size_t, bk_cmp_fn, void *)) {
    bk_arena arena;
    uint64_t state = shape * 1000003u + n, sum = 14695981039346656037u;
    bk_arena_init(&arena, 1 << 20);
    item *items = BK_NEW_ARRAY(&arena, item, n);
    CHECK(items != NULL);
    for (unsigned i = 0; items && i < n; i++) items[i] = (item){key_of(shape, n, i, &state), i};
    CHECK(items && sort(&arena, items, n, sizeof *items, by_key, NULL));
    for (unsigned i = 0; items && i < n; i++) sum = (sum ^ items[i].number) * 1099511628211u;
    for (unsigned i = 1; items && i < n; i++) CHECK(items[i - 1].key <= items[i].key);
    bk_arena_release(&arena);
    return sum;
}

TEST(equal_items_stand_where_go_leaves_them) {
    static const struct {
        unsigned shape;
        uint64_t forty, many; /* of 40 and of 399 items */
    } cases[] = {
        {0, 0x4cbbfd085aadf9a3, 0xc3078befc5893016}, {1, 0xc9ccf0fe5fbdeb1d, 0x7d859030dcd1e38},
        {2, 0x72adb8dee9734d8f, 0xeeb9bbe39e42169c}, {3, 0x652a69891b0da241, 0xe4b7ea553d2b8362},
        {4, 0x7a329bd92a608e53, 0x7ec6e5e3d56313a2}, {5, 0x88b2184b6f9b846d, 0x4550dfd6409978c8},
        {6, 0x96e90b7e098dacf9, 0x4eba56aef833617c}, {7, 0x4d450083cb4d2e17, 0x7b110955c63eab52},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        CHECK(order_of(cases[i].shape, 40, bk_sort_go) == cases[i].forty);
        CHECK(order_of(cases[i].shape, 399, bk_sort_go) == cases[i].many);
    }
}

/* To twelve items both are the same, and a list in order stays as it is. */
TEST(short_lists_and_lists_in_order_are_stable) {
    for (unsigned shape = 0; shape < 8; shape++)
        for (unsigned n = 1; n <= 12; n++) CHECK(order_of(shape, n, bk_sort_go) == order_of(shape, n, bk_sort));
    CHECK(order_of(1, 300, bk_sort_go) == order_of(1, 300, bk_sort));
}

int main(void) { return test_main(); }
